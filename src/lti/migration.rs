//! The claim by which a platform says who a person, and which a course, was under LTI 1.1, and
//! proves it with the old secret (LTI Core 1.3 Migration Guide, section 6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::envelope::{Expected, expiry_of};
use super::json::Object;
use super::launch::Migration;
use super::names::claim;

/// The longest id under LTI 1.1, in characters.
const MAX_ID: usize = 512;

/// What a message says besides of itself; the signature covers it, so that it proves nothing in
/// any other message.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The deployment that launches.
    pub deployment: &'a str,
    /// `iss`.
    pub issuer: &'a str,
    /// The client id that the message is for.
    pub client_id: &'a str,
    /// `exp`, in seconds.
    pub expires: u64,
    /// `nonce`.
    pub nonce: &'a str,
}

impl Signed<'_> {
    /// What is signed, after the consumer key.
    fn base(&self) -> String {
        let expires = self.expires.to_string();
        let parts = [
            self.deployment,
            self.issuer,
            self.client_id,
            &expires,
            self.nonce,
        ];
        parts.join("&")
    }

    /// The signature of a platform that knows the consumer's secret.
    pub fn signature(&self, consumer_key: &str, secret: &str) -> String {
        let base = format!("{consumer_key}&{}", self.base());
        STANDARD.encode(hmac::sign(&key(secret), base.as_bytes()))
    }
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

impl Migration {
    /// Whether it was signed with this secret of its consumer.
    pub fn is_proven_by(&self, secret: &str) -> bool {
        let base = format!("{}&{}", self.consumer_key, self.signed);
        // A signature that is no Base64 costs the same as a wrong one.
        let signature = STANDARD.decode(&self.signature).unwrap_or_default();
        // Compares in constant time.
        hmac::verify(&key(secret), base.as_bytes(), &signature).is_ok()
    }
}

/// What the claim says, where it names a consumer and is signed: without, it proves nothing and is
/// not read. Nor are ids that platforms send beside it, such as Canvas's `lti11_legacy_user_id`.
pub(super) fn read(
    claims: Object<'_>,
    expected: &Expected<'_>,
    deployment: &str,
) -> Option<Migration> {
    let said = claims.object(claim::LTI1P1);
    let id = |name| said.string(name).filter(|id| is_id(id));
    let signed = Signed {
        deployment,
        issuer: expected.issuer,
        client_id: expected.client_id,
        expires: expiry_of(claims)?.seconds(),
        nonce: expected.nonce,
    };
    let context = claims.object(claim::CONTEXT);
    Some(Migration {
        consumer_key: id("oauth_consumer_key")?,
        signature: said.string("oauth_consumer_key_sign")?,
        // An id that is left out has stayed the same.
        user: id("user_id").or_else(|| claims.string("sub"))?,
        context: id("context_id").or_else(|| context.string("id")),
        guid: id("tool_consumer_instance_guid"),
        signed: signed.base(),
    })
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= MAX_ID && !id.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::lti::fixtures::expected;

    const SIGNED: Signed<'static> = Signed {
        deployment: "689302",
        issuer: "https://lmsvendor.com",
        client_id: "PM48OJSfGDTAzAo",
        expires: 1_551_290_856,
        nonce: "172we8671fd8z",
    };

    #[test]
    fn the_signature_of_the_guide() {
        assert_eq!(
            SIGNED.signature("179248902", "my-lti11-secret"),
            "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps="
        );
    }

    fn message(said: &Value) -> Value {
        json!({
            "sub": "new-1",
            "exp": 1_795_330_060,
            claim::CONTEXT: {"id": "course-1"},
            claim::LTI1P1: said,
        })
    }

    fn read_of(message: &Value) -> Option<Migration> {
        read(Object::new(message.as_object().unwrap()), &expected(), "d1")
    }

    fn signature(secret: &str) -> String {
        let expected = expected();
        let signed = Signed {
            deployment: "d1",
            issuer: expected.issuer,
            client_id: expected.client_id,
            expires: 1_795_330_060,
            nonce: expected.nonce,
        };
        signed.signature("key", secret)
    }

    #[test]
    fn what_is_left_out_has_stayed_the_same() {
        let sign = signature("secret");
        let bare = json!({"oauth_consumer_key": "key", "oauth_consumer_key_sign": sign});
        let bare = read_of(&message(&bare)).unwrap();
        assert_eq!(
            (bare.user.as_str(), bare.context.as_deref()),
            ("new-1", Some("course-1"))
        );
        assert!(bare.is_proven_by("secret") && !bare.is_proven_by("another"));
        let full = json!({
            "oauth_consumer_key": "key", "oauth_consumer_key_sign": sign,
            "user_id": "old-1", "context_id": "old-course", "tool_consumer_instance_guid": "guid",
        });
        let full = read_of(&message(&full)).unwrap();
        assert_eq!(
            (full.user.as_str(), full.context.as_deref()),
            ("old-1", Some("old-course"))
        );
        assert_eq!(full.guid.as_deref(), Some("guid"));
    }

    #[test]
    fn without_key_or_signature_it_says_nothing() {
        for said in [
            json!(null),
            json!({"user_id": "old-1"}),
            json!({"user_id": "old-1", "oauth_consumer_key": "key"}),
            json!({"user_id": "old-1", "oauth_consumer_key_sign": "x"}),
            json!({"oauth_consumer_key": "", "oauth_consumer_key_sign": "x"}),
            json!("old-1"),
        ] {
            assert_eq!(read_of(&message(&said)), None, "{said}");
        }
        let mut canvas = message(&Value::Null);
        canvas["https://purl.imsglobal.org/spec/lti/claim/lti11_legacy_user_id"] = "old-1".into();
        assert_eq!(read_of(&canvas), None);
    }

    #[test]
    fn a_signature_of_another_message_proves_nothing() {
        let sign = signature("secret");
        let said = json!({"oauth_consumer_key": "key", "oauth_consumer_key_sign": sign});
        let message = message(&said);
        let object = Object::new(message.as_object().unwrap());
        let proven = |expected: &Expected<'_>, deployment: &str| {
            read(object, expected, deployment)
                .unwrap()
                .is_proven_by("secret")
        };
        assert!(proven(&expected(), "d1"));
        assert!(!proven(&expected(), "d2"));
        let others = [
            Expected {
                issuer: "https://other.example",
                ..expected()
            },
            Expected {
                client_id: "client-2",
                ..expected()
            },
            Expected {
                nonce: "nonce-2",
                ..expected()
            },
        ];
        assert!(others.iter().all(|other| !proven(other, "d1")));
        let mut later = message.clone();
        later["exp"] = json!(1_795_330_061);
        assert!(!read_of(&later).unwrap().is_proven_by("secret"));
        for broken in ["", "no base64", "AAAA"] {
            let mut broken_sign = message.clone();
            broken_sign[claim::LTI1P1]["oauth_consumer_key_sign"] = broken.into();
            assert!(!read_of(&broken_sign).unwrap().is_proven_by("secret"));
        }
    }
}
