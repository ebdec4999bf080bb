//! Scores: what a tool reports about one person and one line item (AGS 2.0, section 3.4).

use serde_json::Value;

use super::fields::{id, maximum, moment, number, object, text};
use super::line_item::points;
use super::{Malformed, Moment};
use crate::lti::issue::Members;
use crate::lti::json::Object;
use crate::lti::redact::debug_showing;

/// How far a person has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Not begun.
    Initialized,
    /// Begun.
    Started,
    /// At work, and it shows.
    InProgress,
    /// Handed in, and may go on.
    Submitted,
    /// Done.
    Completed,
}

/// How far grading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grading {
    /// Done: the score is the grade.
    FullyGraded,
    /// Under way without anybody's doing.
    Pending,
    /// Somebody has to do something.
    PendingManual,
    /// It could not be done.
    Failed,
    /// Nothing to grade yet.
    NotReady,
}

/// Names of one member's values.
macro_rules! named {
    ($type:ident { $($variant:ident),* }) => {
        impl $type {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the services.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            /// What has this name exactly.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}
named!(Activity {
    Initialized,
    Started,
    InProgress,
    Submitted,
    Completed
});
named!(Grading {
    FullyGraded,
    Pending,
    PendingManual,
    Failed,
    NotReady
});

/// Points, out of how many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// The points: zero or more, and perhaps more than the most.
    pub points: f64,
    /// Out of how many: above zero.
    pub maximum: f64,
}

impl Given {
    /// The same share of another maximum.
    pub fn out_of(self, maximum: f64) -> f64 {
        if self.maximum.total_cmp(&maximum).is_eq() {
            self.points
        } else {
            self.points / self.maximum * maximum
        }
    }
}

/// When something was begun and handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Submission {
    /// When it was begun.
    pub started: Option<Moment>,
    /// When it was handed in.
    pub submitted: Option<Moment>,
}

/// A score.
#[derive(Clone, PartialEq)]
pub struct Score {
    /// The person, as in a launch's `sub`.
    pub user: String,
    /// When this was the state of things; later than whatever was reported before.
    pub at: Moment,
    /// How far the person has come.
    pub activity: Activity,
    /// How far grading has come.
    pub grading: Grading,
    /// The points; `None` clears what was reported before.
    pub given: Option<Given>,
    /// A few words to the person.
    pub comment: Option<String>,
    /// When it was begun and handed in.
    pub submission: Option<Submission>,
    /// Who graded, when it was a person.
    pub by: Option<String>,
}

debug_showing! {
    Score { at, activity, grading, given }
}

impl Score {
    /// Reads what a tool sends.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let object = object(body)?;
        let sent = Object::new(&object);
        let word = |name| id(sent, name)?.ok_or(Malformed::Missing(name));
        let activity = Activity::parse(&word("activityProgress")?);
        let grading = Grading::parse(&word("gradingProgress")?);
        Ok(Self {
            user: word("userId")?,
            at: moment(sent, "timestamp")?.ok_or(Malformed::Missing("timestamp"))?,
            activity: activity.ok_or(Malformed::Invalid("activityProgress"))?,
            grading: grading.ok_or(Malformed::Invalid("gradingProgress"))?,
            given: given(sent)?,
            comment: text(sent, "comment")?,
            submission: submission(sent)?,
            by: id(sent, "scoringUserId")?,
        })
    }

    /// What counts: points, once grading is done. Zero is a score.
    pub fn counts(&self) -> Option<Given> {
        self.given.filter(|_| self.grading == Grading::FullyGraded)
    }

    /// The document.
    pub fn document(&self) -> Value {
        let given = |of: fn(&Given) -> f64| self.given.as_ref().map(|given| points(of(given)));
        let moment = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
        let submission = self.submission.map(|submission| {
            Members::default()
                .with("startedAt", moment(submission.started))
                .with("submittedAt", moment(submission.submitted))
        });
        Members::default()
            .with("userId", self.user.clone())
            .with("timestamp", self.at.to_string())
            .with("activityProgress", self.activity.name())
            .with("gradingProgress", self.grading.name())
            .with("scoreGiven", given(|given| given.points))
            .with("scoreMaximum", given(|given| given.maximum))
            .with("comment", self.comment.clone())
            .with("submission", submission)
            .with("scoringUserId", self.by.clone())
            .or_empty()
    }
}

fn given(sent: Object<'_>) -> Result<Option<Given>, Malformed> {
    let maximum = maximum(sent, "scoreMaximum")?;
    let Some(points) = number(sent, "scoreGiven")? else {
        return Ok(None);
    };
    Ok(Some(Given {
        points,
        maximum: maximum.ok_or(Malformed::Missing("scoreMaximum"))?,
    }))
}

fn submission(sent: Object<'_>) -> Result<Option<Submission>, Malformed> {
    match sent.get("submission") {
        None => Ok(None),
        Some(Value::Object(object)) => {
            let object = Object::new(object);
            Ok(Some(Submission {
                started: moment(object, "startedAt")?,
                submitted: moment(object, "submittedAt")?,
            }))
        }
        Some(_) => Err(Malformed::Invalid("submission")),
    }
}
