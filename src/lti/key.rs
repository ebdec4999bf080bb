//! RSA keys: a public half that verifies, and a whole key that signs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use ring::digest::{SHA256, digest};
use ring::signature::RsaKeyPair;
use rsa::BigUint;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding, PrivateKeyInfo};
use rsa::traits::PublicKeyParts;
use serde::Serialize;

use super::crypto;

/// The smallest modulus that is trusted (RFC 7518, section 3.3).
const MIN_BITS: usize = 2048;
/// The largest modulus that ring verifies with.
const MAX_BITS: usize = 8192;
/// The largest exponent that ring takes: 33 bits, as in other implementations.
const MAX_EXPONENT_BYTES: usize = 5;

/// An algorithm by which platforms sign (RFC 7518, section 3.3). Each registration has one, whatever
/// a token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignatureAlgorithm {
    /// RSA with SHA-256, which every platform knows (1EdTech Security Framework 1.0, section
    /// 5.1.3).
    #[default]
    Rs256,
    /// RSA with SHA-384.
    Rs384,
    /// RSA with SHA-512.
    Rs512,
}

impl SignatureAlgorithm {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Rs384, Self::Rs512];

    /// Its name in headers and keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The one of this name, letter by letter.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    const fn known_as(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
        }
    }
}

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A modulus of fewer than 2048 bits.
    #[error("the RSA key has only {0} bits; 2048 are needed")]
    TooSmall(usize),
    /// A modulus of more than 8192 bits.
    #[error("the RSA key has {0} bits; at most 8192 are accepted")]
    TooLarge(usize),
    /// Not an RSA key, or damaged.
    #[error("the key is not a usable RSA key")]
    Unusable,
}

/// The key could not sign, or what was to be signed is not representable as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SignError;

/// The public half of an RSA key of 2048 to 8192 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Modulus, big-endian, without leading zeros.
    n: Vec<u8>,
    /// Exponent, big-endian, without leading zeros.
    e: Vec<u8>,
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

impl PublicKey {
    /// A key from its modulus and exponent, both big-endian. Leading zeros are dropped.
    pub fn from_components(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last % 2 == 1);
        if !odd(n) || !odd(e) || e == [1] || e.len() > MAX_EXPONENT_BYTES {
            return Err(KeyError::Unusable);
        }
        match bits(n) {
            bits if bits < MIN_BITS => Err(KeyError::TooSmall(bits)),
            bits if bits > MAX_BITS => Err(KeyError::TooLarge(bits)),
            _ => Ok(Self {
                n: n.to_vec(),
                e: e.to_vec(),
            }),
        }
    }

    /// The modulus as a JWK's `n` (base64url).
    pub fn n(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.n)
    }

    /// The exponent as a JWK's `e` (base64url).
    pub fn e(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.e)
    }

    /// The key's SHA-256 thumbprint (RFC 7638), base64url. As a `kid` it can't outlive its key.
    pub fn thumbprint(&self) -> String {
        let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.e(), self.n());
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }

    /// The key as `SubjectPublicKeyInfo` in PEM, which is what administrators paste.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let (n, e) = (
            BigUint::from_bytes_be(&self.n),
            BigUint::from_bytes_be(&self.e),
        );
        rsa::RsaPublicKey::new_unchecked(n, e)
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Unusable)
    }

    /// A key that was pasted as PEM: `PUBLIC KEY`, or the older `RSA PUBLIC KEY`.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = rsa::RsaPublicKey::from_public_key_pem(pem)
            .ok()
            .or_else(|| rsa::RsaPublicKey::from_pkcs1_pem(pem).ok())
            .ok_or(KeyError::Unusable)?;
        Self::from_components(&key.n().to_bytes_be(), &key.e().to_bytes_be())
    }

    /// Whether `signature` (base64url) is this key's RS256 signature of `message`.
    pub fn verifies(&self, message: &str, signature: &str) -> bool {
        self.verifies_by(SignatureAlgorithm::Rs256, message, signature)
    }

    /// Whether `signature` (base64url) is this key's signature of `message` by this algorithm.
    pub fn verifies_by(
        &self,
        algorithm: SignatureAlgorithm,
        message: &str,
        signature: &str,
    ) -> bool {
        crypto::install();
        let key = DecodingKey::from_rsa_raw_components(&self.n, &self.e);
        let algorithm = algorithm.known_as();
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm)
            .unwrap_or(false)
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte != 0);
    &bytes[first.unwrap_or(bytes.len())..]
}

/// The bit length of a big-endian number without leading zeros.
fn bits(n: &[u8]) -> usize {
    let unused = n.first().map_or(0, |first| first.leading_zeros() as usize);
    n.len() * 8 - unused
}

/// An RSA key that signs, known by its thumbprint.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    private: EncodingKey,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl SigningKey {
    /// A key from its PKCS#8 DER. Keys of fewer than 2048 bits are refused.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        // ring takes its limit from the bytes of the modulus, and says only "too small": the
        // public half is read first, so that the refusal can name the size.
        let info = PrivateKeyInfo::try_from(der).map_err(|_| KeyError::Unusable)?;
        let pkcs1 = info.private_key;
        let public = public_half(pkcs1)?;
        RsaKeyPair::from_der(pkcs1).map_err(|_| KeyError::Unusable)?;
        Ok(Self {
            kid: public.thumbprint(),
            private: EncodingKey::from_rsa_der(pkcs1),
            public,
        })
    }

    /// The key's id in our JWK set and in the header of what it signs.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `claims` as a JWT: RS256, with the key's id in the header.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        crypto::install();
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::RS256)
        };
        jsonwebtoken::encode(&header, claims, &self.private).map_err(|_| SignError)
    }
}

/// The public half of a PKCS#1 private key.
fn public_half(pkcs1: &[u8]) -> Result<PublicKey, KeyError> {
    let key = rsa::pkcs1::RsaPrivateKey::try_from(pkcs1).map_err(|_| KeyError::Unusable)?;
    PublicKey::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lti::fixtures;

    #[test]
    fn writes_the_pem_that_openssl_writes() {
        let pem = fixtures::platform_key().public().to_pem().unwrap();
        assert_eq!(
            pem,
            include_str!("../../tests/fixtures/keys/platform.pub.pem")
        );
    }

    #[test]
    fn a_key_is_known_by_its_rfc_7638_thumbprint() {
        assert_eq!(
            fixtures::platform_key().kid(),
            "AltUGMHmrUVeUSZGloggxrZnGJ3aP7dgWZ36vj6Lu04"
        );
    }

    #[test]
    fn a_thousand_bits_are_too_few_to_sign_or_to_verify() {
        let der = include_bytes!("../../tests/fixtures/keys/small.p8");
        assert_eq!(
            SigningKey::from_pkcs8(der).err(),
            Some(KeyError::TooSmall(1024))
        );
        assert_eq!(
            PublicKey::from_components(&[0xff; 128], &[1, 0, 1]).err(),
            Some(KeyError::TooSmall(1024))
        );
    }

    #[test]
    fn sizes_count_bits_not_bytes() {
        let mut n = [0xff; 256];
        assert!(PublicKey::from_components(&n, &[1, 0, 1]).is_ok());
        n[0] = 0x7f;
        assert_eq!(
            PublicKey::from_components(&n, &[1, 0, 1]).err(),
            Some(KeyError::TooSmall(2047))
        );
        assert_eq!(
            PublicKey::from_components(&[0xff; 1025], &[1, 0, 1]).err(),
            Some(KeyError::TooLarge(8200))
        );
    }

    #[test]
    fn leading_zeros_do_not_matter_and_nonsense_is_refused() {
        let key = fixtures::platform_key();
        let padded =
            PublicKey::from_components(&[&[0, 0][..], &key.public().n].concat(), &[0, 1, 0, 1]);
        assert_eq!(padded.as_ref(), Ok(key.public()));
        let odd = [0xff; 256];
        let mut even = odd;
        even[255] = 0xfe;
        for (n, e) in [
            (&odd[..], &[][..]),
            (&odd, &[1]),
            (&odd, &[2]),
            (&odd, &[0xff; 6]),
            (&even, &[1, 0, 1]),
            (&[], &[1, 0, 1]),
        ] {
            assert_eq!(
                PublicKey::from_components(n, e).err(),
                Some(KeyError::Unusable)
            );
        }
    }

    #[test]
    fn what_one_key_signs_only_that_key_verifies() {
        let token = fixtures::platform_key()
            .sign(&serde_json::json!({"a": 1}))
            .unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        assert!(
            fixtures::platform_key()
                .public()
                .verifies(message, signature)
        );
        assert!(!fixtures::other_key().public().verifies(message, signature));
        assert!(
            !fixtures::platform_key()
                .public()
                .verifies(message, "not base64 !")
        );
    }

    #[test]
    fn damaged_private_keys_are_refused() {
        let der = include_bytes!("../../tests/fixtures/keys/platform.p8");
        assert!(SigningKey::from_pkcs8(&der[..der.len() / 2]).is_err());
        assert!(SigningKey::from_pkcs8(b"").is_err());
    }

    #[test]
    fn debugging_shows_the_id_only() {
        let shown = format!("{:?}", fixtures::platform_key());
        assert_eq!(
            shown,
            "SigningKey(AltUGMHmrUVeUSZGloggxrZnGJ3aP7dgWZ36vj6Lu04)"
        );
    }
}
