//! The services that the practice course offers Lanterna: access tokens, and the roster.

use std::time::Duration;

use http::StatusCode;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::json;
use url::Url;

use super::client;
use super::consumer::{self, KEY, WINDOW_SECONDS};
use super::course::library_link;
use super::people::ROSTER;
use super::wire::{self, note};
use super::{Error, address, courses, outage};
use crate::app::wire::{Part, Signature, Towards};
use crate::app::{App, BodyError, Content, Form, Input, Page};
use crate::lti::jwks;
use crate::lti::key::SigningKey;
use crate::lti::launch::Context;
use crate::store::Error as StoreError;
use crate::tools::calls::{Call, CallError, use_up};
use crate::tools::memberships::{Asked, Entry, Roster};
use crate::tools::tokens::{self, Known, ToolCaller};
use crate::ui::Messages;

/// What Lanterna needs for the roster.
pub(super) use crate::tools::memberships::SCOPE as ROSTER_SCOPE;

/// People of one page of the roster: few, so that there are several pages.
const PAGE: usize = 5;
/// A request for a token holds a signed assertion.
const FORM_LIMIT: usize = 128 * 1024;

/// `POST /practice/token`
pub async fn token(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    grant(app, &form).await
}

/// Answers a request for an access token.
pub(super) async fn grant(app: &App, form: &Form) -> Result<Page, Error> {
    let url = address(app, "/token");
    if let Some(page) = outage::closed(app, "POST", &url) {
        return Ok(page);
    }
    let keys = own_keys(app).await?;
    let granted = tokens::grant(app, form, &url, async |id| known(app, id, keys)).await;
    let assertion = form.get("client_assertion").unwrap_or_default();
    let signature = match &granted {
        Ok(_) => Signature::Verified(wire::signer(assertion)),
        Err(error) => Signature::Refused(error.to_string()),
    };
    let pairs = form.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let mut parts = vec![wire::parameters(pairs)];
    parts.extend(wire::token(assertion));
    crossed(
        app,
        "token",
        Towards::Platform,
        "POST",
        &url,
        signature,
        parts,
    );
    let page = match granted {
        Ok(granted) => granted.answer,
        Err(error) => match error.answer() {
            Some(page) => page,
            None => return Err(stored(error)),
        },
    };
    answered(app, "token-answer", &url, &page);
    Ok(page)
}

fn stored(error: tokens::Error) -> Error {
    match error {
        tokens::Error::Store(error) => error.into(),
        tokens::Error::Assertion(_) | tokens::Error::Replayed | tokens::Error::Scope => {
            Error::Refused("practice-request")
        }
    }
}

/// Every tool here is Lanterna itself, whose keys need no request.
async fn own_keys(app: &App) -> Result<jwks::KeySet, Error> {
    let keys = app.keys.tool().await?;
    let document = jwks::document(keys.iter().map(SigningKey::public));
    jwks::KeySet::parse(document.to_string().as_bytes())
        .map_err(|_| Error::Refused("practice-request"))
}

fn known(app: &App, id: &str, keys: jwks::KeySet) -> Result<Option<Known>, StoreError> {
    Ok(client::find(app, id)?.map(|client| Known {
        client_id: client.id,
        keys,
        scopes: client.tool.scopes,
    }))
}

/// `GET /practice/memberships`
pub async fn memberships(app: &App, input: &Input) -> Result<Page, Error> {
    let header = input.header(AUTHORIZATION).unwrap_or_default();
    roster(app, header, &input.query).await
}

/// Answers a request for the roster: the `Authorization` header and the query. By LTI 1.3 the header
/// has a token, by LTI 1.1 the consumer's signature.
pub(super) async fn roster(app: &App, header: &str, query: &str) -> Result<Page, Error> {
    let form = Form::parse(query.as_bytes());
    let url = address(app, &format!("/memberships?{query}"));
    if let Some(page) = outage::closed(app, "GET", &url) {
        return Ok(page);
    }
    let caller = match by_token(app, header)? {
        None => by_signature(app, header, query, &url).await?,
        caller => caller,
    };
    let pairs = form.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let signature = match &caller {
        Some(caller) => Signature::Verified(caller.clone()),
        None => Signature::Refused("no token or signature of ours".to_owned()),
    };
    let parts = vec![wire::parameters(pairs)];
    crossed(
        app,
        "roster",
        Towards::Platform,
        "GET",
        &url,
        signature,
        parts,
    );
    let page = if caller.is_some() {
        read(app, &form, &url)?
    } else {
        refused(StatusCode::UNAUTHORIZED, "unauthorized").with(WWW_AUTHENTICATE, "Bearer")
    };
    answered(app, "roster-answer", &url, &page);
    Ok(page)
}

/// The tool whose token this is.
fn by_token(app: &App, header: &str) -> Result<Option<String>, Error> {
    let (seal, now) = (app.keys.seal(), app.world.now());
    let Some(caller) = ToolCaller::by_header(seal, now, header, ROSTER_SCOPE) else {
        return Ok(None);
    };
    let client = client::find(app, caller.client_id())?;
    Ok(client.map(|client| client.id))
}

/// The consumer whose signature this is; each is taken once.
async fn by_signature(
    app: &App,
    header: &str,
    query: &str,
    url: &str,
) -> Result<Option<String>, Error> {
    let call = Call {
        method: "GET",
        address: url,
        query,
        header,
    };
    match signed(app, &call, async || Ok(Vec::new())).await {
        Ok(_) => Ok(Some(KEY.to_owned())),
        Err(CallError::Store(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// The body of a call that the consumer signed lately, and that is made the first time. It is read
/// when the signature holds.
pub(super) async fn signed(
    app: &App,
    call: &Call<'_>,
    body: impl AsyncFnOnce() -> Result<Vec<u8>, BodyError>,
) -> Result<Vec<u8>, CallError> {
    let secret = consumer::secret(app)?;
    let trusted = secret.as_deref().map(|secret| (KEY, secret));
    let window = Duration::from_secs(WINDOW_SECONDS);
    let verified = call.verify(trusted, app.world.now(), window)?;
    let body = body().await?;
    if !verified.covers(&body) {
        return Err(CallError::Signature("wrong-body-hash"));
    }
    use_up(app, b"practice-call", &verified, window).await?;
    Ok(body)
}

fn read(app: &App, form: &Form, url: &str) -> Result<Page, Error> {
    let number = form.get("course").map_or(Ok(courses::MAIN), str::parse);
    let course = match number.map(|number| courses::get(&app.store, number)) {
        Ok(Ok(course)) => course,
        Ok(Err(Error::Store(error))) => return Err(error.into()),
        Ok(Err(_)) | Err(_) => return Ok(refused(StatusCode::NOT_FOUND, "unknown_context")),
    };
    let number = form
        .get("course")
        .and_then(|text| text.parse().ok())
        .unwrap_or(courses::MAIN);
    if let Some(link) = form.get("rlid") {
        let activities = courses::activities(&app.store, number)?;
        let there = activities.iter().any(|(_, row)| row.link == link);
        if !there && link != library_link(number) {
            return Ok(refused(StatusCode::NOT_FOUND, "unknown_resource_link"));
        }
    }
    let (Some(asked), Ok(url)) = (Asked::read(form, PAGE), Url::parse(url)) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "invalid_request"));
    };
    let m = Messages::default();
    let context = Context {
        title: Some(courses::title(m, &course)),
        id: course.context,
        types: Vec::new(),
        label: None,
    };
    let page: Roster = asked.page(&url, &context, &entries(m));
    Ok(page.answer())
}

fn entries(m: Messages) -> Vec<Entry> {
    let entry = |person: &super::people::Person| Entry {
        user: person.id.to_owned(),
        roles: person.roles.iter().map(|role| (*role).to_owned()).collect(),
        active: person.active,
        person: person.claims(m),
    };
    ROSTER.iter().map(entry).collect()
}

pub(super) fn refused(status: StatusCode, code: &str) -> Page {
    Page::json(&json!({ "error": code })).status(status)
}

pub(super) fn crossed(
    app: &App,
    kind: &'static str,
    towards: Towards,
    method: &str,
    address: &str,
    signature: Signature,
    parts: Vec<Part>,
) {
    note(
        app,
        wire::Message {
            kind,
            towards,
            method,
            address,
            signature,
            parts,
        },
    );
}

/// Notes an answer of ours.
pub(super) fn answered(app: &App, kind: &'static str, address: &str, page: &Page) {
    let mut parts = Vec::new();
    if let Content::Whole(_, bytes) = &page.content
        && let Ok(document) = serde_json::from_slice(bytes)
    {
        parts.push(wire::document("document", &document));
    }
    let next = page
        .headers
        .iter()
        .find(|(name, _)| name == http::header::LINK);
    if let Some(next) = next.and_then(|(_, value)| value.to_str().ok()) {
        parts.push(Part {
            title: "header",
            lines: vec![("Link".to_owned(), next.to_owned())],
        });
    }
    let status = page.status.as_u16().to_string();
    crossed(
        app,
        kind,
        Towards::Tool,
        &status,
        address,
        Signature::None,
        parts,
    );
}
