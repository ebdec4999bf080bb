//! Sessions in the browser: bound by their first request, ended by another person's launch, and
//! never worth more than the person's latest launch.

use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, post_from, roles};
use crate::harness::server::{Server, Setup};

async fn start(name: &str) -> (Platform, Server) {
    let platform = Platform::start(name).await;
    let server = Setup::new().with(&platform.entry()).start();
    (platform, server)
}

/// The library of a session, shown in a frame.
async fn library(browser: &mut Browser, server: &Server, path: &str) -> Answer {
    browser.get(&server.url(&format!("{path}library"))).await
}

/// The same browser after it lost every cookie.
fn forgetful(browser: &Browser) -> Browser {
    let mut forgetful = browser.clone();
    forgetful.jar = None;
    forgetful
}

#[tokio::test]
async fn the_first_request_decides_whether_the_cookie_is_required() {
    let (platform, server) = start("first").await;
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "robin", roles::STUDENT)
        .await;
    let path = answer.assert_opened();
    let mut without = forgetful(&browser);
    let page = library(&mut browser, &server, &path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("robin"));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), value, "{name}");
    }
    let policy = page.header("content-security-policy");
    let ancestors = format!("frame-ancestors 'self' {}", platform.issuer());
    assert!(policy.ends_with(&ancestors), "{policy}");
    library(&mut without, &server, &path)
        .await
        .assert_problem(403, "session-other-browser");
    assert_eq!(
        browser
            .open(&server.url(&format!("{path}library")))
            .await
            .status,
        200
    );

    // Another session's cookie, of the same person, is another cookie.
    let mut other = Browser::new();
    let answer = platform
        .launch(&mut other, &server, "robin", roles::STUDENT)
        .await;
    let cookie = answer
        .set_cookies()
        .into_iter()
        .find_map(|cookie| Some(cookie.split_once(';')?.0.to_owned()));
    let url = server.url(&format!("{path}library"));
    let shown = [("cookie", cookie.as_deref().unwrap())];
    let answer = without.send(http::Method::GET, &url, &shown, "").await;
    answer.assert_problem(403, "session-other-browser");
}

#[tokio::test]
async fn an_unbound_session_stays_in_its_frame() {
    let (platform, server) = start("frame").await;
    let mut browser = Browser::without_cookies();
    let answer = platform
        .launch(&mut browser, &server, "robin", roles::STUDENT)
        .await;
    let path = answer.assert_opened();
    assert_eq!(library(&mut browser, &server, &path).await.status, 200);
    let url = server.url(&format!("{path}library"));
    // A link that was passed on opens nothing.
    browser
        .open(&url)
        .await
        .assert_problem(403, "cookie-needed");
    Browser::new()
        .open(&url)
        .await
        .assert_problem(403, "cookie-needed");
    assert_eq!(library(&mut browser, &server, &path).await.status, 200);
}

#[tokio::test]
async fn windows_of_their_own_require_the_cookie_from_the_start() {
    let (platform, server) = start("windows").await;
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, &server).await;
    let token = platform.token(&platform.claims(&server, &login.nonce, "robin", roles::STUDENT));
    let from = (platform.issuer(), "document");
    let at_top = post_from((&from.0, from.1), &mut browser, &server, &login, &token).await;

    let mut framed = Browser::without_cookies();
    let login = platform.login(&mut framed, &server).await;
    let token = platform.token(&platform.claims(&server, &login.nonce, "robin", roles::STUDENT));
    let offer = post_from(("null", "iframe"), &mut framed, &server, &login, &token).await;
    let ticket = offer.field("ticket").unwrap();
    let in_window = press(&mut browser, &server, &ticket).await;

    for answer in [at_top, in_window] {
        let path = answer.assert_opened();
        library(&mut Browser::without_cookies(), &server, &path)
            .await
            .assert_problem(403, "session-other-browser");
        assert_eq!(library(&mut browser, &server, &path).await.status, 200);
    }
}

/// Presses a button of our own page, which opens a window.
async fn press(browser: &mut Browser, server: &Server, ticket: &str) -> Answer {
    let own = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "document"),
    ];
    let url = server.url("/lti/window");
    browser.post(&url, &own, &[("ticket", ticket)]).await
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_former_ones_sessions() {
    let (platform, server) = start("switch").await;
    let (mut shared, mut own) = (Browser::new(), Browser::new());
    let mut paths = Vec::new();
    for browser in [&mut shared, &mut own] {
        let answer = platform
            .launch(browser, &server, "robin", roles::STUDENT)
            .await;
        let path = answer.assert_opened();
        assert_eq!(library(browser, &server, &path).await.status, 200);
        paths.push(path);
    }
    let answer = platform
        .launch(&mut shared, &server, "sasha", roles::STUDENT)
        .await;
    let sashas = answer.assert_opened();
    assert_eq!(library(&mut shared, &server, &sashas).await.status, 200);
    library(&mut shared, &server, &paths[0])
        .await
        .assert_problem(403, "session-ended");
    // Only there: at home the person goes on.
    assert_eq!(library(&mut own, &server, &paths[1]).await.status, 200);
}

#[tokio::test]
async fn a_later_launch_with_a_lower_role_lowers_older_sessions() {
    let (platform, server) = start("lower").await;
    let (mut browser, mut other) = (Browser::new(), Browser::new());
    let answer = platform
        .launch(&mut browser, &server, "robin", roles::TEACHER)
        .await;
    let path = answer.assert_opened();
    let as_teacher = library(&mut browser, &server, &path).await.text();
    platform
        .launch(&mut other, &server, "robin", roles::TEACHER)
        .await
        .assert_opened();
    assert_eq!(
        library(&mut browser, &server, &path).await.text(),
        as_teacher
    );
    let answer = platform
        .launch(&mut other, &server, "robin", roles::STUDENT)
        .await;
    let lower = answer.assert_opened();
    let as_student = library(&mut other, &server, &lower).await.text();
    assert_ne!(as_student, as_teacher, "the pages differ by role");
    assert_eq!(
        library(&mut browser, &server, &path).await.text(),
        as_student
    );
    // A higher role does not raise what was lowered: rights come from a session's own launch.
    platform
        .launch(&mut other, &server, "robin", roles::TEACHER)
        .await
        .assert_opened();
    assert_eq!(
        library(&mut browser, &server, &path).await.text(),
        as_student
    );
}

#[tokio::test]
async fn a_tab_of_its_own_opens_by_a_ticket_and_keeps_its_cookie() {
    let (platform, server) = start("tab").await;
    let mut framed = Browser::without_cookies();
    let answer = platform
        .launch(&mut framed, &server, "robin", roles::STUDENT)
        .await;
    let path = answer.assert_opened();
    let tab = server.url(&format!("{path}tab"));
    let offer = framed
        .post(&tab, &[("sec-fetch-dest", "iframe")], &[])
        .await;
    let ticket = offer.field("ticket").unwrap();

    let url = server.url("/lti/window");
    let foreign = [("sec-fetch-site", "cross-site")];
    let mut browser = Browser::new();
    let fields = [("ticket", ticket.as_str())];
    let answer = browser.post(&url, &foreign, &fields).await;
    answer.assert_problem(403, "ticket-foreign");

    let own = press(&mut browser, &server, &ticket).await.assert_opened();
    assert_ne!(own, path);
    let page = browser.open(&server.url(&format!("{own}library"))).await;
    assert_eq!(page.status, 200);
    library(&mut framed, &server, &own)
        .await
        .assert_problem(403, "session-other-browser");
    assert_eq!(library(&mut framed, &server, &path).await.status, 200);
    press(&mut browser, &server, &ticket)
        .await
        .assert_problem(400, "ticket-used");
}

#[tokio::test]
async fn whoever_signs_out_is_out() {
    let (platform, server) = start("out").await;
    let mut browser = Browser::new();
    let mut paths = Vec::new();
    for _ in 0..2 {
        let answer = platform
            .launch(&mut browser, &server, "robin", roles::STUDENT)
            .await;
        let path = answer.assert_opened();
        assert_eq!(library(&mut browser, &server, &path).await.status, 200);
        paths.push(path);
    }
    let url = server.url(&format!("{}sign-out", paths[0]));
    assert_eq!(browser.post(&url, &[], &[]).await.status, 200);
    for path in &paths {
        library(&mut browser, &server, path)
            .await
            .assert_problem(403, "session-ended");
    }
}

#[tokio::test]
async fn other_sites_forms_change_nothing() {
    let (platform, server) = start("cross").await;
    let mut browser = Browser::without_cookies();
    let answer = platform
        .launch(&mut browser, &server, "robin", roles::STUDENT)
        .await;
    let path = answer.assert_opened();
    for below in ["sign-out", "tab"] {
        let url = server.url(&format!("{path}{below}"));
        let from = [("sec-fetch-site", "cross-site"), ("origin", "null")];
        let answer = browser.post(&url, &from, &[]).await;
        answer.assert_problem(403, "cross-site");
    }
    assert_eq!(library(&mut browser, &server, &path).await.status, 200);
}

#[tokio::test]
async fn a_session_that_never_was_opens_nothing() {
    let (_platform, server) = start("never").await;
    let mut browser = Browser::new();
    for path in ["/s/made-up/", &format!("/s/{}/", "A".repeat(43)), "/s//"] {
        library(&mut browser, &server, path)
            .await
            .assert_problem(403, "session-ended");
    }
}
