//! Moments as the services write them: finer than a millisecond, so that two scores of one person
//! never seem to be of the same moment.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::Malformed;
use crate::world::Time;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// The least moment after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The same in microseconds; 1970 for whatever is earlier.
    pub fn microseconds(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }

    /// The same in milliseconds; 1970 for whatever is earlier.
    pub fn time(self) -> Time {
        Time(u64::try_from(self.0 / 1_000_000).unwrap_or(0))
    }
}

impl From<Time> for Moment {
    fn from(time: Time) -> Self {
        let nanoseconds = i64::try_from(time.0).unwrap_or(i64::MAX);
        Self(nanoseconds.saturating_mul(1_000_000))
    }
}

impl FromStr for Moment {
    type Err = Malformed;

    /// Reads ISO 8601 with a zone: without one it would be a different moment for each of us.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        const WRONG: Malformed = Malformed::Invalid("timestamp");
        let moment: Timestamp = text.trim().parse().map_err(|_| WRONG)?;
        let nanoseconds = i64::try_from(moment.as_nanosecond()).map_err(|_| WRONG)?;
        Ok(Self(nanoseconds))
    }
}

impl fmt::Display for Moment {
    /// ISO 8601 in UTC, with three digits of the second at least: some platforms insist on some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::MAX);
        let digits = if self.0 % 1_000_000 == 0 {
            3
        } else if self.0 % 1_000 == 0 {
            6
        } else {
            9
        };
        write!(f, "{moment:.digits$}")
    }
}
