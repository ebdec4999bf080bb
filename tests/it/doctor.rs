//! The launch doctor: what administration makes of refused launches.

use serde_json::json;

use crate::harness::admin::first;
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, LMS, post};
use crate::harness::now;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

struct Case {
    platform: Platform,
    server: Server,
    admin: Browser,
}

impl Case {
    /// A platform whose deployments nobody knows yet, and what else is configured.
    async fn new(name: &str, more: &str) -> Self {
        let platform = Platform::start(name).await;
        let entry = platform.entry().replace("[\"1\"]", "[]");
        let server = Setup::new().with(&format!("{entry}{more}")).start();
        let admin = first(&server).await;
        Self {
            platform,
            server,
            admin,
        }
    }

    async fn launch(&self, browser: &mut Browser) -> Answer {
        let launch = self
            .platform
            .launch(browser, &self.server, "robin", roles::STUDENT);
        launch.await
    }

    /// A launch whose claims are changed so.
    async fn changed(&self, claim: &str, value: serde_json::Value) -> Answer {
        let mut browser = Browser::new();
        let login = self.platform.login(&mut browser, &self.server).await;
        let mut claims = self
            .platform
            .claims(&self.server, &login.nonce, "robin", roles::STUDENT);
        claims[claim] = value;
        let token = self.platform.token(&claims);
        self.platform
            .post(&mut browser, &self.server, &login, &token)
            .await
    }

    async fn page(&mut self, path: &str) -> String {
        let page = self.admin.open(&self.server.url(path)).await;
        assert_eq!(page.status, 200, "{path}");
        page.text()
    }

    async fn entry(&mut self, refused: &Answer) -> String {
        let path = format!("/admin/launches/{}", refused.reference());
        self.page(&path).await
    }
}

#[tokio::test]
async fn a_waiting_deployment_is_approved_where_it_was_refused() {
    let mut case = Case::new("waiting", "").await;
    let refused = case.launch(&mut Browser::new()).await;
    refused.assert_problem(403, "deployment-waiting");
    let entry = case.entry(&refused).await;
    for words in [
        "nobody approved yet",
        "Approve this deployment",
        "platform-key",
    ] {
        assert!(entry.contains(words), "{words}\n{entry}");
    }
    assert!(
        entry.contains("As ours"),
        "the clock of its answers: {entry}"
    );

    let url = case
        .server
        .url(&format!("/admin/launches/{}", refused.reference()));
    let page = case.admin.open(&url).await;
    let token = page.field("form_token").unwrap();
    let fields = [("form_token", token.as_str())];
    let stranger = Browser::new().post(&url, &[], &fields).await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    let forged = case.admin.post(&url, &[], &[("form_token", "x")]).await;
    forged.assert_problem(403, "foreign-form");
    case.launch(&mut Browser::new())
        .await
        .assert_problem(403, "deployment-waiting");

    let approved = case.admin.post(&url, &[], &fields).await;
    assert!(approved.location().ends_with(&refused.reference()));
    case.launch(&mut Browser::new()).await.assert_opened();
    let entry = case.entry(&refused).await;
    assert!(entry.contains("It is approved by now"), "{entry}");

    // Only for a launch that was refused for its deployment.
    let other = case.changed("iss", json!("https://other.example")).await;
    let url = case
        .server
        .url(&format!("/admin/launches/{}", other.reference()));
    let answer = case.admin.post(&url, &[], &fields).await;
    answer.assert_problem(404, "not-found");
}

#[tokio::test]
async fn each_refusal_has_its_cause_and_the_fields_of_the_lms() {
    let mut case = Case::new("causes", "").await;
    let old = now() - 3600;
    let late = case.changed("iat", json!(old)).await;
    let entry = case.entry(&late).await;
    assert!(
        entry.contains("issued 60 min ago") || entry.contains("61 min ago"),
        "{entry}"
    );
    assert!(entry.contains("set the clocks"), "{entry}");

    let target = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
    let foreign = case.changed(target, json!("https://other.example/x")).await;
    let entry = case.entry(&foreign).await;
    assert!(entry.contains("Redirect URI"), "{entry}");
    let own = case.server.url("/lti/launch");
    assert!(entry.contains(&format!("value=\"{own}\"")), "{entry}");

    let issuer = case.changed("iss", json!("https://other.example")).await;
    let entry = case.entry(&issuer).await;
    let expected = format!("<span class=\"value\">{}</span>", case.platform.issuer());
    assert!(entry.contains(&expected), "{entry}");

    // Labels are those of the platform's product, where that is known.
    let auth = "[[platform]]\nname = \"M\"\nissuer = \"https://m.example\"\nclient_id = \"c\"\n\
                auth_url = \"https://m.example/mod/lti/auth.php\"\n\
                token_url = \"https://m.example/mod/lti/token.php\"\n\
                jwks_url = \"https://m.example/mod/lti/certs.php\"\n";
    let mut case = Case::new("labels", auth).await;
    let login = case.server.url(
        "/lti/login?iss=https%3A%2F%2Fm.example&client_id=c&login_hint=1\
         &target_link_uri=https%3A%2F%2Felsewhere.example%2F",
    );
    let refused = Browser::new().open(&login).await;
    refused.assert_problem(400, "foreign-target");
    let entry = case.entry(&refused).await;
    for words in ["Where in Moodle", "Redirection URI(s)", "Manage tools"] {
        assert!(entry.contains(words), "{words}\n{entry}");
    }
}

#[tokio::test]
async fn a_form_shows_the_names_of_its_parameters_and_never_a_value() {
    let consumer = Consumer::new("doctor");
    let mut case = Case::new("forms", &consumer.entry()).await;
    let url = case.server.url("/lti/launch");
    let stranger = Consumer {
        secret: "hunter2".into(),
        ..consumer.clone()
    };
    let parameters = stranger
        .launch("ada", "Learner")
        .and("lis_person_name_full", "Ada Lovelace");
    let signed = stranger.sign(&url, &parameters);
    let refused = post(&mut Browser::new(), &url, LMS, &signed).await;
    refused.assert_problem(400, "wrong-oauth-signature");
    let entry = case.entry(&refused).await;
    for words in [
        "lis_person_name_full",
        "oauth_signature",
        url.as_str(),
        "Shared secret",
    ] {
        assert!(entry.contains(words), "{words}\n{entry}");
    }
    let signature = signed.get("oauth_signature").unwrap();
    for secret in ["Lovelace", signature, &consumer.secret, "hunter2"] {
        assert!(!entry.contains(secret), "{secret}\n{entry}");
    }
}

#[tokio::test]
async fn a_form_is_mended_where_forms_are_made_and_at_the_address_that_it_launched() {
    let consumer = Consumer::new("forms-of-old");
    let mut case = Case::new("forms-of-old", &consumer.entry()).await;
    let url = case
        .server
        .url("/lti/launch/000102030405060708090a0b0c0d0e0f");
    let stranger = Consumer {
        secret: "hunter2".into(),
        ..consumer.clone()
    };
    let signed = stranger.sign(&url, &stranger.launch("ada", "Learner"));
    let refused = post(&mut Browser::new(), &url, LMS, &signed).await;
    refused.assert_problem(400, "wrong-oauth-signature");
    let entry = case.entry(&refused).await;
    for words in [
        &format!("value=\"{url}\""),
        "set up with its key and secret",
        "Launch URL",
    ] {
        assert!(entry.contains(words), "{words}\n{entry}");
    }
    assert!(!entry.contains("/lti/login"), "{entry}");
}

#[tokio::test]
async fn only_a_login_that_could_be_of_several_shows_the_addresses_of_one_each() {
    let alike = |name: &str| {
        format!(
            "[[platform]]\nname = \"{name}\"\nissuer = \"https://m.example\"\n\
             client_id = \"{name}\"\nauth_url = \"https://m.example/auth\"\n\
             token_url = \"https://m.example/token\"\njwks_url = \"https://m.example/keys\"\n"
        )
    };
    let mut case = Case::new("alike", &format!("{}{}", alike("one"), alike("two"))).await;
    let begun = |client: &str| {
        case.server.url(&format!(
            "/lti/login?iss=https%3A%2F%2Fm.example&login_hint=1{client}\
             &target_link_uri=https%3A%2F%2Felsewhere.example%2F"
        ))
    };
    let (ambiguous, foreign) = (begun(""), begun("&client_id=one"));
    let refused = Browser::new().open(&ambiguous).await;
    refused.assert_problem(400, "ambiguous-registration");
    let entry = case.entry(&refused).await;
    let own = case.server.url("/lti/login/");
    assert_eq!(
        entry.matches(&format!("value=\"{own}")).count(),
        2,
        "{entry}"
    );
    let refused = Browser::new().open(&foreign).await;
    refused.assert_problem(400, "foreign-target");
    let entry = case.entry(&refused).await;
    assert!(!entry.contains(&own), "{entry}");
}

#[tokio::test]
async fn a_refused_registration_has_its_cause() {
    let mut case = Case::new("registrations", "").await;
    let url = case.server.url("/lti/register?invitation=nonsense");
    let refused = Browser::new().open(&url).await;
    let entry = case.entry(&refused).await;
    assert!(entry.contains("copied only a part of it"), "{entry}");
}

#[tokio::test]
async fn the_log_is_filtered_and_searched() {
    let mut case = Case::new("filters", "").await;
    let waiting = case.launch(&mut Browser::new()).await;
    let late = case.changed("iat", json!(now() - 3600)).await;
    let unknown = case
        .server
        .url("/lti/login?iss=https%3A%2F%2Fnobody.example&login_hint=1&target_link_uri=x");
    let unknown = Browser::new().open(&unknown).await;
    let entries = [waiting.reference(), late.reference(), unknown.reference()];
    for (query, expected) in [
        ("", [true, true, true]),
        ("?outcome=refused", [true, true, true]),
        ("?outcome=opened", [false, false, false]),
        ("?kind=time", [false, true, false]),
        ("?kind=installation", [true, false, false]),
        ("?kind=connection&since=hour", [false, false, true]),
        ("?connection=1&outcome=refused", [true, true, false]),
        ("?connection=999", [false, false, false]),
        ("?person=0000000000000001", [false, false, false]),
        ("?kind=nonsense&connection=x", [true, true, true]),
    ] {
        let page = case.page(&format!("/admin/launches{query}")).await;
        let shown = entries.each_ref().map(|reference| page.contains(reference));
        assert_eq!(shown, expected, "{query}");
    }
    let found = format!("/admin/launches?reference=%20{}", late.reference());
    let found = case.admin.open(&case.server.url(&found)).await;
    assert!(found.location().ends_with(&late.reference()));
    let lost = case
        .page("/admin/launches?reference=01J00000000000000000000000")
        .await;
    assert!(
        lost.contains("There is nothing with this reference"),
        "{lost}"
    );
}

#[tokio::test]
async fn logins_that_never_come_back_are_told() {
    let mut case = Case::new("lost", "").await;
    for _ in 0..4 {
        let mut browser = Browser::new();
        case.platform.login(&mut browser, &case.server).await;
    }
    let page = case.page("/admin/launches?connection=1").await;
    assert!(!page.contains("never come back"), "four say nothing yet");
    case.platform.login(&mut Browser::new(), &case.server).await;
    let page = case.page("/admin/launches?connection=1").await;
    assert!(page.contains("never come back"), "{page}");
    for _ in 0..5 {
        case.launch(&mut Browser::new()).await;
    }
    let page = case.page("/admin/launches?connection=1").await;
    assert!(!page.contains("never come back"), "half of them come back");
}
