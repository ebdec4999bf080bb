//! The tool's side of the login that precedes every 1.3 launch (1EdTech Security Framework 1.0,
//! section 5.1.1; `OpenID` Connect Core 1.0, section 3.2).

use url::Url;

pub use super::parameters::ParameterError;
use super::parameters::Parameters;
use super::redact::debug_showing;
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
#[derive(Clone, PartialEq, Eq)]
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

debug_showing! {
    LoginInitiation { issuer, client_id, deployment }
    AuthenticationRequest<'_> { client_id, redirect_uri }
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
#[derive(Clone, Copy)]
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
