//! What external tools report by LTI 1.1 and 2.0: into the column of the item that launched them, and
//! into no other tool's.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{Refused, answer, clear, perform, score_of};
use crate::app::{App, Input, Page};
use crate::lti::outcomes::{LONGEST, RESULT_MEDIA_TYPE, Score, ToolResult, read_request};
use crate::store::ids::{CourseId, ItemId};
use crate::store::rows::tools::{Received, Via};
use crate::store::trees::{Items, Users};
use crate::tools::calls::{Caller, authenticated};
use crate::tools::gradebook::{Cell, Gradebook, Owner};
use crate::tools::launching::link_id;
use crate::tools::sourced::Sourced;

/// The most that can be reached by these services.
const MAXIMUM: f64 = 1.0;

/// `POST /tools/{tool}/outcomes`
pub async fn outcomes(app: &App, input: &mut Input, tool: &str) -> Page {
    let (caller, body) = match authenticated(app, input, tool, LONGEST).await {
        Ok(call) => call,
        Err(error) => return answer(&app.world, None, Err(error.into())).1,
    };
    match read_request(&body) {
        Ok(request) => {
            let found = async |sourcedid: &str| own(app, &caller, sourcedid).await;
            let done = perform(&request.operation, found).await;
            answer(&app.world, Some(&request), done).1
        }
        Err(error) => answer(&app.world, None, Err(error.into())).1,
    }
}

/// The result that a sealed name means, where it is this tool's and there still is such a person and
/// such an item.
async fn own<'a>(app: &'a App, caller: &Caller, sourcedid: &str) -> Result<Cell<'a>, Refused> {
    let sourced = Sourced::open(app.keys.seal(), caller.id(), sourcedid);
    let sourced = sourced.ok_or(Refused::Foreign)?;
    let id = ItemId(sourced.line);
    let item = app.store.get::<Items>(&id)?;
    let item = item.filter(|item| item.tool == Some(caller.id()) && item.trashed.is_none());
    let item = item.ok_or(Refused::Foreign)?;
    if app.store.get::<Users>(&sourced.user)?.is_none() {
        return Err(Refused::Foreign);
    }
    if !caller.tool().grades {
        return Err(Refused::NoGrades);
    }
    let Sourced { tool, course, .. } = sourced;
    let book = Gradebook::new(app, Owner::Tool { tool, course });
    let link = link_id(id, Some(course).filter(|course| *course != CourseId(0)));
    book.declare(sourced.line, &item.title, MAXIMUM, link)
        .await?;
    Ok(Cell::sourced(book, &sourced))
}

/// Why a result of LTI 2.0 is not taken.
fn result_refused(refused: &Refused) -> Page {
    refused.note();
    let (_, _, why) = refused.told();
    refused.dressed(Page::json(
        &json!({"error": why, "description": refused.to_string()}),
    ))
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
        _ => get(app, &caller, id).await,
    };
    done.unwrap_or_else(|refused| result_refused(&refused))
}

async fn get(app: &App, caller: &Caller, id: &str) -> Result<Page, Refused> {
    let kept = own(app, caller, id).await?.read()?;
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
    let cell = own(app, caller, id).await?;
    let result = match ToolResult::read(body) {
        Ok(result) => result,
        Err(error) => {
            let page =
                Page::json(&json!({"error": "invaliddata", "description": error.to_string()}));
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let new = |former: Received, _: &_| Received {
        score: result.score.map(Score::value),
        maximum: MAXIMUM,
        comment: result.comment.clone(),
        data: former.data,
        via: Via::Outcomes,
        ..Received::default()
    };
    cell.change(None, new).await?;
    Ok(Page::empty(StatusCode::OK))
}

async fn delete(app: &App, caller: &Caller, id: &str) -> Result<Page, Refused> {
    clear(&own(app, caller, id).await?).await?;
    Ok(Page::empty(StatusCode::OK))
}
