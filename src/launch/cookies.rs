//! Cookies of logins, browsers and sessions.
//!
//! Each is set twice: once partitioned by the page that frames us (CHIPS) and once not, since
//! browsers differ in which of the two they keep.

use std::time::Duration;

use super::state::{self, Sealed, State};
use crate::app::{App, Input};
use crate::people::sessions::{SESSION_COOKIES, Secret};
use crate::store::ids::Hash;

/// Names the browser across launches, so that a launch by another person ends the former's sessions.
const BROWSER: [&str; 2] = ["lanterna_browser", "lanterna_browser_p"];
/// What the names of state cookies begin with.
const STATE: [&str; 2] = ["lanterna_state_", "lanterna_statep_"];
/// How long a browser is remembered.
const BROWSER_LIFETIME: Duration = Duration::from_hours(24 * 180);

fn pair(names: [&str; 2], value: &str, path: &str, lifetime: Duration) -> [String; 2] {
    let plain = format!(
        "{}={value}; Path={path}; Max-Age={}; HttpOnly; Secure; SameSite=None",
        names[0],
        lifetime.as_secs()
    );
    let partitioned = format!(
        "{}={value}; Path={path}; Max-Age={}; HttpOnly; Secure; SameSite=None; Partitioned",
        names[1],
        lifetime.as_secs()
    );
    [plain, partitioned]
}

fn launches(app: &App) -> String {
    format!("{}/lti", app.public().base_path())
}

/// The cookies of a login that begins.
pub(super) fn of_login(app: &App, input: &Input, sealed: &Sealed, state: &State) -> Vec<String> {
    let name = sealed.name();
    let names = STATE.map(|prefix| format!("{prefix}{name}"));
    let names = [names[0].as_str(), names[1].as_str()];
    let mut cookies = pair(names, &state.binder, &launches(app), state::LIFETIME).to_vec();
    cookies.extend(browser_or_new(app, input).1);
    cookies
}

/// The browser, and the cookies that name it when it had none.
pub(super) fn browser_or_new(app: &App, input: &Input) -> (Hash, Vec<String>) {
    if let Some(browser) = browser(input) {
        return (browser, Vec::new());
    }
    let new = Secret::new(&app.world);
    (new.hash, of_browser(&new, app).to_vec())
}

/// The cookies that name the browser.
fn of_browser(browser: &Secret, app: &App) -> [String; 2] {
    pair(BROWSER, &browser.text, &launches(app), BROWSER_LIFETIME)
}

/// The cookies that take a login's cookies back.
pub(super) fn end_of_login(app: &App, sealed: &Sealed) -> [String; 2] {
    let name = sealed.name();
    let names = STATE.map(|prefix| format!("{prefix}{name}"));
    pair(
        [names[0].as_str(), names[1].as_str()],
        "",
        &launches(app),
        Duration::ZERO,
    )
}

/// Whether this state's own cookie came back.
pub(super) fn state_came_back(input: &Input, sealed: &Sealed, state: &State) -> bool {
    let name = sealed.name();
    STATE.iter().any(|prefix| {
        let name = format!("{prefix}{name}");
        input.cookie(&name).any(|value| value == state.binder)
    })
}

/// Whether any cookie of ours came: then this browser keeps cookies here.
pub(super) fn any_came_back(input: &Input) -> bool {
    input.cookies().any(|(name, _)| {
        BROWSER.contains(&name) || STATE.iter().any(|prefix| name.starts_with(prefix))
    })
}

/// The browser, when it keeps cookies.
pub(super) fn browser(input: &Input) -> Option<Hash> {
    BROWSER
        .iter()
        .find_map(|name| input.cookie(name).find_map(Secret::hash_of))
}

/// The cookies of a session, which only its own pages get back.
pub(super) fn of_session(app: &App, token: &str, cookie: &str) -> [String; 2] {
    let path = format!("{}/s/{token}/", app.public().base_path());
    pair(SESSION_COOKIES, cookie, &path, app.config.sessions.lifetime)
}
