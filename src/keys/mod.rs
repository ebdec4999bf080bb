//! Keys that Lanterna signs and seals with. A signing key is named by its thumbprint (RFC 7638), so
//! a new key always has a new name.
//!
//! RSA keys are generated with `rsa` and used with `ring` only: the timing weakness known of the
//! former (RUSTSEC-2023-0071) concerns operations with the private key, which it never does here.

mod seal;

use std::sync::Arc;

use rsa::pkcs8::EncodePrivateKey;
use tokio::sync::watch;

pub use seal::{Purpose, Seal};

use crate::lti::key::SigningKey;
use crate::store::rows::keys::{Key, Use};
use crate::store::trees;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// Bits of a new RSA key.
const RSA_BITS: usize = 2048;
/// More keys than rotation with overlap ever leaves.
const MOST_KEYS: usize = 100;

/// Why there is no key.
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
}

/// The keys of one role, newest first.
type Ring = Arc<Vec<SigningKey>>;

/// The keys of this installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keys {
    store: Store,
    world: World,
    seal: Seal,
    tool: watch::Sender<Ring>,
    platform: watch::Sender<Ring>,
}

impl Keys {
    /// Reads the keys; makes the sealing key when there is none. RSA keys, which take longer, are
    /// made by [`Keys::prepare`].
    pub async fn open(store: &Store, world: &World) -> Result<Self, Error> {
        let (name, secret) = match stored(store, Use::Seal)?.into_iter().next() {
            Some(key) => key,
            None => add_seal(store, world).await?,
        };
        let secret = secret
            .as_slice()
            .try_into()
            .map_err(|_| Error::Damaged(name))?;
        Ok(Self {
            store: store.clone(),
            world: world.clone(),
            seal: Seal::new(secret, world.clone()),
            tool: watch::Sender::new(signing(store, Use::Tool)?),
            platform: watch::Sender::new(signing(store, Use::Platform)?),
        })
    }

    /// Seals and opens values that travel through browsers.
    pub const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Makes the RSA keys that are missing: what signs as a tool, and as a platform if asked.
    pub async fn prepare(&self, platform: bool) -> Result<(), Error> {
        self.prepare_one(Use::Tool, &self.tool).await?;
        if platform {
            self.prepare_one(Use::Platform, &self.platform).await?;
        }
        Ok(())
    }

    async fn prepare_one(&self, r#use: Use, ring: &watch::Sender<Ring>) -> Result<(), Error> {
        if !ring.borrow().is_empty() {
            return Ok(());
        }
        let pkcs8 = tokio::task::spawn_blocking(generate)
            .await
            .map_err(|_| Error::Generation)??;
        let key = SigningKey::from_pkcs8(&pkcs8).map_err(|_| Error::Generation)?;
        add(&self.store, &self.world, key.kid(), r#use, &pkcs8).await?;
        tracing::info!(kid = key.kid(), r#use = ?r#use, "made a signing key");
        ring.send_replace(Arc::new(vec![key]));
        Ok(())
    }

    /// The keys that sign what Lanterna says as a tool, newest first; waits while the first one is
    /// being made.
    pub async fn tool(&self) -> Result<Ring, Error> {
        ready(&self.tool).await
    }

    /// The keys that sign what Lanterna says as a platform, newest first; waits likewise.
    pub async fn platform(&self) -> Result<Ring, Error> {
        ready(&self.platform).await
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

/// The names and secrets of the stored keys for one use, newest first.
fn stored(store: &Store, r#use: Use) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut keys = store.page::<trees::Keys>(&(), None, MOST_KEYS)?;
    keys.retain(|(_, key)| key.r#use == r#use);
    keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.made));
    Ok(keys
        .into_iter()
        .map(|(name, key)| (name, key.secret))
        .collect())
}

fn signing(store: &Store, r#use: Use) -> Result<Ring, Error> {
    let keys = stored(store, r#use)?
        .into_iter()
        .map(|(name, pkcs8)| SigningKey::from_pkcs8(&pkcs8).map_err(|_| Error::Damaged(name)));
    keys.collect::<Result<Vec<_>, _>>().map(Arc::new)
}

async fn add_seal(store: &Store, world: &World) -> Result<(String, Vec<u8>), StoreError> {
    let name = format!("seal-{:016x}", u64::from_be_bytes(world.random()));
    let secret = world.random::<32>().to_vec();
    add(store, world, &name, Use::Seal, &secret).await?;
    Ok((name, secret))
}

async fn add(
    store: &Store,
    world: &World,
    name: &str,
    r#use: Use,
    secret: &[u8],
) -> Result<(), StoreError> {
    let name = name.to_owned();
    let key = Key {
        r#use,
        secret: secret.to_vec(),
        made: world.now(),
    };
    let mut commit = Commit::new();
    commit
        .expect_absent::<trees::Keys>(&name)
        .put::<trees::Keys>(&name, &key);
    store.commit(commit).await
}

fn generate() -> Result<Vec<u8>, Error> {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
        .map_err(|_| Error::Generation)?;
    let der = key.to_pkcs8_der().map_err(|_| Error::Generation)?;
    Ok(der.as_bytes().to_vec())
}
