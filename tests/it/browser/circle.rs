//! The whole circle between two Lanternas in a real browser: a school holds an archive as a tool, a
//! teacher of the school puts a film of the archive into their course, a student watches it there,
//! and the score is in the school. By LTI 1.3, where the film is picked in the archive, inside the
//! practice course's frame; and by LTI 1.1.

use super::course::enter;
use super::driver::{Browser, Cookies, installed};
use super::earning::plays_to_its_end;
use super::pages::{become_administrator, look};
use super::practice::{self, enter_as};
use super::selection::{press, upload};
use super::tools::{fill, pair, passport};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

/// How often a page is opened until a score is there.
const LOOKS: usize = 200;
/// The way to the page of the course, from every page.
const COURSE: &str = "nav a[href='course'], nav a[href$='/course']";
/// What a tool is told about the school, as its page has it.
const TOLD: &str = "return Object.fromEntries(['issuer', 'client', 'auth', 'token', 'keys']
    .map((id) => [id, document.getElementById(id).value]))";

/// A page in the browser, by the address of the present frame's, until it says so.
async fn says(browser: &Browser, words: &str) {
    let address = browser.script("return location.href").await;
    let address = address.as_str().unwrap().to_owned();
    browser.top().await;
    let mut text = String::new();
    for _ in 0..LOOKS {
        browser.open(&address).await;
        text = browser.text("main").await;
        if text.contains(words) {
            return;
        }
    }
    panic!("{address} never says “{words}”: {text}");
}

/// Looks at the page of the present frame as a whole page, and comes back to it as this person.
async fn look_whole(browser: &Browser, school: &Server, person: &str, name: &str, theme: &str) {
    let address = browser.script("return location.href").await;
    let address = address.as_str().unwrap();
    browser.top().await;
    browser.open(address).await;
    look(browser, name, theme).await;
    browser.size(1280, 1600).await;
    browser.picture(&format!("{name}-whole-{theme}")).await;
    enter_as(browser, school, person).await;
    browser
        .script(&format!("location.assign('{address}')"))
        .await;
    browser
        .until(&format!("return location.href === '{address}'"))
        .await;
}

/// Watches all of the film that the archive shows in the school's frame, as fast as the player goes.
async fn watches(browser: &Browser, points: &str) {
    browser.enter("iframe.tool-frame").await;
    browser.find("video").await;
    let counts = browser.text(".earned").await;
    assert!(counts.contains(points), "{counts}");
    plays_to_its_end(browser).await;
    browser.leave().await;
}

/// Adds the archive to the school, as its administrator; answers how the archive is to know the
/// school.
async fn adds(browser: &Browser, school: &Server, archive: &str, theme: &str) -> String {
    let course = url::Url::parse(&practice::practice(school)).unwrap();
    become_administrator(browser, school, theme).await;
    browser.open(&school.url("/admin/tools/new")).await;
    press(browser, "#field-version-1\\.3").await;
    let at = |path: &str| format!("http://{archive}{path}");
    for (field, value) in [
        ("title", "Physics archive".to_owned()),
        ("launch_url", at("/lti/launch")),
        ("login_url", at("/lti/login")),
        ("redirect_uris", at("/lti/launch")),
        ("keys_url", at("/lti/jwks")),
        ("selection_url", at("/lti/launch")),
    ] {
        fill(browser, &format!("#field-{field}"), &value).await;
    }
    look(browser, "circle-admin-new", theme).await;
    press(browser, "form[action$='/admin/tools/new'] > button").await;
    browser.find("#told").await;
    look(browser, "circle-admin-told", theme).await;
    let told = browser.script(TOLD).await;
    let value = |name: &str| told[name].as_str().unwrap().to_owned();
    let said = "lti_msg=You+read+two+chapters.&lti_errormsg=The+third+is+not+there+yet.";
    let back = format!("/tools/{}/return?{said}", value("client"));
    browser.open(&school.url(&back)).await;
    browser.find(".notice.warning").await;
    look(browser, "circle-returned", theme).await;
    format!(
        "[[platform]]\nname = \"School\"\nissuer = \"{}\"\nclient_id = \"{}\"\nauth_url = \"{}\"\n\
         token_url = \"{}\"\njwks_url = \"{}\"\naccept_deployments = true\n\
         origins = [\"{}\"]",
        value("issuer"),
        value("client"),
        value("auth"),
        value("token"),
        value("keys"),
        // The school's pages stand in the course's, and so do the archive's.
        course.origin().ascii_serialization(),
    )
}

/// A collection in the teacher's course with a film that is picked in the archive, worth 20 points.
async fn picks(browser: &Browser, school: &Server, theme: &str) {
    let whole = async |name: &str| look_whole(browser, school, "amara", name, theme).await;
    enter_as(browser, school, "amara").await;
    press(browser, "a[href='upload']").await;
    press(browser, "a[href='collections/new']").await;
    fill(browser, "#field-title", "Waves").await;
    press(browser, "main form button").await;
    browser.find("section[aria-labelledby=pick]").await;
    whole("circle-contents").await;
    press(browser, "a[href^='pick?tool=']").await;
    browser.enter("iframe.tool-frame").await;
    browser.find("[data-picker]").await;
    browser.leave().await;
    whole("circle-pick").await;
    browser.enter("iframe.tool-frame").await;
    upload(browser, "media/lesson.mp4").await;
    browser.find(".picker-bar .chip input:checked").await;
    press(browser, "[name=step]").await;
    press(browser, "[type=checkbox][name^=graded-]").await;
    fill(browser, "[name^=maximum-]", "20").await;
    press(browser, "form[action=select] .button.primary").await;
    browser.leave().await;
    browser
        .find("section[aria-labelledby=inside] li:only-child")
        .await;
    whole("circle-picked").await;
    press(browser, "p.back a").await;
    press(browser, "a[href$='/share']").await;
    press(browser, "form[action='place'] button").await;
    browser.find(".notice.success").await;
}

/// The collection, from the page of the course.
async fn collection(browser: &Browser) {
    press(browser, COURSE).await;
    press(browser, "section[aria-labelledby=placed] th a").await;
    browser.find(".collection-list").await;
}

async fn picked_by_1p3(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let archive = Setup::new().on_one_port();
    let trusted = format!(
        "[outbound]\ntrusted_hosts = [\"http://{}\"]",
        archive.listen()
    );
    let school = Setup::new()
        .with(&trusted)
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .env("LANTERNA_PRACTICE__URL", "http://practice.localhost:0")
        .start();
    let browser = Browser::start(Cookies::Kept, dark).await;
    let known = adds(&browser, &school, archive.listen(), theme).await;
    let _archive = archive.with(&known).start();

    picks(&browser, &school, theme).await;
    browser.top().await;
    enter_as(&browser, &school, "linh").await;
    collection(&browser).await;
    watches(&browser, "20 points").await;
    says(&browser, "Your score: 20 of 20").await;
    look(&browser, "circle-student", theme).await;

    enter_as(&browser, &school, "amara").await;
    collection(&browser).await;
    browser.find("main a[href*='course/scores/']").await;
    look_whole(&browser, &school, "amara", "circle-teacher", theme).await;
    // The course's own list leads to the same.
    press(&browser, COURSE).await;
    press(
        &browser,
        "section[aria-labelledby=placed] a[href^='course/scores/']",
    )
    .await;
    browser.find("main th a[href*='/media/']").await;
    look_whole(&browser, &school, "amara", "circle-each", theme).await;
    press(&browser, "main td a[href*='course/scores/']").await;
    browser.find("main table").await;
    browser
        .until("return document.body.innerText.includes('Linh Tran')")
        .await;
    let scores = browser.text("main").await;
    assert!(scores.contains("Linh Tran"), "{scores}");
    assert!(scores.contains("20 of 20"), "{scores}");
    look_whole(&browser, &school, "amara", "circle-scores", theme).await;
    browser.end().await;
}

/// Places a film in the archive, as somebody who comes there from the school; answers its address.
async fn places_there(browser: &Browser) -> String {
    browser.enter("iframe.tool-frame").await;
    practice::upload(browser, "media/lesson.mp4").await;
    press(browser, "a[href^='media/']").await;
    press(browser, "a[href$='/share']").await;
    press(browser, "form[action='place'] button").await;
    browser.find("#placement-address").await;
    let address = "return document.getElementById('placement-address').value";
    let address = browser.script(address).await;
    browser.leave().await;
    address.as_str().unwrap().to_owned()
}

/// Decides in the archive that the film counts there, for 20 points.
async fn decides_there(browser: &Browser) {
    browser.enter("iframe.tool-frame").await;
    press(browser, COURSE).await;
    press(browser, "a[href='course/grades']").await;
    press(browser, "#activities ~ .activities summary").await;
    press(browser, "[type=checkbox][name=graded]").await;
    fill(browser, "[name=maximum]", "20").await;
    press(browser, ".activities form > button").await;
    browser.find(".notice.success").await;
    let counts = browser.text("main").await;
    assert!(counts.contains("20 points"), "{counts}");
    browser.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_comes_back_by_lti_1p1() {
    if !installed() {
        return;
    }
    let platform = Platform::start("circle-1p1").await;
    let (_archive, school) = pair(&platform);
    let browser = Browser::start(Cookies::Kept, false).await;
    browser.size(1280, 1600).await;
    enter(&browser, &platform, &school, "tess", roles::TEACHER).await;
    // The archive is a tool of the school, and the film that is placed there one of the teacher's.
    press(&browser, "a[href='upload']").await;
    press(&browser, "a[href='tools/new']").await;
    press(&browser, ".tools button").await;
    press(&browser, "button[value=agree]").await;
    let archive = browser.script("return location.href").await;
    let film = places_there(&browser).await;
    press(&browser, "a[href$='upload']").await;
    press(&browser, "a[href='tools/new']").await;
    fill(&browser, "#field-title", "Light").await;
    fill(&browser, "#field-launch_url", &film).await;
    fill(&browser, "#field-passport", &passport("light")).await;
    press(&browser, "section[aria-labelledby=own] form > button").await;
    browser.enter("iframe.tool-frame").await;
    browser.find("video").await;
    browser.leave().await;
    press(&browser, "a[href$='/share']").await;
    press(&browser, "form[action='place'] button").await;
    browser.find(".notice.success").await;
    browser.open(archive.as_str().unwrap()).await;
    decides_there(&browser).await;

    enter(&browser, &platform, &school, "sam", roles::STUDENT).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "section[aria-labelledby=placed] th a").await;
    watches(&browser, "20 points").await;
    says(&browser, "Your score: 100 %").await;
    look(&browser, "circle-1p1-student", "light").await;

    enter(&browser, &platform, &school, "tess", roles::TEACHER).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "a[href^='course/scores/']").await;
    let scores = browser.text("main table").await;
    assert!(scores.contains("sam Doe"), "{scores}");
    assert!(scores.contains("100 %"), "{scores}");
    look(&browser, "circle-1p1-scores", "light").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_picked_in_another_library_and_its_score_comes_back_in_light() {
    picked_by_1p3(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_picked_in_another_library_and_its_score_comes_back_in_dark() {
    picked_by_1p3(true).await;
}
