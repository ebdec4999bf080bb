//! Items outside a launch: public ones, and unlisted ones for whoever has a link.
//!
//! Nothing here sets a cookie, takes a form or knows who is looking. What does not open is the same
//! whether it is there or not.

use http::HeaderName;
use maud::{Markup, html};

use super::player::{Reader, Shown, captions, with_viewer};
use super::watch::{Media, media as media_of};
use super::{Error, about, oembed};
use crate::app::{App, CROSS_ORIGIN_RESOURCE_POLICY, Framing, Input, Page};
use crate::library::{self, Opened, Viewer};
use crate::store::ids::ItemId;
use crate::store::rows::library::{Item, Visibility};
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, bare_page, page};

/// Tells search engines to leave a page out.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
/// The greatest length of the description that other sites are told, in characters.
const SUMMARY: usize = 200;

/// The path of an item's page outside a launch, `media` or `embed`, below the public address.
pub(super) fn address(page: &str, id: ItemId, key: Option<&str>) -> String {
    with_key(format!("/{page}/{id}"), key)
}

/// The path of a rendition of an item outside a launch, below the public address.
pub(super) fn file(id: ItemId, rendition: &str, key: Option<&str>) -> String {
    with_key(format!("/files/{id}/{rendition}"), key)
}

/// Keys are of letters that mean themselves in an address (base64url).
fn with_key(path: String, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("{path}?k={key}"),
        None => path,
    }
}

/// The width of the picture that stands for an item: the smallest that is large enough, else the
/// widest.
pub(super) fn thumbnail(item: &Item) -> Option<u32> {
    const ENOUGH: u32 = 320;
    let enough = item.pictures.iter().filter(|width| **width >= ENOUGH).min();
    enough.or(item.pictures.iter().max()).copied()
}

/// An item that opens without a launch.
pub(super) struct Outside {
    /// The item.
    pub(super) opened: Opened,
    /// The key that opened it, where it took one.
    pub(super) key: Option<String>,
}

impl Outside {
    /// Opens an item for anybody, perhaps with a link's key, or answers
    /// [`Error::NotOpenOutside`].
    pub(super) fn open(app: &App, id: &str, key: Option<&str>) -> Result<Self, Error> {
        let id = id.parse().map_err(|_| Error::NotOpenOutside)?;
        let viewer = Viewer::outside(key, app.publishing());
        let opened = match library::open(&app.store, &viewer, id) {
            Ok(opened) => opened,
            Err(library::Error::NotFound) => return Err(Error::NotOpenOutside),
            Err(error) => return Err(error.into()),
        };
        let unlisted = opened.item().visibility == Visibility::Unlisted;
        let key = key.filter(|_| unlisted).map(str::to_owned);
        Ok(Self { opened, key })
    }

    /// The item.
    pub(super) const fn item(&self) -> &Item {
        self.opened.item()
    }

    /// The whole address of one of its pages.
    pub(super) fn page(&self, app: &App, page: &str) -> String {
        let path = address(page, self.opened.id(), self.key.as_deref());
        app.public().join(&path)
    }

    /// The whole address of a picture of it.
    pub(super) fn picture(&self, app: &App, width: u32) -> String {
        let rendition = format!("picture-{width}");
        let path = file(self.opened.id(), &rendition, self.key.as_deref());
        app.public().join(&path)
    }

    fn media(&self, app: &App, m: Messages) -> Result<Markup, Error> {
        let readable = match media_of(app, &self.opened)? {
            Media::Here(readable) => readable,
            absent => return Ok(absent.instead(m)),
        };
        let base = app.public().base_path();
        let address = |rendition: &str| {
            let path = file(self.opened.id(), rendition, self.key.as_deref());
            format!("{base}{path}")
        };
        let original = address("original");
        let more = if self.key.is_some() { '&' } else { '?' };
        let shown = Shown {
            base,
            opened: &self.opened,
            placed: None,
            own: None,
            file: readable.file(),
            captions: &captions(app, &self.opened)?,
            reader: Reader::default(),
            pass: None,
            address: &address,
            keep: format!("{original}{more}download"),
            up: "",
        };
        Ok(shown.markup(m))
    }

    /// What other sites are told that show a card for the page's address (Open Graph), and where
    /// they learn how to show the item itself (oEmbed, section 4).
    fn told(&self, app: &App) -> Markup {
        let item = self.item();
        let address = self.page(app, "media");
        let summary: String = item.description.chars().take(SUMMARY).collect();
        html! {
            link
                rel="alternate"
                type="application/json+oembed"
                title=(item.title)
                href=(oembed::address(app, &address));
            @if self.key.is_none() { link rel="canonical" href=(address); }
            meta property="og:type" content="website";
            meta property="og:title" content=(item.title);
            meta property="og:url" content=(address);
            @if !summary.is_empty() {
                meta property="og:description" content=(summary);
                meta name="description" content=(summary);
            }
            @if let Some(width) = item.pictures.iter().max() {
                meta property="og:image" content=(self.picture(app, *width));
            }
        }
    }
}

/// `GET /media/{item}?k=…`: a page of its own, framed by nobody.
pub fn media(app: &App, input: &Input, id: &str) -> Result<Page, Error> {
    let outside = Outside::open(app, id, input.query().get("k"))?;
    let m = Messages::default();
    let item = outside.item();
    let found = media_of(app, &outside.opened)?;
    let facts = about::common(m, item, found.readable());
    let content = html! {
        (outside.media(app, m)?)
        div.about {
            div.about-words { (about::words(m, item, None)) }
            (about::shown(&facts))
        }
    };
    let told = outside.told(app);
    let frame = Frame {
        title: &item.title,
        about: Some(&told),
        ..frame(app, m)
    };
    let page = with_viewer(Page::html(page(&frame, &content)), item.kind);
    Ok(listed(&outside, page))
}

/// `GET /embed/{item}?k=…`: the title and the player, for anybody's page.
pub fn embed(app: &App, input: &Input, id: &str) -> Result<Page, Error> {
    let outside = Outside::open(app, id, input.query().get("k"))?;
    let m = Messages::default();
    let frame = Frame {
        title: &outside.item().title,
        ..frame(app, m)
    };
    let mut page = Page::html(bare_page(&frame, &outside.media(app, m)?))
        .with(ROBOTS, "noindex")
        .with(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin");
    page.framing = Framing::Anyone;
    Ok(with_viewer(page, outside.item().kind))
}

fn frame(app: &App, messages: Messages) -> Frame<'_> {
    Frame {
        base: app.public().base_path(),
        messages,
        area: Area::Public,
        ..Frame::default()
    }
}

/// What has a key in its address is for those who were given it.
fn listed(outside: &Outside, page: Page) -> Page {
    if outside.key.is_some() {
        page.with(ROBOTS, "noindex")
    } else {
        page
    }
}
