//! How many launches a second: whole LTI 1.3 launches posted over HTTP, beside what one core does
//! of the two things that a launch cannot do without, verifying its signature and committing its
//! rows.
//!
//! `cargo run --release --example launches`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

mod launching;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lanterna::launchlog::LaunchLog;
use lanterna::lti::check::Checks;
use lanterna::lti::envelope::{Expected, Policy};
use lanterna::lti::jwks::{self, KeySet};
use lanterna::lti::key::SigningKey;
use lanterna::lti::roles::Overrides;
use lanterna::lti::token::Unverified;
use lanterna::people::arrival::{Arrival, arrive};
use lanterna::people::sessions::Lifetimes;
use lanterna::store::ids::{ConnectionId, CourseId, Hash, Reference, UserId};
use lanterna::store::rows::launchlog::{Check, Entry};
use lanterna::store::rows::people::Binding;
use lanterna::store::trees::Used;
use lanterna::store::{Options, Store};
use lanterna::world::World;
use launching::{AT_ONCE, claims, per_second};
use url::Url;

/// Launches measured, of as many people.
const LAUNCHES: usize = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key = SigningKey::from_pkcs8(include_bytes!("../tests/fixtures/keys/platform.p8"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let over_http = runtime.block_on(async {
        let issuer = launching::platform(&key, |_, _, _| None).await?;
        let serving = launching::start(folder.path(), issuer, "").await?;
        launching::launch(&serving, &key, LAUNCHES, |_| {}).await
    });
    let (over_http, _) = over_http?;
    let one_core = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let alone = one_core.block_on(measure_alone(&folder.path().join("alone"), &key))?;
    println!("launches over HTTP, {AT_ONCE} at once:            {over_http:>8.0} per second");
    println!("verify + commit, one core, {AT_ONCE} at once:     {alone:>8.0} per second");
    println!(
        "ratio:                                     {:>8.2}",
        over_http / alone
    );
    Ok(())
}

/// The same verification and the same rows, without HTTP, on one thread.
async fn measure_alone(folder: &std::path::Path, key: &SigningKey) -> Result<f64, Box<dyn Error>> {
    let world = World::system();
    let options = Options {
        reserve: 1 << 20,
        ..Options::new(folder)
    };
    let (store, _) = Store::open(options, world.clone())?;
    let document = jwks::document([key.public()]).to_string();
    let keys = KeySet::parse(document.as_bytes())?;
    let public = Url::parse("https://media.example/")?;
    let mut tokens = Vec::with_capacity(LAUNCHES);
    for person in 0..LAUNCHES {
        tokens.push(key.sign(&claims(
            "https://lms.example",
            public.as_str(),
            "nonce",
            person,
        ))?);
    }
    let tokens = Arc::new(std::sync::Mutex::new(tokens));
    let log = LaunchLog::open(&store, Duration::from_hours(720), 1000)?;
    let alone = Arc::new(Alone {
        store,
        world,
        log,
        keys,
        public,
    });
    let started = Instant::now();
    let local = tokio::task::LocalSet::new();
    for _ in 0..AT_ONCE {
        let (tokens, alone) = (tokens.clone(), alone.clone());
        local.spawn_local(async move {
            loop {
                let next = tokens.lock().unwrap().pop();
                let Some(token) = next else { break };
                alone.launch(&token).await;
            }
        });
    }
    local.await;
    let rate = per_second(LAUNCHES, started);
    alone.store.stop().await;
    Ok(rate)
}

struct Alone {
    store: Store,
    world: World,
    log: LaunchLog,
    keys: KeySet,
    public: Url,
}

impl Alone {
    async fn launch(&self, token: &str) {
        let mut checks = Checks::new();
        let expected = Expected {
            issuer: "https://lms.example",
            client_id: "client",
            nonce: "nonce",
            public_url: &self.public,
            trusted_audiences: &[],
            policy: Policy::default(),
        };
        let now = self.world.now();
        let unverified = Unverified::parse(token, &mut checks).unwrap();
        let verified = unverified.verify(&self.keys, &mut checks).unwrap();
        let launch = verified.launch(&expected, now, &mut checks).unwrap();
        let arrival = Arrival {
            connection: ConnectionId(1),
            launch: &launch,
            reference: Reference::new(&self.world),
            binding: Binding::Undecided,
            browser: Some(Hash::of(&self.world.random::<32>())),
            proven: true,
            joins: None,
            moved: None,
            item: None,
            placement: None,
            frame_origins: vec!["https://lms.example".into()],
            keep_email: false,
            names_withheld: false,
            kept: std::collections::BTreeMap::new(),
            roster: None,
            roles: Overrides::default(),
            lifetimes: Lifetimes {
                idle: Duration::from_hours(2),
                absolute: Duration::from_hours(12),
            },
        };
        let state = Hash::of(&self.world.random::<32>());
        arrive(
            &self.store,
            &self.world,
            &arrival,
            |commit, user, course| {
                let entry = self.entry(&checks, user, course);
                self.log.add(commit, arrival.reference, &entry);
                let forgotten = now.after(Duration::from_mins(20));
                commit
                    .expect_absent::<Used>(&state)
                    .put_until::<Used>(&state, &(), forgotten);
                Ok(())
            },
        )
        .await
        .unwrap();
    }

    fn entry(&self, checks: &Checks, user: UserId, course: Option<CourseId>) -> Entry {
        let checks = checks.as_slice().iter().map(|check| Check {
            name: check.name.to_owned(),
            passed: check.passed,
            detail: check.detail.clone(),
        });
        Entry {
            at: self.world.now(),
            connection: Some(ConnectionId(1)),
            user: Some(user),
            course,
            step: "launch".into(),
            message: Some("LtiResourceLinkRequest".into()),
            refusal: None,
            detail: None,
            checks: checks.collect(),
            binding: Some("cookie".into()),
            parameters: None,
        }
    }
}
