//! A gradebook that answers in process: it has Moodle's rules, and fails when it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use url::Url;

use crate::lti::oauth1::{Address, Unverified};
use crate::lti::outcomes::{self, Code, Operation};
use crate::outbound::{Request, Response};
use crate::services::testing::{Fake, response};

/// A score that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub(super) item: usize,
    pub(super) user: String,
    pub(super) given: f64,
    pub(super) maximum: f64,
    pub(super) at: String,
}

/// What is in it, and what it is told.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The columns; `None` is one that was deleted.
    pub(super) columns: Vec<Option<Value>>,
    /// What was taken, in order.
    pub(super) taken: Vec<Score>,
    /// What the next scores are answered with instead.
    pub(super) answers: VecDeque<(u16, &'static str)>,
    /// What everything is answered with.
    pub(super) away: Option<(u16, &'static str)>,
    /// How often a score came, taken or not.
    pub(super) asked: usize,
    /// How many columns were made here.
    pub(super) made: usize,
    /// What stands there by Basic Outcomes.
    pub(super) outcomes: BTreeMap<String, String>,
    /// The secret by which it knows its consumer; `None`: the usual one.
    pub(super) secret: Option<&'static str>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::grades) struct Book(Arc<Mutex<State>>);

/// The secret of its consumer.
pub(super) const SECRET: &str = "secret";
/// Its address.
pub(super) const AT: &str = "https://lms.example";

impl Book {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn fake(&self) -> Fake {
        let book = self.clone();
        Fake::new(move |request| book.answer(request))
    }

    /// What a person has in the end, in hundredths of all.
    pub(super) fn stands(&self, user: &str) -> Option<f64> {
        let state = self.state();
        let of_user = |score: &&Score| score.user == user;
        let last = state.taken.iter().rev().find(of_user)?;
        Some(last.given / last.maximum * 100.0)
    }

    pub(super) fn column(&self, column: &Value) -> String {
        let mut state = self.state();
        let mut column = column.clone();
        let url = address(state.columns.len());
        column["id"] = json!(url);
        state.columns.push(Some(column));
        url
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.url.path().to_owned();
        let mut state = self.state();
        if let Some((status, body)) = state.away {
            return response(status, body);
        }
        if path == "/token" {
            return response(200, r#"{"access_token":"t","expires_in":3600}"#);
        }
        if path == "/outcomes" {
            return state.outcome(request);
        }
        assert_eq!(request.url.query_pairs().next().unwrap().0, "type_id");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["lineitems"]) => state.list(&request.url),
            ("POST", ["lineitems"]) => {
                let mut made: Value = serde_json::from_slice(&request.body).unwrap();
                made["id"] = json!(address(state.columns.len()));
                state.columns.push(Some(made.clone()));
                state.made += 1;
                response(201, made.to_string())
            }
            (method, ["lineitems", number, rest @ ..]) => {
                let number: usize = number.parse().unwrap();
                let Some(Some(column)) = state.columns.get(number).cloned() else {
                    return response(404, "");
                };
                match (method, rest) {
                    ("GET", []) => response(200, column.to_string()),
                    ("PUT", []) => {
                        let changed = serde_json::from_slice(&request.body).unwrap();
                        state.columns[number] = Some(changed);
                        response(200, "{}")
                    }
                    ("POST", ["scores"]) => state.score(number, &request.body),
                    ("GET", ["results"]) => state.results(number, &request.url),
                    _ => response(405, ""),
                }
            }
            _ => response(404, ""),
        }
    }
}

fn address(number: usize) -> String {
    format!("{AT}/lineitems/{number}?type_id=16")
}

impl State {
    fn list(&self, url: &Url) -> Response {
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let fits = |column: &&Value| {
            let is = |name: &str, parameter: &str| {
                asked
                    .get(parameter)
                    .is_none_or(|wanted| column[name] == json!(wanted))
            };
            is("resourceLinkId", "resource_link_id") && is("resourceId", "resource_id")
        };
        let found: Vec<&Value> = self.columns.iter().flatten().filter(fits).collect();
        response(200, serde_json::to_string(&found).unwrap())
    }

    fn score(&mut self, item: usize, body: &[u8]) -> Response {
        self.asked += 1;
        if let Some((status, body)) = self.answers.pop_front() {
            return response(status, body);
        }
        let score: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(score["gradingProgress"], "FullyGraded");
        let score = Score {
            item,
            user: score["userId"].as_str().unwrap().to_owned(),
            given: score["scoreGiven"].as_f64().unwrap(),
            maximum: score["scoreMaximum"].as_f64().unwrap(),
            at: score["timestamp"].as_str().unwrap().to_owned(),
        };
        // As Moodle does: by whole seconds.
        let second = |at: &str| at[..19].to_owned();
        let newer = |known: &&Score| (known.item, &known.user) == (item, &score.user);
        let last = self.taken.iter().rev().find(newer);
        if last.is_some_and(|last| second(&last.at) >= second(&score.at)) {
            return response(409, "[]");
        }
        self.taken.push(score);
        response(200, "")
    }

    fn results(&self, item: usize, url: &Url) -> Response {
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let mut results: BTreeMap<&str, Value> = BTreeMap::new();
        for score in self.taken.iter().filter(|score| score.item == item) {
            if asked.get("user_id").is_none_or(|user| *user == score.user) {
                let result = json!({
                    "userId": score.user, "resultScore": score.given, "resultMaximum": score.maximum,
                });
                results.insert(&score.user, result);
            }
        }
        let results: Vec<&Value> = results.values().collect();
        response(200, serde_json::to_string(&results).unwrap())
    }

    fn outcome(&mut self, request: &Request) -> Response {
        self.asked += 1;
        if let Some((status, body)) = self.answers.pop_front() {
            return response(status, body);
        }
        let secret = self.secret.unwrap_or(SECRET);
        let by_token = request.headers[AUTHORIZATION] == "Bearer t";
        assert!(by_token || is_signed(request, secret), "another signs");
        let asked = outcomes::read_request(&request.body).unwrap();
        match asked.operation {
            Operation::Replace {
                sourcedid, score, ..
            } => {
                self.outcomes.insert(sourcedid, score.unwrap());
                response(200, pox(Code::Success, "Grade replace response"))
            }
            Operation::Read { sourcedid } => {
                let score = self.outcomes.get(&sourcedid);
                response(200, result(score.map(String::as_str)))
            }
            _ => response(400, ""),
        }
    }
}

/// Whether a call is signed with this secret, its body included.
fn is_signed(request: &Request, secret: &str) -> bool {
    let query = request.url.query_pairs().into_owned().collect();
    let header = request.headers[AUTHORIZATION].to_str().unwrap();
    let unverified = Unverified::parse(query, Vec::new(), Some(header)).unwrap();
    let address = Address::parse(request.url.as_str()).unwrap();
    let verified = unverified.verify(request.method.as_str(), &address, secret, false);
    verified.is_ok_and(|verified| verified.covers(&request.body))
}

/// An answer of Basic Outcomes.
pub(super) fn pox(code: Code, description: &str) -> String {
    outcomes::write_response(&outcomes::Response {
        message: "1".into(),
        code,
        minor: None,
        description: description.into(),
        answers: None,
        operation: "replaceResult".into(),
        score: None,
    })
}

/// An answer of Basic Outcomes to whoever reads a score; without one it says so with nothing.
fn result(score: Option<&str>) -> String {
    outcomes::write_response(&outcomes::Response {
        message: "1".into(),
        code: Code::Success,
        minor: None,
        description: "Result read".into(),
        answers: None,
        operation: "readResult".into(),
        score: Some(score.unwrap_or_default().to_owned()),
    })
}
