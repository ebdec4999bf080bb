//! Key sets of platforms, and of tools: kept as long as their `Cache-Control` says, fetched once
//! however many launches wait, one of them never holding up another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use url::Url;

use super::clocks::Clocks;
use crate::keys::Keys;
use crate::lti::jwks;
use crate::outbound::{self, Outbound, Request};
use crate::store::ids::{ConnectionId, ToolId};
use crate::store::rows::people;
use crate::store::trees::Jwks;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::{Time, World};

/// How long a set is kept when its answer does not say.
const USUAL: Duration = Duration::from_hours(1);
/// The bounds of what an answer may say.
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(24);
/// How long a set may go on serving while its platform cannot be reached.
const STALE: Duration = Duration::from_hours(1);
/// How often an unknown key, or a failure, may cause another fetch.
const INTERVAL: Duration = Duration::from_secs(30);

/// Why there is no key set.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The platform could not be asked.
    #[error("the platform's key set could not be fetched: {0}")]
    Unreachable(String),
    /// It answered with a failure.
    #[error("the platform answered {0} when asked for its key set")]
    Status(u16),
    /// It answered with something that is no key set.
    #[error("the platform's answer is no key set")]
    NotAKeySet,
    /// Our own store or keys failed.
    #[error("the key set could not be read here")]
    Here,
}

/// A key set and until when it serves.
#[derive(Debug, Clone)]
struct Kept {
    keys: Arc<jwks::KeySet>,
    url: String,
    fetched: Time,
    fresh_until: Time,
}

/// What is known of one platform's keys.
#[derive(Debug, Default)]
struct Known {
    kept: Option<Kept>,
    failed: Option<(Time, Error)>,
}

/// One platform's place.
#[derive(Debug, Default)]
struct Place {
    known: RwLock<Known>,
    /// Held while the keys are being fetched, so that whoever needs new ones waits for the same
    /// answer; whoever does not, does not wait.
    fetching: tokio::sync::Mutex<()>,
}

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Platform(ConnectionId),
    /// Those are fetched again after a restart.
    Tool(ToolId),
}

type Places = HashMap<Whose, Arc<Place>>;

/// The key sets of all platforms. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeySets {
    store: Store,
    world: World,
    outbound: Outbound,
    keys: Keys,
    clocks: Clocks,
    places: Arc<Mutex<Places>>,
}

impl KeySets {
    /// Key sets fetched through `outbound`.
    pub fn new(store: &Store, world: &World, outbound: &Outbound, keys: &Keys) -> Self {
        Self {
            store: store.clone(),
            world: world.clone(),
            outbound: outbound.clone(),
            keys: keys.clone(),
            clocks: Clocks::new(store, world),
            places: Arc::default(),
        }
    }

    /// The key set of a connection that should hold `kid`. When the one at hand does not, it is
    /// fetched anew, but at most once per interval.
    pub async fn get(
        &self,
        id: ConnectionId,
        connection: &people::Connection,
        kid: &str,
    ) -> Result<Arc<jwks::KeySet>, Error> {
        if connection.source == people::Source::Practice {
            return self.own().await;
        }
        let url = connection.registration.as_ref().map(|r| r.jwks_url.clone());
        let url = url.ok_or(Error::NotAKeySet)?;
        self.at(Whose::Platform(id), &url, kid).await
    }

    /// The key set of an external tool that should hold `kid`, likewise.
    pub async fn of_tool(
        &self,
        id: ToolId,
        url: &str,
        kid: &str,
    ) -> Result<Arc<jwks::KeySet>, Error> {
        self.at(Whose::Tool(id), url, kid).await
    }

    async fn at(&self, whose: Whose, url: &str, kid: &str) -> Result<Arc<jwks::KeySet>, Error> {
        let place = self.place(whose)?;
        if let Some(keys) = place.read().fresh(url, kid, self.world.now()) {
            return Ok(keys);
        }
        let _turn = place.fetching.lock().await;
        // Whoever had the turn before may have brought what is needed.
        if let Some(settled) = place.read().settled(url, kid, self.world.now()) {
            return settled;
        }
        match self.fetch(whose, url).await {
            Ok(kept) => {
                let keys = kept.keys.clone();
                *place.write() = Known {
                    kept: Some(kept),
                    failed: None,
                };
                Ok(keys)
            }
            Err(error) => {
                tracing::warn!(?whose, %error, "a key set could not be fetched");
                let now = self.world.now();
                let mut known = place.write();
                known.failed = Some((now, error.clone()));
                known.stale(url, now).ok_or(error)
            }
        }
    }

    /// The practice course's keys are our own: no request goes out for them.
    async fn own(&self) -> Result<Arc<jwks::KeySet>, Error> {
        let keys = self.keys.platform().await.map_err(|_| Error::Here)?;
        let document = jwks::document(keys.iter().map(crate::lti::key::SigningKey::public));
        let set = jwks::KeySet::parse(document.to_string().as_bytes());
        set.map(Arc::new).map_err(|_| Error::Here)
    }

    fn place(&self, whose: Whose) -> Result<Arc<Place>, Error> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&whose) {
            return Ok(place.clone());
        }
        let place = Arc::new(Place::default());
        if let Whose::Platform(id) = whose {
            place.write().kept = self.stored(id)?;
        }
        places.insert(whose, place.clone());
        Ok(place)
    }

    /// What was fetched before the last restart.
    fn stored(&self, id: ConnectionId) -> Result<Option<Kept>, Error> {
        let row = self.store.get::<Jwks>(&id).map_err(|_| Error::Here)?;
        Ok(row.and_then(|row| {
            let keys = jwks::KeySet::parse(row.json.as_bytes()).ok()?;
            Some(Kept {
                keys: Arc::new(keys),
                url: row.url,
                fetched: row.fetched,
                fresh_until: row.fresh_until,
            })
        }))
    }

    async fn fetch(&self, whose: Whose, url: &str) -> Result<Kept, Error> {
        let address = Url::parse(url).map_err(|_| Error::NotAKeySet)?;
        let mut request = Request::get(address, jwks::MAX_BYTES);
        let json = http::HeaderValue::from_static("application/json");
        request.headers.insert(http::header::ACCEPT, json);
        let response = self
            .outbound
            .send(request)
            .await
            .map_err(|error: outbound::Error| Error::Unreachable(error.to_string()))?;
        if let Whose::Platform(id) = whose {
            self.clocks.note(id, &response).await;
        }
        if !response.status.is_success() {
            return Err(Error::Status(response.status.as_u16()));
        }
        let keys = jwks::KeySet::parse(&response.body).map_err(|_| Error::NotAKeySet)?;
        let fetched = self.world.now();
        let kept = Kept {
            keys: Arc::new(keys),
            url: url.to_owned(),
            fetched,
            fresh_until: fetched.after(freshness(&response.headers)),
        };
        if let Whose::Platform(id) = whose {
            self.keep(id, &kept, &response.body).await;
        }
        Ok(kept)
    }

    /// For the next start. A set that cannot be kept is fetched again then.
    async fn keep(&self, id: ConnectionId, kept: &Kept, body: &[u8]) {
        let row = people::KeySet {
            json: String::from_utf8_lossy(body).into_owned(),
            url: kept.url.clone(),
            fetched: kept.fetched,
            fresh_until: kept.fresh_until,
        };
        let mut commit = Commit::new();
        commit.put::<Jwks>(&id, &row);
        let kept: Result<(), StoreError> = self.store.commit(commit).await;
        if let Err(error) = kept {
            tracing::warn!(connection = %id, %error, "a key set could not be kept");
        }
    }
}

impl Place {
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The set at hand, when it is fresh and has the key.
    fn fresh(&self, url: &str, kid: &str, now: Time) -> Option<Arc<jwks::KeySet>> {
        let kept = self.kept.as_ref().filter(|kept| kept.url == url)?;
        (now < kept.fresh_until && kept.keys.contains(kid)).then(|| kept.keys.clone())
    }

    /// The answer, when nothing is to be fetched: the set is fresh and has the key, or was fetched
    /// or asked for in vain a moment ago.
    fn settled(&self, url: &str, kid: &str, now: Time) -> Option<Result<Arc<jwks::KeySet>, Error>> {
        if let Some(keys) = self.fresh(url, kid, now) {
            return Some(Ok(keys));
        }
        let kept = self.kept.as_ref().filter(|kept| kept.url == url);
        if let Some(kept) = kept
            && now < kept.fresh_until
            && now.since(kept.fetched) < INTERVAL
        {
            return Some(Ok(kept.keys.clone()));
        }
        let (when, error) = self.failed.as_ref()?;
        let lately = now.since(*when) < INTERVAL;
        lately.then(|| self.stale(url, now).ok_or_else(|| error.clone()))
    }

    /// The set at hand, while it may still serve although the platform cannot be reached.
    fn stale(&self, url: &str, now: Time) -> Option<Arc<jwks::KeySet>> {
        let kept = self.kept.as_ref().filter(|kept| kept.url == url)?;
        (now < kept.fresh_until.after(STALE)).then(|| kept.keys.clone())
    }
}

/// How long an answer may be kept (RFC 9111, section 5.2.2), within bounds.
fn freshness(headers: &HeaderMap) -> Duration {
    let directives = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase());
    let mut age = USUAL;
    for directive in directives {
        if directive == "no-store" || directive == "no-cache" {
            return SHORTEST;
        }
        if let Some(seconds) = directive.strip_prefix("max-age=")
            && let Ok(seconds) = seconds.trim_matches('"').parse()
        {
            age = Duration::from_secs(seconds);
        }
    }
    age.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::HeaderValue;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::app::testing::Running;

    /// A platform that serves whatever key set it is told to; `None` for a failure.
    #[derive(Clone, Default)]
    struct Platform {
        set: Arc<Mutex<Option<String>>>,
        fetched: Arc<AtomicUsize>,
    }

    impl Platform {
        /// Serves on loopback; answers the address of the key set.
        async fn serve(&self) -> String {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let platform = self.clone();
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    platform.fetched.fetch_add(1, Ordering::SeqCst);
                    let set = platform.set.lock().unwrap().clone();
                    let status = if set.is_some() { 200 } else { 503 };
                    let body = set.unwrap_or_default();
                    let answer = format!(
                        "HTTP/1.1 {status} .\r\nconnection: close\r\ncache-control: max-age=600\r\n\
                         content-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
            format!("http://{address}/jwks")
        }

        fn publishes(&self, kid: &str) {
            let set = include_str!("../../tests/fixtures/keys/public.jwks.json");
            let mut set: serde_json::Value = serde_json::from_str(set).unwrap();
            set["keys"][0]["kid"] = kid.into();
            *self.set.lock().unwrap() = Some(set.to_string());
        }

        fn fails(&self) {
            *self.set.lock().unwrap() = None;
        }

        fn fetched(&self) -> usize {
            self.fetched.load(Ordering::SeqCst)
        }
    }

    fn connection(jwks_url: String) -> people::Connection {
        people::Connection {
            registration: Some(people::Registration {
                issuer: String::new(),
                client_id: String::new(),
                auth_url: String::new(),
                token_url: String::new(),
                jwks_url,
            }),
            ..people::Connection::new("LMS", people::Source::File, Time(0))
        }
    }

    #[tokio::test]
    async fn keys_are_fetched_when_they_changed_or_grew_old_and_serve_through_a_failure() {
        let platform = Platform::default();
        platform.publishes("first");
        let url = platform.serve().await;
        let hosts = format!("[\"{}\"]", url.trim_end_matches("/jwks"));
        let practice = ("LANTERNA_PRACTICE__ENABLED", "false");
        let bench = Running::with(&[practice, ("LANTERNA_OUTBOUND__TRUSTED_HOSTS", &hosts)]).await;
        let connection = connection(url);
        let has = async |kid: &str| {
            let sets = &bench.app.key_sets;
            let set = sets.get(ConnectionId(1), &connection, kid).await;
            set.map(|set| set.contains(kid)).ok()
        };
        assert_eq!(has("first").await, Some(true));
        // A key that is new at once is looked for only after the interval, and then once.
        platform.publishes("second");
        assert_eq!(has("second").await, Some(false));
        bench.clock.advance(INTERVAL);
        assert_eq!(has("second").await, Some(true));
        assert_eq!((has("first").await, platform.fetched()), (Some(false), 2));

        bench.clock.advance(Duration::from_mins(9));
        assert_eq!((has("second").await, platform.fetched()), (Some(true), 2));
        bench.clock.advance(Duration::from_mins(1));
        assert_eq!((has("second").await, platform.fetched()), (Some(true), 3));

        platform.fails();
        bench.clock.advance(Duration::from_mins(10));
        for _ in 0..3 {
            assert_eq!((has("second").await, platform.fetched()), (Some(true), 4));
        }
        bench.clock.advance(STALE);
        assert_eq!((has("second").await, platform.fetched()), (None, 5));
        platform.publishes("third");
        assert_eq!((has("third").await, platform.fetched()), (None, 5));
        bench.clock.advance(INTERVAL);
        assert_eq!((has("third").await, platform.fetched()), (Some(true), 6));
    }

    #[test]
    fn freshness_follows_the_answer_within_bounds() {
        let cases = [
            ("", USUAL),
            ("max-age=7200", Duration::from_hours(2)),
            ("public, Max-Age=\"600\"", Duration::from_mins(10)),
            ("max-age=1", SHORTEST),
            ("max-age=999999999", LONGEST),
            ("max-age=7200, no-store", SHORTEST),
            ("max-age=soon", USUAL),
            ("max-age=-5", USUAL),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_str(value).unwrap());
            assert_eq!(freshness(&headers), expected, "{value}");
        }
    }
}
