//! What administrators decide about a connection, beside what its platform told.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::people::Role;
use crate::lti::key::SignatureAlgorithm;
use crate::lti::launch::Launch;
use crate::lti::names::parameter::CUSTOM_PREFIX;
use crate::lti::roles::Overrides;

/// Custom parameters that one connection may have kept.
pub const MOST_KEPT: usize = 20;
/// Bytes of the longest value that is kept; a longer one is none of those that are meant.
const LONGEST_KEPT: usize = 1_000;

/// What administrators decide about a connection. Every default is the strict or the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[allow(clippy::struct_excessive_bools)] // Each is decided for itself; together they are no state.
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
    /// Whether only people come in who are known already, by a launch or a roster.
    #[n(5)]
    #[cbor(default)]
    pub known_only: bool,
    /// Whether what the platform tells of people is not taken: everybody has a made-up name.
    #[n(6)]
    #[cbor(default)]
    pub names_withheld: bool,
    /// The custom parameters that are kept with sessions, by their whole names.
    #[n(7)]
    #[cbor(default)]
    pub kept_parameters: Vec<String>,
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

    /// What of a launch's custom parameters is kept with its session, by the whole names.
    pub fn kept(&self, launch: &Launch) -> BTreeMap<String, String> {
        let names = self.kept_parameters.iter().take(MOST_KEPT);
        let kept = names.filter_map(|name| {
            let value = launch.custom(name.strip_prefix(CUSTOM_PREFIX)?)?;
            (value.len() <= LONGEST_KEPT).then(|| (name.clone(), value.to_owned()))
        });
        kept.collect()
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
