//! The practice course from outside: a browser that follows redirects and sends forms on.

mod authentication;
mod courses;
mod earning;
mod forms;
mod grades;
mod launches;
mod messages;
mod placed;
mod reach;
mod registering;
mod selecting;
mod services;
mod ways;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tempfile::TempDir;
use url::Url;

use super::edge::Edge;
use super::run::declare;
use crate::app::App;
use crate::config::Config;
use crate::library::Examination;
use crate::outbound::Outbound;
use crate::people::sessions::Secret;
use crate::store::ids::Hash;
use crate::store::rows::keys::{Key, Use};
use crate::store::rows::people::{Course, Session, User};
use crate::store::rows::practice::PracticeActivity;
use crate::store::trees::{Courses, Keys, PracticeActivities, Sessions, Users};
use crate::store::{Commit, Store};
use crate::world::{ManualClock, Time, World};

const PUBLIC: &str = "http://127.0.0.1:8080";
const LOCAL: &str = "127.0.0.1:50000";

/// A Lanterna in this process.
struct Site {
    app: App,
    clock: ManualClock,
    dir: Arc<TempDir>,
}

impl Site {
    /// With the defaults, and these variables of the environment.
    async fn with(variables: &[(&str, &str)]) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let store = Store::temporary();
        let site = Self::on(dir, clock, store, variables).await;
        declare(&site.app).await.unwrap();
        site
    }

    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Starts again with other variables, on what is stored.
    async fn restarted(&self, variables: &[(&str, &str)]) -> Self {
        let (dir, clock) = (self.dir.clone(), self.clock.clone());
        let site = Self::on(dir, clock, self.app.store.clone(), variables).await;
        declare(&site.app).await.unwrap();
        site
    }

    async fn on(
        dir: Arc<TempDir>,
        clock: ManualClock,
        store: Store,
        variables: &[(&str, &str)],
    ) -> Self {
        let data = dir.path().display().to_string();
        let own = [
            ("LANTERNA_STORAGE__DATA_DIR", data.as_str()),
            ("LANTERNA_STORAGE__RESERVE", "0 B"),
        ];
        let environment = own
            .iter()
            .chain(variables)
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let config = Config::load(None, environment).unwrap().config;
        let world = World::with_clock(Arc::new(clock.clone()));
        let key = |r#use, secret: &[u8]| Key {
            r#use,
            secret: secret.to_vec(),
            made: world.now(),
            signs_from: None,
            ends: None,
        };
        let platform = include_bytes!("../../../tests/fixtures/keys/platform.p8");
        let tool = include_bytes!("../../../tests/fixtures/keys/tool.p8");
        let mut commit = Commit::new();
        commit
            .put::<Keys>(&"platform".to_owned(), &key(Use::Platform, platform))
            .put::<Keys>(&"tool".to_owned(), &key(Use::Tool, tool));
        store.commit(commit).await.unwrap();
        let outbound = Outbound::new(&config).unwrap();
        crate::lti::crypto::install();
        let here = Examination::Here;
        let app = App::new(config, String::new(), world, store, outbound, here)
            .await
            .unwrap();
        Self { app, clock, dir }
    }

    /// Sends one request; `url` is a full address or a path of the public one.
    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let url = Url::parse(PUBLIC).unwrap().join(url).unwrap();
        let host = url.host_str().unwrap();
        let host = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut peer: SocketAddr = LOCAL.parse().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "text/html");
        for (name, value) in headers {
            match *name {
                "peer" => peer = value.parse().unwrap(),
                name => request = request.header(name, *value),
            }
        }
        let request = request.body(Full::<bytes::Bytes>::from(body)).unwrap();
        let edge = Edge::new(self.app.clone());
        let response = edge.answer(request, peer).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            url,
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn get(&self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], String::new()).await
    }

    /// Sends a form, as one of the practice course's own pages does.
    async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, url, &headers, body).await
    }

    /// The activities of a course of the practice course.
    fn activities(&self, course: u32) -> Vec<PracticeActivity> {
        let rows = self
            .app
            .store
            .page::<PracticeActivities>(&(course,), None, 100);
        rows.unwrap().into_iter().map(|(_, row)| row).collect()
    }

    fn browser(&self) -> Browser<'_> {
        Browser {
            site: self,
            cookies: Some(BTreeMap::new()),
        }
    }

    /// What the launch that ended at `answer` opened.
    fn opened(&self, answer: &Answer) -> Opened {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert!(answer.url.path().ends_with("/library"), "{}", answer.url);
        let hash = answer.session();
        let store = &self.app.store;
        let session = store.get::<Sessions>(&hash).unwrap().unwrap();
        let user = store.get::<Users>(&session.user).unwrap().unwrap();
        let course = store.get::<Courses>(&session.course.unwrap()).unwrap();
        Opened {
            session,
            user,
            course: course.unwrap(),
        }
    }
}

struct Opened {
    session: Session,
    user: User,
    course: Course,
}

struct Answer {
    url: Url,
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

/// A form of a page.
#[derive(Debug)]
struct Sent {
    action: String,
    fields: Vec<(String, String)>,
}

impl Sent {
    fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The form that the page sends by itself.
    fn form(&self) -> Option<Sent> {
        let form = self.text.split("<form").nth(1)?;
        let (tag, body) = form.split_once('>')?;
        if !tag.contains("data-auto-submit") {
            return None;
        }
        let inputs = body.split("<input type=\"hidden\"").skip(1);
        Some(Sent {
            action: attribute(tag, "action")?,
            fields: inputs
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                .collect(),
        })
    }

    /// The session whose page this is.
    fn session(&self) -> Hash {
        let path: Vec<&str> = self.url.path_segments().unwrap().collect();
        let ["s", token, ..] = path.as_slice() else {
            panic!("no session: {} {}", self.url, self.text);
        };
        Secret::hash_of(token).unwrap()
    }

    fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let value = value.replace("&lt;", "<").replace("&gt;", ">");
    Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
}

/// A browser at this machine. Its cookies are of one host, Lanterna's: the only one that sets any.
struct Browser<'a> {
    site: &'a Site,
    cookies: Option<BTreeMap<String, String>>,
}

impl Browser<'_> {
    /// Asks without following anything.
    async fn send(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let jar = self.cookies.iter().flatten();
        let cookies: Vec<String> = jar.map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = headers.to_vec();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let answer = self.site.send(method, url, &headers, body).await;
        if let Some(jar) = &mut self.cookies {
            for cookie in answer.headers.get_all(header::SET_COOKIE) {
                let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                if rest.contains("Max-Age=0") {
                    jar.remove(name);
                } else {
                    jar.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        answer
    }

    /// Follows redirects from `url` until something is shown.
    async fn follow(&mut self, url: &str, dest: &str) -> Answer {
        let headers = [("sec-fetch-dest", dest)];
        let mut answer = self.send(Method::GET, url, &headers, String::new()).await;
        while let Some(location) = answer.location() {
            answer = self
                .send(Method::GET, location.as_str(), &headers, String::new())
                .await;
        }
        answer
    }

    /// Sends a page's form on, and follows.
    async fn submit(&mut self, page: &Answer, dest: &str) -> Answer {
        let form = page.form().unwrap();
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        // So browsers do (Fetch, section 3.2).
        let origin = match page.header("referrer-policy") {
            "no-referrer" => "null".to_owned(),
            _ => page.url.origin().ascii_serialization(),
        };
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", &origin),
            ("sec-fetch-dest", dest),
        ];
        let answer = self.send(Method::POST, &form.action, &headers, body).await;
        match answer.location() {
            Some(location) => self.follow(location.as_str(), dest).await,
            None => answer,
        }
    }

    /// Follows redirects and forms to where a launch ends.
    async fn launch(&mut self, url: &str, dest: &str) -> Answer {
        let mut answer = self.follow(url, dest).await;
        while answer.form().is_some() {
            answer = self.submit(&answer, dest).await;
        }
        answer
    }

    /// Starts a launch; answers the address of the authentication request that it comes to.
    async fn asked(&mut self, person: &str) -> Url {
        let start = format!("/practice/launch/{person}");
        let start = self.send(Method::GET, &start, &[], String::new()).await;
        let login = start.location().unwrap();
        let login = self.send(Method::GET, login.as_str(), &[], String::new());
        login.await.location().unwrap()
    }
}
