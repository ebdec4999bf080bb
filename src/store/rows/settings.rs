//! What administrators decide about a connection, beside what its platform told.

use minicbor::{Decode, Encode};

use super::people::Role;
use crate::lti::key::SignatureAlgorithm;
use crate::lti::roles::Overrides;

/// What administrators decide about a connection. Every default is the strict or the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Settings {
    /// The one algorithm with which its platform signs.
    #[n(0)]
    #[cbor(default)]
    pub algorithm: Algorithm,
    /// Whom the proof is for that asks for access tokens (`aud`); `None`: the token endpoint.
    #[n(1)]
    pub token_audience: Option<String>,
    /// How the browser is sent to the authentication endpoint.
    #[n(2)]
    #[cbor(default)]
    pub authentication: Authentication,
    /// Whether launches may leave out who is launching.
    #[n(3)]
    #[cbor(default)]
    pub anonymous: bool,
    /// Roles that count as something else than they usually do.
    #[n(4)]
    #[cbor(default)]
    pub role_overrides: Vec<RoleOverride>,
    /// Whether what single people watched is kept from teachers: they see sums only.
    #[n(12)]
    #[cbor(default)]
    pub sums_only: bool,
}

/// An algorithm of signatures. All are asymmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Algorithm {
    /// RSA with SHA-256, which all platforms know.
    #[default]
    #[n(0)]
    Rs256,
    /// RSA with SHA-384.
    #[n(1)]
    Rs384,
    /// RSA with SHA-512.
    #[n(2)]
    Rs512,
}

/// How the browser is sent to an authentication endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Authentication {
    /// By a redirect.
    #[default]
    #[n(0)]
    Get,
    /// By a page that posts a form.
    #[n(1)]
    Post,
}

/// A role that counts as something else than it usually does.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RoleOverride {
    /// The role, as the platform writes it; compared without case.
    #[n(0)]
    pub role: String,
    /// What it counts as in the launch's course.
    #[n(1)]
    pub counts_as: Role,
}

impl Settings {
    /// The algorithm, as the protocol knows it.
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self.algorithm {
            Algorithm::Rs256 => SignatureAlgorithm::Rs256,
            Algorithm::Rs384 => SignatureAlgorithm::Rs384,
            Algorithm::Rs512 => SignatureAlgorithm::Rs512,
        }
    }

    /// The roles that count as something else, as the protocol knows them.
    pub fn overrides(&self) -> Overrides {
        let pairs = self.role_overrides.iter();
        Overrides::new(pairs.map(|one| (one.role.clone(), one.counts_as.into())))
    }
}

impl From<SignatureAlgorithm> for Algorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Rs256 => Self::Rs256,
            SignatureAlgorithm::Rs384 => Self::Rs384,
            SignatureAlgorithm::Rs512 => Self::Rs512,
        }
    }
}
