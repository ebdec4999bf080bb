//! What the file decides about a connection, honoured by launches.

use ring::signature::{RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding};
use serde_json::{Value, json};

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::Consumer;
use crate::harness::platform::{Login, Platform, roles};
use crate::harness::server::{Server, Setup};

const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// A platform and a server whose entry for it has these lines more.
async fn start(name: &str, lines: &str) -> (Platform, Server) {
    let platform = Platform::start(name).await;
    let server = Setup::new().with(&(platform.entry() + lines)).start();
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

/// What the library says of the person who launched with these roles.
async fn shown(platform: &Platform, server: &Server, roles: &[&str]) -> String {
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, server, "someone", roles)
        .await;
    let path = answer.assert_opened();
    let page = browser.get(&server.url(&format!("{path}library"))).await;
    page.text()
}

#[tokio::test]
async fn a_connection_takes_its_own_algorithm_and_no_other() {
    let (platform, server) = start("rs512", "algorithm = \"RS512\"\n").await;
    platform.keys.lock().unwrap()["keys"][0]["alg"] = Value::Null;
    let with = async |algorithm: Option<(&str, &'static dyn RsaEncoding)>| {
        let mut browser = Browser::new();
        let login = platform.login(&mut browser, &server).await;
        let claims = platform.claims(&server, &login.nonce, "someone", roles::TEACHER);
        let token = match algorithm {
            Some(algorithm) => platform.token_by(algorithm, &claims),
            None => platform.token(&claims),
        };
        platform.post(&mut browser, &server, &login, &token).await
    };
    with(Some(("RS512", &RSA_PKCS1_SHA512)))
        .await
        .assert_opened();
    with(None).await.assert_problem(400, "wrong-algorithm");
    with(Some(("RS384", &RSA_PKCS1_SHA384)))
        .await
        .assert_problem(400, "wrong-algorithm");
    // The name alone is not the algorithm.
    with(Some(("RS512", &RSA_PKCS1_SHA384)))
        .await
        .assert_problem(400, "wrong-signature");
}

#[tokio::test]
async fn a_key_for_another_algorithm_is_not_the_connections() {
    let (platform, server) = start("other-alg", "algorithm = \"RS384\"\n").await;
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, &server).await;
    let claims = platform.claims(&server, &login.nonce, "someone", roles::TEACHER);
    // Its key set says RS256 of the key.
    let token = platform.token_by(("RS384", &RSA_PKCS1_SHA384), &claims);
    platform
        .post(&mut browser, &server, &login, &token)
        .await
        .assert_problem(400, "unknown-key");
}

#[tokio::test]
async fn an_endpoint_that_takes_only_post_gets_a_form() {
    let (platform, server) = start("post", "auth_method = \"POST\"\n").await;
    let mut browser = Browser::new();
    let target = server.url("/lti/launch");
    let fields = [
        ("iss", platform.issuer()),
        ("login_hint", "hint-7".to_owned()),
        ("lti_message_hint", "{\"a\":\"<b>\"}".to_owned()),
        ("target_link_uri", target.clone()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&server.url("/lti/login"), &[], &fields).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    let action = format!(
        "action=\"{}/auth?kept=yes\" method=\"post\"",
        platform.issuer()
    );
    assert!(text.contains(&action), "{text}");
    for (name, value) in [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", "client-post"),
        ("redirect_uri", &target),
        ("login_hint", "hint-7"),
        ("lti_message_hint", "{\"a\":\"<b>\"}"),
    ] {
        assert_eq!(page.field(name).as_deref(), Some(value), "{name}");
    }
    // It works without JavaScript, in the platform's frame, and posts to the platform alone.
    assert!(text.contains("data-auto-submit") && text.contains("type=\"submit\""));
    let policy = page.header("content-security-policy");
    assert!(!policy.contains("frame-ancestors"), "{policy}");
    let form_action = format!("form-action 'self' {}", platform.issuer());
    assert!(policy.contains(&form_action), "{policy}");
    let login = Login {
        location: url::Url::parse(&target).unwrap(),
        state: page.field("state").unwrap(),
        nonce: page.field("nonce").unwrap(),
    };
    let claims = platform.claims(&server, &login.nonce, "someone", roles::TEACHER);
    let token = platform.token(&claims);
    platform
        .post(&mut browser, &server, &login, &token)
        .await
        .assert_opened();
}

#[tokio::test]
async fn anonymous_launches_open_only_where_they_are_wanted() {
    let without_subject = |claims: &mut Value| {
        claims.as_object_mut().unwrap().remove("sub").unwrap();
    };
    let (platform, server) = start("anonymous", "anonymous = true\n").await;
    let answer = launch(&platform, &server, roles::STUDENT, without_subject).await;
    answer.assert_opened();
    let (platform, server) = start("named", "").await;
    let answer = launch(&platform, &server, roles::STUDENT, without_subject).await;
    assert_eq!(answer.status, 400);

    let consumer = Consumer::new("anonymous");
    for (line, opens) in [("anonymous = true\n", true), ("", false)] {
        let server = Setup::new().with(&(consumer.entry() + line)).start();
        let parameters = consumer.launch("x", "Learner").without("user_id");
        let mut browser = Browser::new();
        let answer = consumer
            .launches(&mut browser, &server, "/lti/launch", &parameters)
            .await;
        if opens {
            answer.assert_opened();
        } else {
            assert_eq!(answer.status, 400);
        }
    }
}

#[tokio::test]
async fn a_role_counts_as_the_connection_says() {
    let aide = "urn:school:role#Aide";
    let staff = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff";
    let instructor = roles::TEACHER[0];
    let lines = format!(
        "role_overrides = [\"{aide} = contributor\", \"{staff} = manager\", \
         \"{instructor} = member\"]\n"
    );
    let (platform, server) = start("overrides", &lines).await;
    for (sent, role) in [
        (vec![aide.to_uppercase()], "Contributor"),
        (vec![staff.to_owned()], "Teacher"),
        (vec![instructor.to_owned()], "Student"),
        (vec![instructor.to_owned(), aide.to_owned()], "Contributor"),
        (vec!["Instructor".to_owned()], "Teacher"),
    ] {
        let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
        let text = shown(&platform, &server, &sent).await;
        assert!(text.contains(&format!("<span>{role}</span>")), "{sent:?}");
    }
    let (platform, server) = start("usual", "").await;
    for sent in [aide, staff] {
        let text = shown(&platform, &server, &[sent]).await;
        assert!(text.contains("<span>Student</span>"), "{sent}");
    }
}

#[tokio::test]
async fn deployments_wait_unless_all_are_taken() {
    let other = |claims: &mut Value| claims[format!("{LTI}deployment_id")] = json!("another");
    let (platform, server) = start("takes-all", "accept_deployments = true\n").await;
    launch(&platform, &server, roles::TEACHER, other)
        .await
        .assert_opened();
    let (platform, server) = start("waits", "").await;
    let mut admin = admin::first(&server).await;
    let answer = launch(&platform, &server, roles::TEACHER, other).await;
    answer.assert_problem(403, "deployment-waiting");
    let list = admin.open(&server.url("/admin/connections")).await;
    assert!(
        list.text().contains("1 deployment waits"),
        "{}",
        list.text()
    );
}
