//! What platforms do differently, each a case.

use super::{act, enter, given, start, with};
use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

const NEW: &str = "/admin/connections/new/";

/// Begins a login, at `below` the login address.
async fn login(server: &Server, below: &str, issuer: &str, client: Option<&str>) -> Answer {
    let target = server.url("/lti/launch");
    let mut fields = vec![
        ("iss", issuer),
        ("login_hint", "hint"),
        ("target_link_uri", &target),
    ];
    fields.extend(client.map(|client| ("client_id", client)));
    let url = server.url(&format!("/lti/login{below}"));
    Browser::new().post(&url, &[], &fields).await
}

/// Two accounts of hosted Canvas have one issuer: the client id tells them apart, and where a login
/// leaves it out, the login address of each connection does.
#[tokio::test]
async fn one_issuer_of_several_registrations() {
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    for client in ["10000000000001", "10000000000002"] {
        let fields = [
            ("name", "Canvas"),
            ("site", "canvas"),
            ("client_id", client),
        ];
        let answer = act(&mut admin, &server, &format!("{NEW}canvas"), &fields).await;
        assert!(answer.location().starts_with("/admin/connections/"));
    }
    let issuer = "https://canvas.instructure.com";
    let sent = login(&server, "", issuer, Some("10000000000002"))
        .await
        .location();
    assert!(
        sent.starts_with("https://sso.canvaslms.com/api/lti/authorize_redirect?"),
        "{sent}"
    );
    assert!(sent.contains("client_id=10000000000002"));
    login(&server, "", issuer, None)
        .await
        .assert_problem(400, "ambiguous-registration");
    let sent = login(&server, "/1", issuer, None).await.location();
    assert!(sent.contains("client_id=10000000000001"));
    // Its own address serves no other registration.
    login(&server, "/1", issuer, Some("10000000000002"))
        .await
        .assert_problem(400, "unknown-registration");
    login(&server, "/1", "https://canvas.beta.instructure.com", None)
        .await
        .assert_problem(400, "unknown-registration");
}

/// Their makers give the addresses; the school only an id.
#[tokio::test]
async fn shared_platforms_need_only_an_id() {
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    for (slug, issuer, auth, keys) in [
        (
            "blackboard",
            "https://blackboard.com",
            "https://developer.blackboard.com/api/v1/gateway/oidcauth?",
            "https://developer.blackboard.com/api/v1/management/applications/an-id/jwks.json",
        ),
        (
            "schoology",
            "https://schoology.schoology.com",
            "https://lti-service.svc.schoology.com/lti-service/authorize-redirect?",
            "https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
        ),
    ] {
        let fields = [("name", slug), ("client_id", "an-id")];
        let answer = act(&mut admin, &server, &format!("{NEW}{slug}"), &fields).await;
        let page = admin.open(&server.url(&answer.location())).await;
        assert!(page.text().contains(keys), "{slug}");
        let sent = login(&server, "", issuer, None).await.location();
        assert!(sent.starts_with(auth), "{sent}");
    }
    let wrong = [("name", "Canvas"), ("site", "moodle"), ("client_id", "1")];
    let answer = act(&mut admin, &server, &format!("{NEW}canvas"), &wrong).await;
    assert_eq!(answer.status, 400);
}

/// Moodle's addresses follow from its own.
#[tokio::test]
async fn moodles_addresses_follow_from_its_platform_id() {
    let platform = Platform::start("moodle").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let issuer = platform.issuer();
    let fields = [
        ("name", "Moodle"),
        ("issuer", issuer.as_str()),
        ("client_id", "client-moodle"),
        ("deployment_id", "1"),
    ];
    let answer = act(&mut admin, &server, &format!("{NEW}moodle"), &fields).await;
    let page = admin.open(&server.url(&answer.location())).await;
    for address in ["auth", "token", "certs"] {
        let address = format!("{issuer}/mod/lti/{address}.php");
        assert!(page.text().contains(&address), "{address}");
    }
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    answer.assert_opened();
}

/// A Canvas of one's own has the shared issuer, and its own addresses; two of them may collide on the
/// client id as well, and the second is refused in words.
#[tokio::test]
async fn a_canvas_of_ones_own() {
    let platform = Platform::start("canvas").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let root = platform.issuer();
    let fields = [
        ("name", "Canvas"),
        ("site", "own"),
        ("root", root.as_str()),
        ("client_id", "10000000000001"),
    ];
    let answer = act(&mut admin, &server, &format!("{NEW}canvas"), &fields).await;
    let page = admin.open(&server.url(&answer.location())).await;
    let text = page.text();
    assert!(text.contains("<code>https://canvas.instructure.com</code>"));
    for path in [
        "/api/lti/authorize_redirect",
        "/login/oauth2/token",
        "/api/lti/security/jwks",
    ] {
        assert!(text.contains(&format!("{root}{path}")), "{path}");
    }
    let again = act(&mut admin, &server, &format!("{NEW}canvas"), &fields).await;
    assert_eq!(again.status, 400);
    assert!(again.text().contains("field-client_id-error"));
    let private = [
        ("name", "Canvas"),
        ("site", "own"),
        ("root", "https://10.0.0.1/"),
        ("client_id", "2"),
    ];
    let answer = act(&mut admin, &server, &format!("{NEW}canvas"), &private).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("field-root-error"));
}

/// Brightspace wants an audience of its own; its keys do not say for which algorithm they are.
#[tokio::test]
async fn an_audience_of_its_own_and_keys_that_do_not_say_their_algorithm() {
    let platform = Platform::start("brightspace").await;
    platform.keys.lock().unwrap()["keys"][0]
        .as_object_mut()
        .unwrap()
        .remove("alg");
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let audience = "https://api.brightspace.com/auth/token";
    let mut fields = given(&platform);
    fields.push(("token_audience", audience.to_owned()));
    let answer = enter(&mut admin, &server, &format!("{NEW}brightspace"), &fields).await;
    let page = admin.open(&server.url(&answer.location())).await;
    assert_eq!(page.field("token_audience").as_deref(), Some(audience));
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    answer.assert_opened();
}

/// Canvas compares the token address letter by letter, so it stays as it was entered.
#[tokio::test]
async fn a_token_address_stays_letter_by_letter() {
    let platform = Platform::start("letters").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let exact = format!("{}/login/oauth2/token?a=B%2f", platform.issuer());
    let fields = with(&given(&platform), "token_url", &exact);
    let answer = enter(&mut admin, &server, &format!("{NEW}other"), &fields).await;
    let page = admin.open(&server.url(&answer.location())).await;
    assert!(page.text().contains(&format!("<code>{exact}</code>")));
}

/// Canvas installs in many courses, each a deployment of its own.
#[tokio::test]
async fn many_deployments_are_taken_where_that_is_wanted() {
    let mut platform = Platform::start("many").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    // As a browser sends a checked box, after its hidden twin.
    let mut fields = given(&platform);
    fields.push(("accept_deployments", "on".to_owned()));
    enter(&mut admin, &server, &format!("{NEW}other"), &fields).await;
    for deployment in ["1", "1:f97330a96452fc363a34e0ef6d8d0d3e9e1007d2", "3"] {
        platform.deployment = deployment.into();
        let mut browser = Browser::new();
        let answer = platform
            .launch(&mut browser, &server, "ada", roles::TEACHER)
            .await;
        answer.assert_opened();
    }
}

/// The addresses of this server in a text, in full.
fn addresses<'a>(text: &'a str, server: &Server) -> Vec<&'a str> {
    let ends = |c: char| c.is_whitespace() || "\"'<>\\".contains(c);
    let root = server.url("");
    let found = text.match_indices(&root);
    let found = found.map(|(at, _)| text[at..].split(ends).next().unwrap());
    found.collect()
}

/// Whether the query of an address has a parameter without a value, or none at all behind its mark.
fn has_an_empty_parameter(address: &str) -> bool {
    let Some((_, query)) = address.split_once('?') else {
        return false;
    };
    let query = query.replace("&amp;", "&");
    let empty = |pair: &str| {
        pair.split_once('=')
            .is_none_or(|(_, value)| value.is_empty())
    };
    query.split('&').any(empty)
}

/// Canvas mangles parameters without a value, so no address that is pasted or registered has any.
#[tokio::test]
async fn no_address_for_a_platform_has_an_empty_parameter() {
    for empty in [
        "/x?",
        "/x?a",
        "/x?a=",
        "/x?a=&b=1",
        "/x?a=1&",
        "/x?a=1&amp;b=",
    ] {
        assert!(has_an_empty_parameter(empty), "{empty}");
    }
    for full in ["/x", "/x?a=1", "/x?a=1&amp;b=2"] {
        assert!(!has_an_empty_parameter(full), "{full}");
    }
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    let choice = admin.open(&server.url("/admin/connections/new")).await;
    let choice = choice.text();
    let slugs = choice.split("href=\"/admin/connections/new/").skip(1);
    let pages = slugs.map(|rest| format!("{NEW}{}", rest.split('"').next().unwrap()));
    let mut texts = Vec::new();
    let pasted = ["canvas.json", "cartridge.xml"].map(|name| format!("/lti/config/{name}"));
    for path in pages.chain(pasted) {
        let page = admin.open(&server.url(&path)).await;
        assert_eq!(page.status, 200, "{path}");
        texts.push((path, page.text()));
    }
    let path = format!("{NEW}consumer");
    let made = act(&mut admin, &server, &path, &[("name", "An LMS")]).await;
    texts.push((path, made.text()));
    let (_, invitation, _) = server.run(&["invite"]);
    texts.push(("invite".to_owned(), invitation));
    let mut looked_at = 0;
    for (path, text) in &texts {
        for address in addresses(text, &server) {
            assert!(!has_an_empty_parameter(address), "{path}: {address}");
            looked_at += 1;
        }
    }
    assert!(texts.len() > 8 && looked_at > 20, "{looked_at}");
}
