//! Attacks on registration.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{assert_done, invite, login, open, opened, press, register};
use crate::harness::client::Browser;
use crate::harness::registrar::{Answers, Registrar};
use crate::harness::server::{Setup, unused_address};

#[tokio::test]
async fn without_an_invitation_nobody_is_asked() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    for invitation in ["", "?invitation=", "?invitation=made-up"] {
        let address = server.url(&format!("/lti/register{invitation}"));
        let joint = if invitation.is_empty() { "?" } else { "&" };
        let address = opened(&address, joint, &platform.at("/configuration"), None);
        let refused = browser.get(&address).await;
        refused.assert_problem(403, "registration-invitation");
    }
    let made_up = server.url(&format!("/lti/register?invitation={}", "A".repeat(43)));
    let refused = open(&mut browser, &platform, &made_up).await;
    refused.assert_problem(403, "registration-invitation");
    for pending in ["", "made-up", &"A".repeat(400)] {
        let url = server.url("/lti/register");
        let refused = browser.post(&url, &[], &[("pending", pending)]).await;
        refused.assert_problem(400, "registration-stale");
    }
    assert_eq!(platform.asked(), 0);
}

#[tokio::test]
async fn addresses_of_every_forbidden_kind_are_refused() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let nobody = unused_address();
    let cases = [
        ("http://8.8.8.8/".to_owned(), "registration-plain-http"),
        (format!("http://{nobody}/"), "registration-plain-http"),
        (
            format!("https://{}/", platform.address),
            "registration-private",
        ),
        ("https://localhost/".to_owned(), "registration-private"),
        ("https://127.1/".to_owned(), "registration-private"),
        ("https://2130706433/".to_owned(), "registration-private"),
        ("https://[::1]/".to_owned(), "registration-private"),
        ("https://10.0.0.1/".to_owned(), "registration-private"),
        ("https://172.31.255.255/".to_owned(), "registration-private"),
        (
            "https://192.168.1.1:8443/".to_owned(),
            "registration-private",
        ),
        ("https://100.64.0.1/".to_owned(), "registration-private"),
        ("https://[fd00::1]/".to_owned(), "registration-private"),
        (
            "https://[::ffff:8.8.8.8]/".to_owned(),
            "registration-private",
        ),
        (
            "https://[64:ff9b::808:808]/".to_owned(),
            "registration-private",
        ),
        ("https://169.254.169.254/".to_owned(), "registration-never"),
        ("https://[fe80::1]/".to_owned(), "registration-never"),
        (
            "https://[::ffff:169.254.169.254]/".to_owned(),
            "registration-never",
        ),
        ("https://0.0.0.0/".to_owned(), "registration-never"),
    ];
    let members = [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
    ];
    let right = platform.configuration.lock().unwrap().clone();
    for (index, (address, code)) in cases.iter().enumerate() {
        // A fresh one now and then: looks by one invitation are limited.
        let invitation = if index % 5 == 0 {
            invite(&server, &[])
        } else {
            invitation.clone()
        };
        let mut browser = Browser::without_cookies();
        let asked = browser.get(&opened(&invitation, "&", address, None)).await;
        asked.assert_problem(400, code);
        assert!(asked.field("pending").is_none());
        let member = members[index % members.len()];
        platform.says_of(member, json!(address));
        let learned = open(&mut browser, &platform, &invite(&server, &[])).await;
        learned.assert_problem(400, code);
        assert!(learned.text().contains(member), "{}", learned.text());
        platform.configuration.lock().unwrap().clone_from(&right);
        if *code == "registration-private" {
            assert!(asked.text().contains("trusted_hosts"), "{}", asked.text());
        }
    }
    for address in [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a:b@8.8.8.8/",
        "x",
    ] {
        let mut browser = Browser::without_cookies();
        let url = opened(&invite(&server, &[]), "&", address, None);
        let answer = browser.get(&url).await;
        if address.is_empty() {
            assert_eq!(answer.status, 200, "it is opened by hand");
        } else {
            answer.assert_problem(400, "registration-address");
        }
    }
    assert!(platform.registrations().is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let platform = Registrar::start().await;
    let target = Registrar::start().await;
    let trusted = format!(
        "[outbound]\ntrusted_hosts = [\"{}\", \"{}\"]",
        platform.at(""),
        target.at("")
    );
    let server = Setup::new().with(&trusted).start();
    let invitation = invite(&server, &[]);
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invitation).await;
    let elsewhere = Answers::Redirect(target.at("/configuration?secret=1"));
    *platform.says.lock().unwrap() = elsewhere.clone();
    let refused = open(&mut browser, &platform, &invitation).await;
    refused.assert_problem(502, "registration-redirect");
    assert!(!refused.text().contains("secret=1"));
    *platform.registers.lock().unwrap() = elsewhere;
    let refused = press(&mut browser, &server, &page).await;
    refused.assert_problem(502, "registration-redirect");
    assert_eq!(target.asked(), 0);
}

#[tokio::test]
async fn of_many_presses_at_once_one_registers() {
    let platform = Registrar::start().await;
    platform.gate.forget_permits(1_000);
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let invitation = invite(&server, &[]);
    let page = open(&mut browser, &platform, &invitation).await;
    let pending = page.field("pending").unwrap();
    let mut presses = JoinSet::new();
    for _ in 0..8 {
        let (mut browser, url) = (browser.clone(), server.url("/lti/register"));
        let pending = pending.clone();
        presses.spawn(async move { browser.post(&url, &[], &[("pending", &pending)]).await });
    }
    // All but the first are answered while the platform still thinks.
    for _ in 0..7 {
        let busy = presses.join_next().await.unwrap().unwrap();
        busy.assert_problem(409, "registration-busy");
    }
    platform.gate.add_permits(1);
    assert_done(&presses.join_next().await.unwrap().unwrap());
    assert_eq!(platform.registrations().len(), 1);
}

#[tokio::test]
async fn an_existing_connection_is_never_changed_by_the_way() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    assert_done(&register(&server, &platform, &invite(&server, &[])).await);
    // Somebody answers with the client id of another's registration, and other addresses.
    platform.says_of("authorization_endpoint", json!(platform.at("/evil")));
    let invitation = invite(&server, &[]);
    let refused = register(&server, &platform, &invitation).await;
    refused.assert_problem(409, "registration-exists");
    let to = login(&mut Browser::new(), &server, &platform, "client-1")
        .await
        .location();
    assert!(to.starts_with(&platform.at("/auth?")), "{to}");
    // The invitation is still good for another one.
    platform.gives.lock().unwrap()["client_id"] = json!("client-2");
    assert_done(&register(&server, &platform, &invitation).await);
}

#[tokio::test]
async fn what_the_file_declares_is_not_taken_over() {
    let platform = Registrar::start().await;
    let (issuer, at) = (platform.at(""), |path: &str| platform.at(path));
    let entry = format!(
        "[[platform]]\nname = \"Mine\"\nissuer = \"{issuer}\"\nclient_id = \"client-1\"\n\
         auth_url = \"{}\"\ntoken_url = \"{}\"\njwks_url = \"{}\"\n",
        at("/file-auth"),
        at("/token"),
        at("/jwks")
    );
    let server = Setup::new().with(&entry).start();
    let refused = register(&server, &platform, &invite(&server, &[])).await;
    refused.assert_problem(409, "registration-exists");
    let to = login(&mut Browser::new(), &server, &platform, "client-1")
        .await
        .location();
    assert!(to.starts_with(&at("/file-auth?")), "{to}");
    let (done, _, errors) = server.run(&["invite", "--update", "Mine"]);
    assert!(!done && errors.contains("declared"), "{errors}");
}

#[tokio::test]
async fn a_foreign_issuer_is_refused_unless_an_administrator_allows_it() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let mut browser = Browser::without_cookies();
    for issuer in [
        "https://moodle.school.example".to_owned(),
        platform.at("").replace("127.0.0.1", "localhost"),
        format!("https://{}", platform.address),
        format!("http://{}", unused_address()),
    ] {
        platform.says_of("issuer", json!(issuer));
        let refused = open(&mut browser, &platform, &invitation).await;
        refused.assert_problem(400, "registration-issuer");
    }
    platform.says_of("issuer", json!("https://canvas.instructure.com"));
    let refused = open(&mut browser, &platform, &invitation).await;
    refused.assert_problem(400, "registration-shared-issuer");

    platform.says_of("issuer", json!("https://moodle.school.example"));
    let allowed = invite(&server, &["--any-issuer"]);
    let page = open(&mut browser, &platform, &allowed).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("allowed it"), "{}", page.text());
}

#[tokio::test]
async fn answers_that_are_none_are_told_and_leave_the_invitation() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let mut browser = Browser::without_cookies();
    let right = open(&mut browser, &platform, &invitation).await;
    let html = "<!doctype html><title>Sign in</title><script>alert(1)</script>";
    for (answer, code) in [
        (
            Answers::With(200, html.into()),
            "registration-configuration",
        ),
        (
            Answers::With(200, "{}".into()),
            "registration-configuration",
        ),
        (
            Answers::With(200, "x".repeat(300_000)),
            "registration-configuration",
        ),
        (
            Answers::With(200, "[".repeat(100_000)),
            "registration-configuration",
        ),
        (
            Answers::With(401, "{\"error\":\"expired\"}".into()),
            "registration-status",
        ),
        (Answers::With(500, html.into()), "registration-status"),
    ] {
        *platform.says.lock().unwrap() = answer;
        let refused = open(&mut browser, &platform, &invitation).await;
        refused.assert_problem(502, code);
        assert!(!refused.text().contains("alert(1)"));
    }
    for (answer, code, doubtful) in [
        (Answers::With(200, html.into()), "registration-answer", true),
        (Answers::With(200, "{}".into()), "registration-answer", true),
        (
            Answers::With(201, "{\"client_id\":[1]}".into()),
            "registration-answer",
            true,
        ),
        (
            Answers::With(403, "{}".into()),
            "registration-refused",
            false,
        ),
    ] {
        *platform.registers.lock().unwrap() = answer;
        let refused = press(&mut browser, &server, &right).await;
        refused.assert_problem(502, code);
        let told = refused.text().contains("all the same");
        assert_eq!(told, doubtful, "{code}");
    }
    *platform.registers.lock().unwrap() = Answers::Well;
    assert_done(&press(&mut browser, &server, &right).await);
}

#[tokio::test]
async fn a_platform_that_never_answers_holds_nobody_up() {
    let platform = Registrar::start().await;
    *platform.says.lock().unwrap() = Answers::Never;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let mut waiting = Browser::without_cookies();
    let mut browser = Browser::new();
    let address = opened(&invitation, "&", &platform.at("/configuration"), None);
    let asked = tokio::spawn(async move { waiting.get(&address).await });
    assert_eq!(browser.open(&server.url("/health")).await.status, 200);
    let patience = Duration::from_secs(40);
    let refused = tokio::time::timeout(patience, asked)
        .await
        .unwrap()
        .unwrap();
    refused.assert_problem(502, "registration-unreachable");
}

#[tokio::test]
async fn what_was_shown_is_what_is_registered() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invite(&server, &[])).await;
    platform.says_of("authorization_endpoint", json!(platform.at("/evil")));
    let asked = platform.asked();
    assert_done(&press(&mut browser, &server, &page).await);
    assert_eq!(platform.asked(), asked + 1, "it is not asked anew");
    let to = login(&mut Browser::new(), &server, &platform, "client-1")
        .await
        .location();
    assert!(to.starts_with(&platform.at("/auth?")), "{to}");
}

#[tokio::test]
async fn the_name_that_an_administrator_gave_stays() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let invitation = invite(&server, &["--name", "School LMS"]);
    let page = open(&mut browser, &platform, &invitation).await;
    let pending = page.field("pending").unwrap();
    let fields = [("pending", pending.as_str()), ("name", "The other school")];
    let url = server.url("/lti/register");
    let done = browser.post(&url, &[], &fields).await;
    assert_done(&done);
    let text = done.text();
    assert!(text.contains("School LMS") && !text.contains("The other school"));
}

#[tokio::test]
async fn looking_is_limited() {
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let invitation = invite(&server, &[]);
    let mut browser = Browser::without_cookies();
    let mut refused = None;
    for _ in 0..40 {
        let answer = open(&mut browser, &platform, &invitation).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    refused.unwrap().assert_problem(429, "rate-limited");
}
