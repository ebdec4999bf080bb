//! The platform's side of dynamic registration. Lanterna's own side is played here.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, PUBLIC, Site};
use crate::lti::registration::{Configuration, Request};
use crate::people::connections::{self, Trust};
use crate::people::invitations;
use crate::practice;
use crate::store::rows::people::Source;
use crate::store::trees::PracticeTools;

const ISSUER: &str = "http://127.0.0.1:8080/practice";
const CONFIGURATION: &str = "/practice/.well-known/openid-configuration";

/// A token, as the page that adds a tool gives it to the tool.
async fn token(site: &Site) -> String {
    let address = format!("{PUBLIC}/lti/register?invitation=abc");
    let page = site.post("/practice/tools", &[("address", &address)]).await;
    assert_eq!(page.status, StatusCode::OK);
    let url: url::Url = framed(&page).parse().unwrap();
    let get = |name: &str| {
        let mut pairs = url.query_pairs();
        let (_, value) = pairs.find(|(known, _)| known == name).unwrap();
        value.into_owned()
    };
    assert!(url.as_str().starts_with(&address));
    assert_eq!(
        get("openid_configuration"),
        format!("{PUBLIC}{CONFIGURATION}")
    );
    get("registration_token")
}

fn request() -> Request {
    Request {
        name: "Lanterna".to_owned(),
        redirect_uris: vec![format!("{PUBLIC}/lti/launch")],
        initiate_login_uri: format!("{PUBLIC}/lti/login"),
        jwks_uri: format!("{PUBLIC}/lti/jwks"),
        target_link_uri: format!("{PUBLIC}/lti/launch"),
        domain: "127.0.0.1:8080".to_owned(),
        scopes: vec![
            "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly".to_owned(),
            "https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned(),
        ],
        custom: [("context_id_history", "$Context.id.history")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Request::default()
    }
}

async fn sent(site: &Site, token: &str, document: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let body = document.to_string();
    site.send(Method::POST, "/practice/register", &headers, body)
        .await
}

/// The address that the page of tools opens in its frame.
fn framed(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("<iframe").unwrap();
    let (_, rest) = rest.split_once(" src=\"").unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// The sealed field of Lanterna's page.
fn pending(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"pending\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn lanterna_registers_itself_by_one_press_and_is_launched() {
    let site = Site::new().await;
    let page = site.post("/practice/tools", &[("make", "yes")]).await;
    let shown = site.get(&framed(&page)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    let sealed = pending(&shown);
    let done = site.post("/lti/register", &[("pending", &sealed)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let tools = site.get("/practice/tools?registered").await;
    assert!(tools.text.contains("Lanterna registered itself"));

    let launch = "/practice/launch/amara/registered";
    let opened = site.opened(&site.browser().launch(launch, "iframe").await);
    let connection = connections::any(&site.app.store, opened.session.connection);
    let connection = connection.unwrap().unwrap();
    assert_eq!(connection.name, "Practice course, registered");
    assert_eq!(connection.source, Source::Practice);
    // A restart knows it again.
    let site = site.restarted(&[]).await;
    let again = site.opened(&site.browser().launch(launch, "iframe").await);
    assert_eq!(again.session.connection, opened.session.connection);
    let messages = site.get("/practice/messages").await.text;
    assert!(!messages.contains("invitation="));
}

#[tokio::test]
async fn the_practice_courses_invitation_is_good_for_nothing_else() {
    let site = Site::with(&[(
        "LANTERNA_OUTBOUND__TRUSTED_HOSTS",
        "[\"http://127.0.0.1:1\"]",
    )])
    .await;
    let first = framed(&site.post("/practice/tools", &[("make", "yes")]).await);
    let second = framed(&site.post("/practice/tools", &[("make", "yes")]).await);
    let ended = site.get(&first).await;
    assert!(
        ended.text.contains("registration-invitation"),
        "the former ends"
    );
    let open = invitations::open(&site.app.store, &site.app.world).unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].1.practice);
    let (own, _) = second.split_once("&openid").unwrap();
    let foreign = format!("{own}&openid_configuration=http://127.0.0.1:1/c");
    assert_ne!(site.get(&foreign).await.status, StatusCode::OK);
    // Switched off, it is good for nothing at all.
    let off = site
        .restarted(&[("LANTERNA_PRACTICE__ENABLED", "false")])
        .await;
    assert_ne!(off.get(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn its_configuration_is_one_that_tools_can_read() {
    let site = Site::new().await;
    let answer = site.get(CONFIGURATION).await;
    let read = Configuration::parse(answer.text.as_bytes()).unwrap();
    assert_eq!(read.issuer, ISSUER);
    assert_eq!(read.registration_endpoint, format!("{ISSUER}/register"));
    assert!(read.message("LtiDeepLinkingRequest").is_some());
    assert!(
        read.variables
            .unwrap()
            .contains(&"Context.id.history".to_owned())
    );
}

#[tokio::test]
async fn a_tool_registers_once_by_a_token() {
    let site = Site::new().await;
    let (token, second) = (token(&site).await, token(&site).await);
    let answer = sent(&site, &token, &request().document()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let document: Value = serde_json::from_str(&answer.text).unwrap();
    let client = document["client_id"].as_str().unwrap();
    let tool = "https://purl.imsglobal.org/spec/lti-tool-configuration";
    assert_eq!(document[tool]["deployment_id"], "registered-1");
    let row = site.app.store.get::<PracticeTools>(&client.to_owned());
    let row = row.unwrap().unwrap();
    assert_eq!(row.scopes.len(), 2, "what was asked for and no more");

    let again = sent(&site, &token, &request().document()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let other = sent(&site, &second, &request().document()).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "there is one already");
    let page = site.get("/practice/tools").await;
    assert!(page.text.contains(client));
    let course = site.get("/practice/course/amara").await;
    assert!(course.text.contains("/practice/course/amara/registered"));

    // The token stays used when the registration is gone.
    site.post("/practice/start-over", &[]).await;
    let again = sent(&site, &token, &request().document()).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_a_good_token_or_with_foreign_addresses_nothing_registers() {
    let site = Site::new().await;
    let foreign = token(&Site::new().await).await;
    let good = token(&site).await;
    for token in ["", "x", &foreign, &format!("{good}A")] {
        let answer = sent(&site, token, &request().document()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
    }
    let evil = "https://evil.example/lti/launch".to_owned();
    for request in [
        Request {
            redirect_uris: vec![request().redirect_uris[0].clone(), evil.clone()],
            ..request()
        },
        Request {
            initiate_login_uri: evil.clone(),
            ..request()
        },
        Request {
            jwks_uri: evil.clone(),
            ..request()
        },
        Request {
            target_link_uri: evil.clone(),
            ..request()
        },
        Request {
            target_link_uri: "http://127.0.0.1/lti/launch".to_owned(),
            ..request()
        },
    ] {
        let answer = sent(&site, &good, &request.document()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{request:?}");
        assert!(answer.text.contains("invalid_redirect_uri"));
    }
    let answer = sent(&site, &good, &json!({ "client_name": "x" })).await;
    assert!(answer.text.contains("invalid_client_metadata"));
    assert!(
        site.app
            .store
            .page::<PracticeTools>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    site.clock.advance(Duration::from_hours(1));
    let late = sent(&site, &good, &request().document()).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_this_lanterna_is_added() {
    let site = Site::new().await;
    for address in [
        "",
        "x",
        "https://evil.example/lti/register?invitation=a",
        "http://127.0.0.1:8080/lti/registers",
        "http://127.0.0.1:8080.evil.example/lti/register",
        "javascript:alert(1)",
    ] {
        let page = site.post("/practice/tools", &[("address", address)]).await;
        assert!(!page.text.contains("<iframe"), "{address}");
        assert!(page.text.contains("field-error"), "{address}");
    }
}

#[tokio::test]
async fn the_registered_connection_launches_and_ends_with_starting_over_and_with_practice() {
    let site = Site::new().await;
    let answer = sent(&site, &token(&site).await, &request().document()).await;
    let document: Value = serde_json::from_str(&answer.text).unwrap();
    let client = document["client_id"].as_str().unwrap().to_owned();
    // What Lanterna's own side keeps of it.
    let store = &site.app.store;
    let declared = practice::declared(&site.app).unwrap();
    assert_eq!(declared.len(), 3);
    assert!(
        matches!(&declared[2].trust, Trust::Registration { registration, .. }
        if registration.client_id == client)
    );
    connections::declare(store, &site.app.world, &declared)
        .await
        .unwrap();
    let found = || connections::find(store, ISSUER, Some(&client));
    assert_eq!(found().unwrap().1.source, Source::Practice);

    let launch = "/practice/launch/amara/registered";
    let opened = site.opened(&site.browser().launch(launch, "iframe").await);
    let usual = site
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    assert_ne!(
        opened.session.connection,
        site.opened(&usual).session.connection
    );
    assert_eq!(opened.session.deployment, "registered-1");

    let off = site
        .restarted(&[("LANTERNA_PRACTICE__ENABLED", "false")])
        .await;
    let disabled = connections::find(&off.app.store, ISSUER, Some(&client));
    assert!(matches!(disabled, Err(connections::Error::Disabled)));
    let site = off.restarted(&[]).await;
    let again = site.browser().launch(launch, "iframe").await;
    let connection = site.opened(&again).session.connection;
    assert_eq!(connection, opened.session.connection, "it keeps its number");

    site.post("/practice/start-over", &[]).await;
    assert_eq!(site.get(launch).await.status, StatusCode::NOT_FOUND);
    let ended = connections::find(&site.app.store, ISSUER, Some(&client));
    assert!(ended.is_err());
    assert_eq!(practice::declared(&site.app).unwrap().len(), 2);
}
