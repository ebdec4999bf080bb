//! Pictures of items: what stands for a video before it plays. They are drawn anew from what a
//! browser sends, so that nothing of a stranger's file is ever passed on.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use super::access::Editable;
use super::error::Error;
use super::folder::{Folder, beside, blocking};
use super::items::present;
use crate::store::ids::ItemId;
use crate::store::rows::library::File;
use crate::store::trees::{Files, Items};
use crate::store::{Commit, Store};
use crate::world::World;

/// The widths that are drawn, in pixels: for cards, and for pages.
const WIDTHS: [u32; 2] = [320, 960];
/// Pixels of the largest picture that is decoded.
const MOST_PIXELS: u64 = 20_000_000;
/// Memory that decoding may take, in bytes.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// How tall a picture may be, in its width: so much of a strip of paper is enough.
const TALLEST: u32 = 4;
/// The quality of the JPEG, of 100.
const QUALITY: u8 = 82;

/// One picture is decoded at a time, whoever sends it: its pixels take memory.
static DRAWING: Semaphore = Semaphore::const_new(1);

/// One picture as it is kept: a JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Drawn {
    /// The width it stands for; it may be narrower.
    width: u32,
    bytes: Vec<u8>,
}

/// Gives an item a picture, in place of those it had. `bytes` are a JPEG, PNG or WebP of at most 20
/// megapixels: else [`Error::BadPicture`].
pub async fn set(
    store: &Store,
    world: &World,
    folder: &Folder,
    item: &Editable,
    bytes: Vec<u8>,
) -> Result<(), Error> {
    let id = item.opened().id();
    let drawn = drawn(bytes).await?.ok_or(Error::BadPicture)?;
    let mut files = Vec::new();
    for picture in drawn {
        files.push((picture.width, keep(world, folder, id, picture).await?));
    }
    match exchange(store, item, &files).await {
        Ok(before) => remove(folder, before).await,
        Err(error) => {
            remove(folder, files.into_iter().map(|(_, file)| file)).await;
            return Err(error);
        }
    }
    Ok(())
}

async fn drawn(bytes: Vec<u8>) -> Result<Option<Vec<Drawn>>, Error> {
    // Nobody ever closes it.
    let _turn = DRAWING.acquire().await.ok();
    Ok(blocking(move || Ok(draw(&bytes))).await?)
}

/// Writes the file of a picture. Its name is its own, since files are never rewritten.
async fn keep(world: &World, folder: &Folder, item: ItemId, picture: Drawn) -> Result<File, Error> {
    let rendition = rendition(picture.width);
    let mark: [u8; 16] = world.random();
    let mark = format!("{:032x}", u128::from_be_bytes(mark));
    let len = picture.bytes.len() as u64;
    let path = beside(item, &format!("{rendition}-{mark}"));
    folder.write_beside(&path, picture.bytes).await?;
    Ok(File {
        path,
        len,
        etag: mark,
        media_type: "image/jpeg".into(),
        name: format!("{rendition}.jpg"),
        sent: None,
    })
}

/// Makes these the item's pictures; answers the files of those before.
async fn exchange(
    store: &Store,
    item: &Editable,
    files: &[(u32, File)],
) -> Result<Vec<File>, Error> {
    let id = item.opened().id();
    super::commit(store, || {
        let row = present(store, item.opened())?;
        let mut new = row.value.clone();
        new.pictures = files.iter().map(|(width, _)| *width).collect();
        let mut commit = Commit::new();
        let mut before = Vec::new();
        for width in &row.value.pictures {
            let key = (id, rendition(*width));
            before.extend(store.get::<Files>(&key)?);
            commit.delete::<Files>(&key);
        }
        for (width, file) in files {
            commit.put::<Files>(&(id, rendition(*width)), file);
        }
        commit
            .expect_unchanged::<Items>(&id, &row)
            .put::<Items>(&id, &new);
        Ok((commit, before))
    })
    .await
}

/// What nobody speaks of any more. Left behind, it goes with the item.
async fn remove(folder: &Folder, files: impl IntoIterator<Item = File>) {
    for file in files {
        if let Err(error) = folder.remove_beside(&file.path).await {
            tracing::warn!(%error, "a former picture is left behind");
        }
    }
}

fn rendition(width: u32) -> String {
    format!("picture-{width}")
}

/// The picture in each width, unless it is narrower than the width before. `None` when it cannot be
/// decoded within its limits.
fn draw(bytes: &[u8]) -> Option<Vec<Drawn>> {
    let image = decode(bytes)?;
    let mut drawn = Vec::new();
    let mut narrower = 0;
    for width in WIDTHS {
        if image.width() > narrower {
            let bytes = encode(&image, width)?;
            drawn.push(Drawn { width, bytes });
        }
        narrower = width;
    }
    Some(drawn)
}

fn decode(bytes: &[u8]) -> Option<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let taken = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    reader.format().filter(|format| taken.contains(format))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    Some(image)
}

/// A JPEG that is at most so wide. Pictures are never enlarged.
fn encode(image: &DynamicImage, width: u32) -> Option<Vec<u8>> {
    let fitted = if image.width() > width || image.height() > width * TALLEST {
        image.resize(width, width * TALLEST, FilterType::Triangle)
    } else {
        image.clone()
    };
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    fitted.to_rgb8().write_with_encoder(encoder).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests;
