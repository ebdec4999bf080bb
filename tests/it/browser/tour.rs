//! The practice course's tour, as somebody takes it who wants to know the product: pick by LTI 1.3
//! and by LTI 1.1, open as a student, copy the course, fetch the roster, register, look at messages.

use fantoccini::Locator;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, plays, practice, upload};
use crate::harness::server::Server;

const FRAME: &str = "iframe";

struct Tour {
    server: Server,
    browser: Browser,
    theme: &'static str,
}

impl Tour {
    async fn start(dark: bool) -> Self {
        let server = across_sites();
        let browser = Browser::start(Cookies::Kept, dark).await;
        browser.size(1280, 1000).await;
        Self {
            server,
            browser,
            theme: if dark { "dark" } else { "light" },
        }
    }

    /// Out of whatever frame.
    async fn top(&self) {
        // A frame may be gone by now, with the page around it.
        let client = &self.browser.client;
        let window = client.window().await.unwrap();
        client.switch_to_window(window).await.unwrap();
    }

    async fn open(&self, path: &str) {
        self.top().await;
        self.browser
            .open(&format!("{}{path}", practice(&self.server)))
            .await;
    }

    async fn press(&self, css: &str) {
        self.browser.find(css).await.click().await.unwrap();
    }

    /// Looks at the page around the frame, narrow and wide.
    async fn look(&self, name: &str) {
        self.top().await;
        for width in [320, 1280] {
            self.browser.size(width, 1000).await;
            let name = format!("tour-{name}-{width}-{}", self.theme);
            self.browser.accessible(&name).await;
            self.browser.picture(&name).await;
        }
    }

    /// Picks the first `number` things in the frame, and comes back to the course.
    async fn pick(&self, number: usize) {
        self.browser.enter(FRAME).await;
        self.browser.find("[data-picker] input[name=item]").await;
        let items = Locator::Css("[data-picker] li input[name=item]");
        let items = self.browser.client.find_all(items).await.unwrap();
        for item in items.into_iter().take(number) {
            item.click().await.unwrap();
        }
        self.press("[data-part=finish]").await;
        self.top().await;
        self.browser.find(".notice.success").await;
    }

    /// Opens each activity of the outline in turn, and sees that it plays.
    async fn every_activity_plays(&self, number: usize) {
        for at in 1..=number {
            self.top().await;
            self.press(&format!(".practice-outline ol li:nth-child({at}) a"))
                .await;
            self.browser
                .find(&format!(
                    ".practice-outline ol li:nth-child({at}) a[aria-current]"
                ))
                .await;
            self.browser.enter(FRAME).await;
            plays(&self.browser).await;
        }
        self.top().await;
    }
}

/// Two things by deep linking, one by content-item; then the student, and a copy of the course.
async fn picks_and_copies(dark: bool) {
    if !installed() {
        return;
    }
    let tour = Tour::start(dark).await;
    let browser = &tour.browser;
    browser.open(&practice(&tour.server)).await;
    tour.look("home").await;
    for file in ["media/lesson.mp4", "media/lesson-index-last.mp4"] {
        enter_as(browser, &tour.server, "amara").await;
        upload(browser, file).await;
    }
    tour.open("add/amara").await;
    tour.look("add").await;
    browser.size(1280, 1000).await;
    tour.pick(2).await;
    tour.look("added").await;
    browser.size(1280, 1000).await;

    tour.open("course/amara/1.1").await;
    browser.enter(FRAME).await;
    upload(browser, "media/lesson.mp4").await;
    tour.open("add/amara/1.1").await;
    tour.pick(1).await;

    tour.open("course/linh").await;
    let adding = Locator::Css("a[href*='/practice/add/']");
    let adding = browser.client.find_all(adding).await.unwrap();
    assert!(adding.is_empty(), "a student is offered to add");
    tour.every_activity_plays(3).await;
    tour.look("activity").await;
    browser.size(1280, 1000).await;

    tour.open("course/amara").await;
    tour.press(".practice-outline details summary").await;
    tour.press("form[action$='/practice/copy'] button").await;
    browser
        .until("return location.search === '?course=2'")
        .await;
    browser.find(".practice-outline ol li:nth-child(3)").await;
    tour.open("course/linh?course=2").await;
    tour.every_activity_plays(3).await;

    tour.open("messages").await;
    let listed = browser.text("ol.wire").await;
    for kind in [
        "Deep linking response",
        "Content-item response",
        "Launch by LTI 1.1",
    ] {
        assert!(listed.contains(kind), "{kind}: {listed}");
    }
    tour.press("ol.wire .to-platform summary").await;
    tour.look("messages").await;
    tour.browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picked_media_opens_for_students_and_in_copies_of_the_course() {
    picks_and_copies(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_in_the_dark() {
    picks_and_copies(true).await;
}

/// By one press Lanterna is registered once more; its page closes itself.
#[tokio::test(flavor = "multi_thread")]
async fn lanterna_is_registered_by_its_address() {
    if !installed() {
        return;
    }
    let tour = Tour::start(false).await;
    let browser = &tour.browser;
    tour.open("tools").await;
    tour.look("tools").await;
    browser.size(1280, 1000).await;
    tour.press("button[name=make]").await;
    browser.enter(FRAME).await;
    browser.find("input[name=pending]").await;
    browser.picture("tour-register").await;
    tour.press("main form button").await;
    tour.top().await;
    browser
        .until("return location.search === '?registered'")
        .await;
    tour.look("registered").await;
    browser.size(1280, 1000).await;
    tour.open("course/amara/registered").await;
    browser.enter(FRAME).await;
    let head = browser.text("header.frame-head").await;
    assert!(head.contains("Amara Okafor"), "{head}");
    tour.open("messages").await;
    let listed = browser.text("ol.wire").await;
    for kind in ["Configuration of the LMS", "Registration answer"] {
        assert!(listed.contains(kind), "{kind}: {listed}");
    }
    tour.browser.end().await;
}

/// Messages beside the course come by themselves, and what is open stays open.
#[tokio::test(flavor = "multi_thread")]
async fn messages_beside_the_course_stay_up_to_date() {
    if !installed() {
        return;
    }
    let tour = Tour::start(false).await;
    let browser = &tour.browser;
    tour.open("course/linh").await;
    tour.press(".wire-beside > summary").await;
    browser
        .until("return document.querySelectorAll('ol.wire > li').length >= 3")
        .await;
    tour.press("#message-1 summary").await;
    browser
        .script("const frame = document.querySelector('iframe'); frame.src = frame.src;")
        .await;
    browser
        .until("return document.querySelectorAll('ol.wire > li').length >= 6")
        .await;
    let open = "return document.querySelector('#message-1 details').open";
    assert_eq!(browser.script(open).await, true);
    tour.browser.end().await;
}

/// The teacher lets Lanterna fetch the roster; the messages show what was asked and answered.
#[tokio::test(flavor = "multi_thread")]
async fn the_roster_is_handed_over() {
    if !installed() {
        return;
    }
    let tour = Tour::start(false).await;
    let browser = &tour.browser;
    tour.open("people/amara").await;
    tour.look("people").await;
    browser.size(1280, 1000).await;
    enter_as(browser, &tour.server, "amara").await;
    tour.press("header.frame-head a[href='course']").await;
    tour.press("form[action='course/sync'] button").await;
    browser
        .until(
            "return location.search === '?synced'
                && !document.querySelector('[data-look-again]')
                && !!document.querySelector('main')?.textContent.includes('Kwame Mensah')",
        )
        .await;
    let page = browser.text("main").await;
    assert!(page.contains("Yuki Tanaka"), "{page}");
    tour.top().await;
    browser.picture("tour-roster").await;
    tour.open("messages").await;
    let listed = browser.text("ol.wire").await;
    for kind in ["Access token request", "Roster request", "Verified"] {
        assert!(listed.contains(kind), "{kind}: {listed}");
    }
    tour.browser.end().await;
}
