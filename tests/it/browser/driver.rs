//! Chromium, driven through chromedriver.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::harness::fixture;

/// One browser at a time: two of them and a server are more than two cores carry.
static TURN: Mutex<()> = Mutex::const_new(());
/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often chromedriver is started until it stays.
const STARTS: usize = 5;
/// The most frames that lie in each other: a course's, a library's, and that of its tool.
const MOST_FRAMES: usize = 3;

/// Which cookies the browser keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// All.
    Kept,
    /// Those of other sites' frames only when they are partitioned, as browsers do by now.
    ThirdPartyBlocked,
    /// In frames none, partitioned or not, as browsers do that don't know partitioned ones.
    BlockedInFrames,
    /// None at all.
    Blocked,
}

/// A browser with a profile of its own.
pub struct Browser {
    /// The `WebDriver` session.
    pub client: Client,
    driver: Child,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Whether there is a browser. Where the environment requires one, its absence is an error.
pub fn installed() -> bool {
    let found = ["chromium", "chromedriver"].iter().all(|name| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_ok()
    });
    if !found {
        let required = std::env::var_os("LANTERNA_TEST_BROWSER").is_some();
        assert!(
            !required,
            "chromium and chromedriver are required and not installed"
        );
        println!("skipped: chromium and chromedriver are not installed");
    }
    found
}

impl Browser {
    /// Starts a browser.
    pub async fn start(cookies: Cookies, dark: bool) -> Self {
        let turn = TURN.lock().await;
        let profile = tempfile::tempdir().unwrap();
        let (driver, port) = (0..STARTS)
            .find_map(|_| chromedriver())
            .expect("chromedriver starts");
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities(profile.path(), cookies, dark))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self {
            client,
            driver,
            _profile: profile,
            _turn: turn,
        }
    }

    /// Ends it.
    pub async fn end(self) {
        let _ = self.client.clone().close().await;
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits for an element in the present frame.
    pub async fn find(&self, css: &str) -> Element {
        match self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await
        {
            Ok(element) => element,
            Err(error) => {
                let source = self.client.source().await.unwrap_or_default();
                panic!("{css} never came ({error}):\n{source}");
            }
        }
    }

    /// Goes into the frame that this selector finds.
    pub async fn enter(&self, css: &str) {
        self.find(css).await.enter_frame().await.unwrap();
    }

    /// Goes back to the page around the frame.
    pub async fn leave(&self) {
        self.client.clone().enter_parent_frame().await.unwrap();
    }

    /// Goes back to the whole page, however deep the present frame lies.
    pub async fn top(&self) {
        for _ in 0..MOST_FRAMES {
            self.leave().await;
        }
    }

    /// The text of an element; of the next page's, where that replaces the page just now.
    pub async fn text(&self, css: &str) -> String {
        let begun = Instant::now();
        loop {
            match self.find(css).await.text().await {
                Ok(text) => return text,
                Err(error) if begun.elapsed() < PATIENCE && error.is_stale_element_reference() => {}
                Err(error) => panic!("{css} has no text: {error}"),
            }
        }
    }

    /// Runs a script in the present frame.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Waits until a script answers something true.
    pub async fn until(&self, script: &str) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.script(script).await == json!(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let source = self.client.source().await.unwrap_or_default();
        panic!("never true: {script}\n{source}");
    }

    /// Goes into the window that opens beside those that were there before.
    pub async fn follow(&self, before: &[WindowHandle]) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let now = self.client.windows().await.unwrap();
            if let Some(new) = now.into_iter().find(|window| !before.contains(window)) {
                self.client.switch_to_window(new).await.unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no window opened");
    }

    /// Sizes the window.
    pub async fn size(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// Keeps a picture of the page, for a person to look at.
    pub async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// Holds the page in the present frame to WCAG 2.2 AA as far as axe-core can, and to its width.
    pub async fn accessible(&self, name: &str) {
        let axe = std::fs::read_to_string(fixture("vendor/axe-core/axe.min.js")).unwrap();
        self.client.execute(&axe, vec![]).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a',
                'wcag21aa', 'wcag22aa', 'best-practice'] })
                .then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' +
                    v.nodes.map(n => n.html).join(' | '))))
                .catch(error => done([String(error)]));";
        let violations = self.client.execute_async(run, vec![]).await.unwrap();
        assert_eq!(violations, json!([]), "{name}");
        let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
        assert_eq!(
            self.script(fits).await,
            json!(true),
            "{name} scrolls sideways"
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts chromedriver; answers it and its port. `None`: it ended at once, as it does where somebody
/// takes the port that it has just chosen.
fn chromedriver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let said = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        Some(rest.trim_end_matches('.').to_owned())
    });
    let Some(port) = said else {
        let _ = driver.wait();
        return None;
    };
    // It goes on printing; nobody reads it, so nothing may be kept waiting by a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

fn capabilities(profile: &Path, cookies: Cookies, dark: bool) -> serde_json::Map<String, Value> {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-quic".into(),
        "--no-first-run".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        "--disable-dev-shm-usage".into(),
        "--autoplay-policy=no-user-gesture-required".into(),
        format!("--user-data-dir={}", profile.display()),
    ];
    if dark {
        arguments.push("--blink-settings=preferredColorScheme=0".into());
    }
    let preferences = match cookies {
        Cookies::Kept => json!({ "profile.cookie_controls_mode": 0 }),
        Cookies::ThirdPartyBlocked => json!({
            "profile.cookie_controls_mode": 1,
            "profile.block_third_party_cookies": true,
        }),
        // An exception names the cookie's site and the page's: here the tests' server, and the
        // practice course where it has a site of its own.
        Cookies::BlockedInFrames => json!({
            "profile.content_settings.exceptions.cookies": {
                "127.0.0.1,[*.]practice.localhost": { "setting": 2 },
            },
        }),
        Cookies::Blocked => json!({ "profile.default_content_setting_values.cookies": 2 }),
    };
    let options = json!({ "args": arguments, "prefs": preferences });
    let all = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    all.as_object().unwrap().clone()
}
