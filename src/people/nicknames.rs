//! Names for people of whom no name is told: friendly, made up, and the same at every return.

use crate::store::ids::UserId;

const QUALITIES: [&str; 32] = [
    "Amber", "Azure", "Brave", "Bright", "Calm", "Clever", "Coral", "Cosy", "Crimson", "Curious",
    "Eager", "Emerald", "Gentle", "Golden", "Green", "Happy", "Indigo", "Ivory", "Jolly", "Kind",
    "Lively", "Lucky", "Merry", "Noble", "Patient", "Quick", "Quiet", "Scarlet", "Silver", "Sunny",
    "Swift", "Violet",
];
const CREATURES: [&str; 64] = [
    "Albatross",
    "Alpaca",
    "Antelope",
    "Avocet",
    "Badger",
    "Beaver",
    "Bison",
    "Bluebird",
    "Bumblebee",
    "Butterfly",
    "Caribou",
    "Chickadee",
    "Cormorant",
    "Crane",
    "Cricket",
    "Curlew",
    "Deer",
    "Dolphin",
    "Dove",
    "Dragonfly",
    "Eagle",
    "Egret",
    "Falcon",
    "Finch",
    "Firefly",
    "Flamingo",
    "Fox",
    "Gazelle",
    "Gecko",
    "Goldfinch",
    "Hare",
    "Hedgehog",
    "Heron",
    "Hummingbird",
    "Ibis",
    "Kestrel",
    "Kingfisher",
    "Koala",
    "Ladybird",
    "Lark",
    "Linnet",
    "Llama",
    "Lynx",
    "Marten",
    "Moose",
    "Nightingale",
    "Oriole",
    "Osprey",
    "Otter",
    "Panda",
    "Pelican",
    "Penguin",
    "Plover",
    "Puffin",
    "Quail",
    "Robin",
    "Sandpiper",
    "Seal",
    "Skylark",
    "Sparrow",
    "Starling",
    "Swallow",
    "Tortoise",
    "Wren",
];
/// Numbers behind them, from the least with two digits.
const NUMBERS: u64 = 90;

/// The made-up name of a person, such as “Amber Heron 42”. It comes from the person's own random
/// number, so it tells nothing, and stays.
pub fn nickname(user: UserId) -> String {
    let (rest, number) = (user.0 / NUMBERS, user.0 % NUMBERS + 10);
    let (rest, quality) = pick(rest, &QUALITIES);
    let (_, creature) = pick(rest, &CREATURES);
    format!("{quality} {creature} {number}")
}

/// Whether a name is the made-up one of this person, and not one that a platform told.
pub fn is_nickname(user: UserId, name: &str) -> bool {
    name == nickname(user)
}

/// One of the words, and what is left of the number.
fn pick<const N: usize>(number: u64, words: &[&'static str; N]) -> (u64, &'static str) {
    let count = u64::try_from(N).unwrap_or(1);
    let index = usize::try_from(number % count).unwrap_or_default();
    (number / count, words[index])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_there_once() {
        let words: BTreeSet<&str> = QUALITIES.iter().chain(&CREATURES).copied().collect();
        assert_eq!(words.len(), QUALITIES.len() + CREATURES.len());
    }

    #[test]
    fn numbers_far_apart_have_names_far_apart() {
        let names: BTreeSet<String> = (0..5_000).map(|n| nickname(UserId(n * 7_919))).collect();
        assert_eq!(names.len(), 5_000);
        assert_eq!(nickname(UserId(0)), "Amber Albatross 10");
    }

    proptest! {
        #[test]
        fn everybody_has_one_and_keeps_it(user: u64, other: u64) {
            let name = nickname(UserId(user));
            prop_assert_eq!(&name, &nickname(UserId(user)));
            prop_assert!(is_nickname(UserId(user), &name));
            prop_assert!(!is_nickname(UserId(user), "Ada Lovelace"));
            prop_assert_eq!(name.split(' ').count(), 3);
            let _ = nickname(UserId(other));
        }
    }
}
