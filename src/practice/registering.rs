//! Dynamic registration of Lanterna with the practice course: the platform's side of it.

use std::time::Duration;

use http::StatusCode;
use http::header::AUTHORIZATION;
use minicbor::{Decode, Encode};
use serde_json::json;

use super::client;
use super::services::{answered, crossed};
use super::wire;
use super::{Error, address, gradebook, platform};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, Input, Page};
use crate::keys::Purpose;
use crate::lti::names::message;
use crate::lti::registration::{
    Answer, Configuration, MAX_BYTES, Malformed, Request, SupportedMessage,
};
use crate::people::connections::{self, Declared, Trust};
use crate::store::ids::Hash;
use crate::store::rows::people::{Connection, Source};
use crate::store::rows::practice::PracticeTool;
use crate::store::rows::settings::Settings;
use crate::store::trees::{ConnectionBy, Connections, PracticeTools, Used};
use crate::store::{Commit, Error as StoreError};
use crate::ui::Messages;
use crate::world::Time;

/// Where the configuration is, below the practice course's address.
pub(super) const CONFIGURATION: &str = "/.well-known/openid-configuration";
/// How long somebody may take to register a tool.
const LIFETIME: Duration = Duration::from_hours(1);
/// The deployment of whatever registers itself.
const DEPLOYMENT: &str = "registered-1";
/// Custom parameters that are kept of a tool.
const MOST_CUSTOM: usize = 50;
/// Variables of custom parameters that are filled in.
const VARIABLES: [&str; 8] = [
    "Context.id",
    "Context.id.history",
    "Context.title",
    "Context.label",
    "ResourceLink.id",
    "ResourceLink.title",
    "User.id",
    "Person.name.full",
];

/// What a registration token holds.
#[derive(Encode, Decode)]
struct Ticket {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(1)]
    ends: Time,
}

impl Ticket {
    fn open(app: &App, header: &str) -> Option<Self> {
        let (scheme, token) = header.split_once(' ')?;
        let bytes = app.keys.seal().open(Purpose::Registration, token.trim())?;
        let ticket: Self = minicbor::decode(&bytes).ok()?;
        let good = scheme.eq_ignore_ascii_case("bearer") && app.world.now() < ticket.ends;
        good.then_some(ticket)
    }

    fn used(&self) -> Hash {
        Hash::of(&[b"registration".as_slice(), &self.id].concat())
    }
}

/// A token with which one tool may register, once.
pub(super) fn token(app: &App) -> String {
    let ticket = Ticket {
        id: app.world.random(),
        ends: app.world.now().after(LIFETIME),
    };
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = minicbor::encode(&ticket, &mut bytes);
    app.keys.seal().close(Purpose::Registration, &bytes)
}

/// `GET /practice/.well-known/openid-configuration`: what the practice course says of itself.
pub fn configuration(app: &App) -> Page {
    let message = |kind: &str, placements: &[&str]| SupportedMessage {
        kind: kind.to_owned(),
        placements: placements.iter().map(|name| (*name).to_owned()).collect(),
    };
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let configuration = Configuration {
        issuer: address(app, ""),
        authorization_endpoint: address(app, "/auth"),
        token_endpoint: address(app, "/token"),
        jwks_uri: address(app, "/jwks"),
        registration_endpoint: address(app, "/register"),
        authorization_server: None,
        scopes: Some(gradebook::scopes()),
        claims: words(&["iss", "sub", "name", "given_name", "family_name", "locale"]),
        family: Some("lanterna-practice".to_owned()),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        account: None,
        messages: Some(vec![
            message(message::RESOURCE, &[]),
            message(message::DEEP_LINKING, &["ContentArea"]),
        ]),
        variables: words(&VARIABLES),
    };
    let page = Page::json(&configuration.document());
    answered(app, "configuration", &address(app, CONFIGURATION), &page);
    page
}

/// `POST /practice/register`
pub async fn register(app: &App, input: &mut Input) -> Result<Page, Error> {
    let body = input.whole(MAX_BYTES).await?;
    let header = input.header(AUTHORIZATION).unwrap_or_default().to_owned();
    answer(app, &header, &body).await
}

/// Why a registration is refused.
enum Refused {
    Token,
    Request(Malformed),
    /// Only Lanterna itself can be launched here.
    NotOurs,
    /// One has registered already.
    Taken,
}

impl Refused {
    fn answer(&self) -> Page {
        let (status, code) = match self {
            Self::Token => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::Request(_) => (StatusCode::BAD_REQUEST, "invalid_client_metadata"),
            Self::NotOurs => (StatusCode::BAD_REQUEST, "invalid_redirect_uri"),
            Self::Taken => (StatusCode::CONFLICT, "already_registered"),
        };
        let why = match self {
            Self::Request(why) => Some(why.to_string()),
            Self::Token | Self::NotOurs | Self::Taken => None,
        };
        let body = json!({ "error": code, "error_description": why });
        Page::json(&body).status(status)
    }
}

/// Answers a registration: the `Authorization` header and the body.
pub(super) async fn answer(app: &App, header: &str, body: &[u8]) -> Result<Page, Error> {
    let ticket = Ticket::open(app, header);
    let signature = match &ticket {
        Some(_) => Signature::Verified("registration token".to_owned()),
        None => Signature::Refused("no registration token of ours".to_owned()),
    };
    let document = serde_json::from_slice(body).unwrap_or_default();
    let parts = vec![wire::document("document", &document)];
    let url = address(app, "/register");
    crossed(
        app,
        "registration",
        Towards::Platform,
        "POST",
        &url,
        signature,
        parts,
    );
    let page = match take(app, ticket, body).await? {
        Ok(page) => page,
        Err(refused) => refused.answer(),
    };
    answered(app, "registration-answer", &url, &page);
    Ok(page)
}

async fn take(
    app: &App,
    ticket: Option<Ticket>,
    body: &[u8],
) -> Result<Result<Page, Refused>, Error> {
    let Some(ticket) = ticket else {
        return Ok(Err(Refused::Token));
    };
    let request = match Request::parse(body) {
        Ok(request) => request,
        Err(error) => return Ok(Err(Refused::Request(error))),
    };
    if !ours(app, &request) {
        return Ok(Err(Refused::NotOurs));
    }
    if client::registered(app)?.is_some() {
        return Ok(Err(Refused::Taken));
    }
    let client_id = format!("lanterna-{:016x}", u64::from_be_bytes(app.world.random()));
    let known = |scope: &&String| gradebook::scopes().contains(scope);
    let tool = PracticeTool {
        name: request.name.clone(),
        login_url: request.initiate_login_uri.clone(),
        redirect_uris: request.redirect_uris.clone(),
        target: request.target_link_uri.clone(),
        custom: request
            .custom
            .clone()
            .into_iter()
            .take(MOST_CUSTOM)
            .collect(),
        scopes: request.scopes.iter().filter(known).cloned().collect(),
        deployment: DEPLOYMENT.to_owned(),
        registered: app.world.now(),
    };
    let used = ticket.used();
    let mut commit = Commit::new();
    commit
        .expect_absent::<Used>(&used)
        .put_until::<Used>(&used, &(), ticket.ends)
        .put::<PracticeTools>(&client_id, &tool);
    match app.store.commit(commit).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Ok(Err(Refused::Token)),
        Err(error) => return Err(error.into()),
    }
    let answer = Answer {
        client_id,
        deployment: Some(DEPLOYMENT.to_owned()),
    };
    let document = answer.document(&request);
    Ok(Ok(Page::json(&document).status(StatusCode::CREATED)))
}

/// Whether everything that decides where the practice course sends people and tokens is Lanterna's.
fn ours(app: &App, request: &Request) -> bool {
    let base = app.public().join("/lti/");
    let redirects = request.redirect_uris.iter().map(String::as_str);
    let rest = [
        request.initiate_login_uri.as_str(),
        request.target_link_uri.as_str(),
        request.jwks_uri.as_str(),
    ];
    redirects.chain(rest).all(|url| url.starts_with(&base))
}

/// The connection of whatever registered itself, as Lanterna knows it.
pub(super) fn declared(app: &App) -> Result<Option<Declared>, StoreError> {
    let Some(client) = client::registered(app)? else {
        return Ok(None);
    };
    let registration = platform::registration(app, &client.id);
    let own = |connection: &Connection| {
        let known = connection.registration.as_ref();
        connection.source == Source::Practice
            && known.is_some_and(|known| known.client_id == registration.client_id)
    };
    let known = connections::all(&app.store)?;
    let known = known.into_iter().find(|(_, connection)| own(connection));
    let m = Messages::default();
    let usual = || {
        (
            m.text("practice-registered").into_owned(),
            Settings::default(),
        )
    };
    let (name, settings) = known.map_or_else(usual, |(_, known)| (known.name, known.settings));
    Ok(Some(Declared {
        name,
        source: Source::Practice,
        trust: Trust::Registration {
            registration,
            deployments: vec![client.tool.deployment],
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings,
    }))
}

/// Adds to `commit` that nothing has registered, on both sides: Lanterna's connection ends with it.
pub(super) fn forget(app: &App, commit: &mut Commit) -> Result<(), Error> {
    let Some(client) = client::registered(app)? else {
        return Ok(());
    };
    commit.delete::<PracticeTools>(&client.id);
    let issuer = address(app, "");
    match connections::find(&app.store, &issuer, Some(&client.id)) {
        Ok((id, connection)) if connection.source == Source::Practice => {
            let ended = Connection {
                enabled: false,
                deleted: Some(app.world.now()),
                ..connection
            };
            let by = (issuer, client.id.clone(), id);
            commit
                .put::<Connections>(&id, &ended)
                .delete::<ConnectionBy>(&by);
        }
        Err(connections::Error::Store(error)) => return Err(error.into()),
        Ok(_) | Err(_) => {}
    }
    Ok(())
}
