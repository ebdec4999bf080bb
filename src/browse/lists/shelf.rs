//! The items of a list as cards.

use std::collections::HashMap;
use std::time::Duration;

use maud::Markup;

use super::asked::{Asked, List};
use crate::app::App;
use crate::browse::around::{kind, visibility};
use crate::browse::{Error, ticket};
use crate::library::{self, Viewer, bytes};
use crate::people::Member;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::media::{Card, Link, cards};

/// From this width on, in pixels, a picture is large enough for a card.
const PICTURE: u32 = 320;
/// Tags on a card.
const TAGS: usize = 3;

/// What of an item stands on its card.
struct Shown<'a> {
    item: &'a Item,
    href: String,
    picture: Option<String>,
    bytes: Option<u64>,
    owner: Option<(String, &'a str)>,
    tags: Vec<(String, &'a str)>,
}

/// The cards.
pub(super) fn shelf(
    app: &App,
    m: Messages,
    member: &Member,
    asked: &Asked,
    items: &[(ItemId, Item)],
    owners: &HashMap<UserId, String>,
) -> Result<Markup, Error> {
    let viewer = Viewer::of(member);
    let mut shown = Vec::with_capacity(items.len());
    for (id, item) in items {
        shown.push(Shown {
            item,
            href: format!("media/{id}"),
            picture: picture(app, member, *id, item),
            bytes: size(app, &viewer, *id)?,
            owner: owners.get(&item.owner).map(|name| {
                (
                    asked.with_owner(Some(item.owner)).address(None),
                    name.as_str(),
                )
            }),
            tags: item
                .tags
                .iter()
                .take(TAGS)
                .map(|tag| (asked.with_tag(Some(tag)).address(None), tag.as_str()))
                .collect(),
        });
    }
    let tags: Vec<Vec<Link<'_>>> = shown
        .iter()
        .map(|shown| shown.tags.iter().map(link).collect())
        .collect();
    let shown: Vec<Card<'_>> = shown
        .iter()
        .zip(&tags)
        .map(|(shown, tags)| Card {
            href: &shown.href,
            title: &shown.item.title,
            kind: kind(shown.item.kind),
            thumbnail: shown.picture.as_deref(),
            duration: shown.item.facts.duration_ms.map(Duration::from_millis),
            bytes: shown.bytes,
            // Whoever sees another's item sees it because somebody chose so.
            visibility: (asked.list == List::Mine).then(|| visibility(shown.item.visibility)),
            owner: shown.owner.as_ref().map(link),
            tags,
            left: None,
        })
        .collect();
    Ok(cards(m, &shown))
}

fn link<'a>((href, label): &'a (String, &'a str)) -> Link<'a> {
    Link { href, label }
}

/// The address of an item's picture: the smallest that is large enough, or the largest.
pub(in crate::browse) fn picture(
    app: &App,
    member: &Member,
    id: ItemId,
    item: &Item,
) -> Option<String> {
    let enough = item.pictures.iter().filter(|width| **width >= PICTURE);
    let width = enough.min().or_else(|| item.pictures.iter().max())?;
    Some(ticket::rendition(
        app,
        member,
        id,
        &format!("picture-{width}"),
    ))
}

/// An item's size; `None` when it was deleted just now or its file is lost.
fn size(app: &App, viewer: &Viewer, item: ItemId) -> Result<Option<u64>, Error> {
    let opened = library::open(&app.store, viewer, item);
    match opened.and_then(|opened| bytes::original(&app.store, &opened)) {
        Ok(readable) => Ok(Some(readable.file().len)),
        Err(library::Error::NotFound | library::Error::Damaged | library::Error::Unchecked) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The names of those other people whose items these are.
pub(in crate::browse) fn owners(
    app: &App,
    member: &Member,
    items: &[(ItemId, Item)],
) -> Result<HashMap<UserId, String>, Error> {
    let mut names = HashMap::new();
    for (_, item) in items {
        if item.owner == member.session().user || names.contains_key(&item.owner) {
            continue;
        }
        let user = app.store.get::<Users>(&item.owner)?;
        if let Some(name) = user.and_then(|user| user.name) {
            names.insert(item.owner, name);
        }
    }
    Ok(names)
}
