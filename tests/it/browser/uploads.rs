//! Uploading as it goes in schools: interrupted, paused, left and taken up again.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::driver::{Browser, Cookies, installed};
use super::practice::enter_as;
use super::wire::Wire;
use crate::harness::server::{Server, Setup};

/// A server, a browser on its upload page, and a folder for files.
struct Scene {
    server: Server,
    browser: Browser,
    wire: Wire,
    folder: TempDir,
}

impl Scene {
    async fn begin(setup: Setup, dark: bool) -> Option<Self> {
        if !installed() {
            return None;
        }
        let setup = setup.on_one_port();
        let wire = Wire::to(setup.listen().parse().unwrap()).await;
        let server = setup
            .env("LANTERNA_PRACTICE__ENABLED", "true")
            .env(
                "LANTERNA_SERVER__PUBLIC_URL",
                &format!("http://{}", wire.address),
            )
            .start();
        let browser = Browser::start(Cookies::Kept, dark).await;
        browser.size(1280, 1000).await;
        let folder = tempfile::tempdir().unwrap();
        let scene = Self {
            server,
            browser,
            wire,
            folder,
        };
        scene.open().await;
        Some(scene)
    }

    /// Opens the upload page by a launch.
    async fn open(&self) {
        enter_as(&self.browser, &self.server, "amara").await;
        self.press("a[href='upload']").await;
        self.browser.find("[data-upload]:not([hidden])").await;
    }

    fn file(&self, name: &str, len: usize) -> PathBuf {
        let path = self.folder.path().join(name);
        let content: Vec<u8> = (0..len)
            .map(|at| u8::try_from(at * 31 % 251).unwrap())
            .collect();
        fs::write(&path, content).unwrap();
        path
    }

    async fn choose(&self, files: &[&Path]) {
        let paths: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        let input = self.browser.find("#upload-files").await;
        input.send_keys(&paths.join("\n")).await.unwrap();
    }

    async fn press(&self, css: &str) {
        self.browser.find(css).await.click().await.unwrap();
    }

    async fn start(&self) {
        self.press("[data-part=start]:not([hidden])").await;
    }

    /// Waits until the status of some file says this.
    async fn says(&self, text: &str) {
        let text = json!(text);
        self.browser
            .until(&format!(
                "return [...document.querySelectorAll('.upload-status')]
                    .some(status => status.textContent.includes({text}))"
            ))
            .await;
    }

    /// Waits until the page says this somewhere.
    async fn tells(&self, text: &str) {
        let text = json!(text);
        let told = format!("return document.body.textContent.includes({text})");
        self.browser.until(&told).await;
    }

    async fn moves(&self) {
        self.browser
            .until("return document.querySelector('[data-state=running] progress')?.value > 2")
            .await;
    }

    async fn look(&self, name: &str) {
        for width in [320, 1280] {
            self.browser.size(width, 1000).await;
            self.browser
                .accessible(&format!("{name} at {width} px"))
                .await;
            self.browser.picture(&format!("{name}-{width}")).await;
        }
    }

    /// The item is there, whole.
    async fn opens(&self, len: usize) {
        self.press("a[data-part=open]:not([hidden])").await;
        let size = "const link = document.querySelector('a[href*=\"/original\"]');
            return fetch(link.href).then(answer => answer.arrayBuffer()).then(buffer => {
                const bytes = new Uint8Array(buffer);
                return bytes.length + ':' + bytes.every((byte, at) => byte === at * 31 % 251);
            })";
        self.browser.find("a[href*='/original']").await;
        let got = self.browser.script(size).await;
        assert_eq!(got, json!(format!("{len}:true")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_paused_and_survives_a_lost_connection() {
    const LEN: usize = 20_000_000;
    let Some(scene) = Scene::begin(Setup::new(), false).await else {
        return;
    };
    let file = scene.file("lecture.bin", LEN);
    scene.choose(&[&file]).await;
    scene.browser.find(".upload-row [data-part=title]").await;
    scene.look("upload-chosen").await;
    scene.wire.hold_after(6_000_000);
    scene.start().await;
    scene.moves().await;
    scene.look("upload-running").await;
    scene.press("[data-do=pause]:not([hidden])").await;
    scene.says("Paused at").await;
    scene.wire.mend();
    scene.wire.hold_after(6_000_000);
    scene.press("[data-do=resume]:not([hidden])").await;
    scene.moves().await;

    scene.wire.cut();
    scene.says("interrupted").await;
    scene
        .browser
        .accessible("an upload without connection")
        .await;
    scene.browser.picture("upload-interrupted").await;
    scene.wire.mend();
    scene
        .browser
        .script("window.dispatchEvent(new Event('online'))")
        .await;
    scene.says("Uploaded.").await;
    scene.look("upload-done").await;
    scene.opens(LEN).await;
    scene.browser.end().await;
}

/// The last bytes arrive, and the answer to them is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_succeeded_is_never_called_failed() {
    let Some(scene) = Scene::begin(Setup::new(), false).await else {
        return;
    };
    let file = scene.file("lecture.bin", 1000);
    scene.choose(&[&file]).await;
    scene.browser.find(".upload-row [data-part=title]").await;
    scene.wire.lose_answers_to("PATCH");
    scene.start().await;
    scene.says("interrupted").await;
    scene.says("Uploaded.").await;
    scene.opens(1000).await;
    scene.browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_goes_on_in_the_next_session() {
    const LEN: usize = 20_000_000;
    let Some(scene) = Scene::begin(Setup::new(), true).await else {
        return;
    };
    let file = scene.file("lecture.bin", LEN);
    scene.choose(&[&file]).await;
    scene.wire.hold_after(10_000_000);
    scene.start().await;
    scene.moves().await;
    scene.press("[data-do=pause]:not([hidden])").await;
    scene.wire.mend();
    // The session ends in another tab.
    scene
        .browser
        .script("return fetch('sign-out', { method: 'POST' }).then(answer => answer.status)")
        .await;
    scene.press("[data-do=resume]:not([hidden])").await;
    scene.says("Your visit has ended").await;
    scene
        .browser
        .accessible("an upload whose session ended")
        .await;
    scene.browser.picture("upload-ended").await;

    scene.open().await;
    scene.browser.find("[data-state=left]").await;
    scene.look("upload-left").await;
    // Another file of the same name is another upload.
    let other = scene.folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("lecture.bin"), b"another lecture").unwrap();
    scene.choose(&[&other.join("lecture.bin")]).await;
    scene.browser.find("[data-state=waiting]").await;
    scene.browser.find("[data-state=left]").await;
    scene.press("[data-state=waiting] [data-do=cancel]").await;
    let before = scene.wire.sent();
    scene.choose(&[&file]).await;
    scene.says("Uploaded.").await;
    let sent = scene.wire.sent() - before;
    assert!(sent < 18_000_000, "it began anew: {sent}");
    scene.opens(LEN).await;
    scene.browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_before_it_is_sent() {
    let setup = Setup::new()
        .env("LANTERNA_STORAGE__MAX_UPLOAD", "2 MB")
        .env("LANTERNA_STORAGE__QUOTA_PER_PERSON", "3 MB");
    let Some(scene) = Scene::begin(setup, false).await else {
        return;
    };
    let files = [
        ("a.bin", 1_900_000),
        ("b.bin", 1_900_000),
        ("c.bin", 2_100_000),
        ("d.bin", 0),
    ];
    let files = files.map(|(name, len)| scene.file(name, len));
    scene.choose(&files.each_ref().map(PathBuf::as_path)).await;
    scene.says("larger than 2 MB").await;
    scene.says("enough room left for this file: 1.1 MB").await;
    scene.says("empty").await;
    scene.says("Ready").await;
    scene.look("upload-refused").await;
    // A film that this browser does not play may come all the same.
    let film = scene.folder.path().join("film.mp4");
    fs::write(&film, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom and no more").unwrap();
    scene.choose(&[&film]).await;
    scene.browser.find(".upload-warning:not([hidden])").await;
    scene.start().await;
    scene
        .browser
        .until("return document.querySelectorAll('[data-state=done]').length === 2")
        .await;
    scene.browser.end().await;
}

/// What is found out about a file is said at once: who plays it, and who receives it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_out_is_said_at_once() {
    let Some(scene) = Scene::begin(Setup::new(), false).await else {
        return;
    };
    let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media/hevc.mp4");
    let raw = scene.folder.path().join("raw.raf");
    fs::write(&raw, b"FUJIFILMCCD-RAW 0201 and its picture").unwrap();
    scene.choose(&[&film, &raw]).await;
    // What this browser guesses moves the button.
    let guess = "return document.querySelector('.upload-warning:not([hidden])') !== null";
    scene.browser.until(guess).await;
    let press = "document.querySelector('[data-part=start]').click()";
    scene.browser.script(press).await;
    scene
        .tells("The format is HEVC (H.265). Safari plays it")
        .await;
    scene.tells("Only you receive this file so far").await;
    scene
        .browser
        .until("return document.querySelectorAll('[data-state=done]').length === 2")
        .await;
    scene.look("upload-noted").await;
    let open = ".upload-row:last-child [data-part=open]";
    scene
        .browser
        .script(&format!("document.querySelector('{open}').click()"))
        .await;
    scene.tells("Show it anyway").await;
    scene.look("item-unchecked").await;
    scene
        .browser
        .script("document.querySelector(\"form[action$='location'] button\").click()")
        .await;
    scene.tells("Others receive this file unchecked").await;
    scene.look("item-allowed").await;
    scene.browser.end().await;
}

/// Choosing, starting and opening by keyboard alone.
#[tokio::test(flavor = "multi_thread")]
async fn uploading_needs_no_mouse() {
    let Some(scene) = Scene::begin(Setup::new(), false).await else {
        return;
    };
    let files = [scene.file("a.bin", 1000), scene.file("b.bin", 1000)];
    scene.choose(&files.each_ref().map(PathBuf::as_path)).await;
    let focused = "return document.activeElement.dataset.part ?? document.activeElement.dataset.do";
    assert_eq!(scene.browser.script(focused).await, json!("title"));
    let title = scene.browser.find("[data-part=title]").await;
    title.send_keys("First\u{e007}").await.unwrap();
    scene
        .browser
        .until("return document.querySelectorAll('[data-state=done]').length === 2")
        .await;
    scene
        .browser
        .find("[data-part=finished]:not([hidden])")
        .await;
    assert_eq!(scene.browser.script(focused).await, json!("open"));
    scene.browser.end().await;
}
