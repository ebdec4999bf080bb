//! Where tools may be launched: never at Lanterna itself, whose pages would then be framed and posted
//! to as somebody's tool, and only where whoever added them may say.

use std::collections::HashMap;

use url::{Host, Url};

use crate::app::App;
use crate::lti::origin::{origin_of, web_url};
use crate::store::rows::tools::{Tool, ToolSource, ToolTrust};

/// Why a tool is not launched at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no http(s) address.
    #[error("not a web address")]
    NotWeb,
    /// It is Lanterna's own.
    #[error("an address of Lanterna itself")]
    Own,
    /// What goes there is not encrypted.
    #[error("not an https address")]
    NotHttps,
    /// It is on a network of its own, which only the configuration may name.
    #[error("not an address of the public internet")]
    Private,
}

/// How many origins that are not the tool's own are looked at for what is picked together.
const MOST_ELSEWHERE: usize = 8;
/// The longest address, in bytes.
const LONGEST: usize = 2_000;

/// An address at which a tool of this source may be launched, as far as it shows by itself.
pub fn checked(app: &App, source: ToolSource, address: &str) -> Result<Url, BadAddress> {
    let url = web_url(address.trim()).filter(|_| address.len() <= LONGEST);
    let url = url.filter(|url| origin_of(url.as_str()).is_some());
    let url = url.ok_or(BadAddress::NotWeb)?;
    if is_own(app, &url) {
        return Err(BadAddress::Own);
    }
    // What the file says counts as written; a browser on this machine reaches this machine.
    let plain = match source {
        ToolSource::File => true,
        ToolSource::Administrator => is_loopback(&url),
        // Decided by the rules of the network, below.
        ToolSource::Person => is_trusted(app, &url),
    };
    if url.scheme() == "https" || plain {
        Ok(url)
    } else {
        Err(BadAddress::NotHttps)
    }
}

/// Likewise for one that is added now: what people add must lie on the public internet.
pub async fn addable(app: &App, source: ToolSource, address: &str) -> Result<Url, BadAddress> {
    let url = checked(app, source, address)?;
    if source == ToolSource::Person {
        let reached = app.outbound.may_reach(&url).await;
        reached.map_err(|_| BadAddress::Private)?;
    }
    Ok(url)
}

/// Where things that are picked in a tool may be launched. The tool says it, and not whoever trusts it:
/// at the tool's own origins they are as trusted as the tool; anywhere else they must lie on the public
/// internet, so that no tool sends people to what only their own network reaches.
#[derive(Debug)]
pub struct Pickable<'a> {
    app: &'a App,
    tool: &'a Tool,
    /// Other origins that were looked at, and what was found.
    elsewhere: HashMap<String, Result<(), BadAddress>>,
}

impl<'a> Pickable<'a> {
    /// For what is picked in `tool` together.
    pub fn new(app: &'a App, tool: &'a Tool) -> Self {
        Self {
            app,
            tool,
            elsewhere: HashMap::new(),
        }
    }

    /// Whether something may be launched at this address. Only few other origins are looked at: each
    /// may take a while.
    pub async fn check(&mut self, address: &str) -> Result<(), BadAddress> {
        let url = checked(self.app, self.tool.source, address)?;
        let origin = url.origin().ascii_serialization();
        if origins(self.tool).any(|own| own == origin) {
            return Ok(());
        }
        if let Some(found) = self.elsewhere.get(&origin) {
            return *found;
        }
        if self.elsewhere.len() >= MOST_ELSEWHERE {
            return Err(BadAddress::Private);
        }
        let found = addable(self.app, ToolSource::Person, address).await;
        let found = found.map(drop);
        self.elsewhere.insert(origin, found);
        found
    }
}

/// The origins of a tool's own addresses.
fn origins(tool: &Tool) -> impl Iterator<Item = String> {
    let registration = match &tool.trust {
        ToolTrust::Registered(registration) => Some(registration),
        ToolTrust::Passport(_) => None,
    };
    let others = registration.into_iter().flat_map(|registration| {
        let one = std::iter::once(&registration.login_url);
        one.chain(&registration.redirect_uris)
            .chain(&registration.selection_url)
    });
    let all = std::iter::once(&tool.launch_url).chain(others);
    all.filter_map(|address| origin_of(address))
}

/// Whether an address is one of this server, under whichever name browsers reach it.
pub fn is_own(app: &App, url: &Url) -> bool {
    let origin = origin_of(url.as_str());
    let sites = app.practice_site.iter().chain([app.public()]);
    let mut own = sites.filter_map(|site| Url::parse(&site.to_string()).ok());
    own.any(|own| {
        let both_here = is_loopback(&own) && is_loopback(url);
        let alias = both_here && own.port_or_known_default() == url.port_or_known_default();
        alias || origin_of(own.as_str()) == origin
    })
}

fn is_trusted(app: &App, url: &Url) -> bool {
    let origin = origin_of(url.as_str());
    let mut trusted = app.config.trusted_origins();
    trusted.any(|trusted| origin.as_deref() == Some(trusted.as_str()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
