//! Keys that Lanterna signs and seals with.
//!
//! RSA keys are generated with `rsa` and used with `ring` only: the timing weakness known of the
//! former (RUSTSEC-2023-0071) concerns operations with the private key, which it never does here.

mod seal;

use std::sync::Arc;

use rsa::pkcs8::EncodePrivateKey;
use tokio::sync::watch;

pub use seal::{Purpose, Seal};

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

/// An RSA private key and its name.
#[derive(Clone)]
pub struct SigningKey {
    /// The key id that signatures and key sets name.
    pub kid: String,
    /// PKCS#8 DER.
    pub pkcs8: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
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
        let seal = match stored(store, Use::Seal)?.into_iter().next() {
            Some(key) => key,
            None => add(store, world, Use::Seal, world.random::<32>().to_vec()).await?,
        };
        let secret = seal
            .pkcs8
            .as_slice()
            .try_into()
            .map_err(|_| Error::Damaged(seal.kid))?;
        Ok(Self {
            store: store.clone(),
            world: world.clone(),
            seal: Seal::new(secret, world.clone()),
            tool: watch::Sender::new(Arc::new(stored(store, Use::Tool)?)),
            platform: watch::Sender::new(Arc::new(stored(store, Use::Platform)?)),
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
        let key = add(&self.store, &self.world, r#use, pkcs8).await?;
        tracing::info!(kid = key.kid, r#use = ?r#use, "made a signing key");
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

/// The stored keys for one use, newest first.
fn stored(store: &Store, r#use: Use) -> Result<Vec<SigningKey>, Error> {
    let mut keys = store.page::<trees::Keys>(&(), None, MOST_KEYS)?;
    keys.retain(|(_, key)| key.r#use == r#use);
    keys.sort_by_key(|(_, key)| std::cmp::Reverse(key.made));
    Ok(keys
        .into_iter()
        .map(|(kid, key)| SigningKey {
            kid,
            pkcs8: key.secret,
        })
        .collect())
}

async fn add(
    store: &Store,
    world: &World,
    r#use: Use,
    secret: Vec<u8>,
) -> Result<SigningKey, Error> {
    // Never derived from anything, so that no two keys share a name.
    let kid = format!("{:032x}", u128::from_be_bytes(world.random()));
    let key = Key {
        r#use,
        secret,
        made: world.now(),
    };
    let mut commit = Commit::new();
    commit
        .expect_absent::<trees::Keys>(&kid)
        .put::<trees::Keys>(&kid, &key);
    store.commit(commit).await?;
    Ok(SigningKey {
        kid,
        pkcs8: key.secret,
    })
}

fn generate() -> Result<Vec<u8>, Error> {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
        .map_err(|_| Error::Generation)?;
    let der = key.to_pkcs8_der().map_err(|_| Error::Generation)?;
    Ok(der.as_bytes().to_vec())
}
