//! The `state` of a login: everything that the launch must agree with, sealed, so that a login
//! initiation writes nothing to the store.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::keys::{Purpose, Seal};
use crate::store::ids::{ConnectionId, Hash, ItemId};
use crate::world::{Time, World};

/// How long a login may take.
pub(super) const LIFETIME: Duration = Duration::from_mins(10);

/// A login under way.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct State {
    /// The registration that was asked.
    #[n(0)]
    pub(super) connection: ConnectionId,
    /// When the login began.
    #[n(1)]
    pub(super) began: Time,
    /// The nonce that the token must carry.
    #[n(2)]
    pub(super) nonce: String,
    /// What the browser's state cookie must hold.
    #[n(3)]
    pub(super) binder: String,
    /// The platform's hints, for starting the login once more.
    #[n(4)]
    pub(super) login_hint: String,
    /// Likewise; `None` when the platform sent none.
    #[n(5)]
    pub(super) message_hint: Option<String>,
    /// Whether this login was started once more already.
    #[n(6)]
    pub(super) restarted: bool,
    /// The frame that keeps the binder where cookies may not come back: platforms name it when the
    /// login begins, and not all of them once more. `None` when nothing was put there.
    #[n(7)]
    pub(super) storage: Option<String>,
    /// The item that was named when the login began.
    #[n(10)]
    pub(super) media: Option<ItemId>,
}

impl State {
    /// A login that begins now.
    pub(super) fn new(
        world: &World,
        connection: ConnectionId,
        login_hint: String,
        message_hint: Option<String>,
    ) -> Self {
        Self {
            connection,
            began: world.now(),
            nonce: random_text(world),
            binder: random_text(world),
            login_hint,
            message_hint,
            restarted: false,
            storage: None,
            media: None,
        }
    }

    /// The same, for an item that was named when it began.
    pub(super) fn for_item(self, media: Option<ItemId>) -> Self {
        Self { media, ..self }
    }

    /// The same, kept in the platform's storage too: in this frame.
    pub(super) fn kept_in(self, storage: Option<String>) -> Self {
        Self { storage, ..self }
    }

    /// The same login, begun once more.
    pub(super) fn again(&self, world: &World) -> Self {
        let hints = (self.login_hint.clone(), self.message_hint.clone());
        Self {
            restarted: true,
            storage: self.storage.clone(),
            media: self.media,
            ..Self::new(world, self.connection, hints.0, hints.1)
        }
    }

    /// Whether it took too long.
    pub(super) fn expired(&self, now: Time) -> bool {
        now >= self.began.after(LIFETIME)
    }

    /// The value that travels.
    pub(super) fn seal(&self, seal: &Seal) -> Sealed {
        let mut bytes = Vec::new();
        // Writing into memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        Sealed(seal.close(Purpose::State, &bytes))
    }

    /// What a value that came back says; `None` when it was not made here.
    pub(super) fn open(seal: &Seal, sealed: &Sealed) -> Option<Self> {
        minicbor::decode(&seal.open(Purpose::State, &sealed.0)?).ok()
    }
}

/// A state as it travels.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sealed(pub(super) String);

impl Sealed {
    /// Names the state in the store.
    pub(super) fn hash(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }
}

fn random_text(world: &World) -> String {
    format!("{:032x}", u128::from_be_bytes(world.random()))
}
