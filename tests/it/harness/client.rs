//! An HTTP client that follows nothing, keeps no cookie unless told to, and shows every header.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    pub fn location(&self) -> String {
        assert!(
            self.status.is_redirection(),
            "{} is no redirect:\n{}",
            self.status,
            self.text()
        );
        self.header("location").to_owned()
    }

    /// The code of the problem that a page or JSON tells.
    pub fn code(&self) -> String {
        if self.header("content-type").starts_with("application/json") {
            let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
            return json["code"].as_str().unwrap_or_default().to_owned();
        }
        let text = self.text();
        let (_, rest) = text.split_once("<code>").unwrap_or_default();
        rest.split("</code>").next().unwrap_or_default().to_owned()
    }

    /// The value of the first attribute with this name in the page.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        Some(unescape(rest.split('"').next()?))
    }

    /// The value of the form field with this name.
    pub fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("name=\"{name}\""))?;
        let tag = rest.split('>').next()?;
        let (_, value) = tag.split_once("value=\"")?;
        Some(unescape(value.split('"').next()?))
    }
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Cookies as a browser keeps them, by name and path.
#[derive(Debug, Clone, Default)]
pub struct Jar(BTreeMap<(String, String), String>);

impl Jar {
    /// Keeps what an answer set.
    pub fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let mut parts = cookie.split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let attributes: Vec<&str> = parts.collect();
            let path = attributes
                .iter()
                .find_map(|a| a.strip_prefix("Path="))
                .unwrap_or("/");
            let key = (name.to_owned(), path.to_owned());
            if attributes.contains(&"Max-Age=0") {
                self.0.remove(&key);
            } else {
                self.0.insert(key, value.to_owned());
            }
        }
    }

    /// The `Cookie` header for a path (RFC 6265, section 5.1.4).
    fn header(&self, path: &str) -> Option<String> {
        let fits = |cookie: &str| {
            path == cookie
                || path
                    .strip_prefix(cookie)
                    .is_some_and(|rest| cookie.ends_with('/') || rest.starts_with('/'))
        };
        let pairs: Vec<String> = self
            .0
            .iter()
            .filter(|((_, cookie), _)| fits(cookie))
            .map(|((name, _), value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Whether it keeps nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A browser, as far as HTTP shows one.
#[derive(Clone)]
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Its cookies; `None` when it keeps none.
    pub jar: Option<Jar>,
    /// Headers of every request.
    pub always: Vec<(String, String)>,
}

impl Browser {
    /// A browser that keeps cookies and shows pages in frames.
    pub fn new() -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            jar: Some(Jar::default()),
            always: vec![("accept".into(), "text/html".into())],
        }
    }

    /// A browser that blocks our cookies.
    pub fn without_cookies() -> Self {
        Self {
            jar: None,
            ..Self::new()
        }
    }

    /// Sends one request; follows nothing.
    pub async fn send(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let path = url::Url::parse(url).unwrap().path().to_owned();
        let mut request = Request::builder().method(method).uri(url);
        let given = |name: &str| {
            headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        for (name, value) in &self.always {
            if !given(name) {
                request = request.header(name, value);
            }
        }
        if let Some(cookie) = self.jar.as_ref().and_then(|jar| jar.header(&path)) {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let response = self.client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        if let Some(jar) = &mut self.jar {
            jar.keep(&answer);
        }
        answer
    }

    /// Gets a page into a frame.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[("sec-fetch-dest", "iframe")], "")
            .await
    }

    /// Gets a page of its own.
    pub async fn open(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[("sec-fetch-dest", "document")], "")
            .await
    }

    /// Posts a form.
    pub async fn post(
        &mut self,
        url: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, body).await
    }
}
