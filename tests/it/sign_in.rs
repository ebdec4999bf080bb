//! Signing in by LTI 1.1: a signed form from no link opens a person's own library. Each test is a row
//! of what such systems do, with what must not be done beside it.

mod accounts;

use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, LMS, Parameters, post, post_into};
use crate::harness::now;
use crate::harness::server::{Server, Setup};

const LAUNCH: &str = "/lti/launch";
const ITEM: &str = "/lti/launch/00000000000000ab";
const PLACEMENT: &str = "/lti/launch/000102030405060708090a0b0c0d0e0f";

fn start(consumer: &Consumer, more: &str) -> Server {
    Setup::new().with(&(consumer.entry() + more)).start()
}

async fn posted(consumer: &Consumer, server: &Server, parameters: &Parameters) -> Answer {
    let mut browser = Browser::new();
    consumer
        .launches(&mut browser, server, LAUNCH, parameters)
        .await
}

/// Signs in, and answers what the library says and where it is.
async fn library(
    consumer: &Consumer,
    server: &Server,
    browser: &mut Browser,
    parameters: &Parameters,
) -> (String, String) {
    let answer = consumer.launches(browser, server, LAUNCH, parameters).await;
    let path = answer.assert_opened();
    let page = browser.get(&server.url(&format!("{path}library"))).await;
    assert_eq!(page.status, 200);
    (page.text(), path)
}

/// Uploads something of the person's own.
async fn uploads(browser: &mut Browser, server: &Server, path: &str) {
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", "5"),
        ("content-type", "application/offset+octet-stream"),
        (
            "upload-metadata",
            "filename bGVzc29uLnR4dA==,title TGVzc29u",
        ),
        ("sec-fetch-site", "same-origin"),
    ];
    let url = server.url(&format!("{path}uploads"));
    let made = browser
        .send(http::Method::POST, &url, &headers, "hello")
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
}

/// Row: a signed POST signs the person in, in one step.
#[tokio::test]
async fn a_signed_post_signs_in_in_one_step() {
    let consumer = Consumer::new("step");
    let server = start(&consumer, "");
    for place in ["iframe", "document"] {
        let url = server.url(LAUNCH);
        let signed = consumer.sign(&url, &consumer.sign_in("ada"));
        let mut browser = Browser::new();
        let answer = post_into((LMS, place), &mut browser, &url, &signed).await;
        let path = answer.assert_opened();
        let page = browser.open(&server.url(&format!("{path}library"))).await;
        assert_eq!(page.status, 200);
        for part in ["Hello, ada Doe!", "LMS step", "My media", "Your courses"] {
            assert!(page.text().contains(part), "{part}\n{}", page.text());
        }
        uploads(&mut browser, &server, &path).await;
    }

    // Not signed, or by somebody who does not know the secret.
    let plain = consumer.sign_in("ada");
    let liar = Consumer {
        secret: "guessed".into(),
        ..consumer.clone()
    };
    let url = server.url(LAUNCH);
    post(&mut Browser::new(), &url, LMS, &plain)
        .await
        .assert_problem(400, "missing-parameter");
    posted(&liar, &server, &plain)
        .await
        .assert_problem(400, "wrong-oauth-signature");
    // Whatever else a sign-in says, it gives no rights in a course.
    let more = plain
        .and("roles", "Instructor")
        .and("context_id", "course-1");
    let (page, path) = library(&consumer, &server, &mut Browser::new(), &more).await;
    assert!(!page.contains("Teacher") && !page.contains("library?view=course"));
    let mut stranger = Browser::new();
    stranger
        .get(&server.url(&format!("{path}library")))
        .await
        .assert_problem(403, "session-other-browser");
    // A form that anybody's page sends asks first.
    let signed = consumer.sign(&url, &consumer.sign_in("ada"));
    let from = ("https://evil.example", "document");
    let asked = post_into(from, &mut Browser::new(), &url, &signed).await;
    assert_eq!(asked.status, 200);
    assert!(asked.set_cookies().is_empty());
}

/// Row: identity is the consumer and the user id.
#[tokio::test]
async fn who_somebody_is_is_consumer_and_user_id() {
    let (one, other) = (Consumer::new("one"), Consumer::new("other"));
    let server = Setup::new().with(&(one.entry() + &other.entry())).start();
    let email = |parameters: Parameters| parameters.and("email", "ada@school.example");
    let mut first = Browser::new();
    let (_, path) = library(&one, &server, &mut first, &email(one.sign_in("ada"))).await;
    uploads(&mut first, &server, &path).await;
    for (consumer, user, same) in [
        (&one, "ada", true),
        (&one, "Ada", false),
        (&one, "ada ", false),
        (&one, "bob", false),
        (&other, "ada", false),
    ] {
        let parameters = email(consumer.sign_in(user));
        let (page, _) = library(consumer, &server, &mut Browser::new(), &parameters).await;
        let found = page.contains("Lesson");
        assert_eq!(found, same, "{} {user:?}", consumer.key);
    }
    // A launch of the same person from a link is the same person's.
    let launch = one.launch("ada", "Instructor");
    let (page, _) = library(&one, &server, &mut Browser::new(), &launch).await;
    assert!(page.contains("Lesson"));
    // Nobody in particular is not signed in, even where anonymous launches are welcome.
    let server = start(&one, "anonymous = true\n");
    posted(&one, &server, &one.sign_in("x").without("user_id"))
        .await
        .assert_problem(400, "missing-subject");
}

/// Row: name, given and family name are filled in from the launch, in either spelling. (Of the email
/// address, which no page shows, the tests inside the server tell.)
#[tokio::test]
async fn names_come_in_either_spelling() {
    let consumer = Consumer::new("names");
    let server = start(&consumer, "");
    let nameless = |user: &str| consumer.sign_in(user).without("lis_person_name_full");
    for (user, names, called) in [
        (
            "a",
            &[("lis_person_name_full", "Åsa Öberg")][..],
            "Åsa Öberg",
        ),
        ("b", &[("full_name", "Åsa B")], "Åsa B"),
        ("c", &[("fullname", "Åsa C")], "Åsa C"),
        (
            "d",
            &[
                ("lis_person_name_given", "Åsa"),
                ("lis_person_name_family", "D"),
            ],
            "Åsa",
        ),
        ("e", &[("first_name", "Åsa"), ("last_name", "E")], "Åsa"),
        ("f", &[("username", "asa99")], "asa99"),
        (
            "g",
            &[("full_name", "No"), ("lis_person_name_full", "Åsa G")],
            "Åsa G",
        ),
        (
            "h",
            &[("full_name", "<b>Åsa</b>")],
            "&lt;b&gt;Åsa&lt;/b&gt;",
        ),
    ] {
        let parameters = names
            .iter()
            .fold(nameless(user), |all, (n, v)| all.and(n, v));
        let (page, _) = library(&consumer, &server, &mut Browser::new(), &parameters).await;
        assert!(
            page.contains(&format!("Hello, {called}!")),
            "{user}\n{page}"
        );
    }
    // Two values are none.
    let both = nameless("i")
        .and("full_name", "One")
        .and("full_name", "Two");
    let (page, _) = library(&consumer, &server, &mut Browser::new(), &both).await;
    assert!(!page.contains("One") && !page.contains("Two"));
}

/// Row: `custom_tpa_next` says where to go afterwards, within this site only; `custom_next` likewise.
#[tokio::test]
async fn next_leads_to_pages_of_ours_only() {
    let consumer = Consumer::new("next");
    let server = start(&consumer, "");
    let own = server.url("/media/00000000000000ab");
    let leads = async |name: &str, value: &str| {
        let parameters = consumer.sign_in("ada").and(name, value);
        let answer = posted(&consumer, &server, &parameters).await;
        let location = answer.location();
        let (session, below) = location.rsplit_once("/s/").unwrap();
        assert_eq!(session, "", "{value}: {location}");
        below.split_once('/').unwrap().1.to_owned()
    };
    for name in ["custom_tpa_next", "custom_next"] {
        for (value, below) in [
            ("/upload", "upload"),
            ("upload", "upload"),
            ("/media/00000000000000ab", "media/00000000000000ab"),
            (&own, "media/00000000000000ab"),
            (&server.url("/library"), "library"),
        ] {
            assert_eq!(leads(name, value).await, below, "{name} {value}");
        }
        for foreign in [
            "https://evil.example/upload",
            "//evil.example/upload",
            "/\\evil.example",
            "\\\\evil.example/upload",
            "javascript:alert(1)",
            "https://evil.example@127.0.0.1/upload",
            "/upload/../../admin",
            "/admin/",
            "/upload\r\nLocation: https://evil.example",
        ] {
            assert_eq!(leads(name, foreign).await, "library", "{name} {foreign}");
        }
    }
}

/// Row: parameters may come in the query string, as they are signed.
#[tokio::test]
async fn signed_parameters_may_come_in_the_query() {
    let consumer = Consumer::new("query");
    let server = start(&consumer, "");
    let body = consumer.sign_in("x").without("user_id");
    let body = body.without("lis_person_name_full");
    let url = server.url(&format!(
        "{LAUNCH}?user_id=ada&full_name=Ada%20L&custom_next=upload"
    ));
    let signed = consumer.sign(&url, &body);
    let answer = post(&mut Browser::new(), &url, LMS, &signed).await;
    assert!(answer.location().ends_with("/upload"));
    // Whoever changes the query, or puts one behind what was signed, is not let in.
    let altered = url.replace("user_id=ada", "user_id=bob");
    let signed = consumer.sign(&url, &body.with("oauth_nonce", "another"));
    post(&mut Browser::new(), &altered, LMS, &signed)
        .await
        .assert_problem(400, "wrong-oauth-signature");
    let signed = consumer.sign(&server.url(LAUNCH), &consumer.sign_in("ada"));
    let appended = server.url(&format!("{LAUNCH}?custom_next=upload"));
    post(&mut Browser::new(), &appended, LMS, &signed)
        .await
        .assert_problem(400, "query-not-signed");
    // A whole sign-in by its address alone is none: forms are posted.
    let whole = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&signed.0)
        .finish();
    let url = server.url(&format!("{LAUNCH}?{whole}"));
    let opened = Browser::new().open(&url).await;
    opened.assert_problem(405, "launch-by-get");
}

/// Row: the age of a timestamp is configured for each consumer.
#[tokio::test]
async fn the_age_of_a_timestamp_is_the_consumers_own() {
    let (short, long) = (Consumer::new("short"), Consumer::new("long"));
    let entries = format!(
        "{}timestamp_window = \"30 s\"\n{}timestamp_window = \"20 min\"\n",
        short.entry(),
        long.entry()
    );
    let server = Setup::new().with(&entries).start();
    for (consumer, age, opens) in [
        (&short, 5, true),
        (&short, 60, false),
        (&long, 60, true),
        (&long, 1100, true),
        (&long, 1300, false),
    ] {
        let at = (now() - age).to_string();
        let parameters = consumer.sign_in("ada").with("oauth_timestamp", &at);
        let answer = posted(consumer, &server, &parameters).await;
        if opens {
            answer.assert_opened();
        } else {
            answer.assert_problem(400, "timestamp-old");
        }
    }
}

/// Row: the secret may live outside the database and the file, in a file of its own or in the
/// environment.
#[tokio::test]
async fn the_secret_may_be_a_file_or_in_the_environment() {
    let (in_file, in_variable) = (Consumer::new("file"), Consumer::new("variable"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{}\n", in_file.secret)).unwrap();
    let entries = format!(
        "[[consumer]]\nname = \"File\"\nkey = \"file\"\nsecret_file = \"{}\"\n\
         [[consumer]]\nname = \"Variable\"\nkey = \"variable\"\nsecret_env = \"LANTERNA_SECRET_OLD\"\n",
        path.display()
    );
    let server = Setup::new()
        .with(&entries)
        .env("LANTERNA_SECRET_OLD", &in_variable.secret)
        .start();
    for consumer in [&in_file, &in_variable] {
        posted(consumer, &server, &consumer.sign_in("ada"))
            .await
            .assert_opened();
        let liar = Consumer {
            secret: String::new(),
            ..consumer.clone()
        };
        posted(&liar, &server, &consumer.sign_in("ada"))
            .await
            .assert_problem(400, "wrong-oauth-signature");
    }
    // None of them is in what the store keeps.
    let stopped = server.terminate().1;
    let journal = std::fs::read_dir(stopped.folder().join("data")).unwrap();
    for entry in journal.flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in [&in_file.secret, &in_variable.secret] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{:?}", entry.path());
        }
    }
    let nowhere =
        "[[consumer]]\nname = \"Nowhere\"\nkey = \"n\"\nsecret_env = \"LANTERNA_SECRET_NOWHERE\"\n";
    let (started, errors) = Setup::new().with(nowhere).fail();
    assert!(
        !started && errors.contains("LANTERNA_SECRET_NOWHERE"),
        "{errors}"
    );
}

/// Left behind: no check of the nonce.
#[tokio::test]
async fn a_sign_in_cannot_be_repeated() {
    let (consumer, other) = (Consumer::new("once"), Consumer::new("once-more"));
    let server = Setup::new()
        .with(&(consumer.entry() + &other.entry()))
        .start();
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.sign_in("ada"));
    post(&mut Browser::new(), &url, LMS, &signed)
        .await
        .assert_opened();
    for _ in 0..2 {
        post(&mut Browser::new(), &url, LMS, &signed)
            .await
            .assert_problem(400, "nonce-used");
    }
    // The nonce of one consumer takes none from another.
    let nonce = signed.get("oauth_nonce").unwrap();
    let parameters = other.sign_in("ada").with("oauth_nonce", nonce);
    let parameters = parameters.with("oauth_consumer_key", &other.key);
    posted(&other, &server, &parameters).await.assert_opened();
}

/// Left behind: no tolerance for a clock that is ahead.
#[tokio::test]
async fn a_clock_that_is_ahead_is_tolerated_as_far_as_one_behind() {
    let consumer = Consumer::new("ahead");
    let server = start(&consumer, "");
    for (seconds, code) in [
        (280_i64, None),
        (-280, None),
        (330, Some("timestamp-in-future")),
        (-330, Some("timestamp-old")),
    ] {
        let at = now().checked_add_signed(seconds).unwrap().to_string();
        let parameters = consumer.sign_in("ada").with("oauth_timestamp", &at);
        let answer = posted(&consumer, &server, &parameters).await;
        match code {
            None => drop(answer.assert_opened()),
            Some(code) => answer.assert_problem(400, code),
        }
    }
}

/// Left behind: one message for every cause.
#[tokio::test]
async fn every_cause_has_a_message_of_its_own() {
    let consumer = Consumer::new("causes");
    let server = start(&consumer, "");
    let plain = || consumer.sign_in("ada");
    let mut messages = std::collections::BTreeSet::new();
    let causes = [
        (plain().without("user_id"), "missing-subject", "user_id"),
        (
            plain().without("lti_version"),
            "missing-parameter",
            "lti_version",
        ),
        (
            plain().with("lti_version", "2"),
            "wrong-form-version",
            "lti_version",
        ),
        (
            plain().with("oauth_timestamp", "1"),
            "timestamp-old",
            "oauth_timestamp",
        ),
        (
            plain().with("oauth_consumer_key", "x"),
            "unknown-consumer",
            "oauth_consumer_key",
        ),
        (
            plain().and("user_id", "bob"),
            "repeated-parameter",
            "user_id",
        ),
        (
            plain().with("oauth_signature_method", "RSA-SHA1"),
            "unsupported-signature-method",
            "oauth_signature_method",
        ),
    ];
    for (parameters, code, named) in &causes {
        let answer = posted(&consumer, &server, parameters).await;
        answer.assert_problem(400, code);
        let text = answer.text();
        assert!(text.contains(&format!("<code>{named}</code>")), "{code}");
        let (_, heading) = text.split_once("<h1>").unwrap();
        messages.insert(heading.split("</h1>").next().unwrap().to_owned());
    }
    assert_eq!(messages.len(), causes.len(), "{messages:?}");
}
