//! What a launch of the practice course says.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::visit::Visit;
use super::{address, courses};
use crate::app::App;
use crate::lti::launch::{
    Ags, Context, DocumentTarget, Launch, Lis, Message, Nrps, Outcome, Platform, Presentation,
    ResourceLink, Version,
};
use crate::store::rows::practice::{PracticeActivity, PracticeCourse};
use crate::tools::Place;
use crate::ui::Messages;
use crate::ui::layout::Role;

/// The client id of Lanterna here.
pub(super) const CLIENT_ID: &str = "lanterna";
/// The one deployment.
pub(super) const DEPLOYMENT: &str = "1";
/// The link to the media library that every course has.
pub(super) const LINK: &str = "media-library";
/// What a course is called for short.
const LABEL: &str = "LIGHT-1";
/// Custom parameters of Lanterna at the connections that are there from the start.
const CUSTOM: (&str, &str) = ("context_id_history", "$Context.id.history");

/// The parameter by which LTI 1.1 tells where the roster is.
const ROSTER: &str = "context_memberships_v2_url";

/// Everything that decides what a launch says.
pub(super) struct Scene<'a> {
    pub(super) visit: Visit,
    pub(super) course: &'a PracticeCourse,
    /// What is opened; `None` for the media library itself.
    pub(super) activity: Option<&'a PracticeActivity>,
    pub(super) place: Place,
    pub(super) message: Message,
    pub(super) deployment: &'a str,
    /// Where the tool takes launches, unless the activity says otherwise.
    pub(super) target: &'a str,
    /// The person's page to come back to, below the practice course's address.
    pub(super) back: String,
    /// Custom parameters for all launches of this tool.
    pub(super) custom: &'a [(String, String)],
    /// Where grades go, by LTI 1.3.
    pub(super) ags: Option<Ags>,
    /// Where the one grade of the person goes, by LTI 1.1.
    pub(super) outcome: Option<Outcome>,
}

/// The custom parameters of Lanterna at the connections that are there from the start.
pub(super) fn usual_custom() -> Vec<(String, String)> {
    vec![(CUSTOM.0.to_owned(), CUSTOM.1.to_owned())]
}

/// The link id of the media library in a course: unique among all courses.
pub(super) fn library_link(course: u32) -> String {
    if course == courses::MAIN {
        LINK.to_owned()
    } else {
        format!("{LINK}-{course}")
    }
}

impl Scene<'_> {
    /// The launch by LTI 1.3.
    pub(super) fn launch(self, app: &App) -> Launch {
        let m = Messages::default();
        let person = self.visit.person;
        let link = self.resource_link(m);
        let custom = self.custom(link.as_ref());
        let url = self.activity.and_then(|activity| activity.url.as_deref());
        let query = format!("?course={}", self.visit.course);
        let roster = Url::parse(&address(app, &format!("/memberships{query}")));
        Launch {
            version: Version::V1p3,
            deployment: self.deployment.to_owned(),
            subject: Some(person.id.to_owned()),
            person: person.claims(m),
            roles: person.roles.iter().map(|role| (*role).to_owned()).collect(),
            mentored: Vec::new(),
            context: Some(Context {
                id: self.course.context.clone(),
                types: vec![
                    "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection".to_owned(),
                ],
                label: Some(LABEL.to_owned()),
                title: Some(courses::title(m, self.course)),
            }),
            resource_link: link,
            target_link_uri: Url::parse(url.unwrap_or(self.target)).ok(),
            platform: Platform {
                guid: Some("lanterna-practice".to_owned()),
                family: Some("lanterna-practice".to_owned()),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                name: Some(m.text("area-practice").into_owned()),
                url: Url::parse(&address(app, "/")).ok(),
                ..Platform::default()
            },
            presentation: Presentation {
                target: Some(match self.place {
                    Place::Frame => DocumentTarget::Iframe,
                    Place::Window => DocumentTarget::Window,
                }),
                return_url: Url::parse(&address(app, &self.back)).ok(),
                locale: Some(m.lang().to_owned()),
                width: None,
                height: None,
            },
            custom,
            lis: Lis::default(),
            ags: self.ags,
            nrps: roster.ok().map(|url| Nrps {
                url,
                versions: vec!["2.0".to_owned()],
            }),
            outcome: self.outcome,
            migration: None,
            message: self.message,
        }
    }

    /// The launch by LTI 1.1, which has no deployments, and where a parameter tells of the roster.
    pub(super) fn basic_launch(self, app: &App) -> Launch {
        let role = match self.visit.person.role {
            Role::Manager => "Instructor",
            _ => "Learner",
        };
        let mut launch = Launch {
            version: Version::V1p1,
            deployment: String::new(),
            roles: vec![role.to_owned()],
            ..self.launch(app)
        };
        if let Some(roster) = launch.nrps.take() {
            launch.custom.insert(ROSTER.to_owned(), roster.url.into());
        }
        launch
    }

    /// A selection opens no link.
    fn resource_link(&self, m: Messages) -> Option<ResourceLink> {
        if matches!(self.message, Message::DeepLinking(_)) {
            return None;
        }
        Some(match self.activity {
            Some(activity) => ResourceLink {
                id: activity.link.clone(),
                title: Some(activity.title.clone()),
                description: activity.text.clone(),
            },
            None => ResourceLink {
                id: library_link(self.visit.course),
                title: Some(m.text("practice-link-title").into_owned()),
                description: None,
            },
        })
    }

    /// The parameters of the activity, and over them those of the tool, with what is known of their
    /// variables filled in (LTI Core 1.3, section 5.4.6).
    fn custom(&self, link: Option<&ResourceLink>) -> BTreeMap<String, String> {
        let own = self.activity.map(|activity| activity.custom.as_slice());
        let all = own.unwrap_or_default().iter().chain(self.custom);
        all.map(|(name, value)| (name.clone(), self.filled_in(value, link)))
            .collect()
    }

    fn filled_in(&self, value: &str, link: Option<&ResourceLink>) -> String {
        let link = |of: fn(&ResourceLink) -> Option<&String>| link.and_then(of).cloned();
        let known = match value {
            "$Context.id" => Some(self.course.context.clone()),
            "$Context.id.history" => Some(history(self.course)),
            "$Context.title" => Some(courses::title(Messages::default(), self.course)),
            "$Context.label" => Some(LABEL.to_owned()),
            "$ResourceLink.id" => link(|link| Some(&link.id)),
            "$ResourceLink.title" => link(|link| link.title.as_ref()),
            "$User.id" => Some(self.visit.person.id.to_owned()),
            "$Person.name.full" => Some(self.visit.person.name.to_owned()),
            _ => None,
        };
        known.unwrap_or_else(|| value.to_owned())
    }
}

/// The contexts that a course was copied from, closest first (appendix B.6.2.3: separated by commas,
/// each percent-encoded).
fn history(course: &PracticeCourse) -> String {
    let encoded = |context: &String| utf8_percent_encode(context, NON_ALPHANUMERIC).to_string();
    let encoded: Vec<String> = course.history.iter().map(encoded).collect();
    encoded.join(",")
}
