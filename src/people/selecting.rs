//! A selection under way: what the platform takes back, as the session of its launch remembers it.

use serde::{Deserialize, Serialize};

use crate::lti::launch::{DeepLinkingSettings, Launch, Message, Version};
use crate::lti::roles::{CourseRole, Standing};
use crate::store::rows::people::Session;

/// A selection that a launch asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selecting {
    /// Which LTI it is answered by.
    pub version: Version,
    /// What the platform takes back.
    pub settings: DeepLinkingSettings,
    /// Whether the roles of the launch are those of a course's staff. It gives no right in a course:
    /// where there is none, it tells teachers from learners.
    pub staff: bool,
}

impl Selecting {
    /// What a launch asks for; `None` where it asks for no selection.
    pub(super) fn asked(launch: &Launch) -> Option<Self> {
        let Message::DeepLinking(settings) = &launch.message else {
            return None;
        };
        Some(Self {
            version: launch.version,
            settings: (**settings).clone(),
            staff: Standing::of(&launch.roles).role > CourseRole::Member,
        })
    }

    /// As a session keeps it.
    #[allow(clippy::expect_used, reason = "plain data with string keys only")]
    pub(super) fn kept(&self) -> String {
        serde_json::to_string(self).expect("a selection is plain data")
    }

    /// What the launch of a session asked for.
    pub fn of(session: &Session) -> Option<Self> {
        serde_json::from_str(session.selection.as_deref()?).ok()
    }
}
