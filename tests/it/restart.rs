//! What was acknowledged outlives the sudden end of the process.

use crate::harness::admin::{PASSWORD, first, launch_entry, sign_in};
use crate::harness::client::Browser;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::Setup;

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let platform = Platform::start("killed").await;
    let entry = platform.entry().replace("[\"1\"]", "[]");
    let mut server = Setup::new().on_one_port().with(&entry).start();
    let mut admin = first(&server).await;
    let mut browser = Browser::new();

    let refused = platform
        .launch(&mut browser, &server, "robin", roles::STUDENT)
        .await;
    refused.assert_problem(403, "deployment-waiting");
    server = server.kill().start();
    launch_entry(&mut admin, &server, &refused).await;

    let page = admin.open(&server.url("/admin/connections/1")).await;
    let names = ["form_token", "deployment", "approved"];
    let values = names.map(|name| (name, page.field(name).unwrap()));
    let fields = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let url = server.url("/admin/connections/1/deployments");
    assert_eq!(admin.post(&url, &[], &fields).await.status, 303);
    server = server.kill().start();

    // A login that began before the end goes on after it: its state lies with the browser.
    let login = platform.login(&mut browser, &server).await;
    let claims = platform.claims(&server, &login.nonce, "robin", roles::STUDENT);
    let token = platform.token(&claims);
    let mut replaying = browser.clone();
    server = server.kill().start();
    let answer = platform.post(&mut browser, &server, &login, &token).await;
    let path = answer.assert_opened();
    server = server.kill().start();

    let library = server.url(&format!("{path}library"));
    assert_eq!(browser.get(&library).await.status, 200);
    platform
        .post(&mut replaying, &server, &login, &token)
        .await
        .assert_problem(400, "state-used");
    server = server.kill().start();
    assert_eq!(
        browser
            .get(&server.url(&format!("{path}library")))
            .await
            .status,
        200
    );
    Browser::new()
        .get(&server.url(&format!("{path}library")))
        .await
        .assert_problem(403, "session-other-browser");
    assert_eq!(admin.open(&server.url("/admin/")).await.status, 200);
    let answer = sign_in(&mut Browser::new(), &server, PASSWORD).await;
    assert_eq!(answer.location(), "/admin/");
}
