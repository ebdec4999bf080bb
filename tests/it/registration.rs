//! Dynamic registration over HTTP, with a platform of our own.

mod attacks;
mod launches;
mod platforms;
mod updates;

use serde_json::json;

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::registrar::{Answers, Registrar, TOOL};
use crate::harness::server::{Server, Setup};

/// The address that `lanterna invite` prints.
fn printed(output: &str) -> String {
    let line = output.lines().find(|line| line.contains("/lti/register?"));
    line.unwrap().trim().to_owned()
}

/// An invitation from the command line.
fn invite(server: &Server, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = std::iter::once("invite")
        .chain(arguments.iter().copied())
        .collect();
    let (done, output, errors) = server.run(&arguments);
    assert!(done, "{errors}");
    printed(&output)
}

/// The address as an LMS opens it, with its parameters after `joint`.
fn opened(invitation: &str, joint: &str, configuration: &str, token: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("openid_configuration", configuration);
    if let Some(token) = token {
        query.append_pair("registration_token", token);
    }
    format!("{invitation}{joint}{}", query.finish())
}

/// Opens the page as the platform does.
async fn open(browser: &mut Browser, platform: &Registrar, invitation: &str) -> Answer {
    let address = opened(
        invitation,
        "&",
        &platform.at("/configuration"),
        Some("token"),
    );
    browser.get(&address).await
}

/// Presses the button of a page.
async fn press(browser: &mut Browser, server: &Server, page: &Answer) -> Answer {
    let pending = page.field("pending").unwrap();
    let name = page.field("name");
    let mut fields = vec![("pending", pending.as_str())];
    if let Some(name) = &name {
        fields.push(("name", name.as_str()));
    }
    browser
        .post(
            &server.url("/lti/register"),
            &[("sec-fetch-dest", "iframe")],
            &fields,
        )
        .await
}

/// Opens the page and presses its button.
async fn register(server: &Server, platform: &Registrar, invitation: &str) -> Answer {
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, platform, invitation).await;
    assert_eq!(page.status, 200, "{}", page.text());
    press(&mut browser, server, &page).await
}

/// What a login of this client is answered with.
async fn login(
    browser: &mut Browser,
    server: &Server,
    platform: &Registrar,
    client_id: &str,
) -> Answer {
    let fields = [
        ("iss", platform.at("")),
        ("client_id", client_id.to_owned()),
        ("login_hint", "hint".to_owned()),
        ("target_link_uri", server.url("/lti/launch")),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    browser.post(&server.url("/lti/login"), &[], &fields).await
}

/// Asserts that the page says that it is done, and tells the platform to close it.
fn assert_done(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("data-registered"), "{text}");
    assert!(text.contains("is connected"), "{text}");
    // Whoever opened it is told, in a frame or a window of theirs.
    assert_eq!(answer.header("cross-origin-opener-policy"), "");
    let policy = answer.header("content-security-policy");
    assert!(!policy.contains("frame-ancestors"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), "");
}

#[tokio::test]
async fn an_lms_is_connected_by_pasting_one_address() {
    let platform = Registrar::start().await;
    platform.gives.lock().unwrap()[TOOL] = json!({ "deployment_id": "7" });
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    assert!(invitation.starts_with(&server.url("/lti/register?invitation=")));
    let mut browser = Browser::without_cookies();

    // Looking changes nothing, however often.
    for _ in 0..2 {
        let page = open(&mut browser, &platform, &invitation).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let text = page.text();
        for shown in [
            platform.at(""),
            platform.at("/token"),
            "not their email".into(),
        ] {
            assert!(text.contains(&shown), "{shown}\n{text}");
        }
    }
    assert!(platform.registrations().is_empty());
    let page = open(&mut browser, &platform, &invitation).await;
    let answer = press(&mut browser, &server, &page).await;
    assert_done(&answer);

    let sent = platform.registrations();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].path.as_str(), sent[0].authorization.as_str()),
        ("/register", "Bearer token")
    );
    let (asked, tool) = (&sent[0].body, &sent[0].body[TOOL]);
    assert_eq!(asked["redirect_uris"], json!([server.url("/lti/launch")]));
    assert_eq!(asked["initiate_login_uri"], server.url("/lti/login"));
    assert_eq!(asked["jwks_uri"], server.url("/lti/jwks"));
    assert_eq!(asked["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(asked["response_types"], json!(["id_token"]));
    assert_eq!(tool["domain"], server.authority);
    assert_eq!(
        tool["custom_parameters"],
        json!({ "context_id_history": "$Context.id.history" })
    );
    assert_eq!(
        tool["claims"],
        json!(["iss", "sub", "name", "given_name", "family_name"])
    );
    let gets = platform.came.lock().unwrap().clone();
    assert!(gets.iter().all(|came| came.authorization == "Bearer token"));

    // The connection works at once, and the invitation no more.
    let to = login(&mut Browser::new(), &server, &platform, "client-1")
        .await
        .location();
    assert!(to.starts_with(&platform.at("/auth?")), "{to}");
    let late = open(&mut browser, &platform, &invitation).await;
    late.assert_problem(403, "registration-invitation");
    let again = press(&mut browser, &server, &page).await;
    again.assert_problem(403, "registration-invitation");
    assert_eq!(platform.registrations().len(), 1);
}

#[tokio::test]
async fn the_address_survives_whatever_platforms_append() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &["--name", "School LMS"]);
    let mut browser = Browser::without_cookies();
    for joint in ["&", "?"] {
        let address = opened(&invitation, joint, &platform.at("/c?a=1&b=2"), None);
        let page = browser.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("“School LMS”"), "{}", page.text());
        assert!(page.field("name").is_none(), "it is the administrator's");
    }
    let came = platform.came.lock().unwrap().clone();
    assert!(
        came.iter()
            .all(|c| c.path == "/c?a=1&b=2" && c.authorization.is_empty())
    );

    // Opened by hand it explains itself, and asks nobody.
    let page = browser.open(&invitation).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("paste it"), "{}", page.text());
    assert_eq!(platform.asked(), 2);
}

#[tokio::test]
async fn no_token_a_number_as_client_id_and_no_deployment_are_fine() {
    let platform = Registrar::start().await;
    *platform.gives.lock().unwrap() = json!({ "client_id": 10_000_000_000_042_u64 });
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let invitation = invite(&server, &[]);
    let address = opened(&invitation, "&", &platform.at("/configuration"), None);
    let page = browser.get(&address).await;
    let answer = press(&mut browser, &server, &page).await;
    assert_done(&answer);
    assert!(
        answer.text().contains("approves the deployment"),
        "{}",
        answer.text()
    );
    assert_eq!(platform.registrations()[0].authorization, "");
    let to = login(&mut Browser::new(), &server, &platform, "10000000000042").await;
    assert!(to.location().contains("client_id=10000000000042"));
}

#[tokio::test]
async fn an_administrator_makes_lists_and_revokes_invitations() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let mut ada = admin::first(&server).await;
    let url = server.url("/admin/invitations");
    let page = ada.open(&url).await;
    assert_eq!(page.status, 200);
    let token = page.field("form_token").unwrap();
    let forged = ada.post(&url, &[], &[("form_token", "made-up")]).await;
    forged.assert_problem(403, "foreign-form");
    let mut stranger = Browser::new();
    let refused = stranger.post(&url, &[], &[("form_token", &token)]).await;
    assert!(refused.location().ends_with("/admin/sign-in"));

    let fields = [
        ("form_token", token.as_str()),
        ("name", "School LMS"),
        ("any_issuer", "off"),
    ];
    let made = ada.post(&url, &[], &fields).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    let (_, rest) = text.split_once("/lti/register?invitation=").unwrap();
    let secret = rest.split('"').next().unwrap().to_owned();
    assert_eq!(secret.len(), 43);
    let invitation = server.url(&format!("/lti/register?invitation={secret}"));
    let listed = ada.open(&url).await;
    assert!(listed.text().contains("School LMS"));
    assert!(!listed.text().contains(&secret), "it is shown only once");

    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invitation).await;
    assert_eq!(page.status, 200);
    let hash = listed.field("invitation").unwrap();
    let fields = [
        ("form_token", token.as_str()),
        ("invitation", hash.as_str()),
    ];
    let revoked = ada
        .post(&server.url("/admin/invitations/revoke"), &[], &fields)
        .await;
    assert_eq!(revoked.status, 303);
    let answer = press(&mut browser, &server, &page).await;
    answer.assert_problem(403, "registration-invitation");
    assert!(platform.registrations().is_empty());
    assert!(!ada.open(&url).await.text().contains("School LMS"));
}

#[tokio::test]
async fn invitations_are_made_without_a_server_as_well() {
    let platform = Registrar::start().await;
    let server = Setup::new().on_one_port().with(&platform.trusted()).start();
    let (status, stopped) = server.terminate();
    assert!(status.success());
    let (done, output, errors) = stopped.run(&["invite"]);
    assert!(done, "{errors}");
    let (done, _, errors) = stopped.run(&["invite", "--update", "nobody"]);
    assert!(!done && errors.contains("no connection"), "{errors}");
    let server = stopped.start();
    assert_done(&register(&server, &platform, &printed(&output)).await);
}

#[tokio::test]
async fn a_platform_that_refuses_leaves_the_invitation_and_is_shown_in_its_words() {
    let platform = Registrar::start().await;
    let said = json!({ "error": "invalid", "error_description": "domain <b>mismatch</b>" });
    *platform.registers.lock().unwrap() = Answers::With(400, said.to_string());
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invitation).await;
    let refused = press(&mut browser, &server, &page).await;
    refused.assert_problem(502, "registration-refused");
    assert!(
        refused.text().contains("domain &lt;b&gt;mismatch"),
        "{}",
        refused.text()
    );
    let mut ada = admin::first(&server).await;
    let logged = admin::launch_entry(&mut ada, &server, &refused).await;
    assert!(logged.contains("refused to register"), "{logged}");

    *platform.registers.lock().unwrap() = Answers::Well;
    // The page of the refusal has the button once more.
    assert_done(&press(&mut browser, &server, &refused).await);
}

#[tokio::test]
async fn deployments_are_accepted_at_once_where_that_is_configured() {
    for (accept, expected) in [("true", false), ("false", true)] {
        let platform = Registrar::start().await;
        let lines = format!(
            "{}\n[launches]\naccept_deployments = {accept}",
            platform.trusted()
        );
        let server = Setup::new().with(&lines).start();
        let answer = register(&server, &platform, &invite(&server, &[])).await;
        assert_done(&answer);
        let waits = answer.text().contains("approves the deployment");
        assert_eq!(waits, expected, "{accept}");
    }
}

#[tokio::test]
async fn email_is_asked_for_only_where_it_is_kept() {
    let platform = Registrar::start().await;
    let lines = format!("{}\n[people]\nemail = true", platform.trusted());
    let server = Setup::new().with(&lines).start();
    assert_done(&register(&server, &platform, &invite(&server, &[])).await);
    let claims = platform.registrations()[0].body[TOOL]["claims"].clone();
    assert!(claims.as_array().unwrap().contains(&json!("email")));
}

#[tokio::test]
async fn what_is_pasted_instead_is_served() {
    let server = Setup::new().start();
    let mut browser = Browser::new();
    let json = browser.get(&server.url("/lti/config/canvas.json")).await;
    assert_eq!(json.header("content-type"), "application/json");
    let json: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json["oidc_initiation_url"], server.url("/lti/login"));
    assert_eq!(json["extensions"][0]["privacy_level"], "name_only");
    let icon = json["extensions"][0]["settings"]["icon_url"]
        .as_str()
        .unwrap();
    assert_eq!(browser.get(icon).await.status, 200);
    let xml = browser.get(&server.url("/lti/config/cartridge.xml")).await;
    assert!(xml.header("content-type").starts_with("application/xml"));
    assert!(
        xml.text()
            .contains(&format!("<blti:launch_url>{}", server.url("/lti/launch")))
    );
    for parameter in [
        "\"context_id_history\">$Context.id.history<",
        "\"context_memberships_v2_url\">$ToolProxyBinding.memberships.url<",
    ] {
        assert!(xml.text().contains(parameter), "{parameter}");
    }
    // LTI 1.3 has a claim for the roster.
    assert_eq!(
        json["custom_fields"],
        json!({ "context_id_history": "$Context.id.history" })
    );
    let wrong = browser
        .post(&server.url("/lti/config/canvas.json"), &[], &[])
        .await;
    wrong.assert_problem(405, "method-not-allowed");
    let none = browser.get(&server.url("/lti/config/other.json")).await;
    none.assert_problem(404, "not-found");
    let pem = browser.get(&server.url("/lti/public-key")).await;
    assert!(pem.text().contains("In Moodle"), "{}", pem.text());
}
