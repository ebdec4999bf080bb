//! The practice course as a platform: its registration, its keys, the start of a launch and the
//! authentication endpoint.

use std::time::Duration;

use http::Method;
use url::Url;

use super::course::{self, Addresses, CLIENT_ID, DEPLOYMENT, LINK, Person};
use super::{Error, address};
use crate::app::{App, Input, Page};
use crate::keys;
use crate::lti::issue::{Issue, id_token};
use crate::lti::jwks as key_set;
use crate::lti::key::SigningKey;
use crate::lti::launch::Version;
use crate::lti::oidc::LoginInitiation;
use crate::lti::platform::{Client, Request, RequestError};
use crate::people::connections::{Declared, Trust};
use crate::store::rows::people::{Registration, Source};
use crate::store::rows::settings::Settings;
use crate::tools::{Offer, Place, authentication, posting};
use crate::ui::Messages;

/// How long a token may be used.
const TOKEN_LIFETIME: Duration = Duration::from_mins(1);
/// An authentication request holds the tool's state, which Lanterna seals a login into.
const FORM_LIMIT: usize = 64 * 1024;

/// The registration of Lanterna at the practice course.
pub(super) fn registration(app: &App) -> Declared {
    Declared {
        name: Messages::default().text("area-practice").into_owned(),
        source: Source::Practice,
        trust: Trust::Registration {
            registration: Registration {
                issuer: address(app, ""),
                client_id: CLIENT_ID.to_owned(),
                auth_url: address(app, "/auth"),
                token_url: address(app, "/token"),
                jwks_url: address(app, "/jwks"),
            },
            deployments: vec![DEPLOYMENT.to_owned()],
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings: Settings::default(),
    }
}

/// Where Lanterna takes launches.
pub(super) fn tool_url(app: &App) -> String {
    app.public().join("/lti/launch")
}

/// `GET /practice/launch/{person}` in the course's frame, `GET /practice/window/{person}` in a
/// window of its own: sends the browser to Lanterna's login.
pub fn launch(app: &App, person: &str, place: Place) -> Result<Page, Error> {
    let person = Person::find(person).ok_or(Error::NotFound)?;
    let offer = Offer {
        person: person.id.to_owned(),
        link: LINK.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        redirect_uri: tool_url(app),
        place,
    };
    let hints = offer.hints(app.keys.seal(), &app.world);
    let initiation = LoginInitiation {
        issuer: address(app, ""),
        login_hint: hints.login,
        target_link_uri: tool_url(app),
        message_hint: Some(hints.message),
        deployment: Some(DEPLOYMENT.to_owned()),
        client_id: Some(CLIENT_ID.to_owned()),
        storage_target: None,
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(initiation.fields())
        .finish();
    let login = format!("{}?{query}", app.public().join("/lti/login"));
    Ok(Page::see_other(&login).framed_by(Vec::new()))
}

/// `GET,POST /practice/auth`: answers Lanterna's authentication request, with a token or an error
/// that the browser posts; with a page for the person when nothing may be posted.
pub async fn authenticate(app: &App, input: &mut Input) -> Result<Page, Error> {
    let parameters = if input.method == Method::POST {
        input.form(FORM_LIMIT).await?
    } else {
        input.query()
    };
    let request = Request::parse(parameters.pairs().iter().cloned())
        .map_err(|_| Error::Refused("practice-request"))?;
    let tool_url = tool_url(app);
    let client = Client {
        client_id: CLIENT_ID,
        redirect_uris: &[&tool_url],
    };
    match authentication::check(app, &request, &client).await {
        Ok(offer) => grant(app, &request, &offer).await,
        Err(authentication::Error::Request(error)) => deny(app, &request, error),
        Err(authentication::Error::Hint(error)) => {
            tracing::info!(%error, "a practice launch was not granted");
            // As far as the hints tell, nobody is here (OpenID Connect Core 1.0, section 3.1.2.6).
            let fields = request.denied("login_required");
            Ok(posting(app, &request.redirect_uri, &fields))
        }
        Err(authentication::Error::Store(error)) => Err(error.into()),
    }
}

fn deny(app: &App, request: &Request, error: RequestError) -> Result<Page, Error> {
    tracing::info!(%error, "a practice launch was not granted");
    match error.oauth_code() {
        Some(code) => Ok(posting(app, &request.redirect_uri, &request.denied(code))),
        None => Err(Error::Refused("practice-tool")),
    }
}

async fn grant(app: &App, request: &Request, offer: &Offer) -> Result<Page, Error> {
    let person = Person::find(&offer.person).ok_or(Error::NotFound)?;
    let addresses = Addresses {
        target: Url::parse(&offer.redirect_uri).ok(),
        platform: Url::parse(&address(app, "/")).ok(),
        back: Url::parse(&address(app, &person.course(Version::V1p3))).ok(),
    };
    let issue = Issue {
        issuer: &address(app, ""),
        client_id: &request.client_id,
        nonce: request.nonce.as_deref().unwrap_or_default(),
        at: app.world.now(),
        lifetime: TOKEN_LIFETIME,
    };
    let keys = app.keys.platform().await?;
    let key = keys.first().ok_or(keys::Error::NotReady)?;
    let launch = course::launch(person, offer.link.clone(), offer.place, addresses);
    let token = id_token(&launch, &issue, key)?;
    Ok(posting(
        app,
        &request.redirect_uri,
        &request.granted(&token),
    ))
}

/// `GET /practice/jwks`: the keys that sign the tokens.
pub async fn jwks(app: &App) -> Result<Page, Error> {
    let keys = app.keys.platform().await?;
    let document = key_set::document(keys.iter().map(SigningKey::public));
    Ok(Page::json(&document))
}
