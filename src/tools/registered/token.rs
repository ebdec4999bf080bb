//! The token endpoint and our keys, as tools ask for them.

use std::sync::Arc;

use super::Client;
use crate::app::{App, BodyError, Input, Page};
use crate::keys;
use crate::lti::check::Checks;
use crate::lti::jwks;
use crate::lti::key::SigningKey;
use crate::lti::token::Unverified;
use crate::store::Error as StoreError;
use crate::tools::tokens::{self, Known};

/// A request for a token holds a signed assertion.
const FORM_LIMIT: usize = 128 * 1024;

/// Why there is no answer of the protocol's own.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where tools ask for tokens: the audience of their assertions.
pub fn address(app: &App) -> String {
    app.public().join("/tools/token")
}

/// `POST /tools/token`
pub async fn token(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let assertion = form.get("client_assertion").unwrap_or_default();
    let audience = address(app);
    let known = async |client_id: &str| known(app, client_id, assertion).await;
    match tokens::grant(app, &form, &audience, known).await {
        Ok(granted) => Ok(granted.answer),
        Err(tokens::Error::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::info!(%error, "a tool got no access token");
            Ok(error
                .answer()
                .unwrap_or_else(|| Page::empty(http::StatusCode::BAD_REQUEST)))
        }
    }
}

/// The tool that says to ask. Its keys are fetched only for an assertion that names one.
async fn known(app: &App, client_id: &str, assertion: &str) -> Result<Option<Known>, StoreError> {
    let Some(client) = Client::find(&app.store, client_id)? else {
        return Ok(None);
    };
    if app.tool_calls.take(client.id, app.world.now()).is_err() {
        return Ok(None);
    }
    let Ok(unverified) = Unverified::parse(assertion, &mut Checks::default()) else {
        return Ok(None);
    };
    let keys = client.keys(app, unverified.kid()).await;
    Ok(keys.map(|keys| Known {
        scopes: client.scopes(),
        keys: Arc::unwrap_or_clone(keys),
        client_id: client.registration.client_id,
    }))
}

/// `GET /tools/jwks`: the keys that sign the tokens.
pub async fn jwks(app: &App) -> Result<Page, Error> {
    let keys = app.keys.platform().await?;
    let document = jwks::document(keys.iter().map(SigningKey::public));
    Ok(Page::json(&document))
}
