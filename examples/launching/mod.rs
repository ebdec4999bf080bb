//! Lanterna with a platform beside it, and whole launches over HTTP.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lanterna::config::Config;
use lanterna::lti::jwks;
use lanterna::lti::key::SigningKey;
use lanterna::web::Start;
use lanterna::world::World;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// Requests under way at a time.
pub(crate) const AT_ONCE: usize = 64;
const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// A client that keeps its connections.
pub(crate) type Http = Client<HttpConnector, Full<Bytes>>;

/// A Lanterna that serves, and the platform that it knows.
pub(crate) struct Serving {
    /// Its address, with the last slash.
    pub(crate) public: String,
    /// The platform.
    pub(crate) issuer: String,
    /// Who asks.
    pub(crate) client: Http,
}

/// Starts Lanterna in a folder for a platform, with more configuration.
pub(crate) async fn start(
    folder: &Path,
    issuer: String,
    more: &str,
) -> Result<Serving, Box<dyn Error>> {
    let file = folder.join("config.toml");
    std::fs::write(
        &file,
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n\
             [log]\nlevel = \"warn\"\n[practice]\nenabled = false\n\
             [[platform]]\nname = \"Bench\"\nissuer = \"{issuer}\"\nclient_id = \"client\"\n\
             auth_url = \"{issuer}/auth\"\ntoken_url = \"{issuer}/token\"\n\
             jwks_url = \"{issuer}/jwks\"\ndeployment_ids = [\"1\"]\n{more}"
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
    Ok(Serving {
        public,
        issuer,
        client,
    })
}

/// Launches as many people, each with what `add` adds to the claims; answers how many a second, and
/// where each was sent.
pub(crate) async fn launch(
    serving: &Serving,
    key: &SigningKey,
    people: usize,
    add: impl Fn(&mut Value),
) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let (client, public) = (&serving.client, &serving.public);
    let mut forms = Vec::with_capacity(people);
    for person in 0..people {
        forms.push(login(serving, key, person, &add).await?);
    }
    let forms = Arc::new(Mutex::new(forms));
    let sent = Arc::new(Mutex::new(Vec::with_capacity(people)));
    let started = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, public) = (client.clone(), public.clone());
            let (forms, sent) = (forms.clone(), sent.clone());
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
                    let to = response.headers()[header::LOCATION].to_str().unwrap();
                    sent.lock().unwrap().push(to.to_owned());
                    let _ = response.into_body().collect().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let rate = per_second(people, started);
    let sent = std::mem::take(&mut *sent.lock().unwrap());
    Ok((rate, sent))
}

/// How many a second.
#[allow(clippy::cast_precision_loss, reason = "a few thousand are exact")]
pub(crate) fn per_second(number: usize, started: Instant) -> f64 {
    number as f64 / started.elapsed().as_secs_f64()
}

/// What the platform says of a person who is launched.
pub(crate) fn claims(issuer: &str, target: &str, nonce: &str, person: usize) -> Value {
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

/// Begins a login; answers the form and the cookies that the browser posts after it.
async fn login(
    serving: &Serving,
    key: &SigningKey,
    person: usize,
    add: impl Fn(&mut Value),
) -> Result<(String, String), Box<dyn Error>> {
    let Serving {
        public,
        issuer,
        client,
    } = serving;
    let target = format!("{public}lti/launch");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("iss", issuer.as_str()),
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
    let mut claims = claims(issuer, &target, &value("nonce"), person);
    add(&mut claims);
    let token = key.sign(&claims)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token", token.as_str()), ("state", &value("state"))])
        .finish();
    Ok((form, cookies.join("; ")))
}

/// Starts a platform, which serves its key set wherever `answer` has nothing for the method, the path
/// and its own address; answers that address.
pub(crate) async fn platform(
    key: &SigningKey,
    answer: impl Fn(&Method, &str, &str) -> Option<String> + Clone + Send + Sync + 'static,
) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let (document, here) = (jwks::document([key.public()]).to_string(), issuer.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (document, here, answer) = (document.clone(), here.clone(), answer.clone());
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let (document, here, answer) = (document.clone(), here.clone(), answer.clone());
                async move {
                    let (method, path) =
                        (request.method().clone(), request.uri().path().to_owned());
                    request.into_body().collect().await?;
                    let body = answer(&method, &path, &here).unwrap_or(document);
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(body))))
                }
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
