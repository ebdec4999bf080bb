//! Where somebody stopped: at a moment of what plays, on a page of what is read.

use std::time::Duration;

use super::measure::{Measure, PAGE};

/// Nobody minds watching these first seconds again.
const BEGINNING: Duration = Duration::from_secs(5);
/// Whoever comes so near the end has seen it: the rest is credits.
const REST: Duration = Duration::from_secs(30);
/// The same for what is short: the share of the duration that may be left, as its divisor.
const REST_SHARE: u32 = 20;

/// A place in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So long after its beginning.
    Moment(Duration),
    /// A page of it, counted from 1.
    Page(u64),
}

impl Place {
    /// The place that a kept position means; what is seen by opening it has none.
    pub(super) const fn of(measure: Measure, position_ms: u64) -> Option<Self> {
        match measure {
            Measure::Playing(_) => Some(Self::Moment(Duration::from_millis(position_ms))),
            Measure::Pages(_) => Some(Self::Page(position_ms / PAGE + 1)),
            Measure::Opening => None,
        }
    }

    /// Whether there is anything before it that nobody wants to see again.
    pub(super) fn is_begun(self) -> bool {
        match self {
            Self::Moment(at) => at >= BEGINNING,
            Self::Page(page) => page > 1,
        }
    }
}

/// The position that a page is kept as; pages count from 1.
pub fn of_page(page: u32) -> Duration {
    Duration::from_millis(u64::from(page.saturating_sub(1)) * PAGE)
}

/// Whether nothing is left to go on with after `position`, where the whole is so long.
pub(super) fn is_end(measure: Measure, position: Duration, whole: Duration) -> bool {
    let rest = whole.saturating_sub(position);
    match measure {
        // Whoever is on the last page has nothing to turn to.
        Measure::Pages(_) => rest <= Duration::from_millis(PAGE),
        Measure::Playing(_) | Measure::Opening => rest <= REST.min(whole / REST_SHARE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_near_by_time_and_by_share() {
        let seconds = Duration::from_secs;
        for (position, duration, end) in [
            (3569, 3600, false),
            (3570, 3600, true),
            (3600, 3600, true),
            (56, 60, false),
            (57, 60, true),
            (0, 60, false),
            (0, 0, true),
        ] {
            assert_eq!(
                is_end(Measure::Playing(None), seconds(position), seconds(duration)),
                end,
                "{position} of {duration}"
            );
        }
    }

    #[test]
    fn the_last_page_is_the_end() {
        let paper = Measure::Pages(Some(40));
        let whole = Duration::from_millis(40 * PAGE);
        for (page, end) in [(1, false), (38, false), (39, false), (40, true), (41, true)] {
            assert_eq!(is_end(paper, of_page(page), whole), end, "page {page}");
        }
    }

    #[test]
    fn pages_are_found_again() {
        let paper = Measure::Pages(None);
        for page in [1, 2, 7, 10_000] {
            let kept = u64::try_from(of_page(page).as_millis()).unwrap();
            let place = Place::of(paper, kept).unwrap();
            assert_eq!(place, Place::Page(u64::from(page)));
            assert_eq!(place.is_begun(), page > 1);
        }
        assert_eq!(of_page(0), Duration::ZERO);
        assert_eq!(Place::of(Measure::Opening, 7), None);
        let film = Place::of(Measure::Playing(None), 4_999).unwrap();
        assert!(!film.is_begun());
    }
}
