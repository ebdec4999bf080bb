//! An `id_token` on its way to a launch: shape, algorithm, key, signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::check::Checks;
use super::claims;
use super::envelope::{self, Expected};
use super::json::{Object, parse_object};
use super::jwks::KeySet;
use super::key::SignatureAlgorithm;
use super::launch::Launch;
use super::redact::debug_showing;
use super::refusal::Refusal;
use crate::world::Time;

/// The longest token that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// A well-formed token of the right algorithm, whose signature is still to be verified. Nothing
/// in it can be believed; its claims can't be reached.
#[derive(Clone)]
pub struct Unverified<'t> {
    message: &'t str,
    payload: &'t str,
    signature: &'t str,
    kid: String,
    algorithm: SignatureAlgorithm,
}

impl<'t> Unverified<'t> {
    /// Reads the header of a token that must be signed with RS256.
    pub fn parse(token: &'t str, checks: &mut Checks) -> Result<Self, Refusal> {
        Self::parse_signed(token, SignatureAlgorithm::Rs256, checks)
    }

    /// Reads the header of a token that must be signed by this algorithm, which its registration
    /// names and never the token. A key that the header carries or points to (`jwk`, `jku`, `x5c`,
    /// `x5u`) is ignored: only the platform's own key set counts.
    pub fn parse_signed(
        token: &'t str,
        algorithm: SignatureAlgorithm,
        checks: &mut Checks,
    ) -> Result<Self, Refusal> {
        let parts = checks.record("shape", Parts::split(token))?;
        let kid = checks.record("algorithm", signed_with(&parts.header, algorithm))?;
        Ok(Self {
            algorithm,
            message: parts.message,
            payload: parts.payload,
            signature: parts.signature,
            kid,
        })
    }

    /// The id of the key that is said to have signed, for finding a key set that has it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Verifies the signature with the platform's key, and only then reads the claims.
    pub fn verify(&self, keys: &KeySet, checks: &mut Checks) -> Result<Verified, Refusal> {
        let key = checks.record("key", keys.find_for(&self.kid, self.algorithm))?;
        let genuine = key.verifies_by(self.algorithm, self.message, self.signature);
        checks.record(
            "signature",
            genuine.then_some(()).ok_or(Refusal::WrongSignature),
        )?;
        let claims = checks.record("claims", decode("payload", self.payload))?;
        Ok(Verified { claims })
    }
}

/// Claims that the platform signed. Whether they are meant for us, now, is still to be checked.
#[derive(Clone)]
pub struct Verified {
    claims: Map<String, Value>,
}

debug_showing! {
    Unverified<'_> { kid }
    Verified {}
}

#[cfg(any(test, fuzzing))]
impl Verified {
    /// These claims, as if they were signed.
    pub fn unsigned(claims: &[u8]) -> Option<Self> {
        let claims = parse_object(claims).ok()?;
        Some(Self { claims })
    }
}

impl Verified {
    /// What was signed.
    pub(super) const fn claims(&self) -> Object<'_> {
        Object::new(&self.claims)
    }

    /// The launch, when the token was issued to us, for this login, now, and says everything that
    /// its message needs. That the nonce is used only once is the caller's to see to.
    pub fn launch(
        &self,
        expected: &Expected<'_>,
        now: Time,
        checks: &mut Checks,
    ) -> Result<Launch, Refusal> {
        let claims = self.claims();
        envelope::check(claims, expected, now, checks)?;
        claims::read(claims, expected, checks)
    }
}

/// The parts of a JWS in its compact form (RFC 7515, section 7.1).
struct Parts<'t> {
    header: Map<String, Value>,
    message: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    fn split(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > MAX_BYTES {
            return Err(Refusal::TokenTooLarge(token.len()));
        }
        let three = || {
            let (message, signature) = token.rsplit_once('.')?;
            let (header, payload) = message.split_once('.')?;
            (!payload.contains('.')).then_some((message, header, payload, signature))
        };
        let (message, header, payload, signature) =
            three().ok_or_else(|| Refusal::malformed("form", "is not that of a signed token"))?;
        Ok(Self {
            header: decode("header", header)?,
            message,
            payload,
            signature,
        })
    }
}

fn decode(part: &'static str, encoded: &str) -> Result<Map<String, Value>, Refusal> {
    let json = URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| Refusal::malformed(part, "is not base64url"))?;
    parse_object(&json).map_err(|error| Refusal::malformed(part, error.to_string()))
}

/// The id of the signing key, when the header asks for nothing but this algorithm.
fn signed_with(
    header: &Map<String, Value>,
    algorithm: SignatureAlgorithm,
) -> Result<String, Refusal> {
    let header = Object::new(header);
    match header.strict("alg", "alg")? {
        Some(name) if name == algorithm.name() => {}
        other => {
            return Err(Refusal::WrongAlgorithm {
                seen: other.map(Into::into),
                expected: algorithm.name(),
            });
        }
    }
    if header.get("crit").is_some() {
        return Err(Refusal::CriticalHeader);
    }
    let kid = header.id("kid", "kid")?.ok_or(Refusal::MissingKeyId)?;
    Ok(kid.to_owned())
}
