//! The roster that a tool of LTI 1.3 may read: the people of a course whom it has met, by the names
//! under which it knows them. What people agreed to tell it comes with their launches.

use http::StatusCode;
use http::header::{AUTHORIZATION, LINK, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::grades::{Error, header, nothing, too_many};
use super::{Client, service_address};
use crate::app::{App, Form, Input, Page};
use crate::lti::launch::Nrps;
use crate::lti::nrps::{MEDIA_TYPE, SCOPE, next_header};
use crate::people::Member;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::people::Role;
use crate::store::trees::{Courses, Members, PseudonymOf};
use crate::tools::gradebook::service::refusal;
use crate::tools::pseudonyms;
use crate::tools::tokens::ToolCaller;

/// People of a course that are looked at for one page.
const STEP: usize = 200;

/// What a launch says of the roster.
pub(super) fn claim(app: &App, client: &Client, member: &Member) -> Option<Nrps> {
    let course = member.session().course?;
    Some(Nrps {
        url: service_address(app, client.id, "memberships", course)?,
        versions: vec!["2.0".to_owned()],
    })
}

/// `GET /tools/{tool}/memberships/{course}`
pub fn memberships(app: &App, input: &Input, tool: &str, course: &str) -> Result<Page, Error> {
    let (seal, now) = (app.keys.seal(), app.world.now());
    let authorization = header(&input.headers, &AUTHORIZATION);
    let Some(caller) = ToolCaller::by_header(seal, now, &authorization, SCOPE) else {
        let page = refusal(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "no token of ours",
        );
        return Ok(page.with(WWW_AUTHENTICATE, "Bearer"));
    };
    let client = Client::find(&app.store, caller.client_id())?;
    let client = client.filter(|client| client.registration.client_id == tool);
    let (Some(client), Ok(id)) = (client, course.parse::<CourseId>()) else {
        return Ok(nothing());
    };
    if let Err(wait) = app.tool_calls.take(client.id, now) {
        return Ok(too_many(wait));
    }
    let query = Form::parse(input.query.as_bytes());
    let after = match query.get("after") {
        None => None,
        Some(name) => match pseudonyms::person(&app.store, client.id, name)? {
            Some(user) => Some(user),
            None => return Ok(nothing()),
        },
    };
    page_of(app, &client, id, after, &query)
}

/// One page. Who is not known to the tool is left out, so that a page may be short, or empty.
fn page_of(
    app: &App,
    client: &Client,
    id: CourseId,
    after: Option<UserId>,
    query: &Form,
) -> Result<Page, Error> {
    let Some(course) = app.store.get::<Courses>(&id)? else {
        return Ok(nothing());
    };
    let Some(address) = service_address(app, client.id, "memberships", id) else {
        return Ok(nothing());
    };
    let (mut members, mut last, mut more) = (Vec::new(), after.map(|user| (id, user)), true);
    while more && members.is_empty() {
        let page = app.store.page::<Members>(&(id,), last.as_ref(), STEP)?;
        more = page.len() == STEP;
        for (key, row) in page {
            last = Some(key);
            let known = app.store.get::<PseudonymOf>(&(client.id, key.1))?;
            members.extend(known.map(|known| (known.id, row.role)));
        }
    }
    if members.is_empty() && after.is_none() {
        // Where it has met nobody, it is not used.
        return Ok(nothing());
    }
    let role = query.get("role");
    let documents: Vec<Value> = members
        .iter()
        .filter(|(_, known)| role.is_none_or(|asked| is(*known, asked)))
        .map(|(user, role)| json!({ "user_id": user, "status": "Active", "roles": [full(*role)] }))
        .collect();
    let document = json!({
        "id": address.as_str(),
        "context": { "id": id.to_string(), "label": course.label, "title": course.title },
        "members": documents,
    });
    let page = Page::whole(MEDIA_TYPE, document.to_string());
    let Some((last, _)) = members.last().filter(|_| more) else {
        return Ok(page);
    };
    let mut next = address;
    next.query_pairs_mut().append_pair("after", last);
    if let Some(role) = role {
        next.query_pairs_mut().append_pair("role", role);
    }
    Ok(page.with(LINK, &next_header(&next)))
}

const fn name(role: Role) -> &'static str {
    match role {
        Role::Manager => "Instructor",
        Role::Contributor => "ContentDeveloper",
        Role::Member => "Learner",
    }
}

fn full(role: Role) -> String {
    format!(
        "http://purl.imsglobal.org/vocab/lis/v2/membership#{}",
        name(role)
    )
}

/// Whether a role is the one that is asked for, by its short name or its whole one.
fn is(role: Role, asked: &str) -> bool {
    asked == name(role) || asked == full(role)
}
