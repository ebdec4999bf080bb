//! What tools of LTI 1.1 report, and how hostile calls are answered.

use serde_json::json;

use super::*;
use crate::lti::oauth1::{Address, Method as Hmac, Signer};
use crate::lti::outcomes::{
    Code, Data, Operation, Request, Response, read_response, write_request,
};

/// A student's place in a tool, as a launch gave it to the tool.
pub(super) struct Place<'a> {
    running: &'a Running,
    pub(super) tool: ToolId,
    sourcedid: String,
}

impl<'a> Place<'a> {
    pub(super) async fn of(running: &'a Running, visitor: &Visitor<'_>, item: ItemId) -> Self {
        let form = launched(visitor, item).await;
        Self {
            running,
            tool: tool_of(running, item).0,
            sourcedid: form["lis_result_sourcedid"].clone(),
        }
    }

    fn outcomes(&self) -> String {
        format!("/tools/{}/outcomes", self.tool)
    }

    fn result(&self) -> String {
        format!("/tools/{}/results/{}", self.tool, self.sourcedid)
    }

    pub(super) fn replace(&self, score: &str) -> String {
        self.message(Operation::Replace {
            sourcedid: self.sourcedid.clone(),
            score: Some(score.to_owned()),
            data: None,
        })
    }

    fn read(&self) -> String {
        self.message(Operation::Read {
            sourcedid: self.sourcedid.clone(),
        })
    }

    #[allow(clippy::unused_self, reason = "reads as the others do")]
    fn message(&self, operation: Operation) -> String {
        write_request(&Request {
            message: "m-1".into(),
            operation,
        })
    }

    /// Calls as the tool does.
    pub(super) async fn call(&self, body: &str) -> (StatusCode, Response) {
        let call = Call::new(self.running, "POST", &self.outcomes(), body);
        call.outcome(self.running).await
    }

    async fn score(&self) -> Option<String> {
        let (status, answer) = self.call(&self.read()).await;
        assert_eq!((status, answer.code), (StatusCode::OK, Code::Success));
        answer.score
    }
}

/// A call, as it is sent.
struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

const XML: &str = "application/xml";
const RESULT: &str = "application/vnd.ims.lis.v2.result+json";

impl Call {
    fn new(running: &Running, method: &'static str, path: &str, body: &str) -> Self {
        let at = running.app.world.now();
        Self::signed(running, method, path, body, (KEY, SECRET), at)
    }

    fn signed(
        running: &Running,
        method: &'static str,
        path: &str,
        body: &str,
        (key, secret): (&str, &str),
        at: crate::world::Time,
    ) -> Self {
        let nonce = format!("{:x}", u128::from_be_bytes(running.app.world.random()));
        let signer = Signer {
            consumer_key: key,
            secret,
            method: Hmac::HmacSha1,
            nonce: &nonce,
            at,
        };
        let address = Address::parse(&running.app.public().join(path)).unwrap();
        let header = signer.authorization(method, &address, body.as_bytes());
        Self {
            method,
            path: path.to_owned(),
            headers: vec![
                ("authorization", header),
                (
                    "content-type",
                    if method == "PUT" { RESULT } else { XML }.to_owned(),
                ),
            ],
            body: body.to_owned(),
        }
    }

    async fn send(&self, running: &Running) -> Answer {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let method = self.method.parse().unwrap();
        let body = Full::<Bytes>::from(self.body.clone());
        send(running, request(method, &self.path, &headers, body)).await
    }

    async fn outcome(&self, running: &Running) -> (StatusCode, Response) {
        let answer = self.send(running).await;
        assert_eq!(answer.header("content-type"), Some(XML));
        (answer.status, read_response(&answer.body).unwrap())
    }
}

#[tokio::test]
async fn scores_come_in_and_are_seen() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = placed(&ada, &[]).await;
    let sam = SAM.arrives(&running).await;
    let place = Place::of(&running, &sam, item).await;
    assert_eq!(place.score().await.as_deref(), Some(""));

    let (status, answer) = place.call(&place.replace("0.925")).await;
    assert_eq!((status, answer.code), (StatusCode::OK, Code::Success));
    assert_eq!(answer.answers.as_deref(), Some("m-1"));
    assert_eq!(answer.operation, "replaceResult");
    assert_eq!(place.score().await.as_deref(), Some("0.925"));
    let own = sam.get(&format!("media/{item}")).await;
    assert!(own.text().contains("92.5"), "{}", own.text());

    let course = ada.get("course").await;
    assert!(course.text().contains(&format!("course/scores/{item}")));
    assert!(course.text().contains("1 person"), "{}", course.text());
    let scores = ada.get(&format!("course/scores/{item}")).await;
    assert!(scores.text().contains("Sam") && scores.text().contains("92.5"));
    // Learners see no one else's, and who sees no learners' data sees none.
    assert_eq!(
        sam.get(&format!("course/scores/{item}")).await.status,
        StatusCode::NOT_FOUND
    );
    let developer = Coming {
        subject: "bea",
        role: "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper",
        ..ADA
    };
    let bea = developer.arrives(&running).await;
    assert_eq!(
        bea.get(&format!("course/scores/{item}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(!bea.get("course").await.text().contains("course/scores"));

    // A score of 0 is a score.
    place.call(&place.replace("0")).await;
    assert_eq!(place.score().await.as_deref(), Some("0"));
    let scores = ada.get(&format!("course/scores/{item}")).await;
    assert!(
        scores.text().contains("0\u{2069} %") || scores.text().contains("0 %"),
        "{}",
        scores.text()
    );
    let delete = Operation::Delete {
        sourcedid: place.sourcedid.clone(),
    };
    let (_, answer) = place.call(&place.message(delete)).await;
    assert_eq!(answer.code, Code::Success);
    assert_eq!(place.score().await.as_deref(), Some(""));
}

#[tokio::test]
async fn what_was_handed_in_is_kept() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = placed(&ada, &[]).await;
    let place = Place::of(&running, &SAM.arrives(&running).await, item).await;
    let hand_in = |score: Option<&str>, data| {
        place.message(Operation::Replace {
            sourcedid: place.sourcedid.clone(),
            score: score.map(str::to_owned),
            data,
        })
    };
    let text = Some(Data::Text("<b>My essay</b>".into()));
    let (_, answer) = place.call(&hand_in(None, text)).await;
    assert_eq!(answer.code, Code::Success);
    place.call(&place.replace("0.5")).await;
    let scores = ada.get(&format!("course/scores/{item}")).await;
    assert!(
        scores.text().contains("&lt;b&gt;My essay"),
        "{}",
        scores.text()
    );
    assert!(scores.text().contains("50"));
    let (status, answer) = place.call(&hand_in(None, None)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.minor.as_deref(), Some("incompletedata"));
}

type Expected = (StatusCode, Code, &'static str);

const UNAUTHORIZED: Expected = (
    StatusCode::UNAUTHORIZED,
    Code::Failure,
    "unauthorizedrequest",
);
const INVALID: Expected = (StatusCode::BAD_REQUEST, Code::Failure, "invaliddata");
const UNKNOWN: Expected = (StatusCode::NOT_FOUND, Code::Failure, "unknownobject");

async fn refused(running: &Running, name: &str, call: Call, (status, code, minor): Expected) {
    let (given, answer) = call.outcome(running).await;
    assert_eq!((given, answer.code), (status, code), "{name}");
    assert_eq!(answer.minor.as_deref(), Some(minor), "{name}");
}

/// A signature that holds, over everything but the body.
fn without_hash(running: &Running, call: Call) -> Call {
    let signer = Signer {
        consumer_key: KEY,
        secret: SECRET,
        method: Hmac::HmacSha1,
        nonce: "without-hash",
        at: running.app.world.now(),
    };
    let address = Address::parse(&running.app.public().join(&call.path)).unwrap();
    let encode = |text: &str| {
        let set = percent_encoding::NON_ALPHANUMERIC;
        percent_encoding::utf8_percent_encode(text, set).to_string()
    };
    let pairs: Vec<String> = signer
        .form(&address, Vec::new())
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
        .collect();
    let header = format!("OAuth {}", pairs.join(", "));
    Call {
        headers: vec![("authorization", header), call.headers[1].clone()],
        ..call
    }
}

#[tokio::test]
async fn calls_that_the_tool_did_not_sign_are_refused() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let (item, other) = (placed(&ada, &[]).await, placed(&ada, &[]).await);
    let sam = SAM.arrives(&running).await;
    let place = Place::of(&running, &sam, item).await;
    let elsewhere = Place::of(&running, &sam, other).await;
    let (path, now) = (place.outcomes(), running.app.world.now());
    let body = place.replace("0.5");
    let good = || Call::new(&running, "POST", &path, &body);
    let signed = |signer, at| Call::signed(&running, "POST", &path, &body, signer, at);
    let day = std::time::Duration::from_hours(24);
    let unsigned = Call {
        headers: Vec::new(),
        ..good()
    };
    let other_body = Call {
        body: place.replace("1"),
        ..good()
    };
    let other_tool = Call {
        path: elsewhere.outcomes(),
        ..good()
    };
    let nobodys = "/tools/0000000000000001/outcomes";
    for (name, call) in [
        ("unsigned", unsigned),
        ("other secret", signed((KEY, "other"), now)),
        ("other key", signed(("other", SECRET), now)),
        ("late", signed((KEY, SECRET), now.before(day))),
        ("early", signed((KEY, SECRET), now.after(day))),
        ("other body", other_body),
        ("no body hash", without_hash(&running, good())),
        ("other tool", other_tool),
        ("no tool", Call::new(&running, "POST", nobodys, &body)),
    ] {
        refused(&running, name, call, UNAUTHORIZED).await;
    }
    assert_eq!(place.score().await.as_deref(), Some(""), "nothing came in");
    let once = good();
    assert_eq!(once.outcome(&running).await.1.code, Code::Success);
    refused(&running, "again", once, UNAUTHORIZED).await;
    let by_get = get(&running, &path, &[]).await;
    assert_eq!(by_get.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_a_tool_may_not_say_is_refused_by_name() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let (item, other) = (placed(&ada, &[]).await, placed(&ada, &[]).await);
    let sam = SAM.arrives(&running).await;
    let place = Place::of(&running, &sam, item).await;
    let elsewhere = Place::of(&running, &sam, other).await;
    let body = place.replace("0.5");
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"b\">]><a>&b;</a>";
    let unsupported = (
        StatusCode::NOT_IMPLEMENTED,
        Code::Unsupported,
        "unsupported",
    );
    let too_long = (StatusCode::PAYLOAD_TOO_LARGE, Code::Failure, "overflowfail");
    for (name, body, expected) in [
        ("bomb", bomb.to_owned(), INVALID),
        ("no XML", "{}".to_owned(), INVALID),
        ("too much", place.replace("1.01"), INVALID),
        ("too little", place.replace("-0.1"), INVALID),
        ("no number", place.replace("NaN"), INVALID),
        ("empty", place.replace(""), INVALID),
        (
            "made up",
            body.replace(&place.sourcedid, "3124567"),
            UNKNOWN,
        ),
        (
            "another's",
            body.replace(&place.sourcedid, &elsewhere.sourcedid),
            UNKNOWN,
        ),
        (
            "unknown",
            body.replace("replaceResult", "flyToTheMoon"),
            unsupported,
        ),
        ("long", body.replace("m-1", &"m".repeat(200_000)), too_long),
    ] {
        let call = Call::new(&running, "POST", &place.outcomes(), &body);
        refused(&running, name, call, expected).await;
    }
    assert_eq!(place.score().await.as_deref(), Some(""), "nothing came in");
}

#[tokio::test]
async fn who_may_not_report_does_not() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = placed(&ada, &[]).await;
    let place = Place::of(&running, &SAM.arrives(&running).await, item).await;
    let silent = entry(&[("grades", "off")]);
    ada.post(&format!("media/{item}/tool"), &silent).await;
    let (status, answer) = place.call(&place.replace("1")).await;
    assert_eq!(
        (status, answer.code),
        (StatusCode::FORBIDDEN, Code::Failure)
    );
    ada.post(&format!("media/{item}/tool"), &entry(&[])).await;
    assert_eq!(place.call(&place.replace("1")).await.0, StatusCode::OK);
    ada.post(&format!("media/{item}/delete"), &[]).await;
    let (status, _) = place.call(&place.replace("0.1")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (store, world) = (&running.app.store, &running.app.world);
    let forbid = |tool: &mut Tool| tool.forbidden = Some(world.now());
    registry::change(store, world, place.tool, forbid, |_| {})
        .await
        .unwrap();
    let (status, _) = place.call(&place.replace("0.1")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_result_service_of_lti_2() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let (item, other) = (placed(&ada, &[]).await, placed(&ada, &[]).await);
    let sam = SAM.arrives(&running).await;
    let place = Place::of(&running, &sam, item).await;
    let form = launched(&sam, item).await;
    assert!(form["lis_result_url"].ends_with(&place.result()));
    let path = place.result();
    let call = async |method, body: &str| {
        let call = Call::new(&running, method, &path, body);
        call.send(&running).await
    };
    let get = async || {
        let answer = call("GET", "").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), Some(RESULT));
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
    };
    let context = "http://purl.imsglobal.org/ctx/lis/v2/Result";
    let empty = json!({"@context": context, "@type": "Result"});
    assert_eq!(get().await, empty);
    let result = r#"{"@type": "Result", "resultScore": 0.25, "comment": "Try again."}"#;
    assert_eq!(call("PUT", result).await.status, StatusCode::OK);
    assert_eq!(get().await["resultScore"], 0.25);
    assert_eq!(place.score().await.as_deref(), Some("0.25"));
    let page = sam.get(&format!("media/{item}")).await;
    assert!(page.text().contains("Try again."));
    for (body, status) in [
        (
            r#"{"@type": "Result", "resultScore": 2}"#,
            StatusCode::BAD_REQUEST,
        ),
        (r#"{"@type": "Score"}"#, StatusCode::BAD_REQUEST),
        ("NaN", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(call("PUT", body).await.status, status, "{body}");
    }
    let mut wrong = Call::new(&running, "PUT", &path, result);
    wrong.headers[1].1 = "application/json".into();
    let answer = wrong.send(&running).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let foreign = Place::of(&running, &sam, other).await;
    let foreign = format!("/tools/{}/results/{}", place.tool, foreign.sourcedid);
    let answer = Call::new(&running, "GET", &foreign, "")
        .send(&running)
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let mut unsigned = Call::new(&running, "GET", &path, "");
    unsigned.headers.clear();
    let answer = unsigned.send(&running).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("www-authenticate").is_some());
    assert_eq!(call("DELETE", "").await.status, StatusCode::OK);
    assert_eq!(get().await, empty);
    // A result without a score takes the score away.
    call("PUT", result).await;
    assert_eq!(
        call("PUT", r#"{"@type": "Result"}"#).await.status,
        StatusCode::OK
    );
    assert_eq!(get().await, empty);
}
