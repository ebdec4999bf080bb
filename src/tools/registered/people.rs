//! The roster that a tool of LTI 1.3 may read: the people of a course whom it has met, by the names
//! under which it knows them, and with what each of them agreed to tell it.

use http::StatusCode;
use http::header::{AUTHORIZATION, LINK, WWW_AUTHENTICATE};

use super::grades::{Error, header, nothing, too_many};
use super::{Client, service_address};
use crate::app::{App, Form, Input, Page};
use crate::lti::launch::{Context, Nrps, Person};
use crate::lti::nrps::{MEDIA_TYPE, Membership, SCOPE, Status, next_header, write};
use crate::lti::roles::Standing;
use crate::people::Member;
use crate::store::Error as StoreError;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::people::{self, Role};
use crate::store::trees::{Courses, Members, PseudonymOf, Users};
use crate::tools::gradebook::service::refusal;
use crate::tools::tokens::ToolCaller;
use crate::tools::{consent, pseudonyms};

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
            members.extend(known(app, client, key.1, &row)?);
        }
    }
    if members.is_empty() && after.is_none() {
        // Where it has met nobody, it is not used.
        return Ok(nothing());
    }
    let role = query.get("role");
    let asked = |member: &&Membership| role.is_none_or(|role| has(member, role));
    let wanted: Vec<Membership> = members.iter().filter(asked).cloned().collect();
    let context = Context {
        id: id.to_string(),
        types: Vec::new(),
        label: course.label,
        title: course.title,
    };
    let document = write(&address, &context, &wanted);
    let page = Page::whole(MEDIA_TYPE, document.to_string());
    let Some(last) = members.last().filter(|_| more) else {
        return Ok(page);
    };
    let mut next = address;
    next.query_pairs_mut().append_pair("after", &last.subject);
    if let Some(role) = role {
        next.query_pairs_mut().append_pair("role", role);
    }
    Ok(page.with(LINK, &next_header(&next)))
}

/// Somebody of the course as the tool knows them; `None`: it has not met them. Previews of what
/// students see are nobody.
fn known(
    app: &App,
    client: &Client,
    user: UserId,
    row: &people::Member,
) -> Result<Option<Membership>, StoreError> {
    let known = app.store.get::<PseudonymOf>(&(client.id, user))?;
    let (Some(known), Some(person)) = (known, app.store.get::<Users>(&user)?) else {
        return Ok(None);
    };
    if person.test_user {
        return Ok(None);
    }
    let told = consent::released_to(&app.store, user, client.id, &client.tool)?;
    let username = Some(person.subject).filter(|name| told.username && !name.is_empty());
    Ok(Some(Membership {
        subject: known.id,
        roles: vec![role(row).to_owned()],
        status: Status::Active,
        person: Person {
            name: person.name.filter(|_| told.name),
            given_name: person.given_name.filter(|_| told.name),
            family_name: person.family_name.filter(|_| told.name),
            email: person.email.filter(|_| told.email),
            ..Person::default()
        },
        lis_person: username,
        link: None,
    }))
}

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const ASSISTANT: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const DEVELOPER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";

/// The role in the course, as launches tell it.
fn role(row: &people::Member) -> &'static str {
    match row.role {
        Role::Manager => INSTRUCTOR,
        Role::Contributor if Standing::of(&row.roles).sees_learners => ASSISTANT,
        Role::Contributor => DEVELOPER,
        Role::Member => LEARNER,
    }
}

/// Whether somebody has the role that is asked for, by its short name or its whole one. An assistant
/// is an instructor of a kind.
fn has(member: &Membership, asked: &str) -> bool {
    member.roles.iter().any(|role| {
        let short = match role.as_str() {
            ASSISTANT => Some("Instructor"),
            other => other.split_once('#').map(|(_, name)| name),
        };
        role == asked || short == Some(asked)
    })
}
