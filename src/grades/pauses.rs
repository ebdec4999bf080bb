//! Pauses that grow, and are never the same twice: many that failed together don't come back
//! together.

use std::time::Duration;

use crate::world::World;

/// The pauses after the first failures; the last one is repeated.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
];
/// The longest pause of a whole platform: longer would keep everybody waiting who came meanwhile.
const LONGEST_AWAY: Duration = Duration::from_mins(30);
/// The longest that a platform may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// How long one score waits that was sent in vain so often.
pub(super) fn of_score(world: &World, attempts: u32) -> Duration {
    jittered(world, grown(attempts))
}

/// How long nothing is sent to a platform that failed so often in a row, unless it asked for more.
pub(super) fn of_platform(world: &World, failures: u32, asked: Option<Duration>) -> Duration {
    let own = jittered(world, grown(failures).min(LONGEST_AWAY));
    own.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

fn grown(failures: u32) -> Duration {
    let last = PAUSES.len() - 1;
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(last);
    PAUSES[index.min(last)]
}

/// Three quarters to five quarters of a pause.
fn jittered(world: &World, pause: Duration) -> Duration {
    let random = u32::from(u16::from_be_bytes(world.random()));
    pause * 3 / 4 + pause * random / (2 * u32::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_within_bounds(failures: u32, asked in prop::option::of(0..10_000u64)) {
            let world = World::system();
            let pause = of_score(&world, failures);
            prop_assert!(pause >= PAUSES[0] * 3 / 4);
            prop_assert!(pause <= PAUSES[8] * 5 / 4);
            prop_assert!(grown(failures) <= grown(failures.saturating_add(1)));
            let away = of_platform(&world, failures, asked.map(Duration::from_secs));
            prop_assert!(away <= LONGEST_ASKED);
            prop_assert!(asked.is_none_or(|asked| away >= Duration::from_secs(asked.min(3600))));
        }
    }

    #[test]
    fn what_failed_together_comes_back_apart() {
        let world = World::system();
        let pauses: std::collections::BTreeSet<Duration> =
            (0..100).map(|_| of_score(&world, 3)).collect();
        assert!(pauses.len() > 90);
    }
}
