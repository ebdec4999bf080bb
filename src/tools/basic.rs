//! Launching a tool by LTI 1.1.

use super::posting::{posting, posting_in_window};
use crate::app::{App, Page};
use crate::lti::basic;
use crate::lti::launch::Launch;
use crate::lti::oauth1::{Address, Method, Pair, Signer};

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

/// A signed form, to be posted to a tool.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    address: String,
    fields: Vec<Pair>,
}

impl std::fmt::Debug for Signed {
    /// Without the fields: they tell of a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Signed {
    /// All of its fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The page that posts it.
    pub fn posting(&self, app: &App) -> Page {
        let fields: Vec<(&str, &str)> = self.pairs().collect();
        posting(app, &self.address, &fields)
    }

    /// The page whose button posts it into a window of its own.
    pub fn posting_in_window(&self, app: &App) -> Page {
        let fields: Vec<(&str, &str)> = self.pairs().collect();
        posting_in_window(app, &self.address, &fields)
    }
}

/// Signs a launch for the tool; `None` when the tool's address is no http(s) address.
pub fn launch(app: &App, tool: &Tool<'_>, launch: &Launch) -> Option<Signed> {
    launch_with(app, tool, launch, [])
}

/// Likewise with further fields.
pub fn launch_with(
    app: &App,
    tool: &Tool<'_>,
    launch: &Launch,
    besides: impl IntoIterator<Item = Pair>,
) -> Option<Signed> {
    let address = Address::parse(tool.address)?;
    let nonce = format!("{:032x}", u128::from_be_bytes(app.world.random()));
    let mut fields = basic::parameters(launch);
    fields.extend(besides);
    let signer = Signer {
        consumer_key: tool.key,
        secret: tool.secret,
        method: Method::HmacSha1,
        nonce: &nonce,
        at: app.world.now(),
    };
    Some(Signed {
        address: tool.address.to_owned(),
        fields: signer.form(&address, fields),
    })
}
