//! The practice course: a small LMS inside, so that everything can be tried without one.
//!
//! It is a platform like any other: an issuer with keys of its own, a registration among the
//! connections, hints, an authentication endpoint, signed tokens, deep linking, and a roster and a
//! gradebook behind access tokens; and a consumer with a key and a secret for LTI 1.1. Lanterna can register with it
//! dynamically once more. Lanterna's own side makes no exception for it, except that what it asks is
//! answered in process: no request goes out. Everything that crosses is noted for people to see.

mod activities;
mod client;
mod consumer;
mod course;
mod courses;
mod gradebook;
mod grades;
mod home;
mod inside;
mod outage;
mod outcomes;
mod pages;
mod panel;
mod people;
mod platform;
mod registering;
mod selection;
mod services;
mod tools;
mod visit;
mod ways;
mod wire;

pub use activities::{activity, copy, open, remove, rename, start_over};
pub use grades::ags;
pub use home::home;
pub use inside::answer_inside;
pub use outage::switch as switch_outage;
pub use outcomes::outcomes;
pub use pages::{add, course, gradebook as grades_of, roster as participants};
pub use panel::messages;
pub use platform::{authenticate, jwks};
pub use registering::{configuration, register};
pub use selection::{select, selected, selected_by_form};
pub use services::{memberships, token};
pub use tools::{add as add_tool, tools};
pub use ways::storage;

use http::header::{HOST, ORIGIN};

use crate::app::{App, BodyError, Input, Page};
use crate::keys;
use crate::lti::key::SignError;
use crate::people::connections::Declared;
use crate::store::Error as StoreError;
use crate::store::rows::practice::Way;
use crate::tools::Place;
use platform::Opens;
use visit::Visit;

/// Why the practice course does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The gradebook failed.
    #[error(transparent)]
    Gradebook(#[from] crate::tools::gradebook::Error),
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// Only a teacher may do this.
    #[error("only a teacher may do this")]
    TeachersOnly,
    /// Another site's page sent the form.
    #[error("another site's page sent the form")]
    CrossSite,
    /// The request is refused for this reason: a code of the messages file below `problem-`.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// The connections of Lanterna at the practice course, for start-up: one for each version of LTI,
/// and one more when Lanterna registered itself.
pub fn declared(app: &App) -> Result<Vec<Declared>, StoreError> {
    let mut declared = vec![platform::declared(app), consumer::consumer(app)?];
    declared.extend(registering::declared(app)?);
    Ok(declared)
}

/// Starts a launch of the media library: `GET /practice/launch/{person}` in the course's frame,
/// `GET /practice/window/{person}` in a window of its own.
pub fn launch(
    app: &App,
    input: &Input,
    person: &str,
    way: Way,
    place: Place,
) -> Result<Page, Error> {
    let visit = Visit::read(person, way, &input.query())?;
    visit.course(app)?;
    begin(app, visit, Opens::Library, place)
}

/// Starts a launch by the connection of the visit.
fn begin(app: &App, visit: Visit, opens: Opens<'_>, place: Place) -> Result<Page, Error> {
    match visit.way {
        Way::Form => consumer::begin(app, visit, opens, place),
        Way::Token | Way::Registered => platform::begin(app, visit, opens, place),
    }
}

/// Where Lanterna takes launches.
fn tool_url(app: &App) -> String {
    app.public().join("/lti/launch")
}

/// The full address of something of the practice course; `path` is empty or begins with a slash.
/// The empty one is its issuer.
pub fn address(app: &App, path: &str) -> String {
    let site = app.practice_site.as_ref().unwrap_or(app.public());
    // Both sites are one server: what stands before all its paths is the same.
    let base = app.public().base_path();
    format!("{}{base}/practice{path}", site.origin())
}

/// The way to the practice course's own site for a request that came by another name of this
/// server: only there its pages may frame what they launch.
pub fn elsewhere(app: &App, input: &Input) -> Option<Page> {
    let here = match &app.practice_site {
        Some(_) => input.practice_site,
        None => input
            .header(HOST)
            .is_none_or(|host| host.eq_ignore_ascii_case(app.public().host_header())),
    };
    let query = if input.query.is_empty() {
        String::new()
    } else {
        format!("?{}", input.query)
    };
    (!here).then(|| Page::see_other(&address(app, &format!("/{}{query}", input.path))))
}

/// Refuses a form that a page of another site sent, as far as the browser tells. Everybody may be
/// anybody here, so nothing else stands between a foreign page and the course. Our own pages send
/// their forms without an origin, since they tell nobody where the browser comes from.
fn own_page(app: &App, input: &Input) -> Result<(), Error> {
    let own = match (input.header("sec-fetch-site"), input.header(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, None) => !input.headers.contains_key(ORIGIN),
        (None, Some(origin)) => {
            let site = app.practice_site.as_ref().unwrap_or(app.public());
            origin == site.origin().to_string()
        }
    };
    if own { Ok(()) } else { Err(Error::CrossSite) }
}
