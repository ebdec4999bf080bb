//! JSON Web Key sets (RFC 7517): a platform's, read leniently, and ours.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use super::json::{Object, parse_object};
use super::key::{KeyError, PublicKey, SignatureAlgorithm};
use super::refusal::Refusal;

/// The longest set that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// The most keys that a set may have.
const MAX_KEYS: usize = 100;

/// Base64url as platforms write it, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why something is not a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// More than 256 KiB.
    #[error("the key set is larger than 256 KiB")]
    TooLarge,
    /// More than 100 keys.
    #[error("the key set has more than 100 keys")]
    TooManyKeys,
    /// Not a JSON object with an array of `keys`.
    #[error("the answer is not a JSON Web Key set")]
    Malformed,
}

/// A platform's keys for signatures, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kid: String,
    /// The one algorithm that it is for; `None`: any of its kind.
    algorithm: Option<SignatureAlgorithm>,
    key: Result<PublicKey, KeyError>,
}

impl Entry {
    fn is_for(&self, algorithm: SignatureAlgorithm) -> bool {
        self.algorithm.is_none_or(|own| own == algorithm)
    }
}

impl KeySet {
    /// Reads a set. Keys of other kinds or uses, and keys without an id, are skipped; a key that
    /// does not name its algorithm counts by its kind (Brightspace writes such keys).
    pub fn parse(json: &[u8]) -> Result<Self, JwksError> {
        if json.len() > MAX_BYTES {
            return Err(JwksError::TooLarge);
        }
        let set = parse_object(json).map_err(|_| JwksError::Malformed)?;
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(JwksError::Malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(JwksError::TooManyKeys);
        }
        let usable = keys.iter().filter_map(Value::as_object);
        Ok(Self(
            usable.map(Object::new).filter_map(signature_key).collect(),
        ))
    }

    /// The one key of somebody who told it without an id: whatever id they sign by, it is this one.
    pub fn of_one(kid: &str, key: PublicKey) -> Self {
        Self(vec![Entry {
            kid: kid.to_owned(),
            algorithm: None,
            key: Ok(key),
        }])
    }

    /// Whether there is a key of this id; when not, the set may have become stale.
    pub fn contains(&self, kid: &str) -> bool {
        self.0.iter().any(|entry| entry.kid == kid)
    }

    /// How many keys there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them may sign by this algorithm and are large enough to be trusted.
    pub fn usable(&self, algorithm: SignatureAlgorithm) -> usize {
        let usable = |entry: &&Entry| entry.is_for(algorithm) && entry.key.is_ok();
        self.0.iter().filter(usable).count()
    }

    /// The key of this id, for RS256.
    pub fn find(&self, kid: &str) -> Result<&PublicKey, Refusal> {
        self.find_for(kid, SignatureAlgorithm::Rs256)
    }

    /// The key of this id, for this algorithm. A key that is too small to be trusted is refused as
    /// that.
    pub fn find_for(
        &self,
        kid: &str,
        algorithm: SignatureAlgorithm,
    ) -> Result<&PublicKey, Refusal> {
        let mut entries = self.0.iter();
        let found = entries.find(|entry| entry.kid == kid && entry.is_for(algorithm));
        match found.map(|entry| &entry.key) {
            Some(Ok(key)) => Ok(key),
            Some(Err(why)) => Err(Refusal::WeakKey {
                kid: kid.into(),
                why: *why,
            }),
            None => Err(Refusal::UnknownKey(kid.into())),
        }
    }
}

/// A JWK that is for signatures by one of the algorithms that we know.
fn signature_key(jwk: Object<'_>) -> Option<Entry> {
    let is = |name, expected| jwk.get(name).is_none_or(|value| value == expected);
    let verifies = |operations: &Value| {
        operations
            .as_array()
            .is_some_and(|list| list.iter().any(|operation| operation == "verify"))
    };
    let algorithm = match jwk.get("alg") {
        None => None,
        Some(name) => Some(SignatureAlgorithm::parse(name.as_str()?)?),
    };
    let for_signatures =
        jwk.get("kty")? == "RSA" && is("use", "sig") && jwk.get("key_ops").is_none_or(verifies);
    if !for_signatures {
        return None;
    }
    let kid = jwk.string("kid")?;
    let number = |name| {
        jwk.get(name)?
            .as_str()
            .and_then(|text| BASE64.decode(text).ok())
    };
    let key = match (number("n"), number("e")) {
        (Some(n), Some(e)) => PublicKey::from_components(&n, &e),
        _ => Err(KeyError::Unusable),
    };
    Some(Entry {
        kid,
        algorithm,
        key,
    })
}

/// Our own public key set, each key under its thumbprint.
pub fn document<'a>(keys: impl IntoIterator<Item = &'a PublicKey>) -> Value {
    let jwk = |key: &PublicKey| {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": key.thumbprint(),
            "n": key.n(),
            "e": key.e(),
        })
    };
    json!({ "keys": keys.into_iter().map(jwk).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lti::fixtures;

    fn platform_jwk() -> Value {
        document([fixtures::platform_key().public()])["keys"][0].clone()
    }

    fn set_of(jwk: &Value) -> KeySet {
        KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut jwk = platform_jwk();
        jwk[name] = value;
        jwk
    }

    #[test]
    fn writes_the_set_that_another_implementation_writes() {
        let theirs: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/keys/public.jwks.json"))
                .unwrap();
        let ours = document([
            fixtures::platform_key().public(),
            fixtures::other_key().public(),
            fixtures::tool_key().public(),
        ]);
        assert_eq!(
            ours["keys"].as_array().unwrap()[..],
            theirs["keys"].as_array().unwrap()[..3]
        );
    }

    #[test]
    fn finds_keys_by_id_and_refuses_small_ones() {
        let set =
            KeySet::parse(include_bytes!("../../tests/fixtures/keys/public.jwks.json")).unwrap();
        assert_eq!(
            set.find(fixtures::platform_key().kid()),
            Ok(fixtures::platform_key().public())
        );
        assert_eq!(
            set.find("cs91mA-pnIK2DHFblmEYaY3_8MdYWN44lPyBNGcAyE0"),
            Err(Refusal::WeakKey {
                kid: "cs91mA-pnIK2DHFblmEYaY3_8MdYWN44lPyBNGcAyE0".into(),
                why: KeyError::TooSmall(1024)
            })
        );
        assert_eq!(
            set.find("nobody"),
            Err(Refusal::UnknownKey("nobody".into()))
        );
        assert!(!set.contains("nobody"));
    }

    #[test]
    fn takes_what_platforms_write() {
        let kid = fixtures::platform_key().kid().to_owned();
        let padded = format!("{}==", platform_jwk()["n"].as_str().unwrap());
        for jwk in [
            platform_jwk(),
            with("alg", Value::Null),
            with("use", Value::Null),
            with("key_ops", json!(["verify"])),
            with("x5c", json!([1, {}])),
            with("n", json!(padded)),
        ] {
            assert!(set_of(&jwk).find(&kid).is_ok(), "{jwk}");
        }
    }

    #[test]
    fn skips_what_is_not_for_rs256_signatures() {
        let kid = fixtures::platform_key().kid().to_owned();
        for jwk in [
            with("kty", json!("EC")),
            with("kty", json!("oct")),
            with("kty", Value::Null),
            with("alg", json!("HS256")),
            with("alg", json!("none")),
            with("alg", json!(["RS256"])),
            with("use", json!("enc")),
            with("key_ops", json!(["encrypt"])),
            with("kid", Value::Null),
            with("kid", json!(7)),
            json!("text"),
        ] {
            assert!(!set_of(&jwk).contains(&kid), "{jwk}");
        }
    }

    #[test]
    fn a_key_for_one_algorithm_is_none_for_another() {
        use SignatureAlgorithm::{Rs256, Rs512};
        let kid = fixtures::platform_key().kid().to_owned();
        let finds = |jwk: &Value, algorithm| set_of(jwk).find_for(&kid, algorithm).is_ok();
        let of_its_own = with("alg", json!("RS512"));
        assert!(finds(&of_its_own, Rs512) && !finds(&of_its_own, Rs256));
        assert_eq!(set_of(&of_its_own).usable(Rs256), 0);
        let unsaid = with("alg", Value::Null);
        assert!(finds(&unsaid, Rs512) && finds(&unsaid, Rs256));
        assert_eq!(set_of(&unsaid).usable(Rs256), 1);
    }

    #[test]
    fn a_damaged_key_is_refused_as_such_and_harms_no_other() {
        let kid = fixtures::platform_key().kid().to_owned();
        let other = document([fixtures::other_key().public()])["keys"][0].clone();
        for damaged in [
            with("n", json!("***")),
            with("e", json!("")),
            with("n", json!(5)),
        ] {
            let json = json!({ "keys": [damaged, other] }).to_string();
            let set = KeySet::parse(json.as_bytes()).unwrap();
            assert!(matches!(set.find(&kid), Err(Refusal::WeakKey { .. })));
            assert!(set.find(fixtures::other_key().kid()).is_ok());
        }
    }

    #[test]
    fn sets_are_bounded() {
        assert_eq!(
            KeySet::parse(&vec![b' '; MAX_BYTES + 1]),
            Err(JwksError::TooLarge)
        );
        let of = |count| json!({ "keys": vec![json!({}); count] }).to_string();
        assert!(KeySet::parse(of(100).as_bytes()).is_ok());
        assert_eq!(
            KeySet::parse(of(101).as_bytes()),
            Err(JwksError::TooManyKeys)
        );
        for text in [
            "",
            "[]",
            "{}",
            r#"{"keys":null}"#,
            r#"{"keys":{}}"#,
            "<html>",
        ] {
            assert_eq!(KeySet::parse(text.as_bytes()), Err(JwksError::Malformed));
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = KeySet::parse(&bytes);
        }

        #[test]
        fn never_panics_on_keys(n in ".{0,40}", e in ".{0,8}", kid in ".{0,8}") {
            let jwk = json!({"kty": "RSA", "n": n, "e": e, "kid": kid});
            prop_assert!(set_of(&jwk).find(&kid).is_err());
        }
    }
}
