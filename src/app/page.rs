//! What a handler answers.

use std::borrow::Cow;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use maud::Markup;

/// Who may embed an answer (Fetch, section 3.7); answers that do not say are for our own pages only.
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Bytes as they come.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send + Sync>>;

/// The body of an answer.
pub enum Content {
    /// Nothing.
    Empty,
    /// A whole document.
    Html(String),
    /// Anything else that is known whole, with its media type.
    Whole(Cow<'static, str>, Bytes),
    /// Bytes of media, of which the handler sets all headers.
    Stream(ByteStream),
}

/// Who may frame a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Framing {
    /// Nobody.
    #[default]
    Nobody,
    /// These origins, and Lanterna itself.
    Origins(Vec<String>),
    /// Anyone: only for what offers nothing to be tricked into clicking, such as a player without
    /// a session, or a refusal that is to be read where the launch was to appear.
    Anyone,
}

/// What a page tells the next server of where the browser comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Referrer {
    /// Nothing.
    #[default]
    Nothing,
    /// Its origin: for pages that post to another party, which may want to know.
    Origin,
}

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cache {
    /// Not at all.
    #[default]
    Never,
    /// For good: the address changes with the content.
    Forever,
    /// For some seconds.
    Seconds(u32),
    /// The handler sets the header.
    Own,
}

/// An answer.
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub content: Content,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Who may frame it.
    pub framing: Framing,
    /// Other origins that its forms may post to, or be redirected to.
    pub form_origins: Vec<String>,
    /// Other origins that it may frame.
    pub frames: Vec<String>,
    /// Whether what it frames or posts to may lead on to any other site over https: external tools
    /// redirect to wherever they live.
    pub beyond: bool,
    /// Whether its scripts may run WebAssembly. Nothing ever runs text (`eval`).
    pub wasm: bool,
    /// What it tells the next server.
    pub referrer: Referrer,
    /// How long it may be kept.
    pub cache: Cache,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Page {
    /// An answer with this status and body.
    pub fn new(status: StatusCode, content: Content) -> Self {
        Self {
            status,
            content,
            headers: Vec::new(),
            framing: Framing::default(),
            form_origins: Vec::new(),
            frames: Vec::new(),
            beyond: false,
            wasm: false,
            referrer: Referrer::default(),
            cache: Cache::default(),
        }
    }

    /// A document.
    pub fn html(markup: Markup) -> Self {
        Self::new(StatusCode::OK, Content::Html(markup.into_string()))
    }

    /// JSON.
    pub fn json(value: &serde_json::Value) -> Self {
        let bytes = Bytes::from(value.to_string());
        Self::new(
            StatusCode::OK,
            Content::Whole("application/json".into(), bytes),
        )
    }

    /// Anything else, with its media type.
    pub fn whole(media_type: impl Into<Cow<'static, str>>, bytes: impl Into<Bytes>) -> Self {
        Self::new(
            StatusCode::OK,
            Content::Whole(media_type.into(), bytes.into()),
        )
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Content::Empty)
    }

    /// Sends the browser to another address, by GET (RFC 9110, section 15.4.4).
    pub fn see_other(location: &str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with(http::header::LOCATION, location)
    }

    /// With this status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With one more header. A value that no header can carry is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// With these cookies.
    #[must_use]
    pub fn cookies(self, cookies: impl IntoIterator<Item = String>) -> Self {
        cookies
            .into_iter()
            .fold(self, |page, cookie| page.with(SET_COOKIE, &cookie))
    }

    /// May be framed by these origins.
    #[must_use]
    pub fn framed_by(mut self, origins: Vec<String>) -> Self {
        self.framing = Framing::Origins(origins);
        self
    }

    /// Has forms for another origin, which learns the origin that they come from.
    #[must_use]
    pub fn posts_to(mut self, origin: String) -> Self {
        self.form_origins.push(origin);
        self.referrer = Referrer::Origin;
        self
    }

    /// Frames another origin.
    #[must_use]
    pub fn frames(mut self, origin: String) -> Self {
        self.frames.push(origin);
        self
    }

    /// Frames or posts to what may lead on to any other site over https.
    #[must_use]
    pub const fn leads_beyond(mut self) -> Self {
        self.beyond = true;
        self
    }

    /// Has scripts of ours that run WebAssembly.
    #[must_use]
    pub const fn runs_wasm(mut self) -> Self {
        self.wasm = true;
        self
    }

    /// May be kept so long.
    #[must_use]
    pub const fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }
}
