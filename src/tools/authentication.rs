//! The authentication endpoint (1EdTech Security Framework 1.0, section 5.1.1.2 and 5.1.1.3):
//! whether a request is one that we asked for, and the page that posts the answer to the tool.

use maud::html;

use super::hints::{HintError, Offer, Returned};
use crate::app::{App, Page};
use crate::lti::oidc::Fields;
use crate::lti::origin::origin_of;
use crate::lti::platform::{Client, Request, RequestError};
use crate::store::Error as StoreError;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, page};

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not what a tool of ours asks.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Its hints name no launch that may begin now.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks a request of `client`; what it was offered is used up with it.
pub async fn check(app: &App, request: &Request, client: &Client<'_>) -> Result<Offer, Error> {
    request.check(client)?;
    let login = request.login_hint.as_deref().unwrap_or_default();
    let message = request.message_hint.as_deref().unwrap_or_default();
    let returned = Returned::open(app.keys.seal(), app.world.now(), login, message)?;
    let offer = &returned.offer;
    if offer.client_id != request.client_id || offer.redirect_uri != request.redirect_uri {
        return Err(HintError::OtherTool.into());
    }
    let offer = returned.take(&app.store).await?;
    Ok(offer.ok_or(HintError::Used)?)
}

/// The page that posts `fields` to a registered address by itself; it may be framed by our own
/// pages only.
pub fn answer(app: &App, redirect_uri: &str, fields: &Fields<'_>) -> Page {
    let m = Messages::default();
    let go_on = button(&Button {
        label: &m.text("platform-continue"),
        style: Style::Primary,
        ..Button::default()
    });
    let content = html! {
        p.lead { (m.text("platform-continue-text")) }
        (form(&Form {
            action: redirect_uri,
            hidden: fields,
            auto_submit: true,
            ..Form::default()
        }, &go_on))
    };
    let frame = Frame {
        title: &m.text("platform-continue-title"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        ..Frame::default()
    };
    let answer = Page::html(page(&frame, &content)).framed_by(Vec::new());
    match origin_of(redirect_uri) {
        Some(origin) => answer.posts_to(origin),
        None => answer,
    }
}
