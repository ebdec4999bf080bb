//! Holds the sources and the messages file together: nothing missing, nothing left over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Messages, assets};

/// Ids that are put together from a prefix and a code. The prefix stands in the sources.
const DYNAMIC: [&str; 15] = [
    "problem-",
    "check-",
    "step-",
    "binding-",
    "wire-",
    "doctor-",
    "kind-",
    "probe-",
    "sync-failed-",
    "grade-trouble-",
    "audited-",
    "audit-group-",
    "tool-field-",
    "tool-told-",
    "passport-bad-",
];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && !path.ends_with("ui/used_messages.rs")
        {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn all_sources() -> String {
    let mut text = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut text,
    );
    text
}

/// The ids in the file: a line that begins with a letter is `id = …`.
fn ids() -> BTreeSet<String> {
    assets::texts("en")
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('='))
        .map(|(id, _)| id.trim().to_owned())
        .collect()
}

/// The string literals that follow a call of this receiver, such as `m.text("save")`.
fn literals_after<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(call)
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric()))
        .filter_map(|(at, found)| text[at + found.len()..].trim_start().strip_prefix('"'))
        .filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_used_message_exists() {
    let sources = all_sources();
    let ids = ids();
    // Texts are asked for from `m` or `messages`; other rooms have methods of these names, too.
    let calls = ["m.text(", "m.with(", "messages.text(", "messages.with("];
    let missing: Vec<_> = calls
        .into_iter()
        .flat_map(|call| literals_after(&sources, call))
        .filter(|id| *id != "no-such-message" && !ids.contains(*id))
        .collect();
    assert!(missing.is_empty(), "not in en.ftl: {missing:?}");
}

#[test]
fn every_message_is_used() {
    let sources = all_sources();
    let unused: Vec<_> = ids()
        .into_iter()
        .filter(|id| !DYNAMIC.iter().any(|prefix| id.starts_with(prefix)))
        .filter(|id| !sources.contains(&format!("\"{id}\"")))
        .collect();
    assert!(unused.is_empty(), "in en.ftl for nobody: {unused:?}");
    for prefix in DYNAMIC {
        assert!(
            sources.contains(&format!("\"{prefix}{{")),
            "nobody builds ids from {prefix}"
        );
    }
}

#[test]
fn every_problem_has_a_next_step() {
    let ids = ids();
    for id in ids.iter().filter(|id| id.starts_with("problem-")) {
        if let Some(problem) = id.strip_suffix("-next") {
            assert!(ids.contains(problem), "{id} without {problem}");
        } else {
            assert!(ids.contains(&format!("{id}-next")), "{id} without a step");
            // Problems have no variables: their words must be complete without.
            Messages::default().text(id);
        }
    }
}
