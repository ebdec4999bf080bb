use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::line_item::container as line_items;
use super::media_type::{self, accepts, is};
use super::standing::container as results;
use super::*;
use crate::world::Time;

fn score() -> Value {
    json!({
        "userId": "5", "timestamp": "2026-11-30T10:00:00.123Z",
        "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "scoreGiven": 8.5, "scoreMaximum": 10, "comment": "Well done",
        "submission": { "submittedAt": "2026-11-30T11:00:00+02:00" },
    })
}

fn read(document: &Value) -> Result<Score, Malformed> {
    Score::read(document.to_string().as_bytes())
}

fn with(mut document: Value, name: &str, value: Value) -> Value {
    document[name] = value;
    document
}

fn without(mut document: Value, name: &str) -> Value {
    document.as_object_mut().unwrap().remove(name);
    document
}

#[test]
fn a_score_says_who_when_and_how_much() {
    let score = read(&score()).unwrap();
    assert_eq!(score.user, "5");
    assert_eq!(score.at.to_string(), "2026-11-30T10:00:00.123Z");
    let given = score.counts().unwrap();
    assert_eq!((given.points, given.out_of(20.0)), (8.5, 17.0));
    let submitted = score.submission.unwrap().submitted.unwrap();
    assert_eq!(submitted.to_string(), "2026-11-30T09:00:00.000Z");
    assert_eq!(Standing::of(&score, 20.0).score, Some(17.0));
}

#[test]
fn zero_is_a_score_and_none_is_none() {
    let zero = read(&with(score(), "scoreGiven", json!(0))).unwrap();
    assert_eq!(Standing::of(&zero, 10.0).score, Some(0.0));
    assert_eq!(zero.document()["scoreGiven"], json!(0));
    let cleared = read(&without(score(), "scoreGiven")).unwrap();
    assert_eq!(Standing::of(&cleared, 10.0).score, None);
    let more = read(&with(score(), "scoreGiven", json!(11))).unwrap();
    assert_eq!(
        Standing::of(&more, 10.0).score,
        Some(11.0),
        "extra points count"
    );
}

#[test]
fn only_what_is_fully_graded_counts() {
    for grading in ["Pending", "PendingManual", "Failed", "NotReady"] {
        let score = read(&with(score(), "gradingProgress", json!(grading))).unwrap();
        let standing = Standing::of(&score, 10.0);
        assert_eq!(
            (standing.score, standing.comment),
            (None, None),
            "{grading}"
        );
    }
}

#[test]
fn what_is_no_score_is_refused_by_name() {
    use Malformed::{Invalid, Missing};
    for name in [
        "userId",
        "timestamp",
        "activityProgress",
        "gradingProgress",
        "scoreMaximum",
    ] {
        assert_eq!(read(&without(score(), name)), Err(Missing(name)));
    }
    for (name, value) in [
        ("userId", json!(5)),
        ("userId", json!("a\u{0}")),
        ("userId", json!("a".repeat(256))),
        ("timestamp", json!("2026-11-30T10:00:00.123")),
        ("timestamp", json!("yesterday")),
        ("timestamp", json!(1_795_330_000)),
        ("activityProgress", json!("completed")),
        ("gradingProgress", json!("Done")),
        ("scoreGiven", json!(-1)),
        ("scoreGiven", json!("NaN")),
        ("scoreGiven", json!("8")),
        ("scoreMaximum", json!(0)),
        ("scoreMaximum", json!(-10)),
        ("comment", json!(["x"])),
        ("submission", json!([])),
        ("submission", json!("now")),
    ] {
        let document = with(score(), name, value);
        assert_eq!(read(&document), Err(Invalid(name)), "{document}");
    }
    for body in [
        "",
        "[]",
        "NaN",
        r#"{"scoreGiven":NaN}"#,
        r#"{"scoreGiven":1e999}"#,
        r#"{"userId":"1","userId":"2"}"#,
    ] {
        assert_eq!(
            Score::read(body.as_bytes()),
            Err(Malformed::NotAnObject),
            "{body}"
        );
    }
}

#[test]
fn a_line_item_says_what_it_is_called_and_its_maximum() {
    let full = json!({
        "id": "https://evil.example/1", "label": " Waves ", "scoreMaximum": 12.5,
        "resourceLinkId": "l", "resourceId": "r", "tag": "", "more": {},
        "startDateTime": "2026-11-30T10:00:00Z", "endDateTime": "2026-12-01T10:00:00+01:00",
    });
    let read = |document: &Value| LineItem::read(document.to_string().as_bytes());
    let item = read(&full).unwrap();
    assert_eq!((item.id.as_ref(), item.label.as_str()), (None, "Waves"));
    assert_eq!(
        (item.tag.as_deref(), item.resource.as_deref()),
        (None, Some("r"))
    );
    for name in ["label", "scoreMaximum"] {
        assert_eq!(
            read(&without(full.clone(), name)),
            Err(Malformed::Missing(name))
        );
    }
    let blank = with(full.clone(), "label", json!("  "));
    assert_eq!(read(&blank), Err(Malformed::Missing("label")));
    for (name, value) in [
        ("label", json!(7)),
        ("scoreMaximum", json!("10")),
        ("scoreMaximum", json!(0)),
        ("tag", json!(1)),
        ("startDateTime", json!("2026-11-30")),
        ("endDateTime", json!("2026-11-29T10:00:00Z")),
    ] {
        let document = with(full.clone(), name, value);
        assert_eq!(read(&document), Err(Malformed::Invalid(name)), "{document}");
    }
}

#[test]
fn what_moodle_answers_is_read() {
    let items = json!([
        { "id": "https://moodle.example/mod/lti/services.php/2/lineitems/22/lineitem?type_id=16",
          "label": "A", "scoreMaximum": 100, "resourceId": "", "tag": "",
          "resourceLinkId": "21", "ltiLinkId": "21" },
        { "label": "without an address", "scoreMaximum": 1 },
        7,
    ]);
    let items = line_items(items.to_string().as_bytes()).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].resource_link.as_deref(), Some("21"));
    assert_eq!((items[0].maximum, items[0].tag.as_deref()), (100.0, None));
    let list = json!([{
        "id": "https://moodle.example/x/results?type_id=16&user_id=5", "userId": "5",
        "resultScore": 83, "resultMaximum": 100, "comment": "well done",
        "timestamp": "2026-11-22T06:46:23+00:00",
    }, { "userId": 7 }, {}]);
    let list = results(list.to_string().as_bytes()).unwrap();
    assert_eq!((list[0].score, list[0].maximum), (Some(83.0), 100.0));
    assert_eq!((list[1].user.as_str(), list[1].score), ("7", None));
    assert_eq!(list.len(), 2);
    assert_eq!(line_items(b"{}"), Err(Malformed::NotAList));
}

#[test]
fn scores_lie_below_the_path_and_the_query_stays() {
    let item = Url::parse("https://m.example/2/lineitems/22/lineitem?type_id=16").unwrap();
    assert_eq!(
        scores_of(&item).as_str(),
        "https://m.example/2/lineitems/22/lineitem/scores?type_id=16"
    );
    let item = Url::parse("https://m.example/7/").unwrap();
    assert_eq!(results_of(&item).as_str(), "https://m.example/7/results");
}

#[test]
fn media_types_are_exact() {
    assert!(is(
        "Application/Vnd.ims.lis.v1.score+json; charset=utf-8",
        media_type::SCORE
    ));
    for other in [
        "",
        "application/json",
        "application/vnd.ims.lis.v2.score+json",
    ] {
        assert!(!is(other, media_type::SCORE), "{other}");
    }
    for fits in [
        "",
        "*/*",
        "text/html, application/*;q=0.5",
        media_type::RESULTS,
    ] {
        assert!(accepts(fits, media_type::RESULTS), "{fits}");
    }
    assert!(!accepts("application/json", media_type::RESULTS));
}

#[test]
fn moments_are_written_with_fractions_and_keep_them() {
    let at = |text: &str| text.parse::<Moment>().map(|at| at.to_string());
    assert_eq!(
        at("2026-11-30T10:00:00Z").unwrap(),
        "2026-11-30T10:00:00.000Z"
    );
    assert_eq!(
        at("2026-11-30T10:00:00.123456+00:00").unwrap(),
        "2026-11-30T10:00:00.123456Z"
    );
    let now = Moment::from(Time(1_795_330_000_123));
    assert_eq!(now.time(), Time(1_795_330_000_123));
    assert!(now.next() > now);
    assert!("2026-11-30T10:00:00".parse::<Moment>().is_err());
}

/// Points as gradebooks have them. (Of numbers with seventeen digits the last one may be lost.)
fn some_points() -> impl Strategy<Value = f64> {
    (1..100_000_000_u32).prop_map(|hundredths| f64::from(hundredths) / 100.0)
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[\\PC]{1,40}")
}

prop_compose! {
    fn some_score()(
        user in "[a-zA-Z0-9|:-]{1,40}",
        at in 0_i64..4_000_000_000_000_000_000,
        activity in 0..Activity::ALL.len(),
        grading in 0..Grading::ALL.len(),
        given in proptest::option::of((some_points(), some_points())),
        comment in some_text(),
        submitted in proptest::option::of(0_i64..4_000_000_000_000_000_000),
    ) -> Score {
        Score {
            user,
            at: Moment(at),
            activity: Activity::ALL[activity],
            grading: Grading::ALL[grading],
            given: given.map(|(points, maximum)| Given { points, maximum }),
            comment,
            submission: submitted.map(|at| Submission {
                started: None,
                submitted: Some(Moment(at)),
            }),
            by: None,
        }
    }
}

prop_compose! {
    fn some_line_item()(
        label in "[a-zA-Z0-9]{1,20}",
        maximum in some_points(),
        resource in some_text(),
        tag in some_text(),
    ) -> LineItem {
        LineItem { resource, tag, ..LineItem::new(label, maximum) }
    }
}

proptest! {
    #[test]
    fn a_score_that_is_written_is_read_as_the_same(score in some_score()) {
        prop_assert_eq!(Score::read(score.document().to_string().as_bytes()), Ok(score));
    }

    #[test]
    fn so_is_a_line_item(item in some_line_item()) {
        let body = item.document().to_string();
        prop_assert_eq!(LineItem::read(body.as_bytes()), Ok(item));
    }

    #[test]
    fn never_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (Score::read(&body), LineItem::read(&body), LineItem::answered(&body));
        let _ = (line_items(&body), results(&body));
    }

    #[test]
    fn nor_by_what_looks_like_json(value in "[-0-9a-z\":,{}\\[\\]. +]{0,120}") {
        let body = format!(
            "{{\"userId\":\"1\",\"timestamp\":\"2026-11-30T10:00:00Z\",\
             \"activityProgress\":\"Started\",\"gradingProgress\":\"FullyGraded\",\
             \"scoreMaximum\":1,\"scoreGiven\":{value}}}"
        );
        if let Ok(score) = Score::read(body.as_bytes())
            && let Some(given) = score.given
        {
            prop_assert!(given.points.is_finite() && given.points >= 0.0);
        }
    }
}
