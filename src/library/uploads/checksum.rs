//! What a client says that the bytes of one request hash to (tus 1.0, checksum).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// The names of the algorithms that are taken (`Tus-Checksum-Algorithm`). SHA-1, which the
/// protocol asks of every server, finds accidents; it keeps nobody out.
pub const ALGORITHMS: &str = "sha1,sha256";

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The header names no algorithm that is taken, or no digest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a checksum of a known algorithm")]
pub struct BadChecksum;

/// A checksum as `Upload-Checksum` has it: the algorithm's name, a space, the digest in Base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: &'static Algorithm,
    digest: Vec<u8>,
}

impl FromStr for Checksum {
    type Err = BadChecksum;
    fn from_str(text: &str) -> Result<Self, BadChecksum> {
        let (name, digest) = text.split_once(' ').ok_or(BadChecksum)?;
        let algorithm = match name {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            _ => return Err(BadChecksum),
        };
        let digest = BASE64.decode(digest).map_err(|_| BadChecksum)?;
        if digest.len() != algorithm.output_len() {
            return Err(BadChecksum);
        }
        Ok(Self { algorithm, digest })
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checksum")
            .field("algorithm", self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The bytes of one request on their way through a checksum.
pub(super) struct Check {
    expected: Checksum,
    seen: Context,
}

impl Check {
    pub(super) fn new(expected: Checksum) -> Self {
        let seen = Context::new(expected.algorithm);
        Self { expected, seen }
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.seen.update(piece);
    }

    /// Whether what came is what was said.
    pub(super) fn holds(self) -> bool {
        self.seen.finish().as_ref() == self.expected.digest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The digests of "abc" (FIPS 180-4's examples).
    const OF_ABC: [&str; 3] = [
        "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0",
        "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
    ];

    #[test]
    fn it_holds_for_these_bytes_and_no_others() {
        for text in OF_ABC {
            for (pieces, holds) in [(["a", "bc"], true), (["a", "bd"], false), (["", ""], false)] {
                let mut check = Check::new(text.parse().unwrap());
                for piece in pieces {
                    check.update(piece.as_bytes());
                }
                assert_eq!(check.holds(), holds, "{text} {pieces:?}");
            }
        }
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for text in [
            "",
            "sha1",
            "sha1 ",
            "md5 kAFQmDzST7DWlj99KOF/cg==",
            "SHA1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "sha1 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "sha1  qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "sha1 a9993e364706816aba3e25717850c26c9cd0d89d",
        ] {
            assert_eq!(text.parse::<Checksum>(), Err(BadChecksum), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_taken_without_panic(text: String) {
            let _ = text.parse::<Checksum>();
        }
    }
}
