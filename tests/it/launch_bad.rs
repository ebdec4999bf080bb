//! Launches that must be refused: each with a status, a code and words, and an entry in the launch
//! log that the reference shown leads to.

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
            json!(["client-payloads", "somebody-else"]),
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
async fn what_belongs_to_another_login_is_refused() {
    let a = Platform::start("a").await;
    let b = Platform::start("b").await;
    // B signs with the key and the key id of A, but serves another one: A's key is not B's.
    *b.keys.lock().unwrap() = json!({ "keys": [jwk(&key_pair("other"), "platform-key")] });
    let server = Setup::new().with(&a.entry()).with(&b.entry()).start();
    let mut case = Case {
        admin: admin::first(&server).await,
        platform: a,
        server,
    };
    let (a, server) = (&case.platform, &case.server);
    let mut browser = Browser::new();
    let claims = |nonce: &str| a.claims(server, nonce, "someone", roles::STUDENT);

    let first = a.login(&mut browser, server).await;
    let second = a.login(&mut browser, server).await;
    let token = a.token(&claims(&first.nonce));
    let mut answers = Vec::new();
    let crossed = a.post(&mut browser, server, &second, &token).await;
    crossed.assert_problem(400, "nonce-mismatch");
    answers.push(crossed);
    a.post(&mut browser, server, &first, &token)
        .await
        .assert_opened();
    // Its cookie is gone with it; a browser that kept it gets no further.
    let replayed = a.post(&mut browser, server, &first, &token).await;
    replayed.assert_problem(403, "other-browser");
    answers.push(replayed);

    let login = a.login(&mut browser, server).await;
    let token = a.token(&claims(&login.nonce));
    let mut kept = browser.clone();
    a.post(&mut browser, server, &login, &token)
        .await
        .assert_opened();
    for _ in 0..2 {
        let replayed = a.post(&mut kept, server, &login, &token).await;
        replayed.assert_problem(400, "state-used");
        answers.push(replayed);
    }

    let login = a.login(&mut browser, server).await;
    let token = a.token(&claims(&login.nonce));
    let mut other = Browser::new();
    a.login(&mut other, server).await;
    let stolen = a.post(&mut other, server, &login, &token).await;
    stolen.assert_problem(403, "other-browser");
    answers.push(stolen);

    let login = b.login(&mut browser, server).await;
    let foreign = a.token(&claims(&login.nonce));
    let answer = a.post(&mut browser, server, &login, &foreign).await;
    answer.assert_problem(400, "wrong-signature");
    answers.push(answer);

    for state in ["made-up", "AAAA", "ü"] {
        let fields = [("id_token", token.as_str()), ("state", state)];
        let answer = browser.post(&server.url("/lti/launch"), &[], &fields).await;
        answer.assert_problem(400, "unknown-state");
        answers.push(answer);
    }
    for answer in &answers {
        case.logged(answer).await;
    }
}

#[tokio::test]
async fn what_is_no_launch_is_refused() {
    let mut case = Case::new("requests").await;
    let server = &case.server;
    let (launch, login) = (server.url("/lti/launch"), server.url("/lti/login"));
    let mut browser = Browser::new();
    let mut answers = Vec::new();

    browser
        .get(&launch)
        .await
        .assert_problem(405, "launch-by-get");
    let json = [("content-type", "application/json")];
    browser
        .send(http::Method::POST, &launch, &json, "{}")
        .await
        .assert_problem(415, "not-a-form");

    let long = "x".repeat(9_000);
    let forms: &[(&[(&str, &str)], u16, &str)] = &[
        (&[], 400, "missing-parameter"),
        (&[("id_token", "a.b.c")], 400, "missing-parameter"),
        (&[("state", "s")], 400, "missing-parameter"),
        (
            &[("id_token", "a"), ("id_token", "b"), ("state", "s")],
            400,
            "repeated-parameter",
        ),
        (
            &[("id_token", "a"), ("state", "s"), ("state", "t")],
            400,
            "repeated-parameter",
        ),
        (
            &[
                ("error", "login_required"),
                ("error_description", "Sign in <b>first</b>"),
            ],
            403,
            "platform-refused",
        ),
        (
            &[
                ("error", "invalid_request"),
                ("state", "made-up"),
                ("id_token", "a"),
            ],
            403,
            "platform-refused",
        ),
        (
            &[
                ("lti_message_type", "basic-lti-launch-request"),
                ("lti_version", "LTI-1p0"),
                ("oauth_consumer_key", "key"),
                ("oauth_signature", "sig"),
            ],
            400,
            "lti-1p1-not-offered",
        ),
    ];
    for (fields, status, code) in forms {
        let answer = browser.post(&launch, &[], fields).await;
        answer.assert_problem(*status, code);
        answers.push(answer);
    }
    let target = launch.as_str();
    let issuer = case.platform.issuer();
    let issuer = issuer.as_str();
    let logins: &[(&[(&str, &str)], &str)] = &[
        (
            &[("login_hint", "h"), ("target_link_uri", target)],
            "missing-parameter",
        ),
        (
            &[("iss", issuer), ("target_link_uri", target)],
            "missing-parameter",
        ),
        (&[("iss", issuer), ("login_hint", "h")], "missing-parameter"),
        (
            &[
                ("iss", issuer),
                ("login_hint", ""),
                ("target_link_uri", target),
            ],
            "missing-parameter",
        ),
        (
            &[
                ("iss", issuer),
                ("iss", "b"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "repeated-parameter",
        ),
        (
            &[
                ("iss", issuer),
                ("login_hint", &long),
                ("target_link_uri", target),
            ],
            "parameter-too-long",
        ),
        (
            &[
                ("iss", "https://unknown.example"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "unknown-registration",
        ),
        (
            &[
                ("iss", issuer),
                ("client_id", "other"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "unknown-registration",
        ),
        (
            &[
                ("iss", issuer),
                ("login_hint", "h"),
                ("target_link_uri", "https://evil.example/"),
            ],
            "foreign-target",
        ),
    ];
    for (fields, code) in logins {
        let answer = browser.post(&login, &[], fields).await;
        answer.assert_problem(400, code);
        answers.push(answer);
        let url = url::Url::parse_with_params(&login, *fields).unwrap();
        let answer = browser.get(url.as_str()).await;
        answer.assert_problem(400, code);
        answers.push(answer);
    }
    for answer in &answers {
        let entry = case.logged(answer).await;
        assert!(!entry.contains("<b>first</b>"), "texts are escaped");
    }
}

#[tokio::test]
async fn messages_that_are_not_offered_yet_say_so() {
    let mut case = Case::new("messages").await;
    let settings = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    let return_url = format!("{}/return", case.platform.issuer());
    case.refused(400, "message-not-offered", |header, mut claims| {
        remove(&mut claims, &["resource_link", "target_link_uri"]);
        claims[format!("{LTI}message_type")] = json!("LtiDeepLinkingRequest");
        claims[settings] = json!({
            "deep_link_return_url": return_url,
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe"],
        });
        sign(&key_pair("platform"), &header, &claims.to_string())
    })
    .await;
    case.refused(400, "message-not-offered", |header, mut claims| {
        claims[format!("{LTI}message_type")] = json!("LtiSubmissionReviewRequest");
        claims[format!("{LTI}for_user")] = json!({ "user_id": "student" });
        sign(&key_pair("platform"), &header, &claims.to_string())
    })
    .await;
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

    let url = case.server.url("/admin/deployments");
    let status = case.admin.open(&case.server.url("/admin/")).await;
    let form_token = status.field("form_token").unwrap();
    let connection = status.field("connection").unwrap();
    assert_eq!(status.field("deployment").as_deref(), Some("course-2"));
    let fields = |token, deployment| {
        [
            ("form_token", token),
            ("connection", connection.as_str()),
            ("deployment", deployment),
        ]
    };
    for token in ["", "made-up"] {
        let answer = case.admin.post(&url, &[], &fields(token, "course-2")).await;
        answer.assert_problem(403, "foreign-form");
    }
    let stranger = Browser::new()
        .post(&url, &[], &fields(&form_token, "course-2"))
        .await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    let unknown = fields(&form_token, "course-3");
    let answer = case.admin.post(&url, &[], &unknown).await;
    answer.assert_problem(404, "not-found");
    case.refused(403, "deployment-waiting", of_another_course)
        .await;

    let answer = case
        .admin
        .post(&url, &[], &fields(&form_token, "course-2"))
        .await;
    assert_eq!(answer.location(), "/admin/");
    case.launch("text/html", of_another_course)
        .await
        .assert_opened();
}
