//! The registering side of a small platform, written from LTI Dynamic Registration 1.0 and
//! independent of the crate under test: it says of itself, and answers, whatever it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The member of a registration that is about the tool.
pub(crate) const TOOL: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
/// The member of a configuration that is about the platform.
pub(crate) const PLATFORM: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// How something is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answers {
    /// As a platform does.
    Well,
    /// With this status and body.
    With(u16, String),
    /// With a redirect to this address.
    Redirect(String),
    /// Never.
    Never,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    /// `GET` or `POST`.
    pub(crate) method: Method,
    /// Its path and query.
    pub(crate) path: String,
    /// Its `Authorization`.
    pub(crate) authorization: String,
    /// Its body as JSON; null when it has none.
    pub(crate) body: Value,
}

/// A platform that takes registrations.
pub(crate) struct Registrar {
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// What it says of itself.
    pub(crate) configuration: Arc<Mutex<Value>>,
    /// How it says so.
    pub(crate) says: Arc<Mutex<Answers>>,
    /// How it answers registrations.
    pub(crate) registers: Arc<Mutex<Answers>>,
    /// What it gives, besides what it was asked for.
    pub(crate) gives: Arc<Mutex<Value>>,
    /// Everything that came.
    pub(crate) came: Arc<Mutex<Vec<Came>>>,
    /// Registrations are answered while there are permits.
    pub(crate) gate: Arc<Semaphore>,
}

#[derive(Clone)]
struct Parts {
    configuration: Arc<Mutex<Value>>,
    says: Arc<Mutex<Answers>>,
    registers: Arc<Mutex<Answers>>,
    gives: Arc<Mutex<Value>>,
    came: Arc<Mutex<Vec<Came>>>,
    gate: Arc<Semaphore>,
}

impl Registrar {
    /// A platform on a free port of loopback that says little of itself.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let at = |path: &str| format!("http://{address}{path}");
        let parts = Parts {
            configuration: Arc::new(Mutex::new(json!({
                "issuer": at(""),
                "authorization_endpoint": at("/auth"),
                "token_endpoint": at("/token"),
                "jwks_uri": at("/jwks"),
                "registration_endpoint": at("/register"),
                PLATFORM: { "product_family_code": "testing", "version": "1" },
            }))),
            says: Arc::new(Mutex::new(Answers::Well)),
            registers: Arc::new(Mutex::new(Answers::Well)),
            gives: Arc::new(Mutex::new(json!({ "client_id": "client-1" }))),
            came: Arc::default(),
            gate: Arc::new(Semaphore::new(1_000)),
        };
        let serving = parts.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let parts = serving.clone();
                let service = service_fn(move |request| {
                    let parts = parts.clone();
                    async move { Ok::<_, hyper::Error>(parts.answer(request).await) }
                });
                tokio::spawn(async move {
                    let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        let Parts {
            configuration,
            says,
            registers,
            gives,
            came,
            gate,
        } = parts;
        Self {
            address,
            configuration,
            says,
            registers,
            gives,
            came,
            gate,
        }
    }

    /// A full address of it.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The line of the configuration that trusts it.
    pub(crate) fn trusted(&self) -> String {
        format!("[outbound]\ntrusted_hosts = [\"{}\"]", self.at(""))
    }

    /// Says one thing differently.
    pub(crate) fn says_of(&self, member: &str, value: Value) {
        self.configuration.lock().unwrap()[member] = value;
    }

    /// The registrations that came.
    pub(crate) fn registrations(&self) -> Vec<Came> {
        let came = self.came.lock().unwrap();
        let posts = came.iter().filter(|came| came.method == Method::POST);
        posts.cloned().collect()
    }

    /// How often it was asked anything.
    pub(crate) fn asked(&self) -> usize {
        self.came.lock().unwrap().len()
    }
}

impl Parts {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let authorization = head.headers.get("authorization");
        let came = Came {
            method: head.method.clone(),
            path: head.uri.to_string(),
            authorization: authorization.map_or("", |v| v.to_str().unwrap()).to_owned(),
            body: body.clone(),
        };
        self.came.lock().unwrap().push(came);
        if head.method == Method::POST {
            self.gate.acquire().await.unwrap().forget();
            let how = self.registers.lock().unwrap().clone();
            let mut given = body;
            for (member, value) in self.gives.lock().unwrap().as_object().unwrap() {
                if member == TOOL {
                    for (member, value) in value.as_object().unwrap() {
                        given[TOOL][member] = value.clone();
                    }
                } else {
                    given[member] = value.clone();
                }
            }
            respond(how, 201, &given).await
        } else if head.uri.path() == "/lms" {
            lms(head.uri.query().unwrap_or_default())
        } else {
            let how = self.says.lock().unwrap().clone();
            let configuration = self.configuration.lock().unwrap().clone();
            respond(how, 200, &configuration).await
        }
    }
}

/// The page of an administrator of the platform: it frames the tool's and waits for its message.
fn lms(query: &str) -> Response<Full<Bytes>> {
    let (_, src) = form_urlencoded::parse(query.as_bytes()).next().unwrap();
    let page = format!(
        "<!doctype html><html lang=\"en\"><title>LMS</title>\
         <iframe title=\"Tool\" width=\"800\" height=\"600\" src=\"{}\"></iframe><script>\
         addEventListener('message', (event) => {{\
           if (event.data.subject === 'org.imsglobal.lti.close') document.title = event.origin;\
         }});</script></html>",
        src.replace('&', "&amp;").replace('"', "&quot;")
    );
    let response = Response::builder().header("content-type", "text/html");
    response.body(Full::new(Bytes::from(page))).unwrap()
}

async fn respond(how: Answers, status: u16, body: &Value) -> Response<Full<Bytes>> {
    let (status, location, body) = match how {
        Answers::Well => (status, None, body.to_string()),
        Answers::With(status, body) => (status, None, body),
        Answers::Redirect(to) => (302, Some(to), String::new()),
        Answers::Never => std::future::pending().await,
    };
    let mut response = Response::builder().status(status);
    if let Some(to) = location {
        response = response.header("location", to);
    }
    response.body(Full::new(Bytes::from(body))).unwrap()
}
