//! The practice course as a platform: its registration, its keys, the start of a launch and the
//! authentication endpoint.

use std::time::Duration;

use http::Method;

use super::client::{self, Client};
use super::course::{CLIENT_ID, DEPLOYMENT, Scene, library_link};
use super::visit::Visit;
use super::wire::{self, note};
use super::{Error, address, courses, gradebook, selection, tool_url, ways};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, Input, Page};
use crate::keys;
use crate::lti::issue::{Issue, id_token};
use crate::lti::jwks as key_set;
use crate::lti::key::SigningKey;
use crate::lti::launch::Message;
use crate::lti::oidc::LoginInitiation;
use crate::lti::platform::{self, Request, RequestError};
use crate::people::connections::{Declared, Trust};
use crate::store::rows::people::{Registration, Source};
use crate::store::rows::practice::PracticeActivity;
use crate::store::rows::settings::Settings;
use crate::tools::{Offer, Place, authentication, posting};
use crate::ui::Messages;

/// How long a token may be used.
const TOKEN_LIFETIME: Duration = Duration::from_mins(1);
/// An authentication request holds the tool's state, which Lanterna seals a login into.
const FORM_LIMIT: usize = 64 * 1024;

/// The registration of a tool under `client_id` at the practice course.
pub(super) fn registration(app: &App, client_id: &str) -> Registration {
    Registration {
        issuer: address(app, ""),
        client_id: client_id.to_owned(),
        auth_url: address(app, "/auth"),
        token_url: address(app, "/token"),
        jwks_url: address(app, "/jwks"),
    }
}

/// The registration of Lanterna that is there from the start.
pub(super) fn declared(app: &App) -> Declared {
    Declared {
        name: Messages::default().text("area-practice").into_owned(),
        source: Source::Practice,
        trust: Trust::Registration {
            registration: registration(app, CLIENT_ID),
            deployments: vec![DEPLOYMENT.to_owned()],
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings: Settings::default(),
    }
}

/// What a launch opens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Opens<'a> {
    /// The media library of the course.
    Library,
    /// An activity.
    Activity(&'a PracticeActivity),
    /// The page on which a teacher picks what to add.
    Selection,
}

/// Sends the browser to the tool's login.
pub(super) fn begin(
    app: &App,
    visit: Visit,
    opens: Opens<'_>,
    place: Place,
) -> Result<Page, Error> {
    let Client { id, tool, .. } = client::of(app, visit.way)?;
    let redirect_uri = tool.redirect_uris.first().ok_or(Error::NotFound)?;
    let (link, url) = match opens {
        Opens::Library => (library_link(visit.course), None),
        Opens::Activity(activity) => (activity.link.clone(), activity.url.clone()),
        Opens::Selection => (String::new(), None),
    };
    let offer = Offer {
        person: visit.person.id.to_owned(),
        link,
        client_id: id.clone(),
        redirect_uri: redirect_uri.clone(),
        place,
        context: visit.course.to_string(),
        selects: matches!(opens, Opens::Selection),
        knowing: visit.knowing,
        session: None,
    };
    let hints = offer.hints(app.keys.seal(), &app.world);
    let initiation = LoginInitiation {
        issuer: address(app, ""),
        login_hint: hints.login,
        target_link_uri: url.unwrap_or(tool.target),
        message_hint: Some(hints.message),
        deployment: Some(tool.deployment),
        client_id: Some(id),
        storage_target: ways::storage_target(visit.knowing),
    };
    note(
        app,
        wire::Message {
            kind: "login",
            towards: Towards::Tool,
            method: "GET",
            address: &tool.login_url,
            signature: Signature::None,
            parts: vec![wire::parameters(initiation.fields())],
        },
    );
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(initiation.fields())
        .finish();
    let join = if tool.login_url.contains('?') {
        '&'
    } else {
        '?'
    };
    let login = format!("{}{join}{query}", tool.login_url);
    let page = Page::see_other(&login).framed_by(Vec::new());
    Ok(ways::without_cookies(app, page, visit.knowing, None))
}

/// `GET,POST /practice/auth`: answers Lanterna's authentication request, with a token or an error
/// that the browser posts; with a page for the person when nothing may be posted.
pub async fn authenticate(app: &App, input: &mut Input) -> Result<Page, Error> {
    let parameters = if input.method == Method::POST {
        input.form(FORM_LIMIT).await?
    } else {
        input.query()
    };
    let pairs = parameters.pairs();
    note(
        app,
        wire::Message {
            kind: "authentication",
            towards: Towards::Platform,
            method: input.method.as_str(),
            address: &address(app, "/auth"),
            signature: Signature::None,
            parts: vec![wire::parameters(
                pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())),
            )],
        },
    );
    let request =
        Request::parse(pairs.iter().cloned()).map_err(|_| Error::Refused("practice-request"))?;
    let Some(client) = client::find(app, &request.client_id)? else {
        return deny(app, &request, RequestError::UnknownClient);
    };
    let redirect_uris: Vec<&str> = client
        .tool
        .redirect_uris
        .iter()
        .map(String::as_str)
        .collect();
    let known = platform::Client {
        client_id: &client.id,
        redirect_uris: &redirect_uris,
    };
    match authentication::check(app, &request, &known).await {
        Ok(offer) => grant(app, &request, &offer, &client).await,
        Err(authentication::Error::Request(error)) => deny(app, &request, error),
        Err(authentication::Error::Hint(error)) => {
            tracing::info!(%error, "a practice launch was not granted");
            // As far as the hints tell, nobody is here (OpenID Connect Core 1.0, section 3.1.2.6).
            Ok(denied(app, &request, "login_required"))
        }
        Err(authentication::Error::Store(error)) => Err(error.into()),
    }
}

fn deny(app: &App, request: &Request, error: RequestError) -> Result<Page, Error> {
    tracing::info!(%error, "a practice launch was not granted");
    match error.oauth_code() {
        Some(code) => Ok(denied(app, request, code)),
        None => Err(Error::Refused("practice-tool")),
    }
}

fn denied(app: &App, request: &Request, code: &str) -> Page {
    let fields = request.denied(code);
    note(
        app,
        wire::Message {
            kind: "denied",
            towards: Towards::Tool,
            method: "POST",
            address: &request.redirect_uri,
            signature: Signature::None,
            parts: vec![wire::parameters(fields.iter().copied())],
        },
    );
    posting(app, &request.redirect_uri, &fields)
}

async fn grant(
    app: &App,
    request: &Request,
    offer: &Offer,
    client: &Client,
) -> Result<Page, Error> {
    let query = crate::app::Form::parse(format!("course={}", offer.context).as_bytes());
    let visit = Visit::read(&offer.person, client.way, &query)?.knowing(offer.knowing);
    let course = visit.course(app)?;
    let activities = courses::activities(&app.store, visit.course)?;
    let activity = activities.iter().find(|(_, row)| row.link == offer.link);
    let (message, kind) = if offer.selects {
        (selection::request(app, visit)?, "deep-linking-request")
    } else if activity.is_some() || offer.link == library_link(visit.course) {
        (Message::Resource, "launch")
    } else {
        // It was removed meanwhile.
        return Err(Error::NotFound);
    };
    let link = (!offer.selects).then_some(offer.link.as_str());
    let scene = Scene {
        ags: gradebook::claim(app, client, visit.course, link)?,
        outcome: None,
        visit,
        course: &course,
        activity: activity.map(|(_, row)| row),
        place: offer.place,
        message,
        deployment: &client.tool.deployment,
        target: &client.tool.target,
        back: match activity {
            Some((number, _)) => visit.activity("activity", *number),
            None => visit.path("course"),
        },
        custom: &client.tool.custom,
    };
    let launch = scene.launch(app);
    let issue = Issue {
        issuer: &address(app, ""),
        client_id: &request.client_id,
        nonce: request.nonce.as_deref().unwrap_or_default(),
        at: app.world.now(),
        lifetime: TOKEN_LIFETIME,
    };
    let keys = app.keys.platform().await?;
    let key = keys.first().ok_or(keys::Error::NotReady)?;
    let token = id_token(&launch, &issue, key)?;
    note(
        app,
        wire::Message {
            kind,
            towards: Towards::Tool,
            method: "POST",
            address: &request.redirect_uri,
            signature: Signature::Signed(wire::signer(&token)),
            parts: wire::token(&token),
        },
    );
    let page = posting(app, &request.redirect_uri, &request.granted(&token));
    let page = ways::without_cookies(app, page, offer.knowing, request.state.as_deref());
    Ok(ways::posted(page, offer.knowing))
}

/// `GET /practice/jwks`: the keys that sign the tokens.
pub async fn jwks(app: &App) -> Result<Page, Error> {
    let keys = app.keys.platform().await?;
    let document = key_set::document(keys.iter().map(SigningKey::public));
    Ok(Page::json(&document))
}

/// Whether the tool takes launches at this address, as far as the practice course knows.
pub(super) fn is_ours(app: &App, url: &str) -> bool {
    let target = tool_url(app);
    url.strip_prefix(&target)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
