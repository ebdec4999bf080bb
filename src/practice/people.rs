//! Everybody in the course. All of them are made up.

use crate::lti::launch::Person as Claims;
use crate::ui::Messages;
use crate::ui::layout::Role;

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
const ASSISTANT: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

/// Somebody in the course.
#[derive(Debug)]
pub(super) struct Person {
    /// In addresses, and the subject of tokens.
    pub(super) id: &'static str,
    /// Their whole name.
    pub(super) name: &'static str,
    /// As the class calls them.
    pub(super) called: &'static str,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    /// What they are in the course.
    pub(super) role: Role,
    /// The roles as LTI 1.3 calls them.
    pub(super) roles: &'static [&'static str],
    /// Whether they still come to the course.
    pub(super) active: bool,
    /// The message that says who they are, for those whom one may be.
    pub(super) about: Option<&'static str>,
}

/// The same for all who only stand in the roster.
const OTHERS: Person = Person {
    id: "",
    name: "",
    called: "",
    given: "",
    family: "",
    role: Role::Member,
    roles: &[LEARNER],
    active: true,
    about: None,
};

/// Everybody in the course; the first three are those whom one may be.
pub(super) const ROSTER: [Person; 8] = [
    Person {
        id: "amara",
        name: "Amara Okafor",
        called: "Ms Okafor",
        given: "Amara",
        family: "Okafor",
        role: Role::Manager,
        roles: &[INSTRUCTOR],
        about: Some("practice-about-teacher"),
        ..OTHERS
    },
    Person {
        id: "linh",
        name: "Linh Tran",
        called: "Linh",
        given: "Linh",
        family: "Tran",
        about: Some("practice-about-student"),
        ..OTHERS
    },
    Person {
        id: "mateo",
        name: "Mateo Rivera",
        called: "Mateo",
        given: "Mateo",
        family: "Rivera",
        about: Some("practice-about-classmate"),
        ..OTHERS
    },
    Person {
        id: "kwame",
        name: "Kwame Mensah",
        given: "Kwame",
        family: "Mensah",
        role: Role::Contributor,
        roles: &[ASSISTANT, INSTRUCTOR],
        ..OTHERS
    },
    Person {
        id: "sofia",
        name: "Sofia Rossi",
        given: "Sofia",
        family: "Rossi",
        ..OTHERS
    },
    Person {
        id: "yuki",
        name: "Yuki Tanaka",
        given: "Yuki",
        family: "Tanaka",
        ..OTHERS
    },
    Person {
        id: "erik",
        name: "Erik Lund",
        given: "Erik",
        family: "Lund",
        active: false,
        ..OTHERS
    },
    Person {
        id: "student-preview",
        name: "Student Preview",
        given: "Student",
        family: "Preview",
        roles: &[LEARNER, TEST_USER],
        ..OTHERS
    },
];

/// Those whom one may be.
pub(super) fn playable() -> impl Iterator<Item = &'static Person> {
    ROSTER.iter().filter(|person| person.about.is_some())
}

impl Person {
    /// Who of those whom one may be has this id.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        playable().find(|person| person.id == id)
    }

    /// The first letters of both names, for the picture that nobody has.
    pub(super) fn initials(&self) -> String {
        [self.given, self.family]
            .iter()
            .filter_map(|name| name.chars().next())
            .collect()
    }

    /// Whether they may change the course.
    pub(super) fn teaches(&self) -> bool {
        self.role == Role::Manager
    }

    /// Whether this is a teacher's look at what students see.
    pub(super) fn is_preview(&self) -> bool {
        self.roles.contains(&TEST_USER)
    }

    /// What a launch tells about them.
    pub(super) fn claims(&self, m: Messages) -> Claims {
        Claims {
            name: Some(self.name.to_owned()),
            given_name: Some(self.given.to_owned()),
            family_name: Some(self.family.to_owned()),
            locale: Some(m.lang().to_owned()),
            ..Claims::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_may_be_three_of_them() {
        let ids: Vec<&str> = playable().map(|person| person.id).collect();
        assert_eq!(ids, ["amara", "linh", "mateo"]);
        assert!(Person::find("erik").is_none());
        assert_eq!(ROSTER.iter().filter(|person| !person.active).count(), 1);
        assert_eq!(
            ROSTER.iter().filter(|person| person.is_preview()).count(),
            1
        );
    }
}
