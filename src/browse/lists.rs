//! The library: the person's own media, the course's, what others shared, and the trash.

pub(super) mod asked;
mod continuing;
mod courses;
mod find;
pub(super) mod shelf;
mod trash;

use std::collections::HashMap;

use maud::{Markup, html};

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Input, Page};
use crate::library::lists::{self, Cursor};
use crate::library::search::{self, Wanted};
use crate::people::Member;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::trees::Connections;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, Style, button_row, link_button};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, empty_state, notice};
use crate::ui::tables::pager;
use asked::{Asked, List};

/// Items of one page.
const PAGE: usize = 24;

/// A page of a list, from the store or from the search.
pub(super) struct Listed {
    pub(super) items: Vec<(ItemId, Item)>,
    /// Where the next page begins, in the words of a cursor.
    pub(super) next: Option<String>,
    /// Whether the search does not know all yet.
    pub(super) unfinished: bool,
}

/// `GET /s/{token}/library?view=mine|course|shared|trash`, with `cursor`, and with `q`, `kind`,
/// `visibility`, `owner`, `tag` and `sort` where something is looked for.
pub async fn library(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let query = input.query();
    let asked = Asked::of(member, &query);
    let (Some(list), Some(listed)) = (asked.list.searched(), listed(app, member, &asked).await?)
    else {
        return trash::page(app, member, &around, &asked, &query);
    };
    let more = listed.next.as_deref().map(|next| asked.address(Some(next)));
    let m = around.messages;
    let owners = match list {
        search::List::Mine => HashMap::new(),
        search::List::Course | search::List::Shared => shelf::owners(app, member, &listed.items)?,
    };
    let content = html! {
        @if asked.cursor.is_none() && !asked.narrows() { (greeting(app, member, &around)?) }
        @if query.get("deleted").is_some() {
            (notice(m, Tone::Success, &m.text("item-deleted"), None))
        }
        @if asked.cursor.is_none() && !asked.narrows() { (continuing::row(app, m, member)?) }
        (body(app, m, member, &asked, &listed, &owners)?)
        (pager(m, more.as_deref()))
        @if list == search::List::Mine && asked.cursor.is_none() && !asked.narrows() {
            (courses::section(app, m, member, &query)?)
        }
        (button_row(&html! {
            (around.tab_form())
            @if list == search::List::Mine { (way_to_trash(app, m, member)?) }
        }))
    };
    let actions = link_button(&LinkButton {
        href: "upload",
        label: &m.text("browse-upload"),
        style: Style::Primary,
        icon: Some(Icon::Upload),
    });
    let (title, here) = match list {
        search::List::Mine => (m.text("browse-mine"), Here::Mine),
        search::List::Course => (m.text("browse-course"), Here::Course),
        search::List::Shared => (m.text("browse-shared"), Here::Shared),
    };
    Ok(around.page(&title, here, Some(&actions), &content))
}

/// A page of a list that can be searched; `None` for the trash.
pub(super) async fn listed(
    app: &App,
    member: &Member,
    asked: &Asked,
) -> Result<Option<Listed>, Error> {
    let Some(list) = asked.list.searched() else {
        return Ok(None);
    };
    Ok(Some(match asked.wanted() {
        Some(wanted) => found(app, member, list, asked, &wanted).await?,
        None => plain(app, member, list, asked)?,
    }))
}

/// The plain list, newest first.
fn plain(app: &App, member: &Member, list: search::List, asked: &Asked) -> Result<Listed, Error> {
    let cursor = asked.cursor.as_deref().map(str::parse::<Cursor>);
    let cursor = cursor.transpose()?;
    let store = &app.store;
    let page = match list {
        search::List::Mine => lists::mine(store, member, cursor, PAGE)?,
        search::List::Course => lists::in_course(store, member, cursor, PAGE)?,
        search::List::Shared => lists::shared(store, member, cursor, PAGE)?,
    };
    Ok(Listed {
        items: page.items,
        next: page.next.map(|next| next.to_string()),
        unfinished: false,
    })
}

/// What is looked for, or the list in another order.
async fn found(
    app: &App,
    member: &Member,
    list: search::List,
    asked: &Asked,
    wanted: &Wanted,
) -> Result<Listed, Error> {
    let cursor = asked.cursor.as_deref();
    let cursor = cursor.map(|text| search::Cursor::parse(text, wanted.sort));
    let page = app
        .search
        .find(member, list, wanted, cursor.transpose()?, PAGE);
    let page = page.await?;
    Ok(Listed {
        items: page.items,
        next: page.next.map(|next| next.to_string()),
        unfinished: page.unfinished,
    })
}

fn body(
    app: &App,
    m: Messages,
    member: &Member,
    asked: &Asked,
    listed: &Listed,
    owners: &HashMap<UserId, String>,
) -> Result<Markup, Error> {
    let nothing = listed.items.is_empty();
    let owner = asked.owner.and_then(|owner| owners.get(&owner));
    // An empty shelf has nothing to be looked for.
    let looks = asked.wanted().is_some() || asked.cursor.is_some() || !nothing;
    Ok(html! {
        @if looks { (find::field(m, asked, owner.map(String::as_str))) }
        @if listed.unfinished {
            (notice(m, Tone::Info, &m.text("find-unfinished"), Some(&html! {
                p { (m.text("find-unfinished-text")) }
            })))
        }
        @if !nothing {
            (shelf::shelf(app, m, member, asked, &listed.items, owners)?)
        } @else if asked.cursor.is_some() {
            p.lead { (m.text("find-end")) }
        } @else if asked.narrows() {
            (nothing_found(m, asked))
        } @else {
            (nothing_yet(m, member, asked.list))
        }
    })
}

/// A word to the person, with the course and the role where there are any.
fn greeting(app: &App, member: &Member, around: &Around<'_>) -> Result<Markup, Error> {
    let m = around.messages;
    let hello = match around.called() {
        Some(name) => m.with("browse-hello", &[("name", name.into())]),
        None => m.text("browse-hello-somebody").into_owned(),
    };
    let place = around.role().map(|role| {
        let role = role.name(m);
        match around.course() {
            Some(course) => m.with(
                "browse-place",
                &[("role", role.into()), ("course", course.into())],
            ),
            None => m.with("browse-place-unnamed", &[("role", role.into())]),
        }
    });
    // Without a course it is the platform that says where one comes from.
    let place = if place.is_some() {
        place
    } else {
        let connection = app.store.get::<Connections>(&member.session().connection)?;
        connection.map(|known| m.with("browse-from", &[("platform", known.name.into())]))
    };
    Ok(html! {
        p.lead { (hello) @if let Some(place) = place { " " (place) } }
        @if around.is_nicknamed() { p.hint { (m.text("browse-nickname")) } }
    })
}

fn nothing_yet(m: Messages, member: &Member, list: List) -> Markup {
    let staff = member.contributor().is_some();
    let (title, text) = match list {
        List::Course if staff => ("browse-course-empty", "browse-course-empty-staff"),
        List::Course => ("browse-course-empty", "browse-course-empty-student"),
        List::Shared => ("browse-shared-empty", "browse-shared-empty-text"),
        List::Mine | List::Trash => ("browse-mine-empty", "browse-mine-empty-text"),
    };
    let label = m.text("browse-upload");
    let helps = list == List::Mine || list == List::Course && staff;
    empty_state(&Empty {
        title: &m.text(title),
        text: &m.text(text),
        action: helps.then_some(("upload", &*label)),
    })
}

fn nothing_found(m: Messages, asked: &Asked) -> Markup {
    let title = if asked.text.is_empty() {
        m.text("find-nothing-so").into_owned()
    } else {
        m.with("find-nothing", &[("text", asked.text.as_str().into())])
    };
    let everything = asked.everything().address(None);
    empty_state(&Empty {
        title: &title,
        text: &m.text("find-nothing-text"),
        action: Some((&everything, &m.text("find-clear"))),
    })
}

/// Shown where there is something in it.
fn way_to_trash(app: &App, m: Messages, member: &Member) -> Result<Markup, Error> {
    let something = !lists::trash(&app.store, member, None, 1)?.items.is_empty();
    let link = LinkButton {
        href: "library?view=trash",
        label: &m.text("browse-trash"),
        style: Style::Quiet,
        icon: Some(Icon::Trash),
    };
    Ok(html! { @if something { (link_button(&link)) } })
}
