//! Who issued a token, to whom, when and for which login (`OpenID` Connect Core 1.0, section
//! 3.1.3.7; 1EdTech Security Framework 1.0, section 5.1.3).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::check::Checks;
use super::json::Object;
use super::redact::debug_showing;
use super::refusal::{Problem, Refusal, Shown};
use crate::world::Time;

/// What a token must say to be the answer to one login.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The registered issuer.
    pub issuer: &'a str,
    /// The registered client id.
    pub client_id: &'a str,
    /// The nonce that went with the login.
    pub nonce: &'a str,
    /// Our own address: a target link must have its origin.
    pub public_url: &'a Url,
    /// Audiences that may be named besides our client id; usually none.
    pub trusted_audiences: &'a [&'a str],
    /// How strict to be.
    pub policy: Policy,
}

debug_showing! {
    Expected<'_> { issuer, client_id, policy }
}

/// How strict to be about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How far the platform's clock may differ from ours.
    pub leeway: Duration,
    /// How long ago a token may have been issued, whenever it says that it expires.
    pub max_age: Duration,
    /// Whether a launch may leave out who is launching.
    pub anonymous: bool,
}

impl Default for Policy {
    /// Three minutes of leeway, one hour of age, nobody anonymous.
    fn default() -> Self {
        Self {
            leeway: Duration::from_mins(3),
            max_age: Duration::from_hours(1),
            anonymous: false,
        }
    }
}

/// What the answer to a selection must say to be one to us.
#[derive(Clone, Copy)]
pub(super) struct Response<'a> {
    /// The tool.
    pub(super) client_id: &'a str,
    /// Our own issuer.
    pub(super) issuer: &'a str,
    /// How far the tool's clock may differ from ours.
    pub(super) leeway: Duration,
    /// How long ago it may have been signed.
    pub(super) max_age: Duration,
}

/// Checks everything about a tool's token that is not about LTI; answers its nonce.
pub(super) fn check_response(
    claims: Object<'_>,
    response: &Response<'_>,
    now: Time,
    checks: &mut Checks,
) -> Result<String, Refusal> {
    let policy = Policy {
        leeway: response.leeway,
        max_age: response.max_age,
        anonymous: true,
    };
    // The tool issues it, to us: what a launch has, the other way round.
    checks.record("issuer", issuer(claims, response.client_id))?;
    checks.record("audience", audience(claims, response.issuer, &[]))?;
    checks.record("expiry", expiry(claims, &policy, now))?;
    checks.record("issued", issued(claims, &policy, now))?;
    let nonce = claims.strict("nonce", "nonce");
    let nonce = nonce.and_then(|nonce| {
        let nonce = nonce.filter(|nonce| !nonce.is_empty());
        nonce.map(str::to_owned).ok_or(Refusal::MissingNonce)
    });
    checks.record("nonce", nonce)
}

/// Checks everything about a token that is not about LTI.
pub(super) fn check(
    claims: Object<'_>,
    expected: &Expected<'_>,
    now: Time,
    checks: &mut Checks,
) -> Result<(), Refusal> {
    let policy = &expected.policy;
    checks.record("issuer", issuer(claims, expected.issuer))?;
    let trusted = expected.trusted_audiences;
    checks.record("audience", audience(claims, expected.client_id, trusted))?;
    checks.record("expiry", expiry(claims, policy, now))?;
    checks.record("issued", issued(claims, policy, now))?;
    checks.record("nonce", nonce(claims, expected))
}

fn issuer(claims: Object<'_>, expected: &str) -> Result<(), Refusal> {
    match claims.strict("iss", "iss")? {
        Some(issuer) if issuer == expected => Ok(()),
        other => Err(Refusal::WrongIssuer {
            seen: other.unwrap_or("nobody").into(),
            expected: expected.into(),
        }),
    }
}

fn audience(claims: Object<'_>, us: &str, trusted: &[&str]) -> Result<(), Refusal> {
    let audiences = audiences(claims)?;
    if !audiences.contains(&us) {
        return Err(Refusal::WrongAudience {
            seen: audiences.first().copied().unwrap_or("nobody").into(),
            expected: us.into(),
        });
    }
    let trusted = |name: &str| name == us || trusted.contains(&name);
    if let Some(stranger) = audiences.iter().find(|name| !trusted(name)) {
        return Err(Refusal::UntrustedAudience(Shown::from(*stranger)));
    }
    match claims.strict("azp", "azp")? {
        Some(party) if party != us => Err(Refusal::WrongAuthorizedParty(party.into())),
        None if audiences.len() > 1 => Err(Refusal::MissingAuthorizedParty),
        _ => Ok(()),
    }
}

/// `aud` is one string or an array of them (RFC 7519, section 4.1.3).
fn audiences(claims: Object<'_>) -> Result<Vec<&str>, Refusal> {
    let wrong_type = || Refusal::invalid("aud", Problem::WrongType);
    match claims.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(several)) => several
            .iter()
            .map(|name| name.as_str().ok_or_else(wrong_type))
            .collect(),
        Some(_) => Err(wrong_type()),
    }
}

fn expiry(claims: Object<'_>, policy: &Policy, now: Time) -> Result<(), Refusal> {
    let expires = numeric_date(claims, "exp")?.ok_or(Refusal::MissingExpiry)?;
    if now >= expires.after(policy.leeway) {
        return Err(Refusal::TokenExpired {
            minutes: minutes(now.since(expires)),
        });
    }
    match numeric_date(claims, "nbf")? {
        Some(starts) if starts > now.after(policy.leeway) => Err(Refusal::TokenNotYetValid {
            minutes: minutes(starts.since(now)),
        }),
        _ => Ok(()),
    }
}

/// When a token that was checked expires.
pub(super) fn expiry_of(claims: Object<'_>) -> Option<Time> {
    numeric_date(claims, "exp").ok().flatten()
}

fn issued(claims: Object<'_>, policy: &Policy, now: Time) -> Result<(), Refusal> {
    let issued = numeric_date(claims, "iat")?.ok_or(Refusal::MissingIssuedAt)?;
    if issued > now.after(policy.leeway) {
        return Err(Refusal::IssuedInFuture {
            minutes: minutes(issued.since(now)),
        });
    }
    if now > issued.after(policy.max_age).after(policy.leeway) {
        return Err(Refusal::IssuedLongAgo {
            minutes: minutes(now.since(issued)),
        });
    }
    Ok(())
}

fn nonce(claims: Object<'_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    match claims.strict("nonce", "nonce")? {
        None | Some("") => Err(Refusal::MissingNonce),
        Some(nonce) if nonce == expected.nonce => Ok(()),
        Some(_) => Err(Refusal::NonceMismatch),
    }
}

/// A `NumericDate` (RFC 7519, section 2): seconds since 1970, perhaps with a fraction. Digits in a
/// string are not one.
fn numeric_date(claims: Object<'_>, name: &'static str) -> Result<Option<Time>, Refusal> {
    let seconds = match claims.get(name) {
        None => return Ok(None),
        Some(Value::Number(seconds)) => seconds,
        Some(_) => return Err(Refusal::invalid(name, Problem::WrongType)),
    };
    let whole = seconds.as_u64().map(Duration::from_secs);
    let parts = || Duration::try_from_secs_f64(seconds.as_f64()?).ok();
    whole
        .or_else(parts)
        .map(|since_1970| Some(Time::default().after(since_1970)))
        .ok_or(Refusal::invalid(name, Problem::OutOfRange))
}

/// Minutes begun: one for anything up to a minute.
fn minutes(duration: Duration) -> u64 {
    duration.as_secs() / 60 + 1
}
