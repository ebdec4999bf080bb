//! Files that may tell others where they were recorded: what the owner reads and decides, and what
//! others read meanwhile.

use maud::{Markup, html};

use super::{Error, FORM_LIMIT};
use crate::app::{App, Input, Page};
use crate::library::{Opened, location, owned};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Location;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, notice};

/// `POST /s/{token}/media/{item}/location` with `do` (`allow`, `withhold` or `check`) and, as the page
/// had it, how often the file was `replaced`: what is decided of one file is not of another.
pub async fn decide(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let item = owned(&app.store, member, id)?;
    let seen = fields.get("replaced").ok_or(Error::BadRequest)?;
    let back = format!("../{id}");
    if seen != item.opened().item().replaced.to_string() {
        return Ok(Page::see_other(&back));
    }
    let (store, world) = (&app.store, &app.world);
    match fields.get("do") {
        Some("allow") => location::allow(store, world, &item).await?,
        Some("withhold") => location::withhold(store, world, &item).await?,
        Some("check") => {
            app.uploads.examine_again(&item).await?;
            return Ok(Page::see_other(&format!("{back}?checked")));
        }
        _ => return Err(Error::BadRequest),
    }
    Ok(Page::see_other(&back))
}

/// What the owner of an item reads of it: nothing, where there is nothing to decide. `checked` says
/// that it was examined again just now.
pub(super) fn told(m: Messages, member: &Member, opened: &Opened, checked: bool) -> Markup {
    let item = opened.item();
    if item.owner != member.session().user {
        return html! {};
    }
    match item.location {
        Location::Untold if checked => notice(m, Tone::Success, &m.text("location-untold"), None),
        Location::Untold => html! {},
        Location::Unknown => {
            let text = if checked {
                "location-still-unknown"
            } else {
                "location-unknown-text"
            };
            let body = html! {
                p { (m.text(text)) }
                div.button-row {
                    (press(m, opened, "allow", "location-allow", Style::Primary))
                    (press(m, opened, "check", "location-check", Style::Secondary))
                }
            };
            notice(m, Tone::Warning, &m.text("location-unknown"), Some(&body))
        }
        Location::Allowed => {
            let text = if checked {
                "location-still-allowed"
            } else {
                "location-allowed-text"
            };
            let body = html! {
                p { (m.text(text)) }
                div.button-row {
                    (press(m, opened, "withhold", "location-withhold", Style::Secondary))
                    (press(m, opened, "check", "location-check", Style::Secondary))
                }
            };
            notice(m, Tone::Info, &m.text("location-allowed"), Some(&body))
        }
    }
}

fn press(m: Messages, opened: &Opened, act: &str, label: &str, style: Style) -> Markup {
    let replaced = opened.item().replaced.to_string();
    let place = Form {
        action: &format!("{}/location", opened.id()),
        inline: true,
        hidden: &[("do", act), ("replaced", &replaced)],
        ..Form::default()
    };
    let press = Button {
        label: &m.text(label),
        style,
        ..Button::default()
    };
    form(&place, &button(&press))
}

/// What stands in place of the media for those who do not receive it.
pub(super) fn not_yet(m: Messages) -> Markup {
    let (sentence, next) = m.problem("file-unchecked");
    notice(m, Tone::Info, &sentence, Some(&html! { p { (next) } }))
}
