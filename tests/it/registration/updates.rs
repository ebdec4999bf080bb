//! A connection that registers anew: only by an invitation for it, and on other hosts only with an
//! administrator's word.

use serde_json::json;

use super::{assert_done, invite, login, open, press, register};
use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::registrar::{Registrar, TOOL};
use crate::harness::server::{Server, Setup};

async fn connected(platform: &Registrar, more: &str) -> Server {
    let lines = format!("{}{more}", platform.trusted());
    let server = Setup::new().with(&lines).start();
    let invitation = invite(&server, &["--name", "School"]);
    assert_done(&register(&server, platform, &invitation).await);
    server
}

async fn decide(browser: &mut Browser, server: &Server, page: &Answer, decision: &str) -> Answer {
    let field = |name: &str| page.field(name).unwrap_or_default();
    let (token, connection, seen) = (field("form_token"), field("connection"), field("seen"));
    let from = field("from");
    let fields = [
        ("form_token", token.as_str()),
        ("connection", &connection),
        ("seen", &seen),
        ("decision", decision),
        ("from", &from),
    ];
    browser
        .post(&server.url("/admin/invitations/decide"), &[], &fields)
        .await
}

#[tokio::test]
async fn on_the_same_hosts_it_holds_at_once() {
    let platform = Registrar::start().await;
    let server = connected(&platform, "").await;
    platform.gives.lock().unwrap()["client_id"] = json!("client-2");
    let invitation = invite(&server, &["--update", "School"]);
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invitation).await;
    assert!(
        page.text().contains("same LMS as before"),
        "{}",
        page.text()
    );
    assert!(page.field("name").is_none(), "the name stays");
    assert_done(&press(&mut browser, &server, &page).await);
    assert_eq!(
        login(&mut Browser::new(), &server, &platform, "client-2")
            .await
            .status,
        303
    );
    let former = login(&mut Browser::new(), &server, &platform, "client-1").await;
    former.assert_problem(400, "unknown-registration");
}

#[tokio::test]
async fn on_other_hosts_it_waits_for_an_administrator() {
    let platform = Registrar::start().await;
    let moved = Registrar::start().await;
    let trusted = format!(
        "[outbound]\ntrusted_hosts = [\"{}\", \"{}\"]",
        platform.at(""),
        moved.at("")
    );
    let server = Setup::new().with(&trusted).start();
    let invitation = invite(&server, &["--name", "School"]);
    assert_done(&register(&server, &platform, &invitation).await);
    moved.gives.lock().unwrap()["client_id"] = json!("client-2");
    moved.gives.lock().unwrap()[TOOL] = json!({ "deployment_id": "deployment-77" });
    moved.says_of("authorization_server", json!(moved.at("/audience")));
    for (decision, holds) in [("discard", false), ("accept", true)] {
        let invitation = invite(&server, &["--update", "School"]);
        let mut browser = Browser::without_cookies();
        let page = open(&mut browser, &moved, &invitation).await;
        assert!(
            page.text().contains("another LMS than before"),
            "{}",
            page.text()
        );
        let waits = press(&mut browser, &server, &page).await;
        assert_eq!(waits.status, 200, "{}", waits.text());
        assert!(
            waits.text().contains("waits for an administrator"),
            "{}",
            waits.text()
        );
        assert_eq!(
            login(&mut Browser::new(), &server, &platform, "client-1")
                .await
                .status,
            303
        );
        let not_yet = login(&mut Browser::new(), &server, &moved, "client-2").await;
        not_yet.assert_problem(400, "unknown-registration");

        let mut ada = if holds {
            let mut ada = Browser::new();
            admin::sign_in(&mut ada, &server, admin::PASSWORD).await;
            ada
        } else {
            admin::first(&server).await
        };
        let page = ada.open(&server.url("/admin/invitations")).await;
        // All that is approved with it is there to be seen.
        for shown in [&moved.at("/auth"), &moved.at("/audience"), "deployment-77"] {
            assert!(page.text().contains(shown), "{shown}: {}", page.text());
        }
        for (path, waits) in [
            ("/admin/", "A new registration waits"),
            ("/admin/connections", "New registration waits for you"),
            ("/admin/connections/1", &moved.at("/auth")),
        ] {
            let page = ada.open(&server.url(path)).await;
            assert!(page.text().contains(waits), "{path}");
        }
        // Deciding leads back to where one was: here, the page of all, and there, its own.
        let (from, page) = if holds {
            let page = ada.open(&server.url("/admin/connections/1")).await;
            ("/admin/connections/1", page)
        } else {
            ("/admin/invitations", page)
        };
        let mut stranger = Browser::new();
        let refused = decide(&mut stranger, &server, &page, decision).await;
        assert!(refused.location().ends_with("/admin/sign-in"));
        let decided = decide(&mut ada, &server, &page, decision).await;
        assert_eq!(decided.location(), from);
        decide(&mut ada, &server, &page, decision)
            .await
            .assert_problem(404, "not-found");
        assert_eq!(
            login(&mut Browser::new(), &server, &moved, "client-2")
                .await
                .status
                == 303,
            holds
        );
        assert_eq!(
            login(&mut Browser::new(), &server, &platform, "client-1")
                .await
                .status
                == 303,
            !holds
        );
    }
}

#[tokio::test]
async fn an_invitation_for_one_changes_no_other() {
    let platform = Registrar::start().await;
    let server = connected(&platform, "").await;
    platform.gives.lock().unwrap()["client_id"] = json!("client-2");
    let other = invite(&server, &["--name", "Other"]);
    assert_done(&register(&server, &platform, &other).await);
    // The platform answers with the other's client id.
    let invitation = invite(&server, &["--update", "School"]);
    let refused = register(&server, &platform, &invitation).await;
    refused.assert_problem(409, "registration-exists");
    for client in ["client-1", "client-2"] {
        assert_eq!(
            login(&mut Browser::new(), &server, &platform, client)
                .await
                .status,
            303
        );
    }
    let (done, _, errors) = server.run(&["invite", "--update", "99"]);
    assert!(!done && errors.contains("no connection"), "{errors}");
}
