//! Grades by LTI 1.1: Basic Outcomes, signed with the secret that both sides keep.

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use minicbor::{Decode, Encode};
use serde_json::json;
use url::Url;

use super::consumer::KEY;
use super::course::library_link;
use super::gradebook::book;
use super::people::ROSTER;
use super::services::{crossed, signed};
use super::visit::Visit;
use super::{Error, address, courses, outage, wire};
use crate::app::wire::{Part, Signature, Towards};
use crate::app::{App, BodyError, Input, Page};
use crate::keys::Purpose;
use crate::lti::launch::Outcome;
use crate::lti::outcomes::{LONGEST, Operation, Request, Response, read_request};
use crate::store::rows::practice::{PracticeActivity, Way};
use crate::tools::calls::Call;
use crate::tools::gradebook::Cell;
use crate::tools::gradebook::service::Person as Graded;
use crate::tools::outcomes::{self as receiving, Refused, perform};

/// Whose result of what a `sourcedId` names.
#[derive(Encode, Decode)]
struct Sourced {
    #[n(0)]
    course: u32,
    #[n(1)]
    link: String,
    #[n(2)]
    person: String,
}

/// Where the person's one grade of an activity goes: for those who get grades, where it has a column.
pub(super) fn claim(
    app: &App,
    visit: Visit,
    activity: Option<&PracticeActivity>,
) -> Result<Option<Outcome>, Error> {
    let link = activity.map_or_else(|| library_link(visit.course), |row| row.link.clone());
    let columns = book(app, Way::Form, visit.course).line_items_of(&link)?;
    if columns.is_empty() || visit.person.graded() != Graded::Learner {
        return Ok(None);
    }
    let sourced = Sourced {
        course: visit.course,
        link,
        person: visit.person.id.to_owned(),
    };
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = minicbor::encode(&sourced, &mut bytes);
    let url = Url::parse(&address(app, "/outcomes"));
    Ok(url.ok().map(|url| Outcome {
        url,
        sourcedid: app
            .keys
            .seal()
            .close_alike(Purpose::PracticeOutcome, &bytes),
    }))
}

/// `POST /practice/outcomes`
pub async fn outcomes(app: &App, input: &mut Input) -> Result<Page, Error> {
    let (headers, query) = (input.headers.clone(), input.query.clone());
    answer(app, &headers, &query, async |limit| {
        input.whole(limit).await
    })
    .await
}

/// Answers a call; its body is read when its signature holds.
pub(super) async fn answer(
    app: &App,
    headers: &HeaderMap,
    query: &str,
    body: impl AsyncFnOnce(usize) -> Result<Vec<u8>, BodyError>,
) -> Result<Page, Error> {
    let url = address(app, "/outcomes");
    if let Some(page) = outage::closed(app, "POST", &url) {
        return Ok(page);
    }
    let header = headers.get(AUTHORIZATION);
    let call = Call {
        method: "POST",
        address: &url,
        query,
        header: header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    };
    let read = match signed(app, &call, async || body(LONGEST).await).await {
        Ok(body) => read_request(&body).map_err(Refused::from),
        Err(error) => Err(error.into()),
    };
    noted(app, &url, &read);
    let (response, page) = match read {
        Ok(request) => {
            let found = async |sourcedid: &str| found(app, sourcedid);
            let done = perform(&request.operation, found).await;
            receiving::answer(&app.world, Some(&request), done)
        }
        Err(refused) => receiving::answer(&app.world, None, Err(refused)),
    };
    note_answer(app, &url, &response, page.status);
    Ok(page)
}

/// Notes a call for people to look at.
fn noted(app: &App, url: &str, read: &Result<Request, Refused>) {
    let (signature, parts) = match read {
        Ok(request) => (Signature::Verified(KEY.to_owned()), vec![said(request)]),
        Err(refused) => (Signature::Refused(refused.to_string()), Vec::new()),
    };
    let towards = Towards::Platform;
    crossed(app, "outcome", towards, "POST", url, signature, parts);
}

/// What a request says, for people to look at.
fn said(request: &Request) -> Part {
    let score = match &request.operation {
        Operation::Replace { score, .. } => score.clone(),
        _ => None,
    };
    wire::document(
        "document",
        &json!({
            "operation": request.operation.name(),
            "sourcedId": request.operation.sourcedid(),
            "textString": score,
        }),
    )
}

/// The result that a `sourcedId` of ours names, while person, course and column are there.
fn found<'a>(app: &'a App, sourcedid: &str) -> Result<Cell<'a>, Refused> {
    let bytes = app.keys.seal().open(Purpose::PracticeOutcome, sourcedid);
    let sourced: Option<Sourced> = bytes.and_then(|bytes| minicbor::decode(&bytes).ok());
    let sourced = sourced.ok_or(Refused::Foreign)?;
    match courses::get(&app.store, sourced.course) {
        Err(Error::Store(error)) => return Err(error.into()),
        Err(_) => return Err(Refused::Foreign),
        Ok(_) => {}
    }
    if !ROSTER.iter().any(|person| person.id == sourced.person) {
        return Err(Refused::Foreign);
    }
    let book = book(app, Way::Form, sourced.course);
    let columns = book.line_items_of(&sourced.link)?;
    let (number, _) = columns.first().ok_or(Refused::Foreign)?;
    book.cell(*number, &sourced.person)?.ok_or(Refused::Foreign)
}

/// Notes the answer likewise.
fn note_answer(app: &App, url: &str, response: &Response, status: StatusCode) {
    let part = wire::document(
        "document",
        &json!({
            "codeMajor": response.code.name(),
            "codeMinor": response.minor,
            "description": response.description,
            "textString": response.score,
        }),
    );
    crossed(
        app,
        "outcome-answer",
        Towards::Tool,
        status.as_str(),
        url,
        Signature::None,
        vec![part],
    );
}
