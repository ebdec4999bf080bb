//! Which browser a launch opens in: cookies, the origin that posted, the new window.

use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, post_from, roles};
use crate::harness::server::{Server, Setup};

const SAME_ORIGIN: &[(&str, &str)] = &[
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-dest", "document"),
];

async fn start(name: &str) -> (Platform, Server) {
    let platform = Platform::start(name).await;
    let server = Setup::new().with(&platform.entry()).start();
    (platform, server)
}

/// A launch by a browser without cookies, posted by a page of `origin` into `place`.
async fn without_cookies(
    platform: &Platform,
    server: &Server,
    origin: &str,
    place: &str,
) -> Answer {
    let mut browser = Browser::without_cookies();
    let login = platform.login(&mut browser, server).await;
    let claims = platform.claims(server, &login.nonce, "robin", roles::STUDENT);
    let token = platform.token(&claims);
    post_from((origin, place), &mut browser, server, &login, &token).await
}

#[tokio::test]
async fn without_a_cookie_the_place_and_the_origin_decide() {
    let (platform, server) = start("origins").await;
    let own = platform.issuer();
    let evil = "https://evil.example";
    for place in ["iframe", "frame", "embed", "object", "fencedframe", "empty"] {
        without_cookies(&platform, &server, &own, place)
            .await
            .assert_opened();
    }
    let refused = [
        (own.as_str(), "document", "no-cookie-at-top-level"),
        ("null", "document", "no-cookie-at-top-level"),
        ("null", "empty", "no-cookie-unknown-place"),
        (evil, "iframe", "foreign-origin"),
        (evil, "document", "foreign-origin"),
        ("not an origin", "iframe", "foreign-origin"),
    ];
    for (origin, place, code) in refused {
        let answer = without_cookies(&platform, &server, origin, place).await;
        answer.assert_problem(403, code);
        assert_eq!(answer.field("ticket"), None, "nothing else is offered");
        assert!(answer.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn at_top_level_this_logins_cookie_is_required() {
    let (platform, server) = start("top").await;
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, &server).await;
    let claims = platform.claims(&server, &login.nonce, "robin", roles::STUDENT);
    let token = platform.token(&claims);
    let from = (platform.issuer(), "document");
    let mut blocked = Browser::without_cookies();
    post_from((&from.0, from.1), &mut blocked, &server, &login, &token)
        .await
        .assert_problem(403, "no-cookie-at-top-level");
    post_from((&from.0, from.1), &mut browser, &server, &login, &token)
        .await
        .assert_opened();
}

#[tokio::test]
async fn the_new_window_is_offered_once_and_opens_once() {
    let (platform, server) = start("window").await;
    let window = server.url("/lti/window");
    let offer = without_cookies(&platform, &server, "null", "iframe").await;
    assert_eq!(offer.status, 200);
    assert!(offer.set_cookies().is_empty());
    let text = offer.text();
    for part in ["robin Doe", "Biology", "window", "target=\"_blank\""] {
        assert!(text.contains(part), "{part}");
    }
    let policy = offer.header("content-security-policy");
    let ancestors = format!("frame-ancestors 'self' {}", platform.issuer());
    assert!(policy.ends_with(&ancestors), "{policy}");
    let ticket = offer.field("ticket").unwrap();

    // Another site's page sends somebody's ticket: the person sees whose, in a page of its own.
    for site in [&[("sec-fetch-site", "cross-site")][..], &[]] {
        let mut browser = Browser::new();
        let fields = [("ticket", ticket.as_str())];
        let asked = browser.post(&window, site, &fields).await;
        assert_eq!(asked.status, 200);
        assert!(asked.text().contains("robin Doe"));
        assert!(asked.set_cookies().is_empty());
        assert_eq!(asked.header("x-frame-options"), "DENY");
        assert_eq!(asked.field("ticket").as_ref(), Some(&ticket));
    }

    let mut browser = Browser::new();
    let fields = [("ticket", ticket.as_str())];
    browser
        .post(&window, SAME_ORIGIN, &fields)
        .await
        .assert_opened();
    for ticket in [ticket.as_str(), "", "made-up", &"A".repeat(43)] {
        let fields = [("ticket", ticket)];
        let again = browser.post(&window, SAME_ORIGIN, &fields).await;
        again.assert_problem(400, "ticket-used");
    }
}

/// Posts the ticket of one offer many times at once; only one may win.
#[tokio::test]
async fn a_ticket_pressed_twice_at_once_opens_once() {
    let (platform, server) = start("presses").await;
    let offer = without_cookies(&platform, &server, "null", "iframe").await;
    let ticket = offer.field("ticket").unwrap();
    let url = server.url("/lti/window");
    let mut presses = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (url, ticket) = (url.clone(), ticket.clone());
        presses.spawn(async move {
            let fields = [("ticket", ticket.as_str())];
            Browser::new().post(&url, SAME_ORIGIN, &fields).await.status
        });
    }
    let statuses = presses.join_all().await;
    let opened = statuses.iter().filter(|status| **status == 303).count();
    let refused = statuses.iter().filter(|status| **status == 400).count();
    assert_eq!((opened, refused), (1, 7), "{statuses:?}");
}

/// As above, with one token posted many times.
#[tokio::test]
async fn a_token_posted_twice_at_once_opens_once() {
    let (platform, server) = start("posts").await;
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, &server).await;
    let claims = platform.claims(&server, &login.nonce, "robin", roles::STUDENT);
    let token = platform.token(&claims);
    let url = server.url("/lti/launch");
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut browser = browser.clone();
        let (url, token, state) = (url.clone(), token.clone(), login.state.clone());
        posts.spawn(async move {
            let fields = [("id_token", token.as_str()), ("state", state.as_str())];
            browser.post(&url, &[], &fields).await
        });
    }
    let answers = posts.join_all().await;
    let opened = answers.iter().filter(|answer| answer.status == 303);
    assert_eq!(opened.count(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 303) {
        refused.assert_problem(400, "state-used");
    }
}

#[tokio::test]
async fn five_embeds_that_launch_at_once_do_not_disturb_each_other() {
    let (platform, server) = start("embeds").await;
    let mut browser = Browser::new();
    let mut logins = Vec::new();
    for _ in 0..5 {
        logins.push(platform.login(&mut browser, &server).await);
    }
    let mut paths = Vec::new();
    for login in [3, 0, 4, 1, 2].map(|index| &logins[index]) {
        let claims = platform.claims(&server, &login.nonce, "robin", roles::STUDENT);
        let token = platform.token(&claims);
        let answer = platform.post(&mut browser, &server, login, &token).await;
        paths.push(answer.assert_opened());
    }
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 5, "each has a session of its own");
}

/// Launches as `subject` with cookies, posted by a page of `origin`.
async fn posted_by(platform: &Platform, server: &Server, origin: &str, subject: &str) -> Answer {
    let mut browser = Browser::new();
    let login = platform.login(&mut browser, server).await;
    let claims = platform.claims(server, &login.nonce, subject, roles::STUDENT);
    let token = platform.token(&claims);
    post_from((origin, "iframe"), &mut browser, server, &login, &token).await
}

#[tokio::test]
async fn only_an_origin_that_the_platform_signed_is_learned() {
    let (platform, server) = start("learning").await;
    let evil = "https://evil.example";
    // A student's own token, from the student's own page: it opens for the student, and teaches
    // nothing about the platform.
    posted_by(&platform, &server, evil, "mallory")
        .await
        .assert_opened();
    without_cookies(&platform, &server, evil, "iframe")
        .await
        .assert_problem(403, "foreign-origin");

    let school = "https://school.example";
    let mut browser = Browser::new();
    let launch = async |browser: &mut Browser| {
        let login = platform.login(browser, &server).await;
        let mut claims = platform.claims(&server, &login.nonce, "robin", roles::STUDENT);
        let presentation = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
        claims[presentation]["return_url"] = format!("{school}/courses/1").into();
        let token = platform.token(&claims);
        post_from((school, "iframe"), browser, &server, &login, &token).await
    };
    // A token never vouches for the page that posts it ...
    launch(&mut Browser::without_cookies())
        .await
        .assert_problem(403, "foreign-origin");
    // ... but a browser that began the login and was sent back from there does, from then on.
    launch(&mut browser).await.assert_opened();
    without_cookies(&platform, &server, school, "iframe")
        .await
        .assert_opened();
}

#[tokio::test]
async fn added_origins_post_and_frame() {
    let platform = Platform::start("added").await;
    let entry = format!(
        "{}origins = [\"https://courses.example\"]",
        platform.entry()
    );
    let server = Setup::new().with(&entry).start();
    without_cookies(&platform, &server, "https://courses.example", "iframe")
        .await
        .assert_opened();
    let offer = without_cookies(&platform, &server, "null", "iframe").await;
    let policy = offer.header("content-security-policy");
    assert!(policy.contains(" https://courses.example"), "{policy}");
    without_cookies(&platform, &server, "https://courses.example:444", "iframe")
        .await
        .assert_problem(403, "foreign-origin");
}
