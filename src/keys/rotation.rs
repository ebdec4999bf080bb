//! The change of signing keys: announced, begun, kept for a while, gone. Each change is one commit,
//! to which whoever asks for it adds the audit log's entry.

use std::time::Duration;

use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};

use super::life::{self, ANNOUNCED, KEPT, Living, State};
use super::{Error, Keys, generated, signing, stored};
use crate::store::rows::keys::{Key, Use};
use crate::store::{Commit, trees};
use crate::world::Time;

/// As what Lanterna signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// As a tool, to the LMSs that launch it.
    Tool,
    /// As a platform, to the tools that it launches.
    Platform,
}

impl Signs {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tool, Self::Platform];

    pub(super) const fn stored(self) -> Use {
        match self {
            Self::Tool => Use::Tool,
            Self::Platform => Use::Platform,
        }
    }
}

/// A signing key as administration shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Names it in the store.
    pub name: String,
    /// Its id in the key set.
    pub kid: String,
    /// When it was made, or imported.
    pub made: Time,
    /// Where it is in its life.
    pub state: State,
}

impl Keys {
    /// The keys: the one that signs first, then those to come, then the former ones.
    pub fn list(&self, signs: Signs) -> Result<Vec<Listed>, Error> {
        let living = self.living(signs)?.into_iter();
        let listed = living.map(|(name, key, state)| {
            let kid = signing(name.clone(), &key)?.kid().to_owned();
            Ok(Listed {
                name,
                kid,
                made: key.made,
                state,
            })
        });
        listed.collect()
    }

    fn living(&self, signs: Signs) -> Result<Vec<Living>, Error> {
        let keys = stored(&self.store, signs.stored())?;
        Ok(life::living(keys, self.world.now()))
    }

    /// Makes and announces a new key; answers its name.
    pub async fn rotate(
        &self,
        signs: Signs,
        noted: impl FnOnce(&mut Commit, &str),
    ) -> Result<String, Error> {
        let _turn = self.changing.lock().await;
        self.refuse_waiting(signs)?;
        let from = self.world.now().after(ANNOUNCED);
        let pkcs8 = generated().await?;
        self.add(signs, pkcs8, Some(from), noted).await
    }

    /// Announces a key that was made elsewhere: a private RSA key as PEM, PKCS#8 or PKCS#1.
    pub async fn import(
        &self,
        signs: Signs,
        pem: &str,
        noted: impl FnOnce(&mut Commit, &str),
    ) -> Result<String, Error> {
        let _turn = self.changing.lock().await;
        self.refuse_waiting(signs)?;
        let from = self.world.now().after(ANNOUNCED);
        self.add(signs, pkcs8(pem)?, Some(from), noted).await
    }

    fn refuse_waiting(&self, signs: Signs) -> Result<(), Error> {
        let mut living = self.living(signs)?.into_iter();
        let waits = living.any(|(_, _, state)| matches!(state, State::Waiting(_)));
        if waits { Err(Error::Waiting) } else { Ok(()) }
    }

    /// Lets a key that waits sign from now on.
    pub async fn begin(
        &self,
        signs: Signs,
        name: &str,
        noted: impl FnOnce(&mut Commit, &str),
    ) -> Result<(), Error> {
        let _turn = self.changing.lock().await;
        let now = self.world.now();
        let mut living = self.living(signs)?;
        let waiting = living
            .iter_mut()
            .find(|(known, _, state)| known == name && matches!(state, State::Waiting(_)));
        let (_, key, state) = waiting.ok_or(Error::NoSuchKey)?;
        key.signs_from = Some(now);
        *state = State::Signing(now);
        let mut commit = Commit::new();
        commit.put::<trees::Keys>(&name.to_owned(), key);
        for (known, _, state) in &mut living {
            if known != name && matches!(state, State::Signing(_)) {
                *state = State::Former(now.after(KEPT));
            }
        }
        retire(&mut commit, living, now);
        noted(&mut commit, name);
        self.store.commit(commit).await?;
        self.renew(signs)
    }

    /// Publishes a key no longer that does not sign: one that waits, or a former one.
    pub async fn withdraw(
        &self,
        signs: Signs,
        name: &str,
        noted: impl FnOnce(&mut Commit, &str),
    ) -> Result<(), Error> {
        let _turn = self.changing.lock().await;
        let mut living = self.living(signs)?.into_iter();
        let idle =
            living.find(|(known, _, state)| known == name && !matches!(state, State::Signing(_)));
        let (name, key, _) = idle.ok_or(Error::NoSuchKey)?;
        let mut commit = Commit::new();
        match key.ends {
            Some(end) => commit.delete_ending::<trees::Keys>(&name, end),
            None => commit.delete::<trees::Keys>(&name),
        };
        noted(&mut commit, &name);
        self.store.commit(commit).await?;
        self.renew(signs)
    }

    /// What time brings: a key whose moment came signs, former ones get their end, and a key that
    /// has signed for nearly `rotate_after` has its successor announced. `noted` adds to the
    /// commit what happened to which key.
    pub async fn round(
        &self,
        rotate_after: Option<Duration>,
        noted: impl Fn(&mut Commit, &'static str, &str),
    ) -> Result<(), Error> {
        let _turn = self.changing.lock().await;
        for signs in Signs::ALL {
            let now = self.world.now();
            let living = self.living(signs)?;
            let Some((name, _, State::Signing(since))) = living.first().cloned() else {
                continue;
            };
            let waits = matches!(living.get(1), Some((_, _, State::Waiting(_))));
            let mut commit = Commit::new();
            if retire(&mut commit, living, now) {
                noted(&mut commit, "key-begun", &name);
                self.store.commit(commit).await?;
            }
            let next = rotate_after.and_then(|after| life::successor(since, after, now));
            if let Some(from) = next.filter(|_| !waits) {
                let announced = |commit: &mut Commit, name: &str| {
                    noted(commit, "key-announced", name);
                };
                let pkcs8 = generated().await?;
                self.add(signs, pkcs8, Some(from), announced).await?;
            }
            // Also forgets what has ended meanwhile.
            self.renew(signs)?;
        }
        Ok(())
    }
}

/// Gives an end to every former key that has none yet; answers whether there was any.
fn retire(commit: &mut Commit, living: Vec<Living>, now: Time) -> bool {
    let mut any = false;
    for (name, key, state) in living {
        if matches!(state, State::Former(_)) && key.ends.is_none() {
            let end = now.after(KEPT);
            let former = Key {
                ends: Some(end),
                ..key
            };
            commit.put_until::<trees::Keys>(&name, &former, end);
            any = true;
        }
    }
    any
}

/// The PKCS#8 DER of a private RSA key that is written as PEM.
fn pkcs8(pem: &str) -> Result<Vec<u8>, Error> {
    let pem = pem.trim();
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .ok()
        .or_else(|| RsaPrivateKey::from_pkcs1_pem(pem).ok())
        .ok_or(Error::NotAKey)?;
    let der = key.to_pkcs8_der().map_err(|_| Error::NotAKey)?;
    Ok(der.as_bytes().to_vec())
}

#[cfg(test)]
mod tests;
