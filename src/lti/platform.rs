//! The platform's side of a login: checking an authentication request and answering it. The
//! token of the answer is made by [`issue`](super::issue).

use super::oidc::{Fields, ParameterError};
use super::parameters::Parameters;
use super::redact::debug_showing;

/// The longest id, in bytes.
const MAX_ID: usize = 255;
/// The longest address or list of words, in bytes.
const MAX_TEXT: usize = 4096;
/// The longest hint, in bytes.
const MAX_HINT: usize = 8192;

/// An authentication request as a tool sent it through the browser, unchecked.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The tool.
    pub client_id: String,
    /// Where the tool wants the answer.
    pub redirect_uri: String,
    /// The platform's own hint, back again.
    pub login_hint: Option<String>,
    /// The platform's own message hint, back again.
    pub message_hint: Option<String>,
    /// To be put into the token.
    pub nonce: Option<String>,
    /// To be returned beside the token.
    pub state: Option<String>,
    scope: Option<String>,
    response_type: Option<String>,
    response_mode: Option<String>,
    prompt: Option<String>,
}

debug_showing! {
    Request { client_id, redirect_uri }
}

/// What is registered of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its client id.
    pub client_id: &'a str,
    /// Where answers may go, to be matched exactly.
    pub redirect_uris: &'a [&'a str],
}

/// Why an authentication request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Another client than the one that is being launched.
    #[error("the client is not known")]
    UnknownClient,
    /// An address that is not registered. Nothing may be sent there.
    #[error("the redirect URI is not registered")]
    UnknownRedirect,
    /// `scope` without `openid`.
    #[error("scope must be openid")]
    Scope,
    /// Another `response_type`.
    #[error("response_type must be id_token")]
    ResponseType,
    /// Another `response_mode`.
    #[error("response_mode must be form_post")]
    ResponseMode,
    /// Another `prompt`.
    #[error("prompt must be none")]
    Prompt,
    /// No `nonce`.
    #[error("the nonce is missing")]
    Nonce,
    /// No `login_hint`.
    #[error("the login_hint is missing")]
    LoginHint,
}

impl RequestError {
    /// The code to post back to the tool (RFC 6749, section 4.2.2.1); `None` when nothing may be
    /// posted there and the person is told instead.
    pub const fn oauth_code(self) -> Option<&'static str> {
        match self {
            Self::UnknownClient | Self::UnknownRedirect => None,
            Self::Scope => Some("invalid_scope"),
            Self::ResponseType => Some("unsupported_response_type"),
            Self::ResponseMode | Self::Prompt | Self::Nonce | Self::LoginHint => {
                Some("invalid_request")
            }
        }
    }
}

impl Request {
    /// Reads the parameters, from the query or the form.
    pub fn parse<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ParameterError> {
        let mut given = Parameters::new(pairs);
        Ok(Self {
            client_id: given.required("client_id", MAX_ID)?,
            redirect_uri: given.required("redirect_uri", MAX_TEXT)?,
            login_hint: given.optional("login_hint", MAX_HINT)?,
            message_hint: given.optional("lti_message_hint", MAX_HINT)?,
            nonce: given.optional("nonce", MAX_TEXT)?,
            state: given.optional("state", MAX_HINT * 4)?,
            scope: given.optional("scope", MAX_TEXT)?,
            response_type: given.optional("response_type", MAX_ID)?,
            response_mode: given.optional("response_mode", MAX_ID)?,
            prompt: given.optional("prompt", MAX_ID)?,
        })
    }

    /// Checks everything but the hints, which only their maker can judge: first where an answer
    /// may go, then what is asked.
    pub fn check(&self, client: &Client<'_>) -> Result<(), RequestError> {
        let scopes = self.scope.as_deref().unwrap_or_default();
        let rules = [
            (
                self.client_id == client.client_id,
                RequestError::UnknownClient,
            ),
            (
                client.redirect_uris.contains(&self.redirect_uri.as_str()),
                RequestError::UnknownRedirect,
            ),
            (
                scopes.split(' ').any(|scope| scope == "openid"),
                RequestError::Scope,
            ),
            (
                self.response_type.as_deref() == Some("id_token"),
                RequestError::ResponseType,
            ),
            (
                self.response_mode.as_deref() == Some("form_post"),
                RequestError::ResponseMode,
            ),
            (self.prompt.as_deref() == Some("none"), RequestError::Prompt),
            (self.nonce.is_some(), RequestError::Nonce),
            (self.login_hint.is_some(), RequestError::LoginHint),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// The form to post to the redirect URI with a token.
    pub fn granted<'a>(&'a self, id_token: &'a str) -> Fields<'a> {
        self.with_state(vec![("id_token", id_token)])
    }

    /// The form to post to the redirect URI when there is no token, such as with the code
    /// `login_required`.
    pub fn denied<'a>(&'a self, code: &'a str) -> Fields<'a> {
        self.with_state(vec![("error", code)])
    }

    fn with_state<'a>(&'a self, mut fields: Fields<'a>) -> Fields<'a> {
        fields.extend(self.state.as_deref().map(|state| ("state", state)));
        fields
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::{Url, form_urlencoded};

    use super::*;
    use crate::lti::oidc::AuthenticationRequest;

    const CLIENT: Client<'_> = Client {
        client_id: "tool-1",
        redirect_uris: &["https://t.example/launch", "https://t.example/deep"],
    };

    /// What our own tool's side asks, with one parameter replaced (or dropped, when empty).
    fn asked(name: &str, value: &str) -> Request {
        let request = AuthenticationRequest {
            client_id: "tool-1",
            redirect_uri: "https://t.example/launch",
            login_hint: "hint",
            message_hint: Some("message"),
            nonce: "n-1",
            state: "s-1",
        };
        let pairs = request.fields().into_iter().map(|(field, own)| {
            let value = if field == name { value } else { own };
            (field, value)
        });
        Request::parse(pairs).unwrap()
    }

    #[test]
    fn what_our_tool_asks_is_granted() {
        let request = asked("", "");
        assert_eq!(request.check(&CLIENT), Ok(()));
        assert_eq!(request.login_hint.as_deref(), Some("hint"));
        assert_eq!(request.message_hint.as_deref(), Some("message"));
        assert_eq!(request.nonce.as_deref(), Some("n-1"));
        assert_eq!(
            request.granted("a.b.c"),
            [("id_token", "a.b.c"), ("state", "s-1")]
        );
        assert_eq!(
            request.denied("login_required"),
            [("error", "login_required"), ("state", "s-1")]
        );
    }

    #[test]
    fn the_same_request_arrives_by_redirect() {
        let request = AuthenticationRequest {
            client_id: "tool-1",
            redirect_uri: "https://t.example/deep",
            login_hint: "a&b=c ü",
            message_hint: None,
            nonce: "n",
            state: "s",
        };
        let url = request.url(&Url::parse("https://lms.example/auth").unwrap());
        let arrived = Request::parse(url.query_pairs()).unwrap();
        assert_eq!(arrived.check(&CLIENT), Ok(()));
        assert_eq!(arrived.login_hint.as_deref(), Some("a&b=c ü"));
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        use RequestError as E;
        let table = [
            ("client_id", "tool-2", E::UnknownClient, None),
            (
                "redirect_uri",
                "https://evil.example/",
                E::UnknownRedirect,
                None,
            ),
            (
                "redirect_uri",
                "https://t.example/launch/",
                E::UnknownRedirect,
                None,
            ),
            (
                "redirect_uri",
                "https://t.example/launch?x",
                E::UnknownRedirect,
                None,
            ),
            (
                "redirect_uri",
                "HTTPS://t.example/launch",
                E::UnknownRedirect,
                None,
            ),
            ("scope", "", E::Scope, Some("invalid_scope")),
            ("scope", "openidx", E::Scope, Some("invalid_scope")),
            (
                "response_type",
                "code",
                E::ResponseType,
                Some("unsupported_response_type"),
            ),
            (
                "response_mode",
                "query",
                E::ResponseMode,
                Some("invalid_request"),
            ),
            (
                "response_mode",
                "",
                E::ResponseMode,
                Some("invalid_request"),
            ),
            ("prompt", "login", E::Prompt, Some("invalid_request")),
            ("prompt", "", E::Prompt, Some("invalid_request")),
            ("nonce", "", E::Nonce, Some("invalid_request")),
            ("login_hint", "", E::LoginHint, Some("invalid_request")),
        ];
        for (name, value, error, code) in table {
            assert_eq!(
                asked(name, value).check(&CLIENT),
                Err(error),
                "{name}={value}"
            );
            assert_eq!(error.oauth_code(), code);
        }
        assert_eq!(asked("scope", "openid profile").check(&CLIENT), Ok(()));
    }

    #[test]
    fn without_a_client_or_an_address_there_is_nobody_to_answer() {
        let parse = |query: &str| Request::parse(form_urlencoded::parse(query.as_bytes()));
        assert_eq!(
            parse("redirect_uri=x"),
            Err(ParameterError::Missing("client_id"))
        );
        assert_eq!(
            parse("client_id=x"),
            Err(ParameterError::Missing("redirect_uri"))
        );
        assert_eq!(
            parse("client_id=x&redirect_uri=y&redirect_uri=z"),
            Err(ParameterError::Repeated("redirect_uri"))
        );
    }

    #[test]
    fn without_a_state_none_is_answered() {
        assert_eq!(asked("state", "").granted("t"), [("id_token", "t")]);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(request) = Request::parse(form_urlencoded::parse(&bytes)) {
                let _ = request.check(&CLIENT);
            }
        }
    }
}
