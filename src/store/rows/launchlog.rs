//! The launch log.

use minicbor::{Decode, Encode};

use crate::store::ids::{ConnectionId, CourseId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// One check of a launch and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Check {
    /// The check's name: a key of the messages file below `check-`.
    #[n(0)]
    pub name: String,
    /// Whether it held.
    #[n(1)]
    pub passed: bool,
    /// What was seen, without secrets, tokens or personal data.
    #[n(2)]
    pub detail: Option<String>,
}

/// One login or launch, with every check.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// When it arrived.
    #[n(0)]
    pub at: Time,
    /// The connection, as far as it was known.
    #[n(1)]
    pub connection: Option<ConnectionId>,
    /// The user, once verified.
    #[n(2)]
    pub user: Option<UserId>,
    /// The course, once verified.
    #[n(3)]
    pub course: Option<CourseId>,
    /// `login`, `launch` or `continue`.
    #[n(4)]
    pub step: String,
    /// The message type, once verified.
    #[n(5)]
    pub message: Option<String>,
    /// The code of the refusal; `None` when it succeeded.
    #[n(6)]
    pub refusal: Option<String>,
    /// What was seen of the refused value, redacted.
    #[n(7)]
    pub detail: Option<String>,
    /// Each check, in the order in which they were made.
    #[n(8)]
    pub checks: Vec<Check>,
    /// How the launch was bound to the browser: `cookie`, `origin`, `window`.
    #[n(9)]
    pub binding: Option<String>,
    /// The names of what a refused form carried; never its values.
    #[n(10)]
    pub parameters: Option<Vec<String>>,
}

/// What a platform's clock said, when it last answered a question of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Clock {
    /// The time by our clock.
    #[n(0)]
    pub ours: Time,
    /// The time by the platform's, to the second.
    #[n(1)]
    pub theirs: Time,
}

impl Clock {
    /// By how many seconds the platform's clock is ahead of ours; negative when it is behind.
    pub fn ahead(self) -> i64 {
        let seconds = |time: Time| i64::try_from(time.seconds()).unwrap_or(i64::MAX);
        seconds(self.theirs).saturating_sub(seconds(self.ours))
    }
}

rows!(Entry = 1, Clock = 1);
