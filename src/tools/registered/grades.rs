//! Grades that tools of LTI 1.3 report: Assignment and Grade Services, limited to the tool that calls
//! and the course that its address names.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use super::{Client, service_address};
use crate::app::{App, BodyError, Form, Input, Page};
use crate::library::Opened;
use crate::lti::launch::Ags;
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, ToolId};
use crate::store::rows::people::Role;
use crate::store::trees::{Items, Members, Users};
use crate::store::{Error as StoreError, Store};
use crate::tools::gradebook::service::{BODY_LIMIT, Person, SCOPES, line_item_url, refusal};
use crate::tools::gradebook::{self, Gradebook, Operation, Owner, Rules, Service};
use crate::tools::launching::link_id;
use crate::tools::pseudonyms;

/// Entries of one page.
const PAGE: usize = 100;
/// The most that can be reached in an item, until its tool says otherwise.
const USUAL_MAXIMUM: f64 = 100.0;

/// What a launch says of grades: the line item of the item is there from then on.
pub(super) async fn claim(
    app: &App,
    client: &Client,
    member: &Member,
    opened: &Opened,
) -> Result<Option<Ags>, StoreError> {
    let Some(course) = member.session().course.filter(|_| client.tool.grades) else {
        return Ok(None);
    };
    let Some(address) = address(app, client.id, course) else {
        return Ok(None);
    };
    let tool = client.id;
    let book = Gradebook::new(app, Owner::Tool { tool, course });
    let link = link_id(opened.id(), Some(course));
    book.declare(opened.id().0, &opened.item().title, USUAL_MAXIMUM, link)
        .await?;
    Ok(Some(Ags {
        scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
        lineitem: Some(line_item_url(&address, opened.id().0)),
        lineitems: Some(address),
    }))
}

fn address(app: &App, tool: ToolId, course: CourseId) -> Option<url::Url> {
    let mut url = service_address(app, tool, "ags", course)?;
    url.path_segments_mut().ok()?.push("line-items");
    Some(url)
}

/// What we know of a tool's course beside its gradebook.
struct Course<'a> {
    store: &'a Store,
    tool: ToolId,
    id: CourseId,
}

/// Whether a tool was ever launched in the course of this gradebook.
fn is_served(book: &Gradebook<'_>) -> Result<bool, gradebook::Error> {
    let items = book.all()?;
    Ok(items.iter().any(|(_, row)| row.declared))
}

impl Rules for Course<'_> {
    fn has_link(&self, link: &str) -> Result<bool, StoreError> {
        let item = link.split('-').next().unwrap_or_default();
        let Ok(id) = item.parse::<ItemId>() else {
            return Ok(false);
        };
        let item = self.store.get::<Items>(&id)?;
        let own = item.is_some_and(|item| item.tool == Some(self.tool) && item.trashed.is_none());
        Ok(own && link == link_id(id, Some(self.id)))
    }

    fn person(&self, user: &str) -> Result<Person, StoreError> {
        let Some(user) = pseudonyms::person(self.store, self.tool, user)? else {
            return Ok(Person::Unknown);
        };
        let Some(member) = self.store.get::<Members>(&(self.id, user))? else {
            return Ok(Person::Unknown);
        };
        let user = self.store.get::<Users>(&user)?;
        Ok(match user {
            None => Person::Unknown,
            Some(user) if user.test_user || member.role != Role::Member => Person::Staff,
            Some(_) => Person::Learner,
        })
    }
}

/// Everything below `/tools/{tool}/ags/{course}`.
pub async fn ags(
    app: &App,
    input: &mut Input,
    tool: &str,
    course: &str,
    below: &[&str],
) -> Result<Page, Error> {
    let operation = match Operation::of(&input.method, below) {
        Ok(operation) => operation,
        Err(page) => return Ok(*page),
    };
    let caller = match operation.authorize(app, &header(&input.headers, &AUTHORIZATION)) {
        Ok(caller) => caller,
        Err(page) => return Ok(*page),
    };
    let client = Client::find(&app.store, caller.client_id())?;
    let Some(client) = client.filter(|client| client.tool.grades) else {
        let text = "this tool reports no grades here";
        return Ok(refusal(StatusCode::FORBIDDEN, "forbidden", text));
    };
    if let Err(wait) = app.tool_calls.take(client.id, app.world.now()) {
        return Ok(too_many(wait));
    }
    let course = course.parse().ok().map(|id| Course {
        store: &app.store,
        tool: client.id,
        id,
    });
    // Another tool's address is none of its own, and neither is a course where it is not used.
    let course = course.filter(|_| tool == client.registration.client_id);
    let Some(course) = course else {
        return Ok(nothing());
    };
    let owner = Owner::Tool {
        tool: client.id,
        course: course.id,
    };
    let book = Gradebook::new(app, owner);
    let (true, Some(address)) = (is_served(&book)?, address(app, client.id, course.id)) else {
        return Ok(nothing());
    };
    let (sent, wanted) = (
        header(&input.headers, &CONTENT_TYPE),
        header(&input.headers, &ACCEPT),
    );
    if let Err(page) = operation.negotiate(&sent, &wanted) {
        return Ok(*page);
    }
    let query = Form::parse(input.query.as_bytes());
    let body = if operation.has_body() {
        input.whole(BODY_LIMIT).await?
    } else {
        Vec::new()
    };
    let service = Service {
        book,
        address,
        rules: &course,
        page: PAGE,
    };
    Ok(service.perform(operation, &query, &body).await?)
}

/// Why there is no answer of the protocol's own.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The gradebook failed.
    #[error(transparent)]
    Gradebook(#[from] gradebook::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A header. What is sent twice is one list (RFC 9110, section 5.3), which where there is one value
/// only is none.
pub(super) fn header(headers: &HeaderMap, name: &http::HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    texts.join(", ")
}

pub(super) fn nothing() -> Page {
    refusal(StatusCode::NOT_FOUND, "not_found", "there is no such thing")
}

pub(super) fn too_many(wait: std::time::Duration) -> Page {
    let page = refusal(StatusCode::TOO_MANY_REQUESTS, "too_many", "too many calls");
    page.with(
        http::header::RETRY_AFTER,
        &wait.as_secs().max(1).to_string(),
    )
}
