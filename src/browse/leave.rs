//! Going on in a tab of its own, and leaving.

use maud::html;

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Page};
use crate::people::{Member, sessions, tickets};
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;

/// `POST /s/{token}/tab`: offers the session once more in a tab of its own, for a minute.
pub async fn tab(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let ticket = tickets::issue_for_tab(&app.store, &app.world, member).await?;
    let place = Form {
        action: &format!("{}/lti/window", app.public().base_path()),
        hidden: &[("ticket", &ticket)],
        target: Some("_blank"),
        ..Form::default()
    };
    let press = Button {
        label: &m.text("browse-tab-open"),
        style: Style::Primary,
        icon: Some(Icon::Elsewhere),
        ..Button::default()
    };
    let content = html! {
        p.lead { (m.text("browse-tab-text")) }
        (form(&place, &button(&press)))
        p { a href="library" { (m.text("browse-back")) } }
    };
    Ok(around.page(&m.text("browse-tab"), Here::Elsewhere, None, &content))
}

/// `POST /s/{token}/sign-out`: ends the session and, in the same browser, the person's others.
pub async fn sign_out(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    sessions::sign_out(&app.store, member).await?;
    let content = html! { p.lead { (m.text("signed-out-text")) } };
    Ok(around.last_page(&m.text("signed-out"), &content))
}
