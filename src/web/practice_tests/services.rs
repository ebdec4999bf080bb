//! Access tokens and the roster, over HTTP and from within.

use std::time::Duration;

use http::header::LINK;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::{Answer, PUBLIC, Site};
use crate::app::rosters::Begun;
use crate::keys::Purpose;
use crate::lti::grant::{Assertion, Granted};
use crate::lti::key::SigningKey;
use crate::lti::oauth1::{Address, Method as Signing, Signer};
use crate::outbound::Request;
use crate::people::consumers;
use crate::store::rows::people::Source;
use crate::store::trees::{Courses, Members};

const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
const OTHER_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
const TOKEN: &str = "http://127.0.0.1:8080/practice/token";

pub(super) fn assertion<'a>(site: &Site, id: &'a str) -> Assertion<'a> {
    Assertion {
        client_id: "lanterna",
        audience: TOKEN,
        id,
        at: site.app.world.now(),
    }
}

pub(super) async fn asked(site: &Site, assertion: &Assertion<'_>, scopes: &[&str]) -> Answer {
    let keys = site.app.keys.tool().await.unwrap();
    let form = assertion.form(&keys[0], scopes).unwrap();
    let fields = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    site.post("/practice/token", &fields).await
}

async fn token(site: &Site) -> String {
    let answer = asked(site, &assertion(site, "id"), &[SCOPE]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    Granted::read(answer.text.as_bytes()).unwrap().token
}

async fn roster(site: &Site, query: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let path = format!("/practice/memberships{query}");
    let headers = [("authorization", bearer.as_str())];
    site.send(Method::GET, &path, &headers, String::new()).await
}

fn users(answer: &Answer) -> Vec<String> {
    let document: Value = serde_json::from_str(&answer.text).unwrap();
    let members = document["members"].as_array().unwrap();
    let user = |member: &Value| member["user_id"].as_str().unwrap().to_owned();
    members.iter().map(user).collect()
}

#[tokio::test]
async fn a_tool_that_proves_itself_reads_the_roster_page_by_page() {
    let site = Site::new().await;
    let answer = asked(&site, &assertion(&site, "1"), &[SCOPE, OTHER_SCOPE]).await;
    let granted = Granted::read(answer.text.as_bytes()).unwrap();
    assert_eq!(granted.scopes, Some(vec![SCOPE.to_owned()]));
    assert_eq!(granted.lifetime, Duration::from_hours(1));

    let mut query = "?course=1".to_owned();
    let mut all = Vec::new();
    for _ in 0..2 {
        let page = roster(&site, &query, &granted.token).await;
        assert_eq!(page.status, StatusCode::OK);
        let media_type = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
        assert_eq!(page.header("content-type"), media_type);
        all.extend(users(&page));
        let next = page
            .header("link")
            .split_once('>')
            .map(|(url, _)| url[1..].to_owned());
        let Some(next) = next else { break };
        assert!(next.starts_with(&format!("{PUBLIC}/practice/memberships?")));
        query = next.split_once("memberships").unwrap().1.to_owned();
    }
    assert_eq!(all.len(), 8);
    assert_eq!(all[0], "amara");
    let left = roster(&site, "?from=5&limit=2", &granted.token).await;
    assert!(left.text.contains("Inactive"));
    let teachers = roster(&site, "?role=Instructor", &granted.token).await;
    assert_eq!(users(&teachers), ["amara", "kwame"]);
    for (query, status) in [
        ("?rlid=media-library", StatusCode::OK),
        ("?rlid=other", StatusCode::NOT_FOUND),
        ("?course=2", StatusCode::NOT_FOUND),
        ("?course=x", StatusCode::NOT_FOUND),
        ("?limit=0", StatusCode::BAD_REQUEST),
    ] {
        let answer = roster(&site, query, &granted.token).await;
        assert_eq!(answer.status, status, "{query}");
    }
}

#[tokio::test]
async fn without_a_token_of_ours_there_is_no_roster() {
    let site = Site::new().await;
    let good = token(&site).await;
    let foreign = token(&Site::new().await).await;
    let other_purpose = site.app.keys.seal().close(Purpose::Hint, b"x");
    let long = "x".repeat(4000);
    for token in [
        "",
        "x",
        &foreign,
        &other_purpose,
        &format!("{good}A"),
        &long,
    ] {
        let answer = roster(&site, "", token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(!answer.text.contains("amara"));
    }
    let basic = [("authorization", format!("Basic {good}"))];
    let basic = basic.each_ref().map(|(n, v)| (*n, v.as_str()));
    let path = "/practice/memberships";
    let answer = site.send(Method::GET, path, &basic, String::new()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(roster(&site, "", &good).await.status, StatusCode::OK);
    site.clock.advance(Duration::from_hours(1));
    assert_eq!(
        roster(&site, "", &good).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn whoever_does_not_prove_itself_gets_no_token() {
    let site = Site::new().await;
    let usual = assertion(&site, "1");
    let wrong = [
        Assertion {
            client_id: "other",
            ..usual
        },
        Assertion {
            audience: PUBLIC,
            ..usual
        },
        Assertion {
            at: usual.at.before(Duration::from_hours(1)),
            ..usual
        },
        Assertion { id: "", ..usual },
    ];
    for wrong in wrong {
        let answer = asked(&site, &wrong, &[SCOPE]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert!(answer.text.contains("invalid_client"), "{wrong:?}");
    }
    let other = include_bytes!("../../../tests/fixtures/keys/other.p8");
    let other = SigningKey::from_pkcs8(other).unwrap();
    let forged = usual.form(&other, &[SCOPE]).unwrap();
    let forged = forged
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let answer = site.post("/practice/token", &forged).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = asked(&site, &usual, &[OTHER_SCOPE]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("invalid_scope"));
    // None of them used the assertion up; the first good one does.
    let one = asked(&site, &usual, &[SCOPE]).await;
    let again = asked(&site, &usual, &[SCOPE]).await;
    assert_eq!(
        (one.status, again.status),
        (StatusCode::OK, StatusCode::UNAUTHORIZED)
    );
}

/// By LTI 1.1 a signature does what a token does, once and for this address.
#[tokio::test]
async fn a_consumer_signs_for_the_roster() {
    let site = Site::new().await;
    let launch = site.get("/practice/launch/amara/1.1").await.form().unwrap();
    let told = launch.get("custom_context_memberships_v2_url").unwrap();
    assert_eq!(told, format!("{PUBLIC}/practice/memberships?course=1"));
    let (_, connection) = consumers::find(&site.app.store, "lanterna-practice").unwrap();
    let secret = connection.consumer.unwrap().secret.unwrap();
    let signed = |url: &str, secret: &str, nonce: &str| {
        let signer = Signer {
            consumer_key: "lanterna-practice",
            secret,
            method: Signing::HmacSha1,
            nonce,
            at: site.app.world.now(),
        };
        signer.authorization("GET", &Address::parse(url).unwrap(), b"")
    };
    let ask = async |header: String| {
        let headers = [("authorization", header.as_str())];
        let answer = site.send(Method::GET, told, &headers, String::new()).await;
        answer.status
    };
    let good = signed(told, &secret, "n1");
    assert_eq!(ask(good.clone()).await, StatusCode::OK);
    assert_eq!(ask(good).await, StatusCode::UNAUTHORIZED, "once more");
    for wrong in [
        signed(told, "guessed", "n2"),
        signed(&told.replace("=1", "=2"), &secret, "n3"),
        signed(&format!("{PUBLIC}/practice/token"), &secret, "n4"),
    ] {
        assert_eq!(ask(wrong).await, StatusCode::UNAUTHORIZED);
    }
    let old = signed(told, &secret, "n5");
    site.clock.advance(Duration::from_mins(10));
    assert_eq!(ask(old).await, StatusCode::UNAUTHORIZED);
}

/// A teacher's launch lets Lanterna learn of everybody, by either version: from within.
#[tokio::test]
async fn a_teachers_launch_brings_the_roster() {
    for path in ["/practice/launch/amara", "/practice/launch/amara/1.1"] {
        let site = Site::new().await;
        let opened = site.opened(&site.browser().launch(path, "iframe").await);
        let course = opened.session.course.unwrap();
        let begun = site.app.sync(course).unwrap();
        if let Begun::Runs(watch) = begun {
            watch.ended().await;
        }
        let row = site.app.store.get::<Courses>(&course).unwrap().unwrap();
        assert!(row.synced.is_some(), "{path}: {:?}", row.sync_failed);
        let members = site.app.store.page::<Members>(&(course,), None, 100);
        assert!(members.unwrap().len() >= 6, "{path}");
    }
}

/// Lanterna itself asks in process.
#[tokio::test]
async fn from_within_the_same_is_answered() {
    let site = Site::new().await;
    let token = token(&site).await;
    let url = format!("{PUBLIC}/practice/memberships?course=1");
    let mut request = Request::get(url.parse().unwrap(), 1 << 20);
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    request.headers.insert("authorization", bearer);
    let answer = site
        .app
        .calls
        .send(Source::Practice, request.clone())
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers.contains_key(LINK));
    request.headers.clear();
    let answer = site
        .app
        .calls
        .send(Source::Practice, request.clone())
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    for path in [
        "/practice/course/amara",
        "/practice/start-over",
        "/lti/jwks",
        "/",
    ] {
        let request = Request {
            url: format!("{PUBLIC}{path}").parse().unwrap(),
            ..request.clone()
        };
        let answer = site
            .app
            .calls
            .send(Source::Practice, request)
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let off = site
        .restarted(&[("LANTERNA_PRACTICE__ENABLED", "false")])
        .await;
    assert!(off.app.calls.send(Source::Practice, request).await.is_err());
}
