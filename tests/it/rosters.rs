//! Rosters as platforms serve them, well and badly, through the built binary.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::Consumer;
use crate::harness::platform::{LTI, Platform, roles};
use crate::harness::server::{Server, Setup, unused_address};
use crate::harness::services::{ROSTER_CLAIM, Roster, Services, member, page};

/// A platform, and a teacher who came from it.
struct Bench {
    platform: Platform,
    server: Server,
    browser: Browser,
    session: String,
    /// How often the button was pressed.
    pressed: usize,
}

impl Bench {
    async fn new(name: &str, roster: Roster) -> Self {
        let platform = Platform::start(name).await;
        platform.voice.services.lock().unwrap().roster = roster;
        let server = Setup::new().with(&platform.entry()).start();
        let mut browser = Browser::new();
        let answer = launch(&platform, &server, &mut browser, "tess", roles::TEACHER).await;
        let session = session(&answer);
        Self {
            platform,
            server,
            browser,
            session,
            pressed: 0,
        }
    }

    fn services(&self) -> std::sync::MutexGuard<'_, Services> {
        self.platform.voice.services.lock().unwrap()
    }

    /// Presses the button, each time in another course, since one that failed is not asked for again
    /// at once; answers the page that comes.
    async fn sync(&mut self) -> String {
        if self.pressed > 0 {
            let course = format!("course-{}", self.pressed + 1);
            let who = ("tess", roles::TEACHER, course.as_str());
            let answer = launch_into(&self.platform, &self.server, &mut self.browser, who).await;
            self.session = session(&answer);
        }
        self.pressed += 1;
        let address = self.server.url(&format!("{}/course/sync", self.session));
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-dest", "iframe"),
        ];
        let answer = self.browser.post(&address, &headers, &[]).await;
        // The launch may have been faster.
        let location = answer.location();
        let ended = ["../course?synced", "../course?paused"];
        assert!(ended.contains(&location.as_str()), "{location}");
        let address = self.server.url(&format!("{}/course?synced", self.session));
        self.browser.get(&address).await.text()
    }
}

/// Launches with the claim of the roster.
async fn launch(
    platform: &Platform,
    server: &Server,
    browser: &mut Browser,
    subject: &str,
    roles: &[&str],
) -> Answer {
    launch_into(platform, server, browser, (subject, roles, "course-1")).await
}

/// Launches from a course.
async fn launch_into(
    platform: &Platform,
    server: &Server,
    browser: &mut Browser,
    (subject, roles, course): (&str, &[&str], &str),
) -> Answer {
    let login = platform.login(browser, server).await;
    let mut claims = platform.claims(server, &login.nonce, subject, roles);
    claims[format!("{LTI}context")] = json!({ "id": course, "title": "Biology" });
    claims[ROSTER_CLAIM] = platform.voice.roster_claim();
    let answer = platform
        .post(browser, server, &login, &platform.token(&claims))
        .await;
    answer.assert_opened();
    answer
}

/// The path of the session that a launch opened.
fn session(answer: &Answer) -> String {
    answer.assert_opened().trim_end_matches('/').to_owned()
}

fn class(count: usize) -> Vec<Value> {
    let mut all = vec![member("tess", "Tess Doe", "Instructor")];
    all.extend((0..count).map(|n| member(&format!("s{n}"), &format!("Student {n}"), "Learner")));
    all
}

/// The assertion of a form: its claims, once its signature is verified with the keys that Lanterna
/// publishes.
async fn assertion(server: &Server, form: &[(String, String)]) -> Value {
    let form: HashMap<&str, &str> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert_eq!(
        form["scope"],
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    );
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let set = Browser::new().get(&server.url("/lti/jwks")).await;
    let set: Value = serde_json::from_slice(&set.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let component = |name: &str| decode(key[name].as_str().unwrap());
    let key = RsaPublicKeyComponents {
        n: component("n"),
        e: component("e"),
    };
    let message = format!("{}.{}", parts[0], parts[1]);
    key.verify(
        &RSA_PKCS1_2048_8192_SHA256,
        message.as_bytes(),
        &decode(parts[2]),
    )
    .unwrap();
    serde_json::from_slice(&decode(parts[1])).unwrap()
}

#[tokio::test]
async fn a_roster_of_several_pages_fills_the_course() {
    let all = class(12);
    let pages = all.chunks(5).map(page).collect();
    let mut bench = Bench::new("paged", Roster::Pages(pages, "link")).await;
    let text = bench.sync().await;
    assert!(text.contains("13 people are on the roster"), "{text}");
    assert!(text.contains("Student 11"), "{text}");
    let (form, asked) = {
        let services = bench.services();
        (services.forms[0].clone(), services.asked.clone())
    };
    let claims = assertion(&bench.server, &form).await;
    assert_eq!(claims["iss"], bench.platform.client_id());
    assert_eq!(claims["sub"], claims["iss"]);
    assert_eq!(claims["aud"], format!("{}/token", bench.platform.issuer()));
    assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 300);
    assert_eq!(
        asked.len(),
        3,
        "the launch synced already, and the button was too soon for more"
    );
    assert!(
        asked
            .iter()
            .all(|one| one.authorization == "Bearer token-1")
    );
    assert!(asked[0].accept.contains("membershipcontainer+json"));
    assert_eq!(asked[2].target, "/roster?page=2");
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_once() {
    let mut bench = Bench::new("twice", Roster::Status(500)).await;
    bench.sync().await;
    {
        let mut services = bench.services();
        services.roster = Roster::Pages(vec![page(&class(1))], "Link");
        services.unauthorized = 1;
        services.asked.clear();
        services.forms.clear();
    }
    let text = bench.sync().await;
    assert!(text.contains("2 people are on the roster"), "{text}");
    let services = bench.services();
    assert_eq!((services.forms.len(), services.asked.len()), (1, 2));
}

#[tokio::test]
async fn what_is_no_roster_is_said_in_words_and_changes_nothing() {
    let foreign = format!("http://{}/roster", unused_address());
    let mut bench = Bench::new("strange", Roster::Status(404)).await;
    let text = bench.sync().await;
    assert!(text.contains("does not know this course"), "{text}");
    let one = page(&class(1));
    for (roster, words) in [
        (Roster::Html, "is no roster"),
        (Roster::Status(403), "Names and Roles"),
        (Roster::Status(401), "Names and Roles"),
        (Roster::Status(503), "could not give the roster"),
        (
            Roster::ThenAt(one.clone(), foreign),
            "goes on at another site",
        ),
        (
            Roster::ThenAt(one.clone(), "javascript:alert(1)".into()),
            "goes on at another site",
        ),
        (Roster::Huge(9 << 20), "does not end"),
        (
            Roster::Pages(vec![page(&[])], "link"),
            "The roster is empty",
        ),
        (
            Roster::As(json!({"members": "none"}), "application/json"),
            "is no roster",
        ),
    ] {
        bench.services().roster = roster.clone();
        let text = bench.sync().await;
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("Student 0"), "{words}");
    }
    // Odd, and good enough: a circle of pages, and another media type.
    bench.services().roster = Roster::Circle(vec![page(&class(1)), page(&class(2))]);
    assert!(bench.sync().await.contains("3 people are on the roster"));
}

#[tokio::test]
async fn a_plain_media_type_is_taken() {
    let mut bench = Bench::new("plain", Roster::As(page(&class(3)), "application/json")).await;
    assert!(bench.sync().await.contains("4 people are on the roster"));
}

#[tokio::test]
async fn a_platform_that_gives_no_token_is_named() {
    let mut bench = Bench::new("tokenless", Roster::Status(500)).await;
    bench.sync().await;
    // The token that is there is not taken, and another not given.
    bench.services().unauthorized = 1;
    bench.services().token_status = 400;
    let text = bench.sync().await;
    assert!(text.contains("does not let Lanterna ask"), "{text}");
}

#[tokio::test]
async fn a_students_launch_syncs_nothing() {
    let platform = Platform::start("student").await;
    platform.voice.services.lock().unwrap().roster = Roster::Pages(vec![page(&class(1))], "link");
    let server = Setup::new().with(&platform.entry()).start();
    let mut browser = Browser::new();
    let answer = launch(&platform, &server, &mut browser, "s0", roles::STUDENT).await;
    let session = session(&answer);
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "iframe"),
    ];
    let sync = server.url(&format!("{session}/course/sync"));
    let refused = browser.post(&sync, &headers, &[]).await;
    assert_eq!(refused.status.as_u16(), 403);
    let text = browser.get(&server.url(&format!("{session}/course"))).await;
    assert!(!text.text().contains("Tess Doe"));
    assert!(platform.voice.services.lock().unwrap().asked.is_empty());
}

#[tokio::test]
async fn under_lti_1p1_only_a_known_host_is_asked_and_by_signature() {
    let platform = Platform::start("of-old").await;
    platform.voice.services.lock().unwrap().roster = Roster::Pages(vec![page(&class(2))], "link");
    let consumer = Consumer::new("school");
    let entry = format!(
        "{}origins = [\"{}\"]\n",
        consumer.entry(),
        platform.issuer()
    );
    let trusted = format!("[outbound]\ntrusted_hosts = [\"{}\"]", platform.issuer());
    let server = Setup::new().with(&trusted).with(&entry).start();
    let mut browser = Browser::new();
    let told = consumer.launch("tess", "Instructor").with(
        "custom_context_memberships_v2_url",
        &format!("{}/roster?type=course", platform.issuer()),
    );
    let answer = consumer
        .launches(&mut browser, &server, "/lti/launch", &told)
        .await;
    let session = session(&answer);
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "iframe"),
    ];
    let sync = server.url(&format!("{session}/course/sync"));
    browser.post(&sync, &headers, &[]).await;
    let course = server.url(&format!("{session}/course?synced"));
    let text = browser.get(&course).await.text();
    assert!(text.contains("3 people are on the roster"), "{text}");
    let asked = platform.voice.services.lock().unwrap().asked[0].clone();
    assert_eq!(asked.target, "/roster?type=course&limit=500");
    let own: HashMap<String, String> = asked.authorization["OAuth ".len()..]
        .split(", ")
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            let value = percent_decode_str(value.trim_matches('"'))
                .decode_utf8()
                .unwrap();
            (name.to_owned(), value.into_owned())
        })
        .collect();
    assert_eq!(own["oauth_consumer_key"], "school");
    // The hash of nothing, since a GET has no body.
    assert_eq!(own["oauth_body_hash"], "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
    let url = format!("{}/roster?type=course&limit=500", platform.issuer());
    let unsigned = own.iter().filter(|(name, _)| *name != "oauth_signature");
    let parameters: Vec<(String, String)> = unsigned
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_eq!(
        consumer.signature("GET", &url, &parameters),
        own["oauth_signature"]
    );

    // A link that names another host changes nothing: the known one stays.
    let elsewhere = consumer.launch("tess", "Instructor").with(
        "custom_context_memberships_v2_url",
        "https://evil.example/roster",
    );
    consumer
        .launches(&mut browser, &server, "/lti/launch", &elsewhere)
        .await
        .assert_opened();
    platform.voice.services.lock().unwrap().roster = Roster::Status(403);
    let page = browser.get(&server.url(&format!("{session}/course"))).await;
    assert!(page.text().contains("course/sync"));
}

#[tokio::test]
async fn under_lti_1p1_an_unknown_host_is_not_asked() {
    let platform = Platform::start("unknown-host").await;
    let consumer = Consumer::new("school");
    let trusted = format!("[outbound]\ntrusted_hosts = [\"{}\"]", platform.issuer());
    let server = Setup::new().with(&trusted).with(&consumer.entry()).start();
    let mut browser = Browser::new();
    let address = format!("{}/roster", platform.issuer());
    let told = consumer
        .launch("tess", "Instructor")
        .with("custom_context_memberships_v2_url", &address);
    let answer = consumer
        .launches(&mut browser, &server, "/lti/launch", &told)
        .await;
    let session = session(&answer);
    let page = browser.get(&server.url(&format!("{session}/course"))).await;
    assert!(!page.text().contains("course/sync"));
    assert!(platform.voice.services.lock().unwrap().asked.is_empty());
}
