//! The change of signing keys, over HTTP: by an administrator, and what platforms see of it.

use serde_json::Value;

use crate::harness::admin::first;
use crate::harness::client::{Answer, Browser};
use crate::harness::server::{Server, Setup};

const PEM: &str = include_str!("../fixtures/keys/other.pem");

/// The ids in the published key set, the one that signs first.
async fn published(server: &Server) -> Vec<String> {
    let set = Browser::new().open(&server.url("/lti/jwks")).await;
    let set: Value = serde_json::from_str(&set.text()).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// The form token of the page of the keys.
async fn token(browser: &mut Browser, server: &Server) -> String {
    let page = browser.open(&server.url("/admin/keys")).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    let (_, rest) = text.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn change(browser: &mut Browser, server: &Server, fields: &[(&str, &str)]) -> Answer {
    let token = token(browser, server).await;
    let mut all = vec![("form_token", token.as_str()), ("use", "tool")];
    all.extend(fields);
    browser.post(&server.url("/admin/keys"), &[], &all).await
}

#[tokio::test]
async fn an_administrator_changes_the_key_and_a_restart_keeps_it() {
    let server = Setup::new().on_one_port().start();
    let mut browser = first(&server).await;
    let old = published(&server).await;
    assert_eq!(old.len(), 1);

    let imported = change(&mut browser, &server, &[("do", "import"), ("pem", PEM)]).await;
    assert_eq!(imported.location(), "/admin/keys");
    let both = published(&server).await;
    assert_eq!(
        (both.len(), &both[0]),
        (2, &old[0]),
        "announced, not yet signing"
    );
    let new = both[1].clone();
    let page = browser.open(&server.url("/lti/public-key")).await.text();
    assert_eq!(page.matches("BEGIN PUBLIC KEY").count(), 2, "{page}");
    let page = browser.open(&server.url("/admin/")).await.text();
    assert!(page.contains("A new signing key takes over soon"), "{page}");

    let again = change(&mut browser, &server, &[("do", "rotate")]).await;
    again.assert_problem(409, "key-waiting");
    let begun = [("do", "begin"), ("key", new.as_str())];
    let begun = change(&mut browser, &server, &begun).await;
    assert_eq!(begun.location(), "/admin/keys");
    assert_eq!(published(&server).await, [new.clone(), old[0].clone()]);

    let server = server.kill().start();
    assert_eq!(published(&server).await, [new.clone(), old[0].clone()]);
    let withdrawn = [("do", "withdraw"), ("key", old[0].as_str())];
    change(&mut browser, &server, &withdrawn).await;
    assert_eq!(published(&server).await, [new.as_str()]);
    let refused = [("do", "withdraw"), ("key", new.as_str())];
    let refused = change(&mut browser, &server, &refused).await;
    refused.assert_problem(404, "not-found");
    assert_eq!(published(&server).await, [new]);
}

#[tokio::test]
async fn a_key_is_changed_by_an_administrators_own_form_alone() {
    let server = Setup::new().start();
    let mut browser = first(&server).await;
    let before = published(&server).await;
    let url = server.url("/admin/keys");
    let fields = [("use", "tool"), ("do", "import"), ("pem", PEM)];
    let stranger = Browser::new().post(&url, &[], &fields).await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    let forged = browser.post(&url, &[], &fields).await;
    forged.assert_problem(403, "foreign-form");

    let nonsense = [("do", "import"), ("pem", "-----BEGIN PRIVATE KEY-----")];
    let nonsense = change(&mut browser, &server, &nonsense).await;
    assert_eq!(nonsense.status, 400);
    assert!(nonsense.text().contains("first and last line included"));
    assert!(
        !nonsense
            .text()
            .contains("-----BEGIN PRIVATE KEY-----</textarea>")
    );
    for fields in [
        [("do", "sell"), ("key", "")],
        [("do", "begin"), ("key", "none")],
    ] {
        let answer = change(&mut browser, &server, &fields).await;
        answer.assert_problem(404, "not-found");
    }
    assert_eq!(published(&server).await, before);
}
