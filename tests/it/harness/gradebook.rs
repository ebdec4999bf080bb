//! A small gradebook of a platform, written from the specification and independent of the crate
//! under test: columns, scores, results, Basic Outcomes. It refuses, delays and breaks off as it is
//! told to, and remembers everything that it took.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The media types, by the specification.
const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";

/// What is answered instead of what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// This status.
    Status(u16),
    /// A page for people, as if all were well.
    Html,
    /// The line is closed before anything is done.
    Closed,
    /// The line is closed after it was done: whoever asked cannot know.
    ClosedAfter,
    /// It is done, late.
    Late(Duration),
}

/// A score that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    /// The column.
    pub(crate) column: String,
    /// The person.
    pub(crate) user: String,
    /// Points in percent of all.
    pub(crate) percent: f64,
    /// The timestamp.
    pub(crate) at: String,
}

/// What is in it.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// The columns.
    pub(crate) columns: Vec<Value>,
    /// What was taken, in the order in which it was.
    pub(crate) taken: Vec<Taken>,
    /// How often somebody tried, with or without success.
    pub(crate) tries: usize,
    /// How many requests for scores are under way, and were at most.
    pub(crate) at_once: (usize, usize),
    /// What stands there by Basic Outcomes.
    pub(crate) outcomes: BTreeMap<String, String>,
    /// For whom somebody asked by Basic Outcomes, in the order in which they did.
    pub(crate) read: Vec<String>,
    /// For whom it answers with a failure when nothing stands there.
    pub(crate) untold: Vec<String>,
    tokens: usize,
}

type Moods = Box<dyn FnMut() -> Option<Mood> + Send>;

/// The gradebook.
#[derive(Clone)]
pub(crate) struct Gradebook {
    /// Where it is.
    pub(crate) address: SocketAddr,
    pages: Arc<Mutex<Pages>>,
    moods: Arc<Mutex<Moods>>,
}

type Answer = Response<Full<Bytes>>;

/// A request for a score, until it is answered or whoever sent it is gone.
struct UnderWay<'a>(&'a Gradebook);

impl<'a> UnderWay<'a> {
    fn new(book: &'a Gradebook) -> Self {
        let mut pages = book.pages();
        pages.tries += 1;
        pages.at_once.0 += 1;
        pages.at_once.1 = pages.at_once.1.max(pages.at_once.0);
        drop(pages);
        Self(book)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.pages().at_once.0 -= 1;
    }
}

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Answer {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", kind)
        .body(Full::new(body.into()))
        .unwrap()
}

impl Gradebook {
    /// One on a free port, in the best of moods.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let book = Self {
            address: listener.local_addr().unwrap(),
            pages: Arc::default(),
            moods: Arc::new(Mutex::new(Box::new(|| None))),
        };
        let serving = book.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let book = serving.clone();
                let service = service_fn(move |request| {
                    let book = book.clone();
                    async move { book.answers(request).await }
                });
                let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                tokio::spawn(async move {
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        book
    }

    /// Asks for the mood of each score from now on.
    pub(crate) fn moody(&self, moods: impl FnMut() -> Option<Mood> + Send + 'static) {
        *self.moods.lock().unwrap() = Box::new(moods);
    }

    /// What is in it.
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap()
    }

    /// An address of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What everybody has in the end, in percent.
    pub(crate) fn standings(&self) -> BTreeMap<String, f64> {
        let pages = self.pages();
        let last = pages.taken.iter();
        last.map(|taken| (taken.user.clone(), taken.percent))
            .collect()
    }

    async fn answers(&self, request: Request<Incoming>) -> Result<Answer, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?;
        let body = body.to_bytes();
        let path = head.uri.path().to_owned();
        if path == "/token" {
            return Ok(self.token());
        }
        let scores = path.ends_with("/scores") || path == "/outcomes";
        let mood = if scores {
            (self.moods.lock().unwrap())()
        } else {
            None
        };
        let _under_way = scores.then(|| UnderWay::new(self));
        self.in_mood(mood, &head, &path, &body).await
    }

    async fn in_mood(
        &self,
        mood: Option<Mood>,
        head: &http::request::Parts,
        path: &str,
        body: &[u8],
    ) -> Result<Answer, std::io::Error> {
        let closed = || std::io::Error::other("closed");
        match mood {
            Some(Mood::Status(status)) => Ok(answer(status, "application/json", "[]")),
            Some(Mood::Html) => Ok(answer(200, "text/html", "<!doctype html><p>Down")),
            Some(Mood::Closed) => Err(closed()),
            Some(Mood::ClosedAfter) => {
                self.does(head, path, body);
                Err(closed())
            }
            Some(Mood::Late(by)) => {
                tokio::time::sleep(by).await;
                Ok(self.does(head, path, body))
            }
            None => Ok(self.does(head, path, body)),
        }
    }

    fn token(&self) -> Answer {
        let mut pages = self.pages();
        pages.tokens += 1;
        let token =
            json!({ "access_token": format!("token-{}", pages.tokens), "expires_in": 3600 });
        answer(200, "application/json", token.to_string())
    }

    fn does(&self, head: &http::request::Parts, path: &str, body: &[u8]) -> Answer {
        let header = |name: &str| {
            let value = head.headers.get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        if path == "/outcomes" {
            return self.outcomes(body);
        }
        if !header("authorization").starts_with("Bearer token-") {
            return answer(401, "application/json", "{}");
        }
        // The query belongs to the address; whoever loses it has another.
        let query: BTreeMap<String, String> =
            form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        if query.get("kept").map(String::as_str) != Some("a b") {
            return answer(404, "application/json", "{}");
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (&head.method, parts.as_slice()) {
            (&Method::GET, ["lineitems"]) if header("accept") == LINE_ITEMS => self.lists(&query),
            (&Method::POST, ["lineitems"]) if header("content-type") == LINE_ITEM => {
                self.makes(body)
            }
            (&Method::POST, ["lineitems", number, "scores"]) if header("content-type") == SCORE => {
                self.takes(number, body)
            }
            (&Method::GET, ["lineitems", number, "results"]) if header("accept") == RESULTS => {
                self.results(number, &query)
            }
            _ => answer(400, "application/json", "[]"),
        }
    }

    fn lists(&self, query: &BTreeMap<String, String>) -> Answer {
        let pages = self.pages();
        let fits = |column: &&Value| {
            [
                ("resource_link_id", "resourceLinkId"),
                ("resource_id", "resourceId"),
            ]
            .into_iter()
            .all(|(asked, name)| {
                query
                    .get(asked)
                    .is_none_or(|wanted| column[name] == json!(wanted))
            })
        };
        let found: Vec<&Value> = pages.columns.iter().filter(fits).collect();
        answer(200, LINE_ITEMS, serde_json::to_string(&found).unwrap())
    }

    fn makes(&self, body: &[u8]) -> Answer {
        let mut pages = self.pages();
        let mut column: Value = serde_json::from_slice(body).unwrap();
        let address = self.url(&format!("/lineitems/{}?kept=a%20b", pages.columns.len()));
        column["id"] = json!(address);
        pages.columns.push(column.clone());
        answer(201, LINE_ITEM, column.to_string())
    }

    fn takes(&self, number: &str, body: &[u8]) -> Answer {
        let score: Value = serde_json::from_slice(body).unwrap();
        let mut pages = self.pages();
        let exists = number
            .parse()
            .is_ok_and(|number: usize| number < pages.columns.len());
        let text = |name: &str| score[name].as_str().unwrap_or_default().to_owned();
        if !exists || text("gradingProgress") != "FullyGraded" {
            return answer(400, "application/json", "[]");
        }
        let taken = Taken {
            column: number.to_owned(),
            user: text("userId"),
            percent: score["scoreGiven"].as_f64().unwrap() * 100.0
                / score["scoreMaximum"].as_f64().unwrap(),
            at: text("timestamp"),
        };
        let same = |known: &&Taken| known.user == taken.user && known.column == taken.column;
        // Only what is newer, by whole seconds, as Moodle compares them.
        let last = pages.taken.iter().rev().find(same);
        if last.is_some_and(|last| last.at[..19] >= taken.at[..19]) {
            return answer(409, "application/json", "[]");
        }
        pages.taken.push(taken);
        answer(200, "text/html", "")
    }

    fn results(&self, number: &str, query: &BTreeMap<String, String>) -> Answer {
        let pages = self.pages();
        let mut results = BTreeMap::new();
        for taken in pages.taken.iter().filter(|taken| taken.column == number) {
            let wanted = query.get("user_id");
            if wanted.is_none_or(|wanted| *wanted == taken.user) {
                let result = json!({ "userId": taken.user, "resultScore": taken.percent, "resultMaximum": 100 });
                results.insert(taken.user.clone(), result);
            }
        }
        let results: Vec<Value> = results.into_values().collect();
        answer(200, RESULTS, serde_json::to_string(&results).unwrap())
    }

    /// Basic Outcomes: what was done stands in the code of the answer.
    fn outcomes(&self, body: &[u8]) -> Answer {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let between = |start: &str, end: &str| {
            let (_, rest) = text.split_once(start)?;
            Some(rest.split_once(end)?.0.to_owned())
        };
        let mut pages = self.pages();
        let id = between("<sourcedId>", "</sourcedId>").unwrap();
        let (code, done) = if text.contains("<readResultRequest>") {
            pages.read.push(id.clone());
            match pages.outcomes.get(&id) {
                Some(score) => ("success", read_result(score)),
                None if pages.untold.contains(&id) => ("failure", String::new()),
                None => ("success", read_result("")),
            }
        } else {
            let score = between("<textString>", "</textString>").unwrap();
            pages.outcomes.insert(id, score);
            ("success", "<replaceResultResponse/>".to_owned())
        };
        let envelope = format!(
            "<?xml version=\"1.0\"?><imsx_POXEnvelopeResponse \
            xmlns=\"http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0\"><imsx_POXHeader>\
            <imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version>\
            <imsx_messageIdentifier>1</imsx_messageIdentifier><imsx_statusInfo>\
            <imsx_codeMajor>{code}</imsx_codeMajor><imsx_severity>status</imsx_severity>\
            </imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody>\
            {done}</imsx_POXBody></imsx_POXEnvelopeResponse>"
        );
        answer(200, "text/html", envelope)
    }
}

fn read_result(score: &str) -> String {
    format!(
        "<readResultResponse><result><resultScore><language>en</language>\
        <textString>{score}</textString></resultScore></result></readResultResponse>"
    )
}
