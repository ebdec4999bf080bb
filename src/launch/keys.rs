//! The tool's public keys.

use maud::{Markup, html};

use super::Error;
use crate::app::{App, Cache, Page};
use crate::keys::{Signs, State};
use crate::lti::jwks;
use crate::lti::key::SigningKey;
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::forms::copy_field;
use crate::ui::layout::{Area, Frame, page};
use crate::ui::notices::{Tone, notice};

/// How long platforms may keep the key set: much shorter than a new key is announced.
const KEPT_SECONDS: u32 = 3600;

/// `GET /lti/jwks`: the key set (RFC 7517). Waits while the very first key is being made.
pub async fn jwks(app: &App) -> Result<Page, Error> {
    let keys = app.keys.tool().await?;
    let document = jwks::document(keys.iter().map(SigningKey::public));
    Ok(Page::json(&document).cache(Cache::Seconds(KEPT_SECONDS)))
}

/// `GET /lti/public-key`: the key that signs as PEM, for platforms that want it pasted; and the
/// next one, which they need from the moment on when it signs.
pub async fn public_key(app: &App) -> Result<Page, Error> {
    let m = Messages::default();
    // Waits while the very first key is being made.
    let keys = app.keys.tool().await?;
    let states = app.keys.list(Signs::Tool)?;
    let pem = |kid: &str| {
        let key = keys.iter().find(|key| key.kid() == kid)?;
        key.public().to_pem().ok()
    };
    let current = keys.first().and_then(|key| key.public().to_pem().ok());
    let next = states.iter().find_map(|key| match key.state {
        State::Waiting(from) => Some((from, pem(&key.kid)?)),
        State::Signing(_) | State::Former(_) => None,
    });
    let content = html! {
        p.lead { (m.text("public-key-lead")) }
        @if let Some((from, _)) = &next {
            (notice(m, Tone::Warning, &m.text("public-key-changes"), Some(&html! {
                p { (m.text("public-key-changes-text")) " " (moment(*from)) }
            })))
        }
        @match &current {
            Some(pem) => (text_of(&m.text("public-key-title"), pem)),
            None => (notice(m, Tone::Error, &m.text("public-key-none"), None)),
        }
        @if let Some((from, pem)) = &next {
            section aria-labelledby="next" {
                h2 #next { (m.text("public-key-next-title")) }
                p { (m.text("public-key-next")) " " (moment(*from)) }
                (text_of(&m.text("public-key-next-title"), pem))
            }
        }
        section aria-labelledby="instead" {
            h2 #instead { (m.text("public-key-set-title")) }
            p { (m.text("public-key-set")) }
            (copy_field(m, "jwks", &m.text("front-jwks-url"), &app.public().join("/lti/jwks")))
        }
    };
    let frame = Frame {
        title: &m.text("public-key-title"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Public,
        ..Frame::default()
    };
    Ok(Page::html(page(&frame, &content)))
}

fn text_of(label: &str, pem: &str) -> Markup {
    html! { pre.key tabindex="0" aria-label=(label) { code { (pem) } } }
}
