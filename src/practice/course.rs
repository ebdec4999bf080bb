//! Who and what is in the course. All of it is made up.

use std::collections::BTreeMap;

use url::Url;

use crate::lti::launch::{
    Context, DocumentTarget, Launch, Lis, Message, Person as Claims, Platform, Presentation,
    ResourceLink, Version,
};
use crate::tools::Place;
use crate::ui::Messages;
use crate::ui::layout::Role;

/// The client id of Lanterna here.
pub(super) const CLIENT_ID: &str = "lanterna";
/// The one deployment.
pub(super) const DEPLOYMENT: &str = "1";
/// The one link to Lanterna.
pub(super) const LINK: &str = "media-library";
/// The course.
const COURSE: &str = "discovering-light";
const LABEL: &str = "LIGHT-1";

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";

/// Somebody in the course.
#[derive(Debug)]
pub(super) struct Person {
    /// In addresses, and the subject of tokens.
    pub(super) id: &'static str,
    /// Their whole name.
    pub(super) name: &'static str,
    /// As the class calls them.
    pub(super) called: &'static str,
    given: &'static str,
    family: &'static str,
    /// What they are in the course.
    pub(super) role: Role,
    /// The message that says who they are.
    pub(super) about: &'static str,
}

/// Everybody in the course.
pub(super) const PEOPLE: [Person; 3] = [
    Person {
        id: "amara",
        name: "Amara Okafor",
        called: "Ms Okafor",
        given: "Amara",
        family: "Okafor",
        role: Role::Manager,
        about: "practice-about-teacher",
    },
    Person {
        id: "linh",
        name: "Linh Tran",
        called: "Linh",
        given: "Linh",
        family: "Tran",
        role: Role::Member,
        about: "practice-about-student",
    },
    Person {
        id: "mateo",
        name: "Mateo Rivera",
        called: "Mateo",
        given: "Mateo",
        family: "Rivera",
        role: Role::Member,
        about: "practice-about-classmate",
    },
];

impl Person {
    /// Who has this id.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.id == id)
    }

    /// The first letters of both names, for the picture that nobody has.
    pub(super) fn initials(&self) -> String {
        [self.given, self.family]
            .iter()
            .filter_map(|name| name.chars().next())
            .collect()
    }

    /// The path of the course as this person sees it, below the practice course's.
    pub(super) fn course(&self, version: Version) -> String {
        format!("/course/{}{}", self.id, suffix(version))
    }

    fn claims(&self, m: Messages) -> Claims {
        Claims {
            name: Some(self.name.to_owned()),
            given_name: Some(self.given.to_owned()),
            family_name: Some(self.family.to_owned()),
            locale: Some(m.lang().to_owned()),
            ..Claims::default()
        }
    }

    fn roles(&self) -> Vec<String> {
        let role = match self.role {
            Role::Manager => INSTRUCTOR,
            _ => LEARNER,
        };
        vec![role.to_owned()]
    }
}

/// What the paths of LTI 1.1 end with.
pub(super) const fn suffix(version: Version) -> &'static str {
    match version {
        Version::V1p1 => "/1.1",
        Version::V1p3 => "",
    }
}

/// Addresses that a launch names.
pub(super) struct Addresses {
    /// Where it leads.
    pub(super) target: Option<Url>,
    /// The practice course.
    pub(super) platform: Option<Url>,
    /// The person's page of it.
    pub(super) back: Option<Url>,
}

/// What a launch of `person` says.
pub(super) fn launch(person: &Person, link: String, place: Place, addresses: Addresses) -> Launch {
    let m = Messages::default();
    Launch {
        version: Version::V1p3,
        message: Message::Resource,
        deployment: DEPLOYMENT.to_owned(),
        subject: Some(person.id.to_owned()),
        person: person.claims(m),
        roles: person.roles(),
        mentored: Vec::new(),
        context: Some(Context {
            id: COURSE.to_owned(),
            types: vec!["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection".to_owned()],
            label: Some(LABEL.to_owned()),
            title: Some(m.text("practice-course-title").into_owned()),
        }),
        resource_link: Some(ResourceLink {
            id: link,
            title: Some(m.text("practice-link-title").into_owned()),
            description: None,
        }),
        target_link_uri: addresses.target,
        platform: Platform {
            guid: Some("lanterna-practice".to_owned()),
            family: Some("lanterna-practice".to_owned()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            name: Some(m.text("area-practice").into_owned()),
            url: addresses.platform,
            ..Platform::default()
        },
        presentation: Presentation {
            target: Some(match place {
                Place::Frame => DocumentTarget::Iframe,
                Place::Window => DocumentTarget::Window,
            }),
            return_url: addresses.back,
            locale: Some(m.lang().to_owned()),
            width: None,
            height: None,
        },
        custom: BTreeMap::new(),
        lis: Lis::default(),
        ags: None,
        nrps: None,
        migration: None,
        outcome: None,
    }
}

/// What a launch of `person` says by LTI 1.1, where there are no deployments.
pub(super) fn basic_launch(person: &Person, place: Place, addresses: Addresses) -> Launch {
    let role = match person.role {
        Role::Manager => "Instructor",
        _ => "Learner",
    };
    Launch {
        version: Version::V1p1,
        deployment: String::new(),
        roles: vec![role.to_owned()],
        ..launch(person, LINK.to_owned(), place, addresses)
    }
}
