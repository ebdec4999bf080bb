//! What counts, where scores go, and what is owed.

use minicbor::{Decode, Encode};

use super::library::Counts;
use crate::store::ids::{CourseId, ItemId, PlacementId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// How watching counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Counting {
    /// The most points, in hundredths.
    #[n(0)]
    pub maximum: u32,
    /// How watching earns them.
    #[n(1)]
    pub counts: Counts,
    /// How much has to be watched for completion, in hundredths of a percent.
    #[n(2)]
    pub threshold: u16,
}

/// What staff decided about a link after it was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Decided {
    /// How it counts; `None`: it doesn't.
    #[n(0)]
    pub counting: Option<Counting>,
    /// Who decided.
    #[n(1)]
    pub by: UserId,
    /// When.
    #[n(2)]
    pub at: Time,
}

/// Where a link's scores go (Assignment and Grade Services 2.0), as the last launch told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Service {
    /// What may be asked for.
    #[n(0)]
    pub scopes: Vec<String>,
    /// The course's line items.
    #[n(1)]
    pub line_items: Option<String>,
    /// The link's own line item, when it has exactly one.
    #[n(2)]
    pub line_item: Option<String>,
    /// When the connection had last moved as its launch told.
    #[n(3)]
    pub moved: Option<Time>,
}

/// A line item that was found or made for a link.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LineItem {
    /// Its address.
    #[n(0)]
    pub url: String,
    /// The title that it was last given, or stood there.
    #[n(1)]
    pub label: String,
    /// The most points that it was last given, in hundredths.
    #[n(2)]
    pub maximum: u32,
}

/// A resource link as far as grades are concerned: a column of the gradebook.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Column {
    /// The placement that the link carries.
    #[n(0)]
    pub placement: PlacementId,
    /// The item that it shows.
    #[n(1)]
    pub item: ItemId,
    /// The course of its launches.
    #[n(2)]
    pub course: CourseId,
    /// What staff decided since; `None`: it counts as its placement says.
    #[n(3)]
    pub decided: Option<Decided>,
    /// Where its scores go by LTI 1.3.
    #[n(4)]
    pub service: Option<Service>,
    /// Its line item, once it is known.
    #[n(5)]
    pub line_item: Option<LineItem>,
    /// When it was last compared with the platform's gradebook.
    #[n(6)]
    pub compared: Option<Time>,
    /// Whether the platform once had a line item and has none any more: then none is made until
    /// somebody asks for it.
    #[n(7)]
    #[cbor(default)]
    pub lost: bool,
}

/// Where one person's one score goes by Basic Outcomes.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Outcome {
    /// The service.
    #[n(0)]
    pub url: String,
    /// Names person and link; opaque.
    #[n(1)]
    pub sourcedid: String,
}

impl std::fmt::Debug for Outcome {
    /// Without what names the person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outcome")
    }
}

/// A person on a link, as of their last launch of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Target {
    /// The platform's own name for the person.
    #[n(0)]
    pub subject: String,
    /// Whether the person gets grades there: neither staff nor a student preview.
    #[n(1)]
    pub learner: bool,
    /// Where the score goes, where that is told by Basic Outcomes.
    #[n(2)]
    pub outcome: Option<Outcome>,
    /// The course.
    #[n(3)]
    pub course: CourseId,
    /// The item that the link shows.
    #[n(4)]
    pub item: ItemId,
    /// When the connection had last moved as its launch told.
    #[n(5)]
    pub moved: Option<Time>,
}

/// How a grade stands. The numbers order lists: what needs somebody comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// The platform refuses it for good: nothing is sent until somebody does something.
    #[n(0)]
    Stopped,
    /// It is to be sent.
    #[n(1)]
    Due,
    /// The platform has taken it.
    #[n(2)]
    Taken,
}

impl Standing {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Stopped, Self::Due, Self::Taken];

    /// Its number in keys.
    pub const fn number(self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Due => 1,
            Self::Taken => 2,
        }
    }
}

/// Why a score was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Trouble {
    /// A message below `grade-trouble-`.
    #[n(0)]
    pub code: String,
    /// The status that the platform answered with.
    #[n(1)]
    pub status: Option<u16>,
    /// What the platform says about it, shortened.
    #[n(2)]
    pub said: Option<String>,
    /// When.
    #[n(3)]
    pub at: Time,
}

/// A value: a part of the most points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Value {
    /// The part, in ten-thousandths: 10,000 is all.
    #[n(0)]
    pub part: u16,
    /// The most points, in hundredths.
    #[n(1)]
    pub maximum: u32,
}

/// What a platform has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Taken {
    /// The value.
    #[n(0)]
    pub value: Value,
    /// When.
    #[n(1)]
    pub at: Time,
}

/// What stood in the platform's gradebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct InBook {
    /// The points and the most points, in hundredths; `None`: no score.
    #[n(0)]
    pub points: Option<(u32, u32)>,
    /// When that was looked at.
    #[n(1)]
    pub at: Time,
}

/// A grade: what is owed to a platform, and what it has taken. One row for a person and a link, so
/// that a newer value overtakes an older one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Grade {
    /// The course.
    #[n(0)]
    pub course: CourseId,
    /// The item.
    #[n(1)]
    pub item: ItemId,
    /// The highest value that was earned.
    #[n(2)]
    pub value: Value,
    /// The timestamp that goes with this value, and with no other: sending it again changes nothing.
    #[n(3)]
    pub stamp: Time,
    /// How it stands.
    #[n(4)]
    pub standing: Standing,
    /// Since when it stands so; where lists have it.
    #[n(5)]
    pub since: Time,
    /// From when on it is to be sent, where it is.
    #[n(6)]
    pub due: Option<Time>,
    /// How often this value was sent in vain.
    #[n(7)]
    pub attempts: u32,
    /// Why it was not taken when it was last sent.
    #[n(8)]
    pub trouble: Option<Trouble>,
    /// What the platform has taken last.
    #[n(9)]
    pub taken: Option<Taken>,
    /// What stood in the gradebook when that was last compared.
    #[n(10)]
    pub result: Option<InBook>,
    /// Since when this value is owed.
    #[n(11)]
    pub owed: Time,
}

/// How many grades stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Numbers {
    /// Refused for good.
    #[n(0)]
    pub stopped: u64,
    /// To be sent.
    #[n(1)]
    pub due: u64,
    /// Taken.
    #[n(2)]
    pub taken: u64,
}

impl Numbers {
    /// Stands for all courses together. Courses are random numbers, never this.
    pub const ALL: CourseId = CourseId(0);
    /// In so many rows the numbers of a course stand, and those of all: who changes some at the same
    /// time rarely meets.
    pub const ROWS: u8 = 64;

    /// The rows in which a person's grades of a course are counted.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a remainder by a small number is small"
    )]
    pub const fn keys(course: CourseId, user: UserId) -> [(CourseId, u8); 2] {
        let row = (user.0 % Self::ROWS as u64) as u8;
        [(course, row), (Self::ALL, row)]
    }

    /// How many stand so.
    pub const fn of(&self, standing: Standing) -> u64 {
        match standing {
            Standing::Stopped => self.stopped,
            Standing::Due => self.due,
            Standing::Taken => self.taken,
        }
    }

    /// The same, to be changed.
    pub const fn of_mut(&mut self, standing: Standing) -> &mut u64 {
        match standing {
            Standing::Stopped => &mut self.stopped,
            Standing::Due => &mut self.due,
            Standing::Taken => &mut self.taken,
        }
    }

    /// All of them, however they stand.
    pub const fn all(&self) -> u64 {
        self.stopped
            .saturating_add(self.due)
            .saturating_add(self.taken)
    }
}

/// What is done with many grades, one after the other, in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Every grade of a course is sent once more.
    Resend,
    /// What everybody is owed who came by a link is reckoned anew.
    Reckon,
    /// What stands in the gradebook is read back.
    Compare,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Resend, Self::Reckon, Self::Compare];

    /// Its number in keys.
    pub const fn number(self) -> u8 {
        match self {
            Self::Resend => 0,
            Self::Reckon => 1,
            Self::Compare => 2,
        }
    }

    /// What has this number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.number() == number)
    }
}

/// A task under way, or done a short while ago. It goes on from wherever a crash broke it off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Errand {
    /// When it began.
    #[n(0)]
    pub begun: Time,
    /// With how many it has to do, as of its beginning; `None`: nobody has counted yet.
    #[n(1)]
    pub of: Option<u64>,
    /// With how many it is through.
    #[n(2)]
    pub done: u64,
    /// The link that it is at, as in keys; empty before it is at the first one.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub link: Vec<u8>,
    /// After whom it goes on there.
    #[n(4)]
    pub after: Option<UserId>,
    /// Whether the gradebook's column of that link was read as a whole.
    #[n(5)]
    pub read: bool,
    /// How many it changed, or found to differ.
    #[n(6)]
    pub found: u64,
    /// How many links it could not look at.
    #[n(7)]
    pub unread: u64,
    /// When it was through.
    #[n(8)]
    pub ended: Option<Time>,
    /// When the background deletes this row.
    #[n(9)]
    pub ends: Time,
    /// Of how many people the platform would not tell.
    #[n(10)]
    pub untold: u64,
}

rows!(Column = 1, Target = 1, Grade = 1, Numbers = 1, Errand = 1);
