//! Changing an item: title and visibility, and deleting it. Its owner's alone.

use std::borrow::Cow;

use http::StatusCode;
use maud::{Markup, html};

use super::around::{named_visibility, visibility};
use super::watch::page_of;
use super::{Error, FORM_LIMIT};
use crate::app::{App, Input, Page};
use crate::library::items::{Rules, Words};
use crate::library::words::{BadTitle, TITLE_MAX};
use crate::library::{self, Owned, Title, items, owned};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Choice, Field, Form, Text, form, radio_group, text_field};
use crate::ui::tables::disclosure;

/// A form that comes back: what was typed, and what is wrong with it.
pub(super) struct Mistakes<'a> {
    title: &'a str,
    visibility: Option<&'a str>,
    wrong: Wrong,
}

/// What is wrong with a form.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Title(BadTitle),
    Visibility,
}

impl Wrong {
    const fn status(self) -> StatusCode {
        match self {
            Self::Title(_) => StatusCode::BAD_REQUEST,
            Self::Visibility => StatusCode::FORBIDDEN,
        }
    }

    fn beside_title(self, m: Messages) -> Option<Cow<'static, str>> {
        let Self::Title(bad) = self else { return None };
        Some(match bad {
            BadTitle::Empty => m.text("title-empty"),
            BadTitle::TooLong => m
                .with("title-too-long", &[("most", TITLE_MAX.into())])
                .into(),
            BadTitle::ControlCharacter => m.text("title-control-character"),
        })
    }

    fn beside_visibility(self, m: Messages) -> Option<Cow<'static, str>> {
        matches!(self, Self::Visibility).then(|| m.text("visibility-not-here"))
    }
}

/// `POST /s/{token}/media/{item}` with `title`, and `visibility` where it is to change.
pub async fn change(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let item = owned(&app.store, member, id)?;
    let typed = fields.get("title").ok_or(Error::BadRequest)?;
    let chosen = fields.get("visibility");
    let visibility = chosen.map(named_visibility).transpose()?;
    let wrong = match save(app, &item, typed, visibility).await {
        Ok(()) => return Ok(Page::see_other("?saved")),
        Err(library::Error::Title(bad)) => Wrong::Title(bad),
        Err(library::Error::VisibilityRefused) => Wrong::Visibility,
        Err(error) => return Err(error.into()),
    };
    let mistakes = Mistakes {
        title: typed,
        visibility: chosen,
        wrong,
    };
    let page = page_of(app, member, id, false, Some(&mistakes))?;
    Ok(page.status(wrong.status()))
}

async fn save(
    app: &App,
    item: &Owned,
    title: &str,
    visibility: Option<Visibility>,
) -> Result<(), library::Error> {
    let words = Words {
        title: Some(Title::parse(title)?),
        ..Words::default()
    };
    let rules = Rules {
        visibility,
        ..Rules::default()
    };
    items::update(
        &app.store,
        &app.world,
        app.publishing(),
        item,
        &words,
        rules,
    )
    .await
}

/// `POST /s/{token}/media/{item}/delete`: into the trash.
pub async fn delete(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = owned(&app.store, member, id)?;
    items::trash(&app.store, &app.world, &item).await?;
    Ok(Page::see_other("../../library?view=mine&deleted"))
}

/// The forms for the owner; nothing for others.
pub(super) fn owners_part(
    app: &App,
    m: Messages,
    member: &Member,
    id: ItemId,
    mistakes: Option<&Mistakes<'_>>,
) -> Result<Markup, Error> {
    let item = match owned(&app.store, member, id) {
        Ok(item) => item,
        Err(library::Error::NotYours) => return Ok(html! {}),
        Err(error) => return Err(error.into()),
    };
    let action = id.to_string();
    let edit = Form {
        action: &action,
        ..Form::default()
    };
    Ok(html! {
        section aria-labelledby="edit" {
            h2 #edit { (m.text("item-edit")) }
            (form(&edit, &edit_fields(app, m, &item, mistakes)))
        }
        (disclosure(&m.text("item-delete"), &delete_form(m, &action)))
    })
}

fn edit_fields(app: &App, m: Messages, item: &Owned, mistakes: Option<&Mistakes<'_>>) -> Markup {
    let row = item.opened().item();
    let title_error = mistakes.and_then(|mistakes| mistakes.wrong.beside_title(m));
    html! {
        (text_field(m, &Field {
            name: "title",
            label: &m.text("item-title"),
            error: title_error.as_deref(),
            required: true,
            ..Field::default()
        }, &Text {
            value: mistakes.map_or(row.title.as_str(), |mistakes| mistakes.title),
            autocomplete: Some("off"),
            ..Text::default()
        }))
        (visibility_field(app, m, item, mistakes))
        (button(&Button {
            label: &m.text("item-save"),
            style: Style::Primary,
            ..Button::default()
        }))
    }
}

/// Offered only where there is a choice.
fn visibility_field(
    app: &App,
    m: Messages,
    item: &Owned,
    mistakes: Option<&Mistakes<'_>>,
) -> Markup {
    let now = item.opened().item().visibility;
    let offered = items::may_become(item, app.publishing());
    if offered.len() < 2 {
        return html! {};
    }
    let words: Vec<_> = offered
        .into_iter()
        .map(|offered| {
            let offered = visibility(offered);
            (offered.value(), offered.name(m), offered.hint(m))
        })
        .collect();
    let choices: Vec<_> = words
        .iter()
        .map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(hint),
        })
        .collect();
    let error = mistakes.and_then(|mistakes| mistakes.wrong.beside_visibility(m));
    let chosen = mistakes.and_then(|mistakes| mistakes.visibility);
    radio_group(
        m,
        &Field {
            name: "visibility",
            label: &m.text("item-visibility"),
            error: error.as_deref(),
            required: true,
            ..Field::default()
        },
        &choices,
        chosen.unwrap_or_else(|| visibility(now).value()),
    )
}

fn delete_form(m: Messages, item: &str) -> Markup {
    let place = Form {
        action: &format!("{item}/delete"),
        ..Form::default()
    };
    let press = Button {
        label: &m.text("item-delete-really"),
        style: Style::Danger,
        ..Button::default()
    };
    html! {
        p { (m.text("item-delete-text")) }
        (form(&place, &button(&press)))
    }
}
