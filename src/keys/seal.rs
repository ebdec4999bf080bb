//! Values that travel through browsers and come back: encrypted and authenticated, so that nobody
//! else can read, make or change one.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::world::World;

/// What a sealed value is for. One that was made for another purpose does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The `state` of an OIDC login.
    State,
    /// A ticket for the bytes of one item.
    Media,
    /// The key of a link to an unlisted item, where it is stored.
    Link,
    /// The practice platform's `login_hint` and `lti_message_hint`.
    Hint,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::State => b"state",
            Self::Media => b"media",
            Self::Link => b"link",
            Self::Hint => b"hint",
        }
    }
}

/// Seals and opens (AES-256-GCM under random nonces).
#[derive(Clone)]
pub struct Seal {
    key: Arc<LessSafeKey>,
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
        Self {
            key: Arc::new(LessSafeKey::new(key)),
            world,
        }
    }

    /// Seals `plain`: base64url, safe in addresses, form fields and cookies.
    ///
    /// # Panics
    /// Beyond 64 GiB, which no value here is.
    #[allow(clippy::expect_used, reason = "fails only beyond 64 GiB")]
    pub fn close(&self, purpose: Purpose, plain: &[u8]) -> String {
        let nonce = self.world.random::<NONCE_LEN>();
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
