//! Values that travel through browsers and come back: encrypted and authenticated, so that nobody
//! else can read, make or change one.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::world::World;

/// What a sealed value is for. One that was made for another purpose does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The `state` of an OIDC login.
    State,
    /// A ticket for the bytes of one item.
    Media,
    /// What shows that a page which tells of watching is ours.
    Watching,
    /// The key of a link to an unlisted item, where it is stored.
    Link,
    /// The practice platform's `login_hint` and `lti_message_hint`.
    Hint,
    /// The `data` of a selection that we ask a tool for.
    Selection,
    /// Whose result of what is meant, as the practice course tells Lanterna.
    PracticeOutcome,
    /// The `data` of a selection that somebody makes in an external tool.
    ToolSelection,
    /// An access token for the services that we offer tools.
    Access,
    /// A token that lets a tool register once.
    Registration,
    /// A registration that was shown and waits for a press.
    Pending,
    /// Whose result of which link a tool means (`sourcedId`).
    Outcome,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::State => b"state",
            Self::Media => b"media",
            Self::Watching => b"watching",
            Self::Link => b"link",
            Self::Hint => b"hint",
            Self::Selection => b"selection",
            Self::PracticeOutcome => b"practice-outcome",
            Self::ToolSelection => b"tool-selection",
            Self::Access => b"access",
            Self::Registration => b"registration",
            Self::Pending => b"pending",
            Self::Outcome => b"outcome",
        }
    }
}

/// Seals and opens (AES-256-GCM). Nonces are random, or made from what is sealed.
#[derive(Clone)]
pub struct Seal {
    key: Arc<LessSafeKey>,
    nonces: hmac::Key,
    world: World,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Seal {
    /// Seals with this secret.
    #[allow(clippy::expect_used, reason = "the length is in the type")]
    pub(super) fn new(secret: &[u8; 32], world: World) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, secret).expect("32 bytes are an AES-256 key");
        // A key of its own for nonces, made from the secret as HKDF makes one (RFC 5869, 2.3).
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"nonces\x01");
        Self {
            key: Arc::new(LessSafeKey::new(key)),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()),
            world,
        }
    }

    /// Seals `plain`: base64url, safe in addresses, form fields and cookies.
    ///
    /// # Panics
    /// Beyond 64 GiB, which no value here is.
    pub fn close(&self, purpose: Purpose, plain: &[u8]) -> String {
        self.close_under(self.world.random(), purpose, plain)
    }

    /// Seals `plain` into the same text every time, for addresses that browsers are to know again.
    /// It shows which texts hold the same, and nothing else: the nonce is a MAC of purpose and
    /// plain text, so that two values share one as rarely as they would random ones.
    ///
    /// # Panics
    /// Beyond 64 GiB, which no value here is.
    pub fn close_alike(&self, purpose: Purpose, plain: &[u8]) -> String {
        let mut mac = hmac::Context::with_key(&self.nonces);
        // Labels are prefixes of none of one another, so no two pairs run together the same.
        mac.update(purpose.label());
        mac.update(plain);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&mac.sign().as_ref()[..NONCE_LEN]);
        self.close_under(nonce, purpose, plain)
    }

    #[allow(clippy::expect_used, reason = "fails only beyond 64 GiB")]
    fn close_under(&self, nonce: [u8; NONCE_LEN], purpose: Purpose, plain: &[u8]) -> String {
        let mut text = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.label()),
                &mut text,
            )
            .expect("a value in memory can be sealed");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &text].concat())
    }

    /// What was sealed; `None` when `sealed` was not made here for this purpose.
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let plain = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose.label()),
                &mut text,
            )
            .ok()?;
        Some(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal() -> Seal {
        Seal::new(&[7; 32], World::system())
    }

    #[test]
    fn opens_what_it_closed_and_only_for_its_purpose() {
        let sealed = seal().close(Purpose::State, b"value");
        assert_eq!(
            seal().open(Purpose::State, &sealed).as_deref(),
            Some(&b"value"[..])
        );
        assert_eq!(seal().open(Purpose::Media, &sealed), None);
        let other = Seal::new(&[8; 32], World::system());
        assert_eq!(other.open(Purpose::State, &sealed), None);
    }

    #[test]
    fn alike_is_the_same_for_the_same_only() {
        let seal = seal();
        let sealed = seal.close_alike(Purpose::Media, b"value");
        assert_eq!(sealed, seal.close_alike(Purpose::Media, b"value"));
        assert_eq!(
            seal.open(Purpose::Media, &sealed).as_deref(),
            Some(&b"value"[..])
        );
        assert_eq!(seal.open(Purpose::State, &sealed), None);
        let nonce = |sealed: &str| sealed[..16].to_owned();
        let others = [
            seal.close_alike(Purpose::Media, b"valuf"),
            seal.close_alike(Purpose::State, b"value"),
            Seal::new(&[8; 32], World::system()).close_alike(Purpose::Media, b"value"),
            seal.close(Purpose::Media, b"value"),
        ];
        for other in others {
            assert_ne!(nonce(&other), nonce(&sealed));
        }
    }

    proptest! {
        #[test]
        fn a_changed_value_does_not_open(index in 0usize..45, byte: u8) {
            let mut sealed = seal().close(Purpose::State, b"value").into_bytes();
            let index = index % sealed.len();
            prop_assume!(sealed[index] != byte);
            sealed[index] = byte;
            if let Ok(sealed) = String::from_utf8(sealed) {
                prop_assert_eq!(seal().open(Purpose::State, &sealed), None);
            }
        }

        #[test]
        fn foreign_text_does_not_open(text: String) {
            prop_assert_eq!(seal().open(Purpose::State, &text), None);
        }
    }
}
