use std::ffi::OsString;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::services::testing::{Fake, response};

const MOODLE: &str = include_str!("../../../tests/fixtures/registration/moodle.json");
const CANVAS: &str = include_str!("../../../tests/fixtures/registration/canvas.json");

fn outbound(trusted: &[&str]) -> Outbound {
    crate::lti::crypto::install();
    let hosts = OsString::from(format!("{trusted:?}"));
    let variables = [("LANTERNA_OUTBOUND__TRUSTED_HOSTS".into(), hosts)];
    Outbound::new(&Config::load(None, variables).unwrap().config).unwrap()
}

fn own() -> Url {
    "https://media.example/".parse().unwrap()
}

fn practice() -> Url {
    "https://media.example/practice".parse().unwrap()
}

/// A practice course that says this of itself.
fn practice_course(changes: &[(&str, &str)]) -> Fake {
    let at = |path: &str| format!("https://media.example/practice{path}");
    let mut configuration = json!({
        "issuer": at(""),
        "authorization_endpoint": at("/auth"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"),
        "registration_endpoint": at("/register"),
    });
    for (member, value) in changes {
        configuration[*member] = json!(value);
    }
    Fake::new(move |request| match request.method {
        Method::GET => response(200, configuration.to_string()),
        _ => response(201, json!({ "client_id": 7 }).to_string()),
    })
}

const INSIDE: &str = "https://media.example/practice/configuration";

struct Bench {
    outbound: Outbound,
    calls: Calls,
    own: Url,
    practice: Url,
}

impl Bench {
    fn new(trusted: &[&str], practice_course: Option<&Fake>) -> Self {
        let outbound = outbound(trusted);
        let calls = Calls::new(&outbound);
        if let Some(course) = practice_course {
            calls.practice(Arc::new(course.clone()));
        }
        Self {
            outbound,
            calls,
            own: own(),
            practice: practice(),
        }
    }

    fn registering(&self, practice: bool) -> Registering<'_> {
        Registering {
            calls: &self.calls,
            outbound: &self.outbound,
            practice: practice.then_some(&self.practice),
            own: &self.own,
        }
    }
}

#[tokio::test]
async fn the_practice_course_is_asked_in_process() {
    let course = practice_course(&[]);
    let bench = Bench::new(&[], Some(&course));
    let registering = bench.registering(true);
    let learned = registering.learn(INSIDE, Some("token"), false).await;
    let learned = learned.unwrap();
    assert_eq!(learned.source(), Source::Practice);
    let request = Request::default();
    let answer = registering.register(&learned, &request, Some("token"));
    assert_eq!(answer.await.unwrap().client_id, "7");
    let asked = course.asked();
    let told = asked.iter().map(|asked| {
        let token = asked.headers[AUTHORIZATION].to_str().unwrap();
        (asked.method.as_str(), asked.url.path(), token)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("GET", "/practice/configuration", "Bearer token"),
            ("POST", "/practice/register", "Bearer token")
        ]
    );
}

#[tokio::test]
async fn switched_off_it_is_nobody() {
    let course = practice_course(&[]);
    let bench = Bench::new(&["media.example"], Some(&course));
    let refused = bench.registering(false).learn(INSIDE, None, false).await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    let bench = Bench::new(&[], None);
    let refused = bench.registering(true).learn(INSIDE, None, false).await;
    assert_eq!(refused, Err(Error::NotThere));
    assert!(course.asked().is_empty());
}

#[test]
fn what_is_below_the_practice_course_is_its_own() {
    let bench = Bench::new(&[], None);
    let registering = bench.registering(true);
    for (url, own) in [
        ("https://media.example/practice", true),
        ("https://media.example/practice/x?y", true),
        ("https://media.example/practices/x", false),
        ("https://media.example/practice/../lti/jwks", false),
        ("https://media.example:8443/practice/x", false),
        ("http://media.example/practice/x", false),
        ("https://other.example/practice/x", false),
    ] {
        assert_eq!(registering.leads_inside(url), own, "{url}");
    }
}

#[tokio::test]
async fn the_practice_course_names_only_its_own_addresses() {
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
    ] {
        for address in [
            "https://8.8.8.8/",
            "https://media.example/lti/launch",
            "http://127.0.0.1:1/",
        ] {
            let course = practice_course(&[(member, address)]);
            let bench = Bench::new(&[], Some(&course));
            let refused = bench.registering(true).learn(INSIDE, None, false).await;
            assert!(matches!(refused, Err(Error::NotItsOwn(_))), "{refused:?}");
        }
    }
    let course = practice_course(&[("issuer", "https://other.example/")]);
    let bench = Bench::new(&[], Some(&course));
    let refused = bench.registering(true).learn(INSIDE, None, false).await;
    assert!(matches!(refused, Err(Error::Issuer { .. })), "{refused:?}");
}

#[tokio::test]
async fn one_elsewhere_names_no_address_of_ours() {
    let bench = Bench::new(&[], None);
    let registering = bench.registering(true);
    let mut document: Value = serde_json::from_str(MOODLE).unwrap();
    for address in [
        "https://media.example/practice/jwks",
        "https://media.example/lti/jwks",
    ] {
        document["authorization_endpoint"] = json!("https://8.8.8.8/auth");
        document["token_endpoint"] = json!("https://8.8.8.8/token");
        document["jwks_uri"] = json!(address);
        let learned = Configuration::parse(document.to_string().as_bytes()).unwrap();
        let refused = registering.check_addresses(&learned, false).await;
        assert_eq!(
            refused,
            Err(Error::NotItsOwn(Endpoint::KeySet)),
            "{address}"
        );
    }
}

#[tokio::test]
async fn addresses_of_every_forbidden_kind_are_refused() {
    let bench = Bench::new(&["10.1.2.3:8443", "http://10.1.2.3:8080"], None);
    let registering = bench.registering(false);
    let with = |address: &str| {
        let mut document: Value = serde_json::from_str(MOODLE).unwrap();
        for member in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            document[member] = json!("https://8.8.8.8/x");
        }
        document["registration_endpoint"] = json!(address);
        Configuration::parse(document.to_string().as_bytes()).unwrap()
    };
    for address in [
        "http://8.8.8.8/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::]/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fc00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://192.0.2.1/",
        // Trusted with another port or scheme.
        "https://10.1.2.3/",
        "https://10.1.2.3:8080/",
        "http://10.1.2.3:8443/",
    ] {
        let refused = registering.check_addresses(&with(address), false).await;
        let refused = refused.expect_err(address);
        assert!(
            matches!(
                refused,
                Error::Endpoint {
                    endpoint: Endpoint::Registration,
                    ..
                }
            ),
            "{address}: {refused}"
        );
        let asked = registering.learn(address, None, false).await.unwrap_err();
        assert!(matches!(asked, Error::Unreachable(_)), "{address}: {asked}");
    }
    for address in [
        "https://10.1.2.3:8443/",
        "http://10.1.2.3:8080/",
        "https://8.8.8.8/",
    ] {
        let allowed = registering.check_addresses(&with(address), false).await;
        assert_eq!(allowed, Ok(()), "{address}");
    }
    for address in [
        "",
        "x",
        "ftp://8.8.8.8/",
        "https://user@8.8.8.8/",
        "file:///etc/passwd",
    ] {
        let asked = registering.learn(address, None, false).await;
        assert_eq!(asked, Err(Error::Address), "{address}");
    }
}

#[test]
fn the_issuer_is_on_the_host_of_the_configuration() {
    let moodle = Configuration::parse(MOODLE.as_bytes()).unwrap();
    let at = |host: &str| format!("https://{host}/configuration").parse().unwrap();
    assert_eq!(issuer(&moodle, &at("moodle.school.example"), false), Ok(()));
    for host in [
        "evil.example",
        "moodle.school.example.evil.example",
        "school.example",
        "moodle.school.example:8443",
    ] {
        let refused = issuer(&moodle, &at(host), false);
        assert!(matches!(refused, Err(Error::Issuer { .. })), "{host}");
        assert_eq!(issuer(&moodle, &at(host), true), Ok(()), "as allowed");
    }
    let plain = "http://moodle.school.example/configuration"
        .parse()
        .unwrap();
    assert!(issuer(&moodle, &plain, false).is_err());
}

#[test]
fn a_shared_issuer_comes_from_any_host_but_with_its_own_addresses() {
    let canvas = |member: &str, value: &str| {
        let mut document: Value = serde_json::from_str(CANVAS).unwrap();
        document[member] = json!(value);
        Configuration::parse(document.to_string().as_bytes()).unwrap()
    };
    let at = "https://canvas.school.example/configuration"
        .parse()
        .unwrap();
    let own = canvas("x", "");
    assert_eq!(issuer(&own, &at, false), Ok(()));
    for member in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let foreign = canvas(member, "https://evil.example/jwks");
        let refused = issuer(&foreign, &at, false);
        assert!(
            matches!(refused, Err(Error::SharedIssuer { .. })),
            "{member}"
        );
    }
    // Registrations go to the school's own host.
    let elsewhere = canvas("registration_endpoint", "https://canvas.school.example/r");
    assert_eq!(issuer(&elsewhere, &at, false), Ok(()));
}

#[test]
fn a_token_is_one_header() {
    assert_eq!(bearer("abc.def").unwrap(), "Bearer abc.def");
    assert!(bearer("abc").unwrap().is_sensitive());
    for token in ["a\r\nx: y", "a\0", &"x".repeat(LONGEST_TOKEN + 1)] {
        assert_eq!(bearer(token), Err(Error::Token));
    }
}
