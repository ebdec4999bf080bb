//! Captions as files and as what an item has.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::library::loose::{SETTLED, sweep};
use crate::library::testing::{Library, person, teacher};
use crate::library::{access, items};
use crate::store::rows::library::Visibility;
use crate::store::rows::people::Role;
use crate::store::trees::Loose;

fn vtt(file: &str) -> String {
    parse(file.as_bytes()).unwrap().to_vtt()
}

const WRITTEN: &str = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500 line:0 align:start\n\
    <v Ada>Waves &amp; <i>light</i></v>\n";

#[test]
fn only_cues_survive() {
    let file = "WEBVTT - Lecture 1\nKind: captions\n\n\
        STYLE\n::cue { background: url(https://elsewhere.example/pixel) }\n\n\
        REGION\nid:fred width:40%\n\n\
        NOTE the best part\n\n\
        intro\n\
        00:01.000 --> 00:02.500 align:start region:fred line:0\n\
        <v Ada>Waves & <i onclick=\"x\">light</i>\n";
    assert_eq!(vtt(file), WRITTEN);
    assert_eq!(vtt(WRITTEN), WRITTEN);
}

#[test]
fn subrip_becomes_webvtt() {
    let file = "1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}<font color=\"#fff\">One</font>\r\n\r\n\
        and 5 < 6\r\n\r\n\
        2\r\n0:00:03,5 --> 0:00:04,5 X1:10 X2:20\r\n<I>Two</I>\r\n42\r\n";
    let expected = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nOne\nand 5 &lt; 6\n\n\
        00:00:03.500 --> 00:00:04.500\n<i>Two</i>\n42\n";
    assert_eq!(vtt(file), expected);
}

#[test]
fn cues_come_in_the_order_of_time_and_empty_ones_not_at_all() {
    let file = "WEBVTT\n\n00:05.000 --> 00:06.000\nlater\n\n00:01.000 --> 00:02.000\nsooner\n\n\
        00:03.000 --> 00:03.000\nnever\n\n00:03.000 --> 00:04.000\n<b> </b>\n";
    let captions = parse(file.as_bytes()).unwrap();
    assert_eq!(captions.cues(), 2);
    let text = captions.to_vtt();
    assert!(text.find("sooner") < text.find("later"), "{text}");
}

#[test]
fn texts_are_read_in_the_encoding_they_have() {
    let file = "1\n00:00:01,000 --> 00:00:02,000\nGrüße\n";
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(file.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let latin = file.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    let marked = format!("\u{feff}{file}").into_bytes();
    for bytes in [marked, wide, latin.collect(), file.into()] {
        assert!(parse(&bytes).unwrap().to_vtt().contains("Grüße"));
    }
}

#[test]
fn what_is_wrong_names_its_line() {
    let arrows = "WEBVTT\n\n00:01.000 --> 00:02.000\nfrom here --> to there\n";
    let long = format!(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n",
        "x".repeat(LINE_MAX + 1)
    );
    let swollen = format!(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n",
        "&".repeat(LINE_MAX)
    );
    let many = "00:01.000 --> 00:02.000\nx\n\n".repeat(CUES_MAX + 1);
    let large = "x".repeat(BYTES_MAX + 1);
    for (file, expected) in [
        (arrows, BadCaptions::Timing { line: 4 }),
        (
            "WEBVTT\n\n00:61.000 --> 00:62.000\nx\n",
            BadCaptions::Timing { line: 3 },
        ),
        (
            "1\n00:00:02,000 --> 00:00:01,000\nx\n",
            BadCaptions::Backwards { line: 2 },
        ),
        (&long, BadCaptions::LineTooLong { line: 4 }),
        (&swollen, BadCaptions::LineTooLong { line: 3 }),
        (&format!("WEBVTT\n\n{many}"), BadCaptions::TooManyCues),
        (&large, BadCaptions::TooLarge),
        ("WEBVTT", BadCaptions::Empty),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n",
            BadCaptions::Empty,
        ),
        ("", BadCaptions::NotCaptions),
        ("WEBVTTX\n", BadCaptions::NotCaptions),
        ("PK\u{3}\u{4}", BadCaptions::NotCaptions),
    ] {
        let start = &file[..file.len().min(40)];
        assert_eq!(parse(file.as_bytes()), Err(expected), "{start}");
    }
}

#[test]
fn no_markup_but_that_of_captions_survives() {
    for (text, expected) in [
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>x", "x"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("&#60;script&#x3e;", "&lt;script&gt;"),
        (
            "a&#10;&#10;00:09.000 --&gt; 00:10.000",
            "a&amp;#10;&amp;#10;00:09.000 --&gt; 00:10.000",
        ),
        ("<c.yellow.\"x\">y</c>", "<c.yellow>y</c>"),
        (
            "<v.loud Ada &amp; <Bo>>hi",
            "<v.loud Ada &amp; &lt;Bo>&gt;hi</v>",
        ),
        ("<v>nobody</v>", "nobody"),
        (
            "<lang en-GB>x</lang><lang \"x>y</lang>",
            "<lang en-GB>x</lang>y",
        ),
        (
            "<ruby>漢<rt>かん</ruby>字<rt>x</rt>",
            "<ruby>漢<rt>かん</rt></ruby>字x",
        ),
        ("<b><i>x</b>y</i>z", "<b><i>xy</i>z</b>"),
        (
            "one <00:01.500>two <00:01.200>three <00:09.000>four",
            "one <00:00:01.500>two three four",
        ),
        ("I <3 this > that", "I &lt;3 this &gt; that"),
        ("R&D & more &bogus;", "R&amp;D &amp; more &amp;bogus;"),
        ("nul\0bell\u{7}", "nulbell"),
        ("<font>\n</font>\nx\n<u>", "x\n<u></u>"),
        ("a\u{200f}b\u{a0}c", "a&rlm;b&nbsp;c"),
    ] {
        let file = format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n");
        let out = vtt(&file);
        let words = out.strip_prefix("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n");
        assert_eq!(words.unwrap().trim_end(), expected, "{text}");
    }
}

#[test]
fn tags_in_one_another_are_bounded() {
    let deep = format!("{}x", "<b>".repeat(1000));
    let out = vtt(&format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{deep}\n"));
    assert_eq!(out.matches("<b>").count(), 16);
    assert_eq!(out.matches("</b>").count(), 16);
}

/// Texts in which much of what means something occurs.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just(" --> ".to_owned()),
        Just("00:00:01.000 --> 00:00:02,5 line:1".to_owned()),
        Just("\n\n00:01.000 --> 99:00:02.000 size:5%\n".to_owned()),
        Just("<v A & B>".to_owned()),
        Just("<ruby><rt>".to_owned()),
        Just("</ruby>".to_owned()),
        Just("<00:00:01.500>".to_owned()),
        Just("<lang en>".to_owned()),
        Just("&lt;&#x26;&amp;nbsp;".to_owned()),
        Just("{\\an8}".to_owned()),
        "[<>&/.;a-cA-C0-9 \t\r\n#]{0,8}",
        any::<String>(),
    ];
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    #[test]
    fn what_was_written_reads_the_same(text in scraps(), header: bool) {
        let file = if header { format!("WEBVTT\n\n00:01.000 --> 00:09.000\n{text}") } else { text };
        if let Ok(captions) = parse(file.as_bytes()) {
            let written = captions.to_vtt();
            prop_assert_eq!(parse(written.as_bytes()), Ok(captions));
            for line in written.lines().skip(1) {
                let cue = line.contains("-->");
                prop_assert!(!cue || line.starts_with(|c: char| c.is_ascii_digit()), "{}", line);
            }
        }
    }
}

/// A library with a video of the teacher's.
async fn with_video() -> (Library, ItemId) {
    let library = Library::new();
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    film.resize(1000, 7);
    let id = library.item(&teacher(), Visibility::Private, &film).await;
    (library, id)
}

async fn give(library: &Library, id: ItemId, lang: &str, words: &str) -> Result<(), Error> {
    let captions = parse(format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n").as_bytes());
    let new = NewCaptions {
        language: &lang.parse().unwrap(),
        label: "",
        captions: captions.unwrap(),
        by: UserId(1),
    };
    let item = library.editable(&teacher(), id);
    set(&library.store, &library.world, &library.uploads, &item, new).await
}

fn langs(library: &Library, id: ItemId) -> Vec<(String, String)> {
    let found = of(&library.store, &library.open(&teacher(), id)).unwrap();
    let found = found.into_iter().map(|(lang, text)| (lang, text.label));
    found.collect()
}

/// The files of captions that are there.
fn on_disk(library: &Library, id: ItemId) -> Vec<PathBuf> {
    let folder = library.kept(id);
    let entries = fs::read_dir(folder.parent().unwrap()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| !path.ends_with("original")).collect()
}

#[test]
fn what_looks_like_tags_without_end_costs_no_more_than_words() {
    for (begins, end) in [("<a\n", ""), ("<0", ">")] {
        let hostile = begins.repeat(BYTES_MAX / begins.len()) + end;
        // Searched to its end at each of them, it would take hours.
        assert!(markup::clean(&hostile, 0, 1000).is_some());
    }
    assert_eq!(
        markup::clean("1 <2 < a <b>c</b> <00:00:00.500>d <e", 0, 1000).as_deref(),
        Some("1 &lt;2 &lt; a <b>c</b> <00:00:00.500>d &lt;e"),
    );
}

#[test]
fn a_cue_is_not_a_book() {
    let file = |lines: usize| {
        format!(
            "WEBVTT\n\n00:01.000 --> 00:02.000\n{}",
            "<a\n".repeat(lines)
        )
    };
    let too_long = Err(BadCaptions::CueTooLong { line: 3 });
    assert_eq!(parse(file(600_000).as_bytes()), too_long);
    // Escaped, it is longer than it was.
    assert_eq!(parse(file(CUE_MAX / 4).as_bytes()), too_long);
    assert!(parse(file(CUE_MAX / 8).as_bytes()).is_ok());
}

#[tokio::test]
async fn captions_are_given_corrected_and_taken_away() {
    let (library, id) = with_video().await;
    give(&library, id, "en", "Helo").await.unwrap();
    give(&library, id, "de", "Hallo").await.unwrap();
    let first = on_disk(&library, id);
    give(&library, id, "en", "Hello").await.unwrap();
    let expected = [("de", "Deutsch"), ("en", "English")];
    let expected = expected.map(|(lang, label)| (lang.to_owned(), label.to_owned()));
    assert_eq!(langs(&library, id), expected);
    let now = on_disk(&library, id);
    assert_eq!((first.len(), now.len()), (2, 2));
    assert_ne!(first, now, "a file is never rewritten");

    let key = (id, "captions-en".to_owned());
    let file = library.store.get::<Files>(&key).unwrap().unwrap();
    assert_eq!(file.media_type, MEDIA_TYPE);
    let bytes = now.iter().map(|path| fs::read_to_string(path).unwrap());
    assert!(bytes.into_iter().any(|text| text.ends_with("\nHello\n")));

    let item = library.editable(&teacher(), id);
    let (store, world, folder) = (&library.store, &library.world, &library.folder);
    remove(store, world, folder, &item, "en").await.unwrap();
    assert_eq!(langs(&library, id).len(), 1);
    assert_eq!(on_disk(&library, id).len(), 1);
    let again = remove(store, world, folder, &item, "en").await;
    assert!(matches!(again, Err(Error::NotFound)));
    assert!(store.page::<Loose>(&(), None, 10).unwrap().is_empty());
}

#[tokio::test]
async fn the_disks_reserve_is_not_for_captions() {
    let (mut library, id) = with_video().await;
    library.reserve(u64::MAX / 2);
    let refused = give(&library, id, "en", "Hello").await;
    assert!(matches!(refused, Err(Error::DiskFull)));
    assert!(on_disk(&library, id).is_empty());
}

#[tokio::test]
async fn only_what_plays_has_captions_and_in_so_many_languages() {
    let (library, id) = with_video().await;
    let other = library
        .item(&teacher(), Visibility::Private, b"%PDF-1.7")
        .await;
    let refused = give(&library, other, "en", "x").await;
    assert!(matches!(refused, Err(Error::NoCaptionsHere)));
    assert!(on_disk(&library, other).is_empty());
    for (lang, _) in NAMES.iter().take(LANGUAGES_MAX) {
        give(&library, id, lang, "x").await.unwrap();
    }
    let refused = give(&library, id, "tlh", "x").await;
    assert!(matches!(refused, Err(Error::TooManyCaptions)));
    give(&library, id, "de", "correction").await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_is_swept_and_nothing_else() {
    let (library, id) = with_video().await;
    give(&library, id, "en", "Hello").await.unwrap();
    let (store, world, folder) = (&library.store, &library.world, &library.folder);
    // The process ends after the file was written, and in the middle of another.
    for name in ["captions-de-1.vtt", "captions-de-2.vtt"] {
        let path = beside(id, name);
        let mut commit = Commit::new();
        commit.put::<Loose>(&(world.now(), path.clone()), &());
        store.commit(commit).await.unwrap();
        folder
            .write_beside(&path, b"WEBVTT".to_vec())
            .await
            .unwrap();
    }
    let half = library.kept(id).with_file_name("captions-de-2.vtt");
    fs::rename(&half, half.with_extension("vtt.new")).unwrap();
    sweep(store, world, folder).await.unwrap();
    assert_eq!(on_disk(&library, id).len(), 3, "they may still be written");
    library.clock.advance(SETTLED * 2);
    sweep(store, world, folder).await.unwrap();
    assert_eq!(on_disk(&library, id).len(), 1);
    assert_eq!(langs(&library, id).len(), 1);
    assert!(store.page::<Loose>(&(), None, 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_item_takes_its_captions_along() {
    let (library, id) = with_video().await;
    give(&library, id, "en", "Hello").await.unwrap();
    let editable = library.editable(&teacher(), id);
    let owned = library.owned(&teacher(), id);
    items::trash(&library.store, &library.world, &owned)
        .await
        .unwrap();
    let trashed = access::trashed(&library.store, &teacher(), id).unwrap();
    items::delete(&library.store, &library.world, &library.folder, &trashed)
        .await
        .unwrap();
    assert!(!library.kept(id).parent().unwrap().exists());
    let captions = parse(WRITTEN.as_bytes()).unwrap();
    let new = NewCaptions {
        language: &"en".parse().unwrap(),
        label: "",
        captions,
        by: UserId(1),
    };
    let (store, world, uploads) = (&library.store, &library.world, &library.uploads);
    let late = set(store, world, uploads, &editable, new).await;
    assert!(matches!(late, Err(Error::NotFound)));
}

#[tokio::test]
async fn whoever_may_only_look_cannot_give_captions() {
    // `set` takes an `Editable`, which students of the course do not get.
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Course, b"x").await;
    let student = person(2, 1, Some(1), Role::Member);
    let refused = access::editable(&library.store, &student, id);
    assert!(matches!(refused, Err(Error::NotYours)));
}
