//! Administration over HTTP: the claim link, signing in, forms, frames.

use crate::harness::admin::{NAME, PASSWORD, claim, claim_link, first, sign_in};
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::Setup;

const OTHER_PASSWORD: &str = "another long password";

/// The sign-in link that `lanterna admin` printed.
fn printed_link(output: &str) -> &str {
    let line = output.lines().find(|line| line.contains("/admin/claim/"));
    line.unwrap().trim()
}

fn assert_unframed(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_claim_link_works_once_and_signs_in() {
    let server = Setup::new().start();
    let link = claim_link(&server);
    assert!(link.starts_with(&server.url("/admin/claim/")));
    let mut browser = Browser::new();
    for _ in 0..2 {
        let page = browser.open(&link).await;
        assert_eq!(page.status, 200, "looking uses nothing up");
        assert_unframed(&page);
    }
    let short = browser
        .post(&link, &[], &[("name", NAME), ("password", "short")])
        .await;
    assert_eq!(short.status, 400);
    assert!(short.text().contains("at least"), "{}", short.text());

    let answer = claim(&mut browser, &link).await;
    assert_eq!(answer.location(), "/admin/");
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].starts_with("__Host-lanterna_admin="));
    for attribute in ["Path=/", "HttpOnly", "Secure", "SameSite=Strict"] {
        let mut attributes = cookies[0].split("; ");
        assert!(attributes.any(|a| a == attribute), "{cookies:?}");
    }
    assert!(!cookies[0].contains("Domain"), "{cookies:?}");
    let status = browser.open(&server.url("/admin/")).await;
    assert_eq!(status.status, 200);
    assert_unframed(&status);

    let mut late = Browser::new();
    late.open(&link).await.assert_problem(403, "claim-invalid");
    claim(&mut late, &link)
        .await
        .assert_problem(403, "claim-invalid");
    for secret in ["made-up", "", &"A".repeat(43)] {
        let link = server.url(&format!("/admin/claim/{secret}"));
        late.open(&link).await.assert_problem(403, "claim-invalid");
    }
}

#[tokio::test]
async fn whoever_runs_commands_here_gets_a_new_link() {
    let server = Setup::new().on_one_port().start();
    let greeted = claim_link(&server);
    let (done, output, errors) = server.run(&["admin"]);
    assert!(done, "{errors}");
    let mut browser = Browser::new();
    claim(&mut browser, &greeted)
        .await
        .assert_problem(403, "claim-invalid");
    let answer = claim(&mut browser, printed_link(&output)).await;
    assert_eq!(answer.location(), "/admin/");
    let mode = std::os::unix::fs::PermissionsExt::mode;
    for entry in std::fs::read_dir(server.folder().join("data")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().ends_with("sock") {
            assert_eq!(
                mode(&entry.metadata().unwrap().permissions()) & 0o777,
                0o600
            );
        }
    }

    // Without a server the link comes from the store itself, and sets a forgotten password anew.
    let (status, stopped) = server.terminate();
    assert!(status.success());
    let (done, output, errors) = stopped.run(&["admin"]);
    assert!(done, "{errors}");
    let server = stopped.start();
    assert!(server.greeting.last().unwrap().ends_with("/admin/"));
    let mut browser = Browser::new();
    let fields = [("name", NAME), ("password", OTHER_PASSWORD)];
    let link = printed_link(&output);
    let answer = browser.post(link, &[], &fields).await;
    assert_eq!(answer.location(), "/admin/");
    assert_eq!(sign_in(&mut browser, &server, PASSWORD).await.status, 401);
    let answer = sign_in(&mut browser, &server, OTHER_PASSWORD).await;
    assert_eq!(answer.location(), "/admin/");
}

#[tokio::test]
async fn wrong_passwords_are_refused_and_then_have_to_wait() {
    let server = Setup::new().start();
    first(&server).await;
    let mut browser = Browser::new();
    let mut refused = None;
    for _ in 0..20 {
        let answer = sign_in(&mut browser, &server, "wrong password").await;
        if answer.status != 401 {
            refused = Some(answer);
            break;
        }
        assert!(answer.set_cookies().is_empty());
        assert_unframed(&answer);
    }
    let refused = refused.unwrap();
    refused.assert_problem(429, "rate-limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // Not even the right password gets in now, but another name is not held up by it.
    sign_in(&mut browser, &server, PASSWORD)
        .await
        .assert_problem(429, "rate-limited");
    let fields = [("name", "eve"), ("password", "wrong password")];
    let url = server.url("/admin/sign-in");
    assert_eq!(browser.post(&url, &[], &fields).await.status, 401);
}

#[tokio::test]
async fn pages_are_for_the_signed_in() {
    let server = Setup::new().start();
    let pages = ["/admin/", "/admin/launches", "/admin/launches/x"];
    let mut stranger = Browser::new();
    for page in pages {
        let answer = stranger.open(&server.url(page)).await;
        assert_eq!(answer.location(), "/admin/sign-in", "{page}");
    }
    let mut admin = first(&server).await;
    for page in &pages[..2] {
        let answer = admin.open(&server.url(page)).await;
        assert_eq!(answer.status, 200, "{page}");
        assert_unframed(&answer);
    }
    let unknown = admin.open(&server.url(pages[2])).await;
    unknown.assert_problem(404, "not-found");
    assert_unframed(&unknown);
    let made_up = [("cookie", "__Host-lanterna_admin=made-up")];
    let url = server.url("/admin/");
    let answer = stranger.send(http::Method::GET, &url, &made_up, "").await;
    assert_eq!(answer.location(), "/admin/sign-in");
}

#[tokio::test]
async fn signing_out_takes_the_forms_token_and_ends_the_session() {
    let server = Setup::new().start();
    let mut admin = first(&server).await;
    let url = server.url("/admin/sign-out");
    admin
        .post(&url, &[], &[])
        .await
        .assert_problem(403, "foreign-form");
    // The token of another session of the same person is another token.
    let mut second = Browser::new();
    sign_in(&mut second, &server, PASSWORD).await;
    let page = second.open(&server.url("/admin/")).await;
    let foreign = page.field("form_token").unwrap();
    admin
        .post(&url, &[], &[("form_token", &foreign)])
        .await
        .assert_problem(403, "foreign-form");
    let page = admin.open(&server.url("/admin/")).await;
    let token = page.field("form_token").unwrap();
    let kept = admin.clone();
    let answer = admin.post(&url, &[], &[("form_token", &token)]).await;
    assert_eq!(answer.location(), "/admin/sign-in");
    for mut browser in [admin, kept] {
        let answer = browser.open(&server.url("/admin/")).await;
        assert_eq!(answer.location(), "/admin/sign-in");
    }
    assert_eq!(second.open(&server.url("/admin/")).await.status, 200);
}

#[tokio::test]
async fn a_launch_gives_no_access_to_administration() {
    let platform = Platform::start("launched").await;
    let server = Setup::new().with(&platform.entry()).start();
    first(&server).await;
    let administrator = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator";
    let mut browser = Browser::new();
    let answer = platform
        .launch(
            &mut browser,
            &server,
            "root",
            &[roles::TEACHER[0], administrator],
        )
        .await;
    let path = answer.assert_opened();
    let token = path.split('/').nth(2).unwrap();
    let session = answer.set_cookies()[0].clone();
    let session = session.split_once(';').unwrap().0.split_once('=').unwrap();
    for value in [token, session.1] {
        let cookie = format!("__Host-lanterna_admin={value}");
        let url = server.url("/admin/");
        let shown = [("cookie", cookie.as_str())];
        let answer = browser.send(http::Method::GET, &url, &shown, "").await;
        assert_eq!(answer.location(), "/admin/sign-in");
    }
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_in_words_and_as_a_file() {
    let platform = Platform::start("audited").await;
    let server = Setup::new().with(&platform.entry()).start();
    let mut admin = first(&server).await;
    let (list, file) = (server.url("/admin/audit"), server.url("/admin/audit.csv"));
    let page = admin.open(&list).await;
    assert_eq!(page.status, 200);
    assert_unframed(&page);
    let token = page.field("form_token").unwrap();
    let blocked = [
        ("form_token", token.as_str()),
        ("deployment", "1"),
        ("approved", "yes"),
    ];
    let url = server.url("/admin/connections/1/deployments");
    assert_eq!(admin.post(&url, &[], &blocked).await.status, 303);

    let text = admin.open(&list).await.text();
    let told = [
        "Approved a deployment",
        "Set the name and password by the sign-in link",
    ];
    let places = told.map(|words| text.find(&format!("{words}</td>")));
    assert!(
        places[0].is_some() && places[0] < places[1],
        "newest first: {text}"
    );
    assert!(text.contains("<code>1</code>, <a href=\"/admin/connections/1\">audited</a>"));
    let only = admin
        .open(&format!("{list}?group=connections&who={NAME}"))
        .await;
    assert!(only.text().contains(told[0]) && !only.text().contains(told[1]));
    let nobody = admin.open(&format!("{list}?who=nobody")).await;
    assert!(nobody.text().contains("Nothing like that was done"));
    let nonsense = admin.open(&format!("{list}?group=x&before=y")).await;
    assert!(nonsense.text().contains(told[1]));

    let answer = admin.open(&format!("{file}?group=connections")).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with("\"when\",\"who\",\"name\",\"what\",\"kind\",\"to\""));
    assert_eq!(lines.len(), 2, "{text}");
    let end =
        format!(",\"{NAME}\",\"{NAME}\",\"Approved a deployment\",\"deployment-approved\",\"1/1\"");
    assert!(lines[1].ends_with(&end), "{text}");

    for url in [&list, &file] {
        let stranger = Browser::new().open(url).await;
        assert_eq!(stranger.location(), "/admin/sign-in");
        let posted = admin.post(url, &[], &[]).await;
        posted.assert_problem(405, "method-not-allowed");
    }
}
