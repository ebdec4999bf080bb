//! What the small platform offers besides its key set: an authentication endpoint that launches a
//! person, access tokens, and rosters, each as well or badly as it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};

use super::now;
use super::platform::{LTI, sign};

/// The claim that names the roster.
pub(crate) const ROSTER_CLAIM: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
const ROSTER_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// How the roster is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Roster {
    /// These pages, each naming the next in a `Link` header of this spelling.
    Pages(Vec<Value>, &'static str),
    /// These pages in a circle.
    Circle(Vec<Value>),
    /// One page, whose next is at this address.
    ThenAt(Value, String),
    /// A page of HTML.
    Html,
    /// A page as this media type.
    As(Value, &'static str),
    /// This status.
    Status(u16),
    /// A page of so many bytes.
    Huge(usize),
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) target: String,
    /// The `Authorization` header.
    pub(crate) authorization: String,
    /// The `Accept` header.
    pub(crate) accept: String,
}

/// What is told to it, and what came.
#[derive(Debug)]
pub(crate) struct Services {
    /// Who is launched by the authentication endpoint: subject and roles.
    pub(crate) person: (String, Vec<String>),
    /// Whose submission that person looks at, if anybody's.
    pub(crate) reviewed: Option<String>,
    /// How the roster is answered.
    pub(crate) roster: Roster,
    /// How many requests for the roster are answered 401 first, whatever their token.
    pub(crate) unauthorized: usize,
    /// The status of the token endpoint.
    pub(crate) token_status: u16,
    /// Requests for the roster.
    pub(crate) asked: Vec<Asked>,
    /// Forms that asked for tokens.
    pub(crate) forms: Vec<Vec<(String, String)>>,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            person: ("tess".into(), Vec::new()),
            reviewed: None,
            roster: Roster::Status(404),
            unauthorized: 0,
            token_status: 200,
            asked: Vec::new(),
            forms: Vec::new(),
        }
    }
}

/// An entry of a roster.
pub(crate) fn member(subject: &str, name: &str, role: &str) -> Value {
    json!({
        "user_id": subject, "name": name, "email": format!("{subject}@school.example"),
        "roles": [format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{role}")],
    })
}

/// A page of a roster.
pub(crate) fn page(members: &[Value]) -> Value {
    json!({ "id": "roster", "context": { "id": "course-1" }, "members": members })
}

/// Who answers.
#[derive(Clone)]
pub(crate) struct Voice {
    pub(crate) services: Arc<Mutex<Services>>,
    pub(crate) key: Arc<RsaKeyPair>,
    pub(crate) kid: String,
    pub(crate) address: SocketAddr,
    pub(crate) name: String,
}

type Answer = Response<Full<Bytes>>;

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Answer {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", kind)
        .body(Full::new(body.into()))
        .unwrap()
}

impl Voice {
    /// Answers what is not the key set; `None`: it is.
    pub(crate) async fn answers(&self, request: Request<Incoming>) -> Option<Answer> {
        let target = request.uri().path_and_query().unwrap().as_str().to_owned();
        match request.uri().path() {
            "/auth" => Some(self.authenticates(&target)),
            "/token" => Some(self.gives_token(request).await),
            "/roster" => Some(self.gives_roster(&request, &target)),
            _ => None,
        }
    }

    /// A page that posts the token of a launch, as platforms have it.
    fn authenticates(&self, target: &str) -> Answer {
        let url = url::Url::parse(&format!("http://{}{target}", self.address)).unwrap();
        let asked = |name: &str| {
            let mut pairs = url.query_pairs().filter(|(known, _)| known == name);
            pairs
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let claims = self.claims(&asked("redirect_uri"), &asked("nonce"));
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid });
        let token = sign(&self.key, &header, &claims.to_string());
        let page = format!(
            "<!doctype html><form method=post action=\"{}\"><input name=id_token value=\"{token}\">\
             <input name=state value=\"{}\"></form><script>document.forms[0].submit()</script>",
            asked("redirect_uri"),
            asked("state"),
        );
        answer(200, "text/html", page)
    }

    fn claims(&self, target: &str, nonce: &str) -> Value {
        let (subject, roles) = self.services.lock().unwrap().person.clone();
        let issuer = format!("http://{}", self.address);
        let mut claims = json!({
            "iss": issuer, "aud": format!("client-{}", self.name), "sub": subject,
            "iat": now(), "exp": now() + 60, "nonce": nonce,
            "name": format!("{subject} Doe"), "given_name": subject,
        });
        for (name, value) in [
            ("message_type", json!("LtiResourceLinkRequest")),
            ("version", json!("1.3.0")),
            ("deployment_id", json!("1")),
            ("target_link_uri", json!(target)),
            (
                "resource_link",
                json!({ "id": "link-1", "title": "Week one" }),
            ),
            ("roles", json!(roles)),
            ("context", json!({ "id": "course-1", "title": "Biology" })),
            (
                "launch_presentation",
                json!({ "return_url": format!("{issuer}/course/1") }),
            ),
        ] {
            claims[format!("{LTI}{name}")] = value;
        }
        if let Some(reviewed) = self.services.lock().unwrap().reviewed.clone() {
            claims[format!("{LTI}message_type")] = json!("LtiSubmissionReviewRequest");
            claims[format!("{LTI}for_user")] = json!({ "user_id": reviewed });
        }
        claims[ROSTER_CLAIM] = self.roster_claim();
        claims
    }

    pub(crate) fn roster_claim(&self) -> Value {
        json!({
            "context_memberships_url": format!("http://{}/roster", self.address),
            "service_versions": ["2.0"],
        })
    }

    async fn gives_token(&self, request: Request<Incoming>) -> Answer {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let form = form_urlencoded::parse(&body).into_owned().collect();
        let mut services = self.services.lock().unwrap();
        services.forms.push(form);
        let token = json!({
            "access_token": format!("token-{}", services.forms.len()), "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
        });
        match services.token_status {
            200 | 201 => answer(services.token_status, "application/json", token.to_string()),
            status => answer(status, "application/json", r#"{"error":"invalid_client"}"#),
        }
    }

    fn gives_roster(&self, request: &Request<Incoming>, target: &str) -> Answer {
        let header = |name: &str| {
            let value = request.headers().get(name);
            value
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        let mut services = self.services.lock().unwrap();
        services.asked.push(Asked {
            target: target.to_owned(),
            authorization: header("authorization"),
            accept: header("accept"),
        });
        if services.unauthorized > 0 {
            services.unauthorized -= 1;
            return answer(401, "application/json", "{}");
        }
        let number = target
            .split("page=")
            .nth(1)
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let here = |page: usize| format!("http://{}/roster?page={page}", self.address);
        match &services.roster {
            Roster::Pages(pages, header) => {
                let next = (number + 1 < pages.len()).then(|| here(number + 1));
                paged(&pages[number], header, next)
            }
            Roster::Circle(pages) => {
                let next = here((number + 1) % pages.len());
                paged(&pages[number], "link", Some(next))
            }
            Roster::ThenAt(page, next) => paged(page, "Link", Some(next.clone())),
            Roster::Html => answer(200, "text/html", "<html><body>Please sign in</body></html>"),
            Roster::As(page, kind) => answer(200, kind, page.to_string()),
            Roster::Status(status) => answer(*status, "application/json", "{}"),
            Roster::Huge(bytes) => answer(200, ROSTER_TYPE, " ".repeat(*bytes)),
        }
    }
}

fn paged(page: &Value, header: &str, next: Option<String>) -> Answer {
    let mut answer = answer(200, ROSTER_TYPE, page.to_string());
    if let Some(next) = next {
        let link = format!("<{next}>; rel=\"next\"").parse().unwrap();
        let name: http::HeaderName = header.parse().unwrap();
        answer.headers_mut().append(name, link);
    }
    answer
}
