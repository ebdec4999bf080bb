//! Why a launch is refused.

use std::fmt;

use super::parameters::ParameterError;

/// A value that somebody sent, made fit for a log: at most 100 characters, none of them control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    const MAX: usize = 100;
}

impl From<&str> for Shown {
    fn from(value: &str) -> Self {
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let mut shown: String = value.chars().take(Self::MAX).map(printable).collect();
        if value.chars().nth(Self::MAX).is_some() {
            shown.push('…');
        }
        Self(shown)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A number where a string belongs, or the like.
    #[error("has the wrong type")]
    WrongType,
    /// Longer than its specification allows.
    #[error("is too long")]
    TooLong,
    /// Not there.
    #[error("is missing")]
    Missing,
    /// A number that no date or measure can have.
    #[error("is out of range")]
    OutOfRange,
    /// Characters that its specification does not allow.
    #[error("has characters that are not allowed")]
    Characters,
}

/// Why a token or a signed form is not a launch. Its text is English, for the launch log, and holds no personal
/// data; people read the message that belongs to its [`code`](Self::code).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than a launch ever is; nothing of it was read.
    #[error("the token has {0} bytes")]
    TokenTooLarge(usize),
    /// Not a JSON Web Token.
    #[error("the token's {part} {problem}")]
    MalformedToken {
        /// Which part of it.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The header has no `alg`, or another one than its registration has.
    #[error("the token is signed with {}; {expected} is required", .seen.as_ref().map_or("nothing", |seen| &seen.0))]
    WrongAlgorithm {
        /// The algorithm that it names.
        seen: Option<Shown>,
        /// The algorithm of the registration.
        expected: &'static str,
    },
    /// The header demands an extension (RFC 7515, section 4.1.11). We know none.
    #[error("the token's header demands an extension (crit)")]
    CriticalHeader,
    /// The header does not say which key signed.
    #[error("the token's header names no key (kid)")]
    MissingKeyId,
    /// The platform's key set has no such key for signatures by this algorithm.
    #[error("the platform's key set has no usable key {0}")]
    UnknownKey(Shown),
    /// The platform's key is too small to be trusted.
    #[error("the platform's key {kid} can't be trusted: {why}")]
    WeakKey {
        /// The key's id.
        kid: Shown,
        /// What is wrong with it.
        why: super::key::KeyError,
    },
    /// The signature is not the platform's.
    #[error("the signature does not belong to this token and the platform's key")]
    WrongSignature,

    /// `iss` is absent or another platform's.
    #[error("the token was issued by {seen}, not by {expected}")]
    WrongIssuer {
        /// What it says.
        seen: Shown,
        /// What is registered.
        expected: Shown,
    },
    /// `aud` does not name our client id.
    #[error("the token is meant for {seen}, not for client {expected}")]
    WrongAudience {
        /// What it says.
        seen: Shown,
        /// The registered client id.
        expected: Shown,
    },
    /// `aud` names somebody else besides us.
    #[error("the token is also meant for {0}, which is not trusted")]
    UntrustedAudience(Shown),
    /// Several audiences, and `azp` does not say which of them asked.
    #[error("the token has several audiences but no authorized party (azp)")]
    MissingAuthorizedParty,
    /// `azp` is somebody else.
    #[error("the token's authorized party (azp) is {0}")]
    WrongAuthorizedParty(Shown),
    /// No `exp`.
    #[error("the token does not say when it expires (exp)")]
    MissingExpiry,
    /// `exp` has passed.
    #[error("the token expired {minutes} min ago by our clock")]
    TokenExpired {
        /// How long ago, in minutes begun.
        minutes: u64,
    },
    /// `nbf` is still to come.
    #[error("the token becomes valid in {minutes} min by our clock")]
    TokenNotYetValid {
        /// How long until then, in minutes begun.
        minutes: u64,
    },
    /// No `iat`.
    #[error("the token does not say when it was issued (iat)")]
    MissingIssuedAt,
    /// `iat` is still to come: the clocks differ.
    #[error(
        "the token was issued {minutes} min in the future: the platform's clock is ahead of ours"
    )]
    IssuedInFuture {
        /// How far ahead, in minutes begun.
        minutes: u64,
    },
    /// `iat` is too long ago.
    #[error("the token was issued {minutes} min ago by our clock")]
    IssuedLongAgo {
        /// How long ago, in minutes begun.
        minutes: u64,
    },
    /// No `nonce`.
    #[error("the token has no nonce")]
    MissingNonce,
    /// Another `nonce` than the one that went with this login.
    #[error("the token's nonce is not the one of this login")]
    NonceMismatch,

    /// No `sub`, and anonymous launches are not accepted.
    #[error("the token does not say who is launching (sub)")]
    MissingSubject,
    /// No LTI version.
    #[error("the token has no LTI version")]
    MissingVersion,
    /// Another LTI version than 1.3.0.
    #[error("the token's LTI version is {0}, not 1.3.0")]
    WrongVersion(Shown),
    /// No message type.
    #[error("the token has no LTI message type")]
    MissingMessageType,
    /// A message that this tool does not offer.
    #[error("the message type {0} is not supported")]
    UnknownMessageType(Shown),
    /// No deployment id.
    #[error("the token has no deployment id")]
    MissingDeployment,
    /// No roles, not even an empty list of them.
    #[error("the token has no roles")]
    MissingRoles,
    /// A resource launch without a target link.
    #[error("the token has no target link URI")]
    MissingTarget,
    /// The target link is not an address of ours.
    #[error("the target link leads to {0}, which is not this server")]
    ForeignTarget(Shown),
    /// No resource link, or one without an id.
    #[error("the token has no resource link id")]
    MissingResourceLink,
    /// A deep linking request without usable settings.
    #[error("the deep linking settings have no usable {0}")]
    MissingSettings(&'static str),
    /// A submission review that does not say whose submission.
    #[error("the token does not say whose submission is to be reviewed")]
    MissingForUser,
    /// A claim that decides something is not what its specification says.
    #[error("{claim} {problem}")]
    InvalidClaim {
        /// Its name, without the long prefix.
        claim: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },

    /// A parameter of a signed form is absent, there twice or too long.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The `Authorization` header is no list of OAuth parameters.
    #[error("the Authorization header is malformed")]
    MalformedAuthorization,
    /// Another OAuth version than 1.0.
    #[error("oauth_version is {0}, not 1.0")]
    WrongOauthVersion(Shown),
    /// Signed in a way that is not taken.
    #[error("oauth_signature_method is {0}; HMAC-SHA1 or HMAC-SHA256 is required")]
    UnsupportedSignatureMethod(Shown),
    /// The timestamp is no number of seconds.
    #[error("oauth_timestamp is {0}, which is no number of seconds")]
    MalformedTimestamp(Shown),
    /// The timestamp is too long ago.
    #[error("the form was signed {minutes} min ago by our clock")]
    TimestampOld {
        /// How long ago, in minutes begun.
        minutes: u64,
    },
    /// The timestamp is too far ahead.
    #[error(
        "the form was signed {minutes} min in the future: the platform's clock is ahead of ours"
    )]
    TimestampInFuture {
        /// How far ahead, in minutes begun.
        minutes: u64,
    },
    /// The signature does not belong to the form, this address and the consumer's secret.
    #[error("the signature does not belong to this form, the secret and the address {0}")]
    WrongOauthSignature(Shown),
    /// The signature belongs to the body, and nobody signed the query.
    #[error("the signature covers the body only, and the address has a query")]
    QueryNotSigned,
    /// Another LTI version than 1.0 to 1.2.
    #[error("lti_version is {0}, not LTI-1p0")]
    WrongFormVersion(Shown),
    /// A signed form without a user id, and anonymous launches are not accepted.
    #[error("the parameter user_id is missing")]
    MissingUserId,
    /// An answer for another deployment than the one that asked.
    #[error("the answer is for the deployment {0}, which did not ask")]
    WrongDeployment(Shown),
    /// What the request carried as `data` did not come back as it was, or something did uncalled.
    #[error("data is not what the request carried")]
    DataNotReturned,
}

impl Refusal {
    /// Every code, so that a test can hold the messages for people complete; those of
    /// [`ParameterError`] apart.
    pub const CODES: [&str; 45] = [
        "token-too-large",
        "token-malformed",
        "wrong-algorithm",
        "critical-header",
        "missing-key-id",
        "unknown-key",
        "weak-key",
        "wrong-signature",
        "wrong-issuer",
        "wrong-audience",
        "untrusted-audience",
        "missing-authorized-party",
        "wrong-authorized-party",
        "missing-expiry",
        "token-expired",
        "token-not-yet-valid",
        "missing-issued-at",
        "issued-in-future",
        "issued-long-ago",
        "missing-nonce",
        "nonce-mismatch",
        "missing-subject",
        "missing-version",
        "wrong-version",
        "missing-message-type",
        "unknown-message-type",
        "missing-deployment",
        "missing-roles",
        "missing-target",
        "foreign-target",
        "missing-resource-link",
        "missing-settings",
        "missing-for-user",
        "invalid-claim",
        "malformed-authorization",
        "wrong-oauth-version",
        "unsupported-signature-method",
        "malformed-timestamp",
        "timestamp-old",
        "timestamp-in-future",
        "wrong-oauth-signature",
        "query-not-signed",
        "wrong-form-version",
        "wrong-deployment",
        "data-not-returned",
    ];

    /// The stable code of this kind of refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TokenTooLarge(_) => "token-too-large",
            Self::MalformedToken { .. } => "token-malformed",
            Self::WrongAlgorithm { .. } => "wrong-algorithm",
            Self::CriticalHeader => "critical-header",
            Self::MissingKeyId => "missing-key-id",
            Self::UnknownKey(_) => "unknown-key",
            Self::WeakKey { .. } => "weak-key",
            Self::WrongSignature => "wrong-signature",
            Self::WrongIssuer { .. } => "wrong-issuer",
            Self::WrongAudience { .. } => "wrong-audience",
            Self::UntrustedAudience(_) => "untrusted-audience",
            Self::MissingAuthorizedParty => "missing-authorized-party",
            Self::WrongAuthorizedParty(_) => "wrong-authorized-party",
            Self::MissingExpiry => "missing-expiry",
            Self::TokenExpired { .. } => "token-expired",
            Self::TokenNotYetValid { .. } => "token-not-yet-valid",
            Self::MissingIssuedAt => "missing-issued-at",
            Self::IssuedInFuture { .. } => "issued-in-future",
            Self::IssuedLongAgo { .. } => "issued-long-ago",
            Self::MissingNonce => "missing-nonce",
            Self::NonceMismatch => "nonce-mismatch",
            Self::MissingSubject | Self::MissingUserId => "missing-subject",
            Self::MissingVersion => "missing-version",
            Self::WrongVersion(_) => "wrong-version",
            Self::MissingMessageType => "missing-message-type",
            Self::UnknownMessageType(_) => "unknown-message-type",
            Self::MissingDeployment => "missing-deployment",
            Self::MissingRoles => "missing-roles",
            Self::MissingTarget => "missing-target",
            Self::ForeignTarget(_) => "foreign-target",
            Self::MissingResourceLink => "missing-resource-link",
            Self::MissingSettings(_) => "missing-settings",
            Self::MissingForUser => "missing-for-user",
            Self::InvalidClaim { .. } => "invalid-claim",
            Self::Parameter(error) => error.code(),
            Self::MalformedAuthorization => "malformed-authorization",
            Self::WrongOauthVersion(_) => "wrong-oauth-version",
            Self::UnsupportedSignatureMethod(_) => "unsupported-signature-method",
            Self::MalformedTimestamp(_) => "malformed-timestamp",
            Self::TimestampOld { .. } => "timestamp-old",
            Self::TimestampInFuture { .. } => "timestamp-in-future",
            Self::WrongOauthSignature(_) => "wrong-oauth-signature",
            Self::QueryNotSigned => "query-not-signed",
            Self::WrongFormVersion(_) => "wrong-form-version",
            Self::WrongDeployment(_) => "wrong-deployment",
            Self::DataNotReturned => "data-not-returned",
        }
    }

    /// The parameter or claim that this is about, to be named to the person.
    pub const fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::Parameter(error) => Some(error.name()),
            Self::InvalidClaim { claim, .. } => Some(claim),
            Self::WrongOauthVersion(_) => Some("oauth_version"),
            Self::UnsupportedSignatureMethod(_) => Some("oauth_signature_method"),
            Self::MalformedTimestamp(_)
            | Self::TimestampOld { .. }
            | Self::TimestampInFuture { .. } => Some("oauth_timestamp"),
            Self::WrongOauthSignature(_) | Self::QueryNotSigned => Some("oauth_signature"),
            Self::WrongFormVersion(_) => Some("lti_version"),
            Self::MissingUserId => Some("user_id"),
            Self::DataNotReturned => Some("data"),
            Self::WrongDeployment(_) => Some("deployment_id"),
            _ => None,
        }
    }

    pub(super) const fn invalid(claim: &'static str, problem: Problem) -> Self {
        Self::InvalidClaim { claim, problem }
    }

    pub(super) fn malformed(part: &'static str, problem: impl Into<String>) -> Self {
        Self::MalformedToken {
            part,
            problem: problem.into(),
        }
    }
}
