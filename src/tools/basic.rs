//! Launching a tool by LTI 1.1.

use super::posting::posting;
use crate::app::{App, Page};
use crate::lti::basic;
use crate::lti::launch::Launch;
use crate::lti::oauth1::{Address, Method, Signer};

/// A tool that takes launches of LTI 1.1.
#[derive(Clone, Copy)]
pub struct Tool<'a> {
    /// Where it takes them.
    pub address: &'a str,
    /// The consumer key that it gave.
    pub key: &'a str,
    /// The secret of that key.
    pub secret: &'a str,
}

impl std::fmt::Debug for Tool<'_> {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool")
            .field("address", &self.address)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The page that posts the signed launch to the tool; `None` when the tool's address is no http(s)
/// address.
pub fn launch(app: &App, tool: &Tool<'_>, launch: &Launch) -> Option<Page> {
    let address = Address::parse(tool.address)?;
    let nonce = format!("{:032x}", u128::from_be_bytes(app.world.random()));
    let signer = Signer {
        consumer_key: tool.key,
        secret: tool.secret,
        method: Method::HmacSha1,
        nonce: &nonce,
        at: app.world.now(),
    };
    let form = signer.form(&address, basic::parameters(launch));
    let fields: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Some(posting(app, tool.address, &fields))
}
