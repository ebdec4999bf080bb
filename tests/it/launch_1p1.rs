//! Launches by LTI 1.1: what opens, and beside it what must be refused.

mod refused;
mod senders;

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, GUID, LMS, Parameters, post, post_into};
use crate::harness::now;
use crate::harness::server::{Server, Setup};

const LAUNCH: &str = "/lti/launch";
const ITEM: &str = "/lti/launch/00000000000000ab";
const PLACEMENT: &str = "/lti/launch/000102030405060708090a0b0c0d0e0f";

fn start(consumer: &Consumer, more: &str) -> Server {
    let entry = format!("{}{more}", consumer.entry());
    Setup::new().with(&entry).start()
}

/// Launches in a browser of its own.
async fn launch(consumer: &Consumer, server: &Server, parameters: &Parameters) -> Answer {
    let mut browser = Browser::new();
    consumer
        .launches(&mut browser, server, LAUNCH, parameters)
        .await
}

#[tokio::test]
async fn teachers_and_students_get_in_as_what_they_are() {
    let consumer = Consumer::new("people");
    let server = start(&consumer, "");
    for (user, roles, shown) in [
        ("ada", "Instructor", "Teacher"),
        (
            "tom",
            "urn:lti:role:ims/lis/TeachingAssistant",
            "Contributor",
        ),
        (
            "sam",
            "Learner,urn:lti:instrole:ims/lis/Instructor",
            "Student",
        ),
    ] {
        let mut browser = Browser::new();
        let parameters = consumer.launch(user, roles);
        let answer = consumer.launches(&mut browser, &server, LAUNCH, &parameters);
        let path = answer.await.assert_opened();
        let page = browser.get(&server.url(&format!("{path}library"))).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        for part in ["Doe", "Biology", shown] {
            assert!(text.contains(part), "{user}: {part}");
        }
        // The first request came with the session's cookie, which is required from then on.
        Browser::new()
            .get(&server.url(&format!("{path}library")))
            .await
            .assert_problem(403, "session-other-browser");
    }
}

#[tokio::test]
async fn what_consumers_do_differently_opens_too() {
    let consumer = Consumer::new("quirks");
    let server = start(&consumer, "");
    let plain = consumer.launch("ada", "Instructor");
    for parameters in [
        plain.with("oauth_signature_method", "HMAC-SHA256"),
        plain.without("oauth_version"),
        plain.without("oauth_callback"),
        plain.without("roles"),
        plain.without("context_id"),
        plain.without("lis_person_name_full"),
        plain
            .without("launch_presentation_return_url")
            .and("custom_a", ""),
        plain
            .and("custom_twice", "1")
            .and("custom_twice", "2")
            .and("custom_twice", ""),
        plain.with("lis_person_name_full", "Åsa + 学生 ~*'()!&=%"),
        plain
            .and("ext_lms", "old")
            .and("basiclti_submit", "Press to continue"),
        plain.with("oauth_timestamp", &(now() - 290).to_string()),
        plain.with("oauth_timestamp", &(now() + 290).to_string()),
    ] {
        let nonce = format!("n-{:p}", &parameters.0[0]);
        let parameters = parameters.with("oauth_nonce", &nonce);
        launch(&consumer, &server, &parameters)
            .await
            .assert_opened();
    }
}

/// Parameters in the query are signed like the others, and OAuth's may be in a header.
#[tokio::test]
async fn query_and_header_count() {
    let consumer = Consumer::new("places");
    let server = start(&consumer, "");
    let url = server.url(&format!("{LAUNCH}?user_id=ada%20b&context_id="));
    let body = consumer.launch("x", "Instructor").without("user_id");
    let body = body.without("context_id");
    let signed = consumer.sign(&url, &body);
    let mut browser = Browser::new();
    post(&mut browser, &url, LMS, &signed).await.assert_opened();

    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.launch("ada", "Instructor"));
    let (own, form): (Vec<_>, Vec<_>) = signed
        .0
        .into_iter()
        .partition(|(name, _)| name.starts_with("oauth_"));
    let parts: Vec<String> = own
        .iter()
        .map(|(name, value)| {
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{name}=\"{value}\"")
        })
        .collect();
    let header = format!("OAuth realm=\"x\",{}", parts.join(","));
    let fields: Vec<(&str, &str)> = form.iter().map(|(n, v)| (&**n, &**v)).collect();
    let headers = [("authorization", header.as_str()), ("origin", LMS)];
    browser.post(&url, &headers, &fields).await.assert_opened();
}

#[tokio::test]
async fn an_address_below_the_launch_is_signed_and_shown() {
    let consumer = Consumer::new("paths");
    let server = start(&consumer, "");
    let mut browser = Browser::new();
    let parameters = || consumer.launch("sam", "Learner");
    for (path, below) in [(ITEM, "media/00000000000000ab"), (PLACEMENT, "placement")] {
        let answer = consumer
            .launches(&mut browser, &server, path, &parameters())
            .await;
        let location = answer.location();
        assert!(
            location.starts_with("/s/") && location.ends_with(below),
            "{location}"
        );
        // Somebody else's item, or another's placement, opens nothing and says so in words.
        let page = browser.get(&server.url(&location)).await;
        assert_eq!(page.status, 404, "{}", page.text());

        // Signed for one address, posted to another.
        let signed = consumer.sign(&server.url(LAUNCH), &parameters());
        post(&mut browser, &server.url(path), LMS, &signed)
            .await
            .assert_problem(400, "wrong-oauth-signature");
    }
    let custom = parameters().and("custom_redirect_path", "upload");
    let answer = consumer
        .launches(&mut browser, &server, LAUNCH, &custom)
        .await;
    assert!(answer.location().ends_with("/upload"));
    for path in [
        "/lti/launch/",
        "/lti/launch/x",
        "/lti/launch/00000000000000AB",
    ] {
        let answer = consumer
            .launches(&mut browser, &server, path, &parameters())
            .await;
        answer.assert_problem(404, "not-found");
    }
    browser
        .get(&server.url(ITEM))
        .await
        .assert_problem(405, "launch-by-get");
}

#[tokio::test]
async fn the_same_person_comes_back_and_another_consumers_is_somebody_else() {
    let (one, other) = (Consumer::new("one"), Consumer::new("other"));
    let entries = format!("{}{}", one.entry(), other.entry());
    let server = Setup::new().with(&entries).start();
    let mut pages = Vec::new();
    for consumer in [&one, &one, &other] {
        let mut browser = Browser::new();
        let parameters = consumer.launch("ada", "Instructor");
        let answer = consumer.launches(&mut browser, &server, LAUNCH, &parameters);
        pages.push((answer.await.assert_opened(), browser));
    }
    // What the first uploads is on the shelf of the second, and not on the third's.
    let (path, browser) = &mut pages[0];
    let title = "TGVzc29u";
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", "5"),
        ("content-type", "application/offset+octet-stream"),
        (
            "upload-metadata",
            &format!("filename bGVzc29uLnR4dA==,title {title}"),
        ),
        ("sec-fetch-site", "same-origin"),
    ];
    let url = server.url(&format!("{path}uploads"));
    let made = browser
        .send(http::Method::POST, &url, &headers, "hello")
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let mut seen = Vec::new();
    for (path, browser) in &mut pages {
        let library = browser.get(&server.url(&format!("{path}library"))).await;
        seen.push(library.text().contains("Lesson"));
    }
    assert_eq!(seen, [true, true, false]);
}

/// What was answered is there after the sudden end, the nonce included.
#[tokio::test]
async fn a_launch_outlives_a_kill_and_cannot_be_repeated() {
    let consumer = Consumer::new("killed");
    let setup = Setup::new().on_one_port().with(&consumer.entry());
    let mut server = setup.start();
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.launch("ada", "Instructor"));
    let mut browser = Browser::new();
    let path = post(&mut browser, &url, LMS, &signed).await.assert_opened();
    server = server.kill().start();
    post(&mut Browser::new(), &url, LMS, &signed)
        .await
        .assert_problem(400, "nonce-used");
    let library = server.url(&format!("{path}library"));
    assert_eq!(browser.get(&library).await.status, 200);
    // The installation is still the one that was bound.
    let moved = consumer.launch("ada", "Instructor");
    let moved = moved.with("tool_consumer_instance_guid", "elsewhere");
    launch(&consumer, &server, &moved)
        .await
        .assert_problem(403, "guid-mismatch");
}

#[tokio::test]
async fn an_administrator_sees_each_check_and_lets_a_moved_platform_in() {
    let consumer = Consumer::new("moved");
    let server = start(&consumer, "");
    let mut admin = admin::first(&server).await;
    let sheet = server.url("/admin/connections/1");
    assert!(
        admin
            .open(&sheet)
            .await
            .text()
            .contains("That of the next launch")
    );
    let parameters = consumer.launch("ada", "Instructor");
    launch(&consumer, &server, &parameters)
        .await
        .assert_opened();
    let page = admin.open(&server.url("/admin/launches")).await.text();
    let (_, rest) = page.split_once("/admin/launches/").unwrap();
    let reference = rest.split('"').next().unwrap();
    let url = server.url(&format!("/admin/launches/{reference}"));
    let entry = admin.open(&url).await.text();
    for check in [
        "It is a form signed by OAuth 1.0",
        "The consumer key is one we know",
        "It was signed just now",
        "The signature belongs to this form",
        "It is LTI 1.1",
        "It is used for the first time",
        "It comes from the same installation",
        "The page that sent it",
        "LMS moved",
    ] {
        assert!(entry.contains(check), "{check}\n{entry}");
    }
    assert!(!entry.contains(&consumer.secret) && !entry.contains("Doe"));

    let moved = || {
        let parameters = consumer.launch("ada", "Instructor");
        parameters.with("tool_consumer_instance_guid", "elsewhere")
    };
    launch(&consumer, &server, &moved())
        .await
        .assert_problem(403, "guid-mismatch");
    let page = admin.open(&sheet).await;
    assert!(page.text().contains(&format!("Forget {GUID}")));
    let token = page.field("form_token").unwrap();
    let fields = [("form_token", token.as_str())];
    let url = format!("{sheet}/installation");
    let foreign = [("form_token", "made-up")];
    let refused = admin.post(&url, &[], &foreign).await;
    refused.assert_problem(403, "foreign-form");
    assert_eq!(admin.post(&url, &[], &fields).await.status, 303);
    assert_eq!(admin.post(&url, &[], &fields).await.status, 404, "once");
    launch(&consumer, &server, &moved()).await.assert_opened();
    let parameters = consumer.launch("ada", "Instructor");
    launch(&consumer, &server, &parameters)
        .await
        .assert_problem(403, "guid-mismatch");
}

/// Whoever is launched at top level needs the session's cookie; nobody else gets in by the address.
#[tokio::test]
async fn at_top_level_the_cookie_is_required() {
    let consumer = Consumer::new("top");
    let server = start(&consumer, "");
    let url = server.url(LAUNCH);
    for keeps in [true, false] {
        let mut browser = if keeps {
            Browser::new()
        } else {
            Browser::without_cookies()
        };
        let signed = consumer.sign(&url, &consumer.launch("sam", "Learner"));
        let answer = post_into((LMS, "document"), &mut browser, &url, &signed).await;
        let page = server.url(&format!("{}library", answer.assert_opened()));
        let opened = browser.open(&page).await;
        if keeps {
            assert_eq!(opened.status, 200);
        } else {
            opened.assert_problem(403, "cookie-needed");
        }
    }
}

#[tokio::test]
async fn a_former_secret_of_the_file_opens_until_its_end() {
    let consumer = Consumer::new("changing");
    let former = Consumer {
        secret: "the one before".into(),
        ..consumer.clone()
    };
    let until = |moment: &str| {
        format!("former_secret = \"the one before\"\nformer_secret_until = \"{moment}\"\n")
    };
    let server = start(&consumer, &until("9999-01-01T00:00:00Z"));
    let mut admin = admin::first(&server).await;
    for (with, told) in [
        (&former, "still signs with it"),
        (&consumer, "signs with the new one"),
    ] {
        let parameters = with.launch("ada", "Instructor");
        launch(with, &server, &parameters).await.assert_opened();
        let page = admin.open(&server.url("/admin/connections/1")).await;
        assert!(page.text().contains(told), "{told}");
        assert!(!page.text().contains("End it now"), "the file says so");
    }
    let server = start(&consumer, &until("2020-01-01T00:00:00Z"));
    let parameters = former.launch("ada", "Instructor");
    let refused = launch(&former, &server, &parameters).await;
    refused.assert_problem(400, "wrong-oauth-signature");
}
