//! The calls of Assignment and Grade Services, answered.
//!
//! First [`Operation::of`] tells from method and path what is asked, then [`Operation::authorize`]
//! who asks and whether they may; only then is a body read and [`Service::perform`] given it.

use http::header::{ALLOW, LINK, LOCATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::line_items::shown;
use super::{Error, Filter, Gradebook, Listed};
use crate::app::{App, Form, Page};
use crate::lti::ags::{Given, LineItem, Malformed, Score, Standing, media_type, results_of};
use crate::lti::names::scope;
use crate::lti::nrps::next_header;
use crate::store::Error as StoreError;
use crate::store::rows::gradebook::LineItem as Row;
use crate::store::rows::tools::Received;
use crate::tools::tokens::ToolCaller;

/// The longest body that is taken, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// All scopes of these services, for whoever grants them.
pub const SCOPES: [&str; 4] = [
    scope::LINE_ITEM,
    scope::LINE_ITEM_READ,
    scope::RESULT_READ,
    scope::SCORE,
];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// All line items.
    List,
    /// A new line item.
    Make,
    /// One line item.
    Read(u64),
    /// A line item, to be made another.
    Replace(u64),
    /// A line item, to be removed.
    Remove(u64),
    /// A score, to be taken.
    Report(u64),
    /// The results of a line item.
    Results(u64),
}

/// What the platform knows beside the gradebook.
pub trait Rules: Sync {
    /// Whether the tool has this resource link in the course.
    fn has_link(&self, link: &str) -> Result<bool, StoreError>;
    /// Who the tool means by an id.
    fn person(&self, user: &str) -> Result<Person, StoreError>;
}

/// Who is meant by an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Somebody who gets grades.
    Learner,
    /// Somebody who gets none.
    Staff,
    /// Nobody in this course.
    Unknown,
}

impl Operation {
    /// What a method asks of a path below the address of the line items; else the refusal.
    pub fn of(method: &Method, below: &[&str]) -> Result<Self, Box<Page>> {
        let number = |text: &str| {
            u64::from_str_radix(text, 16)
                .ok()
                .filter(|_| is_number(text))
        };
        let (operations, allowed): (Vec<(Method, Self)>, _) = match below {
            [] => (
                vec![(Method::GET, Self::List), (Method::POST, Self::Make)],
                "GET, POST",
            ),
            [text] if let Some(number) = number(text) => (
                vec![
                    (Method::GET, Self::Read(number)),
                    (Method::PUT, Self::Replace(number)),
                    (Method::DELETE, Self::Remove(number)),
                ],
                "GET, PUT, DELETE",
            ),
            [text, "scores"] if let Some(number) = number(text) => {
                (vec![(Method::POST, Self::Report(number))], "POST")
            }
            [text, "results"] if let Some(number) = number(text) => {
                (vec![(Method::GET, Self::Results(number))], "GET")
            }
            _ => {
                let text = "there is no such thing";
                return Err(refusal(StatusCode::NOT_FOUND, "not_found", text).into());
            }
        };
        let mut operations = operations.into_iter();
        let found = operations.find(|(known, _)| known == method);
        found.map(|(_, operation)| operation).ok_or_else(|| {
            let text = "this method is not for this address";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            let page = refusal(status, "method_not_allowed", text);
            page.with(ALLOW, allowed).into()
        })
    }

    /// The scopes of which a token needs one.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::List | Self::Read(_) => &[scope::LINE_ITEM, scope::LINE_ITEM_READ],
            Self::Make | Self::Replace(_) | Self::Remove(_) => &[scope::LINE_ITEM],
            Self::Report(_) => &[scope::SCORE],
            Self::Results(_) => &[scope::RESULT_READ],
        }
    }

    /// Who asks, by the `Authorization` header; else the refusal (RFC 6750, section 3).
    pub fn authorize(self, app: &App, header: &str) -> Result<ToolCaller, Box<Page>> {
        let caller = ToolCaller::showing(app.keys.seal(), app.world.now(), header);
        let Some(caller) = caller else {
            let challenge = if header.is_empty() {
                "Bearer"
            } else {
                "Bearer error=\"invalid_token\""
            };
            let page = refusal(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "no token of ours",
            );
            return Err(page.with(WWW_AUTHENTICATE, challenge).into());
        };
        if caller.may(self.scopes()) {
            return Ok(caller);
        }
        let text = "the token is not good for this";
        let page = refusal(StatusCode::FORBIDDEN, "insufficient_scope", text);
        let scopes = self.scopes().join(" ");
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"");
        Err(page.with(WWW_AUTHENTICATE, &challenge).into())
    }

    /// The media type of the body that it takes.
    const fn takes(self) -> Option<&'static str> {
        match self {
            Self::Make | Self::Replace(_) => Some(media_type::LINE_ITEM),
            Self::Report(_) => Some(media_type::SCORE),
            Self::List | Self::Read(_) | Self::Remove(_) | Self::Results(_) => None,
        }
    }

    /// The media type of what it answers.
    const fn gives(self) -> Option<&'static str> {
        match self {
            Self::List => Some(media_type::LINE_ITEMS),
            Self::Make | Self::Read(_) | Self::Replace(_) => Some(media_type::LINE_ITEM),
            Self::Results(_) => Some(media_type::RESULTS),
            Self::Remove(_) | Self::Report(_) => None,
        }
    }

    /// Whether it has a body to be read.
    pub const fn has_body(self) -> bool {
        self.takes().is_some()
    }

    /// Whether what is sent and wanted are what the services speak; else the refusal.
    pub fn negotiate(self, content_type: &str, accept: &str) -> Result<(), Box<Page>> {
        if let Some(takes) = self.takes()
            && !media_type::is(content_type, takes)
        {
            let text = format!("the body must be {takes}");
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(refusal(status, "unsupported_media_type", &text).into());
        }
        // What answers a change is told whatever is wanted: the change has been made.
        if let (Some(gives), None) = (self.gives(), self.takes())
            && !media_type::accepts(accept, gives)
        {
            let text = format!("the answer would be {gives}");
            let status = StatusCode::NOT_ACCEPTABLE;
            return Err(refusal(status, "not_acceptable", &text).into());
        }
        Ok(())
    }
}

/// One spelling only, so that an address names a line item in one way.
fn is_number(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A refusal for a program: a code and a few words for whoever reads its log.
pub fn refusal(status: StatusCode, code: &str, text: &str) -> Page {
    Page::json(&json!({ "error": code, "error_description": text })).status(status)
}

/// The services of one gradebook.
pub struct Service<'a> {
    /// The gradebook.
    pub book: Gradebook<'a>,
    /// Where its line items are.
    pub address: Url,
    /// What else the platform knows.
    pub rules: &'a dyn Rules,
    /// Entries of one page at most.
    pub page: usize,
}

impl Service<'_> {
    /// Does what is asked, of somebody who may.
    pub async fn perform(
        &self,
        operation: Operation,
        query: &Form,
        body: &[u8],
    ) -> Result<Page, StoreError> {
        let answer = match operation {
            Operation::List => self.list(query),
            Operation::Make => self.make(body).await,
            Operation::Read(number) => self
                .book
                .line_item(number)
                .map(|row| self.one(number, &row)),
            Operation::Replace(number) => self.replace(number, body).await,
            Operation::Remove(number) => self
                .book
                .remove(number)
                .await
                .map(|()| Page::empty(StatusCode::NO_CONTENT)),
            Operation::Report(number) => self.report(number, body).await,
            Operation::Results(number) => self.results(number, query),
        };
        answer.or_else(refused)
    }

    /// The address of a line item.
    pub fn line_item_url(&self, number: u64) -> Url {
        line_item_url(&self.address, number)
    }

    fn document(&self, number: u64, row: &Row) -> Value {
        let id = Some(self.line_item_url(number));
        LineItem { id, ..shown(row) }.document()
    }

    fn one(&self, number: u64, row: &Row) -> Page {
        Page::whole(
            media_type::LINE_ITEM,
            self.document(number, row).to_string(),
        )
    }

    fn list(&self, query: &Form) -> Result<Page, Error> {
        let text = |name: &str| query.get(name).map(str::to_owned);
        let filter = Filter {
            link: text("resource_link_id"),
            resource: text("resource_id"),
            tag: text("tag"),
        };
        let after = match query.get("after") {
            None => None,
            Some(text) => {
                let number = u64::from_str_radix(text, 16).ok();
                Some(number.ok_or(Malformed::Invalid("after"))?)
            }
        };
        let limit = self.limit(query)?;
        let Listed { items, next } = self.book.list(&filter, after, limit)?;
        let items: Vec<Value> = items
            .iter()
            .map(|(number, row)| self.document(*number, row))
            .collect();
        let page = Page::whole(media_type::LINE_ITEMS, Value::from(items).to_string());
        let next = next.map(|number| format!("{number:016x}"));
        Ok(continued(page, &self.address, query, next.as_deref()))
    }

    fn limit(&self, query: &Form) -> Result<usize, Error> {
        let limit = query.get("limit").map(str::parse::<usize>).transpose();
        match limit {
            Ok(Some(0)) | Err(_) => Err(Malformed::Invalid("limit").into()),
            Ok(limit) => Ok(limit.unwrap_or(self.page).min(self.page)),
        }
    }

    async fn make(&self, body: &[u8]) -> Result<Page, Error> {
        let sent = LineItem::read(body)?;
        self.check_link(&sent)?;
        let (number, row) = self.book.make(&sent).await?;
        let location = self.line_item_url(number);
        Ok(self
            .one(number, &row)
            .status(StatusCode::CREATED)
            .with(LOCATION, location.as_str()))
    }

    async fn replace(&self, number: u64, body: &[u8]) -> Result<Page, Error> {
        let sent = LineItem::read(body)?;
        self.book.line_item(number)?;
        self.check_link(&sent)?;
        let row = self.book.replace(number, &sent).await?;
        Ok(self.one(number, &row))
    }

    fn check_link(&self, sent: &LineItem) -> Result<(), Error> {
        match &sent.resource_link {
            Some(link) if !self.rules.has_link(link)? => Err(Error::UnknownLink),
            _ => Ok(()),
        }
    }

    async fn report(&self, number: u64, body: &[u8]) -> Result<Page, Error> {
        self.book.line_item(number)?;
        let score = Score::read(body)?;
        match self.rules.person(&score.user)? {
            Person::Learner => {}
            Person::Staff => return Err(Error::NotGraded),
            Person::Unknown => return Err(Error::UnknownPerson),
        }
        self.book.report(number, &score).await?;
        Ok(Page::empty(StatusCode::OK))
    }

    /// The results that are asked for, and whether there are more.
    fn found(&self, number: u64, query: &Form) -> Result<(Vec<(String, Received)>, bool), Error> {
        let limit = self.limit(query)?;
        if let Some(user) = query.get("user_id") {
            let result = self.book.result(number, user)?;
            let found = result.map(|result| (user.to_owned(), result));
            return Ok((found.into_iter().collect(), false));
        }
        let mut found = self.book.results(number, query.get("after"), limit + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    fn results(&self, number: u64, query: &Form) -> Result<Page, Error> {
        let row = self.book.line_item(number)?;
        let line_item = self.line_item_url(number);
        let address = results_of(&line_item);
        let (found, more) = self.found(number, query)?;
        let documents: Vec<Value> = found
            .iter()
            .map(|(user, received)| {
                let mut id = address.clone();
                id.query_pairs_mut().append_pair("user_id", user);
                let standing = Standing {
                    id: Some(id),
                    score_of: Some(line_item.clone()),
                    ..standing(user, received, row.maximum)
                };
                standing.document()
            })
            .collect();
        let page = Page::whole(media_type::RESULTS, Value::from(documents).to_string());
        let last = found.last().map(|(user, _)| user.as_str());
        Ok(continued(page, &address, query, last.filter(|_| more)))
    }
}

/// The address of a line item below that of all.
pub fn line_item_url(line_items: &Url, number: u64) -> Url {
    let mut url = line_items.clone();
    let path = format!("{}/{number:016x}", url.path());
    url.set_path(&path);
    url
}

/// Where somebody stands, in points of the line item.
pub fn standing(user: &str, received: &Received, maximum: f64) -> Standing {
    let share = |points: f64| {
        let given = Given {
            points,
            maximum: received.maximum,
        };
        given.out_of(maximum)
    };
    Standing {
        id: None,
        score_of: None,
        user: user.to_owned(),
        score: received.score.map(share),
        maximum,
        comment: received
            .comment
            .clone()
            .filter(|_| received.score.is_some()),
    }
}

/// The page with the way to the next one, which begins after `last`.
fn continued(page: Page, address: &Url, query: &Form, last: Option<&str>) -> Page {
    let Some(last) = last else {
        return page;
    };
    let kept = query.pairs().iter().filter(|(name, _)| name != "after");
    let mut next = address.clone();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("after", last);
    page.with(LINK, &next_header(&next))
}

/// The refusal of an error; a failure of the store is nobody's doing.
fn refused(error: Error) -> Result<Page, StoreError> {
    let (status, code) = match &error {
        Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Error::Malformed(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
        Error::Late => (StatusCode::CONFLICT, "late"),
        Error::UnknownPerson => (StatusCode::BAD_REQUEST, "unknown_user"),
        Error::NotGraded => (StatusCode::BAD_REQUEST, "not_graded"),
        Error::UnknownLink => (StatusCode::BAD_REQUEST, "unknown_resource_link"),
        Error::Bound => (StatusCode::FORBIDDEN, "bound"),
        Error::Full => (StatusCode::FORBIDDEN, "full"),
        Error::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    match error {
        Error::Store(error) => Err(error),
        error => Ok(refusal(status, code, &error.to_string())),
    }
}
