//! An item inside other pages: alone in the platform's, and as code for editors of rich text.

use maud::html;
use serde_json::json;

use super::around::Around;
use super::collection::Showing;
use super::embedding::Embedding;
use super::player::{showing, with_viewer};
use super::watch::{Media, media};
use super::{Error, outside, tool};
use crate::app::{App, Input, Page};
use crate::library::{self, Opened, Viewer, links, owned, placements};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;

/// `GET /s/{token}/embed/{item}`: the title and the player, for a page of the platform.
pub async fn embed(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), id)?;
    let around = Around::one_below(app, member)?;
    let media = media(app, &opened)?;
    let m = around.messages;
    let shown = Showing::of(app, member, &opened, input.query().get("at"))?;
    let content = match &media {
        Media::Here(readable) => showing(app, m, member, &opened, readable, "../media/").await?,
        Media::Tool => tool::showing(app, m, member, &opened, "../media/")?,
        Media::Collection => {
            if let Some(shown) = &shown {
                shown.markup(app, m, member, &opened, "../media/").await?
            } else {
                html! {}
            }
        }
        absent => absent.instead(m),
    };
    let placed = placements::shown(&app.store, member, &opened)?;
    let title = placed.and_then(|placed| placed.title);
    let title = title.as_ref().unwrap_or(&opened.item().title);
    let page = around.bare_page(title, &content);
    let page = tool::with_tool(app, with_viewer(page, opened.item().kind), &opened);
    Ok(match &shown {
        Some(shown) => shown.dress(app, page),
        None => page,
    })
}

/// `GET /s/{token}/embed-code/{item}`: `{embedCode, title, thumbnail}`, for an item that opens
/// without a launch: for whoever may open a public one, and for the owner of an unlisted one, who
/// gets a link for it. Nothing in it belongs to the session. Since it may make that link, another
/// site's page cannot ask for it.
pub async fn embed_code(
    app: &App,
    member: &Member,
    input: &Input,
    id: ItemId,
) -> Result<Page, Error> {
    if input.cross_site() {
        return Err(Error::CrossSite);
    }
    let opened = library::open(&app.store, &Viewer::of(member), id)?;
    let publishing = app.publishing();
    let key = match opened.item().visibility {
        Visibility::Public if publishing.public => None,
        Visibility::Unlisted if publishing.unlisted => Some(key(app, member, id).await?),
        _ => return Err(Error::NeedsLaunch),
    };
    Ok(Page::json(&json!({
        "embedCode": Embedding::usual(app, &opened, key.as_deref()).code(),
        "title": opened.item().title,
        "thumbnail": thumbnail(app, &opened, key.as_deref()),
    })))
}

fn thumbnail(app: &App, opened: &Opened, key: Option<&str>) -> Option<String> {
    let width = outside::thumbnail(opened.item())?;
    let rendition = format!("picture-{width}");
    Some(
        app.public()
            .join(&outside::file(opened.id(), &rendition, key)),
    )
}

/// The key of one of the item's links; makes one when there is none.
async fn key(app: &App, member: &Member, id: ItemId) -> Result<String, Error> {
    let item = match owned(&app.store, member, id) {
        Ok(item) => item,
        Err(library::Error::NotYours) => return Err(Error::LinkIsOwners),
        Err(error) => return Err(error.into()),
    };
    let seal = app.keys.seal();
    let oldest = links::of(&app.store, seal, &item)?
        .into_iter()
        .min_by_key(|link| (link.created, link.hash));
    match oldest {
        Some(link) => Ok(link.key),
        None => Ok(links::make(&app.store, &app.world, seal, &item).await?),
    }
}
