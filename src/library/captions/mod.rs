//! Captions of videos and sound: WebVTT, a file for each language.
//!
//! Whatever is uploaded is read and written anew ([`parse`], [`Captions::to_vtt`]), so that nothing
//! but cues reaches anybody. The file stands beside the item's others under a new name at each
//! correction, since a file is never rewritten; a [note](super::loose) goes before it.

mod cues;
mod language;
mod markup;
mod read;
mod settings;

use bytes::Bytes;

pub use cues::{BYTES_MAX, BadCaptions, CUE_MAX, CUES_MAX, Captions, Cue, LINE_MAX};
pub use language::{BadLanguage, LABEL_MAX, Language, NAMES, of_file as language_of_file};
pub use read::parse;

use super::access::{Editable, Opened};
use super::error::Error;
use super::folder::{Folder, beside, blocking};
use super::loose::{self, Note};
use super::uploads::Uploads;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{File, Item, Kind, Text};
use crate::store::trees::{Files, Items, Texts};
use crate::store::{Commit, Store};
use crate::world::World;

/// The kind of [`Texts`] that captions are.
const CAPTIONS: &str = "captions";
/// In how many languages an item may have captions.
pub const LANGUAGES_MAX: usize = 50;
/// The media type of captions (WebVTT, section 11.1).
pub const MEDIA_TYPE: &str = "text/vtt; charset=utf-8";

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
    loose::announce(store, id, &note).await?;
    folder.write_beside(&file.path, bytes).await?;
    let written = Written { note, file, text };
    let old = swap(store, world, id, &lang, Some(&written)).await?;
    loose::forget(store, folder, old).await;
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
    loose::forget(store, folder, old).await;
    Ok(())
}

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
            loose::settle(&mut commit, &new.note);
            commit
                .put::<Files>(&file_key, &new.file)
                .put::<Texts>(&text_key, &new.text);
        } else {
            commit
                .delete::<Files>(&file_key)
                .delete::<Texts>(&text_key)
                .frees();
        }
        let left = old.map(|old| loose::leave(&mut commit, world.now(), old.value.path));
        Ok((commit, left))
    })
    .await
}

/// The name under which captions are downloaded.
fn file_name(item: &Item, lang: &str) -> String {
    super::words::clean_file_name(&format!("{}.{lang}.vtt", item.title))
}

#[cfg(test)]
mod tests;
