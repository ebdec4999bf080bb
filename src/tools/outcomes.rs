//! The grades that tools of LTI 1.1 report: Basic Outcomes, and the result service of LTI 2.0.
//!
//! Both say by a sealed name whose result of which link they mean, and reach no other tool's.

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use super::calls::{CallError, Caller, authenticated};
use super::received;
use super::sourced::Sourced;
use crate::app::{App, BodyError, Input, Page};
use crate::lti::outcomes::{
    BadScore, Code, Data, EnvelopeError, LONGEST, MEDIA_TYPE, Operation, RESULT_MEDIA_TYPE,
    Request, Response, Score, ToolResult, read_request, write_response,
};
use crate::store::Error as StoreError;
use crate::store::rows::tools::{Received, ResultData};
use crate::store::trees::{Items, Users};

/// What a tool asked that is not done.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Score(#[from] BadScore),
    #[error("the message has neither a score nor result data")]
    Nothing,
    #[error("this tool has no such result")]
    Foreign,
    #[error("this tool reports no grades here")]
    NoGrades,
    #[error("this operation is not offered")]
    Unknown,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Call(error.into())
    }
}

impl Refused {
    /// The status, the code and, by the specification's vocabulary, why.
    const fn told(&self) -> (StatusCode, Code, &'static str) {
        match self {
            Self::Call(CallError::Signature(_)) => (
                StatusCode::UNAUTHORIZED,
                Code::Failure,
                "unauthorizedrequest",
            ),
            Self::Call(CallError::TooMany(_)) => {
                (StatusCode::TOO_MANY_REQUESTS, Code::Failure, "targetisbusy")
            }
            Self::Call(CallError::Body(BodyError::TooLarge))
            | Self::Envelope(EnvelopeError::TooLong) => {
                (StatusCode::PAYLOAD_TOO_LARGE, Code::Failure, "overflowfail")
            }
            Self::Call(CallError::Body(_)) => {
                (StatusCode::BAD_REQUEST, Code::Failure, "incompletedata")
            }
            Self::Call(CallError::Store(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::Failure,
                "targetisbusy",
            ),
            Self::Envelope(_) | Self::Score(_) => {
                (StatusCode::BAD_REQUEST, Code::Failure, "invaliddata")
            }
            Self::Nothing => (StatusCode::BAD_REQUEST, Code::Failure, "incompletedata"),
            Self::Foreign => (StatusCode::NOT_FOUND, Code::Failure, "unknownobject"),
            Self::NoGrades => (StatusCode::FORBIDDEN, Code::Failure, "unauthorizedrequest"),
            Self::Unknown => (
                StatusCode::NOT_IMPLEMENTED,
                Code::Unsupported,
                "unsupported",
            ),
        }
    }

    /// An answer with what every refusal has.
    fn dressed(&self, page: Page) -> Page {
        match self {
            Self::Call(CallError::Signature(_)) => {
                page.with(WWW_AUTHENTICATE, "OAuth realm=\"lanterna\"")
            }
            Self::Call(CallError::TooMany(wait)) => {
                page.with(RETRY_AFTER, &wait.as_secs().max(1).to_string())
            }
            _ => page,
        }
    }

    fn note(&self) {
        let (status, _, why) = self.told();
        if let Self::Call(CallError::Store(error)) = self {
            tracing::error!(%error, "a tool's call could not be answered");
        } else {
            tracing::info!(status = status.as_u16(), why, reason = %self, "refused a tool's call");
        }
    }
}

/// `POST /tools/{tool}/outcomes`
pub async fn outcomes(app: &App, input: &mut Input, tool: &str) -> Page {
    let (caller, body) = match authenticated(app, input, tool, LONGEST).await {
        Ok(call) => call,
        Err(error) => return answer(app, None, Err(error.into())),
    };
    match read_request(&body) {
        Ok(request) => {
            let done = perform(app, &caller, &request.operation).await;
            answer(app, Some(&request), done)
        }
        Err(error) => answer(app, None, Err(error.into())),
    }
}

/// What was done, in words, and the score that was asked for.
struct Done {
    said: String,
    score: Option<String>,
}

async fn perform(app: &App, caller: &Caller, operation: &Operation) -> Result<Done, Refused> {
    let sourcedid = operation.sourcedid().ok_or(Refused::Unknown)?;
    let sourced = own(app, caller, sourcedid)?;
    match operation {
        Operation::Replace { score, data, .. } => {
            let score = score.as_deref().map(Score::parse).transpose()?;
            if score.is_none() && data.is_none() {
                return Err(Refused::Nothing);
            }
            replace(app, &sourced, score, data.as_ref()).await?;
            let said = match score {
                Some(score) => format!("The score is now {score}"),
                None => "What was handed in is kept".to_owned(),
            };
            Ok(Done { said, score: None })
        }
        Operation::Read { .. } => {
            let kept = received::of(&app.store, &sourced)?;
            let score = kept.and_then(|kept| score_of(&kept));
            Ok(Done {
                said: "The result was read".to_owned(),
                score: Some(score.map(|score| score.to_string()).unwrap_or_default()),
            })
        }
        Operation::Delete { .. } => {
            clear(app, &sourced).await?;
            Ok(Done {
                said: "The result was deleted".to_owned(),
                score: None,
            })
        }
        Operation::Unknown(_) => Err(Refused::Unknown),
    }
}

/// The result that a sealed name means, where it is this tool's and there still is such a person and
/// such an item.
fn own(app: &App, caller: &Caller, sourcedid: &str) -> Result<Sourced, Refused> {
    let sourced = Sourced::open(app.keys.seal(), caller.id(), sourcedid);
    let sourced = sourced.ok_or(Refused::Foreign)?;
    let item = app
        .store
        .get::<Items>(&crate::store::ids::ItemId(sourced.line))?;
    let stands = item.is_some_and(|item| item.tool == Some(caller.id()) && item.trashed.is_none());
    if !stands || app.store.get::<Users>(&sourced.user)?.is_none() {
        return Err(Refused::Foreign);
    }
    if !caller.tool().grades {
        return Err(Refused::NoGrades);
    }
    Ok(sourced)
}

/// The score as a part of 1.
fn score_of(kept: &Received) -> Option<Score> {
    let score = kept.score? / kept.maximum;
    Score::new(score).ok()
}

async fn replace(
    app: &App,
    sourced: &Sourced,
    score: Option<Score>,
    data: Option<&Data>,
) -> Result<(), StoreError> {
    let now = app.world.now();
    let change = |old: Option<&Received>| {
        let mut new = old.cloned().unwrap_or_default();
        if let Some(score) = score {
            new.score = Some(score.value());
            new.maximum = 1.0;
        }
        if let Some(data) = data {
            new.data = Some(match data {
                Data::Text(text) => ResultData::Text(text.clone()),
                Data::Url(url) => ResultData::Url(url.clone()),
                Data::LaunchUrl(url) => ResultData::LaunchUrl(url.clone()),
            });
        }
        new.changed = now;
        Some(new)
    };
    received::change(&app.store, sourced, change, |_| {}).await
}

async fn clear(app: &App, sourced: &Sourced) -> Result<(), StoreError> {
    let now = app.world.now();
    let change = |old: Option<&Received>| {
        old.map(|_| Received {
            maximum: 1.0,
            changed: now,
            ..Received::default()
        })
    };
    received::change(&app.store, sourced, change, |_| {}).await
}

fn answer(app: &App, request: Option<&Request>, done: Result<Done, Refused>) -> Page {
    let operation = request.map_or("", |request| request.operation.name());
    let answer = |code, minor: &str, description: String, score| {
        let xml = write_response(&Response {
            message: format!("{:032x}", u128::from_be_bytes(app.world.random())),
            code,
            minor: Some(minor.to_owned()),
            description,
            answers: request.map(|request| request.message.clone()),
            operation: operation.to_owned(),
            score,
        });
        Page::whole(MEDIA_TYPE, xml)
    };
    match done {
        Ok(done) => answer(Code::Success, "fullsuccess", done.said, done.score),
        Err(refused) => {
            refused.note();
            let (status, code, minor) = refused.told();
            let page = answer(code, minor, refused.to_string(), None);
            refused.dressed(page.status(status))
        }
    }
}

/// Why a result of LTI 2.0 is not taken.
fn result_refused(refused: &Refused) -> Page {
    refused.note();
    let (status, _, why) = refused.told();
    let page = Page::json(&json!({"error": why, "description": refused.to_string()}));
    refused.dressed(page.status(status))
}

/// `GET`, `PUT` and `DELETE /tools/{tool}/results/{id}`
pub async fn result(app: &App, input: &mut Input, tool: &str, id: &str) -> Page {
    let call = authenticated(app, input, tool, LONGEST).await;
    let (caller, body) = match call {
        Ok(call) => call,
        Err(error) => return result_refused(&error.into()),
    };
    let done = match input.method.as_str() {
        "PUT" => put(app, &caller, input, id, &body).await,
        "DELETE" => delete(app, &caller, id).await,
        _ => get(app, &caller, id),
    };
    done.unwrap_or_else(|refused| result_refused(&refused))
}

fn get(app: &App, caller: &Caller, id: &str) -> Result<Page, Refused> {
    let sourced = own(app, caller, id)?;
    let kept = received::of(&app.store, &sourced)?;
    let result = kept.map_or_else(ToolResult::default, |kept| ToolResult {
        score: score_of(&kept),
        comment: kept.comment,
    });
    Ok(Page::whole(RESULT_MEDIA_TYPE, result.write().to_string()))
}

async fn put(
    app: &App,
    caller: &Caller,
    input: &Input,
    id: &str,
    body: &[u8],
) -> Result<Page, Refused> {
    let kind = input.header(CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(RESULT_MEDIA_TYPE) {
        let page = Page::json(&json!({"error": "unsupported", "expected": RESULT_MEDIA_TYPE}));
        return Ok(page.status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let sourced = own(app, caller, id)?;
    let result = match ToolResult::read(body) {
        Ok(result) => result,
        Err(error) => {
            let page =
                Page::json(&json!({"error": "invaliddata", "description": error.to_string()}));
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let now = app.world.now();
    let change = |old: Option<&Received>| {
        Some(Received {
            score: result.score.map(Score::value),
            maximum: 1.0,
            comment: result.comment.clone(),
            data: old.and_then(|old| old.data.clone()),
            changed: now,
            ..Received::default()
        })
    };
    received::change(&app.store, &sourced, change, |_| {}).await?;
    Ok(Page::empty(StatusCode::OK))
}

async fn delete(app: &App, caller: &Caller, id: &str) -> Result<Page, Refused> {
    let sourced = own(app, caller, id)?;
    clear(app, &sourced).await?;
    Ok(Page::empty(StatusCode::OK))
}
