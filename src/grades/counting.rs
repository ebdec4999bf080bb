//! How watching counts: what a link is worth, and what of it somebody has earned.

use crate::store::rows::grades::{Column, Counting, Value};
use crate::store::rows::library::{Counts, Placement};
use crate::store::trees::Placements;
use crate::store::{Error, Store};

/// All of something, in ten-thousandths.
pub const WHOLE: u16 = 10_000;
/// How much has to be watched for completion unless staff say otherwise, in hundredths of a percent.
pub const USUAL_THRESHOLD: u16 = 9_000;
/// What is owed in proportion grows by this: a gradebook needs no finer steps.
const STEP: u16 = 100;

/// How a link counts: as staff decided since, else as it was placed. `None`: it doesn't.
pub fn of(store: &Store, column: &Column) -> Result<Option<Counting>, Error> {
    let placement = store.get::<Placements>(&column.placement)?;
    Ok(placement.and_then(|placement| by(column, &placement)))
}

/// The same with the placement at hand. One that was taken back counts no more.
pub fn by(column: &Column, placement: &Placement) -> Option<Counting> {
    if placement.revoked.is_some() {
        return None;
    }
    match column.decided {
        Some(decided) => decided.counting,
        None => placed(placement),
    }
}

/// How a placement counts by itself.
pub fn placed(placement: &Placement) -> Option<Counting> {
    Some(Counting {
        maximum: placement.maximum.filter(|maximum| *maximum > 0)?,
        counts: placement.counts,
        threshold: placement.threshold.unwrap_or(USUAL_THRESHOLD),
    })
}

/// What somebody has earned who watched this part, in ten-thousandths; `None`: nothing yet.
pub fn earned(counting: &Counting, part: u16) -> Option<Value> {
    let part = part.min(WHOLE);
    let earned = match counting.counts {
        Counts::Completion if part >= counting.threshold => WHOLE,
        Counts::Completion => return None,
        Counts::Proportion => part - part % STEP,
    };
    (earned > 0).then_some(Value {
        part: earned,
        maximum: counting.maximum,
    })
}

/// What is still to be watched until nothing more can be earned, in ten-thousandths.
pub fn missing(counting: &Counting, part: u16) -> u16 {
    let wanted = match counting.counts {
        Counts::Completion => counting.threshold.min(WHOLE),
        Counts::Proportion => WHOLE,
    };
    wanted.saturating_sub(part)
}

impl Value {
    /// The points, in hundredths, rounded to the nearest.
    pub fn points(self) -> u32 {
        let whole = u64::from(WHOLE);
        let points = (u64::from(self.maximum) * u64::from(self.part) + whole / 2) / whole;
        u32::try_from(points).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counting(counts: Counts, threshold: u16) -> Counting {
        Counting {
            maximum: 1_000,
            counts,
            threshold,
        }
    }

    #[test]
    fn completion_is_all_or_nothing() {
        let counting = counting(Counts::Completion, 9_000);
        assert_eq!(earned(&counting, 8_999), None);
        assert_eq!(earned(&counting, 9_000).unwrap().points(), 1_000);
        assert_eq!(missing(&counting, 6_200), 2_800);
        assert_eq!(missing(&counting, 9_500), 0);
    }

    #[test]
    fn proportion_grows_by_whole_percents() {
        let counting = counting(Counts::Proportion, 9_000);
        assert_eq!(earned(&counting, 99), None);
        assert_eq!(earned(&counting, 6_254).unwrap().part, 6_200);
        assert_eq!(earned(&counting, 6_254).unwrap().points(), 620);
        assert_eq!(missing(&counting, 6_200), 3_800);
    }

    proptest! {
        #[test]
        fn more_watching_never_earns_less(a in 0..=WHOLE, b in 0..=WHOLE, share: bool, threshold in 0..=WHOLE) {
            let counts = if share { Counts::Proportion } else { Counts::Completion };
            let counting = counting(counts, threshold);
            let points = |part| earned(&counting, part).map_or(0, Value::points);
            prop_assert!(points(a.max(b)) >= points(a.min(b)));
            prop_assert!(points(a) <= counting.maximum);
            let whole = points(WHOLE);
            prop_assert_eq!(whole, counting.maximum);
            prop_assert_eq!(missing(&counting, a) == 0, points(a) == whole && a >= if share { WHOLE } else { threshold });
        }
    }
}
