//! An administrator, by the pages of administration.

use super::client::{Answer, Browser};
use super::server::Server;

/// The name of the administrator of the tests.
pub(crate) const NAME: &str = "ada";
/// Their password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The claim link of a server that nobody administers yet.
pub(crate) fn claim_link(server: &Server) -> String {
    let ready = server.greeting.last().unwrap();
    ready.strip_prefix("Ready: ").unwrap().to_owned()
}

/// Takes a claim link.
pub(crate) async fn claim(browser: &mut Browser, link: &str) -> Answer {
    let fields = [("name", NAME), ("password", PASSWORD)];
    browser.post(link, &[], &fields).await
}

/// Signs in with a name and a password.
pub(crate) async fn sign_in(browser: &mut Browser, server: &Server, password: &str) -> Answer {
    let fields = [("name", NAME), ("password", password)];
    browser
        .post(&server.url("/admin/sign-in"), &[], &fields)
        .await
}

/// A browser in which the first administrator is signed in.
pub(crate) async fn first(server: &Server) -> Browser {
    let mut browser = Browser::new();
    let answer = claim(&mut browser, &claim_link(server)).await;
    assert_eq!(answer.location(), "/admin/");
    browser
}

/// What the launch log says of the request that this answer names.
pub(crate) async fn launch_entry(
    browser: &mut Browser,
    server: &Server,
    answer: &Answer,
) -> String {
    let url = server.url(&format!("/admin/launches/{}", answer.reference()));
    let page = browser.open(&url).await;
    assert_eq!(page.status, 200, "{url}\n{}", answer.text());
    page.text()
}
