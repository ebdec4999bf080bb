//! What there is to see of an item, and how much of it somebody has seen.

use std::time::Duration;

use super::spans::{length, within};
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::{Item, Kind};
use crate::store::rows::watching::{Span, View};
use crate::store::trees::{Items, Views};
use crate::store::{Error, Store};
use crate::world::Time;

/// A page in spans, and what is opened or not.
pub const PAGE: u64 = 1_000;
/// Everything, in hundredths of a percent.
pub const WHOLE: u16 = 10_000;
/// Nothing plays longer: the end of an item whose length nobody knows.
const ENDLESS: u64 = 24 * 60 * 60 * 1_000;
/// As many pages as a document may have whose pages nobody counted.
const ENDLESS_PAGES: u64 = 10_000;
/// What may be missing of the whole, in milliseconds: the last moments that players do not reach.
const MISSING: u64 = 2_000;
/// The same for what is short, as the divisor of its length.
const MISSING_SHARE: u64 = 20;

/// What seeing an item means. Lengths are the server's own knowledge, never what a browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// It plays, for so many milliseconds where that is known.
    Playing(Option<u64>),
    /// It has pages, so many where that is known.
    Pages(Option<u32>),
    /// It is seen once it is opened.
    Opening,
}

impl Measure {
    /// What seeing this item means.
    pub fn of(item: &Item) -> Self {
        let facts = &item.facts;
        match item.kind {
            Kind::Video | Kind::Audio => {
                Self::Playing(facts.duration_ms.filter(|length| *length > 0))
            }
            Kind::Pdf => Self::Pages(facts.pages.filter(|pages| *pages > 0)),
            Kind::Image | Kind::Document | Kind::Tool | Kind::Collection => Self::Opening,
        }
    }

    /// How long it is in spans; `None` where nobody knows.
    pub fn length(self) -> Option<u64> {
        match self {
            Self::Playing(length) => length,
            Self::Pages(pages) => pages.map(|pages| u64::from(pages) * PAGE),
            Self::Opening => Some(PAGE),
        }
    }

    /// Where it ends at the latest.
    pub(super) fn end(self) -> u64 {
        let endless = match self {
            Self::Pages(_) => ENDLESS_PAGES * PAGE,
            Self::Playing(_) | Self::Opening => ENDLESS,
        };
        self.length().unwrap_or(endless)
    }

    /// How much `seen` is of a whole, in hundredths of a percent.
    fn percent(self, seen: u64, whole: u64) -> u16 {
        let missing = match self {
            Self::Playing(_) => MISSING.min(whole / MISSING_SHARE),
            Self::Pages(_) | Self::Opening => 0,
        };
        if whole == 0 {
            return 0;
        }
        if seen.saturating_add(missing) >= whole {
            return WHOLE;
        }
        let share = u128::from(seen) * u128::from(WHOLE) / u128::from(whole);
        // Not all is never everything.
        u16::try_from(share).unwrap_or(WHOLE).min(WHOLE - 1)
    }
}

/// How much somebody has seen of an item in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What seeing it means.
    pub measure: Measure,
    /// What was seen: in order, apart from each other, within the item.
    pub seen: Vec<Span>,
    /// How much that is: milliseconds, or a thousand for each page.
    pub seen_ms: u64,
    /// How much there is, likewise; `None`: nobody knows, and so nothing is ever complete.
    pub length: Option<u64>,
    /// What was seen of it in hundredths of a percent; `None` where nobody knows how long it is.
    pub percent: Option<u16>,
    /// How often it was opened.
    pub opened: u32,
    /// How often it was played after opening it.
    pub plays: u32,
    /// How long it was played in all.
    pub played: Duration,
    /// When it was first opened or played.
    pub first: Option<Time>,
    /// When something was last credited.
    pub last: Option<Time>,
}

impl Progress {
    /// How much a view says that somebody has seen; nothing without one.
    pub fn of(view: Option<&View>, item: &Item) -> Self {
        Self::measured(view, Measure::of(item))
    }

    pub(super) fn measured(view: Option<&View>, measure: Measure) -> Self {
        let kept = view.map_or(&[][..], |view| &view.seen);
        let seen = within(kept, 0, measure.end());
        let (seen_ms, length) = (length(&seen), measure.length());
        Self {
            measure,
            seen_ms,
            length,
            percent: length.map(|length| measure.percent(seen_ms, length)),
            seen,
            opened: view.map_or(0, |view| view.opened),
            plays: view.map_or(0, |view| view.plays),
            played: Duration::from_millis(view.map_or(0, |view| view.played_ms)),
            first: view.and_then(|view| view.first),
            last: view.and_then(|view| view.credited),
        }
    }

    /// The same of the part that a placement plays.
    #[must_use]
    pub fn of_part(&self, start_ms: u64, end_ms: Option<u64>) -> Self {
        let Measure::Playing(_) = self.measure else {
            return self.clone();
        };
        let end = end_ms.or(self.length).unwrap_or(ENDLESS);
        let end = self.length.map_or(end, |length| end.min(length));
        let seen = within(&self.seen, start_ms, end);
        let seen_ms = length(&seen);
        // Where a part ends is known, whatever is known of the whole.
        let known = end_ms.is_some() || self.length.is_some();
        let length = known.then(|| end.saturating_sub(start_ms));
        Self {
            seen,
            seen_ms,
            length,
            percent: length.map(|length| self.measure.percent(seen_ms, length)),
            ..self.clone()
        }
    }

    /// Pages seen, and how many there are.
    pub fn pages(&self) -> Option<(u64, Option<u32>)> {
        match self.measure {
            Measure::Pages(pages) => Some((self.seen_ms / PAGE, pages)),
            Measure::Playing(_) | Measure::Opening => None,
        }
    }
}

/// How much a person has seen of an item in a course; `None` when there is no such item.
pub fn progress(
    store: &Store,
    course: CourseId,
    item: ItemId,
    user: UserId,
) -> Result<Option<Progress>, Error> {
    let Some(row) = store.get::<Items>(&item)? else {
        return Ok(None);
    };
    let view = store.get::<Views>(&(course, item, user))?;
    Ok(Some(Progress::of(view.as_ref(), &row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(measure: Measure, spans: &[(u64, u64)]) -> Progress {
        let spans = spans.iter().map(|(start, end)| Span {
            start: *start,
            end: *end,
        });
        let view = View {
            seen: spans.collect(),
            ..View::new(Time(0))
        };
        Progress::measured(Some(&view), measure)
    }

    #[test]
    fn percents_are_of_what_the_server_knows() {
        let hour = Measure::Playing(Some(3_600_000));
        for (spans, percent) in [
            (&[][..], 0),
            (&[(0, 36)][..], 0),
            (&[(0, 360)][..], 1),
            (&[(0, 1_800_000)][..], 5_000),
            (&[(0, 3_597_999)][..], 9_994),
            // The last moments are credits' credits.
            (&[(0, 3_598_000)][..], WHOLE),
            // What lies beyond the end, in a file that was longer, is nothing.
            (&[(0, 1_800_000), (3_600_000, 9_000_000)][..], 5_000),
        ] {
            assert_eq!(seen(hour, spans).percent, Some(percent), "{spans:?}");
        }
        let short = Measure::Playing(Some(2_000));
        assert_eq!(seen(short, &[]).percent, Some(0), "short is not nothing");
        assert_eq!(seen(short, &[(0, 1_900)]).percent, Some(WHOLE));
    }

    #[test]
    fn what_is_of_unknown_length_is_never_complete() {
        let progress = seen(Measure::Playing(None), &[(0, 60_000)]);
        assert_eq!((progress.percent, progress.seen_ms), (None, 60_000));
        let part = progress.of_part(0, Some(60_000));
        assert_eq!(part.percent, Some(WHOLE), "a part's end is known");
    }

    #[test]
    fn pages_and_openings_are_whole() {
        let paper = seen(Measure::Pages(Some(3)), &[(0, 1_000), (2_000, 3_000)]);
        assert_eq!(paper.percent, Some(6_666));
        assert_eq!(paper.pages(), Some((2, Some(3))));
        assert_eq!(seen(Measure::Opening, &[]).percent, Some(0));
        assert_eq!(seen(Measure::Opening, &[(0, PAGE)]).percent, Some(WHOLE));
    }

    #[test]
    fn a_part_is_measured_by_itself() {
        let film = Measure::Playing(Some(100_000));
        let progress = seen(film, &[(0, 30_000), (50_000, 60_000)]);
        let part = progress.of_part(20_000, Some(60_000));
        assert_eq!((part.seen_ms, part.percent), (20_000, Some(5_000)));
        let rest = progress.of_part(50_000, None);
        assert_eq!(rest.percent, Some(2_000));
        let nothing = progress.of_part(90_000, Some(80_000));
        assert_eq!((nothing.seen_ms, nothing.percent), (0, Some(0)));
    }
}
