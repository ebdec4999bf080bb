mod access;
mod keeping;
mod lists;
mod ranking;

use super::*;
use crate::library::items::{self, Rules, Words as NewWords};
use crate::library::testing::{Library, person, teacher};
use crate::library::{Description, Publishing, Tags, Title};
use crate::store::rows::library::{Kind, Visibility};
use crate::store::rows::people::Role;

const EVERYTHING: Publishing = Publishing {
    unlisted: true,
    public: true,
};

/// An item with words.
async fn item(library: &Library, title: &str, tags: &str, description: &str) -> ItemId {
    item_of(
        library,
        &teacher(),
        Visibility::Private,
        [title, tags, description],
    )
    .await
}

/// Somebody's item with a title, tags and a description.
async fn item_of(
    library: &Library,
    member: &Member,
    visibility: Visibility,
    [title, tags, description]: [&str; 3],
) -> ItemId {
    let id = library.item(member, visibility, b"content").await;
    let words = NewWords {
        title: Some(Title::parse(title).unwrap()),
        tags: Some(Tags::parse(tags).unwrap()),
        description: Some(Description::parse(description).unwrap()),
    };
    let editable = library.editable(member, id);
    let (store, world) = (&library.store, &library.world);
    items::edit(store, world, &editable, &words).await.unwrap();
    library.clock.advance(Duration::from_secs(1));
    id
}

fn looking_for(text: &str) -> Wanted {
    Wanted {
        words: Some(Words::parse(text)),
        sort: Sort::Best,
        ..Wanted::default()
    }
}

/// The ids that somebody finds in a list, page by page.
async fn walk(
    library: &Library,
    member: &Member,
    list: List,
    wanted: &Wanted,
    limit: usize,
) -> Vec<ItemId> {
    library.search.index_now().await;
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let found = library.search.find(member, list, wanted, after, limit);
        let found = found.await.unwrap();
        assert!(!found.unfinished);
        ids.extend(found.items.iter().map(|(id, _)| *id));
        let Some(next) = found.next else { return ids };
        assert_eq!(found.items.len(), limit);
        after = Some(Cursor::parse(&next.to_string(), wanted.sort).unwrap());
    }
}

/// What the teacher finds among their own.
async fn found(library: &Library, text: &str) -> Vec<ItemId> {
    walk(library, &teacher(), List::Mine, &looking_for(text), 100).await
}
