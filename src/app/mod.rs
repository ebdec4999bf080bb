//! What a handler is given and what it answers: the running parts, one request, one page.

pub mod csv;
pub mod input;
pub mod leaving;
pub mod metrics;
pub mod multipart;
pub mod page;
pub mod rosters;
pub mod scores;
mod secrets;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod wire;

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

use url::Url;

pub use csv::Csv;
pub use input::{BodyError, Form, Input, Peer, accepts_html};
pub use metrics::Metrics;
pub use multipart::{Fields, Part};
pub use page::{ByteStream, CROSS_ORIGIN_RESOURCE_POLICY, Cache, Content, Framing, Page, Referrer};
pub use rosters::Rosters;
pub use throttle::Throttle;
pub use wire::Wire;

use crate::config::{Config, PublicUrl};
use crate::grades::Queue;
use crate::keys::{self, Keys};
use crate::launchlog::LaunchLog;
use crate::library::import::Importer;
use crate::library::{self, Examination, Folder, Publishing, Search, Uploads};
use crate::outbound::Outbound;
use crate::people::secrets::Secrets;
use crate::people::sessions::Lifetimes;
use crate::privacy::{self, Privacy};
use crate::services::calls::Calls;
use crate::services::clocks::Clocks;
use crate::services::key_sets::KeySets;
use crate::services::tokens::Tokens;
use crate::store::Store;
use crate::store::ids::{ConnectionId, CourseId, Hash, ToolId, UserId};
use crate::watching::Recorder;
use crate::world::{Time, World};

/// Sign-in attempts for one name from one address: at once, and then one every so often.
const SIGN_INS: (u32, Duration) = (8, Duration::from_secs(30));
/// Sign-in attempts from one address, whatever the name.
const ADDRESSES: (u32, Duration) = (30, Duration::from_secs(5));
/// Launches of one registration: a whole school may begin its morning at once.
const LAUNCHES: (u32, Duration) = (10_000, Duration::from_millis(5));
/// Requests of one session, media bytes apart.
const REQUESTS: (u32, Duration) = (600, Duration::from_millis(50));
/// Calls of one external tool: a class may end its exercise at once.
const TOOL_CALLS: (u32, Duration) = (2_000, Duration::from_millis(20));
/// Refusals that are written down: at once, and then one every so often. Strangers can cause them.
const REFUSALS: (u32, Duration) = (500, Duration::from_millis(50));
/// Looks at a platform by one invitation: at once, and then one every so often.
const REGISTERING: (u32, Duration) = (20, Duration::from_secs(10));
/// Exports that one person may make of what is kept about them: at once, and then one every so often.
const EXPORTS: (u32, Duration) = (3, Duration::from_mins(5));
/// Finished selections of one course: at once, and then one every so often. Each makes placements.
const PICKING: (u32, Duration) = (60, Duration::from_secs(5));
/// Uploads that one person may have open.
const MOST_OPEN_UPLOADS: usize = 20;
/// How far above the reserve uploads end, in bytes, where the reserve is as large.
const UPLOADS_APART: u64 = 512 << 20;

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The keys failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The library's folder failed.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// What was erased could not be found out.
    #[error(transparent)]
    Privacy(#[from] privacy::Error),
}

/// The parts of a running Lanterna.
#[derive(Debug)]
pub struct Parts {
    /// What was configured.
    pub config: Config,
    /// Where that came from, in words.
    pub source: String,
    /// The practice course's own site, when it is on and has one.
    pub practice_site: Option<PublicUrl>,
    /// Time and randomness.
    pub world: World,
    /// The store.
    pub store: Store,
    /// Keys.
    pub keys: Keys,
    /// The secrets of LTI 1.1 consumers.
    pub secrets: Secrets,
    /// Calls to others.
    pub outbound: Outbound,
    /// Platforms' key sets.
    pub key_sets: KeySets,
    /// Calls to platforms.
    pub calls: Calls,
    /// Access tokens for platforms' services.
    pub tokens: Tokens,
    /// Syncs of courses with their rosters.
    pub rosters: Rosters,
    /// The grade queue.
    pub grades: Queue,
    /// The launch log.
    pub launches: LaunchLog,
    /// The folder of the media bytes.
    pub folder: Folder,
    /// Uploads.
    pub uploads: Uploads,
    /// Search.
    pub search: Search,
    /// Export and erasure.
    pub privacy: Privacy,
    /// Takes what people watch.
    pub recorder: Recorder,
    /// Counters.
    pub metrics: Metrics,
    /// Limits attempts to sign in to administration.
    pub sign_ins: Throttle<(Hash, IpAddr)>,
    /// Likewise whatever the name: nobody but an administrator has to sign in here, so that a
    /// school behind one address is not held up.
    pub sign_in_addresses: Throttle<IpAddr>,
    /// Limits launches by registration.
    pub launching: Throttle<ConnectionId>,
    /// Limits requests by session.
    pub requests: Throttle<Hash>,
    /// Limits calls of external tools.
    pub tool_calls: Throttle<ToolId>,
    /// Limits how fast refusals are written down, by the connection that they concern.
    pub refusals: Throttle<Option<ConnectionId>>,
    /// Limits how often people export what is kept about them.
    pub exports: Throttle<UserId>,
    /// What crossed between the practice course and Lanterna.
    pub wire: Wire,
    /// Whether the practice course's services are switched off, to see what happens then.
    pub practice_down: AtomicBool,
    /// Limits how fast selections are finished, by the course that they are for.
    pub picking: Throttle<(ConnectionId, Option<CourseId>)>,
    /// Limits how often platforms are asked what they are, by the invitation.
    pub registering: Throttle<Hash>,
    /// When it started.
    pub started: Time,
}

/// A running Lanterna. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// A running Lanterna as one of its own parts knows it, without keeping it running.
#[derive(Debug, Clone)]
pub struct WeakApp(Weak<Parts>);

impl WeakApp {
    /// The running Lanterna, unless it has ended.
    pub fn app(&self) -> Option<App> {
        self.0.upgrade().map(App)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together on an open store. Uploaded files are examined as `examination` says.
    pub async fn new(
        config: Config,
        source: String,
        world: World,
        store: Store,
        outbound: Outbound,
        examination: Examination,
    ) -> Result<Self, Error> {
        let keys = Keys::open(&store, &world).await?;
        let key_sets = KeySets::new(&store, &world, &outbound, &keys);
        let calls = Calls::new(&outbound);
        let clocks = Clocks::new(&store, &world);
        let tokens = Tokens::new(&world, &calls, &keys).telling(&clocks);
        let secrets = secrets::declared(&config);
        let grades = Queue::new(&store, &world, &calls, &tokens, secrets.clone());
        let kept = usize::try_from(config.launches.failures_kept).unwrap_or(usize::MAX);
        let launches = LaunchLog::open(&store, config.launches.keep, kept)?;
        let folder = Folder::create(&config.storage.media()).map_err(library::Error::from)?;
        let options = library_options(&config, examination);
        let uploads = Uploads::new(store.clone(), world.clone(), folder.clone(), options);
        uploads.recover().await?;
        let media = (&folder, &uploads);
        let data_dir = &config.storage.data_dir;
        let privacy = Privacy::open(&store, &world, media, &launches, data_dir).await?;
        let index = config.storage.data_dir.join("search");
        let search = Search::new(store.clone(), world.clone(), index);
        let recorder = Recorder::start(store.clone(), world.clone(), config.people.views_kept);
        let practice_site = config.practice.url.clone().filter(|_| config.practice_on());
        Ok(Self(Arc::new(Parts {
            source,
            practice_site,
            keys,
            secrets,
            key_sets,
            calls,
            tokens,
            rosters: Rosters::default(),
            grades,
            launches,
            folder,
            uploads,
            search,
            privacy,
            recorder,
            metrics: Metrics::default(),
            sign_ins: Throttle::new(SIGN_INS.0, SIGN_INS.1),
            sign_in_addresses: Throttle::new(ADDRESSES.0, ADDRESSES.1),
            launching: Throttle::new(LAUNCHES.0, LAUNCHES.1),
            requests: Throttle::new(REQUESTS.0, REQUESTS.1),
            tool_calls: Throttle::new(TOOL_CALLS.0, TOOL_CALLS.1),
            refusals: Throttle::new(REFUSALS.0, REFUSALS.1),
            exports: Throttle::new(EXPORTS.0, EXPORTS.1),
            wire: Wire::default(),
            practice_down: AtomicBool::new(false),
            picking: Throttle::new(PICKING.0, PICKING.1),
            registering: Throttle::new(REGISTERING.0, REGISTERING.1),
            started: world.now(),
            outbound,
            store,
            world,
            config,
        })))
    }

    /// The same without keeping it running, for what it holds itself.
    pub fn weak(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.0))
    }

    /// The address by which browsers reach Lanterna.
    pub fn public(&self) -> &PublicUrl {
        &self.config.server.public_url
    }

    /// The address of the practice course, below which everything of it is, while it is on.
    pub fn practice_address(&self) -> Option<Url> {
        let site = self.practice_site.as_ref().unwrap_or(self.public());
        // Both sites are one server: what stands before all its paths is the same.
        let base = self.public().base_path();
        let address = format!("{}{base}/practice", site.origin());
        Url::parse(&address)
            .ok()
            .filter(|_| self.config.practice_on())
    }

    /// What may be shown to people without a launch.
    pub fn publishing(&self) -> Publishing {
        publishing(&self.config)
    }

    /// Takes in what an import brings.
    pub fn importer(&self) -> Importer {
        Importer {
            store: self.store.clone(),
            world: self.world.clone(),
            folder: self.folder.clone(),
            uploads: self.uploads.clone(),
        }
    }

    /// How long sessions of launches last.
    pub fn lifetimes(&self) -> Lifetimes {
        lifetimes(&self.config)
    }
}

const fn lifetimes(config: &Config) -> Lifetimes {
    Lifetimes {
        idle: config.sessions.idle,
        absolute: config.sessions.lifetime,
    }
}

const fn publishing(config: &Config) -> Publishing {
    Publishing {
        unlisted: config.sharing.unlisted,
        public: config.sharing.public,
    }
}

/// How the library is configured.
///
/// What uploads leave free lies well above the reserve, below which the store takes nothing new:
/// a disk that is full of media still has room for launches.
pub fn library_options(config: &Config, examination: Examination) -> library::Options {
    let storage = &config.storage;
    library::Options {
        media_dir: storage.media(),
        max_upload: storage.max_upload.as_u64(),
        quota_per_person: storage.quota_per_person.as_u64(),
        quota_per_course: storage.quota_per_course.as_u64(),
        lifetimes: lifetimes(config),
        reserve: uploads_reserve(storage.reserve.as_u64()),
        upload_lifetime: storage.upload_lifetime,
        publishing: publishing(config),
        max_open_uploads: MOST_OPEN_UPLOADS,
        examination,
    }
}

/// The reserve and a quarter of it, and at least as much again up to [`UPLOADS_APART`].
fn uploads_reserve(reserve: u64) -> u64 {
    let apart = (reserve / 4).max(reserve.min(UPLOADS_APART));
    reserve.saturating_add(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_end_above_the_reserve() {
        const GIB: u64 = 1 << 30;
        assert_eq!(uploads_reserve(0), 0);
        assert_eq!(uploads_reserve(1000), 2000);
        assert_eq!(uploads_reserve(GIB), GIB + (512 << 20));
        assert_eq!(uploads_reserve(8 * GIB), 10 * GIB);
        assert_eq!(uploads_reserve(u64::MAX), u64::MAX);
    }
}
