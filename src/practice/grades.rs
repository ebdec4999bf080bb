//! Grades by Assignment and Grade Services: what Lanterna reports to the practice course, by the same
//! code that serves external tools.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Method, StatusCode};

use super::client::{self, Client};
use super::gradebook::{Course, service};
use super::services::{answered, crossed};
use super::{Error, address, courses, outage, wire};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, BodyError, Form, Input, Page};
use crate::tools::gradebook::Operation;
use crate::tools::gradebook::service::{BODY_LIMIT, refusal};

/// A call as it came.
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    /// Which course's line items, and what below them.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl Call<'_> {
    /// A header. What is sent twice is one list (RFC 9110, section 5.3), which where there is one
    /// value only is none.
    fn header(&self, name: &HeaderName) -> String {
        let values = self.headers.get_all(name).iter();
        let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        texts.join(", ")
    }

    fn url(&self, app: &App) -> String {
        address(app, &format!("/ags/{}", self.path.join("/")))
    }
}

/// Everything below `/practice/ags`.
pub async fn ags(app: &App, input: &mut Input, path: &[&str]) -> Result<Page, Error> {
    let (method, query) = (input.method.clone(), input.query.clone());
    let headers = input.headers.clone();
    let call = Call {
        method: &method,
        path,
        query: &query,
        headers: &headers,
    };
    answer(app, &call, async |limit| input.whole(limit).await).await
}

/// Answers a call; its body is read when it is known who calls.
pub(super) async fn answer(
    app: &App,
    call: &Call<'_>,
    body: impl AsyncFnOnce(usize) -> Result<Vec<u8>, BodyError>,
) -> Result<Page, Error> {
    let (method, url) = (call.method.as_str(), call.url(app));
    if let Some(page) = outage::closed(app, method, &url) {
        return Ok(page);
    }
    let [course, "line-items", below @ ..] = call.path else {
        return Ok(nothing());
    };
    let operation = match Operation::of(call.method, below) {
        Ok(operation) => operation,
        Err(page) => return Ok(*page),
    };
    let (kind, answer) = kinds(operation);
    let form = Form::parse(call.query.as_bytes());
    let pairs = form.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let mut parts = vec![wire::parameters(pairs)];
    let (signature, page) = match judge(app, call, operation, course)? {
        Judged::Refused(page, why) => (Signature::Refused(why.to_owned()), page),
        Judged::Calls { client, course } => {
            let body = if operation.has_body() {
                body(BODY_LIMIT).await?
            } else {
                Vec::new()
            };
            let document = serde_json::from_slice(&body).ok();
            parts.extend(document.map(|document| wire::document("document", &document)));
            let rules = Course {
                store: &app.store,
                way: client.way,
                number: course,
            };
            let service = service(app, client.way, course, &rules)?;
            let page = service.perform(operation, &form, &body).await?;
            (Signature::Verified(client.id), page)
        }
    };
    parts.retain(|part| !part.lines.is_empty());
    crossed(app, kind, Towards::Platform, method, &url, signature, parts);
    answered(app, answer, &url, &page);
    Ok(page)
}

/// What a call amounts to before its body is read.
enum Judged {
    /// A tool that may calls, about a course that is there.
    Calls { client: Client, course: u32 },
    /// The refusal, and why.
    Refused(Page, &'static str),
}

fn judge(app: &App, call: &Call<'_>, operation: Operation, course: &str) -> Result<Judged, Error> {
    let refused = |page: Page, why| Ok(Judged::Refused(page, why));
    let caller = match operation.authorize(app, &call.header(&AUTHORIZATION)) {
        Ok(caller) => caller,
        Err(page) => return refused(*page, "no token of ours that is good for this"),
    };
    let Some(client) = client::find(app, caller.client_id())? else {
        let why = "the tool is not registered any more";
        return refused(refusal(StatusCode::UNAUTHORIZED, "invalid_token", why), why);
    };
    let number = course.parse::<u32>().ok();
    // One spelling only, so that an address names a course in one way.
    let Some(number) = number.filter(|number| number.to_string() == course) else {
        return refused(nothing(), "there is no such course");
    };
    match courses::get(&app.store, number) {
        Ok(_) => {}
        Err(Error::NotFound) => return refused(nothing(), "there is no such course"),
        Err(error) => return Err(error),
    }
    match operation.negotiate(&call.header(&CONTENT_TYPE), &call.header(&ACCEPT)) {
        Ok(()) => Ok(Judged::Calls {
            client,
            course: number,
        }),
        Err(page) => refused(*page, "another media type"),
    }
}

fn nothing() -> Page {
    refusal(StatusCode::NOT_FOUND, "not_found", "there is no such thing")
}

/// What a call and its answer are called.
const fn kinds(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::List | Operation::Read(_) => ("line-items", "line-items-answer"),
        Operation::Make | Operation::Replace(_) | Operation::Remove(_) => {
            ("line-item", "line-item-answer")
        }
        Operation::Report(_) => ("score", "score-answer"),
        Operation::Results(_) => ("results", "results-answer"),
    }
}
