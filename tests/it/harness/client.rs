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
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    pub(crate) fn location(&self) -> String {
        assert!(
            self.status.is_redirection(),
            "{} is no redirect:\n{}",
            self.status,
            self.text()
        );
        self.header("location").to_owned()
    }

    /// The code of the problem that a page or JSON tells.
    pub(crate) fn code(&self) -> String {
        if self.header("content-type").starts_with("application/json") {
            let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
            return json["code"].as_str().unwrap_or_default().to_owned();
        }
        let text = self.text();
        let (_, rest) = text.split_once("<code>").unwrap_or_default();
        rest.split("</code>").next().unwrap_or_default().to_owned()
    }

    /// The reference that a problem tells: a ULID.
    pub(crate) fn reference(&self) -> String {
        let text = self.text();
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let is_reference = |word: &&str| {
            let own = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
            word.len() == 26 && word.chars().all(own)
        };
        words.find(is_reference).unwrap_or_default().to_owned()
    }

    /// Asserts that this is a problem with this status and code, in words and with a reference.
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        let told = (self.status.as_u16(), self.code());
        assert_eq!(told, (status, code.to_owned()), "{}", self.text());
        assert_ne!(self.reference(), "", "{}", self.text());
    }

    /// The cookies that it sets, whole.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        let cookies = self.headers.get_all("set-cookie").iter();
        cookies
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .collect()
    }

    /// Asserts that this leads into a session, bound by its cookies; answers the session's path,
    /// which ends with its token and a slash.
    pub(crate) fn assert_opened(&self) -> String {
        assert_eq!(self.status, 303, "{}", self.text());
        let location = self.location();
        let path = location.strip_suffix("library").unwrap().to_owned();
        let token = path.split('/').rev().nth(1).unwrap();
        assert_eq!(token.len(), 43, "{location}");
        let session: Vec<String> = self
            .set_cookies()
            .into_iter()
            .filter(|cookie| cookie.starts_with("lanterna_session"))
            .collect();
        assert_eq!(session.len(), 2, "{session:?}");
        for cookie in &session {
            assert!(cookie.contains(&format!("; Path={path};")), "{cookie}");
            assert!(
                cookie.contains("; HttpOnly; Secure; SameSite=None"),
                "{cookie}"
            );
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        let partitioned = session.iter().filter(|c| c.ends_with("; Partitioned"));
        assert_eq!(partitioned.count(), 1, "{session:?}");
        path
    }

    /// The value of the first attribute with this name, or with these words before its value.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        Some(unescape(rest.split('"').next()?))
    }

    /// The value of the form field with this name.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
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
pub(crate) struct Jar(BTreeMap<(String, String), String>);

impl Jar {
    /// Keeps what an answer set.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
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
}

/// A browser, as far as HTTP shows one.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Its cookies; `None` when it keeps none.
    pub(crate) jar: Option<Jar>,
    /// Headers of every request.
    pub(crate) always: Vec<(String, String)>,
}

impl Browser {
    /// A browser that keeps cookies and shows pages in frames.
    pub(crate) fn new() -> Self {
        Self {
            // A connection per request: servers are killed and started again between them.
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build_http(),
            jar: Some(Jar::default()),
            always: vec![("accept".into(), "text/html".into())],
        }
    }

    /// A browser that blocks our cookies.
    pub(crate) fn without_cookies() -> Self {
        Self {
            jar: None,
            ..Self::new()
        }
    }

    /// Sends one request; follows nothing.
    pub(crate) async fn send(
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
    pub(crate) async fn get(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[("sec-fetch-dest", "iframe")], "")
            .await
    }

    /// Gets a page of its own.
    pub(crate) async fn open(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[("sec-fetch-dest", "document")], "")
            .await
    }

    /// Posts a form.
    pub(crate) async fn post(
        &mut self,
        url: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, body).await
    }
}
