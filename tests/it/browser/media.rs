//! Real media of every kind: a teacher uploads them through the page, a student of the course opens
//! them through a genuine launch, and they play, show or are read.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, plays, practice, upload};
use super::spread::with_gap;
use super::wire::Wire;
use crate::harness::fixture;
use crate::harness::server::{Server, Setup};

/// How an item is known to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Works {
    /// Its time advances, and it has a picture of these many pixels' width.
    Video(u32),
    /// Its time advances.
    Sound,
    /// It is decoded.
    Image,
    /// A page is drawn, with its words above it.
    Document,
}

/// A fixture, the name it is uploaded by, and how it is known to work.
const MEDIA: [(&str, &str, Works); 14] = [
    ("lesson.mp4", "Ripple tank.mp4", Works::Video(640)),
    (
        "lesson-index-last.mp4",
        "From a phone.mp4",
        Works::Video(640),
    ),
    ("vp9.webm", "Screen recording.webm", Works::Video(160)),
    ("sound.mp3", "Dictation.mp3", Works::Sound),
    ("sound.m4a", "Voice memo.m4a", Works::Sound),
    ("sound.ogg", "Birdsong.ogg", Works::Sound),
    ("sound.wav", "Tuning fork.wav", Works::Sound),
    ("sound.flac", "String quartet.flac", Works::Sound),
    ("progressive.jpg", "Field trip.jpg", Works::Image),
    ("alpha.png", "Circuit diagram.png", Works::Image),
    ("picture.gif", "Pendulum.gif", Works::Image),
    ("plain.webp", "Spectrum.webp", Works::Image),
    ("picture.avif", "Prism.avif", Works::Image),
    ("notes.pdf", "Notes on light.pdf", Works::Document),
];

/// Those of which the uploader's browser sends a picture: three videos and the AVIF.
const PICTURED: usize = 4;

fn title(name: &str) -> &str {
    Path::new(name).file_stem().unwrap().to_str().unwrap()
}

/// The fixtures under the names by which they are uploaded.
fn named(folder: &TempDir) -> Vec<PathBuf> {
    let copy = |(file, name, _): &(&str, &str, Works)| {
        let path = folder.path().join(name);
        std::fs::copy(fixture(&format!("media/{file}")), &path).unwrap();
        path
    };
    MEDIA.iter().map(copy).collect()
}

async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

/// Uploads files for the course, all at once, and waits for the pictures of them.
async fn upload_all(browser: &Browser, files: &[PathBuf]) {
    press(browser, "a[href='upload']").await;
    browser.find("[data-upload]:not([hidden])").await;
    press(browser, "input[type=radio][value=course]").await;
    let paths: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let input = browser.find("input[type=file]").await;
    input.send_keys(&paths.join("\n")).await.unwrap();
    browser.find(".upload-row [data-part=title]").await;
    press(browser, "button[data-part=start]:not([hidden])").await;
    let count = files.len();
    browser
        .until(&format!(
            "return document.querySelectorAll('[data-state=done]').length === {count}"
        ))
        .await;
    // What not every browser plays is named, with what to do about just that.
    let warned = "return [...document.querySelectorAll('.upload-warning:not([hidden])')]
        .map(warning => warning.textContent)";
    browser.until(&format!("{warned}.length === 2")).await;
    let warned = browser.script(warned).await.to_string();
    for words in ["Ogg", "MP3", "AVIF", "JPEG"] {
        assert!(warned.contains(words), "{words}: {warned}");
    }
    browser
        .until(&format!(
            "return performance.getEntriesByType('resource')
                .filter(entry => entry.name.endsWith('/poster')).length === {PICTURED}"
        ))
        .await;
}

/// Waits until every picture in the library is loaded; answers how many there are.
async fn pictures(browser: &Browser) -> Value {
    // Pictures below the fold wait to be scrolled to.
    browser
        .script("for (const img of document.querySelectorAll('article.card img')) img.loading = 'eager'")
        .await;
    browser
        .until(
            "return [...document.querySelectorAll('article.card img')]
                .every(img => img.complete && img.naturalWidth > 0)",
        )
        .await;
    browser
        .script("return document.querySelectorAll('article.card img').length")
        .await
}

/// Opens an item of the library by its title, as the present page lists it.
async fn open(browser: &Browser, library: &str, title: &str) {
    browser
        .script(&format!("location.href = {}", json!(library)))
        .await;
    let (library, title) = (json!(library), json!(title));
    let pressed = format!(
        "if (location.href !== {library}) return false;
         const link = [...document.querySelectorAll('article.card h2 a')]
            .find(link => link.textContent.trim() === {title});
         link?.click();
         return !!link"
    );
    browser.until(&pressed).await;
    browser
        .until(&format!(
            "return document.querySelector('main h1')?.textContent.trim() === {title}"
        ))
        .await;
}

async fn works(browser: &Browser, how: Works) {
    match how {
        Works::Video(width) => {
            advances(browser, "video").await;
            let shown = format!("return document.querySelector('video').videoWidth === {width}");
            browser.until(&shown).await;
        }
        Works::Sound => advances(browser, "audio").await,
        Works::Image => {
            browser
                .until(
                    "const img = document.querySelector('main figure img');
                     return !!img && img.complete && img.naturalWidth > 0",
                )
                .await;
        }
        Works::Document => {
            browser
                .until(
                    "const text = document.querySelector('.pdf-sheet .pdf-text')?.textContent ?? '';
                     const canvas = document.querySelector('.pdf-sheet canvas');
                     if (!canvas || !text.includes('Waves and light')) return false;
                     const { data } = canvas.getContext('2d')
                        .getImageData(0, 0, canvas.width, canvas.height);
                     return data.some((value, at) => at % 4 !== 3 && value < 128)",
                )
                .await;
        }
    }
}

/// The time of a player advances, of those that last a second only, too.
async fn advances(browser: &Browser, element: &str) {
    browser.find(element).await;
    browser
        .script(&format!(
            "const media = document.querySelector('{element}'); media.muted = true; media.play();"
        ))
        .await;
    browser
        .until(&format!(
            "return document.querySelector('{element}').currentTime > 0.4"
        ))
        .await;
}

async fn address(browser: &Browser) -> String {
    let address = browser.script("return location.href").await;
    address.as_str().unwrap().to_owned()
}

/// Pictures of the whole page: the frame grows with it.
async fn look(browser: &Browser, name: &str) {
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        browser.accessible(&format!("{name} at {width} px")).await;
        let tall = browser
            .script("return document.documentElement.scrollHeight")
            .await;
        let tall = u32::try_from(tall.as_u64().unwrap()).unwrap();
        browser.size(width, (tall + 500).min(6000)).await;
        let painted = "const done = arguments[arguments.length - 1];
            scrollTo(0, 0);
            requestAnimationFrame(() => requestAnimationFrame(done));";
        browser.client.execute_async(painted, vec![]).await.unwrap();
        browser.picture(&format!("{name}-{width}")).await;
    }
    browser.size(1280, 1000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_of_every_kind_work_for_a_student() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = named(&folder);
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, false).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload_all(&browser, &files).await;
    press(&browser, "a[href$='library?view=mine']").await;
    browser.find("article.card").await;
    let images = MEDIA.iter().filter(|(_, _, how)| *how == Works::Image);
    // The AVIF is among both.
    let expected = PICTURED + images.count() - 1;
    assert_eq!(pictures(&browser).await, json!(expected));
    look(&browser, "media-library").await;

    enter_as(&browser, &server, "linh").await;
    browser.find("article.card").await;
    assert_eq!(pictures(&browser).await, json!(expected));
    let library = address(&browser).await;
    for (_, name, how) in MEDIA {
        open(&browser, &library, title(name)).await;
        works(&browser, how).await;
        let name = name.replace([' ', '.'], "-").to_lowercase();
        browser.picture(&format!("media-{name}")).await;
    }
    browser.end().await;
}

/// Opens the course as this person, launched by LTI 1.1.
async fn enter_by_1p1(browser: &Browser, server: &Server, person: &str) {
    browser.leave().await;
    browser
        .open(&format!("{}course/{person}/1.1", practice(server)))
        .await;
    browser.enter("iframe").await;
}

async fn uploaded_and_watched_by_1p1(cookies: Cookies) {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(cookies, false).await;
    browser.size(1280, 1000).await;
    enter_by_1p1(&browser, &server, "amara").await;
    upload(&browser, "media/lesson-index-last.mp4").await;
    enter_by_1p1(&browser, &server, "linh").await;
    press(&browser, "main a[href^='media/']").await;
    plays(&browser).await;
    // By 1.3 the course is another platform's: nothing of this one is there.
    enter_as(&browser, &server, "linh").await;
    browser.find("main .empty").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_launched_by_1p1_watches() {
    uploaded_and_watched_by_1p1(Cookies::Kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_launched_by_1p1_watches_with_third_party_cookies_blocked() {
    uploaded_and_watched_by_1p1(Cookies::ThirdPartyBlocked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_launched_by_1p1_watches_with_every_cookie_blocked() {
    uploaded_and_watched_by_1p1(Cookies::Blocked).await;
}

/// Takes the window that a launch in a sandboxed frame offers.
async fn enter_by_window(browser: &Browser, server: &Server, person: &str) {
    browser.leave().await;
    browser
        .open(&format!("{}course/{person}", practice(server)))
        .await;
    // As the LMSs that sandbox a tool's frame do.
    browser
        .script(
            "const frame = document.querySelector('iframe');
             frame.setAttribute('sandbox',
                'allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox');
             frame.src = frame.src;",
        )
        .await;
    browser.enter("iframe").await;
    let before = browser.client.windows().await.unwrap();
    press(
        browser,
        "form[action$='/lti/window'][target='_blank'] button",
    )
    .await;
    browser.follow(&before).await;
    // What came out of a frame without an origin is asked for once more, where nothing hides it.
    press(browser, "form[action$='/lti/window']:not([target]) button").await;
    browser.find("form[action='sign-out']").await;
}

/// A frame without an origin and without cookies tells nothing; a window of its own keeps cookies.
#[tokio::test(flavor = "multi_thread")]
async fn a_student_watches_in_a_window_of_its_own_with_cookies_blocked_in_frames() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, "media/lesson.mp4").await;
    enter_by_window(&browser, &server, "linh").await;
    let head = browser.text("header.frame-head").await;
    assert!(head.contains("Linh Tran"), "{head}");
    press(&browser, "main a[href^='media/']").await;
    plays(&browser).await;
    browser.picture("media-window").await;
    browser.end().await;
}

/// The ranges of files that were asked for; empty for a whole one.
fn ranges(wire: &Wire) -> Vec<String> {
    let range = |head: &String| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        let range = fields.find(|(name, _)| name.eq_ignore_ascii_case("range"));
        range.unwrap_or_default().1.to_owned()
    };
    wire.gets("/original").iter().map(range).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seek_far_ahead_costs_one_range() {
    const GAP: usize = 64_000_000;
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Lecture.mp4");
    let lesson = std::fs::read(fixture("media/lesson.mp4")).unwrap();
    std::fs::write(&file, with_gap(&lesson, GAP)).unwrap();
    let setup = Setup::new().on_one_port();
    let wire = Wire::to(setup.listen().parse().unwrap()).await;
    let server = setup
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .env(
            "LANTERNA_SERVER__PUBLIC_URL",
            &format!("http://{}", wire.address),
        )
        .start();
    let browser = Browser::start(Cookies::Kept, false).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, file.to_str().unwrap()).await;
    enter_as(&browser, &server, "linh").await;
    press(&browser, "main a[href^='media/']").await;
    browser
        .until(
            "const video = document.querySelector('video');
             return video?.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
                && video.networkState === HTMLMediaElement.NETWORK_IDLE",
        )
        .await;
    let before = ranges(&wire).len();
    browser
        .script("document.querySelector('video').currentTime = 7")
        .await;
    browser
        .until(
            "const video = document.querySelector('video');
             return !video.seeking && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA",
        )
        .await;
    let asked = ranges(&wire).split_off(before);
    let [range] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    let start = range.strip_prefix("bytes=").unwrap().split('-').next();
    let start: usize = start.unwrap().parse().unwrap();
    assert!(start > GAP, "{range}");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_added_to_a_video_are_a_track_of_it() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let captions = folder.path().join("lesson.en.vtt");
    let text = "WEBVTT\n\n00:00.500 --> 00:06.000\nTwo dippers make rings.\n";
    std::fs::write(&captions, text).unwrap();
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, false).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, "media/lesson.mp4").await;
    press(&browser, "a[href^='media/']").await;
    look(&browser, "media-watch").await;
    press(&browser, "a[href$='/edit']").await;
    look(&browser, "media-edit").await;
    let field = browser
        .find("form[action='captions'] input[type=file]")
        .await;
    field.send_keys(captions.to_str().unwrap()).await.unwrap();
    press(&browser, "form[action='captions'] button").await;
    browser.find(".notice.success").await;
    look(&browser, "media-captions").await;

    enter_as(&browser, &server, "linh").await;
    press(&browser, "main a[href^='media/']").await;
    browser.find("video track[kind=captions][srclang=en]").await;
    browser
        .script("document.querySelector('video').textTracks[0].mode = 'showing'")
        .await;
    plays(&browser).await;
    browser
        .until(
            "const [track] = document.querySelector('video').textTracks;
             return document.querySelector('video track').readyState === HTMLTrackElement.LOADED
                && track.activeCues?.[0]?.text === 'Two dippers make rings.'",
        )
        .await;
    browser.picture("media-captions-shown").await;
    browser.end().await;
}
