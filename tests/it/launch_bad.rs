//! Launches that must be refused: each with a status, a code and words, and an entry in the launch
//! log that the reference shown leads to.

mod requests;

use serde_json::{Value, json};

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, jwk, key_pair, roles, sign};
use crate::harness::server::{Server, Setup};

const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

struct Case {
    platform: Platform,
    server: Server,
    admin: Browser,
}

impl Case {
    async fn new(name: &str) -> Self {
        let platform = Platform::start(name).await;
        let server = Setup::new().with(&platform.entry()).start();
        let admin = admin::first(&server).await;
        Self {
            platform,
            server,
            admin,
        }
    }

    /// Launches with a token that `make` makes of its header and claims.
    async fn launch(&self, accept: &str, make: impl FnOnce(Value, Value) -> String) -> Answer {
        let mut browser = Browser::new();
        browser.always = vec![("accept".into(), accept.into())];
        let login = self.platform.login(&mut browser, &self.server).await;
        let server = &self.server;
        let claims = self
            .platform
            .claims(server, &login.nonce, "someone", roles::TEACHER);
        let token = make(self.platform.header(), claims);
        self.platform
            .post(&mut browser, server, &login, &token)
            .await
    }

    /// Asserts that such a launch is refused, as a page and as JSON, and that the log knows it.
    async fn refused(&mut self, status: u16, code: &str, make: impl Fn(Value, Value) -> String) {
        for accept in ["text/html", "application/json"] {
            let answer = self.launch(accept, &make).await;
            answer.assert_problem(status, code);
            assert!(answer.header("content-type").starts_with(accept), "{code}");
            self.logged(&answer).await;
        }
    }

    /// Asserts that the launch log shows the sentence that the answer told.
    async fn logged(&mut self, answer: &Answer) -> String {
        let entry = admin::launch_entry(&mut self.admin, &self.server, answer).await;
        assert!(entry.contains(&answer.reference()));
        assert!(entry.contains("Refused"), "{entry}");
        entry
    }
}

fn remove(value: &mut Value, names: &[&str]) {
    for name in names {
        let long = format!("{LTI}{name}");
        let members = value.as_object_mut().unwrap();
        assert!(members.remove(*name).or(members.remove(&long)).is_some());
    }
}

/// The bad payloads of 1EdTech's certification, and what is like them.
#[tokio::test]
async fn bad_payloads_are_refused_in_words() {
    let mut case = Case::new("payloads").await;
    let platform = || key_pair("platform");
    let missing: &[(&[&str], &str)] = &[
        (&["version"], "missing-version"),
        (&["message_type"], "missing-message-type"),
        (&["roles"], "missing-roles"),
        (&["deployment_id"], "missing-deployment"),
        (&["resource_link"], "missing-resource-link"),
        (&["target_link_uri"], "missing-target"),
        (&["message_type", "version", "roles"], "missing-version"),
        (&["sub"], "missing-subject"),
        (&["nonce"], "missing-nonce"),
        (&["iat"], "missing-issued-at"),
        (&["exp"], "missing-expiry"),
        (&["iss"], "wrong-issuer"),
        (&["aud"], "wrong-audience"),
    ];
    for (names, code) in missing {
        case.refused(400, code, |header, mut claims| {
            remove(&mut claims, names);
            sign(&platform(), &header, &claims.to_string())
        })
        .await;
    }
}

#[tokio::test]
async fn wrong_claims_are_refused_in_words() {
    let mut case = Case::new("claims").await;
    let platform = || key_pair("platform");
    let lti = |name: &str| format!("{LTI}{name}");
    let changed: Vec<(String, Value, &str)> = vec![
        (lti("version"), json!("11.3"), "wrong-version"),
        (
            lti("message_type"),
            json!("LtiNothing"),
            "unknown-message-type",
        ),
        (
            lti("message_type"),
            json!("LtiStartProctoring"),
            "unknown-message-type",
        ),
        (lti("deployment_id"), json!(""), "missing-deployment"),
        (
            lti("deployment_id"),
            json!("x".repeat(256)),
            "invalid-claim",
        ),
        (
            lti("resource_link"),
            json!({ "title": "no id" }),
            "missing-resource-link",
        ),
        (
            lti("target_link_uri"),
            json!("https://evil.example/lti/launch"),
            "foreign-target",
        ),
        (
            lti("target_link_uri"),
            json!("javascript:alert(1)"),
            "foreign-target",
        ),
        (lti("roles"), json!("Instructor"), "invalid-claim"),
        ("sub".into(), json!(""), "missing-subject"),
        ("iss".into(), json!("https://evil.example"), "wrong-issuer"),
        ("aud".into(), json!("somebody-else"), "wrong-audience"),
        (
            "aud".into(),
            json!(["client-claims", "somebody-else"]),
            "untrusted-audience",
        ),
        (
            "azp".into(),
            json!("somebody-else"),
            "wrong-authorized-party",
        ),
        ("nonce".into(), json!("made-up"), "nonce-mismatch"),
        ("exp".into(), json!(22222), "token-expired"),
        ("iat".into(), json!(4_000_000_000_u64), "issued-in-future"),
        (
            "nbf".into(),
            json!(4_000_000_000_u64),
            "token-not-yet-valid",
        ),
        ("iat".into(), json!(11111), "issued-long-ago"),
    ];
    for (name, value, code) in changed {
        case.refused(400, code, |header, mut claims| {
            claims[name.as_str()] = value.clone();
            sign(&platform(), &header, &claims.to_string())
        })
        .await;
    }
    case.refused(400, "token-expired", |header, mut claims| {
        claims["iat"] = json!(11111);
        claims["exp"] = json!(22222);
        sign(&platform(), &header, &claims.to_string())
    })
    .await;
    case.refused(400, "wrong-algorithm", |_, _| {
        sign(&platform(), &json!({}), r#"{"name":"badltilaunch"}"#)
    })
    .await;
    case.refused(400, "missing-key-id", |mut header, claims| {
        remove(&mut header, &["kid"]);
        sign(&platform(), &header, &claims.to_string())
    })
    .await;
    case.refused(400, "unknown-key", |mut header, claims| {
        header["kid"] = json!("nobody's");
        sign(&platform(), &header, &claims.to_string())
    })
    .await;
}

#[tokio::test]
async fn forged_and_broken_tokens_are_refused() {
    let mut case = Case::new("forged").await;
    let evil = Platform::start("evil").await;
    let hmac = |header: &Value, claims: &Value| {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        let pem = std::fs::read(crate::harness::fixture("keys/platform.pub.pem")).unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &pem);
        let (header, claims) = (header.to_string(), claims.to_string());
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let tag = ring::hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    };
    for alg in ["none", "None", "HS256", "RS512", "PS256", "rs256"] {
        case.refused(400, "wrong-algorithm", |mut header, claims| {
            header["alg"] = json!(alg);
            hmac(&header, &claims)
        })
        .await;
    }
    case.refused(400, "wrong-algorithm", |mut header, claims| {
        header["alg"] = json!("none");
        let signed = hmac(&header, &claims);
        signed[..=signed.rfind('.').unwrap()].to_owned()
    })
    .await;
    // The header brings a key of its own, or says where one is.
    let other = key_pair("other");
    let (own, place) = (
        jwk(&other, "platform-key"),
        format!("{}/jwks", evil.issuer()),
    );
    for (name, value) in [
        ("jwk", own),
        ("jku", json!(place)),
        ("x5u", json!(place)),
        ("alg", json!("RS256")),
    ] {
        case.refused(400, "wrong-signature", |mut header, claims| {
            header[name] = value.clone();
            sign(&other, &header, &claims.to_string())
        })
        .await;
    }
    assert_eq!(evil.fetched(), 0, "nobody follows an address in a header");
    case.refused(400, "critical-header", |mut header, claims| {
        header["crit"] = json!(["exp"]);
        sign(&key_pair("platform"), &header, &claims.to_string())
    })
    .await;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let twice = r#"{"iss":"a","iss":"b"}"#.to_owned();
    for payload in [deep, twice, "[]".into(), "null".into(), String::new()] {
        case.refused(400, "token-malformed", |header, _| {
            sign(&key_pair("platform"), &header, &payload)
        })
        .await;
    }
    for token in ["a", "a.b.c", "..", "a.b.c.d.e", "\u{0}.\u{0}.\u{0}"] {
        case.refused(400, "token-malformed", |_, _| token.to_owned())
            .await;
    }
    let larger = |_: Value, _: Value| "x".repeat(100 * 1024);
    let answer = case.launch("text/html", larger).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let answer = case.launch("text/html", |_, _| "x".repeat(300 * 1024));
    answer.await.assert_problem(413, "too-large");
}

#[tokio::test]
async fn a_submission_of_somebody_else_is_not_for_students() {
    let mut case = Case::new("messages").await;
    case.refused(403, "review-forbidden", |header, mut claims| {
        claims[format!("{LTI}roles")] = json!(roles::STUDENT);
        claims[format!("{LTI}message_type")] = json!("LtiSubmissionReviewRequest");
        claims[format!("{LTI}for_user")] = json!({ "user_id": "another" });
        sign(&key_pair("platform"), &header, &claims.to_string())
    })
    .await;
}

/// Whoever is refused goes back to the course by the address that the platform signed, with what went
/// wrong. What nobody signed leads nowhere, and neither does what is no address of the web.
#[tokio::test]
async fn only_a_signed_launch_leads_back() {
    let case = Case::new("way-back").await;
    let platform = key_pair("platform");
    let presentation = format!("{LTI}launch_presentation");
    let waiting = |claims: &mut Value| claims[format!("{LTI}deployment_id")] = json!("course-2");
    let back = format!(
        "{}/course/1?lti_errormsg=Your+administrator",
        case.platform.issuer()
    );

    let genuine = |header: Value, mut claims: Value| {
        waiting(&mut claims);
        sign(&platform, &header, &claims.to_string())
    };
    let answer = case.launch("text/html", genuine).await;
    answer.assert_problem(403, "deployment-waiting");
    assert!(
        answer.text().contains(&format!("href=\"{back}")),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("Back to the course"));

    let by_another = |header: Value, mut claims: Value| {
        waiting(&mut claims);
        sign(&key_pair("other"), &header, &claims.to_string())
    };
    let answer = case.launch("text/html", by_another).await;
    answer.assert_problem(400, "wrong-signature");
    assert!(!answer.text().contains("/course/1"), "{}", answer.text());

    for address in ["javascript:alert(1)", "data:text/html,x", "/course/1"] {
        let no_address = |header: Value, mut claims: Value| {
            waiting(&mut claims);
            claims[&presentation]["return_url"] = json!(address);
            sign(&platform, &header, &claims.to_string())
        };
        let answer = case.launch("text/html", no_address).await;
        answer.assert_problem(403, "deployment-waiting");
        let text = answer.text();
        assert!(
            !text.contains(address) && !text.contains("lti_errormsg"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_unknown_deployment_waits_for_an_administrator() {
    let mut case = Case::new("deployment").await;
    let of_another_course = |header: Value, mut claims: Value| {
        claims[format!("{LTI}deployment_id")] = json!("course-2");
        sign(&key_pair("platform"), &header, &claims.to_string())
    };
    case.refused(403, "deployment-waiting", of_another_course)
        .await;

    // The status page says that it waits and leads there; it decides nothing itself.
    let status = case.server.url("/admin/");
    let page = case.admin.open(&status).await;
    assert!(page.text().contains("1 deployment waits"));
    assert!(page.text().contains("href=\"/admin/connections/1\""));
    assert_eq!(page.field("deployment"), None);
    let sheet = case.server.url("/admin/connections/1");
    let url = format!("{sheet}/deployments");
    let page = case.admin.open(&sheet).await;
    let form_token = page.field("form_token").unwrap();
    assert_eq!(page.field("deployment").as_deref(), Some("course-2"));
    let fields = |token, deployment, approved| {
        [
            ("form_token", token),
            ("deployment", deployment),
            ("approved", approved),
        ]
    };
    for token in ["", "made-up"] {
        let fields = fields(token, "course-2", "yes");
        let answer = case.admin.post(&url, &[], &fields).await;
        answer.assert_problem(403, "foreign-form");
    }
    let stranger = Browser::new()
        .post(&url, &[], &fields(&form_token, "course-2", "yes"))
        .await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    let unknown = fields(&form_token, "course-3", "yes");
    let answer = case.admin.post(&url, &[], &unknown).await;
    answer.assert_problem(404, "not-found");
    case.refused(403, "deployment-waiting", of_another_course)
        .await;

    // One that is blocked waits for nobody.
    let blocked = fields(&form_token, "course-2", "no");
    let answer = case.admin.post(&url, &[], &blocked).await;
    assert_eq!(answer.location(), "/admin/connections/1");
    case.refused(403, "deployment-blocked", of_another_course)
        .await;
    let page = case.admin.open(&status).await;
    assert!(page.text().contains("Nothing waits for you there"));
    let approved = fields(&form_token, "course-2", "yes");
    let answer = case.admin.post(&url, &[], &approved).await;
    assert_eq!(answer.location(), "/admin/connections/1");
    case.launch("text/html", of_another_course)
        .await
        .assert_opened();
}
