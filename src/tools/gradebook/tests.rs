use std::time::Duration;

use http::header::{LINK, LOCATION};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::service::{Person, SCOPES};
use super::*;
use crate::app::testing::Running;
use crate::app::{Content, Form, Page};
use crate::lti::ags::media_type;
use crate::store::Commit;
use crate::store::ids::UserId;
use crate::store::rows::people::UserRef;
use crate::store::rows::tools::{Pseudonym, Received, Via};
use crate::store::trees::{PseudonymOf, Pseudonyms, Received as Reported};
use crate::tools::tokens;
use crate::world::Time;

const TOOL: Owner = Owner::Tool {
    tool: ToolId(7),
    course: CourseId(9),
};
const PRACTICE: Owner = Owner::Practice {
    way: Way::Token,
    course: 1,
};

/// A course with one link, three learners and a teacher.
struct Course;

impl Rules for Course {
    fn has_link(&self, link: &str) -> Result<bool, StoreError> {
        Ok(link == "link-1")
    }

    fn person(&self, user: &str) -> Result<Person, StoreError> {
        Ok(match user {
            "ann" | "bo" | "cy" => Person::Learner,
            "teacher" => Person::Staff,
            _ => Person::Unknown,
        })
    }
}

async fn running() -> Running {
    let running = Running::with(&[]).await;
    let mut commit = Commit::new();
    for (number, name) in ["ann", "bo", "cy"].into_iter().enumerate() {
        let user = UserId(number as u64);
        let pseudonym = Pseudonym {
            id: name.to_owned(),
            created: Time(0),
        };
        commit
            .put::<PseudonymOf>(&(ToolId(7), user), &pseudonym)
            .put::<Pseudonyms>(&(ToolId(7), name.to_owned()), &UserRef { user });
    }
    running.app.store.commit(commit).await.unwrap();
    running
}

/// Calls a service of a gradebook as somebody who may.
async fn call(
    running: &Running,
    owner: Owner,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value, Page) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let below: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let operation = Operation::of(&method, &below).unwrap();
    let service = Service {
        book: Gradebook::new(&running.app, owner),
        address: Url::parse("https://lms.example/line-items?type=3").unwrap(),
        rules: &Course,
        page: 2,
    };
    let body = body.to_string();
    let query = Form::parse(query.as_bytes());
    let page = service
        .perform(operation, &query, body.as_bytes())
        .await
        .unwrap();
    let document = match &page.content {
        Content::Whole(_, bytes) => serde_json::from_slice(bytes).unwrap(),
        _ => Value::Null,
    };
    (page.status, document, page)
}

/// The path of a line item, below that of all.
fn path_of(document: &Value) -> String {
    let url = Url::parse(document["id"].as_str().unwrap()).unwrap();
    assert_eq!(url.query(), Some("type=3"), "the query stays");
    url.path().rsplit('/').next().unwrap().to_owned()
}

async fn line_item(running: &Running, owner: Owner, document: Value) -> String {
    let (status, made, page) = call(running, owner, Method::POST, "", &document).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let location = page.headers.iter().find(|(name, _)| name == LOCATION);
    assert_eq!(location.unwrap().1, made["id"].as_str().unwrap());
    path_of(&made)
}

fn score(user: &str, second: u64, given: Option<f64>) -> Value {
    let at = Time::from_seconds(1_800_000_000 + second).timestamp();
    let mut score = json!({
        "userId": user, "timestamp": at.to_string(), "activityProgress": "Completed",
        "gradingProgress": "FullyGraded", "scoreMaximum": 10, "comment": "So so",
    });
    if let Some(given) = given {
        score["scoreGiven"] = given.into();
    }
    score
}

async fn report(running: &Running, owner: Owner, item: &str, score: &Value) -> StatusCode {
    let path = format!("{item}/scores");
    call(running, owner, Method::POST, &path, score).await.0
}

async fn scores(running: &Running, owner: Owner, item: &str) -> Vec<(String, Value)> {
    let path = format!("{item}/results?limit=10");
    let (status, found, _) = call(running, owner, Method::GET, &path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let found = found.as_array().unwrap().iter();
    let of = |result: &Value| {
        let user = result["userId"].as_str().unwrap().to_owned();
        (user, result["resultScore"].clone())
    };
    let mut found: Vec<_> = found.map(of).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[tokio::test]
async fn what_is_reported_is_the_result_in_points_of_the_line_item() {
    let running = running().await;
    for owner in [TOOL, PRACTICE] {
        let document = json!({ "label": "Waves", "scoreMaximum": 20 });
        let item = line_item(&running, owner, document).await;
        assert_eq!(
            report(&running, owner, &item, &score("ann", 0, Some(7.5))).await,
            200
        );
        assert_eq!(
            report(&running, owner, &item, &score("bo", 0, Some(0.0))).await,
            200
        );
        let found = scores(&running, owner, &item).await;
        let expected = [("ann".to_owned(), json!(15)), ("bo".to_owned(), json!(0))];
        assert_eq!(found, expected, "zero is a score");

        let path = format!("{item}/results?user_id=ann");
        let (_, found, _) = call(&running, owner, Method::GET, &path, &Value::Null).await;
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(found[0]["resultMaximum"], 20);
        assert_eq!(found[0]["comment"], "So so");
        let line_item = found[0]["scoreOf"].as_str().unwrap();
        assert!(
            line_item.ends_with(&format!("/line-items/{item}?type=3")),
            "{line_item}"
        );
    }
}

#[tokio::test]
async fn only_a_later_moment_counts_and_nothing_given_clears() {
    for owner in [TOOL, PRACTICE] {
        let running = running().await;
        let item = line_item(&running, owner, json!({ "label": "A", "scoreMaximum": 10 })).await;
        let send = async |score: Value| report(&running, owner, &item, &score).await;
        assert_eq!(send(score("ann", 5, Some(4.0))).await, 200);
        assert_eq!(
            send(score("ann", 5, Some(9.0))).await,
            409,
            "the same moment"
        );
        assert_eq!(
            send(score("ann", 4, Some(9.0))).await,
            409,
            "an earlier one"
        );
        assert_eq!(scores(&running, owner, &item).await[0].1, json!(4));
        assert_eq!(
            send(score("bo", 4, Some(9.0))).await,
            200,
            "of somebody else"
        );

        assert_eq!(send(score("ann", 6, None)).await, 200);
        assert_eq!(scores(&running, owner, &item).await[0].1, Value::Null);
        assert_eq!(send(score("ann", 7, Some(3.0))).await, 200);
        let mut pending = score("ann", 8, Some(9.0));
        pending["gradingProgress"] = "Pending".into();
        assert_eq!(send(pending).await, 200);
        assert_eq!(scores(&running, owner, &item).await[0].1, Value::Null);

        assert_eq!(
            send(score("ann", 7_200, Some(1.0))).await,
            400,
            "yet to come"
        );
        running.clock.advance(Duration::from_hours(2));
        assert_eq!(send(score("ann", 7_200, Some(1.0))).await, 200);
    }
}

#[tokio::test]
async fn scores_of_those_who_get_none_are_refused() {
    let running = running().await;
    for owner in [TOOL, PRACTICE] {
        let item = line_item(&running, owner, json!({ "label": "A", "scoreMaximum": 10 })).await;
        for (user, code) in [("teacher", "not_graded"), ("eve", "unknown_user")] {
            let path = format!("{item}/scores");
            let score = score(user, 0, Some(1.0));
            let (status, answer, _) = call(&running, owner, Method::POST, &path, &score).await;
            assert_eq!(
                (status, &answer["error"]),
                (StatusCode::BAD_REQUEST, &json!(code))
            );
        }
        let mut odd = score("ann", 0, Some(1.0));
        odd["scoreGiven"] = "NaN".into();
        assert_eq!(report(&running, owner, &item, &odd).await, 400);
        assert_eq!(scores(&running, owner, &item).await, []);
    }
}

#[tokio::test]
async fn another_gradebook_has_none_of_it() {
    let running = running().await;
    let others = [
        Owner::Tool {
            tool: ToolId(8),
            course: CourseId(9),
        },
        Owner::Tool {
            tool: ToolId(7),
            course: CourseId(10),
        },
        Owner::Practice {
            way: Way::Registered,
            course: 1,
        },
        Owner::Practice {
            way: Way::Token,
            course: 2,
        },
    ];
    for owner in [TOOL, PRACTICE] {
        let item = line_item(&running, owner, json!({ "label": "A", "scoreMaximum": 10 })).await;
        for other in others {
            let score = score("ann", 0, Some(1.0));
            for (method, path, body) in [
                (Method::GET, item.clone(), Value::Null),
                (
                    Method::PUT,
                    item.clone(),
                    json!({ "label": "B", "scoreMaximum": 1 }),
                ),
                (Method::DELETE, item.clone(), Value::Null),
                (Method::POST, format!("{item}/scores"), score.clone()),
                (Method::GET, format!("{item}/results"), Value::Null),
            ] {
                let answer = call(&running, other, method.clone(), &path, &body).await;
                assert_eq!(answer.0, StatusCode::NOT_FOUND, "{method} {path} {other:?}");
            }
            let (_, all, _) = call(&running, other, Method::GET, "", &Value::Null).await;
            assert_eq!(all, json!([]));
        }
        assert_eq!(
            report(&running, owner, &item, &score("ann", 0, Some(1.0))).await,
            200
        );
    }
}

#[tokio::test]
async fn line_items_are_found_by_what_they_are_for_page_by_page() {
    let running = running().await;
    for n in 0..5 {
        let tag = if n % 2 == 0 { "even" } else { "odd" };
        let mut document = json!({
            "label": format!("L{n}"), "scoreMaximum": 10, "tag": tag, "resourceId": n.to_string(),
        });
        if n < 3 {
            document["resourceLinkId"] = "link-1".into();
        }
        line_item(&running, TOOL, document).await;
        running.clock.advance(Duration::from_secs(1));
    }
    let walk = async |query: &str| {
        let (mut labels, mut path, mut pages) = (Vec::new(), format!("?{query}"), 0);
        loop {
            let (status, found, page) =
                call(&running, TOOL, Method::GET, &path, &Value::Null).await;
            assert_eq!(status, StatusCode::OK);
            pages += 1;
            let found = found.as_array().unwrap().iter();
            labels.extend(found.map(|item| item["label"].as_str().unwrap().to_owned()));
            let next = page.headers.iter().find(|(name, _)| name == LINK);
            let Some((_, next)) = next else {
                return (labels, pages);
            };
            let next = next.to_str().unwrap();
            let url = next.strip_prefix('<').unwrap().split('>').next().unwrap();
            path = format!("?{}", Url::parse(url).unwrap().query().unwrap());
        }
    };
    assert_eq!(
        walk("type=3").await,
        (
            ["L0", "L1", "L2", "L3", "L4"].map(str::to_owned).to_vec(),
            3
        )
    );
    assert_eq!(walk("tag=even").await.0, ["L0", "L2", "L4"]);
    assert_eq!(
        walk("resource_link_id=link-1&limit=1").await,
        (["L0", "L1", "L2"].map(str::to_owned).to_vec(), 3)
    );
    assert_eq!(walk("resource_link_id=link-1&tag=odd").await.0, ["L1"]);
    assert_eq!(walk("resource_id=4").await.0, ["L4"]);
    assert_eq!(
        walk("resource_link_id=link-2").await.0,
        Vec::<String>::new()
    );
    for query in ["?limit=0", "?limit=x", "?after=x"] {
        let answer = call(&running, TOOL, Method::GET, query, &Value::Null).await;
        assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_tool_changes_and_removes_what_it_made() {
    let running = running().await;
    for owner in [TOOL, PRACTICE] {
        let document = json!({ "label": "A", "scoreMaximum": 10, "tag": "t" });
        let item = line_item(&running, owner, document).await;
        report(&running, owner, &item, &score("ann", 0, Some(5.0))).await;
        let document = json!({ "label": "B", "scoreMaximum": 100, "resourceLinkId": "link-1" });
        let (status, changed, _) = call(&running, owner, Method::PUT, &item, &document).await;
        assert_eq!((status, &changed["label"]), (StatusCode::OK, &json!("B")));
        assert_eq!(changed.get("tag"), None, "what is not said is gone");
        assert_eq!(scores(&running, owner, &item).await[0].1, json!(50));
        let foreign = json!({ "label": "B", "scoreMaximum": 1, "resourceLinkId": "link-2" });
        let answer = call(&running, owner, Method::PUT, &item, &foreign).await;
        assert_eq!(answer.0, StatusCode::BAD_REQUEST);
        let answer = call(&running, owner, Method::POST, "", &foreign).await;
        assert_eq!(answer.1["error"], "unknown_resource_link");

        let answer = call(&running, owner, Method::DELETE, &item, &Value::Null).await;
        assert_eq!(answer.0, StatusCode::NO_CONTENT);
        let answer = call(&running, owner, Method::GET, &item, &Value::Null).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND);
        assert_eq!(
            report(&running, owner, &item, &score("ann", 1, Some(5.0))).await,
            404
        );
        let book = Gradebook::new(&running.app, owner);
        let number = u64::from_str_radix(&item, 16).unwrap();
        assert_eq!(book.results(number, None, 10).unwrap(), []);
    }
    let left = running.app.store.page::<Reported>(&(), None, 10).unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn what_came_with_a_link_stays_with_it() {
    let running = running().await;
    let book = Gradebook::new(&running.app, PRACTICE);
    let row = declared("Film".into(), 10.0, "link-1".into(), Time(0));
    let mut commit = Commit::new();
    book.put_line_item(&mut commit, 4, &row);
    running.app.store.commit(commit).await.unwrap();
    let item = "0000000000000004";
    let answer = call(&running, PRACTICE, Method::DELETE, item, &Value::Null).await;
    assert_eq!(
        (answer.0, &answer.1["error"]),
        (StatusCode::FORBIDDEN, &json!("bound"))
    );
    let document = json!({ "label": "Film, new", "scoreMaximum": 5, "tag": "watching" });
    let (_, changed, _) = call(&running, PRACTICE, Method::PUT, item, &document).await;
    assert_eq!(
        (&changed["resourceLinkId"], &changed["tag"]),
        (&json!("link-1"), &json!("watching"))
    );
    assert_eq!(book.line_items_of("link-1").unwrap().len(), 1);
    book.forget(4).await.unwrap();
    assert!(book.line_items_of("link-1").unwrap().is_empty());
}

#[tokio::test]
async fn scores_without_a_moment_are_of_now() {
    let running = running().await;
    for owner in [TOOL, PRACTICE] {
        let item = line_item(&running, owner, json!({ "label": "A", "scoreMaximum": 10 })).await;
        let number = u64::from_str_radix(&item, 16).unwrap();
        let book = Gradebook::new(&running.app, owner);
        let cell = |number| book.cell(number, "ann").unwrap().unwrap();
        let given = |score: Option<f64>| {
            move |_, _: &_| Received {
                score,
                maximum: 1.0,
                ..Received::default()
            }
        };
        cell(number).change(None, given(Some(0.5))).await.unwrap();
        cell(number).change(None, given(Some(0.25))).await.unwrap();
        let stored: Received = book.result(number, "ann").unwrap().unwrap();
        assert_eq!((stored.score, stored.via), (Some(0.25), Via::Outcomes));
        assert_eq!(scores(&running, owner, &item).await[0].1, json!(2.5));
        assert_eq!(
            report(&running, owner, &item, &score("ann", 0, Some(9.0))).await,
            409
        );
        cell(number).change(None, given(None)).await.unwrap();
        assert_eq!(scores(&running, owner, &item).await[0].1, Value::Null);
        let unknown = cell(number + 1).change(None, given(None)).await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn there_are_no_more_line_items_than_there_may_be() {
    let running = running().await;
    let book = Gradebook::new(&running.app, TOOL);
    let mut commit = Commit::new();
    for number in 0..MOST_LINE_ITEMS as u64 {
        let row = declared(String::new(), 1.0, "link-1".into(), Time(0));
        book.put_line_item(&mut commit, number, &row);
    }
    running.app.store.commit(commit).await.unwrap();
    let document = json!({ "label": "A", "scoreMaximum": 10 });
    let answer = call(&running, TOOL, Method::POST, "", &document).await;
    assert_eq!(
        (answer.0, &answer.1["error"]),
        (StatusCode::FORBIDDEN, &json!("full"))
    );
    let other = call(&running, PRACTICE, Method::POST, "", &document).await;
    assert_eq!(other.0, StatusCode::CREATED);
}

#[tokio::test]
async fn each_call_needs_a_scope_of_its_own() {
    let running = running().await;
    let app = &running.app;
    let [line_item, read, result, score] = SCOPES;
    let number = "00000000000000aa";
    let scores: &[&str] = &[number, "scores"];
    let results: &[&str] = &[number, "results"];
    for (method, below, fitting) in [
        (Method::GET, [].as_slice(), vec![line_item, read]),
        (Method::GET, &[number], vec![line_item, read]),
        (Method::POST, &[], vec![line_item]),
        (Method::PUT, &[number], vec![line_item]),
        (Method::DELETE, &[number], vec![line_item]),
        (Method::POST, scores, vec![score]),
        (Method::GET, results, vec![result]),
    ] {
        let operation = Operation::of(&method, below).unwrap();
        for scope in SCOPES {
            let token = tokens::for_tests(app, "tool", &[scope]);
            let answer = operation.authorize(app, &format!("Bearer {token}"));
            let status = answer.map(|_| ()).map_err(|page| page.status);
            let expected = if fitting.contains(&scope) {
                Ok(())
            } else {
                Err(StatusCode::FORBIDDEN)
            };
            assert_eq!(status, expected, "{method} {below:?} by {scope}");
        }
        let token = tokens::for_tests(app, "tool", &SCOPES);
        for header in ["", "Bearer x", &token, &format!("Basic {token}")] {
            let refused = operation.authorize(app, header).unwrap_err();
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        }
        running.clock.advance(Duration::from_hours(1));
        let refused = operation
            .authorize(app, &format!("Bearer {token}"))
            .unwrap_err();
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "too old");
    }
}

#[test]
fn what_is_sent_and_wanted_is_said_exactly() {
    let of = |method, below: &[&str]| Operation::of(&method, below);
    let list = of(Method::GET, &[]).unwrap();
    let make = of(Method::POST, &[]).unwrap();
    let report = of(Method::POST, &["00000000000000aa", "scores"]).unwrap();
    let status = |answer: Result<(), Box<Page>>| answer.map_err(|page| page.status);
    assert_eq!(status(list.negotiate("", "")), Ok(()));
    assert_eq!(status(list.negotiate("", media_type::LINE_ITEMS)), Ok(()));
    let wrong = list.negotiate("", "application/json");
    assert_eq!(status(wrong), Err(StatusCode::NOT_ACCEPTABLE));
    assert_eq!(
        status(make.negotiate(media_type::LINE_ITEM, "application/json")),
        Ok(())
    );
    assert_eq!(
        status(report.negotiate("application/vnd.ims.lis.v1.score+json; charset=UTF-8", "")),
        Ok(())
    );
    for wrong in ["", "application/json", media_type::LINE_ITEM] {
        let refused = status(report.negotiate(wrong, ""));
        assert_eq!(refused, Err(StatusCode::UNSUPPORTED_MEDIA_TYPE), "{wrong}");
    }
    for (method, below, expected) in [
        (Method::PATCH, vec![], StatusCode::METHOD_NOT_ALLOWED),
        (
            Method::GET,
            vec!["00000000000000aa", "scores"],
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (Method::GET, vec!["aa"], StatusCode::NOT_FOUND),
        (Method::GET, vec!["00000000000000AA"], StatusCode::NOT_FOUND),
        (
            Method::GET,
            vec!["00000000000000aa", "x"],
            StatusCode::NOT_FOUND,
        ),
        (
            Method::GET,
            vec!["00000000000000aa", "results", "x"],
            StatusCode::NOT_FOUND,
        ),
    ] {
        let refused = of(method, &below).unwrap_err();
        assert_eq!(refused.status, expected, "{below:?}");
    }
}
