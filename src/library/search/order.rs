//! In which order hits come, and from where a page goes on.

use std::collections::BinaryHeap;
use std::io;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::fields::{CHANGED, CREATED, DURATION, ID, ORDER, SIZE};
use crate::library::error::Error;
use crate::store::ids::ItemId;
use crate::store::key::Key;

/// In which order items are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// What fits best first; of what fits alike, the newest.
    Best,
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// By title, A to Z, numbers by their value.
    Title,
    /// Last changed first.
    Changed,
    /// Longest first; what does not play comes last.
    Longest,
    /// Largest file first.
    Largest,
}

impl Sort {
    /// All of them, what fits best first.
    pub const ALL: [Self; 7] = [
        Self::Best,
        Self::Newest,
        Self::Oldest,
        Self::Title,
        Self::Changed,
        Self::Longest,
        Self::Largest,
    ];

    /// Its name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Title => "title",
            Self::Changed => "changed",
            Self::Longest => "longest",
            Self::Largest => "largest",
        }
    }

    /// The order of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    const fn number(self) -> u8 {
        match self {
            Self::Best => 0,
            Self::Newest => 1,
            Self::Oldest => 2,
            Self::Title => 3,
            Self::Changed => 4,
            Self::Longest => 5,
            Self::Largest => 6,
        }
    }
}

/// Where a hit stands in its order: by the bytes of what it is ordered by, then by its id, so that
/// no two stand at the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) by: Vec<u8>,
    pub(super) id: u64,
}

/// After which hit a page begins. As text it is opaque. It holds nothing but the place of an item
/// that was shown, and says nothing of whose list that was, so that it leads into no other's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    sort: Sort,
    place: Place,
}

impl Cursor {
    pub(super) const fn new(sort: Sort, place: Place) -> Self {
        Self { sort, place }
    }

    /// The cursor that `text` holds, for pages in the order `sort`.
    pub fn parse(text: &str, sort: Sort) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::BadCursor)?;
        let parts = <(u8, Vec<u8>, u64)>::parse(&bytes);
        let (number, by, id) = parts.ok_or(Error::BadCursor)?;
        let numeric = sort != Sort::Title;
        if number != sort.number() || (numeric && by.len() != size_of::<u64>()) {
            return Err(Error::BadCursor);
        }
        let place = Place { by, id };
        Ok(Self { sort, place })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = (self.sort.number(), self.place.by.clone(), self.place.id);
        f.write_str(&URL_SAFE_NO_PAD.encode(parts.bytes()))
    }
}

/// The bits of a moment in milliseconds that count beside a score: enough until the year 10889.
const MOMENT_BITS: u32 = 48;

/// Collects the first `limit` hits of an order after a place. Keeps no more than that in memory.
pub(super) struct First {
    pub(super) sort: Sort,
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
}

impl Collector for First {
    type Fruit = Vec<Place>;
    type Child = InSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<InSegment> {
        let fast = segment.fast_fields();
        let number = |name| fast.column_first_or_default::<u64>(name);
        let by = match self.sort {
            Sort::Best => By::Score(number(CREATED)?),
            Sort::Newest => By::Falling(number(CREATED)?),
            Sort::Oldest => By::Rising(number(CREATED)?),
            Sort::Changed => By::Falling(number(CHANGED)?),
            Sort::Longest => By::Falling(number(DURATION)?),
            Sort::Largest => By::Falling(number(SIZE)?),
            Sort::Title => By::Text(fast.str(ORDER)?),
        };
        let after = match &self.after {
            Some(place) => by.place_of(place)?,
            None => None,
        };
        Ok(InSegment {
            by,
            ids: number(ID)?,
            after,
            limit: self.limit,
            first: BinaryHeap::with_capacity(self.limit + 1),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Best
    }

    fn merge_fruits(&self, segments: Vec<io::Result<Vec<Place>>>) -> tantivy::Result<Vec<Place>> {
        let mut places = Vec::new();
        for segment in segments {
            places.extend(segment?);
        }
        places.sort_unstable();
        places.truncate(self.limit);
        Ok(places)
    }
}

/// What hits of one segment are ordered by, as numbers that rise in that order.
enum By {
    Rising(Arc<dyn ColumnValues<u64>>),
    Falling(Arc<dyn ColumnValues<u64>>),
    /// The score, then the moment.
    Score(Arc<dyn ColumnValues<u64>>),
    /// The number of the text among those of the segment.
    Text(Option<StrColumn>),
}

impl By {
    fn number(&self, doc: DocId, score: Score) -> u64 {
        match self {
            Self::Rising(values) => values.get_val(doc),
            Self::Falling(values) => !values.get_val(doc),
            Self::Score(values) => {
                let moment = values.get_val(doc).min((1 << MOMENT_BITS) - 1);
                !(whole(score) << MOMENT_BITS | moment)
            }
            Self::Text(texts) => {
                let number = texts.as_ref().and_then(|texts| texts.ords().first(doc));
                number.unwrap_or(0)
            }
        }
    }

    /// A place as the numbers of this segment: the last one that comes no later.
    fn place_of(&self, place: &Place) -> io::Result<Option<(u64, u64)>> {
        let Self::Text(texts) = self else {
            let number = u64::parse(&place.by).unwrap_or(0);
            return Ok(Some((number, place.id)));
        };
        let Some(texts) = texts else { return Ok(None) };
        let from = Bound::Included(&place.by);
        let (from, _) = texts
            .dictionary()
            .term_bounds_to_ord(from, Bound::Unbounded)?;
        let Bound::Included(number) = from else {
            return Ok(None);
        };
        if texts.dictionary().term_ord(&place.by)? == Some(number) {
            return Ok(Some((number, place.id)));
        }
        Ok(number.checked_sub(1).map(|before| (before, u64::MAX)))
    }

    /// The bytes that order hits across segments.
    fn bytes(&self, number: u64) -> io::Result<Vec<u8>> {
        let Self::Text(texts) = self else {
            return Ok(number.bytes());
        };
        let mut bytes = Vec::new();
        if let Some(texts) = texts {
            texts.dictionary().ord_to_term(number, &mut bytes)?;
        }
        Ok(bytes)
    }
}

/// Scores are sums of small whole numbers.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped first"
)]
fn whole(score: Score) -> u64 {
    score.clamp(0.0, f32::from(u16::MAX)) as u64
}

/// The first hits of one segment.
pub(super) struct InSegment {
    by: By,
    ids: Arc<dyn ColumnValues<u64>>,
    after: Option<(u64, u64)>,
    limit: usize,
    /// The last of them on top.
    first: BinaryHeap<(u64, u64)>,
}

impl SegmentCollector for InSegment {
    type Fruit = io::Result<Vec<Place>>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let number = self.by.number(doc, score);
        if self.first.len() >= self.limit && self.first.peek().is_some_and(|last| number > last.0) {
            return;
        }
        let place = (number, self.ids.get_val(doc));
        if self.after.is_some_and(|after| place <= after) {
            return;
        }
        self.first.push(place);
        if self.first.len() > self.limit {
            self.first.pop();
        }
    }

    fn harvest(self) -> io::Result<Vec<Place>> {
        let mut places = Vec::with_capacity(self.first.len());
        for (number, id) in self.first.into_sorted_vec() {
            let by = self.by.bytes(number)?;
            places.push(Place { by, id });
        }
        Ok(places)
    }
}

impl Place {
    pub(super) const fn item(&self) -> ItemId {
        ItemId(self.id)
    }
}
