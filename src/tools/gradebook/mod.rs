//! Gradebooks that tools report into: Assignment and Grade Services 2.0 from the platform's side,
//! one and the same for external tools and for Lanterna in its practice course.
//!
//! A [`Gradebook`] is one tool's in one course, so that nothing it is asked reaches another's.
//! [`service`] answers the calls; who calls is known before anything of theirs is read.

mod cell;
mod line_items;
mod results;
pub mod service;

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::lti::ags::Malformed;
use crate::store::Error as StoreError;
use crate::store::ids::{BookId, CourseId, ToolId};
use crate::store::rows::practice::Way;

pub use cell::Cell;
pub use line_items::{Filter, Listed, declared};
pub use service::{Operation, Rules, Service};

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// How many line items a gradebook has at most.
pub const MOST_LINE_ITEMS: usize = 500;

/// Whose gradebook it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Lanterna's in a course of the practice course, by one of its connections.
    Practice {
        /// The connection.
        way: Way,
        /// The course's number.
        course: u32,
    },
    /// An external tool's in a course; the course 0 where there is none.
    Tool {
        /// The tool.
        tool: ToolId,
        /// The course.
        course: CourseId,
    },
}

impl Owner {
    /// The gradebook as trees know it.
    pub fn book(self) -> BookId {
        let (kind, tool, course) = match self {
            Self::Practice { way, course } => (0, way as u64, u64::from(course)),
            Self::Tool { tool, course } => (1, tool.0, course.0),
        };
        let mut id = [0; 17];
        id[0] = kind;
        id[1..9].copy_from_slice(&tool.to_be_bytes());
        id[9..].copy_from_slice(&course.to_be_bytes());
        BookId(id)
    }
}

/// The external tool and the course of a gradebook; `None`: it is the practice course's.
pub fn owner_of(book: BookId) -> Option<(ToolId, CourseId)> {
    let (kind, rest) = book.0.split_first()?;
    let (tool, course) = rest.split_first_chunk()?;
    let tool = ToolId(u64::from_be_bytes(*tool));
    let course = CourseId(u64::from_be_bytes(course.try_into().ok()?));
    (*kind == 1).then_some((tool, course))
}

/// Why something is not done with a gradebook.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This gradebook has no such line item.
    #[error("there is no such line item")]
    NotFound,
    /// What was sent makes no sense.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The score is not newer than the one that is there.
    #[error("a score of the same moment or a later one is there already")]
    Late,
    /// Nobody in this course is called so by this tool.
    #[error("nobody in this course has this id")]
    UnknownPerson,
    /// The person gets no grades: teachers do not.
    #[error("this person gets no grades in this course")]
    NotGraded,
    /// The tool has no such resource link in this course.
    #[error("the tool has no such resource link in this course")]
    UnknownLink,
    /// The line item came with its link, and stays with it.
    #[error("the line item belongs to its resource link")]
    Bound,
    /// There are as many line items as there may be.
    #[error("the course has as many line items as it may have")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One tool's gradebook in one course.
#[derive(Debug, Clone, Copy)]
pub struct Gradebook<'a> {
    app: &'a App,
    owner: Owner,
}

impl<'a> Gradebook<'a> {
    /// The gradebook of `owner`, whether anything is in it or not.
    pub const fn new(app: &'a App, owner: Owner) -> Self {
        Self { app, owner }
    }

    /// Whose it is.
    pub const fn owner(&self) -> Owner {
        self.owner
    }
}
