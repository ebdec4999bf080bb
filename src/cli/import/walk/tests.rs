//! What a folder is taken for.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use super::*;

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    folder
}

fn walked(folder: &TempDir) -> Walk {
    walk(&folder.path().canonicalize().unwrap(), Vec::new()).unwrap()
}

fn names(walk: &Walk) -> Vec<&str> {
    let shown = walk.found.iter().map(|found| found.place.shown.as_str());
    shown.collect()
}

#[test]
fn folders_become_tags() {
    let long = "x".repeat(TAG_MAX + 1);
    let folder = folder(&["top.mp4", "A, B/in.mp4", &format!("C/{long}/D/deep.mp4")]);
    let walk = walked(&folder);
    let tags = |name| {
        let mut found = walk.found.iter().filter(|found| found.name == name);
        found.next().unwrap().tags.clone()
    };
    assert!(tags("top.mp4").is_empty());
    assert_eq!(tags("in.mp4"), ["A  B"]);
    assert_eq!(tags("deep.mp4"), ["C", "D"]);
}

#[test]
fn what_belongs_to_a_file_stands_beside_it() {
    let folder = folder(&[
        "a/one.mp4",
        "a/one.vtt",
        "a/one.de.srt",
        "a/one.MP4.en.VTT",
        "a/one.txt",
        "a/two.mp3",
        "a/two.md",
        "a/notes.txt",
        "a/paper.pdf",
        "a/paper.en.vtt",
        "b/one.fr.vtt",
        "a/one.final.vtt",
    ]);
    let walk = walked(&folder);
    assert_eq!(
        names(&walk),
        ["a/notes.txt", "a/one.mp4", "a/paper.pdf", "a/two.mp3"]
    );
    let one = &walk.found[1];
    let captions: Vec<_> = one
        .captions
        .iter()
        .map(|captions| (captions.place.shown.as_str(), captions.lang.as_str()))
        .collect();
    assert_eq!(captions, [("a/one.de.srt", "de"), ("a/one.vtt", "")]);
    assert_eq!(one.description.as_ref().unwrap().shown, "a/one.txt");
    assert_eq!(
        walk.found[3].description.as_ref().unwrap().shown,
        "a/two.md"
    );
    let orphans: Vec<_> = walk
        .passed
        .iter()
        .map(|passed| passed.shown.as_str())
        .collect();
    let expected = [
        "a/one.MP4.en.VTT",
        "a/one.final.vtt",
        "a/paper.en.vtt",
        "b/one.fr.vtt",
    ];
    assert_eq!(orphans, expected);
}

#[test]
fn the_rest_is_passed_over_and_said() {
    let folder = folder(&["a.mp4", ".b.mp4", ".git/c.mp4", "Thumbs.db", "@eaDir/d.mp4"]);
    fs::write(folder.path().join("empty.mp4"), "").unwrap();
    symlink("a.mp4", folder.path().join("inside.mp4")).unwrap();
    symlink("/", folder.path().join("out")).unwrap();
    symlink("..", folder.path().join("up")).unwrap();
    symlink("nowhere", folder.path().join("lost.mp4")).unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    let walk = walked(&folder);
    assert_eq!(names(&walk), ["a.mp4"]);
    let passed: Vec<_> = walk
        .passed
        .iter()
        .map(|passed| (passed.shown.as_str(), passed.amiss))
        .collect();
    let expected = [
        (".b.mp4", false),
        (".git", false),
        ("@eaDir", false),
        ("Thumbs.db", false),
        ("empty.mp4", true),
        ("inside.mp4", false),
        ("lost.mp4", true),
        ("out", true),
        ("socket", false),
        ("up", true),
    ];
    assert_eq!(passed, expected);
}

#[test]
fn lanterna_does_not_import_itself() {
    let folder = folder(&["a.mp4", "data/media/items/00/1/original", "report.csv"]);
    let root = folder.path().canonicalize().unwrap();
    let not_these = vec![root.join("data"), root.join("report.csv")];
    let walk = walk(&root, not_these).unwrap();
    assert_eq!(names(&walk), ["a.mp4"]);
    assert_eq!(walk.passed.len(), 2);
}

#[test]
fn a_mark_is_of_one_place_one_size_and_one_moment() {
    let folder = folder(&["a.mp4", "b.mp4", "sub/a.mp4"]);
    let marks = || -> Vec<String> {
        let walk = walked(&folder);
        walk.found.iter().map(|found| found.mark.clone()).collect()
    };
    let first = marks();
    assert_eq!(first, marks());
    assert_eq!(first[0].len(), 64);
    assert!(first[0] != first[1] && first[0] != first[2]);
    fs::write(folder.path().join("a.mp4"), "xy").unwrap();
    assert_ne!(first[0], marks()[0]);
    let file = fs::File::options()
        .write(true)
        .open(folder.path().join("b.mp4"));
    file.unwrap().set_modified(UNIX_EPOCH).unwrap();
    assert_ne!(first[1], marks()[1]);
}

#[test]
fn names_do_not_upset_a_terminal() {
    let folder = folder(&["a\u{1b}[2Jb.mp4"]);
    assert_eq!(names(&walked(&folder)), ["a\u{fffd}[2Jb.mp4"]);
}
