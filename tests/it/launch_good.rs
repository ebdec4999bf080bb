//! Launches that must open: what certification sends, what Moodle sent, and the quirks of others.

use serde_json::{Value, json};

use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Login, Platform, roles};
use crate::harness::server::{Server, Setup};
use crate::harness::{fixture, now};

const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#";
const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";

async fn start(name: &str) -> (Platform, Server) {
    let platform = Platform::start(name).await;
    let server = Setup::new().with(&platform.entry()).start();
    (platform, server)
}

/// Launches with claims that `change` changed.
async fn launch(
    platform: &Platform,
    server: &Server,
    roles: &[&str],
    change: impl FnOnce(&mut Value),
) -> Answer {
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, server).await;
    let mut claims = platform.claims(server, &login.nonce, "someone", roles);
    change(&mut claims);
    let token = platform.token(&claims);
    platform.post(&mut browser, server, &login, &token).await
}

fn without(claims: &mut Value, names: &[&str]) {
    for name in names {
        claims.as_object_mut().unwrap().remove(*name).unwrap();
    }
}

/// The good payloads of 1EdTech's certification.
#[tokio::test]
async fn what_certification_sends_opens() {
    let (platform, server) = start("certification").await;
    let [instructor, learner] = ["Instructor", "Learner"].map(|r| format!("{MEMBERSHIP}{r}"));
    let [staff, other, student, mentor] =
        ["Staff", "Other", "Student", "Mentor"].map(|r| format!("{INSTITUTION}{r}"));
    let strange = "http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper";
    let roles: &[&[&str]] = &[
        &[&instructor],
        &[&learner],
        &[&instructor, &staff, &other],
        &[&learner, &student, &mentor],
        &["Instructor"],
        &["Learner"],
        &[strange],
        &[""],
        &[],
    ];
    for roles in roles {
        launch(&platform, &server, roles, |_| {})
            .await
            .assert_opened();
    }
    let names = ["name", "given_name", "family_name"];
    let everything = ["name", "given_name", "family_name", "email"];
    let context = format!("{LTI}context");
    let less: &[&[&str]] = &[
        &names,
        &["email"],
        &everything,
        &["name", "given_name", "family_name", &context],
    ];
    for roles in [roles::TEACHER, roles::STUDENT] {
        for missing in less {
            launch(&platform, &server, roles, |claims| without(claims, missing))
                .await
                .assert_opened();
        }
    }
}

#[tokio::test]
async fn the_ways_of_other_platforms_open() {
    let (platform, server) = start("quirks").await;
    let client = platform.client_id();
    let changes: Vec<(&str, Value)> = vec![
        ("aud", json!([client])),
        ("azp", json!(client)),
        (
            "https://www.instructure.com/placement",
            json!("course_navigation"),
        ),
        ("unknown", json!({ "deep": [1, { "er": null }] })),
        ("picture", Value::Null),
        ("email", json!("")),
        ("name", json!(7)),
        ("locale", json!("xx-nowhere")),
        ("https://purl.imsglobal.org/spec/lti/claim/lis", Value::Null),
        (
            "https://purl.imsglobal.org/spec/lti/claim/custom",
            json!({ "unresolved": "$Foo.bar", "empty": "", "null": null }),
        ),
        (
            "https://purl.imsglobal.org/spec/lti/claim/launch_presentation",
            Value::Null,
        ),
        (
            "https://purl.imsglobal.org/spec/lti/claim/tool_platform",
            Value::Null,
        ),
        (
            "https://purl.imsglobal.org/spec/lti/claim/context",
            Value::Null,
        ),
    ];
    for (name, value) in changes {
        let answer = launch(&platform, &server, roles::TEACHER, |claims| {
            claims[name] = value;
        });
        answer.await.assert_opened();
    }
}

/// A login by this method; the fields go where they belong.
async fn login(server: &Server, path: &str, by_get: bool, fields: &[(&str, &str)]) -> Answer {
    let mut browser = Browser::new();
    let url = server.url(path);
    if by_get {
        let url = url::Url::parse_with_params(&url, fields).unwrap();
        browser.get(url.as_str()).await
    } else {
        browser.post(&url, &[], fields).await
    }
}

#[tokio::test]
async fn a_login_is_sent_on_with_everything_unaltered() {
    let (platform, server) = start("login").await;
    let issuer = platform.issuer();
    let client = platform.client_id();
    let target = server.url("/lti/launch?quiz=3&x=a%20b");
    let login_hint = "{\"a\": \"ü+ %20&=\"}/?#\u{7f}";
    let message_hint = "eyJ0.eyJ1.sig%2B+ \"<>";
    for by_get in [true, false] {
        let fields = [
            ("iss", issuer.as_str()),
            ("client_id", client.as_str()),
            ("login_hint", login_hint),
            ("lti_message_hint", message_hint),
            ("target_link_uri", target.as_str()),
            ("deployment_id", "1"),
            ("canvas_region", "eu-west-1"),
            ("canvas_environment", "prod"),
        ];
        let answer = login(&server, "/lti/login", by_get, &fields).await;
        assert_eq!(answer.status, 303);
        let location = url::Url::parse(&answer.location()).unwrap();
        assert_eq!(location.origin().ascii_serialization(), issuer);
        assert_eq!(location.path(), "/auth");
        let mut pairs: Vec<(String, String)> = location.query_pairs().into_owned().collect();
        let random = |name: &str| name == "state" || name == "nonce";
        assert!(pairs.iter().filter(|(name, _)| random(name)).count() == 2);
        pairs.retain(|(name, _)| !random(name));
        let redirect = server.url("/lti/launch");
        let mut expected = vec![
            ("kept", "yes"),
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("prompt", "none"),
            ("client_id", &client),
            ("redirect_uri", &redirect),
            ("login_hint", login_hint),
            ("lti_message_hint", message_hint),
        ];
        expected.sort_unstable();
        pairs.sort_unstable();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(pairs, expected);
        let state: Vec<String> = answer.set_cookies();
        let of_state = state.iter().filter(|c| c.starts_with("lanterna_state"));
        for cookie in of_state {
            assert!(cookie.contains("; Path=/lti; Max-Age=600; HttpOnly; Secure; SameSite=None"));
        }
        assert_eq!(state.len(), 4, "a state and a browser, each set twice");
    }
}

#[tokio::test]
async fn registrations_of_one_issuer_have_their_own_login_addresses() {
    let platform = Platform::start("canvas").await;
    let second = platform.entry().replace("canvas\"", "second\"");
    let server = Setup::new().with(&platform.entry()).with(&second).start();
    let issuer = platform.issuer();
    let target = server.url("/lti/launch");
    let fields = [
        ("iss", issuer.as_str()),
        ("login_hint", "h"),
        ("target_link_uri", target.as_str()),
    ];
    login(&server, "/lti/login", false, &fields)
        .await
        .assert_problem(400, "ambiguous-registration");
    for (path, client) in [
        ("/lti/login/1", "client-canvas"),
        ("/lti/login/2", "client-second"),
    ] {
        for by_get in [true, false] {
            let answer = login(&server, path, by_get, &fields).await;
            let location = Login::read(&answer).location;
            let asked = location.query_pairs().find(|(name, _)| name == "client_id");
            assert_eq!(asked.unwrap().1, client);
        }
    }
    for path in ["/lti/login/3", "/lti/login/one", "/lti/login/"] {
        login(&server, path, false, &fields)
            .await
            .assert_problem(400, "unknown-registration");
    }
    let mut foreign = fields.to_vec();
    foreign.push(("client_id", "client-second"));
    login(&server, "/lti/login/1", false, &foreign)
        .await
        .assert_problem(400, "unknown-registration");
}

/// A recorded message of Moodle 4.5, with the hosts of this test.
fn recorded(name: &str, platform: &Platform, server: &Server) -> Value {
    let text = std::fs::read_to_string(fixture(&format!("moodle/{name}.json"))).unwrap();
    let text = text
        .replace("https://moodle.example", &platform.issuer())
        .replace("https://tool.example/launch", &server.url("/lti/launch"));
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn what_moodle_sent_opens() {
    let platform = Platform::start("moodle").await;
    let entry = platform
        .entry()
        .replace("/auth?kept=yes", "/mod/lti/auth.php")
        .replace("[\"1\"]", "[\"13\", \"16\"]");
    let server = Setup::new().with(&entry).start();
    for name in ["resource-teacher", "resource-student", "resource-anonymous"] {
        let mut sent = recorded("login", &platform, &server);
        sent["client_id"] = json!(platform.client_id());
        let fields: Vec<(&str, &str)> = sent
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let mut browser = Browser::new();
        let answer = browser.post(&server.url("/lti/login"), &[], &fields).await;
        let login = Login::read(&answer);
        assert_eq!(login.location.path(), "/mod/lti/auth.php");
        let mut claims = recorded(name, &platform, &server);
        claims["aud"] = json!(platform.client_id());
        claims["nonce"] = json!(login.nonce);
        claims["iat"] = json!(now());
        claims["exp"] = json!(now() + 60);
        let token = platform.token(&claims);
        let answer = platform.post(&mut browser, &server, &login, &token).await;
        answer.assert_opened();
    }
}
