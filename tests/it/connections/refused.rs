//! What must not be done to connections, and by whom.

use super::{act, connect, enter, given, start, token, with};
use crate::harness::admin;
use crate::harness::client::Browser;
use crate::harness::platform::Platform;
use crate::harness::server::Setup;

const NEW: &str = "/admin/connections/new/other";

#[tokio::test]
async fn nothing_is_shown_or_done_without_a_sign_in_or_a_forms_token() {
    let platform = Platform::start("refused").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let mut stranger = Browser::new();
    let pages = ["/admin/connections", "/admin/connections/new", NEW, &path];
    let below = ["/delete", "/move", "/people", "/deployments", "/secret"]
        .map(|below| format!("{path}{below}"));
    for page in pages.into_iter().chain(below.iter().map(String::as_str)) {
        let answer = stranger.open(&server.url(page)).await;
        assert_eq!(answer.location(), "/admin/sign-in", "{page}");
    }
    let acts = [
        "settings",
        "installation",
        "origins",
        "state",
        "former-secret",
        "test",
        "deployments",
        "secret",
        "delete",
        "move",
    ];
    let acts = acts.map(|act| format!("{path}/{act}"));
    let new = [NEW.to_owned(), "/admin/connections/new/consumer".to_owned()];
    let fields = [("enabled", "off"), ("approved", "no"), ("deployment", "1")];
    for act in acts.iter().chain(&new) {
        let url = server.url(act);
        let answer = stranger.post(&url, &[], &fields).await;
        assert_eq!(answer.location(), "/admin/sign-in", "{act}");
        let answer = admin.post(&url, &[], &fields).await;
        answer.assert_problem(403, "foreign-form");
    }
    for act in &acts[..6] {
        let answer = admin.open(&server.url(act)).await;
        answer.assert_problem(405, "method-not-allowed");
    }
    let page = admin.open(&server.url(&path)).await;
    assert!(page.text().contains("Switch off"), "it is as it was");
}

#[tokio::test]
async fn unknown_connections_are_not_found() {
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    for id in ["7", "x", "+1", "99999999999"] {
        for below in ["", "/delete", "/move", "/people"] {
            let url = server.url(&format!("/admin/connections/{id}{below}"));
            admin.open(&url).await.assert_problem(404, "not-found");
        }
        for (below, fields) in [
            ("settings", vec![]),
            ("state", vec![("enabled", "off")]),
            (
                "deployments",
                vec![("deployment", "1"), ("approved", "yes")],
            ),
            ("origins", vec![("origin", "https://x.example")]),
            ("secret", vec![]),
            ("test", vec![]),
            ("delete", vec![]),
            ("move", vec![]),
            ("other", vec![]),
        ] {
            let path = format!("/admin/connections/{id}/{below}");
            let answer = act(&mut admin, &server, &path, &fields).await;
            answer.assert_problem(404, "not-found");
        }
    }
}

#[tokio::test]
async fn what_the_file_declares_is_read_only() {
    let platform = Platform::start("declared").await;
    let server = Setup::new().with(&platform.entry()).start();
    let mut admin = admin::first(&server).await;
    let page = admin.open(&server.url("/admin/connections/1")).await;
    assert!(page.text().contains("Change it there"), "{}", page.text());
    assert!(!page.text().contains("/settings\""));
    for (below, fields) in [
        ("settings", vec![("name", "Mine")]),
        ("state", vec![("enabled", "off")]),
        ("deployments", vec![("deployment", "1"), ("approved", "no")]),
        ("delete", vec![]),
        ("move", vec![("issuer", "https://elsewhere.example")]),
    ] {
        let path = format!("/admin/connections/1/{below}");
        let answer = act(&mut admin, &server, &path, &fields).await;
        answer.assert_problem(403, "of-the-file");
    }
    let mut browser = Browser::new();
    let roles = crate::harness::platform::roles::STUDENT;
    let answer = platform.launch(&mut browser, &server, "sam", roles).await;
    answer.assert_opened();
}

#[tokio::test]
async fn addresses_that_nobody_may_learn_are_refused_beside_their_fields() {
    let platform = Platform::start("addresses").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let right = given(&platform);
    for (name, value) in [
        ("jwks_url", "http://127.0.0.1:1/jwks"),
        ("jwks_url", "https://127.0.0.1/jwks"),
        ("token_url", "https://10.0.0.1/token"),
        ("token_url", "https://169.254.169.254/latest"),
        ("token_url", "https://[::1]/token"),
        ("auth_url", "javascript:alert(1)"),
        ("auth_url", "data:text/html,x"),
        ("auth_url", "https://user:pass@lms.example/auth"),
        ("auth_url", "//lms.example/auth"),
        ("auth_url", ""),
        ("issuer", "http://lms.example"),
        ("issuer", "javascript:alert(1)"),
        ("issuer", "https://lms.example/?a=b"),
        ("issuer", ""),
        ("client_id", ""),
        ("client_id", "a\nb"),
        ("deployment_id", "\u{fc}"),
        ("name", ""),
    ] {
        let fields = with(&right, name, value);
        let answer = enter(&mut admin, &server, NEW, &fields).await;
        assert_eq!(answer.status, 400, "{name} = {value}");
        let text = answer.text();
        let id = match name {
            "name" => "connection-name-error".to_owned(),
            name => format!("field-{name}-error"),
        };
        assert!(text.contains(&format!("id=\"{id}\"")), "{name} = {value}");
        // Nothing else of what was entered is lost.
        assert!(name == "name" || text.contains("Made by hand"));
    }
    let list = admin.open(&server.url("/admin/connections")).await;
    assert!(list.text().contains("No platform is connected yet"));

    connect(&mut admin, &server, &platform).await;
    let twice = enter(&mut admin, &server, NEW, &right).await;
    assert_eq!(twice.status, 400);
    assert!(twice.text().contains("field-client_id-error"));
}

#[tokio::test]
async fn origins_are_only_web_origins() {
    let platform = Platform::start("origins").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let token = token(&mut admin, &server).await;
    for origin in [
        "javascript:alert(1)",
        "https://a.example; frame-ancestors *",
        "https://a.example/path",
        "*",
        "null",
        "https://*.example",
    ] {
        let fields = [
            ("form_token", token.as_str()),
            ("name", "LMS"),
            ("algorithm", "RS256"),
            ("authentication", "get"),
            ("origins", origin),
        ];
        let url = server.url(&format!("{path}/settings"));
        let answer = admin.post(&url, &[], &fields).await;
        assert_eq!(answer.status, 400, "{origin}");
        assert!(answer.text().contains("field-origins-error"), "{origin}");
    }
}
