//! Tests of everything that time decides about logins, launches and what they open.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{COOKIE, HeaderName, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use url::Url;

use super::{Error, launch, login, storage, window};
use crate::app::testing::Running;
use crate::app::{Content, Input, Page, Peer};
use crate::lti::jwks;
use crate::lti::key::SigningKey;
use crate::people::connections::{Declared, Trust, declare};
use crate::people::sessions::{self, Shown};
use crate::people::tickets;
use crate::store::Commit;
use crate::store::ids::{ConnectionId, Hash, Reference};
use crate::store::rows::people::{KeySet, Registration, Source};
use crate::store::rows::settings::Settings;
use crate::store::trees::Jwks;

const SECOND: Duration = Duration::from_secs(1);
const LOGIN: Duration = Duration::from_mins(10);
const WINDOW: Duration = Duration::from_mins(2);
const TAB: Duration = Duration::from_mins(1);
const IDLE: Duration = Duration::from_hours(2);
const ABSOLUTE: Duration = Duration::from_hours(12);

/// A bench with one platform whose keys are known.
async fn bench(auth_url: &str) -> (Running, SigningKey) {
    let bench = Running::with(&[("LANTERNA_PRACTICE__ENABLED", "false")]).await;
    let key = include_bytes!("../../tests/fixtures/keys/platform.p8");
    let key = SigningKey::from_pkcs8(key).unwrap();
    let jwks_url = "https://lms.example/jwks";
    let declared = Declared {
        name: "LMS".into(),
        source: Source::File,
        trust: Trust::Registration {
            registration: Registration {
                issuer: "https://lms.example".into(),
                client_id: "client".into(),
                auth_url: auth_url.into(),
                token_url: "https://lms.example/token".into(),
                jwks_url: jwks_url.into(),
            },
            deployments: vec!["1".into()],
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings: Settings::default(),
    };
    let app = &bench.app;
    declare(&app.store, &app.world, &[declared]).await.unwrap();
    let set = KeySet {
        json: jwks::document([key.public()]).to_string(),
        url: jwks_url.into(),
        fetched: app.world.now(),
        fresh_until: app.world.now().after(ABSOLUTE),
    };
    let mut commit = Commit::new();
    commit.put::<Jwks>(&ConnectionId(1), &set);
    app.store.commit(commit).await.unwrap();
    (bench, key)
}

/// A form that a browser posts.
fn form(bench: &Running, headers: &[(HeaderName, &str)], fields: &[(&str, &str)]) -> Input {
    let mut all = HeaderMap::new();
    let kind = "application/x-www-form-urlencoded";
    all.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in headers {
        all.append(name, HeaderValue::from_str(value).unwrap());
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let chunk = std::future::ready(Ok(Bytes::from(body)));
    Input {
        reference: Reference::new(&bench.app.world),
        method: Method::POST,
        path: String::new(),
        query: String::new(),
        headers: all,
        peer: Peer {
            address: IpAddr::from([127, 0, 0, 1]),
            local: true,
        },
        practice_site: false,
        body: Box::pin(futures_util::stream::once(chunk)),
    }
}

/// Where a page sends the browser.
fn location(page: &Page) -> &str {
    let mut headers = page.headers.iter();
    let found = headers.find(|(name, _)| *name == LOCATION);
    found.unwrap().1.to_str().unwrap()
}

/// What a browser that keeps the cookies of a page sends back.
fn cookies(page: &Page) -> String {
    let set = page.headers.iter().filter(|(name, _)| *name == SET_COOKIE);
    let pairs = set.map(|(_, cookie)| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

/// The value of an attribute of a page, which these words are before.
fn attribute(page: &Page, before: &str) -> String {
    let Content::Html(text) = &page.content else {
        panic!("it is a page");
    };
    let (_, rest) = text.split_once(&format!("{before}=\"")).unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// A login under way: the state, the nonce and the cookies.
struct Login {
    state: String,
    nonce: String,
    cookies: String,
}

impl Login {
    fn read(page: &Page) -> Self {
        let location = Url::parse(location(page)).unwrap();
        let value = |name: &str| {
            let mut pairs = location.query_pairs();
            pairs.find(|(known, _)| known == name).unwrap().1.into()
        };
        Self {
            state: value("state"),
            nonce: value("nonce"),
            cookies: cookies(page),
        }
    }

    async fn begin(bench: &Running) -> Self {
        let target = bench.app.public().join("/lti/launch");
        let fields = [
            ("iss", "https://lms.example"),
            ("login_hint", "hint"),
            ("target_link_uri", &target),
        ];
        let mut input = form(bench, &[], &fields);
        Self::read(&login(&bench.app, &mut input, None).await.unwrap())
    }

    /// Posts a fresh token for it.
    async fn launch(
        &self,
        bench: &Running,
        key: &SigningKey,
        headers: &[(HeaderName, &str)],
    ) -> Result<Page, Error> {
        let now = bench.app.world.now().seconds();
        let lti = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
        let claims = json!({
            "iss": "https://lms.example", "aud": "client", "sub": "robin",
            "iat": now, "exp": now + 60, "nonce": self.nonce,
            lti("version"): "1.3.0",
            lti("message_type"): "LtiResourceLinkRequest",
            lti("deployment_id"): "1",
            lti("target_link_uri"): bench.app.public().join("/lti/launch"),
            lti("resource_link"): { "id": "link" },
            lti("roles"): [],
        });
        let token = key.sign(&claims).unwrap();
        let fields = [("id_token", token.as_str()), ("state", &self.state)];
        launch(&bench.app, &mut form(bench, headers, &fields)).await
    }

    async fn launch_with_cookies(&self, bench: &Running, key: &SigningKey) -> Result<Page, Error> {
        self.launch(bench, key, &[(COOKIE, &self.cookies)]).await
    }
}

fn code(answer: Result<Page, Error>) -> &'static str {
    match answer {
        Err(Error::Refused(refused)) => refused.code(),
        Err(error) => panic!("{error}"),
        Ok(page) => panic!("{page:?}"),
    }
}

/// The token and the session cookie of an opened session.
fn opened(page: &Page) -> (String, Vec<String>) {
    let token = location(page).split('/').nth(2).unwrap().to_owned();
    let pairs = cookies(page);
    let values = pairs.split("; ").filter_map(|pair| pair.split_once('='));
    let cookies = values.filter(|(name, _)| *name == "lanterna_session");
    (token, cookies.map(|(_, value)| value.to_owned()).collect())
}

#[tokio::test]
async fn a_login_that_took_too_long_begins_once_more_and_only_once() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let first = Login::begin(&bench).await;
    bench.clock.advance(LOGIN);
    let page = first.launch_with_cookies(&bench, &key).await.unwrap();
    assert!(location(&page).starts_with("https://lms.example/auth?"));
    let second = Login::read(&page);
    assert_ne!(second.state, first.state);
    bench.clock.advance(LOGIN);
    let answer = second.launch_with_cookies(&bench, &key).await;
    assert_eq!(code(answer), "state-expired");
}

#[tokio::test]
async fn a_login_within_its_time_opens() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let first = Login::begin(&bench).await;
    bench.clock.advance(LOGIN.saturating_sub(SECOND));
    let page = first.launch_with_cookies(&bench, &key).await.unwrap();
    assert!(location(&page).starts_with("/s/"));
    let replayed = first.launch_with_cookies(&bench, &key).await;
    assert_eq!(code(replayed), "state-used");
}

/// One launch is left of the registration's limit: neither junk nor a repetition uses it up.
#[tokio::test]
async fn only_launches_that_a_platform_sent_count_towards_its_limit() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let app = &bench.app;
    let earlier = Login::begin(&bench).await;
    earlier.launch_with_cookies(&bench, &key).await.unwrap();
    while app.launching.take(ConnectionId(1), app.world.now()).is_ok() {}
    bench.clock.advance(Duration::from_millis(5));

    let login = Login::begin(&bench).await;
    for _ in 0..3 {
        let fields = [("id_token", "a.b.c"), ("state", login.state.as_str())];
        let mut junk = form(&bench, &[(COOKIE, &login.cookies)], &fields);
        assert_eq!(code(launch(app, &mut junk).await), "token-malformed");
        let again = earlier.launch_with_cookies(&bench, &key).await;
        assert_eq!(code(again), "state-used");
    }
    let page = login.launch_with_cookies(&bench, &key).await.unwrap();
    assert!(location(&page).starts_with("/s/"));
    let next = Login::begin(&bench).await;
    let beyond = next.launch_with_cookies(&bench, &key).await;
    assert_eq!(code(beyond), "rate-limited");
}

#[tokio::test]
async fn a_login_begun_once_more_opens() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let first = Login::begin(&bench).await;
    bench.clock.advance(LOGIN);
    let page = first.launch_with_cookies(&bench, &key).await.unwrap();
    let page = Login::read(&page).launch_with_cookies(&bench, &key).await;
    assert!(location(&page.unwrap()).starts_with("/s/"));
}

/// Moodle takes its hint only once: asking again would only lead into an error there.
#[tokio::test]
async fn a_login_at_moodle_that_took_too_long_is_over() {
    let (bench, key) = bench("https://lms.example/mod/lti/auth.php").await;
    let login = Login::begin(&bench).await;
    bench.clock.advance(LOGIN);
    let answer = login.launch_with_cookies(&bench, &key).await;
    assert_eq!(code(answer), "state-expired");
}

#[tokio::test]
async fn a_waiting_launch_waits_two_minutes() {
    let (bench, key) = bench("https://lms.example/auth").await;
    for (wait, opens) in [(WINDOW.saturating_sub(SECOND), true), (WINDOW, false)] {
        let login = Login::begin(&bench).await;
        let from = [
            (ORIGIN, "null"),
            (HeaderName::from_static("sec-fetch-dest"), "iframe"),
        ];
        let offer = login.launch(&bench, &key, &from).await.unwrap();
        let Content::Html(text) = offer.content else {
            panic!("the offer is a page");
        };
        let (_, rest) = text.split_once("name=\"ticket\"").unwrap();
        let ticket = rest.split('"').nth(1).unwrap();
        bench.clock.advance(wait);
        let own = [(HeaderName::from_static("sec-fetch-site"), "same-origin")];
        let mut input = form(&bench, &own, &[("ticket", ticket)]);
        let answer = window(&bench.app, &mut input).await;
        if opens {
            assert!(location(&answer.unwrap()).starts_with("/s/"));
        } else {
            assert_eq!(code(answer), "ticket-used");
        }
    }
}

/// The platform answers at once, or never; a person may press the button instead.
#[tokio::test]
async fn a_launch_waits_two_minutes_for_the_platforms_storage() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let target = bench.app.public().join("/lti/launch");
    for (wait, opens) in [(WINDOW.saturating_sub(SECOND), true), (WINDOW, false)] {
        let fields = [
            ("iss", "https://lms.example"),
            ("login_hint", "hint"),
            ("target_link_uri", &target),
            ("lti_storage_target", "_parent"),
        ];
        let page = login(&bench.app, &mut form(&bench, &[], &fields), None).await;
        let page = page.unwrap();
        let mark = attribute(&page, "data-value");
        let redirect = Page::see_other(&attribute(&page, "<a href"));
        let from = [
            (ORIGIN, "null"),
            (HeaderName::from_static("sec-fetch-dest"), "iframe"),
        ];
        let login = Login::read(&redirect);
        let asks = login.launch(&bench, &key, &from).await.unwrap();
        let ticket = attribute(&asks, "name=\"ticket\" value");
        bench.clock.advance(wait);
        let own = [(HeaderName::from_static("sec-fetch-site"), "same-origin")];
        let fields = [("ticket", ticket.as_str()), ("value", &mark)];
        let answer = storage(&bench.app, &mut form(&bench, &own, &fields)).await;
        if opens {
            assert!(location(&answer.unwrap()).starts_with("/s/"));
        } else {
            assert_eq!(code(answer), "ticket-used");
        }
    }
}

/// A login that is begun once more is kept once more, under its own mark.
#[tokio::test]
async fn a_login_begun_once_more_is_kept_once_more() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let target = bench.app.public().join("/lti/launch");
    let fields = [
        ("iss", "https://lms.example"),
        ("login_hint", "hint"),
        ("target_link_uri", &target),
        ("lti_storage_target", "_parent"),
    ];
    let page = login(&bench.app, &mut form(&bench, &[], &fields), None).await;
    let page = page.unwrap();
    bench.clock.advance(LOGIN);
    let first = Login::read(&Page::see_other(&attribute(&page, "<a href")));
    let again = first.launch(&bench, &key, &[]).await.unwrap();
    assert_ne!(
        attribute(&again, "data-value"),
        attribute(&page, "data-value")
    );
    assert!(attribute(&again, "<a href").starts_with("https://lms.example/auth?"));
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_but_not_for_ever() {
    let (bench, key) = bench("https://lms.example/auth").await;
    let app = &bench.app;
    let open = async |session: &(String, Vec<String>)| {
        let shown = Shown {
            cookies: &session.1,
            document: false,
        };
        let opened = sessions::open(&app.store, &app.world, app.lifetimes(), &session.0, shown);
        opened.await
    };
    let begin = async || {
        let login = Login::begin(&bench).await;
        opened(&login.launch_with_cookies(&bench, &key).await.unwrap())
    };
    let unused = begin().await;
    bench.clock.advance(IDLE);
    assert!(matches!(open(&unused).await, Err(sessions::Error::Ended)));

    let used = begin().await;
    let step = IDLE.saturating_sub(SECOND);
    let mut age = Duration::ZERO;
    while age + step < ABSOLUTE {
        bench.clock.advance(step);
        age += step;
        open(&used).await.unwrap();
    }
    let member = open(&used).await.unwrap();
    let rest = ABSOLUTE.saturating_sub(age);

    let ticket = tickets::issue_for_tab(&app.store, &app.world, &member).await;
    let ticket = ticket.unwrap();
    assert!(
        tickets::find(&app.store, &app.world, &ticket)
            .unwrap()
            .is_some()
    );
    bench.clock.advance(rest);
    assert!(matches!(open(&used).await, Err(sessions::Error::Ended)));
    let valid = tickets::find(&app.store, &app.world, &ticket)
        .unwrap()
        .unwrap();
    let tab = tickets::open_tab(&app.store, &app.world, &valid, member.hash(), Hash([9; 32])).await;
    assert!(
        tab.unwrap().is_none(),
        "a ticket opens no session that has ended"
    );
    bench.clock.advance(TAB.saturating_sub(rest));
    assert!(
        tickets::find(&app.store, &app.world, &ticket)
            .unwrap()
            .is_none()
    );
}
