//! What the services of a gradebook have in common: how they are asked, and why they refuse.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use url::Url;

use super::calls;
use super::tokens::{self, Client, Tokens};
use crate::outbound::{Request, Response};

/// The largest answer that is read, in bytes: a course has many line items and results.
const MAX_ANSWER: usize = 4 << 20;
/// Bytes that are kept of what a platform says about a refusal.
const MOST_SAID: usize = 1_000;

/// Why a gradebook did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It could not be asked.
    #[error("the platform could not be asked: {0}")]
    Unreachable(#[from] calls::Error),
    /// There is no access token for it.
    #[error(transparent)]
    Token(tokens::Error),
    /// It answered with a status of failure.
    #[error("the platform answered {}", .0.status)]
    Status(Answered),
    /// It answered with something else than was asked for, such as a page for people.
    #[error("the platform answered {0} with something else than was asked for")]
    NotAnAnswer(u16),
    /// Basic Outcomes: it says so in the answer's code.
    #[error("the platform refused the score by the code of its answer")]
    Code(String),
    /// The address cannot be used.
    #[error("the address is not usable")]
    Address,
    /// Our own side failed.
    #[error("the request could not be made here")]
    Here,
}

impl From<tokens::Error> for Refused {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::Unreachable(error) => Self::Unreachable(error),
            other => Self::Token(other),
        }
    }
}

/// An answer of refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// What it says, where that is no page for people.
    pub said: Option<String>,
    /// How long to wait, where it says so (`Retry-After`).
    pub wait: Option<Duration>,
}

impl Answered {
    fn of(response: &Response) -> Self {
        let wait = response.headers.get(RETRY_AFTER);
        let wait = wait.and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        let bytes = &response.body[..response.body.len().min(MOST_SAID)];
        let text = String::from_utf8_lossy(bytes).trim().to_owned();
        let says = !text.is_empty() && text != "[]" && text != "{}" && !is_page(bytes);
        Self {
            status: response.status.as_u16(),
            said: says.then_some(text),
            wait: wait.map(Duration::from_secs),
        }
    }

    /// Whether it says that too much was asked for lately: Canvas answers 403 for that.
    pub fn is_throttled(&self) -> bool {
        let said = self.said.as_deref().unwrap_or_default();
        said.to_ascii_lowercase().contains("rate limit")
    }
}

/// Whether a body is a page for people, or anything else in angle brackets.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// A gradebook by LTI 1.3, and the right to use it.
#[derive(Debug, Clone, Copy)]
pub struct Gradebook<'a> {
    /// Access tokens.
    pub tokens: &'a Tokens,
    /// Who asks.
    pub client: Client<'a>,
    /// What the platform lets be asked for: one token is good for all of it.
    pub scopes: &'a [&'a str],
}

/// One thing that is asked of a gradebook.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    /// How.
    pub(super) method: Method,
    /// Where.
    pub(super) url: &'a Url,
    /// Under which right.
    pub(super) scope: &'a str,
    /// As which media type it is answered.
    pub(super) accept: &'static str,
    /// What is sent, and as which media type.
    pub(super) body: Option<(&'static str, String)>,
}

impl Gradebook<'_> {
    /// Whether the platform lets this be asked for.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.contains(&scope)
    }

    /// Asks; a status of success is an answer, and so is nothing to say.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Response, Refused> {
        let token = self.tokens.get(&self.client, self.scopes).await?;
        if !token.grants(ask.scope) {
            return Err(Refused::Token(tokens::Error::NothingGranted));
        }
        let mut request = Request {
            method: ask.method,
            ..Request::get(ask.url.clone(), MAX_ANSWER)
        };
        request
            .headers
            .insert(ACCEPT, HeaderValue::from_static(ask.accept));
        if let Some((media_type, body)) = ask.body {
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            request.body = body.into();
        }
        let response = self
            .tokens
            .call(&self.client, self.scopes, &request)
            .await?;
        if !matches!(
            response.status,
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT
        ) {
            return Err(Refused::Status(Answered::of(&response)));
        }
        if is_page(&response.body) {
            // A page of maintenance, or one to sign in: nothing was done.
            return Err(Refused::NotAnAnswer(response.status.as_u16()));
        }
        Ok(response)
    }
}

/// An answer that Basic Outcomes gave, where its body is what counts.
pub(super) fn body_of(response: &Response) -> Result<&[u8], Refused> {
    if response.status.is_success() {
        Ok(&response.body)
    } else {
        Err(Refused::Status(Answered::of(response)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::response;

    #[test]
    fn what_is_said_is_kept_and_pages_are_not() {
        let said = |body: &'static str| Answered::of(&response(400, body)).said;
        assert_eq!(said("[]"), None);
        assert_eq!(said(" <!doctype html><p>Sorry"), None);
        assert_eq!(said("no such user").as_deref(), Some("no such user"));
        let throttled = Answered::of(&response(403, "403 Forbidden (Rate Limit Exceeded)"));
        assert!(throttled.is_throttled());
        assert!(!Answered::of(&response(403, "")).is_throttled());
    }
}
