//! What people watched.

use minicbor::{Decode, Encode};

use crate::store::tree::rows;
use crate::world::Time;

/// A part of an item: milliseconds of what plays; of a document, a thousand for each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Span {
    /// Where it begins.
    #[n(0)]
    pub start: u64,
    /// Where it ends; not before it begins.
    #[n(1)]
    pub end: u64,
}

/// One person's watching of one item in one course.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct View {
    /// Where they stopped, in milliseconds from the beginning.
    #[n(0)]
    pub position_ms: u64,
    /// When they were there.
    #[n(1)]
    pub changed: Time,
    /// Whether that is so near the end that nothing is left to continue.
    #[n(2)]
    pub finished: bool,
    /// What of it they were credited with: in order, apart from each other, none empty.
    #[n(3)]
    #[cbor(default)]
    pub seen: Vec<Span>,
    /// When they first opened or played it.
    #[n(4)]
    pub first: Option<Time>,
    /// How often they opened it.
    #[n(5)]
    #[cbor(default)]
    pub opened: u32,
    /// How often they played it after opening it.
    #[n(6)]
    #[cbor(default)]
    pub plays: u32,
    /// How long they played it in all, again and again included, in milliseconds.
    #[n(7)]
    #[cbor(default)]
    pub played_ms: u64,
    /// When they last opened it.
    #[n(8)]
    pub opened_at: Option<Time>,
    /// When they were last credited with something.
    #[n(9)]
    pub credited: Option<Time>,
    /// Whether it counts: for learners only, and not for a teacher's student preview.
    #[n(10)]
    #[cbor(default)]
    pub counts: bool,
    /// When the background deletes it.
    #[n(11)]
    pub ends: Option<Time>,
    /// How much of it they have seen, in hundredths of a percent, as of the last change.
    #[n(12)]
    #[cbor(default)]
    pub percent: u16,
    /// When they had seen a tenth of it, two tenths, and so on, as far as they came.
    #[n(13)]
    #[cbor(default)]
    pub tenths: Vec<Time>,
    /// Under which moment `recent` has it.
    #[n(14)]
    pub recent: Option<Time>,
}

impl View {
    /// Somebody's first sight of an item.
    pub const fn new(now: Time) -> Self {
        Self {
            position_ms: 0,
            changed: now,
            finished: false,
            seen: Vec::new(),
            first: None,
            opened: 0,
            plays: 0,
            played_ms: 0,
            opened_at: None,
            credited: None,
            counts: false,
            ends: None,
            percent: 0,
            tenths: Vec::new(),
            recent: None,
        }
    }

    /// What it adds to the sums that it is part of; nothing unless it counts.
    pub fn share(&self) -> Share {
        if !self.counts {
            return Share::default();
        }
        Share {
            begun: u32::from(!self.seen.is_empty()),
            complete: u32::from(self.percent >= COMPLETE),
            percent: u64::from(self.percent),
            played_ms: self.played_ms,
        }
    }
}

/// From here on somebody has seen an item as far as sums are concerned, in hundredths of a percent.
pub const COMPLETE: u16 = 9_000;

/// What one view adds to a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// One where something was seen.
    pub begun: u32,
    /// One where at least nine tenths were seen.
    pub complete: u32,
    /// Hundredths of a percent.
    pub percent: u64,
    /// Milliseconds played.
    pub played_ms: u64,
}

/// The sum of the views that count: of an item in a course, or of a person in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Tally {
    /// Views with something seen.
    #[n(0)]
    pub begun: u32,
    /// Views with at least nine tenths seen.
    #[n(1)]
    pub complete: u32,
    /// Hundredths of a percent seen, summed up: divide by the people or items there are.
    #[n(2)]
    pub percent: u64,
    /// Milliseconds played.
    #[n(3)]
    pub played_ms: u64,
    /// When something was last credited.
    #[n(4)]
    pub last: Time,
    /// When the background deletes it.
    #[n(5)]
    pub ends: Option<Time>,
}

impl Tally {
    /// Replaces what a view added before by what it adds now.
    pub const fn replace(&mut self, before: Share, now: Share) {
        self.begun = self
            .begun
            .saturating_add(now.begun)
            .saturating_sub(before.begun);
        self.complete = self
            .complete
            .saturating_add(now.complete)
            .saturating_sub(before.complete);
        self.percent = self
            .percent
            .saturating_add(now.percent)
            .saturating_sub(before.percent);
        self.played_ms = self
            .played_ms
            .saturating_add(now.played_ms)
            .saturating_sub(before.played_ms);
    }
}

/// How often one person played each part of an item: as many parts of the same length as there are
/// counters.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Heat {
    /// How long the item was, in milliseconds (a thousand for each page): another length is another
    /// file.
    #[n(0)]
    pub length: u64,
    /// For each part, a hundred for each time that all of it was played.
    #[n(1)]
    pub parts: Vec<u16>,
}

rows!(View = 1, Tally = 1, Heat = 1);
