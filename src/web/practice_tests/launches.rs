//! Whole launches.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Method, StatusCode};
use url::Url;

use super::{PUBLIC, Site};
use crate::library::uploads::NewUpload;
use crate::library::{self, Viewer, lists};
use crate::lti::launch::Launch;
use crate::lti::roles::Overrides;
use crate::people::Member;
use crate::people::arrival::{Arrival, arrive};
use crate::people::connections::{self, Declared, Trust};
use crate::practice;
use crate::store::Commit;
use crate::store::ids::{ConnectionId, ItemId, Reference};
use crate::store::rows::library::Visibility;
use crate::store::rows::people::{Binding, KeySet, Registration, Role, Source};
use crate::store::rows::settings::Settings;
use crate::store::trees::{Jwks, Sessions};

pub(super) const OWN_SITE: (&str, &str) =
    ("LANTERNA_PRACTICE__URL", "http://practice.localhost:8080");

#[tokio::test]
async fn everybody_gets_in_as_who_they_are() {
    let site = Site::new().await;
    for (person, name, role) in [
        ("amara", "Amara Okafor", Role::Manager),
        ("linh", "Linh Tran", Role::Member),
        ("mateo", "Mateo Rivera", Role::Member),
    ] {
        let mut browser = site.browser();
        let start = format!("/practice/launch/{person}");
        let opened = site.opened(&browser.launch(&start, "iframe").await);
        assert_eq!(opened.user.name.as_deref(), Some(name));
        assert_eq!(opened.user.subject, person);
        assert_eq!(opened.session.role, role);
        assert_eq!(opened.session.sees_learners, role == Role::Manager);
        assert_eq!(opened.course.title.as_deref(), Some("Discovering light"));
        let back = format!("{PUBLIC}/practice/course/{person}");
        assert_eq!(opened.session.return_url, Some(back));
        assert!(opened.session.frame_origins.contains(&PUBLIC.to_owned()));
    }
}

#[tokio::test]
async fn a_window_of_its_own_is_bound_to_the_browser() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let answer = browser.launch("/practice/window/linh", "document").await;
    assert_eq!(site.opened(&answer).session.binding, Binding::Cookie);
}

#[tokio::test]
async fn nobody_else_is_in_the_course() {
    let site = Site::new().await;
    for path in ["launch/nobody", "window/nobody", "course/nobody", "launch/"] {
        let answer = site.get(&format!("/practice/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn across_sites_it_works_without_cookies() {
    let site = Site::with(&[OWN_SITE]).await;
    let page = site
        .get("http://practice.localhost:8080/practice/course/amara")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains(&format!("frame-src 'self' {PUBLIC};")),
        "{policy}"
    );
    let mut browser = site.browser();
    browser.cookies = None;
    let start = "http://practice.localhost:8080/practice/launch/amara";
    let opened = site.opened(&browser.launch(start, "iframe").await);
    assert_eq!(opened.session.role, Role::Manager);
    let practice = "http://practice.localhost:8080".to_owned();
    assert!(opened.session.frame_origins.contains(&practice));
}

#[tokio::test]
async fn pages_send_the_browser_to_their_own_site() {
    let site = Site::with(&[OWN_SITE]).await;
    let answer = site.get("/practice/course/linh").await;
    assert_eq!(
        answer.location().unwrap().as_str(),
        "http://practice.localhost:8080/practice/course/linh"
    );
    let site = Site::new().await;
    let answer = site.get("http://localhost:8080/practice/").await;
    let home = format!("{PUBLIC}/practice/");
    assert_eq!(answer.location().unwrap().as_str(), home);
    assert_eq!(site.get("/practice/").await.status, StatusCode::OK);
}

/// The issuer of another registration.
const OTHER: &str = "https://lms.example";

/// Declares another registration, which knows the practice course's own key set under its address,
/// or none.
async fn other(site: &Site, keys: &str) -> ConnectionId {
    let jwks_url = format!("{OTHER}/jwks");
    let other = Declared {
        name: "School".to_owned(),
        source: Source::File,
        trust: Trust::Registration {
            registration: Registration {
                issuer: OTHER.to_owned(),
                client_id: "lanterna".to_owned(),
                auth_url: format!("{OTHER}/auth"),
                token_url: format!("{OTHER}/token"),
                jwks_url: jwks_url.clone(),
            },
            deployments: vec!["1".to_owned()],
            accept_deployments: false,
        },
        origins: vec![PUBLIC.to_owned()],
        settings: Settings::default(),
    };
    let mut declared = practice::declared(&site.app).unwrap();
    declared.push(other);
    let (store, world) = (&site.app.store, &site.app.world);
    connections::declare(store, world, &declared).await.unwrap();
    let (id, _) = connections::find(store, OTHER, None).unwrap();
    let set = KeySet {
        json: keys.to_owned(),
        url: jwks_url,
        fetched: world.now(),
        fresh_until: world.now().after(Duration::from_hours(1)),
    };
    let mut commit = Commit::new();
    commit.put::<Jwks>(&id, &set);
    store.commit(commit).await.unwrap();
    id
}

#[tokio::test]
async fn its_tokens_open_no_other_registration() {
    for (own_keys, code) in [(false, "unknown-key"), (true, "wrong-issuer")] {
        let site = Site::new().await;
        let keys = if own_keys {
            site.get("/practice/jwks").await.text
        } else {
            r#"{"keys":[]}"#.to_owned()
        };
        other(&site, &keys).await;
        let mut browser = site.browser();
        let login = format!(
            "/lti/login?iss=https://lms.example&login_hint=h&target_link_uri={PUBLIC}/lti/launch"
        );
        let login = browser.send(Method::GET, &login, &[], String::new());
        let asked = login.await.location().unwrap();
        // The practice course signs the other login's very nonce.
        let mut own = browser.asked("amara").await;
        let value = |url: &Url, name: &str| {
            let mut pairs = url.query_pairs();
            let found = pairs.find(|(known, _)| known == name);
            found.unwrap().1.into_owned()
        };
        let pairs: Vec<(String, String)> = own
            .query_pairs()
            .map(|(name, own)| match name.as_ref() {
                "nonce" | "state" => (name.clone().into_owned(), value(&asked, &name)),
                _ => (name.into_owned(), own.into_owned()),
            })
            .collect();
        own.query_pairs_mut().clear().extend_pairs(pairs);
        let page = browser.follow(own.as_str(), "iframe").await;
        assert!(page.form().unwrap().get("id_token").is_some());
        let answer = browser.submit(&page, "iframe").await;
        assert!(answer.status.is_client_error());
        assert!(answer.text.contains(code), "{code}: {}", answer.text);
    }
}

#[tokio::test]
async fn its_people_see_nobody_elses_items() {
    let site = Site::new().await;
    let answer = site
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    let practised = site.opened(&answer);
    // The same names everywhere, but another registration's.
    let id = other(&site, r#"{"keys":[]}"#).await;
    assert_ne!(id, practised.session.connection);
    let theirs = arrive_alike(&site, id).await;
    assert_ne!(theirs.session().user, practised.session.user);
    assert_ne!(theirs.session().course, practised.session.course);

    let item = upload(&site, &theirs).await;
    let own = Member::for_test(practised.session);
    let (store, all) = (&site.app.store, 100);
    let open = |member| library::open(store, &Viewer::of(member), item);
    assert!(open(&theirs).is_ok());
    assert!(matches!(open(&own), Err(library::Error::NotFound)));
    let listed = lists::in_course(store, &theirs, None, all).unwrap();
    assert_eq!(listed.items.len(), 1);
    for list in [
        lists::in_course(store, &own, None, all),
        lists::mine(store, &own, None, all),
    ] {
        assert!(list.unwrap().items.is_empty());
    }
}

/// Somebody whom another registration calls exactly as the practice course calls its teacher.
async fn arrive_alike(site: &Site, connection: ConnectionId) -> Member {
    let launch: Launch = serde_json::from_value(serde_json::json!({
        "version": "1.3", "message": "Resource", "deployment": "1", "subject": "amara",
        "person": {}, "roles": ["Instructor"], "mentored": [],
        "context": {"id": "discovering-light", "types": []},
        "resource_link": {"id": "media-library"},
        "platform": {}, "presentation": {}, "custom": {}, "lis": {},
    }))
    .unwrap();
    let arrival = Arrival {
        connection,
        launch: &launch,
        reference: Reference::new(&site.app.world),
        binding: Binding::Unbound,
        browser: None,
        proven: true,
        item: None,
        placement: None,
        frame_origins: Vec::new(),
        roster: None,
        moved: None,
        joins: None,
        keep_email: false,
        names_withheld: false,
        kept: std::collections::BTreeMap::new(),
        roles: Overrides::default(),
        lifetimes: site.app.lifetimes(),
    };
    let opened = arrive(&site.app.store, &site.app.world, &arrival, |_, _, _| Ok(()));
    let hash = opened.await.unwrap().token.hash;
    let session = site.app.store.get::<Sessions>(&hash);
    Member::for_test(session.unwrap().unwrap())
}

pub(super) async fn upload(site: &Site, member: &Member) -> ItemId {
    let content = include_bytes!("../../../tests/fixtures/media/lesson.mp4");
    let new = NewUpload {
        len: content.len() as u64,
        filename: "lesson.mp4",
        title: None,
        visibility: Visibility::Course,
        replaces: None,
        metadata: "",
    };
    let (id, _) = site.app.uploads.create(member, new).await.unwrap();
    let chunk = Ok::<_, ()>(Bytes::from_static(content));
    let body = stream::iter([chunk]);
    let progress = site.app.uploads.append(member, id, 0, body).await.unwrap();
    progress.item.unwrap()
}
