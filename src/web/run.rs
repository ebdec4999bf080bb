//! The start, the run and the end of a server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::control::{self, Control};
use super::edge::Edge;
use super::listen;
use super::tls::{self, Certificates};
use crate::admin::{self, claim, invitations};
use crate::app::{self, App, leaving};
use crate::config::{self, AuthMethod, Consumer, Loaded, Platform};
use crate::jobs;
use crate::library::{Examination, items, loose};
use crate::lti;
use crate::outbound::{self, Outbound};
use crate::people::connections::{self, Declared, Trust};
use crate::people::consumers;
use crate::practice;
use crate::services::probe::summaries;
use crate::store::rows::people::{self, Registration, Source};
use crate::store::rows::settings::{Authentication, RoleOverride, Settings};
use crate::store::{self, OpenError, Options, Repair, Store};
use crate::tools::{registry, remains};
use crate::world::World;

/// How often background tasks do their round.
const ROUND: Duration = Duration::from_secs(20);

/// How many items of the trash are removed in one go.
const TRASH_BATCH: usize = 100;

/// How long background work and the store may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server starts with.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub loaded: Loaded,
    /// Time and randomness.
    pub world: World,
    /// Whether to start although the store has provably lost acknowledged changes.
    pub accept_loss: bool,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be made.
    #[error("the data directory {path} cannot be made: {source}")]
    DataDir {
        /// The directory.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The store does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
    /// The address cannot be listened on.
    #[error("server.listen: {address} cannot be listened on: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate files cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] tls::Error),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Outbound(#[from] outbound::SetupError),
    /// The parts cannot be put together.
    #[error(transparent)]
    App(#[from] app::Error),
    /// The control socket cannot be made.
    #[error(transparent)]
    Control(#[from] control::Error),
    /// Signals cannot be listened for.
    #[error("signals cannot be listened for: {0}")]
    Signals(io::Error),
}

/// What there is to say once the server listens.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// Where the configuration comes from.
    pub configuration: String,
    /// The data directory.
    pub data: String,
    /// What the start repaired.
    pub repairs: Vec<Repair>,
    /// Where it listens.
    pub listening: String,
    /// The practice course, when it is on.
    pub practice: Option<String>,
    /// The first sign-in, when nobody administers yet.
    pub claim: Option<String>,
    /// Administration.
    pub admin: String,
}

/// Serves until SIGTERM or Ctrl-C; then lets requests in flight finish, checkpoints and returns.
/// `announce` is called once it listens.
pub async fn run(start: Start, announce: impl FnOnce(&Greeting)) -> Result<(), StartError> {
    lti::crypto::install();
    // Whatever is written from here on holds keys or people: nobody else's to read.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let Start {
        loaded,
        world,
        accept_loss,
    } = start;
    let Loaded { mut config, source } = loaded;
    make_private(&config.storage.data_dir)?;
    let certificates = Certificates::load(&config.tls, &world)?;
    let outbound = Outbound::new(&config)?;
    let options = Options {
        accept_loss,
        ..Options::from(&config.storage)
    };
    let (store, repairs) = Store::open(options, world.clone())?;
    let address = config.server.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    config.bound_to(listener.local_addr().map_err(failed)?);
    let examination = Examination::own();
    let source = source.to_string();
    let app = App::new(config, source, world, store, outbound, examination).await?;
    declare(&app).await?;
    let control = control(&app)?;
    let greeting = greeting(&app, repairs).await?;
    let (stop, stopping) = watch::channel(false);
    let background = background(&app, stopping.clone());
    let server = tokio::spawn(listen::serve(
        listener,
        Edge::new(app.clone()),
        certificates,
        stopping,
    ));
    // Before anybody is told that it runs: whoever was may end it at once.
    let end = signals().map_err(StartError::Signals)?;
    announce(&greeting);
    end.await;
    tracing::info!("stopping: requests in flight may finish");
    stop.send_replace(true);
    // A task that panicked has said so; there is nothing left to do about it here.
    let _ = server.await;
    drop(control);
    let end = async {
        app.rosters.stop().await;
        let _ = background.await;
        app.uploads.settled().await;
        app.store.stop().await;
    };
    // On a dying disk this may never come; everything acknowledged is safe without it.
    if tokio::time::timeout(PATIENCE, end).await.is_ok() {
        tracing::info!("stopped");
    } else {
        tracing::error!("the store did not close in time; leaving without");
    }
    Ok(())
}

fn make_private(path: &std::path::Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::DataDir {
            path: path.display().to_string(),
            source,
        })
}

/// Makes the store agree with what the file and the practice course declare.
pub(super) async fn declare(app: &App) -> Result<(), store::Error> {
    let mut declared: Vec<Declared> = app.config.platforms.iter().map(platform).collect();
    declared.extend(app.config.consumers.iter().map(consumer));
    if app.config.practice_on() {
        practice::answer_inside(app);
        declared.extend(practice::declared(app)?);
    }
    connections::declare(&app.store, &app.world, &declared).await?;
    registry::declare(app).await
}

fn platform(entry: &Platform) -> Declared {
    Declared {
        name: entry.name.clone(),
        source: Source::File,
        trust: Trust::Registration {
            registration: Registration {
                issuer: entry.issuer.as_str().to_owned(),
                client_id: entry.client_id.clone(),
                auth_url: entry.auth_url.to_string(),
                token_url: entry.token_url.to_string(),
                jwks_url: entry.jwks_url.to_string(),
            },
            deployments: entry.deployment_ids.clone(),
            accept_deployments: entry.accept_deployments.unwrap_or(false),
        },
        origins: entry.origins.iter().map(ToString::to_string).collect(),
        settings: Settings {
            algorithm: entry.algorithm.unwrap_or_default().into(),
            token_audience: entry.token_audience.clone(),
            authentication: match entry.auth_method {
                None | Some(AuthMethod::Get) => Authentication::Get,
                Some(AuthMethod::Post) => Authentication::Post,
            },
            anonymous: entry.anonymous.unwrap_or(false),
            sums_only: !entry.person_statistics.unwrap_or(true),
            role_overrides: overrides(&entry.role_overrides),
            ..Settings::default()
        },
    }
}

/// The secret stays in the configuration.
fn consumer(entry: &Consumer) -> Declared {
    Declared {
        name: entry.name.clone(),
        source: Source::File,
        trust: Trust::Consumer(people::Consumer {
            key: entry.key.clone(),
            secret: None,
            window: entry.window().as_secs(),
            body_only: entry.body_only(),
            guid: entry.guid.clone(),
        }),
        origins: entry.origins.iter().map(ToString::to_string).collect(),
        settings: Settings {
            anonymous: entry.anonymous.unwrap_or(false),
            sums_only: !entry.person_statistics.unwrap_or(true),
            role_overrides: overrides(&entry.role_overrides),
            known_only: entry.known_people_only.unwrap_or(false),
            names_withheld: !entry.personal_data.unwrap_or(true),
            kept_parameters: entry
                .kept_parameters
                .iter()
                .map(|kept| kept.0.clone())
                .collect(),
            ..Settings::default()
        },
    }
}

fn overrides(entries: &[config::RoleOverride]) -> Vec<RoleOverride> {
    let row = |entry: &config::RoleOverride| RoleOverride {
        role: entry.role.clone(),
        counts_as: entry.counts_as.into(),
    };
    entries.iter().map(row).collect()
}

fn control(app: &App) -> Result<Control, control::Error> {
    let path = app.config.storage.control_socket();
    let app = app.clone();
    control::listen(&path, move |request, body| {
        let app = app.clone();
        async move {
            match request {
                control::Request::Import(ask) => {
                    control::Response::Import(app.importer().answer(ask, body).await)
                }
                control::Request::Admin => match claim::issue(&app.store, &app.world).await {
                    Ok(secret) => control::Response::Admin {
                        url: claim_url(&app, &secret),
                    },
                    Err(error) => control::Response::Failed {
                        why: error.to_string(),
                    },
                },
                control::Request::Connections => {
                    let tried = admin::pages::connections::prober(&app)
                        .all(&app.store)
                        .await;
                    tried.map_or_else(
                        |error| control::Response::Failed {
                            why: error.to_string(),
                        },
                        |tried| control::Response::Connections(summaries(&tried)),
                    )
                }
                control::Request::Invite(asked) => {
                    match invitations::invite(&app.store, &app.world, &asked).await {
                        Ok(secret) => control::Response::Invite {
                            url: app.public().join(&invitations::path(&secret)),
                        },
                        Err(error) => control::Response::Failed {
                            why: error.to_string(),
                        },
                    }
                }
                control::Request::Status => control::Response::Status {
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    listen: app.config.server.listen,
                },
            }
        }
    })
}

fn claim_url(app: &App, secret: &str) -> String {
    app.public().join(&format!("/admin/claim/{secret}"))
}

async fn greeting(app: &App, repairs: Vec<Repair>) -> Result<Greeting, store::Error> {
    let claim = if claim::claimed(&app.store)? {
        None
    } else {
        Some(claim_url(app, &claim::issue(&app.store, &app.world).await?))
    };
    let on = app.config.practice_on();
    let practice = on.then(|| practice::address(app, "/"));
    Ok(Greeting {
        configuration: app.source.clone(),
        data: app.config.storage.data_dir.display().to_string(),
        repairs,
        listening: app.public().join("/"),
        practice,
        claim,
        admin: app.public().join("/admin/"),
    })
}

/// What goes on beside the requests: the keys that the first start makes, and the rounds.
fn background(app: &App, mut stopping: watch::Receiver<bool>) -> tokio::task::JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = app.keys.prepare(app.config.practice_on()).await {
            tracing::error!(%error, "the signing keys could not be made");
        }
        let mut sweeping = stopping.clone();
        let mut indexing = stopping.clone();
        let mut erasing = stopping.clone();
        let mut grading = stopping.clone();
        let mut working = stopping.clone();
        let leaving = leaving::run(app.clone(), stopping.clone());
        let remains = remains::run(app.clone(), stopping.clone());
        let cleaning = app.clone();
        let shutdown = async move {
            // The sender lives as long as the server; its end is an end as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        let rounds = jobs::run(app.store.clone(), app.world.clone(), ROUND, shutdown);
        let sweeps = async move {
            let mut ticks = tokio::time::interval(Duration::from_hours(1));
            loop {
                tokio::select! {
                    _ = sweeping.wait_for(|stop| *stop) => return,
                    _ = ticks.tick() => {}
                }
                clean(&cleaning).await;
            }
        };
        let index = app.search.run(async move {
            let _ = indexing.wait_for(|stop| *stop).await;
        });
        let erasures = app.privacy.run(async move {
            let _ = erasing.wait_for(|stop| *stop).await;
        });
        let grades = app.grades.run(async move {
            let _ = grading.wait_for(|stop| *stop).await;
        });
        let errands = app.grades.work(async move {
            let _ = working.wait_for(|stop| *stop).await;
        });
        tokio::join!(
            rounds, sweeps, index, leaving, remains, grades, errands, erasures
        );
    })
}

/// Changes keys whose time has come, removes files without rows, and what has been in the trash
/// long enough.
async fn clean(app: &App) {
    if let Err(error) = admin::keys::round(app).await {
        tracing::warn!(%error, "the signing keys could not be looked after");
    }
    if let Err(error) = app.uploads.sweep().await {
        tracing::warn!(%error, "files without rows could not be removed");
    }
    if let Err(error) = loose::sweep(&app.store, &app.world, &app.folder).await {
        tracing::warn!(%error, "files that were left behind could not be removed");
    }
    if let Some(kept) = app.config.people.kept_after_last_launch
        && let Err(error) = app.privacy.retire(kept).await
    {
        tracing::warn!(%error, "people who came no more could not be erased");
    }
    if let Err(error) = consumers::forget_former(&app.store, app.world.now()).await {
        tracing::warn!(%error, "former secrets could not be forgotten");
    }
    let end = app.world.now().before(app.config.storage.trash_kept);
    loop {
        match items::empty_trash(&app.store, &app.world, &app.folder, end, TRASH_BATCH).await {
            Ok(TRASH_BATCH) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "the trash could not be emptied");
                return;
            }
        }
    }
}

/// Completes when the process is asked to end. Listens from now on.
fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
