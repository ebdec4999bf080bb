//! Access tokens for the services of a platform: the signed assertion that asks for one, and the
//! platform's answer (LTI Security Framework 1.0, section 4.1; RFC 6749, section 4.4; RFC 7523).

use std::time::Duration;

use serde_json::{Value, json};

use super::json::{Object, parse_object};
use super::key::{SignError, SigningKey};
use super::redact::debug_showing;
use crate::world::Time;

/// What is asked for.
const GRANT_TYPE: &str = "client_credentials";
/// How the asker proves itself.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion may be used; at most five minutes.
const LIFETIME: Duration = Duration::from_mins(4);
/// Assertions are dated back by this, for platforms whose clock is a little behind ours.
const DATED_BACK: Duration = Duration::from_secs(10);
/// How long a token is used when its platform does not say.
const USUAL: Duration = Duration::from_mins(5);
/// The longest that a token is used, whatever its platform says.
const LONGEST: Duration = Duration::from_hours(24);
/// The longest token, in bytes: it has to fit into a header.
const LONGEST_TOKEN: usize = 16 * 1024;
/// The longest error code that is shown, in bytes.
const LONGEST_CODE: usize = 60;

/// Who asks a platform for a token, and when.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// The client id that the platform gave.
    pub client_id: &'a str,
    /// Whom it is for: one string, since some platforms take no list.
    pub audience: &'a str,
    /// Never the same twice.
    pub id: &'a str,
    /// Now.
    pub at: Time,
}

impl Assertion<'_> {
    /// The form to be posted to the token endpoint, asking for `scopes`.
    pub fn form(
        &self,
        key: &SigningKey,
        scopes: &[&str],
    ) -> Result<[(&'static str, String); 4], SignError> {
        let from = self.at.before(DATED_BACK);
        let signed = key.sign(&json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "jti": self.id,
            "iat": from.seconds(),
            "exp": self.at.after(LIFETIME).seconds(),
        }))?;
        Ok([
            ("grant_type", GRANT_TYPE.to_owned()),
            ("client_assertion_type", ASSERTION_TYPE.to_owned()),
            ("client_assertion", signed),
            ("scope", scopes.join(" ")),
        ])
    }
}

/// A platform's answer that holds no token we could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer holds no access token")]
pub struct NotAToken;

/// What a platform granted.
#[derive(Clone, PartialEq, Eq)]
pub struct Granted {
    /// The token.
    pub token: String,
    /// How long it may be used.
    pub lifetime: Duration,
    /// The scopes that it is good for; `None` when the platform does not say, and then means all
    /// that were asked for.
    pub scopes: Option<Vec<String>>,
}

debug_showing! {
    Granted { lifetime, scopes }
}

impl Granted {
    /// Reads the answer of a token endpoint. Its `token_type` is not looked at: platforms spell it
    /// in several ways, and there is only one.
    pub fn read(body: &[u8]) -> Result<Self, NotAToken> {
        let object = parse_object(body).map_err(|_| NotAToken)?;
        let answer = Object::new(&object);
        let token = answer.string("access_token").filter(|token| usable(token));
        Ok(Self {
            token: token.ok_or(NotAToken)?,
            lifetime: lifetime(answer.get("expires_in")),
            scopes: scopes(answer.get("scope")),
        })
    }
}

/// A token that can be sent in a header (RFC 6750, section 2.1; leniently, any visible ASCII).
fn usable(token: &str) -> bool {
    !token.is_empty() && token.len() <= LONGEST_TOKEN && token.bytes().all(|b| b.is_ascii_graphic())
}

/// A number of seconds, also as digits in a string.
fn lifetime(value: Option<&Value>) -> Duration {
    let seconds = match value {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(digits)) => digits.parse().ok(),
        _ => None,
    };
    seconds.map_or(USUAL, |seconds| Duration::from_secs(seconds).min(LONGEST))
}

/// Words in a string, as RFC 6749 says, or in a list, as some write.
fn scopes(value: Option<&Value>) -> Option<Vec<String>> {
    let words: Vec<String> = match value? {
        Value::String(words) => words.split_ascii_whitespace().map(str::to_owned).collect(),
        Value::Array(words) => words
            .iter()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect(),
        _ => return None,
    };
    (!words.is_empty()).then_some(words)
}

/// The error code of a refusal (RFC 6749, section 5.2), when the answer has one that can be shown.
pub fn error_code(body: &[u8]) -> Option<String> {
    let object = parse_object(body).ok()?;
    let code = Object::new(&object).string("error")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (!code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(plain)).then_some(code)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;
    use crate::lti::fixtures::{NOW, tool_key};

    #[test]
    fn an_assertion_says_who_asks_whom_for_a_short_while() {
        let assertion = Assertion {
            client_id: "client-1",
            audience: "https://lms.example/token",
            id: "jti-1",
            at: NOW,
        };
        let form = assertion.form(tool_key(), &["a", "b"]).unwrap();
        assert_eq!(form[0], ("grant_type", "client_credentials".to_owned()));
        assert_eq!(form[1].1, ASSERTION_TYPE);
        assert_eq!(form[3], ("scope", "a b".to_owned()));
        let parts: Vec<&str> = form[2].1.split('.').collect();
        let part = |index: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[index]).unwrap()).unwrap()
        };
        assert_eq!(part(0)["kid"], tool_key().kid());
        assert_eq!(part(0)["alg"], "RS256");
        let claims = part(1);
        assert_eq!(claims["iss"], "client-1");
        assert_eq!(claims["sub"], "client-1");
        assert_eq!(claims["aud"], "https://lms.example/token");
        assert_eq!(claims["jti"], "jti-1");
        let (from, to) = (
            claims["iat"].as_u64().unwrap(),
            claims["exp"].as_u64().unwrap(),
        );
        assert!(from < NOW.seconds() && NOW.seconds() < to && to - from <= 300);
        let message = format!("{}.{}", parts[0], parts[1]);
        assert!(tool_key().public().verifies(&message, parts[2]));
    }

    #[test]
    fn answers_are_read_as_platforms_write_them() {
        let granted = |body: &str| Granted::read(body.as_bytes());
        let usual = granted(
            r#"{"access_token":"abc","token_type":"Bearer","expires_in":3600,"scope":"a b"}"#,
        )
        .unwrap();
        assert_eq!(usual.token, "abc");
        assert_eq!(usual.lifetime, Duration::from_hours(1));
        assert_eq!(usual.scopes, Some(vec!["a".into(), "b".into()]));
        let bare = granted(r#"{"access_token":"abc","scope":""}"#).unwrap();
        assert_eq!((bare.lifetime, bare.scopes), (USUAL, None));
        let odd =
            granted(r#"{"access_token":"a","expires_in":"60","scope":["a",1],"token_type":7}"#)
                .unwrap();
        assert_eq!(odd.lifetime, Duration::from_mins(1));
        assert_eq!(odd.scopes, Some(vec!["a".into()]));
        let long = granted(r#"{"access_token":"a","expires_in":99999999999}"#).unwrap();
        assert_eq!(long.lifetime, LONGEST);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nX: y"}"#,
            r#"{"access_token":"ü"}"#,
        ] {
            assert_eq!(Granted::read(body.as_bytes()), Err(NotAToken), "{body}");
        }
        let long = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(LONGEST_TOKEN + 1));
        assert_eq!(Granted::read(long.as_bytes()), Err(NotAToken));
    }

    #[test]
    fn a_code_is_shown_when_it_is_one() {
        let code = |body: &str| error_code(body.as_bytes());
        assert_eq!(
            code(r#"{"error":"invalid_client"}"#).as_deref(),
            Some("invalid_client")
        );
        for body in [r#"{"error":"<b>"}"#, r#"{"error":""}"#, "<html>", "{}"] {
            assert_eq!(code(body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (Granted::read(&body), error_code(&body));
        }
    }
}
