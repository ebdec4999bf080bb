//! The authentication endpoint: a tool's request for the launch that it was offered, answered with a
//! token that the browser posts.

use std::time::Duration;

use http::Method;

use super::grades;
use super::{Client, issuer, people, selecting};
use crate::app::{App, BodyError, Framing, Input, Page};
use crate::keys;
use crate::library::{self, Opened, Viewer};
use crate::lti::issue::{Issue, id_token};
use crate::lti::key::SignError;
use crate::lti::launch::{Launch, Version};
use crate::lti::oidc::ParameterError;
use crate::lti::platform::{self, Request, RequestError};
use crate::people::{Member, sessions};
use crate::store::Error as StoreError;
use crate::store::ids::ItemId;
use crate::tools::authentication::{self as checks, check};
use crate::tools::hints::Offer;
use crate::tools::{Launchable, launching, posting};

/// How long a token may be used.
const LIFETIME: Duration = Duration::from_mins(1);
/// An authentication request holds the tool's state, into which some seal a whole login.
const FORM_LIMIT: usize = 64 * 1024;

/// Why a request is not answered where it asks for that, and the person is told instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It is no authentication request.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// No tool asks, or for an address that is not its own: nothing is sent there.
    #[error("the request is of no tool that is known here")]
    Unknown,
    /// The tool may not be launched.
    #[error(transparent)]
    Tool(#[from] super::super::Error),
    /// Nothing can be picked.
    #[error(transparent)]
    Selection(#[from] selecting::Error),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `GET,POST /tools/auth`
pub async fn authenticate(app: &App, input: &mut Input) -> Result<Page, Error> {
    let parameters = if input.method == Method::POST {
        input.form(FORM_LIMIT).await?
    } else {
        input.query()
    };
    let request = Request::parse(parameters.pairs().iter().cloned())?;
    let client = Client::find(&app.store, &request.client_id)?.ok_or(Error::Unknown)?;
    let redirect_uris = client.registration.redirect_uris.iter();
    let redirect_uris: Vec<&str> = redirect_uris.map(String::as_str).collect();
    let known = platform::Client {
        client_id: &client.registration.client_id,
        redirect_uris: &redirect_uris,
    };
    let offer = match check(app, &request, &known).await {
        Ok(offer) => offer,
        Err(checks::Error::Request(error)) => return deny(app, &request, error),
        Err(checks::Error::Hint(error)) => {
            tracing::info!(tool = %client.id, %error, "a launch of a tool was not granted");
            // As far as the hints tell, nobody is here (OpenID Connect Core 1.0, section 3.1.2.6).
            return Ok(denied(app, &request, "login_required"));
        }
        Err(checks::Error::Store(error)) => return Err(error.into()),
    };
    grant(app, &request, &client, &offer).await
}

fn deny(app: &App, request: &Request, error: RequestError) -> Result<Page, Error> {
    tracing::info!(%error, "a launch of a tool was not granted");
    match error.oauth_code() {
        Some(code) => Ok(denied(app, request, code)),
        None => Err(Error::Unknown),
    }
}

/// The refusal, in whatever frame the tool is: it holds nothing of anybody.
fn denied(app: &App, request: &Request, code: &str) -> Page {
    let mut page = posting(app, &request.redirect_uri, &request.denied(code));
    page.framing = Framing::Anyone;
    page
}

/// Everything is asked anew: the session may have ended since, the item may be gone, the tool may have
/// become another.
async fn grant(
    app: &App,
    request: &Request,
    client: &Client,
    offer: &Offer,
) -> Result<Page, Error> {
    let nobody = || denied(app, request, "login_required");
    let Some(hash) = offer.session else {
        return Ok(nobody());
    };
    let lifetimes = app.lifetimes();
    let member = sessions::behind_ticket(&app.store, &app.world, lifetimes, hash).await;
    let member = match member {
        Ok(member) if member.session().user.to_string() == offer.person => member,
        Err(sessions::Error::Store(error)) => return Err(error.into()),
        Ok(_) | Err(_) => return Ok(nobody()),
    };
    let item: Option<ItemId> = offer.link.parse().ok();
    let opened = match item.map(|item| library::open(&app.store, &Viewer::of(&member), item)) {
        Some(Ok(opened)) => opened,
        Some(Err(library::Error::Store(error))) => return Err(error.into()),
        Some(Err(_)) | None => return Ok(nobody()),
    };
    let launch = if offer.selects {
        selecting::launch(app, client, &member, &opened).await?
    } else {
        opening(app, client, &member, &opened).await?
    };
    let Some(mut launch) = launch else {
        return Ok(nobody());
    };
    launch
        .deployment
        .clone_from(&client.registration.deployment);
    launch.outcome = None;
    launch.nrps = people::claim(app, client, &member);
    let issue = Issue {
        issuer: &issuer(app),
        client_id: &client.registration.client_id,
        nonce: request.nonce.as_deref().unwrap_or_default(),
        at: app.world.now(),
        lifetime: LIFETIME,
    };
    let keys = app.keys.platform().await?;
    let key = keys.first().ok_or(keys::Error::NotReady)?;
    let token = id_token(&launch, &issue, key)?;
    let page = posting(app, &request.redirect_uri, &request.granted(&token));
    Ok(page
        .leads_beyond()
        .framed_by(member.session().frame_origins.clone()))
}

/// The launch of an item; `None` when it launches another tool by now.
async fn opening(
    app: &App,
    client: &Client,
    member: &Member,
    opened: &Opened,
) -> Result<Option<Launch>, Error> {
    let launchable = Launchable::of(app, opened)?;
    if launchable.id != client.id {
        return Ok(None);
    }
    let version = Version::V1p3;
    let mut launch = launching::prepare(app, member, opened, &launchable, version).await?;
    launch.ags = grades::claim(app, client, member, opened).await?;
    Ok(Some(launch))
}
