//! The one TOML file: a struct per section beside its documentation.
//!
//! Defaults, then the file, then environment variables `LANTERNA_SECTION__KEY`.

mod address;
mod checks;
mod example;
mod launching;
mod layers;
mod problems;
mod proxy;
mod public_url;
mod reader;
mod secret;
mod section;
mod sections;
mod setting;
#[cfg(test)]
mod tests;
mod units;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use address::{Issuer, Origin, TrustedHost};
pub use bytesize::ByteSize;
pub use example::example;
pub use launching::{AuthMethod, KeptParameter, RoleOverride};
use layers::{Environment, File, Layers};
use problems::KeyPath;
pub use problems::{Place, Problem, Problems};
pub use proxy::Proxy;
pub use public_url::PublicUrl;
use reader::Reader;
pub use secret::{Passport, Secret};
pub use sections::{
    Admin, Consumer, CustomParameter, Format, Keys, Launches, Level, Log, Metrics, Outbound,
    People, Platform, Practice, Server, Sessions, Share, Sharing, Storage, Switch, Tls, TlsMode,
    Tool,
};

/// Where the file is looked for when none is named.
pub const USUAL_FILES: [&str; 2] = ["config.toml", "/etc/lanterna/config.toml"];

/// The whole configuration. Paths in it are absolute; its `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[tls]`
    pub tls: Tls,
    /// `[storage]`
    pub storage: Storage,
    /// `[sharing]`
    pub sharing: Sharing,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[launches]`
    pub launches: Launches,
    /// `[keys]`
    pub keys: Keys,
    /// `[people]`
    pub people: People,
    /// `[outbound]`
    pub outbound: Outbound,
    /// `[log]`
    pub log: Log,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[admin]`
    pub admin: Admin,
    /// `[practice]`
    pub practice: Practice,
    /// Every `[[platform]]`.
    pub platforms: Vec<Platform>,
    /// Every `[[consumer]]`.
    pub consumers: Vec<Consumer>,
    /// Every `[[tool]]`.
    pub tools: Vec<Tool>,
}

/// A configuration and what it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What it came from.
    pub source: Source,
}

/// What a configuration came from, beside the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub file: Option<PathBuf>,
    /// The names of the environment variables, in order.
    pub environment: Vec<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("defaults, without a file")?,
        }
        self.environment
            .iter()
            .try_for_each(|name| write!(f, ", {name}"))
    }
}

impl Config {
    /// Reads the file at `explicit`, else the first of [`USUAL_FILES`] that exists, and the
    /// environment; answers every problem at once.
    pub fn load(
        explicit: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, Problems> {
        let usual = || USUAL_FILES.iter().map(Path::new).find(|path| path.exists());
        Self::load_file(explicit.or_else(usual), environment)
    }

    /// Reads the file at `path`, if any, and the environment.
    fn load_file(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, Problems> {
        let file = path
            .map(File::read)
            .transpose()
            .map_err(|problem| Problems(vec![problem]))?;
        let base = base(path);
        let mut problems = Vec::new();
        let environment = Environment::read(environment, &mut problems);
        let source = Source {
            file: path.map(Path::to_owned),
            environment: environment.names().collect(),
        };
        let layers = Layers::new(file, environment);
        let everything = layers.merged().map_err(|problem| Problems(vec![problem]))?;
        let mut reader = Reader::new(&layers, &base, &everything, &mut problems);
        let config = Self::read(&mut reader, &layers);
        match config {
            Some(config) if problems.is_empty() => Ok(Loaded { config, source }),
            _ => Err(Problems(problems)),
        }
    }

    /// Reads every section before giving up, so that every problem is noted.
    fn read(reader: &mut Reader<'_>, layers: &Layers) -> Option<Self> {
        reader.refuse_unknown_sections();
        let (server, tls, storage) = (reader.table(), reader.table(), reader.table());
        let (sessions, launches, people) = (reader.table(), reader.table(), reader.table());
        let (outbound, log, metrics) = (reader.table(), reader.table(), reader.table());
        let (sharing, admin, practice) = (reader.table(), reader.table(), reader.table());
        let keys = reader.table();
        let platforms = reader.entries();
        let consumers = reader.entries();
        let tools = reader.entries();
        let mut config = Self {
            server: server?,
            tls: tls?,
            storage: storage?,
            sharing: sharing?,
            sessions: sessions?,
            launches: launches?,
            keys: keys?,
            people: people?,
            outbound: outbound?,
            log: log?,
            metrics: metrics?,
            admin: admin?,
            practice: practice?,
            platforms,
            consumers,
            tools,
        };
        if !layers.names(&KeyPath::of("server", "public_url")) {
            config.follow_listener();
        }
        checks::check(&config, reader);
        Some(config)
    }

    /// Notes the address that was really taken, where port 0 left it open.
    pub fn bound_to(&mut self, address: SocketAddr) {
        let port = address.port();
        self.server.listen = address;
        self.server.public_url = self.server.public_url.with_listener_port(port);
        let practice = self.practice.url.take();
        self.practice.url = practice.map(|url| url.with_listener_port(port));
    }

    /// Without a public URL, a listener on this machine is its own.
    fn follow_listener(&mut self) {
        let listen = self.server.listen;
        let tls = self.tls.mode == TlsMode::Files;
        if let Some(url) = PublicUrl::of_listener(listen, tls)
            && url.is_loopback()
        {
            self.server.public_url = url;
        }
    }

    /// Whether the practice course is on.
    pub fn practice_on(&self) -> bool {
        match self.practice.enabled {
            Switch::On => true,
            Switch::Off => false,
            Switch::Auto => self.server.public_url.is_loopback(),
        }
    }

    /// Every origin that may be reached as it is written, though it be http or private: those of
    /// `trusted_hosts`, and of the addresses of platforms and tools.
    pub fn trusted_origins(&self) -> impl Iterator<Item = Origin> {
        let hosts = self
            .outbound
            .trusted_hosts
            .iter()
            .map(|host| host.0.clone());
        let platforms = self
            .platforms
            .iter()
            .flat_map(|platform| [&platform.auth_url, &platform.token_url, &platform.jwks_url]);
        let tools = self.tools.iter().map(|tool| &tool.launch_url);
        hosts.chain(platforms.chain(tools).filter_map(Origin::of))
    }
}

/// The directory that relative paths are relative to: that of the file, else the working directory.
fn base(file: Option<&Path>) -> PathBuf {
    let directory = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let given = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    std::path::absolute(given).unwrap_or_else(|_| given.to_owned())
}
