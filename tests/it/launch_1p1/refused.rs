//! Forms that must be refused: each with a status, a code, the parameter where it is one, and an
//! entry in the launch log.

use super::{LAUNCH, launch, start};
use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, LMS, Parameters, post};
use crate::harness::now;
use crate::harness::server::Server;

struct Case {
    consumer: Consumer,
    server: Server,
    admin: Browser,
}

impl Case {
    async fn new(key: &str, more: &str) -> Self {
        let consumer = Consumer::new(key);
        let server = start(&consumer, more);
        let admin = admin::first(&server).await;
        Self {
            consumer,
            server,
            admin,
        }
    }

    fn parameters(&self) -> Parameters {
        self.consumer.launch("ada", "Learner")
    }

    /// Asserts that an answer is this refusal, names the parameter, and is in the launch log.
    async fn refused(&mut self, answer: &Answer, status: u16, code: &str, parameter: &str) {
        answer.assert_problem(status, code);
        let named = format!("<code>{parameter}</code>");
        assert!(
            parameter.is_empty() || answer.text().contains(&named),
            "{code}: {parameter}"
        );
        assert!(answer.set_cookies().is_empty());
        let entry = admin::launch_entry(&mut self.admin, &self.server, answer).await;
        assert!(entry.contains("Refused"), "{entry}");
        assert!(!entry.contains(&self.consumer.secret));
    }

    /// Signs, posts, and asserts that it is refused.
    async fn refuses(&mut self, parameters: &Parameters, code: &str, parameter: &str) {
        let answer = launch(&self.consumer, &self.server, parameters).await;
        self.refused(&answer, 400, code, parameter).await;
    }

    async fn post(&self, path: &str, signed: &Parameters) -> Answer {
        post(&mut Browser::new(), &self.server.url(path), LMS, signed).await
    }

    fn signed(&self) -> Parameters {
        let url = self.server.url(LAUNCH);
        self.consumer.sign(&url, &self.parameters())
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named() {
    let mut case = Case::new("named", "").await;
    for name in ["lti_message_type", "lti_version"] {
        let without = case.parameters().without(name);
        case.refuses(&without, "missing-parameter", name).await;
        let empty = case.parameters().with(name, "");
        case.refuses(&empty, "missing-parameter", name).await;
    }
    // Nobody comes anonymously.
    let anonymous = case.parameters().without("user_id");
    case.refuses(&anonymous, "missing-subject", "user_id").await;
    for name in [
        "oauth_consumer_key",
        "oauth_nonce",
        "oauth_timestamp",
        "oauth_signature_method",
    ] {
        let without = case.parameters().without(name);
        case.refuses(&without, "missing-parameter", name).await;
        let twice = case.parameters().and(name, "x");
        case.refuses(&twice, "repeated-parameter", name).await;
    }
    let long = "x".repeat(600);
    for (name, value, code) in [
        ("oauth_version", "2.0", "wrong-oauth-version"),
        (
            "oauth_signature_method",
            "PLAINTEXT",
            "unsupported-signature-method",
        ),
        (
            "oauth_signature_method",
            "RSA-SHA1",
            "unsupported-signature-method",
        ),
        ("oauth_timestamp", "yesterday", "malformed-timestamp"),
        ("oauth_consumer_key", "unknown", "unknown-consumer"),
        ("oauth_nonce", &long, "parameter-too-long"),
        ("lti_version", "LTI-2p0", "wrong-form-version"),
        ("user_id", &long, "parameter-too-long"),
        ("user_id", "a\u{7}b", "invalid-claim"),
    ] {
        let wrong = case.parameters().with(name, value);
        case.refuses(&wrong, code, name).await;
    }
    let other = case.parameters().with("lti_message_type", "Dashboard");
    case.refuses(&other, "unknown-message-type", "").await;
    let selection = "ContentItemSelectionRequest";
    let selection = case.parameters().with("lti_message_type", selection);
    let missing = ("missing-parameter", "content_item_return_url");
    case.refuses(&selection, missing.0, missing.1).await;
    let twice = case.parameters().and("roles", "Instructor");
    case.refuses(&twice, "repeated-parameter", "roles").await;
    for (seconds, code) in [(-330_i64, "timestamp-old"), (330, "timestamp-in-future")] {
        let at = now().checked_add_signed(seconds).unwrap().to_string();
        let late = case.parameters().with("oauth_timestamp", &at);
        case.refuses(&late, code, "oauth_timestamp").await;
    }
}

/// A plain text signature shows the secret; it is refused all the same, be it right.
#[tokio::test]
async fn no_signature_but_the_right_one_is_taken() {
    let mut case = Case::new("signatures", "").await;
    let signed = case.signed();
    let plain = signed.with("oauth_signature_method", "PLAINTEXT");
    let plain = plain.with("oauth_signature", &format!("{}&", case.consumer.secret));
    let answer = case.post(LAUNCH, &plain).await;
    let parameter = "oauth_signature_method";
    case.refused(&answer, 400, "unsupported-signature-method", parameter)
        .await;

    let right = signed.get("oauth_signature").unwrap().to_owned();
    let mut wrong = vec![
        signed.with("oauth_signature", "!"),
        signed.with("oauth_signature", &right[..right.len() - 1]),
        signed.with("oauth_signature", &right.to_lowercase()),
        signed.with("roles", "Instructor"),
        signed.with("user_id", "somebody"),
        signed.without("resource_link_title"),
        signed.and("roles", "Instructor"),
        signed.and("custom_x", ""),
    ];
    let liar = Consumer {
        secret: "guessed".into(),
        ..case.consumer.clone()
    };
    wrong.push(liar.sign(&case.server.url(LAUNCH), &case.parameters()));
    for wrong in wrong {
        let answer = case.post(LAUNCH, &wrong).await;
        case.refused(&answer, 400, "wrong-oauth-signature", "oauth_signature")
            .await;
    }
    let answer = case.post(LAUNCH, &signed.without("oauth_signature")).await;
    case.refused(&answer, 400, "missing-parameter", "oauth_signature")
        .await;
    let answer = case
        .post(LAUNCH, &signed.and("oauth_signature", &right))
        .await;
    case.refused(&answer, 400, "repeated-parameter", "oauth_signature")
        .await;

    // None of them used the nonce up, though they all carried it.
    case.post(LAUNCH, &signed).await.assert_opened();
    for _ in 0..2 {
        let replayed = case.post(LAUNCH, &signed).await;
        case.refused(&replayed, 400, "nonce-used", "").await;
    }
}

#[tokio::test]
async fn many_at_once_with_one_nonce_open_once() {
    let case = Case::new("race", "").await;
    let signed = case.signed();
    let posts = (0..8).map(|_| case.post(LAUNCH, &signed));
    let answers = futures_util::future::join_all(posts).await;
    let opened = answers.iter().filter(|answer| answer.status == 303);
    assert_eq!(opened.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        answer.assert_problem(400, "nonce-used");
    }
}

#[tokio::test]
async fn what_nobody_signed_changes_nothing() {
    let appended = "/lti/launch?roles=Instructor";
    let mut case = Case::new("whole", "").await;
    let signed = case.signed();
    let answer = case.post(appended, &signed).await;
    case.refused(&answer, 400, "query-not-signed", "oauth_signature")
        .await;
    let answer = case.post("/lti/launch?oauth_nonce=new", &signed).await;
    case.refused(&answer, 400, "repeated-parameter", "oauth_nonce")
        .await;

    // A consumer that never signs its query: the query is gone before anything is read.
    let case = Case::new("body", "body_only_signatures = true\n").await;
    let mut browser = Browser::new();
    let url = case.server.url(appended);
    let path = post(&mut browser, &url, LMS, &case.signed())
        .await
        .assert_opened();
    let page = browser
        .get(&case.server.url(&format!("{path}library")))
        .await;
    assert!(page.text().contains("Student") && !page.text().contains("Teacher"));
    let without = case.parameters().without("roles").without("oauth_nonce");
    let signed = case.consumer.sign(&case.server.url(LAUNCH), &without);
    case.post("/lti/launch?oauth_nonce=any", &signed)
        .await
        .assert_problem(400, "wrong-oauth-signature");
}

#[tokio::test]
async fn only_forms_are_read() {
    let case = Case::new("bodies", "").await;
    let signed = case.signed();
    let json: serde_json::Map<_, _> = signed
        .0
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    let parts: Vec<String> = signed
        .0
        .iter()
        .map(|(name, value)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    let multipart = parts.concat();
    for (kind, body) in [
        (
            "application/json",
            serde_json::Value::Object(json).to_string(),
        ),
        (
            "multipart/form-data; boundary=b",
            format!("{multipart}--b--\r\n"),
        ),
        ("text/plain", String::new()),
        ("", String::new()),
    ] {
        let headers = [("content-type", kind), ("origin", LMS)];
        let url = case.server.url(LAUNCH);
        let mut browser = Browser::new();
        let answer = browser.send(http::Method::POST, &url, &headers, body);
        answer.await.assert_problem(415, "not-a-form");
    }
    case.post(LAUNCH, &signed).await.assert_opened();
}

#[tokio::test]
async fn a_consumer_is_bound_to_its_first_installation() {
    const GUID: &str = "tool_consumer_instance_guid";
    let mut case = Case::new("bound", "").await;
    // One that is not verified binds nothing.
    let liar = Consumer {
        secret: "guessed".into(),
        ..case.consumer.clone()
    };
    let foreign = case.parameters().with(GUID, "evil");
    let answer = launch(&liar, &case.server, &foreign).await;
    answer.assert_problem(400, "wrong-oauth-signature");
    // Without one there is nothing to bind.
    let none = case.parameters().without(GUID);
    launch(&case.consumer, &case.server, &none)
        .await
        .assert_opened();
    let first = case.parameters();
    launch(&case.consumer, &case.server, &first)
        .await
        .assert_opened();
    for other in [
        case.parameters().with(GUID, "other"),
        case.parameters().with(GUID, ""),
        case.parameters().without(GUID),
    ] {
        let answer = launch(&case.consumer, &case.server, &other).await;
        case.refused(&answer, 403, "guid-mismatch", GUID).await;
    }
    let again = case.parameters();
    launch(&case.consumer, &case.server, &again)
        .await
        .assert_opened();

    let mut case = Case::new("named", "guid = \"expected\"\n").await;
    let other = case.parameters();
    let answer = launch(&case.consumer, &case.server, &other).await;
    case.refused(&answer, 403, "guid-mismatch", GUID).await;
    let named = case.parameters().with(GUID, "expected");
    launch(&case.consumer, &case.server, &named)
        .await
        .assert_opened();
}

#[tokio::test]
async fn a_window_can_be_narrower_and_wider() {
    for (window, age, opens) in [("30 s", 60, false), ("10 min", 500, true)] {
        let more = format!("timestamp_window = \"{window}\"\n");
        let case = Case::new("windows", &more).await;
        let at = (now() - age).to_string();
        let old = case.parameters().with("oauth_timestamp", &at);
        let answer = launch(&case.consumer, &case.server, &old).await;
        if opens {
            answer.assert_opened();
        } else {
            answer.assert_problem(400, "timestamp-old");
        }
    }
}
