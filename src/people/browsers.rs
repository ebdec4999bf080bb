//! The cookies by which a browser is known again when it launches something.
//!
//! Each is set twice: once partitioned by the page that frames us (CHIPS) and once not, since
//! browsers differ in which of the two they keep.

use std::time::Duration;

use crate::store::ids::Hash;

/// Names the browser across launches, so that a launch by another person ends the former's sessions.
pub const BROWSER: [&str; 2] = ["lanterna_browser", "lanterna_browser_p"];
/// What the names of state cookies begin with.
pub const STATE: [&str; 2] = ["lanterna_state_", "lanterna_statep_"];

/// What the names of a state's cookies end with: five embeds that launch at once never overwrite one
/// another's.
pub fn state_name(state: &str) -> String {
    let hash = Hash::of(state.as_bytes());
    hash.0[..8]
        .iter()
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}

/// The names of a state's cookies.
pub fn of_state(state: &str) -> [String; 2] {
    let name = state_name(state);
    STATE.map(|prefix| format!("{prefix}{name}"))
}

/// A cookie, unpartitioned and partitioned. One that lives for no time is taken back.
pub fn pair(names: [&str; 2], value: &str, path: &str, lifetime: Duration) -> [String; 2] {
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
