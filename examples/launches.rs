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

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lanterna::config::Config;
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
use lanterna::web::Start;
use lanterna::world::World;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// Launches measured, of as many people.
const LAUNCHES: usize = 4_000;
/// Requests under way at a time.
const AT_ONCE: usize = 64;
const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

type Http = Client<HttpConnector, Full<Bytes>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key = SigningKey::from_pkcs8(include_bytes!("../tests/fixtures/keys/platform.p8"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let over_http = runtime.block_on(measure_http(folder.path(), &key))?;
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

fn claims(issuer: &str, target: &str, nonce: &str, person: usize) -> Value {
    let now = World::system().now().seconds();
    let mut claims = json!({
        "iss": issuer, "aud": "client", "sub": format!("person-{person}"),
        "iat": now, "exp": now + 600, "nonce": nonce, "name": format!("Person {person}"),
    });
    let lti = [
        ("message_type", json!("LtiResourceLinkRequest")),
        ("version", json!("1.3.0")),
        ("deployment_id", json!("1")),
        ("target_link_uri", json!(target)),
        (
            "resource_link",
            json!({ "id": format!("link-{}", person % 50), "title": "A link" }),
        ),
        (
            "roles",
            json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]),
        ),
        (
            "context",
            json!({ "id": format!("course-{}", person % 20), "title": "A course" }),
        ),
    ];
    for (name, value) in lti {
        claims[format!("{LTI}{name}")] = value;
    }
    claims
}

/// Whole launches, from the form to the redirect into the session.
async fn measure_http(folder: &std::path::Path, key: &SigningKey) -> Result<f64, Box<dyn Error>> {
    let issuer = serve_keys(key).await?;
    let file = folder.join("config.toml");
    std::fs::write(
        &file,
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n\
             [log]\nlevel = \"warn\"\n[practice]\nenabled = false\n\
             [[platform]]\nname = \"Bench\"\nissuer = \"{issuer}\"\nclient_id = \"client\"\n\
             auth_url = \"{issuer}/auth\"\ntoken_url = \"{issuer}/token\"\n\
             jwks_url = \"{issuer}/jwks\"\ndeployment_ids = [\"1\"]\n"
        ),
    )?;
    let loaded = Config::load(Some(&file), []).map_err(|problems| problems.to_string())?;
    let (listening, address) = tokio::sync::oneshot::channel();
    let start = Start {
        loaded,
        world: World::system(),
        accept_loss: false,
    };
    tokio::spawn(lanterna::web::run(start, move |greeting| {
        let _ = listening.send(greeting.listening.clone());
    }));
    let public = address.await?;
    let client: Http = Client::builder(TokioExecutor::new()).build_http();

    let mut forms = Vec::with_capacity(LAUNCHES);
    for person in 0..LAUNCHES {
        forms.push(login(&client, &public, &issuer, key, person).await?);
    }
    let forms = Arc::new(std::sync::Mutex::new(forms));
    let started = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, forms, public) = (client.clone(), forms.clone(), public.clone());
            tokio::spawn(async move {
                loop {
                    let next = forms.lock().unwrap().pop();
                    let Some((body, cookie)) = next else { break };
                    let request = Request::post(format!("{public}lti/launch"))
                        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                        .header(header::COOKIE, cookie)
                        .body(Full::new(Bytes::from(body)))
                        .unwrap();
                    let response = client.request(request).await.unwrap();
                    assert_eq!(response.status(), 303, "a launch was refused");
                    let _ = response.into_body().collect().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    Ok(per_second(started))
}

/// Begins a login; answers the form and the cookies that the browser posts after it.
async fn login(
    client: &Http,
    public: &str,
    issuer: &str,
    key: &SigningKey,
    person: usize,
) -> Result<(String, String), Box<dyn Error>> {
    let target = format!("{public}lti/launch");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("iss", issuer),
            ("client_id", "client"),
            ("login_hint", "hint"),
            ("target_link_uri", &target),
        ])
        .finish();
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{public}lti/login?{query}"))
        .body(Full::default())?;
    let response = client.request(request).await?;
    let location = Url::parse(response.headers()[header::LOCATION].to_str()?)?;
    let value = |name: &str| {
        let pair = location.query_pairs().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let cookies: Vec<&str> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    let token = key.sign(&claims(issuer, &target, &value("nonce"), person))?;
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token", token.as_str()), ("state", &value("state"))])
        .finish();
    Ok((form, cookies.join("; ")))
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
    let rate = per_second(started);
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

#[allow(clippy::cast_precision_loss, reason = "a few thousand are exact")]
fn per_second(started: Instant) -> f64 {
    LAUNCHES as f64 / started.elapsed().as_secs_f64()
}

/// Serves the key set; answers the issuer.
async fn serve_keys(key: &SigningKey) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let document = Bytes::from(jwks::document([key.public()]).to_string());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let document = document.clone();
            let service = service_fn(move |_| {
                let answer = Response::new(Full::new(document.clone()));
                async move { Ok::<_, std::convert::Infallible>(answer) }
            });
            tokio::spawn(async move {
                let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok(issuer)
}
