//! Sharing with people of the course, by name.

use std::collections::HashSet;

use maud::{Markup, html};

use crate::app::{App, Form, Input, Page};
use crate::browse::around::role;
use crate::browse::{Error, FORM_LIMIT};
use crate::library::{Owned, owned, sharing};
use crate::people::roster::{self, Known};
use crate::people::{Contributor, Member};
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{Share, ShareRole};
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{self, Field, Sending, Text, TextKind, form, text_field};
use crate::ui::tables::{Table, pager, table};

/// People of one page.
const PAGE: usize = 20;

/// `POST /s/{token}/media/{item}/share` with `user` and `role`, `viewer` or `editor`.
pub async fn give(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let with = user(&fields)?;
    let role = match fields.get("role") {
        Some("viewer") => ShareRole::Viewer,
        Some("editor") => ShareRole::Editor,
        _ => return Err(Error::BadRequest),
    };
    let item = owned(&app.store, member, id)?;
    sharing::share(&app.store, &app.world, &item, with, role).await?;
    Ok(Page::see_other("share?shared#people"))
}

/// `POST /s/{token}/media/{item}/unshare` with `user`.
pub async fn unshare(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let with = user(&input.form(FORM_LIMIT).await?)?;
    let item = owned(&app.store, member, id)?;
    sharing::unshare(&app.store, &app.world, &item, with).await?;
    Ok(Page::see_other("share?unshared#people"))
}

fn user(fields: &Form) -> Result<UserId, Error> {
    let user = fields.get("user").and_then(|user| user.parse().ok());
    user.ok_or(Error::BadRequest)
}

/// With whom it is shared, and, for staff, with whom else it could be.
pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    item: &Owned,
    input: &Input,
) -> Result<Markup, Error> {
    let shares = sharing::of(&app.store, item)?;
    let contributor = member.contributor();
    Ok(html! {
        section aria-labelledby="people" {
            h2 #people { (m.text("share-people")) }
            @if contributor.is_some() { p.hint { (m.text("share-people-hint")) } }
            @if !shares.is_empty() {
                (shared_with(app, m, &shares, contributor.is_some())?)
            }
            @if let Some(contributor) = contributor {
                (others(app, m, contributor, item, &shares, input)?)
            } @else if shares.is_empty() {
                p { (m.text("share-people-elsewhere")) }
            }
        }
    })
}

fn shared_with(
    app: &App,
    m: Messages,
    shares: &[(UserId, Share)],
    staff: bool,
) -> Result<Markup, Error> {
    let mut rows = Vec::new();
    for (user, share) in shares {
        let name = app.store.get::<Users>(user)?.and_then(|user| user.name);
        let name = name.unwrap_or_else(|| m.text("person-unnamed").into_owned());
        let may = match share.role {
            ShareRole::Viewer => m.text("share-may-see"),
            ShareRole::Editor => m.text("share-may-change"),
        };
        rows.push(vec![
            html! { (name) },
            html! { (may) },
            html! {
                div.button-row {
                    @if staff { (other_role(m, *user, &name, share.role)) }
                    (one_press(m, "unshare", *user, &name, &Press {
                        label: "share-stop",
                        ..Press::default()
                    }))
                }
            },
        ]);
    }
    Ok(table(&Table {
        caption: &m.text("share-with"),
        columns: &[
            &m.text("share-column-person"),
            &m.text("share-column-may"),
            &m.text("share-column-change"),
        ],
        rows: &rows,
        empty: "",
    }))
}

fn other_role(m: Messages, user: UserId, name: &str, role: ShareRole) -> Markup {
    let press = match role {
        ShareRole::Viewer => GIVES_CHANGING,
        ShareRole::Editor => Press {
            label: "share-only-see",
            ..GIVES_SEEING
        },
    };
    one_press(m, "share", user, name, &press)
}

/// A form of one button, about one person.
#[derive(Debug, Clone, Copy, Default)]
struct Press {
    label: &'static str,
    role: Option<&'static str>,
}

const GIVES_SEEING: Press = Press {
    label: "share-see",
    role: Some("viewer"),
};
const GIVES_CHANGING: Press = Press {
    label: "share-change",
    role: Some("editor"),
};

/// The button's name says whom it is about, for those who hear it alone.
fn one_press(m: Messages, action: &str, user: UserId, name: &str, press: &Press) -> Markup {
    let user = user.to_string();
    let mut hidden = vec![("user", user.as_str())];
    hidden.extend(press.role.map(|role| ("role", role)));
    let place = forms::Form {
        action,
        hidden: &hidden,
        inline: true,
        ..forms::Form::default()
    };
    let press = html! {
        button.button.quiet type="submit" {
            span { (m.text(press.label)) span.unseen { ": " (name) } }
        }
    };
    form(&place, &press)
}

fn others(
    app: &App,
    m: Messages,
    contributor: Contributor<'_>,
    item: &Owned,
    shares: &[(UserId, Share)],
    input: &Input,
) -> Result<Markup, Error> {
    let query = input.query();
    let wanted = query.get("name").unwrap_or_default();
    let from = query
        .get("from")
        .and_then(|from| from.parse().ok())
        .unwrap_or(0);
    let mut have: HashSet<UserId> = shares.iter().map(|(user, _)| *user).collect();
    have.insert(item.opened().item().owner);
    let mut known = roster::find(&app.store, contributor, wanted)?;
    known.retain(|known| !have.contains(&known.user));
    let page: Vec<_> = known.iter().skip(from).take(PAGE).collect();
    let next = from.saturating_add(PAGE);
    let more = (next < known.len()).then(|| address(wanted, next));
    let searched = !wanted.is_empty() || known.len() > PAGE;
    Ok(html! {
        @if known.is_empty() && wanted.is_empty() {
            p { (m.text("share-nobody-else")) }
        } @else {
            @if searched { (search(m, wanted)) }
            (candidates(m, &page))
            (pager(m, more.as_deref()))
        }
    })
}

fn address(wanted: &str, from: usize) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("name", wanted)
        .append_pair("from", &from.to_string())
        .finish();
    format!("share?{query}#people")
}

fn search(m: Messages, wanted: &str) -> Markup {
    let place = forms::Form {
        action: "share#people",
        sending: Sending::Get,
        ..forms::Form::default()
    };
    let fields = html! {
        div.search-row {
            (text_field(m, &Field {
                name: "name",
                label: &m.text("share-find"),
                ..Field::default()
            }, &Text {
                kind: TextKind::Search,
                value: wanted,
                autocomplete: Some("off"),
                ..Text::default()
            }))
            (button(&Button {
                label: &m.text("share-find-press"),
                style: Style::Secondary,
                ..Button::default()
            }))
        }
    };
    form(&place, &fields)
}

fn candidates(m: Messages, people: &[&Known]) -> Markup {
    let rows: Vec<_> = people
        .iter()
        .map(|known| {
            vec![
                html! { (known.name) },
                html! { (role(known.role).name(m)) },
                html! {
                    div.button-row {
                        (one_press(m, "share", known.user, &known.name, &GIVES_SEEING))
                        (one_press(m, "share", known.user, &known.name, &GIVES_CHANGING))
                    }
                },
            ]
        })
        .collect();
    table(&Table {
        caption: &m.text("share-course-people"),
        columns: &[
            &m.text("share-column-person"),
            &m.text("share-column-role"),
            &m.text("share-column-give"),
        ],
        rows: &rows,
        empty: &m.text("share-nobody-found"),
    })
}
