//! External tools by LTI 1.3: the login, the authentication endpoint with each of its checks, and the
//! services, honest and hostile.

mod rosters;

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::lti::ags::media_type;
use crate::lti::check::Checks;
use crate::lti::grant::{Assertion, Granted};
use crate::lti::jwks::KeySet;
use crate::lti::key::SigningKey;
use crate::lti::names::{claim, scope};
use crate::lti::oidc::AuthenticationRequest;
use crate::lti::token::Unverified;

const LOGIN: &str = "https://9.9.9.9/login";
pub(super) const REDIRECT: &str = "https://9.9.9.9/redirect";
const TOKEN: &str = "http://127.0.0.1:8080/tools/token";
pub(super) const GRADES: [&str; 3] = [scope::LINE_ITEM, scope::SCORE, scope::RESULT_READ];

/// The tool's own key.
pub(super) fn tool_key() -> SigningKey {
    SigningKey::from_pkcs8(include_bytes!("../../../../tests/fixtures/keys/other.p8")).unwrap()
}

/// What a teacher enters about a tool of LTI 1.3, beside what every tool has.
fn of_1p3() -> [(&'static str, &'static str); 5] {
    static PEM: LazyLock<String> = LazyLock::new(|| tool_key().public().to_pem().unwrap());
    [
        ("version", "1.3"),
        ("passport", ""),
        ("login_url", LOGIN),
        ("redirect_uris", REDIRECT),
        ("keys_pem", PEM.as_str()),
    ]
}

/// All of it.
fn own<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    entry(&[other, &of_1p3()].concat())
}

/// A tool of LTI 1.3, placed in the teacher's course.
pub(super) async fn registered(teacher: &Visitor<'_>, other: &[(&str, &str)]) -> ItemId {
    placed(teacher, &[other, &of_1p3()].concat()).await
}

/// What a tool asks with the hints of a launch that was offered.
async fn asked(visitor: &Visitor<'_>, item: ItemId) -> BTreeMap<String, String> {
    asked_for(&launched(visitor, item).await)
}

/// What a tool asks with these hints.
pub(super) fn asked_for(hints: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let request = AuthenticationRequest {
        client_id: &hints["client_id"],
        redirect_uri: REDIRECT,
        login_hint: &hints["login_hint"],
        message_hint: Some(&hints["lti_message_hint"]),
        nonce: "n-1",
        state: "s-1",
    };
    let fields = request.fields().into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(super) async fn authenticate(running: &Running, asked: &BTreeMap<String, String>) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let query = form.extend_pairs(asked).finish();
    let headers = [("accept", "text/html")];
    get(running, &format!("/tools/auth?{query}"), &headers).await
}

/// The claims of the token that a page posts, its signature verified with the published keys.
pub(super) async fn claims(running: &Running, page: &Answer) -> Value {
    let form = fields(page);
    let token = form.get("id_token").unwrap_or_else(|| panic!("{form:?}"));
    let keys = get(running, "/tools/jwks", &[]).await;
    let keys = KeySet::parse(&keys.body).unwrap();
    let mut checks = Checks::default();
    let unverified = Unverified::parse(token, &mut checks).unwrap();
    assert!(unverified.verify(&keys, &mut checks).is_ok());
    let half = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(half).unwrap()).unwrap()
}

#[tokio::test]
async fn a_tool_is_launched_with_a_token_of_one_minute() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let custom = [("custom", "who=$User.id\nmail=$Person.email.primary")];
    let item = registered(&ada, &custom).await;
    let (tool, _) = tool_of(&running, item);
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{item}/launch")).await;
    assert!(page.text().contains(&format!("action=\"{LOGIN}\"")));
    let hints = fields(&page);
    assert_eq!(hints["iss"], running.app.public().to_string());
    assert_eq!(hints["target_link_uri"], LAUNCH);
    for private in ["sam", "Sam"] {
        assert!(!format!("{hints:?}").contains(private));
    }

    let asked = asked(&sam, item).await;
    let page = authenticate(&running, &asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains(&format!("action=\"{REDIRECT}\"")));
    assert_eq!(fields(&page)["state"], "s-1");
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-ancestors 'self' https://lms.example"),
        "{policy}"
    );
    let claims = claims(&running, &page).await;
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["aud"], tool.to_string());
    let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(life, 60);
    assert_eq!(claims[claim::DEPLOYMENT_ID], tool.to_string());
    assert_eq!(claims[claim::ROLES][0], STUDENT);
    assert_eq!(claims[claim::CONTEXT]["title"], "Course of physics");
    assert_eq!(claims[claim::CUSTOM]["who"], claims["sub"]);
    assert_eq!(claims[claim::CUSTOM]["mail"], "$Person.email.primary");
    assert_eq!(claims.get("name"), None, "nobody agreed");
    assert_ne!(claims["sub"], "sam");
    let ags = &claims[claim::AGS];
    assert!(
        ags["lineitem"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{item}"))
    );
    assert!(claims[claim::NRPS]["context_memberships_url"].is_string());

    let again = self::asked(&sam, item).await;
    let again = self::claims(&running, &authenticate(&running, &again).await).await;
    assert_eq!(again["sub"], claims["sub"], "the same name at every launch");
}

#[tokio::test]
async fn each_check_of_the_endpoint_refuses_by_its_name() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let other = registered(&ada, &[("title", "Other")]).await;
    let other = tool_of(&running, other).0.to_string();
    let sam = SAM.arrives(&running).await;
    let good = asked(&sam, item).await;
    let theirs = asked(&ada, item).await;
    let with = |name: &str, value: &str| {
        let mut changed = good.clone();
        changed.insert(name.to_owned(), value.to_owned());
        changed
    };
    for (name, value) in [
        ("client_id", "0000000000000001"),
        ("client_id", "lanterna"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "https://9.9.9.9/redirect/"),
    ] {
        let page = authenticate(&running, &with(name, value)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name}={value}");
        assert_eq!(page.code(), "tool-unknown");
        assert!(
            !page.text().contains("data-auto-submit"),
            "nothing is sent anywhere"
        );
    }
    for (name, value, code) in [
        ("scope", "profile", "invalid_scope"),
        ("response_type", "code", "unsupported_response_type"),
        ("response_mode", "query", "invalid_request"),
        ("prompt", "login", "invalid_request"),
        ("nonce", "", "invalid_request"),
        ("login_hint", "guessed", "login_required"),
        ("lti_message_hint", "guessed", "login_required"),
        ("login_hint", &theirs["login_hint"], "login_required"),
        (
            "lti_message_hint",
            &theirs["lti_message_hint"],
            "login_required",
        ),
        ("client_id", &other, "login_required"),
    ] {
        let page = authenticate(&running, &with(name, value)).await;
        let form = fields(&page);
        assert_eq!(
            form.get("error").map(String::as_str),
            Some(code),
            "{name}={value}"
        );
        assert!(!form.contains_key("id_token"));
        assert_eq!(form["state"], "s-1");
    }
    let page = authenticate(&running, &good).await;
    assert!(
        fields(&page).contains_key("id_token"),
        "none of them used it up"
    );
    let page = authenticate(&running, &good).await;
    assert_eq!(fields(&page)["error"], "login_required", "but this did");

    let late = asked(&sam, item).await;
    running.clock.advance(Duration::from_mins(1));
    let page = authenticate(&running, &late).await;
    assert_eq!(fields(&page)["error"], "login_required", "too late");
}

#[tokio::test]
async fn what_has_ended_meanwhile_is_not_launched() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let sam = SAM.arrives(&running).await;
    let before = asked(&sam, item).await;
    sam.post("sign-out", &[]).await;
    let page = authenticate(&running, &before).await;
    assert_eq!(fields(&page)["error"], "login_required", "the session");

    let sam = SAM.arrives(&running).await;
    let before = asked(&sam, item).await;
    ada.post(&format!("media/{item}/delete"), &[]).await;
    let page = authenticate(&running, &before).await;
    assert_eq!(fields(&page)["error"], "login_required", "the item");

    let item = registered(&ada, &[]).await;
    let before = asked(&sam, item).await;
    forbid(&running, item).await;
    let page = authenticate(&running, &before).await;
    assert_eq!(page.code(), "tool-unknown", "the tool");
}

async fn forbid(running: &Running, item: ItemId) {
    let (store, world) = (&running.app.store, &running.app.world);
    let (id, now) = (tool_of(running, item).0, world.now());
    let forbid = |tool: &mut Tool| tool.forbidden = Some(now);
    registry::change(store, world, id, forbid, |_| {})
        .await
        .unwrap();
}

/// A tool that was launched, and its calls.
pub(super) struct Tooling<'a> {
    running: &'a Running,
    tool: ToolId,
    /// By what name it knows the student.
    pub(super) student: String,
    teacher: String,
    pub(super) line_item: String,
    memberships: String,
}

impl<'a> Tooling<'a> {
    pub(super) async fn of(running: &'a Running, item: ItemId) -> Self {
        let (ada, sam) = (ADA.arrives(running).await, SAM.arrives(running).await);
        let student = authenticate(running, &asked(&sam, item).await).await;
        let student = claims(running, &student).await;
        let teacher = authenticate(running, &asked(&ada, item).await).await;
        let teacher = claims(running, &teacher).await;
        let path = |value: &Value| {
            let url = value.as_str().unwrap();
            url.strip_prefix("http://127.0.0.1:8080")
                .unwrap()
                .to_owned()
        };
        Self {
            running,
            tool: tool_of(running, item).0,
            student: student["sub"].as_str().unwrap().to_owned(),
            teacher: teacher["sub"].as_str().unwrap().to_owned(),
            line_item: path(&student[claim::AGS]["lineitem"]),
            memberships: path(&student[claim::NRPS]["context_memberships_url"]),
        }
    }

    async fn ask_token(&self, id: &str, key: &SigningKey, scopes: &[&str]) -> Answer {
        let client_id = self.tool.to_string();
        let assertion = Assertion {
            client_id: &client_id,
            audience: TOKEN,
            id,
            at: self.running.app.world.now(),
        };
        let form = assertion.form(key, scopes).unwrap();
        let mut body = form_urlencoded::Serializer::new(String::new());
        let pairs = form.iter().map(|(name, value)| (*name, value.as_str()));
        let body = body.extend_pairs(pairs).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = request(
            Method::POST,
            "/tools/token",
            &headers,
            Full::<Bytes>::from(body),
        );
        send(self.running, request).await
    }

    pub(super) async fn token(&self, id: &str, scopes: &[&str]) -> String {
        let answer = self.ask_token(id, &tool_key(), scopes).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        Granted::read(&answer.body).unwrap().token
    }

    pub(super) async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let media_type = if path.ends_with("/scores") {
            media_type::SCORE
        } else {
            media_type::LINE_ITEM
        };
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", media_type),
        ];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request(method, path, &headers, Full::<Bytes>::from(body));
        send(self.running, request).await
    }

    pub(super) async fn report(&self, token: &str, user: &str, points: f64) -> Answer {
        let score = json!({
            "userId": user, "timestamp": self.running.app.world.now().timestamp().to_string(),
            "activityProgress": "Completed", "gradingProgress": "FullyGraded",
            "scoreGiven": points, "scoreMaximum": 20,
        });
        let path = format!("{}/scores", self.line_item);
        self.call(token, Method::POST, &path, Some(score)).await
    }
}

#[tokio::test]
async fn what_a_tool_reports_stands_in_the_course() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let tooling = Tooling::of(&running, item).await;
    let token = tooling.token("1", &GRADES).await;
    let answer = tooling.report(&token, &tooling.student, 17.0).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(
        tooling.report(&token, &tooling.student, 18.0).await.status,
        StatusCode::CONFLICT
    );
    let path = format!("{}/results", tooling.line_item);
    let results = tooling.call(&token, Method::GET, &path, None).await;
    let results: Value = serde_json::from_slice(&results.body).unwrap();
    assert_eq!(results[0]["userId"], tooling.student);
    assert_eq!(
        (&results[0]["resultScore"], &results[0]["resultMaximum"]),
        (&json!(85), &json!(100))
    );
    let page = ada.get(&format!("course/scores/{item}")).await;
    assert!(
        page.text().contains("Sam") && page.text().contains("17"),
        "{}",
        page.text()
    );
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(page.text().contains("own-score"));
}

#[tokio::test]
async fn hostile_calls_reach_nothing() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let other = registered(&ada, &[("title", "Other")]).await;
    let (tooling, foreign) = (
        Tooling::of(&running, item).await,
        Tooling::of(&running, other).await,
    );

    let all = tooling.token("1", &GRADES).await;
    let again = tooling.ask_token("1", &tool_key(), &GRADES).await;
    assert_eq!(
        again.status,
        StatusCode::UNAUTHORIZED,
        "an assertion is used once"
    );
    let own = include_bytes!("../../../../tests/fixtures/keys/platform.p8");
    let forged = tooling
        .ask_token("2", &SigningKey::from_pkcs8(own).unwrap(), &GRADES)
        .await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    let nothing = tooling.ask_token("3", &tool_key(), &["openid"]).await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);

    let read = tooling.token("4", &[scope::RESULT_READ]).await;
    assert_eq!(
        tooling.report(&read, &tooling.student, 1.0).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        tooling
            .report("guessed", &tooling.student, 1.0)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let theirs = foreign.token("5", &GRADES).await;
    assert_eq!(
        tooling.report(&theirs, &tooling.student, 1.0).await.status,
        StatusCode::NOT_FOUND
    );
    for (user, code) in [
        (foreign.student.as_str(), "unknown_user"),
        ("sam", "unknown_user"),
        (&tooling.teacher, "not_graded"),
    ] {
        let answer = tooling.report(&all, user, 1.0).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{user}");
        assert!(answer.text().contains(code), "{}", answer.text());
    }
    let line_items = tooling.line_item.rsplit_once('/').unwrap().0.to_owned();
    let (before, _) = line_items.rsplit_once("/ags/").unwrap();
    for elsewhere in [
        format!("{before}/ags/0000000000000000/line-items"),
        format!("{before}/ags/00000000000000ff/line-items"),
        format!(
            "{line_items}/{}",
            foreign.line_item.rsplit('/').next().unwrap()
        ),
        format!("{line_items}/guessed"),
    ] {
        let answer = tooling.call(&all, Method::GET, &elsewhere, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{elsewhere}");
    }
    let item_of_another = json!({
        "label": "X", "scoreMaximum": 1, "resourceLinkId": foreign.line_item,
    });
    let answer = tooling
        .call(&all, Method::POST, &line_items, Some(item_of_another))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        tooling
            .call(&all, Method::GET, &line_items, None)
            .await
            .status,
        StatusCode::OK
    );

    assert_eq!(
        tooling.report(&all, &tooling.student, 1.0).await.status,
        StatusCode::OK
    );
    forbid(&running, item).await;
    running.clock.advance(Duration::from_secs(1));
    let answer = tooling.report(&all, &tooling.student, 2.0).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "what is forbidden reports nothing"
    );
    let answer = tooling.ask_token("6", &tool_key(), &GRADES).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_tool_that_reports_no_grades_is_offered_none() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[("grades", "")]).await;
    let sam = SAM.arrives(&running).await;
    let page = authenticate(&running, &asked(&sam, item).await).await;
    assert_eq!(claims(&running, &page).await.get(claim::AGS), None);
}
