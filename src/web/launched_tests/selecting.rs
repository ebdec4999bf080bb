//! Picking media for the platform: what goes back, and what nobody may pick.

mod answers;
mod details;

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

#[tokio::test]
async fn a_selection_that_names_a_placement_comes_for_what_it_stands_for() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("waves.mp4", "course", &film()).await;
    let answer = ada.post("select", &[("item", &item.to_string())]).await;
    let picked = returned(&answer, &running, Some("d-1"));
    let (id, _) = placement(&running, &picked.items[0]);
    let again = async |coming: &Coming, id| {
        let launch = asks(coming, settings());
        let visitor = coming.comes(&running, &launch, None, Some(id)).await;
        visitor.get("select").await
    };
    let page = again(&CARL, id).await;
    assert!(page.text().contains(&format!("name=\"title-{item}\"")));
    // What opens nothing here names nothing.
    let elsewhere = Coming {
        connection: 2,
        ..CARL
    };
    for (coming, id) in [(&elsewhere, id), (&CARL, PlacementId([7; 16]))] {
        let page = again(coming, id).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("data-picker") && !page.text().contains("waves.mp4"));
    }
}

#[tokio::test]
async fn selections_of_one_course_are_finished_only_so_fast() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let item = item.to_string();
    let mut refused = None;
    for _ in 0..100 {
        let answer = ada.post("select", &[("item", &item)]).await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(placed(&running), 60);
    // Neither cancelling nor another course has to wait.
    let cancelled = ada.post("select", &[("cancel", "yes")]).await;
    assert_eq!(cancelled.status, StatusCode::OK);
    let elsewhere = Coming {
        course: Some("chemistry"),
        ..ADA
    };
    let ada = picks(&elsewhere, &running, settings()).await;
    let answer = ada.post("select", &[("item", &item)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}
