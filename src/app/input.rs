//! One request, as a handler sees it.

use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::header::{self, AsHeaderName};
use http::{HeaderMap, Method};

use crate::store::ids::Reference;

/// The body of a request, as it arrives.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send + Sync>>;

/// How long a whole form may take to arrive.
const FORM_TIME: Duration = Duration::from_secs(30);
/// Fields of one form.
const MOST_FIELDS: usize = 500;

/// What went wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// It is larger than its route takes.
    #[error("the body is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It is not `application/x-www-form-urlencoded`.
    #[error("the body is not a form")]
    NotAForm,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The address of the browser, as far as trusted proxies tell.
    pub address: IpAddr,
    /// Whether the connection itself comes from this machine, without any forwarding header.
    pub local: bool,
}

/// One request.
pub struct Input {
    /// Names this request in answers and in the log.
    pub reference: Reference,
    /// Its method.
    pub method: Method,
    /// Its path below the public address, without the leading slash.
    pub path: String,
    /// Its query, undecoded.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Who sent it.
    pub peer: Peer,
    /// Whether it came by the practice course's own site name.
    pub practice_site: bool,
    /// Its body.
    pub body: Body,
}

impl std::fmt::Debug for Input {
    /// Neither path, query nor headers: they may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("reference", &self.reference)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Input {
    /// A header's value, when it is there once and is text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok();
        if values.next().is_some() { None } else { value }
    }

    /// Every cookie of the request (RFC 6265, section 5.4; HTTP/2 may split them over headers).
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    }

    /// The values of the cookies with this name.
    pub fn cookie<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.cookies()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Whether the browser asks for a page of its own, as far as it tells (Fetch Metadata).
    pub fn wants_document(&self) -> bool {
        self.header("sec-fetch-dest") == Some("document")
    }

    /// Whether another site's page sent this, as far as the browser tells (Fetch Metadata).
    pub fn cross_site(&self) -> bool {
        self.header("sec-fetch-site") == Some("cross-site")
    }

    /// Whether the client would rather have a page than data.
    pub fn accepts_html(&self) -> bool {
        accepts_html(&self.headers)
    }

    /// The pairs of the query.
    pub fn query(&self) -> Form {
        Form::parse(self.query.as_bytes())
    }

    /// The pairs of the form in the body, which is at most `limit` bytes.
    pub async fn form(&mut self, limit: usize) -> Result<Form, BodyError> {
        let kind = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(BodyError::NotAForm);
        }
        Ok(Form::parse(&self.whole(limit).await?))
    }

    /// The whole body, which is at most `limit` bytes.
    pub async fn whole(&mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        tokio::time::timeout(FORM_TIME, self.bytes(limit))
            .await
            .map_err(|_| BodyError::TooSlow)?
    }

    async fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk?;
            if bytes.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Whether the client would rather have a page than data: browsers name HTML, programs do not.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    let mut texts = values.filter_map(|value| value.to_str().ok());
    texts.any(|accept| accept.contains("text/html"))
}

/// Names and values, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl std::fmt::Debug for Form {
    /// Names only: values may be secrets or personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Form {
    /// What `application/x-www-form-urlencoded` bytes say (WHATWG URL, section 5.1).
    pub fn parse(bytes: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(bytes)
                .into_owned()
                .take(MOST_FIELDS)
                .collect(),
        )
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked. Browsers send what stands for an empty one before it.
    pub fn is_on(&self, name: &str) -> bool {
        let mut sent = self.0.iter().filter(|(known, _)| known == name);
        sent.any(|(_, value)| value == "on")
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::world::World;

    fn input(headers: &[(&'static str, &'static str)], body: Vec<&'static [u8]>) -> Input {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let chunks = body.into_iter().map(|chunk| Ok(Bytes::from_static(chunk)));
        Input {
            reference: Reference::new(&World::system()),
            method: Method::POST,
            path: String::new(),
            query: String::new(),
            headers: map,
            peer: Peer {
                address: IpAddr::from([127, 0, 0, 1]),
                local: true,
            },
            practice_site: false,
            body: Box::pin(futures_util::stream::iter(chunks)),
        }
    }

    const FORM: (&str, &str) = (
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );

    #[tokio::test]
    async fn forms_are_read_up_to_their_limit() {
        let form = input(&[FORM], vec![b"a=1&b=%C3", b"%BC+x"])
            .form(14)
            .await
            .unwrap();
        assert_eq!(form.get("b"), Some("ü x"));
        let larger = input(&[FORM], vec![b"a=1&b=%C3", b"%BC+x"]).form(13).await;
        assert_eq!(larger, Err(BodyError::TooLarge));
        let json = input(&[("content-type", "application/json")], vec![b"{}"])
            .form(14)
            .await;
        assert_eq!(json, Err(BodyError::NotAForm));
    }

    #[test]
    fn cookies_come_from_every_header() {
        let input = input(&[("cookie", "a=1; b=2"), ("cookie", "a=3")], vec![]);
        assert_eq!(input.cookie("a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(input.cookie("c").count(), 0);
    }

    #[test]
    fn a_header_sent_twice_is_none() {
        let input = input(
            &[("origin", "https://a.example"), ("origin", "null")],
            vec![],
        );
        assert_eq!(input.header("origin"), None);
    }
}
