//! Pages for a launched person.

use crate::app::{App, BodyError, Input};
use crate::library;
use crate::people::Member;
use crate::people::sessions::{self, SESSION_COOKIES, Shown};
use crate::store::Error as StoreError;

/// Why a page for a launched person is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The session does not open.
    #[error(transparent)]
    Session(#[from] sessions::Error),
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another site's page sent the form.
    #[error("another site's page sent the form")]
    CrossSite,
    /// The person's role does not allow it.
    #[error("the person's role does not allow it")]
    NotAllowed,
    /// A part of the request makes no sense.
    #[error("the request makes no sense")]
    BadRequest,
}

/// Opens the session that the path names, for the browser that asks.
pub async fn member(app: &App, input: &Input, token: &str) -> Result<Member, Error> {
    let cookies: Vec<String> = SESSION_COOKIES
        .iter()
        .flat_map(|name| input.cookie(name))
        .map(str::to_owned)
        .collect();
    let shown = Shown {
        cookies: &cookies,
        document: input.wants_document(),
    };
    Ok(sessions::open(&app.store, &app.world, app.lifetimes(), token, shown).await?)
}
