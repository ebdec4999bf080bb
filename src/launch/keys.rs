//! The tool's public keys.

use maud::html;

use super::Error;
use crate::app::{App, Cache, Page};
use crate::lti::jwks;
use crate::lti::key::SigningKey;
use crate::ui::Messages;
use crate::ui::forms::copy_field;
use crate::ui::layout::{Area, Frame, page};
use crate::ui::notices::{Tone, notice};

/// How long platforms may keep the key set: a new key is announced that long before it signs.
const KEPT_SECONDS: u32 = 3600;

/// `GET /lti/jwks`: the key set (RFC 7517). Waits while the very first key is being made.
pub async fn jwks(app: &App) -> Result<Page, Error> {
    let keys = app.keys.tool().await?;
    let document = jwks::document(keys.iter().map(SigningKey::public));
    Ok(Page::json(&document).cache(Cache::Seconds(KEPT_SECONDS)))
}

/// `GET /lti/public-key`: the newest key as PEM, for platforms that want it pasted.
pub async fn public_key(app: &App) -> Result<Page, Error> {
    let m = Messages::default();
    let keys = app.keys.tool().await?;
    let pem = keys.first().and_then(|key| key.public().to_pem().ok());
    let content = html! {
        p.lead { (m.text("public-key-lead")) }
        @match &pem {
            Some(pem) => pre.key tabindex="0" aria-label=(m.text("public-key-title")) { code { (pem) } },
            None => (notice(m, Tone::Error, &m.text("public-key-none"), None)),
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
