//! Who reaches the practice course, and what stays when it is switched off.

use http::{Method, StatusCode};

use super::Site;
use crate::admin::sign_in;
use crate::people::sessions::{self, Secret};
use crate::store::Commit;
use crate::store::rows::admin::Admin;
use crate::store::trees::Admins;

const PATHS: [&str; 17] = [
    "/practice/",
    "/practice/course/amara",
    "/practice/launch/amara",
    "/practice/window/amara",
    "/practice/course/amara/1.1",
    "/practice/launch/amara/1.1",
    "/practice/window/amara/1.1",
    "/practice/auth",
    "/practice/jwks",
    "/practice/add/amara",
    "/practice/select/amara",
    "/practice/select/amara/1.1",
    "/practice/people/linh",
    "/practice/messages",
    "/practice/tools",
    "/practice/memberships",
    "/practice/.well-known/openid-configuration",
];
const POSTED: [&str; 9] = [
    "/practice/token",
    "/practice/register",
    "/practice/tools",
    "/practice/rename",
    "/practice/remove",
    "/practice/copy",
    "/practice/start-over",
    "/practice/deep-linking/return",
    "/practice/content-item/return",
];
const OFF: (&str, &str) = ("LANTERNA_PRACTICE__ENABLED", "false");

async fn statuses(site: &Site, headers: &[(&str, &str)]) -> Vec<StatusCode> {
    let mut statuses = Vec::new();
    for path in PATHS {
        let answer = site.send(Method::GET, path, headers, String::new()).await;
        statuses.push(answer.status);
    }
    for path in POSTED {
        let answer = site.send(Method::POST, path, headers, String::new()).await;
        statuses.push(answer.status);
    }
    statuses
}

#[tokio::test]
async fn only_this_machine_reaches_it_and_no_proxy() {
    let site = Site::new().await;
    let none = [StatusCode::NOT_FOUND; PATHS.len() + POSTED.len()];
    for headers in [
        &[("x-forwarded-for", "127.0.0.1")][..],
        &[("forwarded", "for=127.0.0.1")],
        &[("x-real-ip", "127.0.0.1")],
        &[("peer", "192.0.2.7:50000")],
    ] {
        assert_eq!(statuses(&site, headers).await, none, "{headers:?}");
    }
    let there = statuses(&site, &[]).await;
    assert!(there.iter().all(|status| *status != StatusCode::NOT_FOUND));
    let there = statuses(&site, &[("peer", "[::1]:50000")]).await;
    assert!(there.iter().all(|status| *status != StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn beyond_this_machine_it_is_the_administrators() {
    let public = ("LANTERNA_SERVER__PUBLIC_URL", "https://media.example");
    let site = Site::with(&[public]).await;
    let host = "https://media.example";
    let home = format!("{host}/practice/");
    assert_eq!(site.get(&home).await.status, StatusCode::NOT_FOUND);

    let on = ("LANTERNA_PRACTICE__ENABLED", "true");
    let site = Site::with(&[public, on]).await;
    for path in PATHS {
        let answer = site.get(&format!("{host}{path}")).await;
        let sign_in = answer.location().map(|url| url.path().to_owned());
        assert_eq!(sign_in.as_deref(), Some("/admin/sign-in"), "{path}");
    }
    let admin = Admin {
        password: String::new(),
        created: site.app.world.now(),
    };
    let mut commit = Commit::new();
    commit.put::<Admins>(&"ada".to_owned(), &admin);
    site.app.store.commit(commit).await.unwrap();
    let cookie = sign_in::open_session(&site.app, "ada").await.unwrap();
    let (pair, _) = cookie.split_once(';').unwrap();
    let far = [("cookie", pair), ("peer", "192.0.2.7:50000")];
    let answer = site.send(Method::GET, &home, &far, String::new()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn switched_off_nothing_of_it_is_there() {
    let site = Site::with(&[OFF]).await;
    assert_eq!(
        statuses(&site, &[]).await,
        [StatusCode::NOT_FOUND; PATHS.len() + POSTED.len()]
    );
    assert!(!site.get("/").await.text.contains("practice/"));
}

#[tokio::test]
async fn switched_off_later_its_logins_tokens_and_sessions_end() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let ended = browser.launch("/practice/launch/amara", "iframe").await;
    let start = site.get("/practice/launch/amara").await;
    let asked = browser.asked("amara").await;
    let token = browser.follow(asked.as_str(), "iframe").await;
    assert!(token.form().unwrap().get("id_token").is_some());
    assert!(opens(&site, &ended).await);

    let off = site.restarted(&[OFF]).await;
    let login = off.get(start.location().unwrap().as_str()).await;
    assert!(login.text.contains("connection-disabled"));
    let mut same = off.browser();
    same.cookies = browser.cookies.take();
    let launch = same.submit(&token, "iframe").await;
    assert!(launch.text.contains("connection-disabled"));
    assert!(!opens(&off, &ended).await);

    let on = off.restarted(&[]).await;
    let again = on
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    assert!(opens(&on, &again).await);
}

/// Whether the session that an answer led to is alive.
async fn opens(site: &Site, answer: &super::Answer) -> bool {
    let token = answer.url.path_segments().unwrap().nth(1).unwrap();
    let session = Secret::hash_of(token).unwrap();
    let (app, lifetimes) = (&site.app, site.app.lifetimes());
    sessions::behind_ticket(&app.store, &app.world, lifetimes, session)
        .await
        .is_ok()
}
