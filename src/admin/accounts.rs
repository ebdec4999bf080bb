//! Administrators' names and passwords.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::store::rows::admin::Admin;
use crate::store::trees::Admins;
use crate::store::{Error as StoreError, Store};
use crate::world::World;

/// Characters of the shortest password that is taken (NIST SP 800-63B, for a sole factor).
pub const SHORTEST_PASSWORD: usize = 12;
/// Bytes of the longest one.
const LONGEST_PASSWORD: usize = 1_000;
/// Characters of the longest name.
const LONGEST_NAME: usize = 64;
/// Password hashes made at a time: each takes 19 MiB.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

/// Passwords that are hashed or wait for it.
static WAITING: Semaphore = Semaphore::const_new(16);

/// The hash of nobody's password, with the parameters that ours have.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                      bm9ib2R5J3MgaGFzaCBtYXRjaGVzIHRoaXMgdmFsdWU";

/// Why a name or password will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The name is empty, too long or has characters that cannot be seen.
    #[error("the name will not do")]
    Name,
    /// The password is too short.
    #[error("the password is too short")]
    Short,
    /// The password is too long.
    #[error("the password is too long")]
    Long,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Failed,
}

/// The name as it is stored and an account with this password.
pub async fn make(world: &World, name: &str, password: &str) -> Result<(String, Admin), Refused> {
    let name = normal(name).ok_or(Refused::Name)?;
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Refused::Short);
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(Refused::Long);
    }
    let salt: [u8; 16] = world.random();
    let password = password.to_owned();
    let hash = in_turn(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| Refused::Failed)
    })
    .await
    .ok_or(Refused::Failed)??;
    Ok((
        name,
        Admin {
            password: hash,
            created: world.now(),
        },
    ))
}

/// How a password compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the administrator's.
    Right,
    /// It is not, or there is no such administrator.
    Wrong,
    /// Too many are being compared already.
    Busy,
}

/// Compares a password with that of the administrator called `name`, as [`normal`] spells it. An
/// unknown name takes as long.
pub async fn verify(store: &Store, name: &str, password: &str) -> Result<Verdict, StoreError> {
    let admin = store.get::<Admins>(&name.to_owned())?;
    let known = admin.is_some();
    let hash = admin.map_or_else(|| NOBODY.to_owned(), |admin| admin.password);
    if password.len() > LONGEST_PASSWORD {
        return Ok(Verdict::Wrong);
    }
    let password = password.to_owned();
    let compared = in_turn(move || {
        argon2::PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
    });
    Ok(match compared.await {
        Some(true) if known => Verdict::Right,
        Some(_) => Verdict::Wrong,
        None => Verdict::Busy,
    })
}

/// Runs work that takes much memory and time beside the server's threads, few at a time; `None`
/// when too many wait for their turn.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _place = WAITING.try_acquire().ok()?;
    let _turn = AT_A_TIME.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

/// The one spelling of a name, since names that look alike must not be two accounts; `None` when it
/// is empty, too long or has characters that cannot be seen.
pub fn normal(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    (fits && !name.chars().any(char::is_control)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Commit;

    #[tokio::test]
    async fn only_the_password_opens_and_names_have_one_spelling() {
        let world = World::system();
        let store = Store::temporary();
        let (name, admin) = make(&world, " Ada ", "correct horse battery")
            .await
            .unwrap();
        let mut commit = Commit::new();
        commit.put::<Admins>(&name, &admin);
        store.commit(commit).await.unwrap();
        assert_eq!(normal("ADA "), Some(name));
        let verified = verify(&store, "ada", "correct horse battery").await;
        assert_eq!(verified, Ok(Verdict::Right));
        for (name, password) in [
            ("ada", "wrong horse battery"),
            ("eve", "correct horse battery"),
            ("", ""),
            ("ada", ""),
        ] {
            let verified = verify(&store, name, password).await;
            assert_eq!(verified, Ok(Verdict::Wrong), "{name}");
        }
    }

    #[test]
    fn nobodys_hash_takes_as_long_to_compare_as_anybodys() {
        let hash = argon2::PasswordHash::new(NOBODY).unwrap();
        assert!(hash.hash.is_some());
    }

    #[tokio::test]
    async fn what_will_not_do_is_named() {
        let world = World::system();
        let refused = async |name: &str, password: &str| make(&world, name, password).await.err();
        assert_eq!(
            refused("", "correct horse battery").await,
            Some(Refused::Name)
        );
        assert_eq!(
            refused("a\u{7}b", "correct horse battery").await,
            Some(Refused::Name)
        );
        assert_eq!(refused("ada", "elevenchars").await, Some(Refused::Short));
        assert_eq!(
            refused("ada", &"x".repeat(2_000)).await,
            Some(Refused::Long)
        );
    }
}
