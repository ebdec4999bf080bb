//! The accounts of whoever comes by LTI 1.1, and what keeps them apart.

use super::{ITEM, LAUNCH, PLACEMENT, library, posted, start, uploads};
use crate::harness::admin;
use crate::harness::client::Browser;
use crate::harness::consumer::{Consumer, GUID, LMS, Parameters, post};
use crate::harness::server::Setup;

/// The name that the library greets with.
fn greeted(page: &str) -> String {
    let (_, rest) = page.split_once("Hello, ").unwrap();
    rest.split_once('!').unwrap().0.to_owned()
}

fn nameless(parameters: &Parameters) -> Parameters {
    parameters.without("lis_person_name_full")
}

/// Row: required parameters are checked, and the missing ones are named. A link is left out by a
/// sign-in only, not by what has an address of its own or was placed.
#[tokio::test]
async fn required_parameters_are_named() {
    let consumer = Consumer::new("required");
    let server = start(&consumer, "");
    let unlinked = || {
        consumer
            .launch("ada", "Learner")
            .without("resource_link_id")
    };
    let mut refused = Vec::new();
    for path in [ITEM, PLACEMENT] {
        let (mut browser, unlinked) = (Browser::new(), unlinked());
        let answer = consumer.launches(&mut browser, &server, path, &unlinked);
        refused.push(answer.await);
    }
    let placed = unlinked().and("custom_placement", "000102030405060708090a0b0c0d0e0f");
    refused.push(posted(&consumer, &server, &placed).await);
    for answer in refused {
        answer.assert_problem(400, "missing-parameter");
        assert!(answer.text().contains("<code>resource_link_id</code>"));
    }
    posted(&consumer, &server, &unlinked())
        .await
        .assert_opened();
}

/// Row: a consumer is found by its key, and bound to its installation by the first verified launch.
/// Left behind: the installation written, and the nonce consumed, before the signature is checked.
#[tokio::test]
async fn nothing_is_written_before_the_signature_holds() {
    const ID: &str = "tool_consumer_instance_guid";
    let consumer = Consumer::new("bound");
    let server = start(&consumer, "");
    let liar = Consumer {
        secret: "guessed".into(),
        ..consumer.clone()
    };
    let evil = consumer
        .sign_in("ada")
        .with(ID, "evil")
        .with("oauth_nonce", "n");
    posted(&liar, &server, &evil)
        .await
        .assert_problem(400, "wrong-oauth-signature");
    let right = consumer.sign_in("ada").with("oauth_nonce", "n");
    assert_eq!(right.get(ID), Some(GUID));
    posted(&consumer, &server, &right).await.assert_opened();
    for other in [
        consumer.sign_in("ada").with(ID, "evil"),
        consumer.sign_in("ada").without(ID),
    ] {
        posted(&consumer, &server, &other)
            .await
            .assert_problem(403, "guid-mismatch");
    }
    // One that is expected is waited for.
    let server = start(&consumer, "guid = \"expected\"\n");
    posted(&consumer, &server, &consumer.sign_in("ada"))
        .await
        .assert_problem(403, "guid-mismatch");
    let expected = consumer.sign_in("ada").with(ID, "expected");
    posted(&consumer, &server, &expected).await.assert_opened();
}

/// Row: a stable account with a random name, and the same account on every return.
#[tokio::test]
async fn without_a_name_one_is_made_up_and_kept() {
    let consumer = Consumer::new("friendly");
    let setup = Setup::new().on_one_port().with(&consumer.entry());
    let mut server = setup.start();
    let mut browser = Browser::new();
    let parameters = nameless(&consumer.sign_in("ada"));
    let (page, path) = library(&consumer, &server, &mut browser, &parameters).await;
    let name = greeted(&page);
    assert_eq!(name.split(' ').count(), 3, "{name}");
    assert!(page.contains("keeps your name to itself"));
    assert!(!page.contains("ada"), "it tells nothing of who that is");
    uploads(&mut browser, &server, &path).await;
    server = server.kill().start();
    // From no link and from one, before and after a restart.
    for parameters in [
        consumer.sign_in("ada"),
        consumer.launch("ada", "Instructor"),
    ] {
        let parameters = nameless(&parameters);
        let (page, _) = library(&consumer, &server, &mut Browser::new(), &parameters).await;
        assert_eq!(greeted(&page), name);
        assert!(page.contains("Lesson"));
    }
    let other = nameless(&consumer.sign_in("bob"));
    let (page, _) = library(&consumer, &server, &mut Browser::new(), &other).await;
    assert_ne!(greeted(&page), name, "another person has another");
    // A name that is told at last takes its place.
    let told = consumer.sign_in("ada");
    let (page, _) = library(&consumer, &server, &mut Browser::new(), &told).await;
    assert_eq!(greeted(&page), "ada Doe");
    assert!(page.contains("Lesson") && !page.contains("to itself"));
}

/// Row: accounts from personal data, where they are wanted.
#[tokio::test]
async fn names_are_not_taken_where_they_are_not_wanted() {
    let consumer = Consumer::new("withheld");
    let server = start(&consumer, "personal_data = false\n");
    let told = |user: &str| {
        let parameters = consumer.launch(user, "Instructor");
        parameters
            .and("lis_person_name_given", "Givenname")
            .and("lis_person_name_family", "Familyname")
            .and("email", "someone@school.example")
    };
    let (page, path) = {
        let mut browser = Browser::new();
        let (page, path) = library(&consumer, &server, &mut browser, &told("ada")).await;
        let course = browser.get(&server.url(&format!("{path}course"))).await;
        (format!("{page}{}", course.text()), path)
    };
    assert!(!path.is_empty());
    for told in ["Doe", "Givenname", "Familyname", "someone@school.example"] {
        assert!(!page.contains(told), "{told}");
    }
    let name = greeted(&page);
    let (again, _) = library(&consumer, &server, &mut Browser::new(), &told("ada")).await;
    assert_eq!(greeted(&again), name);

    let server = start(&consumer, "personal_data = true\n");
    let (page, _) = library(&consumer, &server, &mut Browser::new(), &told("ada")).await;
    assert!(page.contains("Hello, Givenname!"));
}

/// Row: "must already have an account", where that is demanded. It only admits, and no email address
/// makes anybody known.
#[tokio::test]
async fn only_who_is_known_comes_in_where_that_is_demanded() {
    let consumer = Consumer::new("known");
    let setup = Setup::new().on_one_port().with(&consumer.entry());
    let server = setup.start();
    let with_email = |user: &str| consumer.sign_in(user).and("email", "ada@school.example");
    posted(&consumer, &server, &with_email("ada"))
        .await
        .assert_opened();
    let stopped = server.kill();
    let file = stopped.folder().join("config.toml");
    let lines = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        lines + "known_people_only = true\nanonymous = true\n",
    )
    .unwrap();
    let server = stopped.start();
    posted(&consumer, &server, &consumer.sign_in("ada"))
        .await
        .assert_opened();
    let linked = consumer.launch("ada", "Instructor");
    posted(&consumer, &server, &linked).await.assert_opened();
    let mut admin = admin::first(&server).await;
    for stranger in [
        with_email("bob"),
        consumer.launch("bob", "Instructor"),
        consumer.launch("bob", "Instructor").without("user_id"),
    ] {
        for _ in 0..2 {
            let answer = posted(&consumer, &server, &stranger).await;
            answer.assert_problem(403, "no-account");
            let entry = admin::launch_entry(&mut admin, &server, &answer).await;
            assert!(
                entry.contains("It is somebody who is known already"),
                "{entry}"
            );
        }
    }
}

/// Row: a different person in the same browser takes over; sessions never mix.
#[tokio::test]
async fn another_person_takes_over_and_nothing_mixes() {
    let consumer = Consumer::new("shared");
    let server = start(&consumer, "");
    let mut browser = Browser::new();
    let (_, ada) = library(&consumer, &server, &mut browser, &consumer.sign_in("ada")).await;
    uploads(&mut browser, &server, &ada).await;
    let (page, bob) = library(&consumer, &server, &mut browser, &consumer.sign_in("bob")).await;
    assert!(page.contains("bob Doe") && !page.contains("Lesson"));
    browser
        .get(&server.url(&format!("{ada}library")))
        .await
        .assert_problem(403, "session-ended");
    let page = browser.get(&server.url(&format!("{bob}library"))).await;
    assert_eq!(page.status, 200);
    // The same person in two places of one browser keeps both.
    let (_, again) = library(&consumer, &server, &mut browser, &consumer.sign_in("bob")).await;
    for path in [bob, again] {
        let page = browser.get(&server.url(&format!("{path}library"))).await;
        assert_eq!(page.status, 200);
    }
}

/// Row: course and item are kept in the session, so that staff of one course reach nothing of
/// another's; and a person's courses are listed without opening.
#[tokio::test]
async fn staff_of_one_course_reach_nothing_of_anothers() {
    let consumer = Consumer::new("courses");
    let server = start(&consumer, "");
    let mut browser = Browser::new();
    let biology = consumer.launch("ada", "Instructor");
    let (_, path) = library(&consumer, &server, &mut browser, &biology).await;
    let course = browser.get(&server.url(&format!("{path}course"))).await;
    assert!(course.text().contains("Placed in the course"));
    let history = biology.with("context_id", "course-2");
    let history = history
        .with("context_title", "History &amp; more")
        .with("roles", "Learner");
    let history = history.with("oauth_nonce", "another");
    let (page, path) = library(&consumer, &server, &mut browser, &history).await;
    assert!(page.contains("Student") && !page.contains("Teacher"));
    let people = browser.get(&server.url(&format!("{path}course"))).await;
    assert!(!people.text().contains("aria-labelledby=\"people\""));

    // Signed in from no course, both are listed by name, and neither opens.
    let (page, path) = library(&consumer, &server, &mut browser, &consumer.sign_in("ada")).await;
    let (_, courses) = page.split_once("Your courses").unwrap();
    assert!(courses.find("Biology").unwrap() < courses.find("History &amp;amp; more").unwrap());
    for part in ["Teacher", "Student", "opens from the course itself"] {
        assert!(courses.contains(part), "{part}");
    }
    assert!(!courses.contains("You are here"));
    let course = browser.get(&server.url(&format!("{path}course"))).await;
    assert!(course.text().contains("You came here without a course"));
    let asked = browser
        .get(&server.url(&format!("{path}library?view=course")))
        .await;
    assert!(!asked.text().contains("Nothing here yet"));
    let synced = browser
        .post(
            &server.url(&format!("{path}course/sync")),
            &[("sec-fetch-site", "same-origin")],
            &[],
        )
        .await;
    synced.assert_problem(403, "only-managers");
    // Nobody else's are listed.
    let (page, _) = library(
        &consumer,
        &server,
        &mut Browser::new(),
        &consumer.sign_in("bob"),
    )
    .await;
    assert!(!page.contains("Biology") && !page.contains("History"));
    assert!(page.contains("the course is listed here"));
}

/// Row: launch and what it opens are apart: nothing opens without a launch, and none is repeated.
#[tokio::test]
async fn nothing_opens_without_a_launch() {
    let consumer = Consumer::new("run");
    let server = start(&consumer, "");
    let made_up = "A".repeat(43);
    for below in ["library", "upload", "course", "media/00000000000000ab"] {
        let url = server.url(&format!("/s/{made_up}/{below}"));
        Browser::new()
            .open(&url)
            .await
            .assert_problem(403, "session-ended");
    }
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.sign_in("ada"));
    post(&mut Browser::new(), &url, LMS, &signed)
        .await
        .assert_opened();
    post(&mut Browser::new(), &url, LMS, &signed)
        .await
        .assert_problem(400, "nonce-used");
}

/// Left behind: `PLAINTEXT` and other methods accepted or crashing; empty bodies; errors with 200.
#[tokio::test]
async fn other_methods_are_refused_and_no_refusal_is_empty() {
    let consumer = Consumer::new("methods");
    let server = start(&consumer, "");
    let url = server.url(LAUNCH);
    for method in ["PLAINTEXT", "RSA-SHA1", "HMAC-SHA512", "", "x"] {
        let signed = consumer.sign(&url, &consumer.sign_in("ada"));
        let signed = signed.with("oauth_signature_method", method);
        let plain = signed.with("oauth_signature", &format!("{}&", consumer.secret));
        let answer = post(&mut Browser::new(), &url, LMS, &plain).await;
        let code = match method {
            "" => "missing-parameter",
            _ => "unsupported-signature-method",
        };
        answer.assert_problem(400, code);
        assert!(answer.text().len() > 500);
    }
}
