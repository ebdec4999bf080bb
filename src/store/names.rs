//! How names are compared and found: without case and accents, by the beginning of each word.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::ids::SortKey;
use super::rows::people::User;

/// Words of a name by which it is found.
const MOST_WORDS: usize = 8;

/// A name as it is compared: without case and accents.
pub fn folded(name: &str) -> String {
    let bare = name.nfd().filter(|c| !is_combining_mark(*c));
    bare.flat_map(char::to_lowercase).collect()
}

/// How a folded text begins, as far as a key takes it.
pub fn beginning(folded: &str) -> SortKey {
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().zip(folded.bytes()) {
        *place = byte;
    }
    SortKey(key)
}

/// By which beginnings a person is found: those of their name from each of its words on, and that
/// of their email address.
pub fn found_by(user: &User) -> BTreeSet<SortKey> {
    let mut keys = BTreeSet::new();
    if let Some(name) = &user.name {
        keys.extend(words(&folded(name)).map(beginning));
    }
    if let Some(email) = &user.email {
        keys.insert(beginning(&folded(email)));
    }
    keys
}

/// What begins at each word of a folded name.
fn words(folded: &str) -> impl Iterator<Item = &str> {
    let starts = folded.char_indices().scan(true, |gap, (at, c)| {
        let begins = *gap && !c.is_whitespace();
        *gap = c.is_whitespace() || matches!(c, '-' | ',' | '(');
        Some(begins.then_some(at))
    });
    starts.flatten().take(MOST_WORDS).map(|at| &folded[at..])
}

/// Whether a person is called something that begins so at one of its words, or has this email
/// address; `wanted` is folded.
pub fn is_called(user: &User, wanted: &str) -> bool {
    let begins = |name: &String| {
        let name = folded(name);
        words(&name).any(|word| word.starts_with(wanted))
    };
    let email = |email: &String| folded(email).starts_with(wanted);
    user.name.as_ref().is_some_and(begins) || user.email.as_ref().is_some_and(email)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::ids::ConnectionId;
    use crate::world::Time;

    fn called(name: &str) -> User {
        User {
            name: Some(name.into()),
            ..User::new(ConnectionId(1), "7", Time(0))
        }
    }

    #[test]
    fn each_word_of_a_name_finds_it() {
        let user = called("Zoë van der  Müller-Lüdenscheidt");
        for wanted in [
            "zo",
            "van der  mu",
            "der",
            "muller-l",
            "ludenscheidt",
            "zoe ",
        ] {
            assert!(is_called(&user, wanted), "{wanted}");
        }
        for wanted in ["oe", "uller", "x"] {
            assert!(!is_called(&user, wanted), "{wanted}");
        }
        assert_eq!(found_by(&user).len(), 5);
    }

    proptest! {
        #[test]
        fn whoever_is_called_so_stands_where_that_leads(name: String, cut in 1..20_usize) {
            let user = called(&name);
            let folded = folded(&name);
            for word in words(&folded) {
                let wanted: String = word.chars().take(cut).collect();
                prop_assert!(is_called(&user, &wanted));
                let (SortKey(from), len) = (beginning(&wanted), wanted.len().min(32));
                let leads = |SortKey(key): &SortKey| key[..len] == from[..len];
                prop_assert!(found_by(&user).iter().any(leads));
            }
        }
    }
}
