//! Pictures of items: what stands for a video before it plays. They are drawn anew from what a
//! browser sends, so that nothing of a stranger's file is ever passed on.

use super::access::Editable;
use super::error::Error;
use super::examine::Picture;
use super::folder::{Folder, beside};
use super::items::present;
use super::uploads::Uploads;
use crate::store::ids::ItemId;
use crate::store::rows::library::File;
use crate::store::trees::{Files, Items};
use crate::store::{Commit, Store};
use crate::world::World;

/// Gives an item a picture, in place of those it had: one picture in several widths, as
/// [`super::Uploads::small_pictures`] makes them. [`Error::BadPicture`] when there are none,
/// [`Error::DiskFull`] when they would use up what uploads leave free.
pub async fn set(
    store: &Store,
    world: &World,
    uploads: &Uploads,
    item: &Editable,
    pictures: Vec<Picture>,
) -> Result<(), Error> {
    if pictures.is_empty() {
        return Err(Error::BadPicture);
    }
    let len = pictures.iter().map(|picture| picture.bytes.len() as u64);
    uploads.check_room(len.sum()).await?;
    let folder = uploads.folder();
    let id = item.opened().id();
    let mut files = Vec::new();
    for picture in pictures {
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

/// Writes the file of a picture. Its name is its own, since files are never rewritten.
async fn keep(
    world: &World,
    folder: &Folder,
    item: ItemId,
    picture: Picture,
) -> Result<File, Error> {
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
        media_type: picture.media_type,
        name: rendition,
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

#[cfg(test)]
mod tests;
