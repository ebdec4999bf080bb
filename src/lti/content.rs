//! What a tool gives back from a selection: content items (Deep Linking 2.0, section 3; Content-Item
//! 1.0, section 3), the same for both versions of LTI.
//!
//! By LTI 1.3 they travel in a token ([`deep_linking`](super::deep_linking)), by LTI 1.1 in a signed
//! form ([`content_item`](super::content_item)).

pub(super) mod graph;
pub(super) mod items;

use std::collections::BTreeMap;

use url::Url;

use super::redact::debug_showing;
use crate::world::Time;

/// The most items that are read.
pub const MOST_ITEMS: usize = 500;

/// Names of item types in LTI 1.3.
pub mod kind {
    /// A link that launches the tool.
    pub const LAUNCH: &str = "ltiResourceLink";
    /// A web page.
    pub const LINK: &str = "link";
    /// A file for the platform to fetch.
    pub const FILE: &str = "file";
    /// A fragment of HTML.
    pub const HTML: &str = "html";
    /// A picture.
    pub const IMAGE: &str = "image";
}

/// The media type of a link that launches the tool, in LTI 1.1.
pub const LAUNCH_MEDIA_TYPE: &str = "application/vnd.ims.lti.v1.ltilink";

/// The answer to a selection.
#[derive(Clone, Default, PartialEq)]
pub struct Answer {
    /// What was picked; empty when the person cancelled.
    pub items: Vec<ContentItem>,
    /// To be shown to the person.
    pub message: Option<String>,
    /// To be logged.
    pub log: Option<String>,
    /// To be shown to the person: something went wrong.
    pub error: Option<String>,
    /// To be logged: what went wrong.
    pub error_log: Option<String>,
    /// What the request carried, exactly; `None` when it carried nothing.
    pub data: Option<String>,
}

debug_showing! {
    Answer { items, message, error }
}

/// One thing that was picked.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentItem {
    /// What it is.
    pub content: Content,
    /// Its title.
    pub title: Option<String>,
    /// A description in plain text.
    pub text: Option<String>,
    /// A small picture of its kind.
    pub icon: Option<Picture>,
    /// A small picture of itself.
    pub thumbnail: Option<Picture>,
    /// How it is shown in a frame.
    pub iframe: Option<Iframe>,
    /// How it is shown in a window of its own.
    pub window: Option<Window>,
}

impl ContentItem {
    /// An item of which nothing but the content is told.
    pub const fn new(content: Content) -> Self {
        Self {
            content,
            title: None,
            text: None,
            icon: None,
            thumbnail: None,
            iframe: None,
            window: None,
        }
    }
}

/// What a content item is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A link that launches the tool.
    Launch(LaunchLink),
    /// A web page.
    Link {
        /// Its address.
        url: Url,
        /// HTML that shows it in place.
        embed: Option<String>,
    },
    /// A file for the platform to fetch.
    File {
        /// Its address, which may be short-lived.
        url: Url,
        /// Its media type; told in LTI 1.1 only.
        media_type: Option<String>,
        /// Until when the address is good.
        expires: Option<Time>,
    },
    /// A fragment of HTML.
    Html(String),
    /// A picture.
    Image {
        /// Its address.
        url: Url,
        /// Its media type; told in LTI 1.1 only.
        media_type: Option<String>,
        /// Its width in pixels.
        width: Option<u32>,
        /// Its height in pixels.
        height: Option<u32>,
    },
}

impl Content {
    /// The name of its type in LTI 1.3.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Launch(_) => kind::LAUNCH,
            Self::Link { .. } => kind::LINK,
            Self::File { .. } => kind::FILE,
            Self::Html(_) => kind::HTML,
            Self::Image { .. } => kind::IMAGE,
        }
    }
}

/// A link that launches the tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LaunchLink {
    /// Where it leads; without one, to the tool's own address.
    pub url: Option<Url>,
    /// Custom parameters of its launches.
    pub custom: BTreeMap<String, String>,
    /// The column of the gradebook that goes with it.
    pub line_item: Option<LineItem>,
    /// When it can be opened.
    pub available: Option<Period>,
    /// When it can be handed in.
    pub submission: Option<Period>,
}

/// A column of the gradebook.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// The best score that can be reached: greater than nought.
    pub maximum: f64,
    /// Its name.
    pub label: Option<String>,
    /// The tool's own name for what is graded.
    pub resource_id: Option<String>,
    /// What of it is graded.
    pub tag: Option<String>,
    /// Whether learners see their grades at once.
    pub released: Option<bool>,
}

/// A span of time, open where it has no end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// From when.
    pub start: Option<Time>,
    /// Until when.
    pub end: Option<Time>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its address.
    pub url: Url,
    /// Its width in pixels.
    pub width: Option<u32>,
    /// Its height in pixels.
    pub height: Option<u32>,
}

/// A frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Iframe {
    /// What it shows; for links only, since a launch has its own address.
    pub src: Option<Url>,
    /// Its width in pixels.
    pub width: Option<u32>,
    /// Its height in pixels.
    pub height: Option<u32>,
}

/// A window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// Its name: links with the same one share a window.
    pub name: Option<String>,
    /// Its width in pixels.
    pub width: Option<u32>,
    /// Its height in pixels.
    pub height: Option<u32>,
    /// Further features, as for `window.open`.
    pub features: Option<String>,
}
