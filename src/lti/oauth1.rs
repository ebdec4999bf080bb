//! OAuth 1.0a signatures (RFC 5849) as LTI 1.1 uses them: a consumer key and its secret, no token.
//!
//! [`Unverified`] is a request with all of its OAuth parameters, [`Verified`] one whose signature
//! holds; a [`Signer`] makes such requests. HMAC-SHA1 and HMAC-SHA256 are taken, anything else is
//! refused: `PLAINTEXT` would show the secret, RSA keys are nowhere exchanged.

mod base;
mod header;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

pub use base::Address;
use base::{base_string, encode};

use super::parameters::{ParameterError, Parameters};
use super::redact::debug_showing;
use super::refusal::{Refusal, Shown};
use crate::world::Time;

/// A parameter: name and value, decoded.
pub type Pair = (String, String);

const CONSUMER_KEY: &str = "oauth_consumer_key";
const NONCE: &str = "oauth_nonce";
const TIMESTAMP: &str = "oauth_timestamp";
const METHOD: &str = "oauth_signature_method";
const SIGNATURE: &str = "oauth_signature";
const VERSION: &str = "oauth_version";
const CALLBACK: &str = "oauth_callback";
const BODY_HASH: &str = "oauth_body_hash";
/// What the names of OAuth's own parameters begin with (RFC 5849, section 3.1).
const PREFIX: &str = "oauth_";
/// Those that refusals name.
const NAMED: [&str; 8] = [
    CONSUMER_KEY,
    NONCE,
    TIMESTAMP,
    METHOD,
    SIGNATURE,
    VERSION,
    CALLBACK,
    BODY_HASH,
];
/// The longest value of any of them, in bytes.
const LONGEST: usize = 512;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// HMAC-SHA1 (RFC 5849, section 3.4.2), which LTI 1.1 demands.
    HmacSha1,
    /// HMAC-SHA256, which LTI 1.1.2 allows.
    HmacSha256,
}

impl Method {
    fn parse(name: &str) -> Option<Self> {
        [Self::HmacSha1, Self::HmacSha256]
            .into_iter()
            .find(|method| method.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The key of a consumer's secret; the token's secret after the `&` is empty.
    fn key(self, secret: &str) -> hmac::Key {
        let algorithm = match self {
            Self::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::HmacSha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, format!("{}&", encode(secret)).as_bytes())
    }
}

/// A request with all of its OAuth parameters, each of them once.
#[derive(Clone, PartialEq, Eq)]
pub struct Unverified {
    query: Vec<Pair>,
    /// Of the body and the `Authorization` header.
    rest: Vec<Pair>,
    consumer_key: String,
    nonce: String,
    /// Seconds since 1970.
    timestamp: u64,
    method: Method,
    signature: String,
}

/// A request whose signature holds. All of its parameters are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    consumer_key: String,
    nonce: String,
    parameters: Vec<Pair>,
    by_former: bool,
}

/// The secrets of a consumer: while a platform is being changed from one to another, both are good.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// The present one.
    pub present: &'a str,
    /// The one before, while it is good.
    pub former: Option<&'a str>,
}

/// How much of a request a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// All of it.
    All,
    /// All but its query.
    AllButQuery,
    /// Nothing: it is not the signature of this request.
    Nothing,
}

debug_showing! {
    Unverified { consumer_key, timestamp, method }
    Verified { consumer_key }
    Signer<'_> { consumer_key, method }
}

impl Unverified {
    /// Reads a request: the parameters of its query, of its form, and of its `Authorization` header.
    pub fn parse(
        query: Vec<Pair>,
        form: Vec<Pair>,
        authorization: Option<&str>,
    ) -> Result<Self, Refusal> {
        let mut rest = form;
        rest.extend(authorization.map_or(Ok(Vec::new()), header::parse)?);
        let own: Vec<&Pair> = query.iter().chain(&rest).filter(|p| is_own(p)).collect();
        if let Some(name) = repeated(&own) {
            return Err(ParameterError::Repeated(name).into());
        }
        let mut own = Parameters::new(own.into_iter().cloned());
        let mut required = |name| own.required(name, LONGEST);
        let consumer_key = required(CONSUMER_KEY)?;
        let method = required(METHOD)?;
        let (timestamp, nonce) = (required(TIMESTAMP)?, required(NONCE)?);
        let signature = required(SIGNATURE)?;
        let version = own.optional(VERSION, LONGEST)?;
        if let Some(other) = version.filter(|version| version != "1.0") {
            return Err(Refusal::WrongOauthVersion(other.as_str().into()));
        }
        Ok(Self {
            method: Method::parse(&method)
                .ok_or_else(|| Refusal::UnsupportedSignatureMethod(method.as_str().into()))?,
            timestamp: seconds(&timestamp)
                .ok_or_else(|| Refusal::MalformedTimestamp(Shown::from(timestamp.as_str())))?,
            consumer_key,
            nonce,
            signature,
            query,
            rest,
        })
    }

    /// Who says to have signed it.
    pub fn consumer_key(&self) -> &str {
        &self.consumer_key
    }

    /// Checks that it was signed within `window` of `now`, by either clock.
    pub fn check_time(&self, now: Time, window: Duration) -> Result<(), Refusal> {
        let (now, window) = (now.seconds(), window.as_secs());
        let minutes = now.abs_diff(self.timestamp).div_ceil(60);
        if self.timestamp < now.saturating_sub(window) {
            Err(Refusal::TimestampOld { minutes })
        } else if self.timestamp > now.saturating_add(window) {
            Err(Refusal::TimestampInFuture { minutes })
        } else {
            Ok(())
        }
    }

    /// Verifies the signature of a request by `method` (such as `POST`) to `address`, whose own
    /// query is not looked at: that of the request counts.
    ///
    /// Some consumers sign the body only. With `body_only` that is enough, and then the whole query
    /// is gone, since nobody signed it; without, it is refused under a name of its own.
    pub fn verify(
        self,
        method: &str,
        address: &Address,
        secret: &str,
        body_only: bool,
    ) -> Result<Verified, Refusal> {
        let covers = self.covers(method, address, secret);
        self.taken(address, body_only, (covers, false))
    }

    /// Verifies like [`Unverified::verify`] with either of two secrets. It always tries two, so that
    /// it takes as long whether there is a former one or not.
    pub fn verify_either(
        self,
        method: &str,
        address: &Address,
        secrets: Secrets<'_>,
        body_only: bool,
    ) -> Result<Verified, Refusal> {
        let present = self.covers(method, address, secrets.present);
        let former = secrets.former.unwrap_or(secrets.present);
        let former = self.covers(method, address, former);
        let counts = secrets.former.is_some() && former != Covers::Nothing;
        let by_former = counts && present == Covers::Nothing;
        let covers = if by_former { former } else { present };
        self.taken(address, body_only, (covers, by_former))
    }

    fn covers(&self, method: &str, address: &Address, secret: &str) -> Covers {
        let whole = self.holds(method, address, secret, self.query.iter().chain(&self.rest));
        // OAuth's own parameters must be among what is signed, or a nonce could be exchanged.
        let divided = !self.query.is_empty() && !self.query.iter().any(is_own);
        let without = divided && self.holds(method, address, secret, &self.rest);
        match (whole, without) {
            (true, _) => Covers::All,
            (false, true) => Covers::AllButQuery,
            (false, false) => Covers::Nothing,
        }
    }

    fn taken(
        self,
        address: &Address,
        body_only: bool,
        (covers, by_former): (Covers, bool),
    ) -> Result<Verified, Refusal> {
        let Self {
            query,
            rest,
            consumer_key,
            nonce,
            ..
        } = self;
        let parameters = match covers {
            Covers::All => query.into_iter().chain(rest).collect(),
            Covers::AllButQuery if body_only => rest,
            Covers::AllButQuery => return Err(Refusal::QueryNotSigned),
            Covers::Nothing => {
                return Err(Refusal::WrongOauthSignature(address.base().into()));
            }
        };
        Ok(Verified {
            consumer_key,
            nonce,
            parameters,
            by_former,
        })
    }

    fn holds<'a>(
        &self,
        method: &str,
        address: &Address,
        secret: &str,
        parameters: impl IntoIterator<Item = &'a Pair>,
    ) -> bool {
        let base = base_string(method, address.base(), parameters);
        // A signature that is no Base64 costs the same as a wrong one.
        let signature = STANDARD.decode(&self.signature).unwrap_or_default();
        // Compares in constant time.
        hmac::verify(&self.method.key(secret), base.as_bytes(), &signature).is_ok()
    }
}

fn is_own((name, _): &Pair) -> bool {
    name.starts_with(PREFIX)
}

/// The name of a parameter that is there twice, be it with the same value.
fn repeated(own: &[&Pair]) -> Option<&'static str> {
    let mut known = BTreeSet::new();
    let (again, _) = own.iter().find(|(name, _)| !known.insert(name))?;
    let named = NAMED.into_iter().find(|known| known == again);
    Some(named.unwrap_or("oauth_*"))
}

/// A positive number in plain digits (RFC 5849, section 3.3).
fn seconds(timestamp: &str) -> Option<u64> {
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    timestamp.parse().ok().filter(|_| digits)
}

impl Verified {
    /// Who signed it.
    pub fn consumer_key(&self) -> &str {
        &self.consumer_key
    }

    /// Whether it was signed with the consumer's former secret.
    pub const fn by_former(&self) -> bool {
        self.by_former
    }

    /// To be taken once.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Every parameter, OAuth's own included.
    pub fn parameters(&self) -> &[Pair] {
        &self.parameters
    }

    /// Whether the body of a request that is no form is the one that was signed (OAuth Request Body
    /// Hash 1.0).
    pub fn covers(&self, body: &[u8]) -> bool {
        let hash = body_hash(body);
        self.parameters
            .iter()
            .any(|(name, value)| name == BODY_HASH && *value == hash)
    }
}

/// The `oauth_body_hash` of a body: Base64 of its SHA-1.
pub fn body_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, body))
}

/// Signs requests.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Who signs.
    pub consumer_key: &'a str,
    /// What only the consumer and the provider know.
    pub secret: &'a str,
    /// How.
    pub method: Method,
    /// Never the same twice.
    pub nonce: &'a str,
    /// Now.
    pub at: Time,
}

impl Signer<'_> {
    /// The fields of a form to be posted to `address`: `fields`, OAuth's own, and the signature.
    pub fn form(&self, address: &Address, mut fields: Vec<Pair>) -> Vec<Pair> {
        fields.extend(self.own());
        // LTI 1.1 sends it though nothing is called back.
        fields.push((CALLBACK.to_owned(), "about:blank".to_owned()));
        let signature = self.sign("POST", address, &fields);
        fields.push((SIGNATURE.to_owned(), signature));
        fields
    }

    /// The `Authorization` header of a request by `method` to `address` whose body is no form.
    pub fn authorization(&self, method: &str, address: &Address, body: &[u8]) -> String {
        let mut fields = self.own().to_vec();
        fields.push((BODY_HASH.to_owned(), body_hash(body)));
        let signature = self.sign(method, address, &fields);
        fields.push((SIGNATURE.to_owned(), signature));
        header::write(&fields)
    }

    fn own(&self) -> [Pair; 5] {
        let at = self.at.seconds().to_string();
        [
            (CONSUMER_KEY, self.consumer_key),
            (METHOD, self.method.name()),
            (NONCE, self.nonce),
            (TIMESTAMP, at.as_str()),
            (VERSION, "1.0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    fn sign(&self, method: &str, address: &Address, fields: &[Pair]) -> String {
        let base = base_string(method, address.base(), address.query().iter().chain(fields));
        STANDARD.encode(hmac::sign(&self.method.key(self.secret), base.as_bytes()))
    }
}
