//! Cookies of logins, browsers and sessions.

use std::time::Duration;

use super::state::{self, Sealed, State};
use crate::app::{App, Input};
use crate::people::browsers::{BROWSER, STATE, of_state, pair};
use crate::people::sessions::{SESSION_COOKIES, Secret};
use crate::store::ids::Hash;

/// How long a browser is remembered.
const BROWSER_LIFETIME: Duration = Duration::from_hours(24 * 180);

fn launches(app: &App) -> String {
    format!("{}/lti", app.public().base_path())
}

/// The cookies of a login that begins.
pub(super) fn of_login(app: &App, input: &Input, sealed: &Sealed, state: &State) -> Vec<String> {
    let names = of_state(&sealed.0);
    let names = names.each_ref().map(String::as_str);
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
    let names = of_state(&sealed.0);
    let names = names.each_ref().map(String::as_str);
    pair(names, "", &launches(app), Duration::ZERO)
}

/// Whether this state's own cookie came back.
pub(super) fn state_came_back(input: &Input, sealed: &Sealed, state: &State) -> bool {
    let names = of_state(&sealed.0);
    let mut values = names.iter().flat_map(|name| input.cookie(name));
    values.any(|value| value == state.binder)
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
