//! A small LTI 1.3 platform, written from the specification and independent of the crate under
//! test: it signs whatever it is told to, and serves its key set as well or badly as it is told to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::{Answer, Browser};
use super::server::Server;
use super::services::Voice;
use super::{fixture, now};

/// What the names of the claims begin with.
pub(crate) const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// How the key set is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Serving {
    /// With this `Cache-Control`.
    Fine(&'static str),
    /// Never answers.
    Hanging,
    /// Answers this status.
    Failing(u16),
}

/// A platform with one registration.
pub(crate) struct Platform {
    key: Arc<RsaKeyPair>,
    /// The name of the key that signs.
    pub(crate) kid: String,
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// How often the key set was asked for.
    pub(crate) fetches: Arc<AtomicUsize>,
    /// How it is served from now on.
    pub(crate) serving: Arc<Mutex<Serving>>,
    /// What is in it.
    pub(crate) keys: Arc<Mutex<Value>>,
    /// The deployment of its launches.
    pub(crate) deployment: String,
    /// What it offers besides its key set.
    pub(crate) voice: Voice,
    name: String,
}

/// The key pair of a fixture.
pub(crate) fn key_pair(name: &str) -> RsaKeyPair {
    let der = std::fs::read(fixture(&format!("keys/{name}.p8"))).unwrap();
    RsaKeyPair::from_pkcs8(&der).unwrap()
}

/// The public half as a JWK.
pub(crate) fn jwk(key: &RsaKeyPair, kid: &str) -> Value {
    let public: ring::rsa::PublicKeyComponents<Vec<u8>> = key.public_key().into();
    json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e),
    })
}

/// Signs `header.claims` as it stands, with SHA-256.
pub(crate) fn sign(key: &RsaKeyPair, header: &Value, claims: &str) -> String {
    sign_by(&RSA_PKCS1_SHA256, key, header, claims)
}

/// Signs `header.claims` as it stands.
pub(crate) fn sign_by(
    padding: &'static dyn RsaEncoding,
    key: &RsaKeyPair,
    header: &Value,
    claims: &str,
) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        padding,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Platform {
    /// A platform called `name` on a free port.
    pub(crate) async fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let key = Arc::new(key_pair("platform"));
        let kid = "platform-key".to_owned();
        let keys = Arc::new(Mutex::new(json!({ "keys": [jwk(&key, &kid)] })));
        let fetches = Arc::new(AtomicUsize::new(0));
        let serving = Arc::new(Mutex::new(Serving::Fine("max-age=3600")));
        let voice = Voice {
            services: Arc::default(),
            key: key.clone(),
            kid: kid.clone(),
            address,
            name: name.to_owned(),
        };
        let talking = voice.clone();
        let (all, count, how) = (keys.clone(), fetches.clone(), serving.clone());
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    break;
                };
                let (all, count, how) = (all.clone(), count.clone(), how.clone());
                let voice = talking.clone();
                let service = service_fn(move |request| {
                    let (all, count, how) = (all.clone(), count.clone(), how.clone());
                    let voice = voice.clone();
                    async move {
                        if let Some(answer) = voice.answers(request).await {
                            return Ok(answer);
                        }
                        count.fetch_add(1, Ordering::SeqCst);
                        let body = all.lock().unwrap().to_string();
                        let how = how.lock().unwrap().clone();
                        answer(how, body).await
                    }
                });
                let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                tokio::spawn(async move {
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            key,
            kid,
            address,
            fetches,
            serving,
            keys,
            deployment: "1".into(),
            name: name.to_owned(),
            voice,
        }
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its entry in the configuration.
    pub(crate) fn entry(&self) -> String {
        let (name, issuer) = (&self.name, self.issuer());
        format!(
            "[[platform]]\nname = \"{name}\"\nissuer = \"{issuer}\"\nclient_id = \"client-{name}\"\n\
             auth_url = \"{issuer}/auth?kept=yes\"\ntoken_url = \"{issuer}/token\"\n\
             jwks_url = \"{issuer}/jwks\"\ndeployment_ids = [\"{}\"]\n",
            self.deployment
        )
    }

    /// The client id of Lanterna here.
    pub(crate) fn client_id(&self) -> String {
        format!("client-{}", self.name)
    }

    /// How often the key set was asked for.
    pub(crate) fn fetched(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    /// Starts a login in the browser; answers its state and nonce.
    pub(crate) async fn login(&self, browser: &mut Browser, server: &Server) -> Login {
        Login::read(&self.begin(browser, server, &[], &[]).await)
    }

    /// Starts a login with these headers and further parameters; answers what comes.
    pub(crate) async fn begin(
        &self,
        browser: &mut Browser,
        server: &Server,
        headers: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Answer {
        let (target, issuer, client) = (server.url("/lti/launch"), self.issuer(), self.client_id());
        let mut fields = vec![
            ("iss", issuer.as_str()),
            ("client_id", client.as_str()),
            ("login_hint", "hint-7"),
            ("lti_message_hint", "{\"a\":1}"),
            ("target_link_uri", target.as_str()),
        ];
        fields.extend_from_slice(more);
        browser
            .post(&server.url("/lti/login"), headers, &fields)
            .await
    }

    /// The header of its tokens.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid })
    }

    /// The claims of a resource launch.
    pub(crate) fn claims(
        &self,
        server: &Server,
        nonce: &str,
        subject: &str,
        roles: &[&str],
    ) -> Value {
        let now = now();
        let mut claims = json!({
            "iss": self.issuer(), "aud": self.client_id(), "sub": subject,
            "iat": now, "exp": now + 60, "nonce": nonce,
            "name": format!("{} Doe", subject), "given_name": subject, "family_name": "Doe",
            "email": format!("{subject}@school.example"),
        });
        let lti = [
            ("message_type", json!("LtiResourceLinkRequest")),
            ("version", json!("1.3.0")),
            ("deployment_id", json!(self.deployment)),
            ("target_link_uri", json!(server.url("/lti/launch"))),
            (
                "resource_link",
                json!({ "id": "link-1", "title": "Week one" }),
            ),
            ("roles", json!(roles)),
            (
                "context",
                json!({ "id": "course-1", "label": "BIO", "title": "Biology" }),
            ),
            (
                "tool_platform",
                json!({ "guid": "g", "product_family_code": "testing" }),
            ),
            (
                "launch_presentation",
                json!({
                    "document_target": "iframe",
                    "return_url": format!("{}/course/1", self.issuer()),
                }),
            ),
        ];
        for (name, value) in lti {
            claims[format!("{LTI}{name}")] = value;
        }
        claims
    }

    /// Signs claims with its key.
    pub(crate) fn token(&self, claims: &Value) -> String {
        sign(&self.key, &self.header(), &claims.to_string())
    }

    /// Signs claims with its key by another algorithm than RS256.
    pub(crate) fn token_by(
        &self,
        (name, padding): (&str, &'static dyn RsaEncoding),
        claims: &Value,
    ) -> String {
        let mut header = self.header();
        header["alg"] = json!(name);
        sign_by(padding, &self.key, &header, &claims.to_string())
    }

    /// Posts a token as its page in the browser would, into a frame.
    pub(crate) async fn post(
        &self,
        browser: &mut Browser,
        server: &Server,
        login: &Login,
        token: &str,
    ) -> Answer {
        let from = (self.issuer(), "iframe");
        post_from((&from.0, from.1), browser, server, login, token).await
    }

    /// A whole launch; answers the last answer of it.
    pub(crate) async fn launch(
        &self,
        browser: &mut Browser,
        server: &Server,
        subject: &str,
        roles: &[&str],
    ) -> Answer {
        let login = self.login(browser, server).await;
        let token = self.token(&self.claims(server, &login.nonce, subject, roles));
        self.post(browser, server, &login, &token).await
    }
}

/// Posts a token from a page of `origin`, to be shown in `place` (`Sec-Fetch-Dest`).
pub(crate) async fn post_from(
    (origin, place): (&str, &str),
    browser: &mut Browser,
    server: &Server,
    login: &Login,
    token: &str,
) -> Answer {
    browser
        .post(
            &server.url("/lti/launch"),
            &[
                ("origin", origin),
                ("sec-fetch-dest", place),
                ("sec-fetch-site", "cross-site"),
            ],
            &[("id_token", token), ("state", &login.state)],
        )
        .await
}

async fn answer(how: Serving, body: String) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (status, cache) = match how {
        Serving::Fine(cache) => (200, cache),
        Serving::Failing(status) => (status, "no-store"),
        Serving::Hanging => std::future::pending().await,
    };
    let response = Response::builder()
        .status(status)
        .header("cache-control", cache);
    Ok(response.body(Full::new(Bytes::from(body))).unwrap())
}

/// A login under way.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// Where the browser is sent.
    pub(crate) location: url::Url,
    /// The state to post.
    pub(crate) state: String,
    /// The nonce to sign.
    pub(crate) nonce: String,
}

impl Login {
    /// What the answer to a login initiation says.
    pub(crate) fn read(answer: &Answer) -> Self {
        Self::at(&answer.location())
    }

    /// What the address of an authentication request says.
    pub(crate) fn at(location: &str) -> Self {
        let location = url::Url::parse(location).unwrap();
        let value = |name: &str| {
            let mut pairs = location.query_pairs().filter(|(known, _)| known == name);
            pairs
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        Self {
            state: value("state"),
            nonce: value("nonce"),
            location: location.clone(),
        }
    }
}

/// The role URNs that tests use.
pub(crate) mod roles {
    /// A teacher.
    pub(crate) const TEACHER: &[&str] =
        &["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"];
    /// A student.
    pub(crate) const STUDENT: &[&str] =
        &["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"];
}
