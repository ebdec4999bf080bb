//! Grades by LTI 1.1: Basic Outcomes, signed with the secret that both sides keep.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use minicbor::{Decode, Encode};
use serde_json::json;
use url::Url;

use super::course::library_link;
use super::gradebook::book;
use super::people::{Person, ROSTER};
use super::services::{crossed, signed_by, used_up};
use super::visit::Visit;
use super::{Error, address, courses, outage, wire};
use crate::app::wire::{Part, Signature, Towards};
use crate::app::{App, BodyError, Input, Page};
use crate::keys::Purpose;
use crate::lti::ags::Given;
use crate::lti::launch::Outcome;
use crate::lti::outcomes::{
    Code, LONGEST, MEDIA_TYPE, Operation, Request, Response, Score, read_request, write_response,
};
use crate::store::rows::practice::{PracticeActivity, Way};
use crate::tools::gradebook;
use crate::tools::gradebook::service::{Person as Graded, standing};

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

/// Why a call is not done: the status, the name in the specification, and a few words.
#[derive(Debug, Clone, Copy)]
struct Refused(StatusCode, &'static str, &'static str);

const UNSIGNED: Refused = Refused(
    StatusCode::UNAUTHORIZED,
    "unauthorizedrequest",
    "the call is not signed with our secret, or was made before",
);
const MALFORMED: Refused = Refused(
    StatusCode::BAD_REQUEST,
    "invaliddata",
    "the message cannot be read",
);
const BAD_SCORE: Refused = Refused(
    StatusCode::BAD_REQUEST,
    "invaliddata",
    "a score is a number from 0 to 1",
);
const UNKNOWN: Refused = Refused(
    StatusCode::NOT_FOUND,
    "unknownobject",
    "there is no such result",
);
const UNSUPPORTED: Refused = Refused(
    StatusCode::NOT_IMPLEMENTED,
    "unsupported",
    "this operation is not offered",
);

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
    let header = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let Some(verified) = signed_by(app, "POST", header, query, &url)? else {
        return Ok(refuse(app, &url, None, UNSIGNED));
    };
    let body = body(LONGEST).await?;
    if !verified.covers(&body) || !used_up(app, &verified).await? {
        return Ok(refuse(app, &url, None, UNSIGNED));
    }
    let Ok(request) = read_request(&body) else {
        return Ok(refuse(app, &url, None, MALFORMED));
    };
    let who = Signature::Verified(verified.consumer_key().to_owned());
    crossed(
        app,
        "outcome",
        Towards::Platform,
        "POST",
        &url,
        who,
        vec![said(&request)],
    );
    match perform(app, &request.operation).await? {
        Ok(score) => Ok(respond(app, &url, &request, score)),
        Err(refused) => Ok(refuse(app, &url, Some(&request), refused)),
    }
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

/// Does what is asked; answers the score, where one was asked for.
async fn perform(
    app: &App,
    operation: &Operation,
) -> Result<Result<Option<String>, Refused>, Error> {
    let Some(sourcedid) = operation.sourcedid() else {
        return Ok(Err(UNSUPPORTED));
    };
    let Some((course, person, number)) = found(app, sourcedid)? else {
        return Ok(Err(UNKNOWN));
    };
    let book = book(app, Way::Form, course);
    let given = match operation {
        Operation::Read { .. } => {
            let received = book.result(number, person.id)?;
            let points = received.and_then(|received| standing(person.id, &received, 1.0).score);
            let score = points.and_then(|points| Score::new(points).ok());
            return Ok(Ok(Some(
                score.map(|score| score.to_string()).unwrap_or_default(),
            )));
        }
        Operation::Replace { score, .. } => {
            let Some(Ok(score)) = score.as_deref().map(Score::parse) else {
                return Ok(Err(BAD_SCORE));
            };
            Some(Given {
                points: score.value(),
                maximum: 1.0,
            })
        }
        Operation::Delete { .. } => None,
        Operation::Unknown(_) => return Ok(Err(UNSUPPORTED)),
    };
    match book.set(number, person.id, given).await {
        Err(gradebook::Error::NotFound) => Ok(Err(UNKNOWN)),
        done => Ok(Ok(done.map(|()| None)?)),
    }
}

/// The course, the person and the column that a `sourcedId` of ours names, while they are there.
fn found(app: &App, sourcedid: &str) -> Result<Option<(u32, &'static Person, u64)>, Error> {
    let bytes = app.keys.seal().open(Purpose::PracticeOutcome, sourcedid);
    let sourced: Option<Sourced> = bytes.and_then(|bytes| minicbor::decode(&bytes).ok());
    let Some(sourced) = sourced else {
        return Ok(None);
    };
    match courses::get(&app.store, sourced.course) {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    let person = ROSTER.iter().find(|person| person.id == sourced.person);
    let columns = book(app, Way::Form, sourced.course).line_items_of(&sourced.link)?;
    let number = columns.first().map(|(number, _)| *number);
    Ok(person
        .zip(number)
        .map(|(person, number)| (sourced.course, person, number)))
}

fn respond(app: &App, url: &str, request: &Request, score: Option<String>) -> Page {
    let response = Response {
        message: message(app),
        code: Code::Success,
        minor: Some("fullsuccess".to_owned()),
        description: "done".to_owned(),
        answers: Some(request.message.clone()),
        operation: request.operation.name().to_owned(),
        score,
    };
    answered(app, url, &response, StatusCode::OK)
}

fn refuse(app: &App, url: &str, request: Option<&Request>, refused: Refused) -> Page {
    let Refused(status, minor, why) = refused;
    if request.is_none() {
        let signature = Signature::Refused(why.to_owned());
        crossed(
            app,
            "outcome",
            Towards::Platform,
            "POST",
            url,
            signature,
            Vec::new(),
        );
    }
    let code = if status == StatusCode::NOT_IMPLEMENTED {
        Code::Unsupported
    } else {
        Code::Failure
    };
    let response = Response {
        message: message(app),
        code,
        minor: Some(minor.to_owned()),
        description: why.to_owned(),
        answers: request.map(|request| request.message.clone()),
        operation: request
            .map_or("", |request| request.operation.name())
            .to_owned(),
        score: None,
    };
    let page = answered(app, url, &response, status);
    if status == StatusCode::UNAUTHORIZED {
        page.with(WWW_AUTHENTICATE, "OAuth realm=\"lanterna-practice\"")
    } else {
        page
    }
}

fn message(app: &App) -> String {
    format!("{:032x}", u128::from_be_bytes(app.world.random()))
}

/// The answer, noted for people to look at.
fn answered(app: &App, url: &str, response: &Response, status: StatusCode) -> Page {
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
    Page::whole(MEDIA_TYPE, write_response(response)).status(status)
}
