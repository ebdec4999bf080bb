//! OAuth 1.0a by a client of another author, beside the signatures that are made and checked here:
//! whatever it can sign as well, it signs alike.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use oauth1_request::{Builder, Credentials, HmacSha1, ParameterList};

use super::consumer::Parameters;

/// What the client adds by itself.
const OWN: [&str; 6] = [
    "oauth_callback",
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_version",
];

/// The signature of these parameters for an address; `None` for what no client signs by itself, such
/// as parameters that are there twice.
pub(crate) fn signature(
    method: &str,
    url: &str,
    secret: &str,
    parameters: &[(String, String)],
) -> Option<String> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned();
    let all = Parameters(query.chain(parameters.iter().cloned()).collect());
    let names: BTreeSet<&str> = all.0.iter().map(|(name, _)| name.as_str()).collect();
    let plain = |name: &&str| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    let version = all.get("oauth_version");
    let timestamp = all.get("oauth_timestamp")?;
    let seconds: u64 = timestamp.parse().ok()?;
    let usual = names.len() == all.0.len()
        && names.iter().all(plain)
        && all.get("oauth_signature_method") == Some("HMAC-SHA1")
        && version.is_none_or(|version| version == "1.0")
        && seconds.to_string() == timestamp
        && base.starts_with("http");
    if !usual {
        return None;
    }
    let client = Credentials::new(all.get("oauth_consumer_key")?, secret);
    let mut builder = Builder::<_, _>::new(client, HmacSha1::new());
    builder
        .nonce(Some(all.get("oauth_nonce")?))
        .timestamp(NonZeroU64::new(seconds))
        .callback(all.get("oauth_callback"))
        .version(version.is_some());
    let others = all
        .0
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()));
    let list = ParameterList::new(others.map(|(n, v)| (n, v)).collect::<Vec<_>>());
    let header = builder.authorize(method, base, &list);
    let (_, signature) = header.split_once("oauth_signature=\"")?;
    let signature = signature.split('"').next()?;
    let decoded = percent_encoding::percent_decode_str(signature).decode_utf8();
    Some(decoded.ok()?.into_owned())
}
