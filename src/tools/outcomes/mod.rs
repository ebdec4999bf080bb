//! The grades that tools of LTI 1.1 report: Basic Outcomes, and the result service of LTI 2.0.
//!
//! Both say by a sealed name whose result of which link they mean; whoever answers a call finds the
//! [`Cell`] that the name means, and [`perform`] does the rest: for external tools in [`external`],
//! and for Lanterna in its practice course.

pub mod external;

use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};

use super::calls::CallError;
use super::gradebook::{self, Cell};
use crate::app::{BodyError, Page};
use crate::lti::outcomes::{
    BadScore, Code, Data, EnvelopeError, MEDIA_TYPE, Operation, Request, Response, Score,
    write_response,
};
use crate::store::Error as StoreError;
use crate::store::rows::tools::{Received, ResultData, Via};
use crate::world::World;

/// Why a call is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is not known to be the tool's, or did not come whole.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It is no message.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its score is none.
    #[error(transparent)]
    Score(#[from] BadScore),
    /// It says nothing to keep.
    #[error("the message has neither a score nor result data")]
    Nothing,
    /// It means no result of this tool's.
    #[error("this tool has no such result")]
    Foreign,
    /// The tool may not report.
    #[error("this tool reports no grades here")]
    NoGrades,
    /// It asks for something else.
    #[error("this operation is not offered")]
    Unknown,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Call(error.into())
    }
}

impl From<gradebook::Error> for Refused {
    fn from(error: gradebook::Error) -> Self {
        match error {
            gradebook::Error::Store(error) => error.into(),
            // Of what is refused to a gradebook, a call of these services can only miss its column.
            _ => Self::Foreign,
        }
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
        let page = page.status(self.told().0);
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

/// What was done, in words, and the score that was asked for.
#[derive(Debug)]
pub struct Done {
    said: String,
    score: Option<String>,
}

/// Does what a call asks with the result that `found` finds by its `sourcedId`.
pub async fn perform<'a>(
    operation: &Operation,
    found: impl AsyncFnOnce(&str) -> Result<Cell<'a>, Refused>,
) -> Result<Done, Refused> {
    let sourcedid = operation.sourcedid().ok_or(Refused::Unknown)?;
    let cell = found(sourcedid).await?;
    match operation {
        Operation::Replace { score, data, .. } => {
            let score = score.as_deref().map(Score::parse).transpose()?;
            if score.is_none() && data.is_none() {
                return Err(Refused::Nothing);
            }
            replace(&cell, score, data.as_ref()).await?;
            let said = match score {
                Some(score) => format!("The score is now {score}"),
                None => "What was handed in is kept".to_owned(),
            };
            Ok(Done { said, score: None })
        }
        Operation::Read { .. } => {
            let score = cell.read()?.and_then(|kept| score_of(&kept));
            Ok(Done {
                said: "The result was read".to_owned(),
                score: Some(score.map(|score| score.to_string()).unwrap_or_default()),
            })
        }
        Operation::Delete { .. } => {
            clear(&cell).await?;
            Ok(Done {
                said: "The result was deleted".to_owned(),
                score: None,
            })
        }
        Operation::Unknown(_) => Err(Refused::Unknown),
    }
}

/// The score as a part of 1.
fn score_of(kept: &Received) -> Option<Score> {
    let score = kept.score? / kept.maximum;
    Score::new(score).ok()
}

async fn replace(
    cell: &Cell<'_>,
    score: Option<Score>,
    data: Option<&Data>,
) -> Result<(), gradebook::Error> {
    let data = data.map(|data| match data {
        Data::Text(text) => ResultData::Text(text.clone()),
        Data::Url(url) => ResultData::Url(url.clone()),
        Data::LaunchUrl(url) => ResultData::LaunchUrl(url.clone()),
    });
    let new = |former: Received, _: &_| {
        let (score, maximum) = match score {
            Some(score) => (Some(score.value()), 1.0),
            None => (former.score, former.maximum),
        };
        Received {
            score,
            maximum,
            data: data.clone().or(former.data),
            comment: former.comment,
            via: Via::Outcomes,
            ..Received::default()
        }
    };
    cell.change(None, new).await
}

/// Where nothing was reported, nothing is to be deleted.
async fn clear(cell: &Cell<'_>) -> Result<(), gradebook::Error> {
    if cell.read()?.is_none() {
        return Ok(());
    }
    let new = |_, _: &_| Received {
        maximum: 1.0,
        via: Via::Outcomes,
        ..Received::default()
    };
    cell.change(None, new).await
}

/// What a call is answered, as a message and as a page; `None` for a request that could not be read.
pub fn answer(
    world: &World,
    request: Option<&Request>,
    done: Result<Done, Refused>,
) -> (Response, Page) {
    let response = |code, minor: &str, description: String, score| Response {
        message: format!("{:032x}", u128::from_be_bytes(world.random())),
        code,
        minor: Some(minor.to_owned()),
        description,
        answers: request.map(|request| request.message.clone()),
        operation: request
            .map_or("", |request| request.operation.name())
            .to_owned(),
        score,
    };
    let page = |response: &Response| Page::whole(MEDIA_TYPE, write_response(response));
    match done {
        Ok(done) => {
            let response = response(Code::Success, "fullsuccess", done.said, done.score);
            let page = page(&response);
            (response, page)
        }
        Err(refused) => {
            refused.note();
            let (_, code, minor) = refused.told();
            let response = response(code, minor, refused.to_string(), None);
            let page = refused.dressed(page(&response));
            (response, page)
        }
    }
}
