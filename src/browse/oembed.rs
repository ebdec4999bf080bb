//! `/oembed`: how other sites show an item's page inside theirs (oEmbed 1.0, oembed.com).

use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use serde_json::{Value, json};
use url::Url;

use super::Error;
use super::embedding::{Embedding, Size, shape};
use super::outside::{Outside, thumbnail};
use crate::app::{App, CROSS_ORIGIN_RESOURCE_POLICY, Form, Input, Page};
use crate::store::rows::library::Kind;
use crate::ui::Messages;

/// The whole address under which an address is described.
pub(super) fn address(app: &App, of: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("url", of)
        .append_pair("format", "json")
        .finish();
    app.public().join(&format!("/oembed?{query}"))
}

/// `GET /oembed?url=…&format=json&maxwidth=…&maxheight=…`, for our own `/media/{item}` addresses.
pub fn oembed(app: &App, input: &Input) -> Result<Page, Error> {
    let query = input.query();
    let format = query.get("format").unwrap_or("json");
    if format != "json" {
        return Err(Error::OnlyJson);
    }
    let url = query.get("url").ok_or(Error::BadRequest)?;
    let (id, key) = named(app, url).ok_or(Error::NotOpenOutside)?;
    let outside = Outside::open(app, &id, key.as_deref())?;
    let most = Size {
        width: at_most(&query, "maxwidth", Size::USUAL.width),
        height: at_most(&query, "maxheight", Size::USUAL.height),
    };
    let page = Page::json(&described(app, &outside, most));
    // For scripts of any site: it says nothing that its asker did not bring along or may see.
    Ok(page
        .with(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
}

/// A limit in pixels; one that is no number is none.
fn at_most(query: &Form, name: &str, usual: u32) -> u32 {
    let asked = query.get(name).and_then(|text| text.parse().ok());
    asked.filter(|most| *most > 0).unwrap_or(usual)
}

/// The item and the key that an address of a page of ours names.
fn named(app: &App, url: &str) -> Option<(String, Option<String>)> {
    let url: Url = url.parse().ok()?;
    if url.origin().ascii_serialization() != app.public().origin().as_str() {
        return None;
    }
    let below = url.path().strip_prefix(app.public().base_path())?;
    let id = below.strip_prefix("/media/")?.to_owned();
    let key = url.query_pairs().find(|(name, _)| name == "k");
    Some((id, key.map(|(_, key)| key.into_owned())))
}

/// The answer (section 2.3.4).
fn described(app: &App, outside: &Outside, most: Size) -> Value {
    let (item, key) = (outside.item(), outside.key.as_deref());
    let embedding = Embedding::within(app, outside.opened.id(), item, key, most);
    let kind = match item.kind {
        Kind::Video => "video",
        Kind::Audio | Kind::Image | Kind::Pdf | Kind::Document | Kind::Tool | Kind::Collection => {
            "rich"
        }
    };
    let mut answer = json!({
        "version": "1.0",
        "type": kind,
        "title": item.title,
        "provider_name": Messages::default().text("brand"),
        "provider_url": app.public().join("/"),
        "html": embedding.code(),
        "width": embedding.size.width,
        "height": embedding.size.height,
    });
    // All three of them or none.
    if let (Some(wide), Some((width, height))) = (thumbnail(item), shape(item)) {
        let shown = wide.min(width);
        let tall = u64::from(shown) * u64::from(height) / u64::from(width);
        answer["thumbnail_url"] = outside.picture(app, wide).into();
        answer["thumbnail_width"] = shown.into();
        answer["thumbnail_height"] = tall.max(1).into();
    }
    answer
}
