//! The practice course's gradebook: what is reported into it, by whom, who sees it, and the switch
//! "the LMS is down".

use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::selecting::{data, picked, reply, returned, signed};
use super::services::{asked as ask_for_token, assertion};
use super::{Answer, PUBLIC, Site};
use crate::lti::ags::media_type;
use crate::lti::grant::Granted;
use crate::lti::names::scope;
use crate::lti::oauth1::{Address, Method as Signing, Signer};
use crate::lti::outcomes::{self, Code, Operation, read_response, write_request};
use crate::outbound::Request;
use crate::people::consumers;
use crate::store::Commit;
use crate::store::rows::people::Source;
use crate::store::rows::practice::Way;
use crate::store::trees::{LineItems, PracticeResults};
use crate::tools::gradebook::{Gradebook, Owner, declared};
use crate::world::Time;

const ITEMS: &str = "/practice/ags/1/line-items";
const ITEM: &str = "/practice/ags/1/line-items/0000000000000001";
const ALL: [&str; 4] = [
    scope::LINE_ITEM,
    scope::LINE_ITEM_READ,
    scope::SCORE,
    scope::RESULT_READ,
];

/// A course with one activity, "Waves", that counts ten points.
async fn course() -> Site {
    let site = Site::new().await;
    let data = data(&site).await;
    let token = signed(&site, &picked(&data, &["Waves"]), &reply(&site, "n1")).await;
    assert_eq!(returned(&site, &token).await.status, StatusCode::OK);
    site
}

async fn token(site: &Site, id: &str, scopes: &[&str]) -> String {
    let answer = ask_for_token(site, &assertion(site, id), scopes).await;
    Granted::read(answer.text.as_bytes()).unwrap().token
}

fn score(user: &str, points: f64) -> Value {
    json!({
        "userId": user, "timestamp": "2027-01-15T08:00:00.5Z", "activityProgress": "Completed",
        "gradingProgress": "FullyGraded", "scoreMaximum": 10, "scoreGiven": points,
    })
}

async fn call(
    site: &Site,
    token: &str,
    method: Method,
    path: &str,
    body: (&str, String),
) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", body.0),
        ("accept", "*/*"),
    ];
    site.send(method, path, &headers, body.1).await
}

async fn report(site: &Site, token: &str, item: &str, score: &Value) -> Answer {
    let body = (media_type::SCORE, score.to_string());
    call(site, token, Method::POST, &format!("{item}/scores"), body).await
}

async fn read(site: &Site, token: &str, path: &str) -> Answer {
    call(site, token, Method::GET, path, ("", String::new())).await
}

#[tokio::test]
async fn what_is_reported_stands_in_the_gradebook() {
    let site = course().await;
    let empty = site.get("/practice/gradebook/linh").await;
    assert!(empty.text.contains("None yet"));
    let token = token(&site, "1", &ALL).await;
    let answer = report(&site, &token, ITEM, &score("linh", 8.5)).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));

    let teacher = site.get("/practice/gradebook/amara").await;
    for text in [
        "Waves",
        "Linh Tran",
        "8.5 of 10",
        "Assignment and Grade Services",
    ] {
        assert!(teacher.text.contains(text), "{text}");
    }
    let own = site.get("/practice/gradebook/linh").await;
    assert!(own.text.contains("8.5 of 10"));
    assert!(
        !own.text.contains("/practice/outage"),
        "students switch nothing"
    );
    let other = site.get("/practice/gradebook/mateo").await;
    assert!(!other.text.contains("8.5 of 10") && !other.text.contains("Linh Tran"));

    let results = read(&site, &token, &format!("{ITEM}/results")).await;
    assert_eq!(results.header("content-type"), media_type::RESULTS);
    let results: Value = serde_json::from_str(&results.text).unwrap();
    assert_eq!(
        (&results[0]["userId"], &results[0]["resultScore"]),
        (&json!("linh"), &json!(8.5))
    );
    assert_eq!(results[0]["scoreOf"], format!("{PUBLIC}{ITEM}"));
    let messages = site.get("/practice/messages").await;
    for text in ["Score answer", "Results asked for", "scoreGiven"] {
        assert!(messages.text.contains(text), "{text}");
    }
    assert!(!messages.text.contains(&token));
}

#[tokio::test]
async fn a_tool_makes_and_finds_columns_of_its_own() {
    let site = course().await;
    let token = token(&site, "1", &ALL).await;
    let own = json!({ "label": "Quiz", "scoreMaximum": 4, "tag": "quiz" });
    let body = (media_type::LINE_ITEM, own.to_string());
    let made = call(&site, &token, Method::POST, ITEMS, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let listed = read(&site, &token, &format!("{ITEMS}?tag=quiz")).await;
    assert_eq!(listed.header("content-type"), media_type::LINE_ITEMS);
    let listed: Value = serde_json::from_str(&listed.text).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(made.header("location"), listed[0]["id"].as_str().unwrap());
    let removed = call(
        &site,
        &token,
        Method::DELETE,
        made.header("location"),
        ("", String::new()),
    );
    assert_eq!(removed.await.status, StatusCode::NO_CONTENT);
    let bound = call(&site, &token, Method::DELETE, ITEM, ("", String::new())).await;
    assert_eq!(bound.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_may_not_is_refused_before_anything_is_read() {
    let site = course().await;
    let all = token(&site, "1", &ALL).await;
    let only_read = token(&site, "2", &[scope::LINE_ITEM_READ, scope::RESULT_READ]).await;
    let huge = (media_type::SCORE, "x".repeat(1 << 20));
    let path = format!("{ITEM}/scores");
    for (token, status) in [
        ("", StatusCode::UNAUTHORIZED),
        ("guessed", StatusCode::UNAUTHORIZED),
        (&only_read, StatusCode::FORBIDDEN),
    ] {
        let answer = call(&site, token, Method::POST, &path, huge.clone()).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let answer = call(&site, &all, Method::POST, &path, huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for media_type in ["application/json", media_type::LINE_ITEM] {
        let body = (media_type, score("linh", 1.0).to_string());
        let answer = call(&site, &all, Method::POST, &path, body).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    for (user, code) in [
        ("amara", "not_graded"),
        ("erik", "unknown_user"),
        ("eve", "unknown_user"),
    ] {
        let answer = report(&site, &all, ITEM, &score(user, 1.0)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text.contains(code), "{}", answer.text);
    }
    for elsewhere in [
        "/practice/ags/2/line-items",
        "/practice/ags/01/line-items",
        "/practice/ags/x/line-items",
        "/practice/ags/1/other",
        "/practice/ags",
    ] {
        assert_eq!(
            read(&site, &all, elsewhere).await.status,
            StatusCode::NOT_FOUND,
            "{elsewhere}"
        );
    }
    assert_eq!(
        site.app
            .store
            .page::<PracticeResults>(&(), None, 1)
            .unwrap(),
        []
    );
    assert_eq!(
        report(&site, &all, ITEM, &score("linh", 1.0)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_columns_of_another_connection_are_not_there() {
    let site = course().await;
    let other = Owner::Practice {
        way: Way::Registered,
        course: 1,
    };
    let row = declared("Rays".into(), 5.0, "link".into(), Time(0));
    let mut commit = Commit::new();
    Gradebook::new(&site.app, other).put_line_item(&mut commit, 9, &row);
    site.app.store.commit(commit).await.unwrap();
    let token = token(&site, "1", &ALL).await;
    let foreign = "/practice/ags/1/line-items/0000000000000009";
    assert_eq!(
        read(&site, &token, foreign).await.status,
        StatusCode::NOT_FOUND
    );
    let answer = report(&site, &token, foreign, &score("linh", 1.0)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(read(&site, &token, ITEM).await.status, StatusCode::OK);
}

#[tokio::test]
async fn columns_go_the_way_of_their_activities() {
    let site = course().await;
    let token = token(&site, "1", &ALL).await;
    report(&site, &token, ITEM, &score("linh", 8.0)).await;
    let form = [("person", "amara"), ("course", "1"), ("activity", "1")];
    let renamed = [form.as_slice(), &[("title", "Water waves")]].concat();
    site.post("/practice/rename", &renamed).await;
    assert!(read(&site, &token, ITEM).await.text.contains("Water waves"));

    site.post("/practice/copy", &form[..2]).await;
    let copied = "/practice/ags/2/line-items/0000000000000001";
    let copy = read(&site, &token, copied).await;
    assert!(
        copy.text.contains(&site.activities(2)[0].link),
        "{}",
        copy.text
    );
    assert_eq!(
        read(&site, &token, &format!("{copied}/results")).await.text,
        "[]"
    );

    site.post("/practice/remove", &form).await;
    assert_eq!(
        read(&site, &token, ITEM).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        site.app
            .store
            .page::<PracticeResults>(&(), None, 1)
            .unwrap(),
        []
    );
    site.post("/practice/start-over", &[]).await;
    assert_eq!(site.app.store.page::<LineItems>(&(), None, 1).unwrap(), []);
}

#[tokio::test]
async fn while_the_lms_is_down_no_service_answers() {
    let site = course().await;
    let before = token(&site, "1", &ALL).await;
    let (down, up) = (
        [("person", "amara"), ("down", "yes")],
        [("person", "amara"), ("down", "no")],
    );
    let by_student = site
        .post("/practice/outage", &[("person", "linh"), ("down", "yes")])
        .await;
    assert_eq!(by_student.status, StatusCode::FORBIDDEN);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let foreign = site.send(
        Method::POST,
        "/practice/outage",
        &headers,
        "person=amara&down=yes".into(),
    );
    assert_eq!(foreign.await.status, StatusCode::FORBIDDEN);
    assert_eq!(read(&site, &before, ITEM).await.status, StatusCode::OK);

    let answer = site.post("/practice/outage", &down).await;
    assert_eq!(
        answer.location().unwrap().path(),
        "/practice/gradebook/amara"
    );
    let asked = ask_for_token(&site, &assertion(&site, "2"), &ALL).await;
    let roster = read(&site, &before, "/practice/memberships?course=1").await;
    let scored = report(&site, &before, ITEM, &score("linh", 8.0)).await;
    for answer in [asked, roster, scored, read(&site, &before, ITEM).await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    for page in [
        "/practice/course/linh",
        "/practice/gradebook/amara",
        "/practice/",
    ] {
        assert!(
            site.get(page).await.text.contains("This LMS is down"),
            "{page}"
        );
    }
    let launched = site
        .browser()
        .launch("/practice/launch/linh", "iframe")
        .await;
    assert_eq!(
        launched.status,
        StatusCode::OK,
        "whoever watches goes on watching"
    );

    site.post("/practice/outage", &up).await;
    assert_eq!(
        report(&site, &before, ITEM, &score("linh", 8.0))
            .await
            .status,
        StatusCode::OK
    );
    assert!(
        !site
            .get("/practice/course/linh")
            .await
            .text
            .contains("This LMS is down")
    );
    site.post("/practice/outage", &down).await;
    let again = site.restarted(&[]).await;
    assert_eq!(read(&again, &before, ITEM).await.status, StatusCode::OK);
}

/// Lanterna itself reports in process.
#[tokio::test]
async fn from_within_a_score_is_taken_likewise() {
    let site = course().await;
    let token = token(&site, "1", &ALL).await;
    let send = async |token: &str| {
        let url = format!("{PUBLIC}{ITEM}/scores").parse().unwrap();
        let mut request = Request::get(url, 1 << 20);
        request.method = Method::POST;
        request.body = score("linh", 3.0).to_string().into();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers.insert("authorization", bearer);
        let media_type = HeaderValue::from_static(media_type::SCORE);
        request.headers.insert("content-type", media_type);
        site.app
            .calls
            .send(Source::Practice, request)
            .await
            .unwrap()
            .status
    };
    assert_eq!(send("guessed").await, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&token).await, StatusCode::OK);
    assert_eq!(send(&token).await, StatusCode::CONFLICT);
}

/// By LTI 1.1 the launch says where the one grade of the person goes.
#[tokio::test]
async fn by_basic_outcomes_likewise() {
    let site = course().await;
    let book = Gradebook::new(
        &site.app,
        Owner::Practice {
            way: Way::Form,
            course: 1,
        },
    );
    let row = declared("Library".into(), 10.0, "media-library".into(), Time(0));
    let mut commit = Commit::new();
    book.put_line_item(&mut commit, 9, &row);
    site.app.store.commit(commit).await.unwrap();

    let teacher = site.get("/practice/launch/amara/1.1").await.form().unwrap();
    assert_eq!(teacher.get("lis_result_sourcedid"), None);
    let student = site.get("/practice/launch/linh/1.1").await.form().unwrap();
    let sourcedid = student.get("lis_result_sourcedid").unwrap().to_owned();
    let url = student.get("lis_outcome_service_url").unwrap().to_owned();
    assert_eq!(url, format!("{PUBLIC}/practice/outcomes"));

    let (_, connection) = consumers::find(&site.app.store, "lanterna-practice").unwrap();
    let secret = connection.consumer.unwrap().secret.unwrap();
    let send = async |nonce: &str, secret: &str, body: String, covered: &str| {
        let signer = Signer {
            consumer_key: "lanterna-practice",
            secret,
            method: Signing::HmacSha1,
            nonce,
            at: site.app.world.now(),
        };
        let covered = covered.as_bytes();
        let header = signer.authorization("POST", &Address::parse(&url).unwrap(), covered);
        let headers = [
            ("authorization", header.as_str()),
            ("content-type", "application/xml"),
        ];
        let answer = site.send(Method::POST, &url, &headers, body).await;
        (
            answer.status,
            read_response(answer.text.as_bytes()).unwrap(),
        )
    };
    let request = |sourcedid: &str, score: &str| {
        write_request(&outcomes::Request {
            message: "m1".to_owned(),
            operation: Operation::Replace {
                sourcedid: sourcedid.to_owned(),
                score: Some(score.to_owned()),
                data: None,
            },
        })
    };
    let ask = |operation| {
        let message = "m2".to_owned();
        write_request(&outcomes::Request { message, operation })
    };

    let good = request(&sourcedid, "0.85");
    let (status, answer) = send("n1", &secret, good.clone(), &good).await;
    assert_eq!((status, answer.code), (StatusCode::OK, Code::Success));
    let page = site.get("/practice/gradebook/amara").await;
    assert!(page.text.contains("8.5 of 10") && page.text.contains("Basic Outcomes"));
    let read = ask(Operation::Read {
        sourcedid: sourcedid.clone(),
    });
    let (_, answer) = send("n2", &secret, read.clone(), &read).await;
    assert_eq!(answer.score.as_deref(), Some("0.85"));

    let (again, guessed) = (request(&sourcedid, "0.1"), request("guessed", "0.1"));
    let bomb = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{again}");
    let (much, none) = (request(&sourcedid, "1.1"), request(&sourcedid, "NaN"));
    for (nonce, secret, body, covered, status) in [
        (
            "n1",
            secret.as_str(),
            &again,
            &again,
            StatusCode::UNAUTHORIZED,
        ),
        ("n3", "guessed", &again, &again, StatusCode::UNAUTHORIZED),
        ("n4", &secret, &again, &good, StatusCode::UNAUTHORIZED),
        ("n5", &secret, &guessed, &guessed, StatusCode::NOT_FOUND),
        ("n6", &secret, &bomb, &bomb, StatusCode::BAD_REQUEST),
        ("n7", &secret, &much, &much, StatusCode::BAD_REQUEST),
        ("n8", &secret, &none, &none, StatusCode::BAD_REQUEST),
    ] {
        let (got, answer) = send(nonce, secret, body.clone(), covered).await;
        assert_eq!((got, answer.code), (status, Code::Failure), "{nonce}");
    }
    let stored = book.result(9, "linh").unwrap().unwrap();
    assert_eq!(stored.score, Some(0.85), "nothing of it counted");

    let delete = ask(Operation::Delete { sourcedid });
    let (status, _) = send("n9", &secret, delete.clone(), &delete).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(book.result(9, "linh").unwrap().unwrap().score, None);
    let messages = site.get("/practice/messages").await;
    assert!(messages.text.contains("Basic Outcomes answer"));
    assert!(!messages.text.contains(&secret));
}
