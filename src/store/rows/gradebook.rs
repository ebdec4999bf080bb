//! The columns of gradebooks that tools report into.

use minicbor::{Decode, Encode};

use crate::store::tree::rows;
use crate::world::Time;

/// A line item.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct LineItem {
    /// What the column is called.
    #[n(0)]
    pub label: String,
    /// The most that can be reached.
    #[n(1)]
    pub maximum: f64,
    /// The resource link that it belongs to.
    #[n(2)]
    pub link: Option<String>,
    /// The tool's own id of what is graded.
    #[n(3)]
    pub resource: Option<String>,
    /// The tool's own word for what is graded about it.
    #[n(4)]
    pub tag: Option<String>,
    /// From when on something can be handed in, in nanoseconds since 1970.
    #[n(5)]
    pub starts: Option<i64>,
    /// Until when, likewise.
    #[n(6)]
    pub ends: Option<i64>,
    /// Whether it is there for its link's sake: the tool that reports into it did not make it, and
    /// does not remove it.
    #[n(7)]
    pub declared: bool,
    /// When it was made.
    #[n(8)]
    pub made: Time,
}

rows!(LineItem = 1);
