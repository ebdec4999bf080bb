//! Making a collection.

use http::StatusCode;
use maud::html;

use crate::app::{App, Input, Page};
use crate::browse::around::{Around, Here};
use crate::browse::{Error, FORM_LIMIT};
use crate::library::words::{BadTitle, TITLE_MAX};
use crate::library::{Description, Title, collections};
use crate::people::Member;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Field, Form, Text, form, text_field};

/// `GET /s/{token}/collections/new`
pub fn new(app: &App, member: &Member) -> Result<Page, Error> {
    page_of(app, member, "", None)
}

fn page_of(app: &App, member: &Member, title: &str, bad: Option<BadTitle>) -> Result<Page, Error> {
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let error = bad.map(|bad| match bad {
        BadTitle::Empty => m.text("title-empty").into_owned(),
        BadTitle::TooLong => m.with("title-too-long", &[("most", TITLE_MAX.into())]),
        BadTitle::ControlCharacter => m.text("title-control-character").into_owned(),
    });
    let content = html! {
        p.lead { (m.text("collection-new-lead")) }
        (form(&Form { action: "new", ..Form::default() }, &html! {
            (text_field(m, &Field {
                name: "title",
                label: &m.text("item-title"),
                error: error.as_deref(),
                required: true,
                ..Field::default()
            }, &Text { value: title, autocomplete: Some("off"), ..Text::default() }))
            (button(&Button {
                label: &m.text("collection-make"),
                style: Style::Primary,
                ..Button::default()
            }))
        }))
    };
    let page = around.page(&m.text("collection-new"), Here::Upload, None, &content);
    Ok(match bad {
        Some(_) => page.status(StatusCode::BAD_REQUEST),
        None => page,
    })
}

/// `POST /s/{token}/collections/new` with `title`.
pub async fn make(app: &App, member: &Member, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let typed = fields.get("title").unwrap_or_default();
    let title = match Title::parse(typed) {
        Ok(title) => title,
        Err(bad) => return page_of(app, member, typed, Some(bad)),
    };
    let (store, world) = (&app.store, &app.world);
    let made = collections::create(store, world, member, title, Description::default());
    let id = made.await?;
    Ok(Page::see_other(&format!("../media/{id}/contents")))
}
