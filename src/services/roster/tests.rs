use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::*;
use crate::app::testing::Running;
use crate::lti::nrps::{MEDIA_TYPE, Status};
use crate::lti::oauth1::{Address, Unverified};
use crate::services::testing::{Fake, response};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Source;

const ADDRESS: &str = "https://lms.example/roster?type=1";

struct Bench {
    running: Running,
    calls: Calls,
    tokens: Tokens,
    platform: Fake,
}

impl Bench {
    /// A platform that answers for its roster so, and gives a token to whoever asks.
    async fn new(mut roster: impl FnMut(&Request) -> Response + Send + 'static) -> Self {
        let running = Running::with(&[]).await;
        running.app.keys.prepare(false).await.unwrap();
        let platform = Fake::new(move |request| match request.url.path() {
            "/token" => response(200, r#"{"access_token":"t"}"#),
            _ => roster(request),
        });
        let calls = Calls::new(&running.app.outbound);
        calls.practice(Arc::new(platform.clone()));
        let tokens = Tokens::new(&running.app.world, &calls, &running.app.keys);
        Self {
            running,
            calls,
            tokens,
            platform,
        }
    }

    async fn roster(&self) -> Result<Roster, Error> {
        let client = Client {
            connection: ConnectionId(1),
            source: Source::Practice,
            client_id: "c",
            token_url: "https://lms.example/token",
            audience: None,
        };
        self.ask(Access::Token(client)).await
    }

    async fn ask(&self, access: Access<'_>) -> Result<Roster, Error> {
        let asking = Asking {
            world: &self.running.app.world,
            calls: &self.calls,
            tokens: &self.tokens,
        };
        asking.roster(access, &Url::parse(ADDRESS).unwrap()).await
    }

    /// The queries by which the roster was asked for.
    fn queries(&self) -> Vec<String> {
        let asked = self.platform.asked();
        let rosters = asked
            .iter()
            .filter(|request| request.url.path() != "/token");
        rosters
            .map(|request| request.url.query().unwrap_or_default().to_owned())
            .collect()
    }
}

fn page(subjects: &[&str], next: Option<&str>) -> Response {
    let members: Vec<Value> = subjects
        .iter()
        .map(|subject| json!({"user_id": subject, "roles": ["Learner"]}))
        .collect();
    let mut page = response(200, json!({"members": members}).to_string());
    if let Some(next) = next {
        let link = format!("<{next}>; rel=\"next\"");
        // As Canvas writes it; `HeaderMap` knows no case.
        page.headers.append("link", link.parse().unwrap());
    }
    page
}

fn subjects(roster: &Roster) -> Vec<&str> {
    roster.members.iter().map(|m| m.subject.as_str()).collect()
}

#[tokio::test]
async fn all_pages_are_read_in_their_own_order() {
    let bench = Bench::new(|request| match request.url.query() {
        Some("type=1&limit=500") => {
            assert_eq!(request.headers[ACCEPT], MEDIA_TYPE);
            assert_eq!(request.headers[AUTHORIZATION], "Bearer t");
            page(&["b", "c"], Some("/roster?page=2"))
        }
        Some("page=2") => page(&["a"], Some("https://lms.example/roster?page=3")),
        _ => page(&["d"], None),
    })
    .await;
    let roster = bench.roster().await.unwrap();
    assert_eq!(subjects(&roster), ["a", "b", "c", "d"]);
    assert_eq!((roster.pages, roster.nameless), (3, 0));
    assert_eq!(bench.queries(), ["type=1&limit=500", "page=2", "page=3"]);
}

#[tokio::test]
async fn a_circle_of_pages_ends_where_it_began() {
    let bench = Bench::new(|request| match request.url.query() {
        Some("page=2") => page(&["b"], Some("/roster?type=1&limit=500")),
        _ => page(&["a"], Some("/roster?page=2")),
    })
    .await;
    let roster = bench.roster().await.unwrap();
    assert_eq!((subjects(&roster), roster.pages), (vec!["a", "b"], 2));
}

#[tokio::test]
async fn a_page_that_comes_again_and_again_ends_the_roster() {
    let pages = AtomicUsize::new(0);
    let bench = Bench::new(move |_| {
        let number = pages.fetch_add(1, Ordering::SeqCst);
        page(&["a", "b"], Some(&format!("/roster?start={number}")))
    })
    .await;
    let roster = bench.roster().await.unwrap();
    assert_eq!(
        (subjects(&roster), roster.pages),
        (vec!["a", "b"], 1 + MOST_BARREN)
    );
}

#[tokio::test]
async fn few_people_of_endless_words_are_refused() {
    for (pages, fits) in [(3, true), (4, false)] {
        let number = AtomicUsize::new(0);
        let bench = Bench::new(move |_| {
            let number = number.fetch_add(1, Ordering::SeqCst) + 1;
            let next = format!("/roster?page={number}");
            let role = "r".repeat(MOST_BYTES / 4);
            let body = json!({"members": [{"user_id": next, "roles": [role]}]});
            let body = response(200, body.to_string()).body;
            let next = (number < pages).then_some(next.as_str());
            Response {
                body,
                ..page(&[], next)
            }
        })
        .await;
        let roster = bench.roster().await;
        assert_eq!(roster.is_ok(), fits, "{pages}");
        assert!(fits || roster == Err(Error::Endless));
    }
}

#[tokio::test]
async fn a_roster_that_never_ends_is_refused() {
    let pages = AtomicUsize::new(0);
    let bench = Bench::new(move |_| {
        let number = pages.fetch_add(1, Ordering::SeqCst).to_string();
        page(&[&number], Some(&format!("/roster?start={number}")))
    })
    .await;
    assert_eq!(bench.roster().await, Err(Error::Endless));
    assert_eq!(bench.queries().len(), MOST_PAGES);

    let bench = Bench::new(|_| {
        let many: Vec<String> = (0..=MOST_PEOPLE).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        page(&many, None)
    })
    .await;
    assert_eq!(bench.roster().await, Err(Error::Endless));
}

#[tokio::test]
async fn the_token_follows_to_no_other_host() {
    let bench = Bench::new(|_| page(&["a"], Some("https://evil.example/roster?page=2"))).await;
    assert_eq!(bench.roster().await, Err(Error::Foreign(ForeignNext)));
    assert_eq!(bench.queries().len(), 1);
}

#[tokio::test]
async fn what_is_no_roster_is_refused_by_name() {
    for (status, body, expected) in [
        (200, "<html>Sign in</html>", Error::NotARoster),
        (200, r#"{"members":{}}"#, Error::NotARoster),
        (403, "", Error::Refused(403)),
        (401, "", Error::Refused(401)),
        (500, "{}", Error::Refused(500)),
        (204, "", Error::Refused(204)),
    ] {
        let bench = Bench::new(move |_| response(status, body)).await;
        assert_eq!(bench.roster().await, Err(expected), "{status}");
    }
    // Some platforms call it plain JSON: what it says counts.
    let bench = Bench::new(|_| {
        let mut plain = page(&["a"], None);
        plain.headers = HeaderMap::from_iter([(ACCEPT, "application/json".parse().unwrap())]);
        plain
    })
    .await;
    assert_eq!(bench.roster().await.unwrap().members.len(), 1);
}

#[tokio::test]
async fn whoever_is_there_twice_counts_once_and_active() {
    let bench = Bench::new(|_| {
        let members = json!({"members": [
            {"user_id": "a", "roles": ["Learner"], "status": "Inactive"},
            {"user_id": "a", "roles": ["Instructor"]},
            {"user_id": "a", "roles": ["Mentor", "Instructor"]},
            {"user_id": "a", "roles": ["Administrator"], "status": "Deleted"},
        ]});
        response(200, members.to_string())
    })
    .await;
    let roster = bench.roster().await.unwrap();
    assert_eq!(roster.members.len(), 1);
    assert_eq!(roster.members[0].status, Status::Active);
    assert_eq!(roster.members[0].roles, ["Instructor", "Mentor"]);
}

const SIGNATURE: Signature<'_> = Signature {
    source: Source::Practice,
    key: "school",
    secret: "the secret",
};
const SIGNED: Access<'_> = Access::Signed {
    signature: SIGNATURE,
    context: "physics",
};

/// A page that says whose it is.
fn page_of(context: &str, subject: &str, next: Option<&str>) -> Response {
    let member = json!({"user_id": subject, "roles": ["Learner"]});
    let body = json!({"context": {"id": context}, "members": [member]});
    let body = response(200, body.to_string()).body;
    Response {
        body,
        ..page(&[], next)
    }
}

#[tokio::test]
async fn under_lti_1p1_no_other_courses_roster_is_taken() {
    for bench in [
        Bench::new(|_| page_of("chemistry", "a", None)).await,
        Bench::new(|_| page(&["a"], None)).await,
        Bench::new(|request| match request.url.query() {
            Some("page=2") => page_of("chemistry", "b", None),
            _ => page_of("physics", "a", Some("/roster?page=2")),
        })
        .await,
    ] {
        let roster = bench.ask(SIGNED).await;
        assert_eq!(roster, Err(Error::OtherCourse));
    }
    // Under LTI 1.3 the platform itself signs the address.
    let bench = Bench::new(|_| page_of("chemistry", "a", None)).await;
    assert_eq!(subjects(&bench.roster().await.unwrap()), ["a"]);
}

#[tokio::test]
async fn under_lti_1p1_each_page_is_signed() {
    let bench = Bench::new(|request| match request.url.query() {
        Some("page=2") => page_of("physics", "b", None),
        _ => page_of("physics", "a", Some("/roster?page=2")),
    })
    .await;
    assert!(!format!("{SIGNATURE:?}").contains("the secret"));
    let roster = bench.ask(SIGNED).await.unwrap();
    assert_eq!(subjects(&roster), ["a", "b"]);
    let asked = bench.platform.asked();
    let mut nonces = HashSet::new();
    for request in &asked {
        let query = request.url.query_pairs().into_owned().collect();
        let header = request.headers[AUTHORIZATION].to_str().unwrap();
        assert!(request.headers[AUTHORIZATION].is_sensitive());
        let signed = Unverified::parse(query, Vec::new(), Some(header)).unwrap();
        let address = Address::parse(request.url.as_str()).unwrap();
        let signed = signed.verify("GET", &address, "the secret", false).unwrap();
        assert!(signed.covers(b""));
        nonces.insert(signed.nonce().to_owned());
    }
    assert_eq!((asked.len(), nonces.len()), (2, 2));
}
