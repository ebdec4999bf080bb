//! What is in a collection: its order, taking out, and putting in.

use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::browse::around::{Around, Here, kind};
use crate::browse::{Error, FORM_LIMIT, back};
use crate::library::collections::{self, Way};
use crate::library::{self, Editable, Opened, Viewer, editable, lists};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Kind;
use crate::ui::Messages;
use crate::ui::forms::{Form, form};
use crate::ui::icons::{Icon, icon};
use crate::ui::tables::pager;

/// Items offered on one page.
const PAGE: usize = 20;

/// A collection in the hands of somebody who may change it.
pub(super) fn held(app: &App, member: &Member, id: ItemId) -> Result<Editable, Error> {
    let item = editable(&app.store, member, id)?;
    if item.opened().item().kind == Kind::Collection {
        Ok(item)
    } else {
        Err(library::Error::NotFound.into())
    }
}

/// `GET /s/{token}/media/{item}/contents`; with `of=course` for what the course may see instead of
/// one's own, and `after` for more of it.
pub fn contents(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let held = held(app, member, id)?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let inside = collections::opened(&app.store, &Viewer::of(member), held.opened())?;
    let content = html! {
        (back(m, held.opened()))
        section aria-labelledby="inside" {
            h2 #inside { (m.text("collection-inside")) }
            @if inside.is_empty() { p.hint { (m.text("collection-inside-empty")) } }
            ol.collected {
                @for (at, entry) in inside.iter().enumerate() {
                    li { (inside_row(m, entry, at > 0, at + 1 < inside.len())) }
                }
            }
        }
        (offered(app, m, member, input, &inside)?)
        (super::pick::offered(app, m, member)?)
    };
    let title = [("title", held.opened().item().title.as_str().into())];
    Ok(around.page(
        &m.with("collection-contents", &title),
        Here::Elsewhere,
        None,
        &content,
    ))
}

fn named(entry: &Opened, m: Messages) -> Markup {
    html! {
        span.collected-name {
            (icon(kind(entry.item().kind).icon()))
            span { (entry.item().title) span.hint { " " (kind(entry.item().kind).name(m)) } }
        }
    }
}

/// A button that does one thing to one entry.
fn press(m: Messages, entry: &Opened, act: &str, label: &str, name: Icon) -> Markup {
    let id = entry.id().to_string();
    let words = [("title", entry.item().title.as_str().into())];
    form(
        &Form {
            action: "contents",
            hidden: &[(act, &id)],
            inline: true,
            ..Form::default()
        },
        &html! {
            button type="submit" class="button quiet" {
                (icon(name))
                span.unseen { (m.with(label, &words)) }
            }
        },
    )
}

fn inside_row(m: Messages, entry: &Opened, up: bool, down: bool) -> Markup {
    html! {
        (named(entry, m))
        span.collected-acts {
            @if up { (press(m, entry, "up", "collection-up", Icon::Before)) }
            @if down { (press(m, entry, "down", "collection-down", Icon::After)) }
            (press(m, entry, "remove", "collection-remove", Icon::Close))
        }
    }
}

/// What may be put in: one's own, or what the course may see.
fn offered(
    app: &App,
    m: Messages,
    member: &Member,
    input: &Input,
    inside: &[Opened],
) -> Result<Markup, Error> {
    let query = input.query();
    let course = query.get("of") == Some("course");
    let after = query.get("after").map(str::parse).transpose()?;
    let page = if course {
        lists::in_course(&app.store, member, after, PAGE)?
    } else {
        lists::mine(&app.store, member, after, PAGE)?
    };
    let viewer = Viewer::of(member);
    let mut offered = Vec::new();
    for (id, _) in page.items {
        let known = inside.iter().any(|entry| entry.id() == id);
        let opened = library::open(&app.store, &viewer, id)?;
        if !known && opened.item().kind != Kind::Collection {
            offered.push(opened);
        }
    }
    let of = if course { "of=course&" } else { "" };
    let more = page.next.map(|next| format!("?{of}after={next}#more"));
    let tab = |is: bool, href: &str, label: &str| {
        html! { a href=(href) aria-current=[is.then_some("page")] { (m.text(label)) } }
    };
    Ok(html! {
        section aria-labelledby="more" {
            h2 #more { (m.text("collection-more")) }
            nav.list-tabs aria-label=(m.text("collection-more")) {
                (tab(!course, "contents", "browse-mine"))
                @if member.session().course.is_some() {
                    (tab(course, "?of=course", "browse-course"))
                }
            }
            @if offered.is_empty() { p.hint { (m.text("collection-more-none")) } }
            ul.collected role="list" {
                @for entry in &offered {
                    li {
                        (named(entry, m))
                        (press(m, entry, "add", "collection-add", Icon::Plus))
                    }
                }
            }
            (pager(m, more.as_deref()))
        }
    })
}

/// `POST /s/{token}/media/{item}/contents` with an item as `add`, `remove`, `up` or `down`.
pub async fn change(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let held = held(app, member, id)?;
    let (store, world) = (&app.store, &app.world);
    let [(act, entry)] = fields.pairs() else {
        return Err(Error::BadRequest);
    };
    let entry: ItemId = entry.parse().map_err(|_| library::Error::NotFound)?;
    match act.as_str() {
        "add" => {
            let opened = library::open(store, &Viewer::of(member), entry)?;
            collections::add(store, world, &held, &opened, member).await?;
        }
        "remove" => collections::remove(store, &held, entry).await?,
        "up" => collections::shift(store, &held, entry, Way::Up).await?,
        "down" => collections::shift(store, &held, entry, Way::Down).await?,
        _ => return Err(Error::BadRequest),
    }
    Ok(Page::see_other("contents"))
}
