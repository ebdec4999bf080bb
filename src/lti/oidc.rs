//! The tool's side of the login that precedes every 1.3 launch (1EdTech Security Framework 1.0,
//! section 5.1.1; `OpenID` Connect Core 1.0, section 3.2).

use url::Url;

pub use super::parameters::ParameterError;
use super::parameters::Parameters;
use super::refusal::{Refusal, Shown};
use super::{claims, token};

/// The longest id of a platform, client, deployment or frame, in bytes.
const MAX_ID: usize = 255;
/// The longest address, in bytes.
const MAX_ADDRESS: usize = 4096;
/// The longest hint, in bytes. Canvas sends a token as one.
const MAX_HINT: usize = 8192;
/// The longest state that comes back, in bytes: sealed, it holds what the login said.
const MAX_STATE: usize = 32 * 1024;

/// The form fields or query parameters of a message.
pub type Fields<'a> = Vec<(&'static str, &'a str)>;

/// A platform's wish to launch, unauthenticated: it may come from anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginInitiation {
    /// The issuer.
    pub issuer: String,
    /// Whom the platform wants to launch; to be returned unaltered.
    pub login_hint: String,
    /// Where the launch is to lead. The signed claim decides, not this.
    pub target_link_uri: String,
    /// To be returned unaltered.
    pub message_hint: Option<String>,
    /// The deployment.
    pub deployment: Option<String>,
    /// The client id, without which several registrations of one issuer can't be told apart.
    pub client_id: Option<String>,
    /// The frame that stores things for tools, when the platform offers that.
    pub storage_target: Option<String>,
}

impl LoginInitiation {
    /// Reads the parameters of a login initiation, from the query and the form together.
    pub fn parse<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ParameterError> {
        let mut given = Parameters::new(pairs);
        let standard = given.optional("lti_deployment_id", MAX_ID)?;
        // Canvas calls it so.
        let canvas = given.optional("deployment_id", MAX_ID)?;
        Ok(Self {
            issuer: given.required("iss", MAX_ADDRESS)?,
            login_hint: given.required("login_hint", MAX_HINT)?,
            target_link_uri: given.required("target_link_uri", MAX_ADDRESS)?,
            message_hint: given.optional("lti_message_hint", MAX_HINT)?,
            deployment: standard.or(canvas),
            client_id: given.optional("client_id", MAX_ID)?,
            storage_target: given.optional("lti_storage_target", MAX_ID)?,
        })
    }

    /// The parameters, as a platform sends them.
    pub fn fields(&self) -> Fields<'_> {
        let mut fields = vec![
            ("iss", self.issuer.as_str()),
            ("login_hint", &self.login_hint),
            ("target_link_uri", &self.target_link_uri),
        ];
        let optional = [
            ("lti_message_hint", &self.message_hint),
            ("lti_deployment_id", &self.deployment),
            ("client_id", &self.client_id),
            ("lti_storage_target", &self.storage_target),
        ];
        fields.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_deref()?))),
        );
        fields
    }
}

/// A target link, when it is an http(s) address on our own origin.
pub fn own_target(target_link_uri: &str, public_url: &Url) -> Result<Url, Refusal> {
    claims::own_target(target_link_uri, public_url)
}

/// What the tool asks the platform's authentication endpoint.
#[derive(Debug, Clone, Copy)]
pub struct AuthenticationRequest<'a> {
    /// The registered client id.
    pub client_id: &'a str,
    /// Where the answer goes: registered, compared exactly.
    pub redirect_uri: &'a str,
    /// As it came.
    pub login_hint: &'a str,
    /// As it came.
    pub message_hint: Option<&'a str>,
    /// Comes back inside the token.
    pub nonce: &'a str,
    /// Comes back beside the token.
    pub state: &'a str,
}

impl<'a> AuthenticationRequest<'a> {
    /// The parameters, for endpoints that take a form.
    pub fn fields(&self) -> Fields<'a> {
        let mut fields = vec![
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("prompt", "none"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("login_hint", self.login_hint),
            ("nonce", self.nonce),
            ("state", self.state),
        ];
        fields.extend(self.message_hint.map(|hint| ("lti_message_hint", hint)));
        fields
    }

    /// The address to redirect to. A query that the endpoint has of its own is kept.
    pub fn url(&self, endpoint: &Url) -> Url {
        let mut url = endpoint.clone();
        url.set_fragment(None);
        url.query_pairs_mut().extend_pairs(self.fields());
        url
    }
}

/// What the browser brings back from the platform.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthenticationResponse {
    /// A token.
    Token {
        /// The token, unverified.
        id_token: String,
        /// Our state.
        state: String,
    },
    /// The platform won't: the person is signed out, may not, or the request was wrong.
    Error {
        /// The platform's code, such as `login_required`.
        code: Shown,
        /// Its explanation.
        description: Option<Shown>,
        /// Our state, when it came back.
        state: Option<String>,
    },
}

impl std::fmt::Debug for AuthenticationResponse {
    /// Tokens and states are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token { .. } => f.write_str("Token"),
            Self::Error { code, .. } => write!(f, "Error({code})"),
        }
    }
}

impl AuthenticationResponse {
    /// Reads the form that the browser posts. An error counts, whatever else is there.
    pub fn parse<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ParameterError> {
        let mut given = Parameters::new(pairs);
        let state = given.optional("state", MAX_STATE)?;
        if let Some(code) = given.optional("error", MAX_ADDRESS)? {
            let description = given.optional("error_description", MAX_ADDRESS)?;
            return Ok(Self::Error {
                code: code.as_str().into(),
                description: description.as_deref().map(Into::into),
                state,
            });
        }
        Ok(Self::Token {
            id_token: given.required("id_token", token::MAX_BYTES)?,
            state: state.ok_or(ParameterError::Missing("state"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;

    fn login(query: &str) -> Result<LoginInitiation, ParameterError> {
        LoginInitiation::parse(form_urlencoded::parse(query.as_bytes()))
    }

    fn response(body: &str) -> Result<AuthenticationResponse, ParameterError> {
        AuthenticationResponse::parse(form_urlencoded::parse(body.as_bytes()))
    }

    const LOGIN: &str =
        "iss=https%3A%2F%2Flms.example&login_hint=5&target_link_uri=https%3A%2F%2Ft.example";

    #[test]
    fn moodles_login_is_read() {
        let pairs: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../../tests/fixtures/moodle/login.json")).unwrap();
        let login = LoginInitiation::parse(pairs.clone()).unwrap();
        assert_eq!(login.issuer, "https://moodle.example");
        assert_eq!(login.client_id.as_deref(), Some("2DF7k76tI98IFfw"));
        assert_eq!(login.deployment.as_deref(), Some("16"));
        assert_eq!(
            login.message_hint.as_deref(),
            Some(r#"{"cmid":23,"launchid":"ltilaunch21_313457551"}"#)
        );
        let again: BTreeMap<String, String> = login
            .fields()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(again, pairs);
    }

    #[test]
    fn canvas_names_the_deployment_differently() {
        let canvas = login(&format!("{LOGIN}&deployment_id=1:abc&canvas_region=eu")).unwrap();
        assert_eq!(canvas.deployment.as_deref(), Some("1:abc"));
        let both = login(&format!("{LOGIN}&deployment_id=a&lti_deployment_id=b")).unwrap();
        assert_eq!(both.deployment.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_required_is_named_when_it_is_missing() {
        assert!(login(LOGIN).is_ok());
        for name in ["iss", "login_hint", "target_link_uri"] {
            let without = LOGIN.replace(name, "x");
            assert_eq!(login(&without), Err(ParameterError::Missing(name)));
            let empty: Vec<_> = LOGIN
                .split('&')
                .map(|pair| match pair.split_once('=') {
                    Some((key, _)) if key == name => format!("{key}="),
                    _ => pair.to_owned(),
                })
                .collect();
            assert_eq!(login(&empty.join("&")), Err(ParameterError::Missing(name)));
        }
    }

    #[test]
    fn what_is_said_twice_must_be_the_same() {
        assert!(login(&format!("{LOGIN}&login_hint=5")).is_ok());
        assert_eq!(
            login(&format!("{LOGIN}&login_hint=6")),
            Err(ParameterError::Repeated("login_hint"))
        );
        assert_eq!(
            login(&format!("{LOGIN}&client_id=a&client_id=b&client_id=a")),
            Err(ParameterError::Repeated("client_id"))
        );
        assert!(login(&format!("{LOGIN}&other=a&other=b")).is_ok());
    }

    #[test]
    fn lengths_are_bounded() {
        let hint = |len| format!("{LOGIN}&lti_message_hint={}", "x".repeat(len));
        assert!(login(&hint(MAX_HINT)).is_ok());
        assert_eq!(
            login(&hint(MAX_HINT + 1)),
            Err(ParameterError::TooLong("lti_message_hint"))
        );
    }

    const REQUEST: AuthenticationRequest<'_> = AuthenticationRequest {
        client_id: "client 1",
        redirect_uri: "https://t.example/lti/launch",
        login_hint: "5&x=ü",
        message_hint: Some(r#"{"cmid":23}"#),
        nonce: "n",
        state: "s",
    };

    #[test]
    fn the_request_says_exactly_what_the_framework_asks_for() {
        let endpoint = Url::parse("https://lms.example/auth.php").unwrap();
        let url = REQUEST.url(&endpoint);
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let expected = [
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("prompt", "none"),
            ("client_id", "client 1"),
            ("redirect_uri", "https://t.example/lti/launch"),
            ("login_hint", "5&x=ü"),
            ("lti_message_hint", r#"{"cmid":23}"#),
            ("nonce", "n"),
            ("state", "s"),
        ];
        let expected: BTreeMap<_, _> = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(pairs, expected);
        assert!(url.as_str().starts_with("https://lms.example/auth.php?"));
    }

    #[test]
    fn the_endpoints_own_query_is_kept_byte_by_byte() {
        let endpoint = Url::parse("https://lms.example/auth?tenant=a%20b+c&x#top").unwrap();
        let url = REQUEST.url(&endpoint);
        assert!(
            url.as_str()
                .starts_with("https://lms.example/auth?tenant=a%20b+c&x&scope=openid&")
        );
        assert_eq!(url.fragment(), None);
    }

    #[test]
    fn a_hint_that_did_not_come_is_not_sent() {
        let request = AuthenticationRequest {
            message_hint: None,
            ..REQUEST
        };
        assert!(
            request
                .fields()
                .iter()
                .all(|(name, _)| *name != "lti_message_hint")
        );
    }

    #[test]
    fn a_response_is_a_token_or_an_error() {
        assert_eq!(
            response("id_token=a.b.c&state=s"),
            Ok(AuthenticationResponse::Token {
                id_token: "a.b.c".into(),
                state: "s".into()
            })
        );
        let error = AuthenticationResponse::Error {
            code: "access_denied".into(),
            description: Some("not\u{fffd}you".into()),
            state: Some("s".into()),
        };
        assert_eq!(
            response("error=access_denied&error_description=not%00you&state=s"),
            Ok(error.clone())
        );
        assert_eq!(
            response("error=access_denied&error_description=not%00you&state=s&id_token=x"),
            Ok(error)
        );
        for (body, missing) in [
            ("id_token=a.b.c", "state"),
            ("id_token=a.b.c&state=", "state"),
            ("state=s", "id_token"),
            ("", "id_token"),
        ] {
            assert_eq!(response(body), Err(ParameterError::Missing(missing)));
        }
        assert_eq!(
            response("id_token=a&id_token=b&state=s"),
            Err(ParameterError::Repeated("id_token"))
        );
        let large = "x".repeat(token::MAX_BYTES + 1);
        assert_eq!(
            response(&format!("state=s&id_token={large}")),
            Err(ParameterError::TooLong("id_token"))
        );
    }

    #[test]
    fn debugging_shows_no_token() {
        let shown = format!("{:?}", response("id_token=secret&state=secret").unwrap());
        assert!(!shown.contains("secret"));
    }

    #[test]
    fn targets_are_our_own_or_refused() {
        let ours = Url::parse("https://media.example/base/").unwrap();
        assert!(own_target("https://media.example/lti/launch?x=1", &ours).is_ok());
        for foreign in [
            "https://evil.example/",
            "//media.example/",
            "javascript:1",
            "",
            "/lti",
        ] {
            assert!(
                matches!(own_target(foreign, &ours), Err(Refusal::ForeignTarget(_))),
                "{foreign}"
            );
        }
    }

    proptest! {
        #[test]
        fn parsers_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = LoginInitiation::parse(form_urlencoded::parse(&bytes));
            let _ = AuthenticationResponse::parse(form_urlencoded::parse(&bytes));
        }

        #[test]
        fn hints_come_back_unaltered(hint in "\\PC{1,60}", message in "\\PC{1,60}") {
            let request = AuthenticationRequest {
                login_hint: &hint,
                message_hint: Some(&message),
                ..REQUEST
            };
            let url = request.url(&Url::parse("https://lms.example/auth?a=b").unwrap());
            let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(&pairs["login_hint"], &hint);
            prop_assert_eq!(&pairs["lti_message_hint"], &message);
        }
    }
}
