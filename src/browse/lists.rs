//! The library: the person's own media, and the course's.

use std::collections::HashMap;

use maud::{Markup, html};

use super::Error;
use super::around::{Around, Here, kind, visibility};
use crate::app::{App, Input, Page};
use crate::library::bytes;
use crate::library::lists::{self, Cursor};
use crate::library::{self, Viewer};
use crate::people::Member;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, Style, link_button};
use crate::ui::icons::Icon;
use crate::ui::media::{Card, cards};
use crate::ui::notices::{Empty, Tone, empty_state, notice};
use crate::ui::tables::pager;

/// Items of one page.
const PAGE: usize = 24;

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Mine,
    Course,
}

impl List {
    /// What is asked for; else staff see their own media, and students the course's.
    fn of(member: &Member, asked: Option<&str>) -> Self {
        let in_course = member.session().course.is_some();
        match asked {
            Some("course") if in_course => Self::Course,
            None if in_course && member.contributor().is_none() => Self::Course,
            _ => Self::Mine,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Course => "course",
        }
    }

    fn title(self, m: Messages) -> String {
        match self {
            Self::Mine => m.text("browse-mine"),
            Self::Course => m.text("browse-course"),
        }
        .into_owned()
    }
}

/// `GET /s/{token}/library?view=mine|course&cursor=…`
pub fn library(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let query = input.query();
    let list = List::of(member, query.get("view"));
    let cursor = query.get("cursor").map(str::parse::<Cursor>).transpose()?;
    let found = match list {
        List::Mine => lists::mine(&app.store, member, cursor, PAGE)?,
        List::Course => lists::in_course(&app.store, member, cursor, PAGE)?,
    };
    let more = found
        .next
        .map(|next| format!("library?view={}&cursor={next}", list.name()));
    let content = html! {
        @if cursor.is_none() { (greeting(&around)) }
        @if query.get("deleted").is_some() {
            (notice(m, Tone::Success, &m.text("item-deleted"), None))
        }
        @if found.items.is_empty() && cursor.is_none() {
            (nothing_yet(m, member, list))
        } @else {
            (shelf(app, m, member, list, &found.items)?)
        }
        (pager(m, more.as_deref()))
        (around.tab_form())
    };
    let actions = link_button(&LinkButton {
        href: "upload",
        label: &m.text("browse-upload"),
        style: Style::Primary,
        icon: Some(Icon::Upload),
    });
    let here = match list {
        List::Mine => Here::Mine,
        List::Course => Here::Course,
    };
    Ok(around.page(&list.title(m), here, Some(&actions), &content))
}

/// A word to the person, with the course and the role where there are any.
fn greeting(around: &Around<'_>) -> Markup {
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
    html! { p.lead { (hello) @if let Some(place) = place { " " (place) } } }
}

fn nothing_yet(m: Messages, member: &Member, list: List) -> Markup {
    let (title, text) = match list {
        List::Mine => ("browse-mine-empty", "browse-mine-empty-text"),
        List::Course if member.contributor().is_some() => {
            ("browse-course-empty", "browse-course-empty-staff")
        }
        List::Course => ("browse-course-empty", "browse-course-empty-student"),
    };
    let label = m.text("browse-upload");
    let helps = list == List::Mine || member.contributor().is_some();
    empty_state(&Empty {
        title: &m.text(title),
        text: &m.text(text),
        action: helps.then_some(("upload", &*label)),
    })
}

fn shelf(
    app: &App,
    m: Messages,
    member: &Member,
    list: List,
    items: &[(ItemId, Item)],
) -> Result<Markup, Error> {
    let owners = match list {
        List::Mine => HashMap::new(),
        List::Course => owners(app, member, items)?,
    };
    let viewer = Viewer::of(member);
    let mut shown = Vec::with_capacity(items.len());
    for (id, item) in items {
        shown.push((format!("media/{id}"), item, size(app, &viewer, *id)?));
    }
    let shown: Vec<Card<'_>> = shown
        .iter()
        .map(|(href, item, bytes)| Card {
            href,
            title: &item.title,
            kind: kind(item.kind),
            bytes: *bytes,
            // Everything in the course's list has the same.
            visibility: (list == List::Mine).then(|| visibility(item.visibility)),
            owner: owners.get(&item.owner).map(String::as_str),
            ..Card::default()
        })
        .collect();
    Ok(cards(m, &shown))
}

/// An item's size; `None` when it was deleted just now or its file is lost.
fn size(app: &App, viewer: &Viewer, item: ItemId) -> Result<Option<u64>, Error> {
    let opened = library::open(&app.store, viewer, item);
    match opened.and_then(|opened| bytes::original(&app.store, &opened)) {
        Ok(readable) => Ok(Some(readable.file().len)),
        Err(library::Error::NotFound | library::Error::Damaged) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The names of those other people whose items these are.
fn owners(
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
