//! The hints of a login: what Lanterna as a platform tells itself through the browser and the tool.
//!
//! Both are sealed, name the same launch, and are good for one answer within a minute.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::keys::{Purpose, Seal};
use crate::store::ids::Hash;
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::{Time, World};

/// How long a tool may take to come back with the hints.
pub const LIFETIME: Duration = Duration::from_mins(1);

/// Where a launch is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Place {
    /// In a frame of the page that offers it.
    #[n(0)]
    Frame,
    /// In a window of its own.
    #[n(1)]
    Window,
}

/// What a platform offers a tool, beside cookies, to know a browser again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Knowing {
    /// Nothing; yet its page says where it comes from, as pages do.
    #[default]
    #[n(0)]
    Cookies,
    /// It stores for the tool, and its page does not say where it comes from.
    #[n(1)]
    Storage,
    /// Its page says where it comes from, and cookies are not to be counted on.
    #[n(2)]
    Origin,
    /// Nothing at all.
    #[n(3)]
    Nothing,
}

/// A launch that one person is offered.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Offer {
    /// The person, by the platform's own name for them.
    #[n(0)]
    pub person: String,
    /// The resource link.
    #[n(1)]
    pub link: String,
    /// The tool that may ask for it.
    #[n(2)]
    pub client_id: String,
    /// The only address to which the answer may go.
    #[n(3)]
    pub redirect_uri: String,
    /// Where it is shown.
    #[n(4)]
    pub place: Place,
    /// The course, by the platform's own name for it.
    #[n(5)]
    pub context: String,
    /// Whether the person picks content, rather than opening the link.
    #[n(6)]
    pub selects: bool,
    /// What else may tell the browser.
    #[n(7)]
    #[cbor(default)]
    pub knowing: Knowing,
    /// The session that launches, where one does.
    #[n(8)]
    pub session: Option<Hash>,
}

impl std::fmt::Debug for Offer {
    /// Whose it is stays out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("link", &self.link)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// An offer as it travels. Neither hint is good without the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Hints {
    /// `login_hint`.
    pub login: String,
    /// `lti_message_hint`.
    pub message: String,
}

/// Why an offer is not taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// They were not made here, or not for each other.
    #[error("the hints were not made here for each other")]
    Foreign,
    /// They were made for another tool, or for another address of it.
    #[error("the hints were made for another tool")]
    OtherTool,
    /// They are too old.
    #[error("the hints are too old")]
    Expired,
    /// They were used before.
    #[error("the hints were used before")]
    Used,
}

/// What is sealed. Each hint tells which of the two it is.
#[derive(Encode, Decode)]
enum Half {
    /// In `login_hint`.
    #[n(0)]
    Login(#[n(0)] LaunchId, #[n(1)] String),
    /// In `lti_message_hint`.
    #[n(1)]
    Message(#[n(0)] LaunchId, #[n(1)] Time, #[n(2)] Offer),
}

/// What both halves have in common: random.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
struct LaunchId(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

impl Half {
    fn seal(&self, seal: &Seal) -> String {
        let mut bytes = Vec::new();
        // Writing into memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        seal.close(Purpose::Hint, &bytes)
    }

    fn open(seal: &Seal, sealed: &str) -> Option<Self> {
        minicbor::decode(&seal.open(Purpose::Hint, sealed)?).ok()
    }
}

impl Offer {
    /// Makes the offer from now on.
    pub fn hints(&self, seal: &Seal, world: &World) -> Hints {
        let launch = LaunchId(world.random());
        Hints {
            login: Half::Login(launch, self.person.clone()).seal(seal),
            message: Half::Message(launch, world.now(), self.clone()).seal(seal),
        }
    }
}

/// An offer that came back whole and in time, and may have been used before.
pub(super) struct Returned {
    launch: LaunchId,
    began: Time,
    pub(super) offer: Offer,
}

impl Returned {
    /// Opens a pair of hints.
    pub(super) fn open(
        seal: &Seal,
        now: Time,
        login: &str,
        message: &str,
    ) -> Result<Self, HintError> {
        let halves = (Half::open(seal, login), Half::open(seal, message));
        let (Some(Half::Login(one, person)), Some(Half::Message(other, began, offer))) = halves
        else {
            return Err(HintError::Foreign);
        };
        if one != other || person != offer.person {
            return Err(HintError::Foreign);
        }
        if now >= began.after(LIFETIME) {
            return Err(HintError::Expired);
        }
        Ok(Self {
            launch: one,
            began,
            offer,
        })
    }

    /// Uses the offer up; `None` when somebody else did.
    pub(super) async fn take(self, store: &Store) -> Result<Option<Offer>, StoreError> {
        let used = Hash::of(&[b"hint".as_slice(), &self.launch.0].concat());
        // Remembered until the hints themselves have long expired.
        let forgotten = self.began.after(LIFETIME * 2);
        let mut commit = Commit::new();
        commit
            .expect_absent::<Used>(&used)
            .put_until::<Used>(&used, &(), forgotten);
        match store.commit(commit).await {
            Ok(()) => Ok(Some(self.offer)),
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Keys;

    fn offer() -> Offer {
        Offer {
            person: "ada".into(),
            link: "link".into(),
            client_id: "tool".into(),
            redirect_uri: "https://tool.example/launch".into(),
            place: Place::Frame,
            context: "1".into(),
            selects: false,
            knowing: Knowing::default(),
            session: None,
        }
    }

    async fn seal(world: &World) -> Seal {
        let keys = Keys::open(&Store::temporary(), world).await.unwrap();
        keys.seal().clone()
    }

    #[tokio::test]
    async fn both_hints_of_one_launch_give_its_offer_back() {
        let world = World::system();
        let seal = seal(&world).await;
        let (one, other) = (offer().hints(&seal, &world), offer().hints(&seal, &world));
        let open = |login: &str, message: &str| {
            Returned::open(&seal, world.now(), login, message).map(|returned| returned.offer)
        };
        assert_eq!(open(&one.login, &one.message), Ok(offer()));
        for (login, message) in [
            (&one.login, &other.message),
            (&one.message, &one.login),
            (&one.login, &one.login),
            (&one.message, &one.message),
        ] {
            assert_eq!(open(login, message), Err(HintError::Foreign));
        }
    }

    #[tokio::test]
    async fn no_other_installation_makes_them() {
        let world = World::system();
        let hints = offer().hints(&seal(&world).await, &world);
        let other = seal(&world).await;
        let opened = Returned::open(&other, world.now(), &hints.login, &hints.message);
        assert_eq!(opened.err(), Some(HintError::Foreign));
    }

    #[tokio::test]
    async fn an_offer_is_taken_once() {
        let (world, store) = (World::system(), Store::temporary());
        let seal = seal(&world).await;
        let hints = offer().hints(&seal, &world);
        let open = || Returned::open(&seal, world.now(), &hints.login, &hints.message).unwrap();
        assert_eq!(open().take(&store).await.unwrap(), Some(offer()));
        assert_eq!(open().take(&store).await.unwrap(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_half(bytes: Vec<u8>) {
            let _ = minicbor::decode::<Half>(&bytes).is_ok();
        }
    }
}
