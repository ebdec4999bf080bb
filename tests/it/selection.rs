//! Picking media through the built server, and its answers as a platform verifies them: here by code
//! that is independent of the crate under test.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, LMS};
use crate::harness::platform::{Login, Platform, post_from, roles};
use crate::harness::server::{Server, Setup};
use crate::harness::{fixture, now};

const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const DL: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// A recorded deep linking request of Moodle 4.5, with the hosts of this test.
fn recorded(platform: &Platform, server: &Server) -> Value {
    let text = std::fs::read_to_string(fixture("moodle/deep-linking.json")).unwrap();
    let text = text
        .replace("https://moodle.example", &platform.issuer())
        .replace("https://tool.example/deeplink", &server.url("/lti/launch"));
    serde_json::from_str(&text).unwrap()
}

struct Case {
    platform: Platform,
    server: Server,
    browser: Browser,
}

impl Case {
    async fn new(name: &str) -> Self {
        let platform = Platform::start(name).await;
        let entry = platform.entry().replace("[\"1\"]", "[\"1\", \"16\"]");
        let server = Setup::new().with(&entry).start();
        Self {
            platform,
            server,
            browser: Browser::new(),
        }
    }

    async fn login(&mut self, more: &[(&str, &str)]) -> Login {
        let target = self.server.url("/lti/launch");
        let (issuer, client) = (self.platform.issuer(), self.platform.client_id());
        let mut fields = vec![
            ("iss", issuer.as_str()),
            ("client_id", &client),
            ("login_hint", "3"),
            ("target_link_uri", &target),
        ];
        fields.extend(more);
        let url = self.server.url("/lti/login");
        Login::read(&self.browser.post(&url, &[], &fields).await)
    }

    /// Launches with Moodle's recorded request, as `change` changes it; answers what came.
    async fn asks(&mut self, more: &[(&str, &str)], change: impl FnOnce(&mut Value)) -> Answer {
        let login = self.login(more).await;
        let mut claims = recorded(&self.platform, &self.server);
        claims["aud"] = json!(self.platform.client_id());
        claims["nonce"] = json!(login.nonce);
        claims["iat"] = json!(now());
        claims["exp"] = json!(now() + 60);
        change(&mut claims);
        let token = self.platform.token(&claims);
        let from = (self.platform.issuer(), "iframe");
        let place = (from.0.as_str(), from.1);
        post_from(place, &mut self.browser, &self.server, &login, &token).await
    }

    /// Uploads a small film; answers its item.
    async fn uploads(&mut self, session: &str) -> String {
        uploads(&mut self.browser, &self.server, session).await
    }

    /// Finishes the selection; answers the page that goes back.
    async fn picks(&mut self, session: &str, fields: &[(&str, &str)]) -> Answer {
        let url = self.server.url(&format!("{session}select"));
        self.browser.post(&url, &[], fields).await
    }

    /// The claims of an answer, once our published key has verified them.
    async fn verified(&mut self, page: &Answer) -> Value {
        let token = page.field("JWT").unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = message.split_once('.').unwrap();
        let read = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: Value = serde_json::from_slice(&read(header)).unwrap();
        assert_eq!(header["alg"], "RS256");
        let keys = self.browser.get(&self.server.url("/lti/jwks")).await;
        let keys: Value = serde_json::from_slice(&keys.body).unwrap();
        let mut keys = keys["keys"].as_array().unwrap().iter();
        let key = keys.find(|key| key["kid"] == header["kid"]).unwrap();
        let part = |name: &str| read(key[name].as_str().unwrap());
        let key = RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        };
        let signature = read(signature);
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
            .unwrap();
        serde_json::from_slice(&read(payload)).unwrap()
    }
}

async fn uploads(browser: &mut Browser, server: &Server, session: &str) -> String {
    let film = std::fs::read(fixture("media/lesson.mp4")).unwrap();
    let len = film.len().to_string();
    let name = base64::engine::general_purpose::STANDARD.encode("lesson.mp4");
    let metadata = format!("filename {name}");
    let opening = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", len.as_str()),
        ("upload-metadata", &metadata),
    ];
    let url = server.url(&format!("{session}uploads"));
    let begun = browser.send(Method::POST, &url, &opening, "").await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let url = server.url(&format!("{session}{}", begun.header("location")));
    let patch = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
    ];
    let done = browser.send(Method::PATCH, &url, &patch, film).await;
    assert_eq!(done.status, 204, "{}", done.text());
    done.header("lanterna-item").to_owned()
}

/// The path of the session that an answer leads into, to this page of it.
fn session(answer: &Answer, page: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = answer.location();
    location.strip_suffix(page).expect(&location).to_owned()
}

#[tokio::test]
async fn moodle_asks_and_gets_what_it_takes() {
    let mut case = Case::new("asks").await;
    let opened = case.asks(&[], |_| {}).await;
    let below = session(&opened, "select");
    let page = case
        .browser
        .get(&case.server.url(&format!("{below}select")))
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("LTI test course"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!(
        "frame-ancestors 'self' {}",
        case.platform.issuer()
    )));
    let item = case.uploads(&below).await;

    let graded = [
        (format!("graded-{item}"), "on"),
        (format!("maximum-{item}"), "20"),
    ];
    let mut fields = vec![("item", item.as_str())];
    fields.extend(graded.iter().map(|(name, value)| (name.as_str(), *value)));
    let back = case.picks(&below, &fields).await;
    assert_eq!(back.status, 200, "{}", back.text());
    let address = back.attribute("action").unwrap();
    assert!(address.starts_with(&format!(
        "{}/mod/lti/contentitem_return.php?course=2",
        case.platform.issuer()
    )));
    assert_eq!(back.header("referrer-policy"), "strict-origin");
    assert_eq!(back.header("cache-control"), "no-store");

    let claims = case.verified(&back).await;
    assert_eq!(claims["iss"], case.platform.client_id());
    assert_eq!(
        claims["aud"],
        case.platform.issuer(),
        "a string, not a list"
    );
    assert!(claims["exp"].as_u64().unwrap() > now());
    assert!(claims["iat"].as_u64().unwrap() <= now() + 1);
    assert_eq!(claims[format!("{LTI}deployment_id")], "16");
    assert_eq!(
        claims[format!("{LTI}message_type")],
        "LtiDeepLinkingResponse"
    );
    assert_eq!(claims[format!("{LTI}version")], "1.3.0");
    // Moodle sent no data, so none goes back.
    assert!(claims.get(format!("{DL}data")).is_none());
    let items = claims[format!("{DL}content_items")].as_array().unwrap();
    assert_eq!(items.len(), 1);
    let link = &items[0];
    assert_eq!(link["type"], "ltiResourceLink");
    // The platform suggests a title for the one that is picked.
    assert_eq!(link["title"], "My title");
    assert_eq!(link["lineItem"]["scoreMaximum"], 20);
    let placement = link["custom"]["placement"].as_str().unwrap();
    assert_eq!(placement.len(), 32);
    assert_eq!(
        link["url"],
        case.server.url(&format!("/lti/launch/{placement}"))
    );
    assert!(link["iframe"]["width"].as_u64().unwrap() > 0 && link.get("window").is_none());

    // A second answer has another nonce.
    let again = case.picks(&below, &[("cancel", "yes")]).await;
    let again = case.verified(&again).await;
    assert_ne!(claims["nonce"], again["nonce"]);
    assert_eq!(again[format!("{DL}content_items")], json!([]));

    // The link opens for a student of that course, and for nobody of another.
    for (course, opens) in [("2", true), ("3", false)] {
        let mut student = Browser::new();
        let login = case.platform.login(&mut student, &case.server).await;
        let mut claims = case
            .platform
            .claims(&case.server, &login.nonce, "5", roles::STUDENT);
        claims[format!("{LTI}deployment_id")] = json!("16");
        claims[format!("{LTI}context")] = json!({ "id": course });
        claims[format!("{LTI}target_link_uri")] = link["url"].clone();
        claims[format!("{LTI}custom")] = link["custom"].clone();
        let token = case.platform.token(&claims);
        let answer = case
            .platform
            .post(&mut student, &case.server, &login, &token)
            .await;
        let ends = if opens {
            format!("media/{item}")
        } else {
            "placement".to_owned()
        };
        assert!(answer.location().ends_with(&ends), "{}", answer.location());
    }
}

#[tokio::test]
async fn students_are_told_and_the_platform_gets_an_error() {
    let mut case = Case::new("students").await;
    let opened = case
        .asks(&[], |claims| {
            claims[format!("{LTI}roles")] = json!(roles::STUDENT);
            claims[format!("{DL}deep_linking_settings")]["data"] = json!("d");
        })
        .await;
    let below = session(&opened, "select");
    let url = case.server.url(&format!("{below}select"));
    let page = case.browser.get(&url).await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("Picking media is for teachers"));
    let item = case.uploads(&below).await;
    let refused = case.picks(&below, &[("item", &item)]).await;
    refused.assert_problem(403, "selection-for-staff");
    let back = case.picks(&below, &[("cancel", "yes")]).await;
    let claims = case.verified(&back).await;
    assert_eq!(claims[format!("{DL}content_items")], json!([]));
    assert_eq!(claims[format!("{DL}data")], "d");
    assert!(claims[format!("{DL}errormsg")].is_string());
}

#[tokio::test]
async fn a_login_may_name_the_item() {
    let mut case = Case::new("token").await;
    let opened = case.asks(&[], |_| {}).await;
    let below = session(&opened, "select");
    let item = case.uploads(&below).await;
    let named = [("media_token", item.as_str())];
    let opened = case.asks(&named, |_| {}).await;
    let below = session(&opened, "select");
    let page = case
        .browser
        .get(&case.server.url(&format!("{below}select")))
        .await;
    assert!(
        page.field(&format!("title-{item}")).is_some(),
        "its details at once"
    );
    // What the platform signed counts more than what its page said.
    let opened = case
        .asks(&named, |claims| {
            claims[format!("{LTI}custom")]["media_id"] = json!("00000000000000ab");
        })
        .await;
    let below = session(&opened, "select");
    let page = case
        .browser
        .get(&case.server.url(&format!("{below}select")))
        .await;
    assert!(page.field(&format!("title-{item}")).is_none());
    // Unresolved variables are nobody's wish; nonsense neither.
    for token in ["$Media.token", "../x", ""] {
        let opened = case.asks(&[("media_token", token)], |_| {}).await;
        session(&opened, "select");
    }
}

/// Schoology takes two types of content, knows custom parameters only in lower case, and only those of
/// each item: whatever is picked opens by its own, at the one launch address.
#[tokio::test]
async fn a_platform_that_loses_case_takes_links_by_their_own_custom_parameters() {
    let mut case = Case::new("schoology").await;
    let settings = format!("{DL}deep_linking_settings");
    let opened = case
        .asks(&[], |claims| {
            claims[&settings]["accept_types"] = json!(["ltiResourceLink", "link"]);
            claims[&settings]["accept_multiple"] = json!(true);
        })
        .await;
    let below = session(&opened, "select");
    let picked = [case.uploads(&below).await, case.uploads(&below).await];
    let fields = picked.each_ref().map(|item| ("item", item.as_str()));
    let back = case.picks(&below, &fields).await;
    let claims = case.verified(&back).await;
    let links = claims[format!("{DL}content_items")].as_array().unwrap();
    assert_eq!(links.len(), picked.len());
    for (link, item) in links.iter().zip(&picked) {
        assert!(["ltiResourceLink", "link"].contains(&link["type"].as_str().unwrap()));
        let custom = link["custom"].as_object().unwrap();
        assert!(!custom.is_empty(), "of its own: {link}");
        for name in custom.keys() {
            assert_eq!(*name, name.to_lowercase(), "{link}");
        }
        // In the course that asked, and in none else.
        for (course, ends) in [
            ("2", format!("media/{item}")),
            ("3", "placement".to_owned()),
        ] {
            let mut student = Browser::new();
            let login = case.platform.login(&mut student, &case.server).await;
            let mut claims = case
                .platform
                .claims(&case.server, &login.nonce, "5", roles::STUDENT);
            claims[format!("{LTI}deployment_id")] = json!("16");
            claims[format!("{LTI}context")] = json!({ "id": course });
            claims[format!("{LTI}custom")] = link["custom"].clone();
            let token = case.platform.token(&claims);
            let answer = case
                .platform
                .post(&mut student, &case.server, &login, &token)
                .await;
            assert!(answer.location().ends_with(&ends), "{}", answer.location());
        }
    }
}

/// Hosted Canvas frames its tools from the school's own host, and takes answers there.
#[tokio::test]
async fn the_page_that_takes_the_answer_may_frame_it() {
    let mut case = Case::new("canvas").await;
    let settings = format!("{DL}deep_linking_settings");
    let opened = case
        .asks(&[], |claims| {
            claims[&settings]["deep_link_return_url"] = json!("https://school.canvas.example/back");
        })
        .await;
    let below = session(&opened, "select");
    let page = case
        .browser
        .get(&case.server.url(&format!("{below}select")))
        .await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("https://school.canvas.example"), "{policy}");
    let back = case.picks(&below, &[("cancel", "yes")]).await;
    let policy = back.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://school.canvas.example"));
    // No other address is ever posted to, and none that is no page.
    for wrong in ["javascript:alert(1)", "data:text/html,x", "", "/back"] {
        let refused = case
            .asks(&[], |claims| {
                claims[&settings]["deep_link_return_url"] = json!(wrong);
            })
            .await;
        refused.assert_problem(400, "missing-settings");
    }
}

#[tokio::test]
async fn open_edx_asks_without_a_course() {
    let mut case = Case::new("edx").await;
    let opened = case
        .asks(&[], |claims| {
            for name in ["context", "target_link_uri"] {
                claims
                    .as_object_mut()
                    .unwrap()
                    .remove(&format!("{LTI}{name}"));
            }
        })
        .await;
    let below = session(&opened, "select");
    let page = case
        .browser
        .get(&case.server.url(&format!("{below}select")))
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("doesn’t belong to a course"));
    let item = case.uploads(&below).await;
    let refused = case.picks(&below, &[("item", &item)]).await;
    refused.assert_problem(403, "pick-refused");
}

#[tokio::test]
async fn by_lti_1p1_the_consumer_verifies_the_form() {
    let consumer = Consumer::new("school");
    let server = Setup::new().with(&consumer.entry()).start();
    let mut browser = Browser::new();
    let back_to = format!("{LMS}/pick?course=2&key=a%20b");
    let request = consumer
        .launch("teacher", "Instructor")
        .with("lti_message_type", "ContentItemSelectionRequest")
        .without("resource_link_id")
        // The page that posts it is the platform's by where the answer goes.
        .without("launch_presentation_return_url")
        .without("resource_link_title")
        .and("content_item_return_url", &back_to)
        .and("accept_media_types", "application/vnd.ims.lti.v1.ltilink")
        .and("accept_presentation_document_targets", "iframe,window")
        .and("accept_multiple", "true")
        .and("data", "a+b c");
    let opened = consumer
        .launches(&mut browser, &server, "/lti/launch", &request)
        .await;
    let below = session(&opened, "select");
    let item = uploads(&mut browser, &server, &below).await;
    let url = server.url(&format!("{below}select"));
    let back = browser.post(&url, &[], &[("item", &item)]).await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(back.attribute("action").as_deref(), Some(back_to.as_str()));
    let names = [
        "lti_message_type",
        "lti_version",
        "content_items",
        "data",
        "lti_msg",
        "oauth_consumer_key",
        "oauth_signature_method",
        "oauth_nonce",
        "oauth_timestamp",
        "oauth_version",
        "oauth_callback",
    ];
    let fields = names.map(|name| (name.to_owned(), back.field(name).expect(name)));
    let sent = crate::harness::consumer::Parameters(fields.to_vec());
    let signed = consumer.sign(&back_to, &sent);
    assert_eq!(
        signed.get("oauth_signature").map(str::to_owned),
        back.field("oauth_signature")
    );
    assert_eq!(back.text().matches("<input").count(), names.len() + 1);
    assert_eq!(sent.get("data"), Some("a+b c"));
    let items: Value = serde_json::from_str(sent.get("content_items").unwrap()).unwrap();
    let link = &items["@graph"][0];
    assert_eq!(link["@type"], "LtiLinkItem");
    let placement = link["custom"]["placement"].as_str().unwrap();
    assert_eq!(link["url"], server.url(&format!("/lti/launch/{placement}")));

    // The address alone opens it, as LTI 1.1 platforms keep nothing else for sure.
    let mut student = Browser::new();
    let launch = consumer.launch("student", "Learner");
    let path = format!("/lti/launch/{placement}");
    let answer = consumer
        .launches(&mut student, &server, &path, &launch)
        .await;
    assert!(answer.location().ends_with(&format!("media/{item}")));
}
