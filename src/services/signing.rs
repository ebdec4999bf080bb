//! Calls that are signed with a consumer's secret: OAuth 1.0a with a hash of the body, which is no
//! form (LTI 1.1.1 Implementation Guide, section 4.3).

use http::HeaderValue;
use http::header::AUTHORIZATION;

use crate::lti::oauth1::{Address, Method, Signer};
use crate::outbound::Request;
use crate::store::rows::people::Source;
use crate::world::World;

/// A consumer's signature.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// Where the connection comes from.
    pub source: Source,
    /// The consumer key.
    pub key: &'a str,
    /// Its secret.
    pub secret: &'a str,
}

impl std::fmt::Debug for Signature<'_> {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signature")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The address of a request is none that can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotSignable;

impl Signature<'_> {
    /// Signs a request as it stands.
    pub(super) fn sign(self, world: &World, request: &mut Request) -> Result<(), NotSignable> {
        let address = Address::parse(request.url.as_str()).ok_or(NotSignable)?;
        let nonce = format!("{:032x}", u128::from_be_bytes(world.random()));
        let signer = Signer {
            consumer_key: self.key,
            secret: self.secret,
            method: Method::HmacSha1,
            nonce: &nonce,
            at: world.now(),
        };
        let header = signer.authorization(request.method.as_str(), &address, &request.body);
        let mut header = HeaderValue::try_from(header).map_err(|_| NotSignable)?;
        header.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, header);
        Ok(())
    }
}
