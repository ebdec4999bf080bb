//! Small pictures.

use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};

use super::*;
use crate::library::examine::{Examination, Examiner, Picture, pictures};

fn small(bytes: &Vec<u8>) -> Option<Vec<Picture>> {
    pictures(&Source::new(bytes, bytes.len() as u64))
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_pixel(width, height, Rgb([200, 10, 10]));
    let mut bytes = Vec::new();
    let image = DynamicImage::from(image);
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn sizes(pictures: &[Picture]) -> Vec<(u32, u32)> {
    let size = |picture: &Picture| {
        let image = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!(image.width(), picture.width);
        image.dimensions()
    };
    pictures.iter().map(size).collect()
}

#[test]
fn pictures_are_small_and_never_enlarged() {
    for (width, height, expected) in [
        (2000, 1000, vec![(320, 160), (960, 480)]),
        (960, 10, vec![(320, 3), (960, 10)]),
        (500, 500, vec![(320, 320), (500, 500)]),
        (320, 320, vec![(320, 320)]),
        (1, 1, vec![(1, 1)]),
        (4000, 1, vec![(320, 1), (960, 1)]),
        (100, 4000, vec![(24, 960), (72, 2880)]),
    ] {
        let found = small(&encoded(width, height, ImageFormat::Png)).unwrap();
        assert_eq!(sizes(&found), expected, "{width} {height}");
    }
}

#[test]
fn every_format_has_pictures_and_they_are_upright() {
    for (name, size, media_type) in [
        ("location.jpg", (90, 160), "image/jpeg"),
        ("progressive.jpg", (160, 90), "image/jpeg"),
        ("location.png", (90, 160), "image/jpeg"),
        ("alpha.png", (80, 45), "image/png"),
        ("location.webp", (90, 160), "image/jpeg"),
        ("picture.gif", (160, 90), "image/jpeg"),
    ] {
        let found = small(&fixture(name)).unwrap();
        assert_eq!(sizes(&found), [size], "{name}");
        assert_eq!(found[0].media_type, media_type, "{name}");
    }
    for none in ["picture.avif", "lesson.mp4", "sound.mp3", "three-pages.pdf"] {
        assert_eq!(small(&fixture(none)), None, "{none}");
    }
}

#[test]
fn a_turned_picture_has_its_top_at_the_top() {
    // Stored lying on its left side: what is shown at the top is stored on the left.
    let shown = image::load_from_memory(&small(&fixture("location.jpg")).unwrap()[0].bytes);
    let stored = image::load_from_memory(&fixture("location.jpg")).unwrap();
    let expected = stored.rotate90();
    let difference: u64 = shown
        .unwrap()
        .to_rgb8()
        .iter()
        .zip(expected.to_rgb8().iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let samples = 160 * 90 * 3;
    assert!(difference / samples < 12, "{}", difference / samples);
}

#[test]
fn bombs_are_not_decoded() {
    let mut bomb = encoded(1, 1, ImageFormat::Png);
    for (width, height) in [(50_000_u32, 50_000_u32), (32_000, 32_000), (u32::MAX, 1)] {
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc32fast::hash(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        assert_eq!(small(&bomb), None, "{width} {height}");
        let facts = examine(&bomb).facts;
        assert_eq!((facts.width, facts.height), (Some(width), Some(height)));
    }
}

#[tokio::test]
async fn what_a_browser_captured_is_encoded_anew() {
    let examiner = Examiner::new(Examination::Here);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let shot = encoded(1000, 500, format);
        let found = examiner.small_pictures(shot).await.unwrap();
        assert_eq!(sizes(&found), [(320, 160), (960, 480)], "{format:?}");
    }
    for refused in [b"<svg/>".to_vec(), Vec::new(), fixture("lesson.mp4")] {
        assert_eq!(examiner.small_pictures(refused).await.unwrap(), []);
    }
}
