//! Picking media for the platform: what goes back, and what nobody may pick.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::lti::check::Checks;
use crate::lti::content::{Answer as Picked, Content, ContentItem, LaunchLink};
use crate::lti::content_item;
use crate::lti::deep_linking::Expected;
use crate::lti::jwks::{self, KeySet};
use crate::lti::key::SigningKey;
use crate::lti::launch::DeepLinkingSettings;
use crate::lti::oauth1::{Address, Unverified as Form};
use crate::lti::token::Unverified;
use crate::store::rows::library::Placement;
use crate::store::rows::people::{Consumer, Registration};
use crate::store::trees::{Placements, UserBy};

const RETURN: &str = "https://lms.example/return?course=2&sesskey=k";
const CARL: Coming = Coming {
    subject: "carl",
    name: Some("Carl Gauss"),
    ..ADA
};

/// A Lanterna that can answer: connection 1 is a registration, 3 a consumer.
async fn answering() -> Running {
    let running = running(&[]).await;
    let now = running.app.world.now();
    let registration = Registration {
        issuer: PLATFORM.into(),
        client_id: "client-1".into(),
        auth_url: format!("{PLATFORM}/auth"),
        token_url: format!("{PLATFORM}/token"),
        jwks_url: format!("{PLATFORM}/jwks"),
    };
    let consumer = Consumer {
        key: "school".into(),
        secret: Some("secret".into()),
        window: 300,
        body_only: false,
        guid: None,
    };
    let new = Connection::new("LMS", Source::Registered, now);
    let mut commit = Commit::new();
    commit.put::<Connections>(
        &ConnectionId(1),
        &Connection {
            registration: Some(registration),
            ..new.clone()
        },
    );
    commit.put::<Connections>(
        &ConnectionId(3),
        &Connection {
            consumer: Some(consumer),
            ..new
        },
    );
    running.app.store.commit(commit).await.unwrap();
    running
}

fn settings() -> DeepLinkingSettings {
    serde_json::from_value(json!({
        "return_url": RETURN, "accept_types": ["ltiResourceLink"],
        "accept_targets": ["iframe", "window"], "accept_media_types": [],
        "accept_multiple": true, "auto_create": false, "data": "d-1",
    }))
    .unwrap()
}

fn asks(coming: &Coming, settings: DeepLinkingSettings) -> Launch {
    Launch {
        message: Message::DeepLinking(Box::new(settings)),
        ..coming.launch()
    }
}

async fn picks<'a>(
    coming: &Coming,
    running: &'a Running,
    settings: DeepLinkingSettings,
) -> Visitor<'a> {
    let launch = asks(coming, settings);
    coming.comes(running, &launch, None, None).await
}

/// What an answer takes back by LTI 1.3, verified with our published keys.
fn returned(answer: &Answer, running: &Running, data: Option<&str>) -> Picked {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(
        answer.attribute("action"),
        Some(RETURN.replace('&', "&amp;").as_str())
    );
    let (_, rest) = answer.text().split_once(r#"name="JWT" value=""#).unwrap();
    let token = rest.split('"').next().unwrap();
    let key = include_bytes!("../../../tests/fixtures/keys/tool.p8");
    let key = SigningKey::from_pkcs8(key).unwrap();
    let keys = jwks::document([key.public()]).to_string();
    let keys = KeySet::parse(keys.as_bytes()).unwrap();
    let expected = Expected {
        client_id: "client-1",
        issuer: PLATFORM,
        deployment: "1",
        data,
        leeway: Duration::ZERO,
        max_age: Duration::from_mins(1),
    };
    let mut checks = Checks::new();
    let token = Unverified::parse(token, &mut checks).unwrap();
    let verified = token.verify(&keys, &mut checks).unwrap();
    let received = verified.response(&expected, running.app.world.now(), &mut checks);
    received.unwrap().answer
}

fn link(item: &ContentItem) -> &LaunchLink {
    match &item.content {
        Content::Launch(link) => link,
        other => panic!("{other:?}"),
    }
}

fn placement(running: &Running, item: &ContentItem) -> (PlacementId, Placement) {
    let id: PlacementId = link(item).custom["placement"].parse().unwrap();
    (
        id,
        running.app.store.get::<Placements>(&id).unwrap().unwrap(),
    )
}

/// How many placements there are.
fn placed(running: &Running) -> usize {
    let all = running.app.store.page::<Placements>(&(), None, 100);
    all.unwrap().len()
}

#[tokio::test]
async fn what_is_picked_goes_back_signed_and_opens_in_its_course() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let answer = ada.post("select", &[("item", &item.to_string())]).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(picked.message.as_deref(), Some("One item was picked."));
    assert_eq!((&picked.error, picked.items.len()), (&None, 1));
    let (id, row) = placement(&running, &picked.items[0]);
    assert_eq!((row.item, row.revoked, row.maximum), (item, None, None));
    let url = link(&picked.items[0]).url.as_ref().unwrap();
    let address = running.app.public().join(&format!("/lti/launch/{id}"));
    assert_eq!(url.as_str(), address, "the address alone says it too");
    assert_eq!(picked.items[0].title.as_deref(), Some("waves"));
    let frame = picked.items[0].iframe.as_ref().unwrap();
    assert_eq!((frame.width, frame.height), (Some(640), Some(472)));
    assert_eq!(picked.items[0].window, None, "one place only");

    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self' https://lms.example;"),
        "{policy}"
    );
    assert_eq!(answer.header("referrer-policy"), Some("strict-origin"));
    assert!(answer.text().contains("data-auto-submit"));

    let below = format!("media/{item}");
    let sam = SAM.comes(&running, &SAM.launch(), None, Some(id)).await;
    assert_eq!(sam.get(&below).await.status, StatusCode::OK);
    let elsewhere = Coming {
        course: Some("chemistry"),
        ..SAM
    };
    let sam = elsewhere
        .comes(&running, &elsewhere.launch(), None, Some(id))
        .await;
    assert_eq!(sam.get(&below).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn cancelling_returns_too() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let answer = ada
        .post("select", &[("cancel", "yes"), ("item", "1")])
        .await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(picked.message.as_deref(), Some("Nothing was picked."));
    assert!(picked.items.is_empty() && picked.error.is_none());
    assert_eq!(placed(&running), 0);
}

#[tokio::test]
async fn data_goes_back_only_when_it_came() {
    let running = answering().await;
    for data in [None, Some(""), Some("a\"b<c>&")] {
        let settings = DeepLinkingSettings {
            data: data.map(str::to_owned),
            ..settings()
        };
        let ada = picks(&ADA, &running, settings).await;
        let answer = ada.post("select", &[("cancel", "yes")]).await;
        assert_eq!(returned(&answer, &running, data).data.as_deref(), data);
    }
}

#[tokio::test]
async fn students_cannot_pick_and_the_platform_is_told() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let theirs = ada.uploads("a.mp4", "course", &film()).await.to_string();
    for student in [
        SAM,
        Coming {
            course: None,
            ..SAM
        },
    ] {
        let sam = picks(&student, &running, settings()).await;
        let own = sam.uploads("b.mp4", "private", &film()).await.to_string();
        let page = sam.get("select").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text().contains("Picking media is for teachers"));
        assert_eq!(
            page.header("content-security-policy")
                .unwrap()
                .matches("lms.example")
                .count(),
            1
        );
        for item in [&theirs, &own] {
            let answer = sam.post("select", &[("item", item)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert_eq!(answer.code(), "selection-for-staff");
        }
        let answer = sam.post("select", &[("cancel", "yes")]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        assert!(picked.items.is_empty() && picked.error.is_some());
    }
    assert_eq!(placed(&running), 0);
}

#[tokio::test]
async fn only_a_launch_that_asks_can_be_answered() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await.to_string();
    assert_eq!(ada.get("select").await.code(), "selection-not-asked");
    for fields in [[("item", item.as_str())], [("cancel", "yes")]] {
        let answer = ada.post("select", &fields).await;
        assert_eq!(answer.code(), "selection-not-asked");
    }
    let asked = picks(&ADA, &running, settings()).await;
    let foreign = asked
        .post_from("cross-site", "select", &[("item", &item)])
        .await;
    assert_eq!(foreign.code(), "cross-site");
    assert_eq!(placed(&running), 0);
}

#[tokio::test]
async fn what_one_may_not_place_is_refused_with_everything_beside_it() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let private = ada.uploads("a.mp4", "private", &film()).await;
    let shared = ada.uploads("b.mp4", "private", &film()).await;
    let edited = ada.uploads("c.mp4", "private", &film()).await;
    let course = ada.uploads("d.mp4", "course", &film()).await;
    let carl = picks(&CARL, &running, settings()).await;
    let key = (ConnectionId(1), "carl".to_owned());
    let user = running
        .app
        .store
        .get::<UserBy>(&key)
        .unwrap()
        .unwrap()
        .user
        .to_string();
    for (item, role) in [(shared, "viewer"), (edited, "editor")] {
        let below = format!("media/{item}/share");
        let given = ada.post(&below, &[("user", &user), ("role", role)]).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{given:?}");
    }
    let own = carl
        .uploads("own.mp4", "private", &film())
        .await
        .to_string();
    let trashed = carl.uploads("gone.mp4", "private", &film()).await;
    carl.post(&format!("media/{trashed}/delete"), &[]).await;
    let other = Coming {
        connection: 2,
        ..CARL
    };
    let other = other.arrives(&running).await;
    let foreign = other.uploads("e.mp4", "public", &film()).await;

    let not_there = [
        private.to_string(),
        trashed.to_string(),
        foreign.to_string(),
        "00000000000000ab".to_owned(),
        "../1".to_owned(),
        String::new(),
    ];
    for wrong in &not_there {
        let fields = [("item", own.as_str()), ("item", wrong)];
        let answer = carl.post("select", &fields).await;
        assert_eq!(answer.code(), "pick-gone", "{wrong}");
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let fields = [("item", own.as_str()), ("item", &shared.to_string())];
    let answer = carl.post("select", &fields).await;
    assert_eq!(answer.code(), "pick-refused");
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(placed(&running), 0, "all or none");

    let (edited, course) = (edited.to_string(), course.to_string());
    let fields = [("item", own.as_str()), ("item", &edited), ("item", &course)];
    let answer = carl.post("select", &fields).await;
    assert_eq!(returned(&answer, &running, Some("d-1")).items.len(), 3);
    assert_eq!(placed(&running), 3);
}

#[tokio::test]
async fn as_many_as_the_platform_takes() {
    let running = answering().await;
    let one = DeepLinkingSettings {
        accept_multiple: false,
        title: Some("As the course calls it".into()),
        ..settings()
    };
    let ada = picks(&ADA, &running, one).await;
    let first = ada.uploads("a.mp4", "private", &film()).await.to_string();
    let second = ada.uploads("b.mp4", "private", &film()).await.to_string();
    let page = ada.get("select").await;
    assert!(page.text().contains(r#"type="radio" name="item""#));
    let both = [("item", first.as_str()), ("item", &second)];
    assert_eq!(ada.post("select", &both).await.code(), "too-many-picks");
    let twice = [("item", first.as_str()), ("item", &first)];
    let answer = ada.post("select", &twice).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(picked.items.len(), 1);
    assert_eq!(
        picked.items[0].title.as_deref(),
        Some("As the course calls it")
    );

    let ada = picks(&ADA, &running, settings()).await;
    let page = ada.get("select").await;
    assert!(page.text().contains(r#"type="checkbox" name="item""#));
    let many: Vec<String> = (0..51).map(|id| format!("{id:016x}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|id| ("item", id.as_str())).collect();
    assert_eq!(ada.post("select", &many).await.code(), "too-many-picks");
    let nothing = ada.post("select", &[]).await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
    assert!(nothing.text().contains("Nothing is picked yet"));
}

/// The fields of an item's details.
fn detailed<'a>(item: &str, fields: &[(&str, &'a str)]) -> Vec<(String, &'a str)> {
    let names = fields.iter();
    names
        .map(|(name, value)| (format!("{name}-{item}"), *value))
        .collect()
}

async fn finishes(visitor: &Visitor<'_>, item: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = detailed(item, fields);
    let mut all: Vec<(&str, &str)> = vec![("item", item)];
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    visitor.post("select", &all).await
}

#[tokio::test]
async fn details_go_into_the_placement_and_to_the_platform() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let id = item.to_string();
    let fields = [
        ("title", " Waves in week 1 "),
        ("start", "0:30"),
        ("end", "1:02.5"),
        ("width", "800"),
        ("height", "600"),
        ("graded", "on"),
        ("maximum", "12,5"),
    ];
    let answer = finishes(&ada, &id, &fields).await;
    let picked = returned(&answer, &running, Some("d-1"));
    let (placement_id, row) = placement(&running, &picked.items[0]);
    assert_eq!(row.title.as_deref(), Some("Waves in week 1"));
    assert_eq!((row.start_ms, row.end_ms), (Some(30_000), Some(62_500)));
    assert_eq!(
        (row.width, row.height, row.maximum),
        (Some(800), Some(600), Some(1_250))
    );
    let line = link(&picked.items[0]).line_item.as_ref().unwrap();
    assert!((line.maximum - 12.5).abs() < f64::EPSILON);
    assert_eq!(line.resource_id, Some(placement_id.to_string()));
    assert_eq!(line.label.as_deref(), Some("Waves in week 1"));
    let frame = picked.items[0].iframe.as_ref().unwrap();
    assert_eq!((frame.width, frame.height), (Some(800), Some(600)));

    let sam = SAM
        .comes(&running, &SAM.launch(), None, Some(placement_id))
        .await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(page.text().contains("<h1>Waves in week 1</h1>"));
    assert!(
        page.text().contains("#t=30.000,62.500\""),
        "{}",
        page.text()
    );
    let shared = ada.get(&format!("media/{item}/share")).await;
    for said in [
        "It is in one course.",
        "As “Waves in week 1”.",
        "From 0:30 to 1:02.",
        "It counts",
    ] {
        assert!(shared.text().contains(said), "{said}");
    }
    let known = ada.get(&format!("media/{item}")).await;
    assert!(known.text().contains("In one course"));
    assert!(
        !page.text().contains("In one course"),
        "its owner's to know"
    );
    // Whoever comes otherwise sees all of it, under its own title.
    let page = ada.get(&format!("media/{item}")).await;
    assert!(page.text().contains("<h1>a</h1>") && !page.text().contains("#t=30"));
    let bare = SAM
        .arrives(&running)
        .await
        .get(&format!("media/{item}"))
        .await;
    assert!(bare.text().contains("<h1>a</h1>"));
}

#[tokio::test]
async fn mistakes_are_said_beside_their_fields_and_place_nothing() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let id = ada.uploads("a.mp4", "private", &film()).await.to_string();
    for (fields, said) in [
        (&[("start", "soon")][..], "That isn’t a time."),
        (
            &[("start", "1:00"), ("end", "0:30")],
            "It would stop before it starts.",
        ),
        (&[("end", "0")], "It would stop before it starts."),
        (&[("width", "5")], "Between 100 and 4,000 pixels"),
        (&[("graded", "on"), ("maximum", "0")], "More than 0"),
        (&[("title", "a\u{7}b")], "field-error"),
    ] {
        let answer = finishes(&ada, &id, fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fields:?}");
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
        assert!(answer.text().contains("aria-invalid=\"true\""));
    }
    assert_eq!(placed(&running), 0);
    // What does not count is not asked how much.
    let fields = [
        ("graded", "off"),
        ("maximum", "0"),
        ("start", ""),
        ("title", ""),
    ];
    let answer = finishes(&ada, &id, &fields).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(link(&picked.items[0]).line_item, None);
}

#[tokio::test]
async fn a_line_item_goes_only_where_one_is_taken() {
    let running = answering().await;
    for (accepted, sent) in [(None, true), (Some(true), true), (Some(false), false)] {
        let settings = DeepLinkingSettings {
            accept_lineitem: accepted,
            ..settings()
        };
        let ada = picks(&ADA, &running, settings).await;
        let id = ada.uploads("a.mp4", "private", &film()).await.to_string();
        let asked = ada.get(&format!("select?step=details&item={id}")).await;
        assert_eq!(asked.text().contains("Count towards the grade"), sent);
        let answer = finishes(&ada, &id, &[("graded", "on")]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        let line = link(&picked.items[0]).line_item.as_ref();
        assert_eq!(line.is_some_and(|line| line.maximum > 99.0), sent);
    }
}

#[tokio::test]
async fn what_is_picked_stays_picked_while_one_looks_around() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let waves = ada
        .uploads("waves.mp4", "private", &film())
        .await
        .to_string();
    ada.uploads("tides.mp4", "private", &film()).await;
    let ticked = format!(r#"name="item" value="{waves}" checked"#);
    for query in [
        format!("select?in=mine&item={waves}"),
        format!("select?in=mine&view=course&item={waves}"),
        format!("select?in=course&view=shared&item={waves}&kind=audio"),
        format!("select?q=tides&item={waves}&item={waves}"),
        format!("select?view=trash&item={waves}"),
    ] {
        let page = ada.get(&query).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.text().matches(&ticked).count(), 1, "{query}");
    }
    let page = ada
        .get(&format!(
            "select?item={waves}&item=nonsense&item=00000000000000ab"
        ))
        .await;
    assert!(page.text().contains("Picked: 1"));
    let page = ada.get("select?step=details").await;
    assert!(page.text().contains("Nothing is picked yet"));
    let page = ada
        .get(&format!("select?step=details&item={waves}&in=mine"))
        .await;
    assert!(page.text().contains(&format!("name=\"title-{waves}\"")));
    let back = format!("href=\"select?item={waves}&amp;in=mine\"");
    assert!(page.text().contains(&back), "{}", page.text());
}

#[tokio::test]
async fn a_selection_that_names_an_item_comes_for_that() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let launch = asks(&ADA, settings());
    let ada = ADA.comes(&running, &launch, Some(item), None).await;
    let page = ada.get("select").await;
    assert!(page.text().contains(&format!("name=\"title-{item}\"")));
    // Looking around is still possible.
    let page = ada.get("select?in=mine").await;
    assert!(page.text().contains("data-picker"));
    let launch = asks(&CARL, settings());
    let carl = CARL.comes(&running, &launch, Some(item), None).await;
    let page = carl.get("select").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("isn’t yours to use here") && !page.text().contains("waves"));
}

fn accepting(types: &[&str], targets: Value) -> DeepLinkingSettings {
    DeepLinkingSettings {
        accept_types: types.iter().map(|&name| name.to_owned()).collect(),
        accept_targets: serde_json::from_value(targets).unwrap(),
        ..settings()
    }
}

#[tokio::test]
async fn the_platform_gets_the_best_of_what_it_takes() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let film_id = ada.uploads("a.mp4", "private", &film()).await;
    let png = include_bytes!("../../../tests/fixtures/media/alpha.png");
    let picture = ada.uploads("a.png", "private", png).await;
    for item in [film_id, picture] {
        let fields = [
            ("title", "Waves"),
            ("visibility", "public"),
            ("downloadable", "on"),
        ];
        let changed = ada.post(&format!("media/{item}/edit"), &fields).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text());
    }
    let frame = json!(["iframe"]);
    for (item, types, targets, kind) in [
        (
            film_id,
            &["link", "ltiResourceLink", "html"][..],
            &frame,
            "ltiResourceLink",
        ),
        (film_id, &["html", "link"], &frame, "link"),
        (film_id, &["html", "link"], &json!(["embed"]), "html"),
        (film_id, &["html", "file"], &frame, "html"),
        (film_id, &["file", "image"], &frame, "file"),
        (picture, &["file", "image", "link"], &frame, "image"),
    ] {
        let visitor = picks(&ADA, &running, accepting(types, targets.clone())).await;
        let answer = visitor.post("select", &[("item", &item.to_string())]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        assert_eq!(picked.items[0].content.kind(), kind, "{types:?}");
        let text = format!("{:?}", picked.items[0].content);
        assert!(
            !text.contains(&visitor.token),
            "nothing belongs to the session"
        );
    }
    assert_eq!(placed(&running), 1, "only what launches is placed");
    let visitor = picks(
        &ADA,
        &running,
        accepting(&["ltiResourceLink"], json!(["window"])),
    )
    .await;
    let answer = visitor
        .post("select", &[("item", &film_id.to_string())])
        .await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert!(picked.items[0].window.is_some() && picked.items[0].iframe.is_none());
}

#[tokio::test]
async fn a_launch_gives_no_link_to_an_unlisted_item_away() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let png = include_bytes!("../../../tests/fixtures/media/alpha.png");
    let item = ada.uploads("a.png", "private", png).await;
    let below = |door: &str| format!("media/{item}/{door}");
    let fields = [("title", "Waves"), ("visibility", "unlisted")];
    ada.post(&below("edit"), &fields).await;
    let types = ["ltiResourceLink", "link"];
    let linked = accepting(&types[1..], json!(["iframe"]));
    let visitor = picks(&ADA, &running, linked.clone()).await;
    let answer = visitor.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.code(), "pick-refused", "no link is made unasked");
    ada.post(&below("link"), &[]).await;
    let page = ada.get(&below("share")).await;
    let key = page.attribute("name=\"key\" value").unwrap().to_owned();
    for (settings, told) in [
        (accepting(&types, json!(["iframe"])), false),
        (linked, true),
    ] {
        let visitor = picks(&ADA, &running, settings).await;
        let answer = visitor.post("select", &[("item", &item.to_string())]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        let said = format!("{picked:?}");
        assert_eq!(said.contains(&key), told, "{said}");
    }
    // Only its owner has a link to give.
    let carl = picks(&CARL, &running, accepting(&types[1..], json!(["iframe"]))).await;
    let answer = carl.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.code(), "pick-refused");
}

#[tokio::test]
async fn a_title_that_the_platform_suggests_is_for_a_single_pick() {
    let running = answering().await;
    let named = DeepLinkingSettings {
        title: Some("As the course calls it".into()),
        ..settings()
    };
    let ada = picks(&ADA, &running, named).await;
    let one = ada.uploads("a.mp4", "private", &film()).await.to_string();
    let two = ada.uploads("b.mp4", "private", &film()).await.to_string();
    for (query, suggested) in [
        (format!("item={one}"), true),
        (format!("item={one}&item={two}"), false),
    ] {
        let page = ada.get(&format!("select?step=details&{query}")).await;
        let said = page.text().contains("value=\"As the course calls it\"");
        assert_eq!(said, suggested, "{query}");
    }
}

#[tokio::test]
async fn what_needs_a_launch_goes_nowhere_else() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await.to_string();
    for types in [
        &["link"][..],
        &["file"],
        &["html"],
        &["image"],
        &["unheard-of"],
        &[],
    ] {
        let visitor = picks(&ADA, &running, accepting(types, json!([]))).await;
        let page = visitor.get("select").await;
        assert!(
            page.text()
                .contains("takes only what opens without a launch")
        );
        assert!(!page.text().contains(&format!("value=\"{item}\"")));
        let answer = visitor.post("select", &[("item", &item)]).await;
        assert_eq!(answer.code(), "pick-refused", "{types:?}");
    }
}

#[tokio::test]
async fn without_a_course_only_what_the_school_may_open() {
    let running = answering().await;
    let nowhere = Coming {
        course: None,
        ..ADA
    };
    let ada = ADA.arrives(&running).await;
    let private = ada.uploads("a.mp4", "private", &film()).await.to_string();
    let course = ada.uploads("b.mp4", "course", &film()).await.to_string();
    let school = ada.uploads("c.mp4", "school", &film()).await.to_string();
    let visitor = picks(&nowhere, &running, settings()).await;
    let page = visitor.get("select").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("doesn’t belong to a course"));
    for item in [&private, &course] {
        let answer = visitor.post("select", &[("item", item)]).await;
        assert_eq!(answer.code(), "pick-refused");
    }
    let answer = visitor.post("select", &[("item", &school)]).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(link(&picked.items[0]).custom["media_id"], school);
    assert_eq!(placed(&running), 0, "a bare id grants nothing");
}

#[tokio::test]
async fn by_lti_1p1_the_answer_is_signed_with_the_consumers_secret() {
    let running = answering().await;
    let old = Coming {
        connection: 3,
        ..ADA
    };
    let launch = Launch {
        version: Version::V1p1,
        deployment: String::new(),
        ..asks(&old, settings())
    };
    let ada = old.comes(&running, &launch, None, None).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let answer = ada.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.text().contains("\"secret\"") && !answer.text().contains("JWT"));
    let mut fields = Vec::new();
    for field in answer
        .text()
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
    {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let value = rest.split('"').next().unwrap();
        let value = value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        fields.push((name.to_owned(), value.replace("&amp;", "&")));
    }
    let query = Url::parse(RETURN)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let form = Form::parse(query, fields, None).unwrap();
    assert_eq!(form.consumer_key(), "school");
    let address = Address::parse(RETURN).unwrap();
    let form = form.verify("POST", &address, "secret", false).unwrap();
    let picked = content_item::read(&form, Some("d-1"), &mut Checks::new()).unwrap();
    let (_, row) = placement(&running, &picked.items[0]);
    assert_eq!((row.item, row.connection), (item, ConnectionId(3)));
}

#[tokio::test]
async fn a_lower_role_later_ends_what_an_older_session_may_pick() {
    let running = answering().await;
    let before = picks(&ADA, &running, settings()).await;
    let item = before
        .uploads("a.mp4", "private", &film())
        .await
        .to_string();
    Coming {
        role: STUDENT,
        ..ADA
    }
    .arrives(&running)
    .await;
    let answer = before.post("select", &[("item", &item)]).await;
    assert_eq!(answer.code(), "selection-for-staff");
}

#[tokio::test]
async fn a_connection_that_was_switched_off_gets_nothing() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    connect(&running, 1, false).await;
    let answer = ada.post("select", &[("cancel", "yes")]).await;
    assert_eq!(answer.code(), "session-ended");
}
