//! The authentication endpoint (1EdTech Security Framework 1.0, section 5.1.1.2 and 5.1.1.3):
//! whether a request is one that we asked for.

use super::hints::{HintError, Offer, Returned};
use crate::app::App;
use crate::lti::platform::{Client, Request, RequestError};
use crate::store::Error as StoreError;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not what a tool of ours asks.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Its hints name no launch that may begin now.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks a request of `client`; what it was offered is used up with it.
pub async fn check(app: &App, request: &Request, client: &Client<'_>) -> Result<Offer, Error> {
    request.check(client)?;
    let login = request.login_hint.as_deref().unwrap_or_default();
    let message = request.message_hint.as_deref().unwrap_or_default();
    let returned = Returned::open(app.keys.seal(), app.world.now(), login, message)?;
    let offer = &returned.offer;
    if offer.client_id != request.client_id || offer.redirect_uri != request.redirect_uri {
        return Err(HintError::OtherTool.into());
    }
    let offer = returned.take(&app.store).await?;
    Ok(offer.ok_or(HintError::Used)?)
}
