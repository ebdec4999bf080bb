//! Launching a tool for somebody: what the launch says, in the shape that both versions share.

use std::collections::BTreeMap;

use url::Url;

use super::addresses::{self, BadAddress};
use super::basic::{self, Signed};
use super::consent;
use super::error::Error;
use super::pseudonyms;
use super::registered::{issuer, login};
use super::registry;
use super::sourced::Sourced;
use crate::app::{App, Page};
use crate::library::Opened;
use crate::lti::custom;
use crate::lti::launch::{
    self, Context, DocumentTarget, Launch, Lis, Message, Outcome, Person, Presentation,
    ResourceLink, Version,
};
use crate::lti::origin::origin_of;
use crate::lti::variables::{Besides, resolved};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, ToolId};
use crate::store::rows::people::{Course, Role, User};
use crate::store::rows::tools::{
    Personal, Tool, ToolLink, ToolPlace, ToolPresentation, ToolRegistration, ToolTrust,
};
use crate::store::trees::{Courses, ToolLinks, Users};
use crate::ui::Messages;

/// The product, as tools are told it.
const FAMILY: &str = "lanterna";
/// How high a frame is that nobody chose a height for, in pixels.
pub const USUAL_HEIGHT: u32 = 640;

/// A tool as an item launches it, where it may be launched at all.
#[derive(Debug, Clone)]
pub struct Launchable {
    /// The tool.
    pub id: ToolId,
    /// The item.
    pub item: ItemId,
    /// What is known of the tool.
    pub tool: Tool,
    /// What the item says besides.
    pub link: ToolLink,
    /// The origin that it is launched at.
    pub origin: String,
    url: Url,
}

impl Launchable {
    /// The tool of an item, or why it is not launched.
    pub fn of(app: &App, opened: &Opened) -> Result<Self, Error> {
        let (item, id) = (opened.id(), opened.item().tool.ok_or(Error::Gone)?);
        let tool = registry::find(&app.store, id)?.ok_or(Error::Gone)?;
        if tool.forbidden.is_some() {
            return Err(Error::Forbidden);
        }
        let link = app.store.get::<ToolLinks>(&item)?.unwrap_or_default();
        let address = link.launch_url.as_ref().unwrap_or(&tool.launch_url);
        let url = addresses::checked(app, tool.source, address)?;
        let origin = url.origin().ascii_serialization();
        let launchable = Self {
            id,
            item,
            tool,
            link,
            origin,
            url,
        };
        if launchable.presentation().hide_launch {
            return Err(Error::Hidden);
        }
        Ok(launchable)
    }

    /// A tool as somebody picks in it for a collection.
    pub(super) fn selecting(
        app: &App,
        id: ToolId,
        tool: &Tool,
        address: &str,
        collection: &Opened,
    ) -> Result<Self, Error> {
        let url = addresses::checked(app, tool.source, address)?;
        Ok(Self {
            id,
            item: collection.id(),
            origin: url.origin().ascii_serialization(),
            url,
            tool: tool.clone(),
            link: ToolLink::default(),
        })
    }

    /// Every origin that a launch leads through: by LTI 1.3 a login comes first.
    pub fn origins(&self) -> Vec<String> {
        let mut origins = vec![self.origin.clone()];
        if let ToolTrust::Registered(registration) = &self.tool.trust {
            let addresses = std::iter::once(&registration.login_url);
            let addresses = addresses.chain(&registration.redirect_uris);
            origins.extend(addresses.filter_map(|address| origin_of(address)));
            origins.sort();
            origins.dedup();
        }
        origins
    }

    /// How it is shown.
    pub fn presentation(&self) -> &ToolPresentation {
        let own = self.link.presentation.as_ref();
        own.unwrap_or(&self.tool.presentation)
    }

    /// How high its frame is, in pixels.
    pub fn height(&self) -> u32 {
        self.presentation().height.unwrap_or(USUAL_HEIGHT)
    }

    /// Where it is launched.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// What its launches say besides: the item's own parameters, and those of the tool, which count
    /// where both have one.
    fn custom(&self) -> impl Iterator<Item = &(String, String)> {
        self.link.custom.iter().chain(&self.tool.custom)
    }
}

/// Somebody who launches.
struct Somebody<'a> {
    member: &'a Member,
    user: User,
    course: Option<Course>,
    released: Personal,
}

/// The launch of `launchable` for `member`, in the shape that both versions share. Where results of
/// LTI 1.1 go is in it, for those who have results.
pub async fn prepare(
    app: &App,
    member: &Member,
    opened: &Opened,
    launchable: &Launchable,
    version: Version,
) -> Result<Launch, Error> {
    let (store, session) = (&app.store, member.session());
    let somebody = Somebody {
        member,
        user: store.get::<Users>(&session.user)?.ok_or(Error::Gone)?,
        course: match &session.course {
            Some(course) => store.get::<Courses>(course)?,
            None => None,
        },
        released: consent::released(store, session.user, launchable)?,
    };
    let subject = pseudonyms::of(store, &app.world, launchable.id, session.user).await?;
    let mut launch = Launch {
        version,
        message: Message::Resource,
        deployment: String::new(),
        subject: Some(subject),
        person: person(&somebody),
        roles: roles(member, version),
        mentored: Vec::new(),
        context: somebody
            .course
            .as_ref()
            .map(|course| context(member, course)),
        resource_link: Some(ResourceLink {
            id: link_id(launchable.item, session.course),
            title: Some(opened.item().title.clone()),
            description: Some(opened.item().description.clone()).filter(|text| !text.is_empty()),
        }),
        target_link_uri: Some(launchable.url.clone()),
        platform: platform(app),
        presentation: presentation(app, member, launchable),
        custom: BTreeMap::new(),
        lis: Lis {
            person: somebody.username().map(str::to_owned),
            ..Lis::default()
        },
        ags: None,
        nrps: None,
        outcome: outcome(app, &somebody, launchable),
        migration: None,
    };
    let besides = Besides {
        username: somebody.username(),
        ..Besides::default()
    };
    launch.custom = parameters(launchable, &launch, &besides);
    Ok(launch)
}

impl Somebody<'_> {
    /// By what name the LMS knows the person, where the tool is told.
    fn username(&self) -> Option<&str> {
        let told = self.released.username.then_some(self.user.subject.as_str());
        told.filter(|name| !name.is_empty())
    }

    /// Whether the tool may report a result of theirs: learners have some, in a course.
    fn has_results(&self) -> bool {
        let session = self.member.session();
        session.course.is_some() && session.role == Role::Member && !self.user.test_user
    }
}

fn person(somebody: &Somebody<'_>) -> Person {
    let (user, released) = (&somebody.user, somebody.released);
    let named = |name: &Option<String>| name.clone().filter(|_| released.name);
    Person {
        name: named(&user.name),
        given_name: named(&user.given_name),
        family_name: named(&user.family_name),
        email: user.email.clone().filter(|_| released.email),
        ..Person::default()
    }
}

/// The roles of this launch, never more than it gave. Without a course nobody has rights in one.
fn roles(member: &Member, version: Version) -> Vec<String> {
    let session = member.session();
    let (of_old, now) = match (session.role, session.sees_learners) {
        (Role::Manager, _) => ("Instructor", "membership#Instructor"),
        (Role::Contributor, true) => (
            "urn:lti:role:ims/lis/TeachingAssistant",
            "membership/Instructor#TeachingAssistant",
        ),
        (Role::Contributor, false) => ("ContentDeveloper", "membership#ContentDeveloper"),
        (Role::Member, _) => ("Learner", "membership#Learner"),
    };
    match version {
        Version::V1p1 => vec![of_old.to_owned()],
        Version::V1p3 => vec![format!("http://purl.imsglobal.org/vocab/lis/v2/{now}")],
    }
}

/// Our own id of the course: those of different platforms may be alike.
fn context(member: &Member, course: &Course) -> Context {
    let id = member.session().course.map(|id| id.to_string());
    Context {
        id: id.unwrap_or_default(),
        types: if course.types.is_empty() {
            vec!["CourseSection".to_owned()]
        } else {
            course.types.clone()
        },
        label: course.label.clone(),
        title: course.title.clone(),
    }
}

/// The same item in another course is another link.
pub fn link_id(item: ItemId, course: Option<CourseId>) -> String {
    course.map_or_else(|| item.to_string(), |course| format!("{item}-{course}"))
}

fn platform(app: &App) -> launch::Platform {
    let public = app.public();
    launch::Platform {
        guid: Some(format!("{}{}", public.host_header(), public.base_path())),
        family: Some(FAMILY.to_owned()),
        version: Some(
            concat!(
                env!("CARGO_PKG_VERSION_MAJOR"),
                ".",
                env!("CARGO_PKG_VERSION_MINOR")
            )
            .to_owned(),
        ),
        name: Some(Messages::default().text("brand").into_owned()),
        url: Url::parse(&public.join("/")).ok(),
        ..launch::Platform::default()
    }
}

fn presentation(app: &App, member: &Member, launchable: &Launchable) -> Presentation {
    let framed = launchable.presentation().place == ToolPlace::Frame;
    let back = app
        .public()
        .join(&format!("/tools/{}/return", launchable.id));
    Presentation {
        target: Some(if framed {
            DocumentTarget::Iframe
        } else {
            DocumentTarget::Window
        }),
        return_url: Url::parse(&back).ok(),
        locale: member.session().locale.clone(),
        width: None,
        height: framed.then(|| launchable.height()),
    }
}

/// Where a result of LTI 1.1 goes.
fn outcome(app: &App, somebody: &Somebody<'_>, launchable: &Launchable) -> Option<Outcome> {
    let session = somebody.member.session();
    if !launchable.tool.grades || !somebody.has_results() {
        return None;
    }
    let sourced = Sourced {
        tool: launchable.id,
        course: session.course.unwrap_or(CourseId(0)),
        line: launchable.item.0,
        user: session.user,
    };
    let url = outcomes_address(app, launchable.id);
    Url::parse(&url).ok().map(|url| Outcome {
        url,
        sourcedid: sourced.seal(app.keys.seal()),
    })
}

/// Where a tool sends Basic Outcomes.
pub fn outcomes_address(app: &App, tool: ToolId) -> String {
    app.public().join(&format!("/tools/{tool}/outcomes"))
}

/// Where a tool sends a result of the LTI 2.0 service.
pub fn result_address(app: &App, tool: ToolId, sourcedid: &str) -> String {
    app.public()
        .join(&format!("/tools/{tool}/results/{sourcedid}"))
}

/// The custom parameters with what is put for their variables; by LTI 1.1 under both spellings.
fn parameters(
    launchable: &Launchable,
    launch: &Launch,
    besides: &Besides<'_>,
) -> BTreeMap<String, String> {
    let mut put = BTreeMap::new();
    let of_old = launch.version == Version::V1p1;
    for (name, value) in launchable.custom() {
        let value = resolved(value, launch, besides);
        if of_old {
            for name in custom::names(name) {
                put.insert(name, value.clone());
            }
        } else {
            put.insert(name.clone(), value);
        }
    }
    put
}

/// The page that launches a tool; `window`: by a press, into a window of its own.
pub async fn page(
    app: &App,
    member: &Member,
    opened: &Opened,
    launchable: &Launchable,
    window: bool,
) -> Result<Page, Error> {
    let page = match &launchable.tool.trust {
        ToolTrust::Passport(_) => {
            let signed = signed(app, member, opened, launchable).await?;
            if window {
                signed.posting_in_window(app)
            } else {
                signed.posting(app)
            }
        }
        ToolTrust::Registered(_) => login::page(app, member, launchable, window)?,
    };
    Ok(page
        .leads_beyond()
        .framed_by(member.session().frame_origins.clone()))
}

/// The signed form that launches a tool of LTI 1.1.
async fn signed(
    app: &App,
    member: &Member,
    opened: &Opened,
    launchable: &Launchable,
) -> Result<Signed, Error> {
    let (key, secret) = registry::secret(app, &launchable.tool).ok_or(Error::NoSecret)?;
    let launch = prepare(app, member, opened, launchable, Version::V1p1).await?;
    let tool = basic::Tool {
        address: launchable.url.as_str(),
        key,
        secret,
    };
    // Where the result service of LTI 2.0 has the same result.
    let result = launch.outcome.as_ref().map(|outcome| {
        let address = result_address(app, launchable.id, &outcome.sourcedid);
        ("lis_result_url".to_owned(), address)
    });
    let signed = basic::launch_with(app, &tool, &launch, result);
    Ok(signed.ok_or(BadAddress::NotWeb)?)
}

/// What a tool of LTI 1.3 must be told about us: names, the last parts of messages', and values.
pub fn platform_values(app: &App, registration: &ToolRegistration) -> Vec<(&'static str, String)> {
    let at = |path: &str| app.public().join(path);
    vec![
        ("issuer", issuer(app)),
        ("client", registration.client_id.clone()),
        ("deployment", registration.deployment.clone()),
        ("auth", at("/tools/auth")),
        ("token", at("/tools/token")),
        ("keys", at("/tools/jwks")),
    ]
}
