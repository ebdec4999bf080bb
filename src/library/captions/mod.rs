//! Captions of videos and sound: WebVTT, a file for each language.
//!
//! Whatever is uploaded is read and written anew ([`parse`], [`Captions::to_vtt`]), so that nothing
//! but cues reaches anybody. The file stands beside the item's others under a new name at each
//! correction, since a file is never rewritten; a note in [`Loose`] goes before it, so that what a
//! crash leaves behind is removed by [`sweep`].

mod cues;
mod language;
mod markup;
mod read;
mod settings;

use std::time::Duration;

use bytes::Bytes;

pub use cues::{BYTES_MAX, BadCaptions, CUE_MAX, CUES_MAX, Captions, Cue, LINE_MAX};
pub use language::{BadLanguage, LABEL_MAX, Language, NAMES, of_file as language_of_file};
pub use read::parse;

use super::access::{Editable, Opened};
use super::error::Error;
use super::folder::{Folder, beside, blocking};
use super::uploads::Uploads;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{File, Item, Kind, Text};
use crate::store::trees::{Files, Items, Loose, Texts};
use crate::store::{self, Commit, Store};
use crate::world::{Time, World};

/// The kind of [`Texts`] that captions are.
const CAPTIONS: &str = "captions";
/// In how many languages an item may have captions.
pub const LANGUAGES_MAX: usize = 50;
/// The media type of captions (WebVTT, section 11.1).
pub const MEDIA_TYPE: &str = "text/vtt; charset=utf-8";

/// How long writing a file may take, at the very most, until it is taken for left behind.
const SETTLED: Duration = Duration::from_hours(1);
/// How many notes are looked at together.
const BATCH: usize = 100;

/// The captions of an item, ordered by their language: the language, and what is known of them.
pub fn of(store: &Store, opened: &Opened) -> Result<Vec<(String, Text)>, Error> {
    let rows = store.page::<Texts>(&(opened.id(),), None, LANGUAGES_MAX)?;
    let rows = rows.into_iter().filter(|((.., kind), _)| kind == CAPTIONS);
    let mut captions: Vec<_> = rows.map(|((_, lang, _), text)| (lang, text)).collect();
    // Keys go by their length first.
    captions.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(captions)
}

/// Whether items of this kind have captions.
pub const fn belong_to(kind: Kind) -> bool {
    matches!(kind, Kind::Video | Kind::Audio)
}

/// The rendition that captions in a language are.
pub fn rendition(lang: &str) -> String {
    format!("{CAPTIONS}-{lang}")
}

/// [`parse`]s a file where that keeps nobody else waiting.
pub async fn parse_aside(file: Bytes) -> Result<Captions, Error> {
    Ok(blocking(move || Ok(parse(&file))).await??)
}

/// New captions for an item.
#[derive(Debug)]
pub struct NewCaptions<'a> {
    /// Their language.
    pub language: &'a Language,
    /// What people choose them by, perhaps empty: then what the language calls itself.
    pub label: &'a str,
    /// The captions.
    pub captions: Captions,
    /// Who gives them.
    pub by: UserId,
}

/// Gives an item captions in a language, in place of those that it had. [`Error::DiskFull`] when
/// they would use up what uploads leave free.
pub async fn set(
    store: &Store,
    world: &World,
    uploads: &Uploads,
    item: &Editable,
    new: NewCaptions<'_>,
) -> Result<(), Error> {
    let (id, row) = (item.opened().id(), item.opened().item());
    if !belong_to(row.kind) {
        return Err(Error::NoCaptionsHere);
    }
    let lang = new.language.to_string();
    let cues = new.captions.cues();
    let bytes = blocking(move || Ok(new.captions.to_vtt().into_bytes())).await?;
    uploads.check_room(bytes.len() as u64).await?;
    let folder = uploads.folder();
    let random = u128::from_be_bytes(world.random());
    let file = File {
        path: beside(id, &format!("{}-{random:032x}.vtt", rendition(&lang))),
        len: bytes.len() as u64,
        etag: format!("{random:032x}"),
        media_type: MEDIA_TYPE.to_owned(),
        name: file_name(row, &lang),
        sent: None,
    };
    let text = Text {
        label: language::label(new.label).unwrap_or_else(|| new.language.label()),
        changed: world.now(),
        by: new.by,
        cues,
    };
    let note = (world.now(), file.path.clone());
    let mut commit = Commit::new();
    commit.expect_present::<Items>(&id).put::<Loose>(&note, &());
    store.commit(commit).await.map_err(gone)?;
    folder.write_beside(&file.path, bytes).await?;
    let written = Written { note, file, text };
    let old = swap(store, world, id, &lang, Some(&written)).await?;
    forget(store, folder, old).await;
    Ok(())
}

/// Takes an item's captions in a language away: [`Error::NotFound`] when there are none.
pub async fn remove(
    store: &Store,
    world: &World,
    folder: &Folder,
    item: &Editable,
    lang: &str,
) -> Result<(), Error> {
    let id = item.opened().id();
    let key = (id, lang.to_owned(), CAPTIONS.to_owned());
    if store.get::<Texts>(&key)?.is_none() {
        return Err(Error::NotFound);
    }
    let old = swap(store, world, id, lang, None).await?;
    forget(store, folder, old).await;
    Ok(())
}

/// Names a file below the media folder that no row speaks of, and says since when.
type Note = (Time, String);

/// Captions whose file is written.
struct Written {
    note: Note,
    file: File,
    text: Text,
}

/// Puts new rows, or none, in place of those in a language; answers the note of the file that
/// these leave behind.
async fn swap(
    store: &Store,
    world: &World,
    id: ItemId,
    lang: &str,
    new: Option<&Written>,
) -> Result<Option<Note>, Error> {
    let text_key = (id, lang.to_owned(), CAPTIONS.to_owned());
    let file_key = (id, rendition(lang));
    super::commit(store, || {
        let item = store.read::<Items>(&id)?.ok_or(Error::NotFound)?;
        let old = store.read::<Files>(&file_key)?;
        let mut commit = Commit::new();
        commit.expect_unchanged::<Items>(&id, &item);
        match &old {
            Some(old) => commit.expect_unchanged::<Files>(&file_key, old),
            None => commit.expect_absent::<Files>(&file_key),
        };
        if let Some(new) = new {
            let others = store.page::<Texts>(&(id,), None, LANGUAGES_MAX)?;
            if old.is_none() && others.len() >= LANGUAGES_MAX {
                return Err(Error::TooManyCaptions);
            }
            // Without its note the file is not there any more.
            commit
                .expect_present::<Loose>(&new.note)
                .delete::<Loose>(&new.note)
                .put::<Files>(&file_key, &new.file)
                .put::<Texts>(&text_key, &new.text);
        } else {
            commit
                .delete::<Files>(&file_key)
                .delete::<Texts>(&text_key)
                .frees();
        }
        let left = old.map(|old| (world.now(), old.value.path));
        if let Some(left) = &left {
            commit.put::<Loose>(left, &());
        }
        Ok((commit, left))
    })
    .await
}

/// Removes a file that is left behind, now or at the next sweep.
async fn forget(store: &Store, folder: &Folder, note: Option<Note>) {
    let Some(note) = note else { return };
    if let Err(error) = remove_noted(store, folder, &note).await {
        tracing::warn!(%error, "a file of captions is left for the next sweep");
    }
}

async fn remove_noted(store: &Store, folder: &Folder, note: &Note) -> Result<(), Error> {
    folder.remove_beside(&note.1).await?;
    let mut commit = Commit::new();
    commit.delete::<Loose>(note).frees();
    Ok(store.commit(commit).await?)
}

/// Removes the files that a crash left without a row. Costs by what was left.
pub async fn sweep(store: &Store, world: &World, folder: &Folder) -> Result<(), Error> {
    let settled = world.now().before(SETTLED);
    loop {
        let notes = store.page::<Loose>(&(), None, BATCH)?;
        let left = notes
            .into_iter()
            .take_while(|((since, _), ())| *since < settled);
        let left: Vec<_> = left.map(|(note, ())| note).collect();
        for note in &left {
            if let Some(note) = condemn(store, note).await? {
                remove_noted(store, folder, &note).await?;
            }
        }
        if left.len() < BATCH {
            return Ok(());
        }
    }
}

/// Takes a note from whoever may still be writing its file, so that no row will ever speak of it;
/// `None` when the file got its row meanwhile.
async fn condemn(store: &Store, note: &Note) -> Result<Option<Note>, Error> {
    const CONDEMNED: Time = Time(0);
    if note.0 == CONDEMNED {
        return Ok(Some(note.clone()));
    }
    let condemned = (CONDEMNED, note.1.clone());
    let mut commit = Commit::new();
    commit
        .expect_present::<Loose>(note)
        .delete::<Loose>(note)
        .put::<Loose>(&condemned, &())
        .frees();
    match store.commit(commit).await {
        Ok(()) => Ok(Some(condemned)),
        Err(store::Error::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What expected the item found it deleted.
fn gone(error: store::Error) -> Error {
    match error {
        store::Error::Conflict => Error::NotFound,
        error => error.into(),
    }
}

/// The name under which captions are downloaded.
fn file_name(item: &Item, lang: &str) -> String {
    super::words::clean_file_name(&format!("{}.{lang}.vtt", item.title))
}

#[cfg(test)]
mod tests;
