//! Pages, uploads and media bytes as launched people meet them, through the whole server but its
//! sockets.

mod beacons;
mod bytes;
mod captions;
mod collections;
mod course;
mod doors;
mod embedding;
mod erasing;
mod grading;
mod joining;
mod leaving;
mod outside;
mod people;
mod player;
mod replacing;
mod selecting;
mod sharing;
mod shelves;
mod signing_in;
mod statistics;
mod tools;
mod uploads;
mod watching;

use std::collections::BTreeMap;

use ::bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame};

use super::edge::Edge;
use crate::app::testing::Running;
use crate::grades::{Told, watched};
use crate::lti::launch::{self, Launch, Message, Version};
use crate::lti::roles::Overrides;
use crate::people::arrival::{Arrival, Joins, arrive};
use crate::store::Commit;
use crate::store::ids::{ConnectionId, ItemId, PlacementId, Reference};
use crate::store::rows::library::Placement;
use crate::store::rows::people::{Binding, Connection, Source};
use crate::store::trees::Connections;

const TEACHER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const STUDENT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
const PLATFORM: &str = "https://lms.example";

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The code of a problem, from page or JSON.
    fn code(&self) -> String {
        if let Ok(json) = serde_json::from_slice::<serde_json::Value>(&self.body) {
            return json["code"].as_str().unwrap().to_owned();
        }
        let (_, rest) = self.text().split_once("<dd><code>").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }

    /// The value of the first attribute that begins with `name="`.
    fn attribute(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text().split_once(&format!("{name}=\""))?;
        rest.split('"').next()
    }
}

type Headers<'a> = &'a [(&'a str, &'a str)];

/// A Lanterna with two connections, 1 and 2.
async fn running(variables: &[(&str, &str)]) -> Running {
    let running = Running::with(variables).await;
    for id in [1, 2] {
        connect(&running, id, true).await;
    }
    running
}

/// Makes a connection, or switches it on or off.
async fn connect(running: &Running, id: u32, enabled: bool) {
    let (name, now) = (format!("Platform {id}"), running.app.world.now());
    let connection = Connection {
        enabled,
        ..Connection::new(&name, Source::Registered, now)
    };
    let mut commit = Commit::new();
    commit.put::<Connections>(&ConnectionId(id), &connection);
    running.app.store.commit(commit).await.unwrap();
}

/// Sends one request.
async fn send<B>(running: &Running, mut request: Request<B>) -> Answer
where
    B: Body + Send + Sync + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let host = running.app.public().host_header().parse().unwrap();
    request.headers_mut().entry("host").or_insert(host);
    let edge = Edge::new(running.app.clone());
    let response = edge.answer(request, ([127, 0, 0, 1], 1).into()).await;
    let (parts, body) = response.unwrap().into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

fn request<B>(method: Method, path: &str, headers: Headers<'_>, body: B) -> Request<B> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

/// Gets an address without being anybody.
async fn get(running: &Running, path: &str, headers: Headers<'_>) -> Answer {
    let request = request(Method::GET, path, headers, Full::<Bytes>::default());
    send(running, request).await
}

/// How somebody is launched.
#[derive(Debug, Clone)]
struct Coming {
    connection: u32,
    subject: &'static str,
    name: Option<&'static str>,
    role: &'static str,
    course: Option<&'static str>,
}

const ADA: Coming = Coming {
    connection: 1,
    subject: "ada",
    name: Some("Ada Lovelace"),
    role: TEACHER,
    course: Some("physics"),
};
const SAM: Coming = Coming {
    subject: "sam",
    name: Some("Sam"),
    role: STUDENT,
    ..ADA
};

impl Coming {
    fn launch(&self) -> Launch {
        Launch {
            version: Version::V1p3,
            message: Message::Resource,
            deployment: "1".into(),
            subject: Some(self.subject.into()),
            person: launch::Person {
                name: self.name.map(Into::into),
                ..launch::Person::default()
            },
            roles: vec![self.role.into()],
            mentored: Vec::new(),
            context: self.course.map(|course| launch::Context {
                id: course.into(),
                types: Vec::new(),
                label: None,
                title: Some(format!("Course of {course}")),
            }),
            resource_link: None,
            target_link_uri: None,
            platform: launch::Platform::default(),
            presentation: launch::Presentation::default(),
            custom: BTreeMap::new(),
            lis: launch::Lis::default(),
            ags: None,
            nrps: None,
            migration: None,
            outcome: None,
        }
    }

    /// Launches this person in a browser that keeps the session's cookie.
    async fn arrives<'a>(&self, running: &'a Running) -> Visitor<'a> {
        self.comes(running, &self.launch(), None, None).await
    }

    /// Likewise with this launch, for an item or by a placement.
    async fn comes<'a>(
        &self,
        running: &'a Running,
        launch: &Launch,
        item: Option<ItemId>,
        placement: Option<PlacementId>,
    ) -> Visitor<'a> {
        let came_for = (item, placement);
        self.comes_joining(running, launch, came_for, None).await
    }

    /// Likewise, joining what was proven.
    async fn comes_joining<'a>(
        &self,
        running: &'a Running,
        launch: &Launch,
        (item, placement): (Option<ItemId>, Option<PlacementId>),
        joins: Option<Joins>,
    ) -> Visitor<'a> {
        let app = &running.app;
        let arrival = Arrival {
            connection: ConnectionId(self.connection),
            launch,
            reference: Reference::new(&app.world),
            binding: Binding::Undecided,
            browser: None,
            proven: true,
            item,
            placement,
            frame_origins: vec![PLATFORM.into()],
            roster: None,
            moved: None,
            joins,
            keep_email: false,
            names_withheld: false,
            kept: BTreeMap::new(),
            roles: Overrides::default(),
            lifetimes: app.lifetimes(),
        };
        // As the launch's own room does it.
        let told = placement.map(|placement| Told {
            connection: arrival.connection,
            launch,
            placement,
            moved: None,
        });
        let besides = |commit: &mut Commit, user, course| match &told {
            Some(told) => {
                let (store, world, who) = (&app.store, &app.world, (user, course));
                let watched =
                    |course, placement: &Placement, user| watched(store, course, placement, user);
                told.remember(store, world, commit, who, &watched).map(drop)
            }
            None => Ok(()),
        };
        let opened = arrive(&app.store, &app.world, &arrival, besides).await;
        let opened = opened.unwrap();
        Visitor {
            running,
            token: opened.token.text,
            cookie: Some(format!("lanterna_session={}", opened.cookie.text)),
        }
    }
}

/// Somebody with a session.
struct Visitor<'a> {
    running: &'a Running,
    token: String,
    cookie: Option<String>,
}

impl Visitor<'_> {
    fn at(&self, below: &str) -> String {
        format!("/s/{}/{below}", self.token)
    }

    async fn send<B>(&self, method: Method, below: &str, headers: Headers<'_>, body: B) -> Answer
    where
        B: Body + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut request = request(method, &self.at(below), headers, body);
        if let Some(cookie) = &self.cookie {
            let cookie = cookie.parse().unwrap();
            request.headers_mut().insert("cookie", cookie);
        }
        send(self.running, request).await
    }

    async fn ask(&self, method: Method, below: &str, headers: Headers<'_>) -> Answer {
        self.send(method, below, headers, Full::<Bytes>::default())
            .await
    }

    /// A page in the platform's frame.
    async fn get(&self, below: &str) -> Answer {
        let headers = [("accept", "text/html"), ("sec-fetch-dest", "iframe")];
        self.ask(Method::GET, below, &headers).await
    }

    /// A form of one of our pages.
    async fn post(&self, below: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("same-origin", below, fields).await
    }

    async fn post_from(&self, site: &str, below: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish();
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", site),
        ];
        self.send(Method::POST, below, &headers, Full::<Bytes>::from(body))
            .await
    }

    /// A request of tus.
    async fn tus(&self, method: Method, below: &str, headers: Headers<'_>, body: &[u8]) -> Answer {
        let headers = [&[("tus-resumable", "1.0.0")], headers].concat();
        let body = Full::new(Bytes::copy_from_slice(body));
        self.send(method, below, &headers, body).await
    }

    /// A PATCH whose connection breaks after `body`.
    async fn broken_patch(&self, upload: &str, offset: &str, body: &'static [u8]) -> Answer {
        let pieces: [Result<Frame<Bytes>, std::io::Error>; 2] = [
            Ok(Frame::data(Bytes::from_static(body))),
            Err(std::io::ErrorKind::ConnectionReset.into()),
        ];
        let headers = [PATCHES, &[("upload-offset", offset)]].concat();
        let body = StreamBody::new(stream::iter(pieces));
        self.send(Method::PATCH, upload, &headers, body).await
    }

    /// Begins an upload; answers its address below the session.
    async fn begin(&self, len: usize, metadata: &str) -> String {
        let len = len.to_string();
        let headers = [
            ("upload-length", len.as_str()),
            ("upload-metadata", metadata),
        ];
        let answer = self.tus(Method::POST, "uploads", &headers, b"").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.header("location").unwrap().to_owned()
    }

    /// Sends bytes to an upload.
    async fn patch(&self, upload: &str, offset: usize, body: &[u8]) -> Answer {
        let offset = offset.to_string();
        let headers = [PATCHES[1], ("upload-offset", offset.as_str())];
        self.tus(Method::PATCH, upload, &headers, body).await
    }

    /// Uploads a whole file; answers its item.
    async fn uploads(&self, name: &str, visibility: &str, content: &[u8]) -> ItemId {
        let metadata = metadata(&[("filename", name), ("visibility", visibility)]);
        let upload = self.begin(content.len(), &metadata).await;
        let answer = self.patch(&upload, 0, content).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        answer.header("lanterna-item").unwrap().parse().unwrap()
    }

    /// The address of an item's bytes, as its page tells it.
    async fn address(&self, item: ItemId) -> String {
        let page = self.get(&format!("media/{item}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let address = page
            .text()
            .split('"')
            .find(|text| text.starts_with("/files/"));
        address.unwrap().to_owned()
    }
}

const PATCHES: Headers<'static> = &[
    ("tus-resumable", "1.0.0"),
    ("content-type", "application/offset+octet-stream"),
];

/// `Upload-Metadata`.
fn metadata(pairs: &[(&str, &str)]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, text)| format!("{name} {}", STANDARD.encode(text)))
        .collect();
    pairs.join(",")
}

/// A small MP4 without a track.
fn film() -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov\0\0\0\0mdat".to_vec();
    film.resize(1000, 7);
    film
}
