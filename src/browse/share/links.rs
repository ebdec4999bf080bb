//! Addresses of an item that need no launch: links to an unlisted one, and a public one's own.

use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::browse::embedding::Embedding;
use crate::browse::outside::address;
use crate::browse::{Error, FORM_LIMIT};
use crate::library::links::{self, Link, MOST};
use crate::library::{self, Owned, owned};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::icons::Icon;
use crate::ui::tables::disclosure;

/// `POST /s/{token}/media/{item}/link`: makes a link.
pub async fn link(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = owned(&app.store, member, id)?;
    if item.opened().item().visibility != Visibility::Unlisted || !app.publishing().unlisted {
        return Err(Error::NotUnlisted);
    }
    links::make(&app.store, &app.world, app.keys.seal(), &item).await?;
    Ok(Page::see_other("share?linked#links"))
}

/// `POST /s/{token}/media/{item}/unlink` with `key`: takes that link back.
pub async fn unlink(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let key = fields.get("key").ok_or(Error::BadRequest)?;
    let item = owned(&app.store, member, id)?;
    let known = links::of(&app.store, app.keys.seal(), &item)?;
    let link = known.iter().find(|link| link.key == key);
    let link = link.ok_or(library::Error::NotFound)?;
    links::revoke(&app.store, &app.world, &item, link.hash).await?;
    Ok(Page::see_other("share?unlinked#links"))
}

pub(super) fn section(app: &App, m: Messages, item: &Owned) -> Result<Markup, Error> {
    let opened = item.opened();
    let publishing = app.publishing();
    let visibility = opened.item().visibility;
    let mut known = links::of(&app.store, app.keys.seal(), item)?;
    known.sort_by_key(|link| (link.created, link.hash));
    let content = match visibility {
        Visibility::Public if publishing.public => open_to_all(app, m, item),
        Visibility::Unlisted if publishing.unlisted => html! {
            p { (m.text("links-text")) }
            (each(app, m, item, &known))
            (make(m, known.len()))
        },
        Visibility::Public | Visibility::Unlisted => html! { p { (m.text("links-forbidden")) } },
        _ => html! {
            p { (m.text("links-how")) }
            // They open nothing now, and would again.
            (each(app, m, item, &known))
        },
    };
    Ok(html! {
        section aria-labelledby="links" {
            h2 #links { (m.text("links")) }
            (content)
        }
    })
}

fn open_to_all(app: &App, m: Messages, item: &Owned) -> Markup {
    let page = app
        .public()
        .join(&address("media", item.opened().id(), None));
    html! {
        (copy_field(m, "public-address", &m.text("links-public"), &page))
        (embed_code(app, m, item, None))
    }
}

fn each(app: &App, m: Messages, item: &Owned, known: &[Link]) -> Markup {
    html! {
        @if let [first, ..] = known {
            ul.links role="list" {
                @for (index, link) in known.iter().enumerate() {
                    li { (one(app, m, item.opened().id(), index + 1, link)) }
                }
            }
            (embed_code(app, m, item, Some(&first.key)))
        }
    }
}

fn one(app: &App, m: Messages, item: ItemId, number: usize, link: &Link) -> Markup {
    let label = m.with("link-number", &[("number", number.into())]);
    let page = app.public().join(&address("media", item, Some(&link.key)));
    let back = Form {
        action: "unlink",
        hidden: &[("key", &link.key)],
        inline: true,
        ..Form::default()
    };
    let press = html! {
        button.button.quiet type="submit" {
            span { (m.text("link-back")) span.unseen { ": " (label) } }
        }
    };
    html! {
        (copy_field(m, &format!("link-{number}"), &label, &page))
        div.link-foot {
            p.hint { (m.text("link-made")) " " (moment(link.created)) }
            (form(&back, &press))
        }
    }
}

fn make(m: Messages, known: usize) -> Markup {
    let place = Form {
        action: "link",
        ..Form::default()
    };
    let press = Button {
        label: &m.text("link-make"),
        style: Style::Secondary,
        icon: Some(Icon::Link),
        ..Button::default()
    };
    html! {
        @if known < MOST {
            (form(&place, &button(&press)))
        } @else {
            p.hint { (m.with("links-full", &[("most", MOST.into())])) }
        }
    }
}

fn embed_code(app: &App, m: Messages, item: &Owned, key: Option<&str>) -> Markup {
    let code = Embedding::usual(app, item.opened(), key).code();
    let body = html! {
        p { (m.text("links-embed-text")) }
        (copy_field(m, "embed-code", &m.text("links-embed-code"), &code))
    };
    disclosure(&m.text("links-embed"), &body)
}
