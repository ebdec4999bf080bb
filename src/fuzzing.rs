//! What strangers send, as the fuzz targets (`fuzz/`) give it to its readers, and what has to hold
//! then. Inputs that once broke something are kept in `tests/fixtures/fuzz/` and tried in the tests.

#![allow(
    clippy::missing_panics_doc,
    reason = "a panic is what a target tells of what it finds"
)]

use url::Url;

use crate::browse::tus::told;
use crate::library::captions::parse as read;
use crate::library::range::{self, Asked};
use crate::library::try_examiner;
use crate::lti::basic;
use crate::lti::check::Checks;
use crate::lti::envelope::{Expected, Policy};
use crate::lti::jwks::KeySet;
use crate::lti::oauth1::{self, Address, Method, Signer};
use crate::lti::outcomes::{ToolResult, read_request, read_response, write_request};
use crate::lti::token::{Unverified, Verified};
use crate::world::Time;

/// The moment of every input.
const NOW: Time = Time::from_seconds(1_795_330_000);
/// Where forms are posted.
const LAUNCH: &str = "https://tool.example/lti/launch";

/// What is given to a reader.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 8] = [
    ("examiner", try_examiner),
    ("captions", captions),
    ("byte_range", byte_range),
    ("metadata", metadata),
    ("token", token),
    ("claims", claims),
    ("form", form),
    ("outcome", outcome),
];

/// Captions: what is written is read again as the same.
pub fn captions(data: &[u8]) {
    if let Ok(captions) = read(data) {
        let written = captions.to_vtt();
        let again = read(written.as_bytes());
        assert_eq!(again.map(|again| again.to_vtt()), Ok(written));
    }
}

/// A `Range` header, behind eight bytes of length: what it asks for lies in the file, in order.
pub fn byte_range(data: &[u8]) {
    let Some((len, header)) = data.split_first_chunk() else {
        return;
    };
    let len = u64::from_be_bytes(*len);
    let Ok(header) = std::str::from_utf8(header) else {
        return;
    };
    if let Asked::Parts(spans) = range::parse(header, len) {
        assert!(!spans.is_empty());
        let mut end = 0;
        for span in spans {
            assert!(span.len > 0 && span.start >= end);
            assert!(
                span.start
                    .checked_add(span.len)
                    .is_some_and(|end| end <= len)
            );
            end = span.end();
        }
    }
}

/// `Upload-Metadata`.
pub fn metadata(data: &[u8]) {
    if let Ok(header) = std::str::from_utf8(data) {
        let _ = told(header, "filename");
    }
}

/// An `id_token`, and a key set behind a line's end.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (token, keys) = text.split_once('\n').unwrap_or((text, ""));
    let keys = KeySet::parse(keys.as_bytes());
    let mut checks = Checks::new();
    if let (Ok(token), Ok(keys)) = (Unverified::parse(token, &mut checks), keys) {
        let _ = token.verify(&keys, &mut checks);
    }
}

/// Claims, as if they were signed.
pub fn claims(data: &[u8]) {
    let (Some(verified), Ok(public_url)) = (Verified::unsigned(data), Url::parse(LAUNCH)) else {
        return;
    };
    let expected = Expected {
        issuer: "https://lms.example",
        client_id: "client-1",
        nonce: "nonce-1",
        public_url: &public_url,
        trusted_audiences: &[],
        policy: Policy::default(),
    };
    let _ = verified.launch(&expected, NOW, &mut Checks::new());
}

/// A form of LTI 1.1 as it came, and the same signed: then it is read.
pub fn form(data: &[u8]) {
    let pairs = || form_urlencoded::parse(data).into_owned().collect();
    let authorization = std::str::from_utf8(data).ok();
    let _ = oauth1::Unverified::parse(Vec::new(), pairs(), authorization);
    let (Some(address), Ok(url)) = (Address::parse(LAUNCH), Url::parse(LAUNCH)) else {
        return;
    };
    let signer = Signer {
        consumer_key: "key",
        secret: "secret",
        method: Method::HmacSha256,
        nonce: "nonce",
        at: NOW,
    };
    let fields = signer.form(&address, pairs());
    if let Ok(given) = oauth1::Unverified::parse(Vec::new(), fields, None) {
        let verified = given.verify("POST", &address, "secret", false);
        assert!(verified.is_ok(), "what was signed just now holds");
        if let Ok(verified) = verified {
            let leaves = basic::Leaves {
                subject: true,
                link: true,
            };
            let _ = basic::read(&verified, &url, leaves, &mut Checks::new());
        }
    }
}

/// What a tool reports, or a platform answers, by LTI 1.1: what is read can be written.
pub fn outcome(data: &[u8]) {
    let _ = (read_response(data), ToolResult::read(data));
    if let Ok(request) = read_request(data) {
        let _ = read_request(write_request(&request).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn what_broke_something_once_does_no_more() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz");
        for (name, target) in TARGETS {
            let mut tried = 0;
            for entry in fs::read_dir(folder.join(name)).unwrap() {
                target(&fs::read(entry.unwrap().path()).unwrap());
                tried += 1;
            }
            assert!(tried > 0, "{name}");
        }
    }
}
