//! `lanterna examine`: a file is examined in a process that can hurt nobody.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use http::Method;

use crate::harness::client::Browser;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::Setup;

fn fixture(name: &str) -> File {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media");
    File::open(folder.join(name)).unwrap()
}

fn temporary(write: impl FnOnce(&mut File)) -> File {
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&mut file.reopen().unwrap());
    file.reopen().unwrap()
}

fn examine(file: File) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lanterna"))
        .arg("examine")
        .env_clear()
        .env("MIMALLOC_ARENA_RESERVE", "65536")
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

#[test]
fn the_answer_tells_facts_and_pictures() {
    let video = examine(fixture("lesson.mp4"));
    assert!(video.status.success());
    assert!(contains(&video.stdout, b"mp4a.40.2"));
    let picture = examine(fixture("location.jpg"));
    assert!(picture.status.success());
    assert!(contains(&picture.stdout, b"image/jpeg"));
    assert!(contains(&picture.stdout, b"\xff\xd8\xff"));
}

#[test]
fn every_fixture_is_examined_within_the_limits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let done = examine(File::open(&path).unwrap());
        assert!(done.status.success(), "{}", path.display());
        assert!(done.stderr.is_empty(), "{}", path.display());
    }
}

#[test]
fn a_large_picture_fits_into_the_limits() {
    // 63 megapixels; phones take 50.
    let file = temporary(|file| {
        let image = image::RgbImage::new(9200, 6900);
        let jpeg = image::codecs::jpeg::JpegEncoder::new(file);
        image.write_with_encoder(jpeg).unwrap();
    });
    let done = examine(file);
    assert!(done.status.success());
    assert!(contains(&done.stdout, b"\xff\xd8\xff"));
}

#[test]
fn it_ends_soon_whatever_the_file_is() {
    // 8 GiB of nothing behind the beginning of a video, which takes no room.
    for beginning in [
        &b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\0"[..],
        b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        b"OggS",
        b"fLaC",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
    ] {
        let done = examine(temporary(|file| {
            file.write_all(beginning).unwrap();
            file.set_len(8 << 30).unwrap();
        }));
        assert!(done.stdout.len() < 10_000, "{beginning:?}");
        // A limit on its processor time would have ended it by a signal.
        assert!(done.status.code().is_some(), "{beginning:?}");
    }
}

/// The files of the one item in a media folder, by their names.
fn files_of_the_item(media: &Path) -> Vec<String> {
    let mut folder = media.join("items");
    for _ in 0..2 {
        let mut entries = std::fs::read_dir(&folder).unwrap();
        folder = entries.next().unwrap().unwrap().path();
    }
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_server_has_uploads_examined() {
    for (name, expected) in [
        ("lesson-index-last.mp4", &["original", "original.head"][..]),
        (
            "location.jpg",
            &["original", "original.head", "original.picture-90"],
        ),
        ("three-pages.pdf", &["original"]),
    ] {
        let platform = Platform::start("examined").await;
        let server = Setup::new().with(&platform.entry()).start();
        let mut browser = Browser::new();
        let launched = platform.launch(&mut browser, &server, "robin", roles::TEACHER);
        let session = launched.await.assert_opened();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media");
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let url = server.url(&format!("{session}uploads"));
        let len = bytes.len().to_string();
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("upload-length", &len),
            ("upload-metadata", "filename bWVkaWE="),
            ("content-type", "application/offset+octet-stream"),
        ];
        let answer = browser.send(Method::POST, &url, &headers, bytes).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(
            files_of_the_item(&server.folder().join("data/media")),
            expected
        );
    }
}
