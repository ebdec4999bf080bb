//! What was shown and waits for the press of the button, sealed into the page's own form.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::keys::Purpose;
use crate::lti::registration::Configuration;
use crate::services::registration::Learned;
use crate::store::ids::Hash;
use crate::world::Time;

/// How long somebody may look at the page.
const LIFETIME: Duration = Duration::from_hours(1);
/// The largest that is sealed, in bytes: the form that carries it is bounded.
const LARGEST: usize = 96 * 1024;

/// What was shown.
pub(super) struct Pending {
    /// The invitation.
    pub(super) invitation: Hash,
    /// The platform.
    pub(super) learned: Learned,
    /// The platform's token.
    pub(super) token: Option<String>,
    at: Time,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    invitation: [u8; 32],
    configuration: Configuration,
    practice: bool,
    token: Option<String>,
    at: u64,
}

impl Pending {
    pub(super) fn new(
        app: &App,
        invitation: Hash,
        mut learned: Learned,
        token: Option<String>,
    ) -> Self {
        // Long lists that nothing is decided by.
        learned.configuration.variables = None;
        Self {
            invitation,
            learned,
            token,
            at: app.world.now(),
        }
    }

    /// Seals it; `None` when the configuration is longer than any platform's.
    pub(super) fn seal(&self, app: &App) -> Option<String> {
        let written = Written {
            invitation: self.invitation.0,
            configuration: self.learned.configuration.clone(),
            practice: self.learned.practice,
            token: self.token.clone(),
            at: self.at.0,
        };
        let bytes = serde_json::to_vec(&written).ok()?;
        (bytes.len() <= LARGEST).then(|| app.keys.seal().close(Purpose::Pending, &bytes))
    }

    /// Opens what was sealed here, not too long ago.
    pub(super) fn open(app: &App, sealed: &str) -> Option<Self> {
        let bytes = app.keys.seal().open(Purpose::Pending, sealed)?;
        let written: Written = serde_json::from_slice(&bytes).ok()?;
        let at = Time(written.at);
        (app.world.now() < at.after(LIFETIME)).then_some(Self {
            invitation: Hash(written.invitation),
            learned: Learned {
                configuration: written.configuration,
                practice: written.practice,
            },
            token: written.token,
            at,
        })
    }
}
