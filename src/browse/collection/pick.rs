//! Picking in an external tool what is to be in a collection.

use maud::{Markup, html};

use super::contents::held;
use crate::app::{App, Input, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here};
use crate::library::{Editable, Opened};
use crate::people::{Contributor, Member};
use crate::store::ids::{ItemId, ToolId};
use crate::tools::launching::USUAL_HEIGHT;
use crate::tools::registered::selecting;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, link_button, way_up};
use crate::ui::icons::Icon;

/// The tools in which one can pick, for those who may.
pub(super) fn offered(app: &App, m: Messages, member: &Member) -> Result<Markup, Error> {
    let tools = match member.contributor() {
        Some(contributor) => selecting::tools(app, contributor)?,
        None => Vec::new(),
    };
    Ok(html! {
        @if !tools.is_empty() {
            section aria-labelledby="pick" {
                h2 #pick { (m.text("collection-pick")) }
                p.hint { (m.text("collection-pick-hint")) }
                ul.tool-picks role="list" {
                    @for (id, tool) in &tools {
                        @let name = [("tool", tool.name.as_str().into())];
                        li {
                            (link_button(&LinkButton {
                                href: &format!("pick?tool={id}"),
                                label: &m.with("collection-pick-in", &name),
                                icon: Some(Icon::Tool),
                                ..LinkButton::default()
                            }))
                        }
                    }
                }
            }
        }
    })
}

/// The collection, the tool of the query, and somebody who may pick.
fn asked<'a>(
    app: &App,
    member: &'a Member,
    input: &Input,
    id: ItemId,
) -> Result<(Contributor<'a>, Editable, ToolId), Error> {
    let contributor = member.contributor().ok_or(Error::ToolsForStaff)?;
    let collection = held(app, member, id)?;
    let tool = input.query().get("tool").and_then(|text| text.parse().ok());
    Ok((contributor, collection, tool.ok_or(Error::BadRequest)?))
}

/// `GET /s/{token}/media/{item}/pick?tool=…`: the tool's own page for picking, in a frame.
pub fn pick(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let (_, collection, tool) = asked(app, member, input, id)?;
    let launchable = selecting::launchable(app, member, tool, collection.opened())?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let name = [("tool", launchable.tool.name.as_str().into())];
    let title = m.with("collection-pick-in", &name);
    let content = html! {
        (way_up("contents", &m.text("collection-picked")))
        p.lead { (m.with("collection-picking", &[("title", title_of(collection.opened()).into())])) }
        iframe.tool-frame
            data-done="contents"
            src=(format!("picking?tool={tool}"))
            title=(m.with("tool-frame", &[("title", title.as_str().into())]))
            height=(USUAL_HEIGHT)
            referrerpolicy="strict-origin" {}
        p.hint { (m.text("collection-picking-hint")) }
    };
    let page = around
        .page(&title, Here::Elsewhere, None, &content)
        .leads_beyond();
    Ok(launchable.origins().into_iter().fold(page, Page::frames))
}

fn title_of(collection: &Opened) -> &str {
    &collection.item().title
}

/// `GET /s/{token}/media/{item}/picking?tool=…`: what the frame begins with.
pub fn picking(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let (contributor, collection, tool) = asked(app, member, input, id)?;
    Ok(selecting::page(app, contributor, &collection, tool)?)
}
