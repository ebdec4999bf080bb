//! Media that are nobody's, and giving them to somebody.

use http::StatusCode;
use maud::{Markup, html};

use super::one::number;
use super::{Known, choice, path, search_page};
use crate::admin::Error;
use crate::admin::pages::FORM_LIMIT;
use crate::admin::sign_in::{Administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::people::finding;
use crate::store::ids::ConnectionId;
use crate::ui::Messages;
use crate::ui::buttons::{Button, button};
use crate::ui::forms::{Field, Form, Text, form, text_field};
use crate::ui::notices::{Tone, notice};

/// Whom nobody knows, and of which LMS.
#[derive(Debug)]
pub(super) struct Wrong {
    connection: Option<ConnectionId>,
    heir: String,
}

/// The section; nothing where everything is somebody's, but what was just given.
pub(super) fn section(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    all: &[Known],
    (given, wrong): (Option<&str>, Option<&Wrong>),
) -> Result<Markup, Error> {
    let left = app.privacy.nobodys()?;
    let given = given.and_then(|text| text.parse::<usize>().ok());
    Ok(html! {
        @if let Some(given) = given {
            (notice(
                m,
                if given == 0 { Tone::Warning } else { Tone::Success },
                &m.with("nobodys-given", &[("number", given.into())]),
                None,
            ))
        }
        @if left.number > 0 {
            section aria-labelledby="nobodys" {
                h2 #nobodys { (m.text("nobodys-title")) }
                p { (m.with("nobodys-text", &[("number", number(m, left).into())])) }
                (give(app, m, administrator, all, wrong))
            }
        }
    })
}

fn give(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    all: &[Known],
    wrong: Option<&Wrong>,
) -> Markup {
    let mistake = m.text("nobodys-wrong");
    let connection = wrong.and_then(|wrong| wrong.connection);
    let fields = html! {
        (choice(m, "heir-connection", all, connection))
        (text_field(m, &Field {
            name: "heir",
            label: &m.text("erase-heir"),
            hint: Some(&m.text("erase-heir-hint")),
            error: wrong.map(|_| mistake.as_ref()),
            required: true,
            ..Field::default()
        }, &Text {
            value: wrong.map_or("", |wrong| &wrong.heir),
            autocomplete: Some("off"),
            max_length: Some(300),
            ..Text::default()
        }))
        (button(&Button {
            label: &m.text("nobodys-give"),
            ..Button::default()
        }))
    };
    form(
        &Form {
            action: &path(app, "people"),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        },
        &fields,
    )
}

/// `POST /admin/people` with `connection` and `heir`: what is nobody's and came from this connection
/// is theirs from now on.
pub async fn adopt(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let all = super::known_connections(app)?;
    let (connection, heir) = asked(&fields, &all);
    let found = match connection {
        Some(connection) => finding::by_subject(&app.store, connection, &heir)?,
        None => None,
    };
    let Some(found) = found else {
        let wrong = Wrong { connection, heir };
        let page = search_page(app, input, &administrator, Some(&wrong))?;
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    let given = app.privacy.adopt(found, administrator.name()).await?;
    Ok(Page::see_other(&path(
        app,
        &format!("people?given={given}"),
    )))
}

fn asked(fields: &Fields, all: &[Known]) -> (Option<ConnectionId>, String) {
    let connection = fields.get("connection").and_then(|text| text.parse().ok());
    let connection = connection.or_else(|| Some(all.first()?.0));
    let heir = fields.get("heir").unwrap_or_default().trim();
    (connection, heir.to_owned())
}
