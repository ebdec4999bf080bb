//! Keys that Lanterna signs and seals with. A signing key is named by its thumbprint (RFC 7638), so
//! a new key always has a new name.
//!
//! RSA keys are generated with `rsa` and used with `ring` only: the timing weakness known of the
//! former (RUSTSEC-2023-0071) concerns operations with the private key, which it never does here.

mod life;
mod rotation;
mod seal;

use std::sync::Arc;

use rsa::pkcs8::EncodePrivateKey;
use tokio::sync::{Mutex, watch};

pub use life::{ANNOUNCED, KEPT, State};
pub use rotation::{Listed, Signs};
pub use seal::{Purpose, Seal};

use crate::lti::key::SigningKey;
use crate::store::rows::keys::{Key, Use};
use crate::store::trees;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::{Time, World};

/// Bits of a new RSA key.
const RSA_BITS: usize = 2048;
/// More keys than rotation with overlap ever leaves.
const MOST_KEYS: usize = 100;

/// Why there is no key, or none is made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A new RSA key could not be made.
    #[error("an RSA key could not be generated")]
    Generation,
    /// The key that is stored is none.
    #[error("the stored key {0} is damaged")]
    Damaged(String),
    /// The key is still being made.
    #[error("the key is not ready yet")]
    NotReady,
    /// A new key is announced already.
    #[error("a new key is waiting already")]
    Waiting,
    /// What was to be imported is no RSA key that may sign.
    #[error("this is no private RSA key of at least 2048 bits")]
    NotAKey,
    /// What was to be imported is here already.
    #[error("this key is here already")]
    Known,
    /// There is no such key, or it is not in the state that this asks for.
    #[error("there is no such key")]
    NoSuchKey,
}

/// The keys of one role: the one that signs first, then whatever else is published.
type Ring = Arc<Vec<SigningKey>>;

/// The keys of this installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keys {
    store: Store,
    world: World,
    seal: Seal,
    tool: watch::Sender<Ring>,
    platform: watch::Sender<Ring>,
    /// Held while keys are changed.
    changing: Arc<Mutex<()>>,
}

impl Keys {
    /// Reads the keys; makes the sealing key when there is none. RSA keys, which take longer, are
    /// made by [`Keys::prepare`].
    pub async fn open(store: &Store, world: &World) -> Result<Self, Error> {
        let (name, secret) = match stored(store, Use::Seal)?.into_iter().next() {
            Some((name, key)) => (name, key.secret),
            None => add_seal(store, world).await?,
        };
        let secret = secret
            .as_slice()
            .try_into()
            .map_err(|_| Error::Damaged(name))?;
        let now = world.now();
        Ok(Self {
            store: store.clone(),
            world: world.clone(),
            seal: Seal::new(secret, world.clone()),
            tool: watch::Sender::new(ring(store, Use::Tool, now)?),
            platform: watch::Sender::new(ring(store, Use::Platform, now)?),
            changing: Arc::default(),
        })
    }

    /// Seals and opens values that travel through browsers.
    pub const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Makes the RSA keys that are missing: what signs as a tool, and as a platform if asked.
    pub async fn prepare(&self, platform: bool) -> Result<(), Error> {
        self.prepare_one(Signs::Tool).await?;
        if platform {
            self.prepare_one(Signs::Platform).await?;
        }
        Ok(())
    }

    async fn prepare_one(&self, signs: Signs) -> Result<(), Error> {
        let _turn = self.changing.lock().await;
        if !self.ring(signs).borrow().is_empty() {
            return Ok(());
        }
        let pkcs8 = generated().await?;
        let name = self.add(signs, pkcs8, None, |_, _| {}).await?;
        tracing::info!(kid = name, signs = ?signs, "made a signing key");
        Ok(())
    }

    /// The keys of what Lanterna says as a tool: the one that signs first, then whatever else is
    /// published. Waits while the first one is being made.
    pub async fn tool(&self) -> Result<Ring, Error> {
        ready(&self.tool).await
    }

    /// The keys of what Lanterna says as a platform, likewise.
    pub async fn platform(&self) -> Result<Ring, Error> {
        ready(&self.platform).await
    }

    const fn ring(&self, signs: Signs) -> &watch::Sender<Ring> {
        match signs {
            Signs::Tool => &self.tool,
            Signs::Platform => &self.platform,
        }
    }

    /// Adds a key that signs from `signs_from`, or at once; answers its name.
    async fn add(
        &self,
        signs: Signs,
        pkcs8: Vec<u8>,
        signs_from: Option<Time>,
        noted: impl FnOnce(&mut Commit, &str),
    ) -> Result<String, Error> {
        let name = SigningKey::from_pkcs8(&pkcs8)
            .map_err(|_| Error::NotAKey)?
            .kid()
            .to_owned();
        let key = Key {
            r#use: signs.stored(),
            secret: pkcs8,
            made: self.world.now(),
            signs_from,
            ends: None,
        };
        let mut commit = Commit::new();
        commit
            .expect_absent::<trees::Keys>(&name)
            .put::<trees::Keys>(&name, &key);
        noted(&mut commit, &name);
        match self.store.commit(commit).await {
            Err(StoreError::Conflict) => return Err(Error::Known),
            result => result?,
        }
        self.renew(signs)?;
        Ok(name)
    }

    /// Takes what is stored into use.
    fn renew(&self, signs: Signs) -> Result<(), Error> {
        let ring = ring(&self.store, signs.stored(), self.world.now())?;
        self.ring(signs).send_replace(ring);
        Ok(())
    }
}

async fn ready(ring: &watch::Sender<Ring>) -> Result<Ring, Error> {
    let mut receiver = ring.subscribe();
    let ring = receiver
        .wait_for(|ring| !ring.is_empty())
        .await
        .map_err(|_| Error::NotReady)?;
    Ok(ring.clone())
}

/// The stored keys for one use and their names.
fn stored(store: &Store, r#use: Use) -> Result<Vec<(String, Key)>, Error> {
    let mut keys = store.page::<trees::Keys>(&(), None, MOST_KEYS)?;
    keys.retain(|(_, key)| key.r#use == r#use);
    Ok(keys)
}

fn ring(store: &Store, r#use: Use, now: Time) -> Result<Ring, Error> {
    let keys = life::living(stored(store, r#use)?, now).into_iter();
    let keys = keys.map(|(name, key, _)| signing(name, &key));
    keys.collect::<Result<Vec<_>, _>>().map(Arc::new)
}

fn signing(name: String, key: &Key) -> Result<SigningKey, Error> {
    SigningKey::from_pkcs8(&key.secret).map_err(|_| Error::Damaged(name))
}

async fn add_seal(store: &Store, world: &World) -> Result<(String, Vec<u8>), StoreError> {
    let name = format!("seal-{:016x}", u64::from_be_bytes(world.random()));
    let secret = world.random::<32>().to_vec();
    let key = Key {
        r#use: Use::Seal,
        secret: secret.clone(),
        made: world.now(),
        signs_from: None,
        ends: None,
    };
    let mut commit = Commit::new();
    commit
        .expect_absent::<trees::Keys>(&name)
        .put::<trees::Keys>(&name, &key);
    store.commit(commit).await?;
    Ok((name, secret))
}

/// A new RSA key as PKCS#8, made beside the server's threads.
async fn generated() -> Result<Vec<u8>, Error> {
    let made = tokio::task::spawn_blocking(generate).await;
    made.map_err(|_| Error::Generation)?
}

fn generate() -> Result<Vec<u8>, Error> {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
        .map_err(|_| Error::Generation)?;
    let der = key.to_pkcs8_der().map_err(|_| Error::Generation)?;
    Ok(der.as_bytes().to_vec())
}
