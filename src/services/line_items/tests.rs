use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::app::testing::Running;
use crate::lti::names::scope::{LINE_ITEM, RESULT_READ, SCORE};
use crate::outbound::{Request, Response};
use crate::services::calls::Calls;
use crate::services::scores::Earned;
use crate::services::testing::{Fake, response};
use crate::services::tokens::{Client, Tokens};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Source;
use crate::world::Time;

const ALL: [&str; 3] = [LINE_ITEM, RESULT_READ, SCORE];
const AT: &str = "https://moodle.example/mod/lti/services.php/2/lineitems?type_id=16";
/// As a real Moodle 4.5 answered.
const LISTED: &str = r#"[{"id": "https://moodle.example/mod/lti/services.php/2/lineitems/22/lineitem?type_id=16", "label": "A13 e3a8e", "scoreMaximum": 100, "resourceId": "", "tag": "", "resourceLinkId": "21", "ltiLinkId": "21"}, {"id": "https://moodle.example/mod/lti/services.php/2/lineitems/24/lineitem?type_id=16", "label": "Picked item", "scoreMaximum": 25, "resourceId": "res-42", "tag": "quiz", "resourceLinkId": "23", "ltiLinkId": "23"}]"#;
const RESULTS: &str = r#"[{"id": "https://moodle.example/mod/lti/services.php/2/lineitems/22/lineitem/results?type_id=16&user_id=5", "userId": "5", "resultScore": 83, "resultMaximum": 100, "comment": "well done", "scoreOf": "https://moodle.example/mod/lti/services.php/2/lineitems/22/lineitem?type_id=16", "timestamp": "2026-11-22T06:46:23+00:00"}]"#;

/// A gradebook that answers so, and what it was asked.
struct Bench {
    _running: Running,
    tokens: Tokens,
    platform: Fake,
}

impl Bench {
    async fn new(answer: impl FnMut(&Request) -> Response + Send + 'static) -> Self {
        let running = Running::with(&[]).await;
        running.app.keys.prepare(false).await.unwrap();
        let answer = Mutex::new(answer);
        let platform = Fake::new(move |request| {
            if request.url.path() == "/token" {
                return response(200, r#"{"access_token":"t","expires_in":3600}"#);
            }
            (answer.lock().unwrap())(request)
        });
        let calls = Calls::new(&running.app.outbound);
        calls.practice(Arc::new(platform.clone()));
        let tokens = Tokens::new(&running.app.world, &calls, &running.app.keys);
        Self {
            _running: running,
            tokens,
            platform,
        }
    }

    fn book(&self) -> Gradebook<'_> {
        Gradebook {
            tokens: &self.tokens,
            client: Client {
                connection: ConnectionId(1),
                source: Source::Practice,
                client_id: "client-1",
                token_url: "https://moodle.example/token",
                audience: None,
            },
            scopes: &ALL,
        }
    }

    fn last(&self) -> Request {
        self.platform.asked().pop().unwrap()
    }
}

fn wanted(link: &str) -> Wanted<'_> {
    Wanted {
        link,
        resource: "p",
        tag: "watching",
        label: "Waves",
        maximum: 1_000,
    }
}

#[tokio::test]
async fn moodles_column_of_a_link_is_found_and_the_query_stays() {
    let bench = Bench::new(|_| response(200, LISTED)).await;
    let at: Url = AT.parse().unwrap();
    let found = bench.book().find(&at, &wanted("23"), None).await.unwrap();
    let url = found.unwrap().id.unwrap();
    assert!(url.as_str().ends_with("/24/lineitem?type_id=16"));
    let asked = bench.last();
    assert_eq!(asked.url.query(), Some("type_id=16&resource_link_id=23"));
    assert_eq!(
        asked.headers[http::header::ACCEPT],
        "application/vnd.ims.lis.v2.lineitemcontainer+json"
    );
    assert_eq!(bench.book().find(&at, &wanted("7"), None).await, Ok(None));
    let except = Some(url.as_str());
    assert_eq!(
        bench.book().find(&at, &wanted("23"), except).await,
        Ok(None)
    );
}

#[tokio::test]
async fn a_column_elsewhere_is_none_of_the_platforms() {
    let listed = LISTED.replace("https://moodle.example", "https://evil.example");
    let bench = Bench::new(move |_| response(200, listed.clone())).await;
    let at: Url = AT.parse().unwrap();
    assert_eq!(bench.book().find(&at, &wanted("23"), None).await, Ok(None));
    let made = json!({"id": "https://evil.example/1", "label": "x", "scoreMaximum": 1});
    let bench = Bench::new(move |_| response(201, made.to_string())).await;
    assert_eq!(
        bench.book().make(&at, &wanted("23")).await,
        Err(Refused::Address)
    );
}

#[tokio::test]
async fn ours_is_better_than_the_links_other_columns() {
    let column = |n: u32, resource: &str, tag: &str| {
        json!({"id": format!("{AT}&n={n}"), "label": "x", "scoreMaximum": 1,
            "resourceLinkId": "23", "resourceId": resource, "tag": tag})
    };
    let listed = json!([
        column(1, "", ""),
        column(2, "x", "watching"),
        column(3, "p", "watching")
    ]);
    let bench = Bench::new(move |_| response(200, listed.to_string())).await;
    let at: Url = AT.parse().unwrap();
    let found = bench.book().find(&at, &wanted("23"), None).await.unwrap();
    assert!(found.unwrap().id.unwrap().as_str().ends_with("n=3"));
}

#[tokio::test]
async fn a_score_goes_below_the_path_with_its_exact_type() {
    let bench = Bench::new(|request| {
        let posts = request.method == Method::POST;
        response(200, if posts { "" } else { RESULTS })
    })
    .await;
    let item: Url = "https://moodle.example/2/lineitems/22/lineitem?type_id=16"
        .parse()
        .unwrap();
    let earned = Earned {
        subject: "5",
        points: 830,
        maximum: 1_000,
        whole: false,
        at: Time(1_795_330_000_123),
    };
    assert_eq!(bench.book().send(&item, &earned).await, Ok(()));
    let asked = bench.last();
    assert_eq!(
        asked.url.as_str(),
        "https://moodle.example/2/lineitems/22/lineitem/scores?type_id=16"
    );
    assert_eq!(
        asked.headers[http::header::CONTENT_TYPE],
        "application/vnd.ims.lis.v1.score+json"
    );
    let score: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(score["scoreGiven"], json!(8.3));
    assert_eq!(score["scoreMaximum"], json!(10));
    assert_eq!(score["activityProgress"], "InProgress");
    assert_eq!(score["gradingProgress"], "FullyGraded");
    assert_eq!(score["timestamp"], "2026-11-22T06:46:40.123Z");
    assert_eq!(score["submission"]["submittedAt"], score["timestamp"]);
    let results = bench.book().results(&item, Some("5")).await.unwrap();
    assert_eq!((results[0].score, results[0].maximum), (Some(83.0), 100.0));
    assert_eq!(bench.last().url.query(), Some("type_id=16&user_id=5"));
}

#[tokio::test]
async fn a_page_for_people_is_no_answer() {
    let bench = Bench::new(|_| response(200, "<!doctype html><p>Sign in")).await;
    let at: Url = AT.parse().unwrap();
    let earned = Earned {
        subject: "5",
        points: 1,
        maximum: 1,
        whole: true,
        at: Time(0),
    };
    assert_eq!(
        bench.book().send(&at, &earned).await,
        Err(Refused::NotAnAnswer(200))
    );
    let found = bench.book().find(&at, &wanted("1"), None).await;
    assert_eq!(found, Err(Refused::NotAnAnswer(200)));
}
