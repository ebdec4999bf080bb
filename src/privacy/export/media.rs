//! The person's items, with whom they are shared, and their files.

use serde_json::{Value, json};

use super::rows::{course, every, kind, location, moment, perhaps, seconds, share, visibility};
use super::{Broken, Export};
use crate::library::{Folder, items};
use crate::store::Store;
use crate::store::ids::ItemId;
use crate::store::rows::library::{File, Item, Upload};
use crate::store::trees::{
    Collected, Files, Items, LinksOf, MemberOf, Owned, Placed, PlacedIn, Placements, SharedWith,
    Shares, Texts, TrashOf, Uploads, UploadsOf,
};

/// The longest name of a file in the archive, in characters.
const LONGEST_NAME: usize = 120;

impl Export<'_> {
    pub(super) fn items(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("items.json")?;
        each_item(store, user, |id, item| {
            array.add(&described(store, id, &item)?)
        })?;
        array.end()
    }

    /// What the person put into the courses that they are in.
    pub(super) fn placements(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("placements.json")?;
        every::<MemberOf>(store, &(user,), |(_, id), ()| {
            every::<Placed>(store, &(id,), |(_, _, placement), ()| {
                let row = store.get::<Placements>(&placement)?;
                let Some(row) = row.filter(|row| row.by == user) else {
                    return Ok(());
                };
                array.add(&json!({
                    "id": placement.to_string(),
                    "item": row.item.to_string(),
                    "course": course(store, Some(row.course))?,
                    "title": row.title,
                    "placed": moment(row.created),
                    "revoked": perhaps(row.revoked),
                    "points_hundredths": row.maximum,
                }))
            })
        })?;
        array.end()
    }

    /// What others share with the person.
    pub(super) fn shares(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("shares.json")?;
        every::<SharedWith>(store, &(user,), |(_, _, id), ()| {
            let item = store.get::<Items>(&id)?;
            let row = store.get::<Shares>(&(id, user))?;
            let Some((item, row)) = item.zip(row) else {
                return Ok(());
            };
            array.add(&json!({
                "item": id.to_string(),
                "title": item.title,
                "role": share(row.role),
                "shared": moment(row.created),
            }))
        })?;
        array.end()
    }

    pub(super) fn uploads(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("uploads.json")?;
        every::<UploadsOf>(store, &(user,), |(_, id), ()| {
            let Some(upload) = store.get::<Uploads>(&id)? else {
                return Ok(());
            };
            array.add(&under_way(&upload))
        })?;
        array.end()
    }

    /// The captions of every item.
    pub(super) fn captions(&mut self, folder: &Folder) -> Result<(), Broken> {
        let (store, user, archive) = (self.store, self.user, &mut self.archive);
        each_item(store, user, |id, _| {
            every::<Texts>(store, &(id,), |(_, lang, text), _| {
                let Some(file) = store.get::<Files>(&(id, format!("{text}-{lang}")))? else {
                    return Ok(());
                };
                let Some(mut bytes) = there(folder, id, &file)? else {
                    return Ok(());
                };
                let name = format!("captions/{id}.{}.vtt", plain(&lang));
                archive.file(&name, file.len, &mut bytes)
            })
        })
    }

    /// Every file as it was uploaded.
    pub(super) fn media(&mut self, folder: &Folder) -> Result<(), Broken> {
        let (store, user, archive) = (self.store, self.user, &mut self.archive);
        each_item(store, user, |id, _| {
            let Some(file) = original(store, id)? else {
                return Ok(());
            };
            let Some(mut bytes) = there(folder, id, &file)? else {
                return Ok(());
            };
            archive.file(&media_name(id, &file), file.len, &mut bytes)
        })
    }
}

/// Calls `each` with every item of a person, and then with those in the trash.
fn each_item(
    store: &Store,
    user: crate::store::ids::UserId,
    mut each: impl FnMut(ItemId, Item) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut one = |id: ItemId| match store.get::<Items>(&id)? {
        Some(item) if item.owner == user => each(id, item),
        _ => Ok(()),
    };
    every::<Owned>(store, &(user,), |(_, _, id), ()| one(id))?;
    every::<TrashOf>(store, &(user,), |(_, _, id), ()| one(id))
}

fn original(store: &Store, id: ItemId) -> Result<Option<File>, crate::store::Error> {
    store.get::<Files>(&(id, items::ORIGINAL.to_owned()))
}

/// A file, unless it went away since its row was read: the person works on while this is written.
fn there(folder: &Folder, id: ItemId, file: &File) -> Result<Option<std::fs::File>, Broken> {
    match folder.read_now(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tracing::warn!(item = %id, "a file is not there to be exported");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn described(store: &Store, id: ItemId, item: &Item) -> Result<Value, Broken> {
    let file = original(store, id)?;
    let file = file.map(|file| {
        json!({
            "name": file.name,
            "bytes": file.len,
            "media_type": file.media_type,
            "in_archive": media_name(id, &file),
        })
    });
    let mut captions = Vec::new();
    every::<Texts>(store, &(id,), |(_, lang, _), text| {
        captions.push(json!({
            "language": lang,
            "label": text.label,
            "cues": text.cues,
            "changed": moment(text.changed),
        }));
        Ok(())
    })?;
    let mut collected = Vec::new();
    every::<Collected>(store, &(id,), |_, entry| {
        collected.push(entry.item.to_string());
        Ok(())
    })?;
    let mut placed = Vec::new();
    every::<PlacedIn>(store, &(id,), |(_, placement), ()| {
        if let Some(row) = store.get::<Placements>(&placement)? {
            placed.push(json!({
                "id": placement.to_string(),
                "course": course(store, Some(row.course))?,
                "placed": moment(row.created),
                "revoked": perhaps(row.revoked),
            }));
        }
        Ok(())
    })?;
    let (mut people, mut links) = (0_u64, 0_u64);
    every::<Shares>(store, &(id,), |_, _| {
        people += 1;
        Ok(())
    })?;
    every::<LinksOf>(store, &(id,), |_, ()| {
        links += 1;
        Ok(())
    })?;
    Ok(json!({
        "id": id.to_string(),
        "title": item.title,
        "description": item.description,
        "tags": item.tags,
        "kind": kind(item.kind),
        "visibility": visibility(item.visibility),
        "downloadable": item.downloadable,
        "course": course(store, item.course)?,
        "created": moment(item.created),
        "changed": moment(item.changed),
        "in_trash_since": perhaps(item.trashed),
        "duration_seconds": item.facts.duration_ms.map(seconds),
        "pages": item.facts.pages,
        "location": location(item.location),
        "file": file,
        "captions": captions,
        "collected": collected,
        "placements": placed,
        "shared_with_people": people,
        "links": links,
    }))
}

fn under_way(upload: &Upload) -> Value {
    json!({
        "file_name": upload.filename,
        "title": upload.title,
        "visibility": visibility(upload.visibility),
        "bytes": upload.len,
        "bytes_received": upload.offset,
        "begun": moment(upload.created),
        "ends": moment(upload.ends),
        "replaces_item": upload.replaces.map(|item| item.to_string()),
    })
}

/// Where an item's file is in the archive: below a folder of its own, so that no two collide.
fn media_name(id: ItemId, file: &File) -> String {
    format!("media/{id}/{}", plain(&file.name))
}

/// A name that is one plain part of a path everywhere.
fn plain(name: &str) -> String {
    let safe = |c: char| {
        let bad = c.is_control() || "/\\:*?\"<>|".contains(c);
        if bad { '_' } else { c }
    };
    let name: String = name.chars().map(safe).take(LONGEST_NAME).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() {
        "file".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    proptest! {
        #[test]
        fn names_stay_inside_their_folder(name: String) {
            let plain = plain(&name);
            prop_assert!(!plain.is_empty() && plain != "..");
            prop_assert!(!plain.contains(['/', '\\', '\0']));
        }
    }

    #[test]
    fn usual_names_stay() {
        assert_eq!(plain("Über Wasser (2).mp4"), "Über Wasser (2).mp4");
        assert_eq!(plain("../../etc/passwd"), "_.._etc_passwd");
    }
}
