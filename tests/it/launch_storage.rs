//! Launches that the platform's storage vouches for, where browsers keep no cookies: what its pages
//! say, and beside it what must not be believed.

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Login, Platform, post_from, roles};
use crate::harness::server::{Server, Setup};

const FRAME: (&str, &str) = ("lti_storage_target", "lti_storage_frame");
const OWN_PAGE: &[(&str, &str)] = &[
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-dest", "iframe"),
];

async fn start(name: &str) -> (Platform, Server) {
    let platform = Platform::start(name).await;
    let server = Setup::new().with(&platform.entry()).start();
    (platform, server)
}

/// A login that the platform keeps the mark of.
struct Kept {
    login: Login,
    key: String,
    mark: String,
}

impl Kept {
    /// Begins it in a browser without cookies.
    async fn begin(platform: &Platform, server: &Server) -> Self {
        let mut browser = Browser::without_cookies();
        Self::read(&platform.begin(&mut browser, server, &[], &[FRAME]).await)
    }

    fn read(page: &Answer) -> Self {
        assert_eq!(page.status, 200, "{}", page.text());
        Self {
            login: Login::at(&page.attribute("<a href").unwrap()),
            key: page.attribute("data-key").unwrap(),
            mark: page.attribute("data-value").unwrap(),
        }
    }

    /// Posts its token from a page of `origin` into `place`.
    async fn posted(
        &self,
        (platform, server): (&Platform, &Server),
        (origin, place): (&str, &str),
    ) -> Answer {
        let mut browser = Browser::without_cookies();
        let claims = platform.claims(server, &self.login.nonce, "robin", roles::STUDENT);
        let token = platform.token(&claims);
        post_from((origin, place), &mut browser, server, &self.login, &token).await
    }
}

/// What the page that asks says of the answer.
async fn say(
    server: &Server,
    ticket: &str,
    headers: &[(&str, &str)],
    (value, said): (&str, &str),
) -> Answer {
    let fields = [("ticket", ticket), ("value", value), ("said", said)];
    Browser::without_cookies()
        .post(&server.url("/lti/storage"), headers, &fields)
        .await
}

async fn library(server: &Server, path: &str) -> Answer {
    Browser::without_cookies()
        .get(&server.url(&format!("{path}library")))
        .await
}

#[tokio::test]
async fn a_login_is_kept_where_cookies_may_not_come_back() {
    let (platform, server) = start("keeping").await;
    for dest in [&[("sec-fetch-dest", "iframe")][..], &[]] {
        let mut browser = Browser::new();
        let page = platform.begin(&mut browser, &server, dest, &[FRAME]).await;
        let kept = Kept::read(&page);
        assert_eq!(page.attribute("data-storage").as_deref(), Some("put"));
        assert_eq!(page.attribute("data-frame").as_deref(), Some(FRAME.1));
        assert_eq!(page.attribute("data-origin"), Some(platform.issuer()));
        assert!(kept.key.starts_with("lanterna_state_"));
        assert_eq!(kept.mark.len(), 32);
        assert!(kept.login.location.as_str().starts_with(&platform.issuer()));
        assert!(!kept.login.location.as_str().contains(&kept.mark));
        assert_eq!(page.header("x-frame-options"), "");
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("frame-ancestors"), "{policy}");
        assert_eq!(page.header("cross-origin-opener-policy"), "");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let states = page.set_cookies();
        let states = states.iter().filter(|c| c.starts_with("lanterna_state"));
        assert_eq!(states.count(), 2, "cookies are tried all the same");
        // The browser kept them: neither is anything asked, nor kept the next time.
        let claims = platform.claims(&server, &kept.login.nonce, "robin", roles::STUDENT);
        let token = platform.token(&claims);
        let from = ("null", "iframe");
        post_from(from, &mut browser, &server, &kept.login, &token)
            .await
            .assert_opened();
        let next = platform.begin(&mut browser, &server, dest, &[FRAME]).await;
        assert_eq!(next.status, 303);
    }
}

#[tokio::test]
async fn elsewhere_a_login_is_the_plain_redirect() {
    let (platform, server) = start("plain").await;
    let cases: [(&[_], &[_]); 4] = [
        (&[("sec-fetch-dest", "iframe")], &[]),
        (&[], &[("lti_storage_target", "")]),
        (&[("sec-fetch-dest", "document")], &[FRAME]),
        (
            &[
                ("sec-fetch-dest", "iframe"),
                ("cookie", "lanterna_browser=x"),
            ],
            &[FRAME],
        ),
    ];
    for (headers, more) in cases {
        let mut browser = Browser::without_cookies();
        let answer = platform.begin(&mut browser, &server, headers, more).await;
        assert_eq!(answer.status, 303, "{headers:?} {more:?}");
        // And its launch asks nothing.
        let kept = Kept {
            login: Login::read(&answer),
            key: String::new(),
            mark: String::new(),
        };
        let from = (platform.issuer(), "iframe");
        kept.posted((&platform, &server), (&from.0, from.1))
            .await
            .assert_opened();
    }
}

#[tokio::test]
async fn what_the_platform_kept_opens_once() {
    let (platform, server) = start("kept").await;
    for (origin, place) in [
        ("null", "iframe"),
        ("null", "empty"),
        ("https://school.example", "iframe"),
    ] {
        let kept = Kept::begin(&platform, &server).await;
        let asks = kept.posted((&platform, &server), (origin, place)).await;
        assert_eq!(asks.status, 200, "{}", asks.text());
        assert!(asks.set_cookies().is_empty());
        assert_eq!(asks.attribute("data-storage").as_deref(), Some("get"));
        assert_eq!(asks.attribute("data-key"), Some(kept.key.clone()));
        assert_eq!(asks.attribute("data-frame").as_deref(), Some(FRAME.1));
        assert_eq!(asks.attribute("data-origin"), Some(platform.issuer()));
        assert!(!asks.text().contains(&kept.mark), "it must be asked for");
        assert_eq!(asks.header("referrer-policy"), "strict-origin");
        let ticket = asks.field("ticket").unwrap();
        let path = say(&server, &ticket, OWN_PAGE, (&kept.mark, ""))
            .await
            .assert_opened();
        // In its frame, and nowhere else.
        assert_eq!(library(&server, &path).await.status, 200);
        Browser::without_cookies()
            .open(&server.url(&format!("{path}library")))
            .await
            .assert_problem(403, "cookie-needed");
        say(&server, &ticket, OWN_PAGE, (&kept.mark, ""))
            .await
            .assert_problem(400, "ticket-used");
        kept.posted((&platform, &server), (origin, place))
            .await
            .assert_problem(400, "state-used");
    }
}

#[tokio::test]
async fn another_value_is_refused_and_nothing_else_is_offered() {
    let (platform, server) = start("another").await;
    let other = Kept::begin(&platform, &server).await;
    let own = platform.issuer();
    for value in [other.mark.as_str(), &other.key, "x"] {
        let kept = Kept::begin(&platform, &server).await;
        let asks = kept.posted((&platform, &server), (&own, "iframe")).await;
        let ticket = asks.field("ticket").unwrap();
        let refused = say(&server, &ticket, OWN_PAGE, (value, "")).await;
        refused.assert_problem(403, "other-browser");
        assert_eq!(refused.field("ticket"), None);
        for value in [&kept.mark, ""] {
            say(&server, &ticket, OWN_PAGE, (value, "nothing"))
                .await
                .assert_problem(400, "ticket-used");
        }
    }
}

/// Whoever began a login knows its mark, and may have another's browser say it.
#[tokio::test]
async fn only_a_page_of_ours_says_what_was_kept() {
    let (platform, server) = start("said").await;
    let own = platform.issuer();
    // Posted by the attacker's own program, which says of itself what it likes.
    for origin in [own.as_str(), "null"] {
        for headers in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-dest", "iframe"),
            ][..],
            &[
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-dest", "iframe"),
            ],
            &[
                ("origin", "https://evil.example"),
                ("sec-fetch-dest", "iframe"),
            ],
            &[("origin", own.as_str()), ("sec-fetch-dest", "iframe")],
        ] {
            let kept = Kept::begin(&platform, &server).await;
            let asks = kept.posted((&platform, &server), (origin, "iframe")).await;
            let ticket = asks.field("ticket").unwrap();
            let offer = say(&server, &ticket, headers, (&kept.mark, "")).await;
            assert_eq!(offer.status, 200, "{headers:?}");
            assert!(offer.text().contains("target=\"_blank\""));
            assert!(offer.text().contains("robin Doe"));
            let policy = offer.header("content-security-policy");
            assert!(policy.ends_with(&format!("frame-ancestors 'self' {own}")));
        }
        let kept = Kept::begin(&platform, &server).await;
        let asks = kept.posted((&platform, &server), (origin, "iframe")).await;
        let ticket = asks.field("ticket").unwrap();
        let at_top = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-dest", "document"),
        ];
        say(&server, &ticket, &at_top, (&kept.mark, ""))
            .await
            .assert_problem(403, "no-cookie-at-top-level");
    }
    // Browsers that tell nothing but the origin of what they send.
    let kept = Kept::begin(&platform, &server).await;
    let asks = kept.posted((&platform, &server), ("null", "iframe")).await;
    let ticket = asks.field("ticket").unwrap();
    let ours = server.url("");
    let ours = ours.trim_end_matches('/');
    say(&server, &ticket, &[("origin", ours)], (&kept.mark, ""))
        .await
        .assert_opened();
}

#[tokio::test]
async fn without_an_answer_the_next_way_is_taken() {
    let (platform, server) = start("silent").await;
    let own = platform.issuer();
    for said in [
        "nothing",
        "no-answer",
        "no-script",
        "error",
        "wrong_origin",
        "made up",
        "",
    ] {
        let answer = async |from: (&str, &str)| {
            let kept = Kept::begin(&platform, &server).await;
            let asks = kept.posted((&platform, &server), from).await;
            let ticket = asks.field("ticket").unwrap();
            say(&server, &ticket, OWN_PAGE, ("", said)).await
        };
        let path = answer((&own, "iframe")).await.assert_opened();
        assert_eq!(library(&server, &path).await.status, 200);
        let offer = answer(("null", "iframe")).await;
        assert_eq!(offer.status, 200);
        assert!(offer.text().contains("target=\"_blank\""));
        answer(("https://evil.example", "iframe"))
            .await
            .assert_problem(403, "foreign-origin");
        answer(("null", "empty"))
            .await
            .assert_problem(403, "no-cookie-unknown-place");
    }
}

#[tokio::test]
async fn cookies_come_first_and_top_level_needs_them() {
    let (platform, server) = start("first").await;
    let kept = Kept::begin(&platform, &server).await;
    let mut other = Browser::new();
    platform.login(&mut other, &server).await;
    let claims = platform.claims(&server, &kept.login.nonce, "robin", roles::STUDENT);
    let token = platform.token(&claims);
    let from = (platform.issuer(), "iframe");
    post_from((&from.0, from.1), &mut other, &server, &kept.login, &token)
        .await
        .assert_problem(403, "other-browser");
    kept.posted((&platform, &server), (&from.0, "document"))
        .await
        .assert_problem(403, "no-cookie-at-top-level");
}

#[tokio::test]
async fn each_ticket_is_for_its_own_door() {
    let (platform, server) = start("doors").await;
    let kept = Kept::begin(&platform, &server).await;
    let asks = kept.posted((&platform, &server), ("null", "iframe")).await;
    let asked = asks.field("ticket").unwrap();
    let window = server.url("/lti/window");
    let own = [("sec-fetch-site", "same-origin")];
    let fields = [("ticket", asked.as_str())];
    Browser::new()
        .post(&window, &own, &fields)
        .await
        .assert_problem(400, "ticket-used");
    let offer = say(&server, &asked, OWN_PAGE, ("", "nothing")).await;
    let waiting = offer.field("ticket").unwrap();
    for ticket in [waiting.as_str(), "", "made-up"] {
        say(&server, ticket, OWN_PAGE, (&kept.mark, ""))
            .await
            .assert_problem(400, "ticket-used");
    }
    let fields = [("ticket", waiting.as_str())];
    Browser::new()
        .post(&window, &own, &fields)
        .await
        .assert_opened();
    let answer = Browser::new().open(&server.url("/lti/storage")).await;
    assert_eq!(answer.status, 405);
}

/// A platform of many schools may post from addresses that nobody wrote down.
#[tokio::test]
async fn an_origin_is_learned_of_what_the_platform_kept() {
    let (platform, server) = start("learned").await;
    let school = "https://school.example";
    let launch = async |signed: bool, value: bool| {
        let kept = Kept::begin(&platform, &server).await;
        let mut claims = platform.claims(&server, &kept.login.nonce, "robin", roles::STUDENT);
        if signed {
            let presentation = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
            claims[presentation]["return_url"] = format!("{school}/courses/1").into();
        }
        let token = platform.token(&claims);
        let mut browser = Browser::without_cookies();
        let asks = post_from(
            (school, "iframe"),
            &mut browser,
            &server,
            &kept.login,
            &token,
        )
        .await;
        let ticket = asks.field("ticket").unwrap();
        let value = if value { kept.mark.as_str() } else { "" };
        say(&server, &ticket, OWN_PAGE, (value, "nothing")).await
    };
    // Neither what only the token says is learned, nor where only the storage does.
    launch(true, false)
        .await
        .assert_problem(403, "foreign-origin");
    launch(false, true).await.assert_opened();
    launch(true, false)
        .await
        .assert_problem(403, "foreign-origin");
    launch(true, true).await.assert_opened();
    launch(false, false).await.assert_opened();
}

#[tokio::test]
async fn the_launch_log_tells_how_the_browser_was_recognised() {
    let (platform, server) = start("logged").await;
    let mut admin = admin::first(&server).await;
    for (value, said, words) in [
        (true, "", "what its platform kept for it"),
        (false, "no-answer", "platform storage: no-answer"),
    ] {
        let kept = Kept::begin(&platform, &server).await;
        let own = platform.issuer();
        let asks = kept.posted((&platform, &server), (&own, "iframe")).await;
        let ticket = asks.field("ticket").unwrap();
        let value = if value { kept.mark.as_str() } else { "" };
        say(&server, &ticket, OWN_PAGE, (value, said))
            .await
            .assert_opened();
        let list = admin.open(&server.url("/admin/launches")).await.text();
        let (_, link) = list.split_once("/admin/launches/").unwrap();
        let reference = link.split('"').next().unwrap();
        let page = admin
            .open(&server.url(&format!("/admin/launches/{reference}")))
            .await
            .text();
        assert!(page.contains(words), "{page}");
        assert!(page.contains("The login is one of ours"));
        assert!(!page.contains(&kept.mark), "the mark is a secret");
    }
}
