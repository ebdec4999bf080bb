//! `lanterna check`: whether everything is in place to serve.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::{Failure, offline, say, wait_for};
use crate::config::{ByteSize, Config, Loaded, Storage};
use crate::keys::Keys;
use crate::outbound::Outbound;
use crate::services::probe::{Prober, summaries};
use crate::store::Store;
use crate::web::control::{self, AskError, Request, Response};
use crate::web::tls::Certificates;
use crate::world::{Time, World};

/// 2026-01-01: no clock that is right shows an earlier time.
const EARLIEST: Time = Time::from_seconds(1_767_225_600);
/// How far in the future a file may have been changed, on a NAS with a clock of its own say.
const FUTURE: Duration = Duration::from_mins(10);

/// What a look at one thing gave: what is so, or what is amiss.
type Finding = Result<String, String>;

/// Looks at everything and prints what was found; succeeds when all is well.
pub(super) fn run(loaded: &Loaded, world: &World) -> Result<(), Failure> {
    let config = &loaded.config;
    let storage = &config.storage;
    let running = running(config);
    let (opened, store) = match &running {
        Some(running) => (running.clone(), None),
        None => store(config, world),
    };
    let mut findings = vec![
        ("configuration", Ok(loaded.source.to_string())),
        ("data directory", directory(&storage.data_dir, storage)),
    ];
    if storage.media_dir.is_some() {
        findings.push(("media directory", directory(&storage.media(), storage)));
    }
    findings.extend([
        ("store", opened),
        (
            "address",
            running
                .as_ref()
                .map_or_else(|| address(config), |_| Ok(public(config))),
        ),
        ("certificate", certificate(config, world)),
        ("platforms", Ok(platforms(config))),
        ("requests to others", outbound(config)),
        ("clock", clock(&storage.data_dir, world.now())),
    ]);
    let mut findings: Vec<(String, Finding)> = findings
        .into_iter()
        .map(|(what, finding)| (what.to_owned(), finding))
        .collect();
    findings.extend(connections(
        config,
        world,
        running.is_some(),
        store.as_ref(),
    ));
    for (what, finding) in &findings {
        match finding {
            Ok(so) => say(&format!("✓ {what}: {so}")),
            Err(amiss) => say(&format!("✗ {what}: {amiss}")),
        }
    }
    if findings.iter().all(|(_, finding)| finding.is_ok()) {
        Ok(())
    } else {
        Err("not everything is in place".into())
    }
}

/// What the running server says; `None` when there is none.
fn running(config: &Config) -> Option<Finding> {
    match control::ask(&config.storage.control_socket(), &Request::Status) {
        Ok(Response::Status { version, listen }) => Some(Ok(format!(
            "in use by the running Lanterna {version}, on {listen}"
        ))),
        Ok(_) => Some(Err(
            "the running server did not understand; restart it".into()
        )),
        Err(AskError::NotRunning) => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

/// Whether files can be made in the directory, and its free space.
fn directory(path: &Path, storage: &Storage) -> Finding {
    let shown = path.display();
    let existing = path.ancestors().find(|path| path.exists());
    let existing = existing.ok_or_else(|| format!("{shown} cannot be made"))?;
    try_writing(existing).map_err(|error| {
        let shown = existing.display();
        format!("no files can be made in {shown}: {}", reason(&error))
    })?;
    let free = free_space(existing).map_err(|_| format!("{shown} does not tell its free space"))?;
    let reserve = storage.reserve;
    if free <= reserve {
        return Err(format!(
            "{free} are free in {shown}; below {reserve} nothing new is written"
        ));
    }
    let state = if existing == path {
        "is writable"
    } else {
        "will be made"
    };
    Ok(format!("{shown} {state}, {free} free"))
}

fn try_writing(directory: &Path) -> io::Result<()> {
    let name = format!(".lanterna-check-{}", std::process::id());
    let path = directory.join(name);
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    fs::remove_file(&path)
}

fn free_space(path: &Path) -> io::Result<ByteSize> {
    let facts = rustix::fs::statvfs(path)?;
    Ok(ByteSize(facts.f_bavail.saturating_mul(facts.f_frsize)))
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not",
        io::ErrorKind::ReadOnlyFilesystem => "it is read-only",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "it is full",
        io::ErrorKind::NotADirectory => "it is not a directory",
        _ => "writing failed",
    }
}

fn store(config: &Config, world: &World) -> (Finding, Option<Store>) {
    let mut entries = fs::read_dir(&config.storage.data_dir).into_iter().flatten();
    if entries.next().is_none() {
        return (Ok("will be made at the first start".into()), None);
    }
    match offline::open(config, world) {
        Ok(store) => (Ok("opens".into()), Some(store)),
        Err(error) => (Err(error.to_string()), None),
    }
}

/// What trying each connection out gave: by the running server, or from the store itself.
fn connections(
    config: &Config,
    world: &World,
    running: bool,
    store: Option<&Store>,
) -> Vec<(String, Finding)> {
    let tried = if running {
        asked(config)
    } else {
        store.map_or_else(|| Ok(Vec::new()), |store| tried(config, world, store))
    };
    match tried {
        Ok(tried) => tried
            .into_iter()
            .map(|(name, finding)| (format!("connection {name}"), finding))
            .collect(),
        Err(why) => vec![("connections".to_owned(), Err(why.to_string()))],
    }
}

/// The running server takes its time: platforms may be slow to answer.
fn asked(config: &Config) -> Result<Vec<(String, Finding)>, Failure> {
    let socket = config.storage.control_socket();
    let nothing = futures_util::stream::empty();
    match wait_for(control::send(&socket, &Request::Connections, nothing))?? {
        Response::Connections(tried) => Ok(tried),
        Response::Failed { why } => Err(why.into()),
        _ => Err("the running server did not understand; restart it".into()),
    }
}

fn tried(config: &Config, world: &World, store: &Store) -> Result<Vec<(String, Finding)>, Failure> {
    let outbound = Outbound::new(config)?;
    let tried = wait_for(async {
        let prober = Prober {
            world: world.clone(),
            outbound,
            keys: Keys::open(store, world).await?,
            leeway: config.launches.clock_leeway,
        };
        Ok::<_, Failure>(prober.all(store).await?)
    })??;
    Ok(summaries(&tried))
}

fn address(config: &Config) -> Finding {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Ok(public(config)),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::AddrInUse => format!("{listen} is used by another program"),
            io::ErrorKind::PermissionDenied => format!("this user may not listen on {listen}"),
            io::ErrorKind::AddrNotAvailable => format!("{listen} is no address of this machine"),
            _ => format!("{listen} cannot be listened on"),
        }),
    }
}

fn public(config: &Config) -> String {
    let server = &config.server;
    format!(
        "listens on {}, browsers use {}",
        server.listen, server.public_url
    )
}

fn certificate(config: &Config, world: &World) -> Finding {
    let loaded = Certificates::load(&config.tls, world).map_err(|error| error.to_string())?;
    let Some(certificates) = loaded else {
        return Ok("none, plain http".into());
    };
    let ends = certificates.ends();
    let shown = ends.timestamp();
    if ends <= world.now() {
        return Err(format!("ended on {shown}"));
    }
    Ok(format!("valid until {shown}"))
}

/// Who may launch, as far as the configuration says.
fn platforms(config: &Config) -> String {
    let (tokens, forms) = (config.platforms.len(), config.consumers.len());
    let practice = if config.practice_on() {
        ", and the practice course"
    } else {
        ""
    };
    format!("{tokens} by LTI 1.3, {forms} by LTI 1.1{practice}")
}

fn outbound(config: &Config) -> Finding {
    Outbound::new(config).map_err(|error| error.to_string())?;
    let trusted = config.trusted_origins().count();
    let via = config
        .outbound
        .proxy
        .as_ref()
        .map(|proxy| format!(", by the proxy {}", proxy.host));
    Ok(format!(
        "{trusted} addresses are trusted{}",
        via.unwrap_or_default()
    ))
}

/// Launches are refused when the clock is wrong, since they are signed with their time.
fn clock(data_dir: &Path, now: Time) -> Finding {
    let shown = now.timestamp();
    if now < EARLIEST {
        return Err(format!("{shown} is in the past"));
    }
    let newest = newest_change(data_dir);
    if newest.is_some_and(|newest| newest > now.after(FUTURE)) {
        return Err(format!(
            "{shown} is earlier than the newest file in {}",
            data_dir.display()
        ));
    }
    Ok(shown.to_string())
}

fn newest_change(directory: &Path) -> Option<Time> {
    let entries = fs::read_dir(directory).ok()?;
    let changed = |entry: fs::DirEntry| {
        let modified = entry.metadata().ok()?.modified().ok()?;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        Some(Time::from_seconds(since.as_secs()))
    };
    entries.flatten().filter_map(changed).max()
}
