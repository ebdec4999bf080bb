//! Small pictures of a picture: upright, never enlarged, without anything but the picture and its
//! colour profile.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};

use super::exif::Orientation;
use crate::library::examine::Picture;

/// The widths in which there are pictures, in pixels; a picture that is less wide has its own.
pub(in crate::library::examine) const WIDTHS: [u32; 2] = [320, 960];
/// A long strip is made less wide, so that it is at most this many times as high as it might be
/// wide.
const HEIGHTS: u32 = 3;
/// The most pixels that are decoded: those of the largest phone cameras in their usual mode.
const PIXELS_MAX: u64 = 64_000_000;
const SIDE_MAX: u32 = 32_768;
/// The most memory for decoding, in bytes.
const MEMORY_MAX: u64 = 512 << 20;
const QUALITY: u8 = 80;
/// The longest colour profile that is kept, in bytes.
const PROFILE_MAX: usize = 16 * 1024;

/// The pictures of a file, the smallest first; `None` when it cannot be decoded within the limits.
pub(super) fn pictures(
    bytes: &[u8],
    format: ImageFormat,
    orientation: Option<Orientation>,
) -> Option<Vec<Picture>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return None;
    }
    let profile = decoder
        .icc_profile()
        .ok()
        .flatten()
        .filter(|profile| is_kept(profile));
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    let turned = orientation.and_then(Orientation::applied);
    let mut pictures = Vec::new();
    for largest in WIDTHS.into_iter().rev() {
        image = fitted(image, largest, turned);
        let mut upright = image.clone();
        if let Some(turned) = turned {
            upright.apply_orientation(turned);
        }
        pictures.push(encoded(&upright, profile.clone())?);
    }
    pictures.reverse();
    pictures.dedup_by_key(|picture| picture.width);
    Some(pictures)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    limits
}

/// A profile for colours of red, green and blue, which all pictures have (ICC.1, 7.2.6).
fn is_kept(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_MAX && profile.get(16..20) == Some(b"RGB ")
}

/// The image so small that it is at most `largest` wide once it is turned.
fn fitted(
    image: DynamicImage,
    largest: u32,
    turned: Option<image::metadata::Orientation>,
) -> DynamicImage {
    use image::metadata::Orientation as O;
    let tall = largest * HEIGHTS;
    let (wide, high) = match turned {
        Some(O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH) => (tall, largest),
        _ => (largest, tall),
    };
    if image.width() <= wide && image.height() <= high {
        return image;
    }
    // By averages while it is far larger, which costs little; then smoothly.
    let image = if image.width() > 4 * wide {
        image.thumbnail(2 * wide, 2 * high)
    } else {
        image
    };
    image.resize(wide, high, FilterType::CatmullRom)
}

/// JPEG, or PNG where something shows through.
fn encoded(image: &DynamicImage, profile: Option<Vec<u8>>) -> Option<Picture> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let rgba = image.color().has_alpha().then(|| image.to_rgba8());
    let see_through = rgba.filter(|rgba| rgba.pixels().any(|pixel| pixel.0[3] < 255));
    let media_type = if let Some(rgba) = see_through {
        let mut encoder = PngEncoder::new(&mut bytes);
        keep_profile(&mut encoder, profile);
        let color = image::ExtendedColorType::Rgba8;
        encoder.write_image(&rgba, width, height, color).ok()?;
        "image/png"
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        keep_profile(&mut encoder, profile);
        let color = image::ExtendedColorType::Rgb8;
        let rgb = image.to_rgb8();
        encoder.write_image(&rgb, width, height, color).ok()?;
        "image/jpeg"
    };
    Some(Picture {
        width,
        media_type: media_type.to_owned(),
        bytes,
    })
}

/// Without its profile a picture only looks a little different.
fn keep_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
}
