//! Registration as an administrator of an LMS sees it: in a frame of the LMS, which closes it.

use super::driver::{Browser, Cookies, installed};
use super::pages::{become_administrator, look};
use crate::harness::registrar::{Answers, Registrar};
use crate::harness::server::{Server, Setup};

/// An invitation's address, as an LMS whose configuration is at `configuration` opens it.
fn opened(server: &Server, configuration: &str) -> String {
    let (done, output, errors) = server.run(&["invite"]);
    assert!(done, "{errors}");
    let line = output.lines().find(|line| line.contains("/lti/register?"));
    let address = line.unwrap().trim();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("openid_configuration", configuration)
        .finish();
    format!("{address}&{query}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lms_is_told_to_close_the_page() {
    if !installed() {
        return;
    }
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let browser = Browser::start(Cookies::ThirdPartyBlocked, false).await;
    let page = opened(&server, &platform.at("/configuration"));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("src", &page)
        .finish();
    browser.open(&platform.at(&format!("/lms?{query}"))).await;
    browser.enter("iframe").await;
    browser
        .find("main form button")
        .await
        .click()
        .await
        .unwrap();
    browser.find("[data-registered]").await;
    browser.leave().await;
    let origin = server.url("");
    browser
        .until(&format!("return document.title === '{origin}'"))
        .await;
    browser.end().await;
}

async fn every_page(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let platform = Registrar::start().await;
    let server = Setup::new().with(&platform.trusted()).start();
    let browser = Browser::start(Cookies::Kept, dark).await;
    let page = opened(&server, &platform.at("/configuration"));
    browser.open(page.split('&').next().unwrap()).await;
    look(&browser, "register-paste", theme).await;
    browser.open(&page).await;
    browser.find("summary").await.click().await.unwrap();
    look(&browser, "register", theme).await;
    let refusal = "{\"error_description\":\"The domain does not match\"}".to_owned();
    *platform.registers.lock().unwrap() = Answers::With(400, refusal);
    browser
        .find("main form button")
        .await
        .click()
        .await
        .unwrap();
    browser.find(".problem").await;
    look(&browser, "register-refused", theme).await;
    *platform.registers.lock().unwrap() = Answers::Well;
    browser
        .find("main form button")
        .await
        .click()
        .await
        .unwrap();
    browser.find("[data-registered]").await;
    look(&browser, "register-done", theme).await;
    browser
        .open(&opened(&server, "https://10.0.0.1:8443/c"))
        .await;
    browser.find(".problem").await;
    look(&browser, "register-private", theme).await;

    become_administrator(&browser, &server, theme).await;
    browser.open(&server.url("/admin/invitations")).await;
    browser.find("main summary").await.click().await.unwrap();
    look(&browser, "invitations", theme).await;
    browser
        .find("main form button")
        .await
        .click()
        .await
        .unwrap();
    browser.find("main .notice [data-copy]").await;
    look(&browser, "invitation-made", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_registration_is_accessible_in_light() {
    every_page(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_registration_is_accessible_in_dark() {
    every_page(true).await;
}
