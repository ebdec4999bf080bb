//! Holds the graph of the rooms: a room uses only rooms below it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use. `world` (time and randomness) and `lti` (the protocol as
/// plain values) lie below everything.
const GRAPH: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "web", "admin", "app", "services", "library", "keys", "outbound", "store", "config",
        ],
    ),
    (
        "web",
        &[
            "launch", "browse", "practice", "tools", "admin", "app", "ui", "privacy", "grades",
            "services", "library", "people", "keys", "jobs", "store", "outbound", "config",
        ],
    ),
    (
        "practice",
        &[
            "tools", "app", "ui", "services", "people", "keys", "store", "outbound",
        ],
    ),
    (
        "launch",
        &[
            "app", "ui", "grades", "services", "library", "people", "keys", "audit", "store",
            "outbound",
        ],
    ),
    (
        "browse",
        &[
            "tools", "app", "ui", "privacy", "grades", "watching", "library", "people", "keys",
            "audit", "store",
        ],
    ),
    (
        "admin",
        &[
            "tools",
            "app",
            "ui",
            "privacy",
            "grades",
            "services",
            "watching",
            "library",
            "people",
            "keys",
            "audit",
            "launchlog",
            "store",
        ],
    ),
    (
        "tools",
        &[
            "app", "ui", "library", "people", "keys", "audit", "config", "store",
        ],
    ),
    (
        "app",
        &[
            "ui",
            "privacy",
            "grades",
            "services",
            "watching",
            "library",
            "people",
            "keys",
            "launchlog",
            "store",
            "outbound",
            "config",
        ],
    ),
    (
        "privacy",
        &[
            "grades",
            "watching",
            "library",
            "people",
            "launchlog",
            "audit",
            "ui",
            "store",
        ],
    ),
    (
        "grades",
        &[
            "services", "watching", "library", "people", "audit", "outbound", "store",
        ],
    ),
    ("services", &["outbound", "keys", "store"]),
    ("watching", &["library", "people", "audit", "store"]),
    ("library", &["people", "keys", "audit", "store"]),
    ("people", &["audit", "store"]),
    ("audit", &["store"]),
    ("keys", &["store"]),
    ("launchlog", &["store"]),
    ("jobs", &["store"]),
    ("store", &["config"]),
    ("outbound", &["config"]),
    ("ui", &[]),
    ("config", &[]),
    ("lti", &[]),
    ("world", &[]),
];
const BELOW_EVERYTHING: &[&str] = &["world", "lti"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Whether a file holds tests only, which may look where they like.
fn is_tests(file: &Path) -> bool {
    let below = file.strip_prefix(source()).unwrap();
    let mut parts = below.iter();
    parts.any(|part| part == "tests" || part == "tests.rs")
}

/// The rooms that a source text names after `crate::`, one by one or in braces. Tests at the end of
/// a file may look where they like.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    for (at, found) in text.match_indices("crate::") {
        // `$crate::` is a macro's name for the same.
        let rest = &text[at + found.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut start = true;
            for (index, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => start = true,
                    c if start && depth == 1 && !c.is_whitespace() => {
                        rooms.insert(word(&group[index..]));
                        start = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            rooms.insert(word(rest));
        }
    }
    rooms
}

#[test]
fn every_room_uses_only_rooms_below_it() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let room = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((_, allowed)) = GRAPH.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{room} is not in the graph"));
            continue;
        };
        let mut sources = Vec::new();
        files(&path, &mut sources);
        for file in sources.iter().filter(|file| !is_tests(file)) {
            for used in rooms_named(&fs::read_to_string(file).unwrap()) {
                let known = GRAPH.iter().any(|(name, _)| *name == used);
                let fits = used == room
                    || allowed.contains(&used.as_str())
                    || (BELOW_EVERYTHING.contains(&used.as_str()) && room != "world");
                if known && !fits {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_graph_promises_nothing_that_nobody_uses() {
    let mut unused = Vec::new();
    for (room, allowed) in GRAPH {
        let mut sources = Vec::new();
        files(&source().join(room), &mut sources);
        let used: BTreeSet<String> = sources
            .iter()
            .flat_map(|file| rooms_named(&fs::read_to_string(file).unwrap()))
            .collect();
        let idle = allowed.iter().filter(|below| !used.contains(**below));
        unused.extend(idle.map(|below| format!("{room} → {below}")));
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

#[test]
fn the_graph_has_no_way_back() {
    for (index, (room, uses)) in GRAPH.iter().enumerate() {
        for used in *uses {
            let position = GRAPH.iter().position(|(name, _)| name == used);
            assert!(
                position.is_some_and(|p| p > index),
                "{room} stands above {used}"
            );
        }
    }
}

#[test]
fn the_check_sees_what_it_should() {
    let text = "use crate::store::Store;\nuse crate::{world::World, web::{a, b}, admin};";
    let seen: Vec<String> = rooms_named(text).into_iter().collect();
    assert_eq!(seen, ["admin", "store", "web", "world"]);
}
