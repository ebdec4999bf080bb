//! Roles: from the many ways of writing one to what a person is in a course.
//!
//! A role is classified by its principal (the last segment of the path), never by its fragment
//! alone: `membership/Learner#Instructor` is a learner. Letters count without their case.

/// What a person is in a course, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CourseRole {
    /// A learner, or somebody whose roles say nothing.
    #[default]
    Member,
    /// A content developer or a teaching assistant.
    Contributor,
    /// An instructor or an administrator of the course.
    Manager,
}

impl CourseRole {
    /// Its name in files and forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Contributor => "contributor",
            Self::Manager => "manager",
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Member, Self::Contributor, Self::Manager];
        all.into_iter().find(|role| role.name() == name)
    }
}

/// What a person's roles amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own; together they are no state.
pub struct Standing {
    /// In the course.
    pub role: CourseRole,
    /// Whether learners' data may be seen: a content developer's work doesn't need it.
    pub sees_learners: bool,
    /// An administrator of the institution or the platform. Gives no rights in a course.
    pub institution_admin: bool,
    /// A teacher's student preview, to be kept out of rosters, statistics and grades.
    pub test_user: bool,
    /// A mentor in the course.
    pub mentor: bool,
}

impl Standing {
    /// What these roles amount to. Unknown ones count for nothing.
    pub fn of<R: AsRef<str>>(roles: impl IntoIterator<Item = R>) -> Self {
        let roles: Vec<Role> = roles
            .into_iter()
            .filter_map(|role| Role::parse(role.as_ref()))
            .collect();
        let in_course = |principal| roles.iter().any(|role| role.is(Scope::Course, principal));
        // Platforms send an assistant's role together with the instructor's: it is looked for
        // first, so that it limits.
        let assistant = roles.iter().any(Role::is_teaching_assistant);
        let manager = !assistant && (in_course("instructor") || in_course("administrator"));
        let role = if manager {
            CourseRole::Manager
        } else if assistant || in_course("contentdeveloper") {
            CourseRole::Contributor
        } else {
            CourseRole::Member
        };
        Self {
            role,
            sees_learners: manager || assistant,
            institution_admin: roles.iter().any(Role::is_institution_admin),
            test_user: roles.iter().any(|role| role.is(Scope::System, "testuser")),
            mentor: in_course("mentor"),
        }
    }
}

/// Roles that count as something else than they usually do, as an administrator decided for one
/// connection. A role is compared as it is written, without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides(Vec<(String, CourseRole)>);

impl Overrides {
    /// From roles and what they count as. Of one that comes twice, the first counts.
    pub fn new(pairs: impl IntoIterator<Item = (String, CourseRole)>) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(role, counts)| (written(&role), counts))
                .collect(),
        )
    }

    fn of(&self, role: &str) -> Option<CourseRole> {
        let role = written(role);
        let found = self.0.iter().find(|(known, _)| *known == role);
        found.map(|(_, counts)| *counts)
    }

    /// What these roles amount to: each that is overridden counts as that and as nothing else, the
    /// others as usual, and the greatest of all counts.
    pub fn standing<R: AsRef<str>>(&self, roles: &[R]) -> Standing {
        let usual = roles.iter().filter(|role| self.of(role.as_ref()).is_none());
        let usual = Standing::of(usual);
        let overridden = roles.iter().filter_map(|role| self.of(role.as_ref())).max();
        let role = usual.role.max(overridden.unwrap_or_default());
        Standing {
            role,
            sees_learners: usual.sees_learners || role == CourseRole::Manager,
            ..Standing::of(roles)
        }
    }
}

fn written(role: &str) -> String {
    role.trim().to_lowercase()
}

/// Whether this is a role of the whole institution or platform, which counts for nothing in a
/// course unless it is overridden.
pub fn is_beyond_courses(role: &str) -> bool {
    Role::parse(role).is_some_and(|role| role.scope != Scope::Course)
}

/// Where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Course,
    Institution,
    System,
}

/// One role, in lower case.
#[derive(Debug, PartialEq, Eq)]
struct Role {
    scope: Scope,
    principal: String,
    sub: Option<String>,
}

impl Role {
    /// Reads a role in any of its forms: a URI of LTI 1.3, a URN of LTI 1.1, or a short name,
    /// which is a role in the course.
    fn parse(role: &str) -> Option<Self> {
        let role = role.trim().to_ascii_lowercase();
        uri(&role).or_else(|| urn(&role)).or_else(|| short(&role))
    }

    fn new(scope: Scope, principal: &str, sub: Option<&str>) -> Self {
        Self {
            scope,
            principal: principal.to_owned(),
            sub: sub.map(str::to_owned),
        }
    }

    fn is(&self, scope: Scope, principal: &str) -> bool {
        self.scope == scope && self.principal == principal
    }

    /// A sub-role of the instructor in LTI 1.3, a principal of its own in LTI 1.1.
    fn is_teaching_assistant(&self) -> bool {
        let sub = self.sub.as_deref().unwrap_or_default();
        self.is(Scope::Course, "teachingassistant")
            || (self.is(Scope::Course, "instructor") && sub.starts_with("teachingassistant"))
    }

    fn is_institution_admin(&self) -> bool {
        let names = ["administrator", "accountadmin", "sysadmin"];
        self.scope != Scope::Course && names.contains(&self.principal.as_str())
    }
}

/// `http://purl.imsglobal.org/vocab/lis/v2/…` (Core 1.3, appendix A.2); `lti` instead of `lis/v2`
/// for the test user.
fn uri(role: &str) -> Option<Role> {
    let address = role
        .strip_prefix("http://")
        .or_else(|| role.strip_prefix("https://"))?;
    let vocabulary = address.strip_prefix("purl.imsglobal.org/vocab/")?;
    let path = vocabulary
        .strip_prefix("lis/v2/")
        .or_else(|| vocabulary.strip_prefix("lti/"))?;
    let (path, fragment) = path.split_once('#')?;
    match path {
        "membership" => Some(Role::new(Scope::Course, fragment, None)),
        // The form of LTI 2, deprecated.
        "person" | "institution/person" => Some(Role::new(Scope::Institution, fragment, None)),
        "system/person" => Some(Role::new(Scope::System, fragment, None)),
        _ => {
            let principal = path.strip_prefix("membership/")?;
            Some(Role::new(Scope::Course, principal, Some(fragment)))
        }
    }
}

/// `urn:lti:role:ims/lis/Principal[/Sub]` (LTI 1.1, appendix A).
fn urn(role: &str) -> Option<Role> {
    let (scope, name) = role.strip_prefix("urn:lti:")?.split_once(":ims/lis/")?;
    let scope = match scope {
        "role" => Scope::Course,
        "instrole" => Scope::Institution,
        "sysrole" => Scope::System,
        _ => return None,
    };
    Some(slashed(scope, name))
}

/// `Principal[/Sub]`.
fn short(name: &str) -> Option<Role> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '/');
    plain.then(|| slashed(Scope::Course, name))
}

fn slashed(scope: Scope, name: &str) -> Role {
    match name.split_once('/') {
        Some((principal, sub)) => Role::new(scope, principal, Some(sub)),
        None => Role::new(scope, name, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COURSE: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
    const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
    const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#";
    const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

    fn course(name: &str) -> String {
        format!("{COURSE}{name}")
    }

    fn standing(roles: &[&str]) -> Standing {
        Standing::of(roles)
    }

    #[test]
    fn one_role_of_the_course() {
        use CourseRole::{Contributor, Manager, Member};
        // (role, what it is in the course, whether it sees learners' data)
        let table = [
            ("#Administrator", Manager, true),
            ("#Instructor", Manager, true),
            ("#ContentDeveloper", Contributor, false),
            ("#Learner", Member, false),
            ("#Mentor", Member, false),
            ("#Manager", Member, false),
            ("#Member", Member, false),
            ("#Officer", Member, false),
            ("/Administrator#Support", Manager, true),
            ("/Instructor#GuestInstructor", Manager, true),
            ("/Instructor#Grader", Manager, true),
            ("/Instructor#TeachingAssistant", Contributor, true),
            ("/Instructor#TeachingAssistantSection", Contributor, true),
            ("/instructor#teachingassistant", Contributor, true),
            ("#TeachingAssistant", Contributor, true),
            ("/ContentDeveloper#Librarian", Contributor, false),
            ("/Learner#GuestLearner", Member, false),
            ("/Learner#Instructor", Member, false),
            ("/Learner#TeachingAssistant", Member, false),
            ("/Mentor#Auditor", Member, false),
            ("/Member#Instructor", Member, false),
            ("/#Instructor", Member, false),
            ("/Instructor/x#y", Member, false),
            ("#Instructor#Learner", Member, false),
            ("#", Member, false),
            ("", Member, false),
        ];
        for (name, role, sees_learners) in table {
            let standing = standing(&[&course(name)]);
            assert_eq!(standing.role, role, "{name}");
            assert_eq!(standing.sees_learners, sees_learners, "{name}");
        }
    }

    #[test]
    fn other_ways_of_writing_a_role() {
        use CourseRole::{Contributor, Manager, Member};
        let table = [
            ("Instructor", Manager),
            ("instructor", Manager),
            (" Instructor ", Manager),
            ("Administrator", Manager),
            ("ContentDeveloper", Contributor),
            ("TeachingAssistant", Contributor),
            ("TeachingAssistant/TeachingAssistantSection", Contributor),
            ("Learner", Member),
            ("Student", Member),
            ("Learner/Instructor", Member),
            ("urn:lti:role:ims/lis/Instructor", Manager),
            ("urn:lti:role:ims/lis/Instructor/PrimaryInstructor", Manager),
            ("URN:LTI:ROLE:IMS/LIS/INSTRUCTOR", Manager),
            ("urn:lti:role:ims/lis/Administrator/Support", Manager),
            ("urn:lti:role:ims/lis/ContentDeveloper", Contributor),
            ("urn:lti:role:ims/lis/TeachingAssistant", Contributor),
            ("urn:lti:role:ims/lis/TeachingAssistant/Grader", Contributor),
            ("urn:lti:role:ims/lis/Learner/Instructor", Member),
            ("urn:lti:instrole:ims/lis/Instructor", Member),
            ("urn:lti:instrole:ims/lis/Administrator", Member),
            ("urn:lti:sysrole:ims/lis/Administrator", Member),
            ("urn:lti:other:ims/lis/Instructor", Member),
            (
                "http://purl.imsglobal.org/vocab/lis/v2/person#Instructor",
                Member,
            ),
            (
                "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator",
                Member,
            ),
            (
                "http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper",
                Member,
            ),
            (
                "http://evil.example/vocab/lis/v2/membership#Instructor",
                Member,
            ),
            (
                "http://purl.imsglobal.org.evil.example/vocab/lis/v2/membership#Instructor",
                Member,
            ),
            (
                "https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
                Manager,
            ),
            ("Ｉnstructor", Member),
            ("", Member),
        ];
        for (name, role) in table {
            assert_eq!(standing(&[name]).role, role, "{name}");
        }
    }

    #[test]
    fn an_assistant_is_a_contributor_whatever_else_is_sent() {
        let assistant = course("/Instructor#TeachingAssistant");
        let instructor = course("#Instructor");
        for roles in [
            [assistant.as_str(), &instructor],
            [&instructor, &assistant],
            ["urn:lti:role:ims/lis/TeachingAssistant", "Instructor"],
            [&assistant, "ContentDeveloper"],
        ] {
            let standing = standing(&roles);
            assert_eq!(standing.role, CourseRole::Contributor, "{roles:?}");
            assert!(standing.sees_learners);
        }
    }

    #[test]
    fn several_roles_give_the_most_of_them() {
        let developer = course("#ContentDeveloper");
        let both = standing(&[&developer, &course("#Instructor")]);
        assert_eq!((both.role, both.sees_learners), (CourseRole::Manager, true));
        let teacher = standing(&["Instructor", &format!("{INSTITUTION}Staff")]);
        assert_eq!(teacher.role, CourseRole::Manager);
    }

    #[test]
    fn institution_and_system_roles_give_nothing_in_a_course() {
        for name in ["Administrator", "Instructor", "Faculty", "Staff", "Mentor"] {
            for scope in [INSTITUTION, SYSTEM] {
                let standing = standing(&[&format!("{scope}{name}")]);
                assert_eq!(standing.role, CourseRole::Member, "{scope}{name}");
                assert!(!standing.sees_learners && !standing.mentor);
            }
        }
    }

    #[test]
    fn markers() {
        for admin in [
            format!("{INSTITUTION}Administrator"),
            format!("{SYSTEM}SysAdmin"),
            format!("{SYSTEM}AccountAdmin"),
            "urn:lti:sysrole:ims/lis/SysAdmin".to_owned(),
            "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator".to_owned(),
        ] {
            assert!(standing(&[&admin]).institution_admin, "{admin}");
        }
        assert!(!standing(&["Administrator"]).institution_admin);
        assert!(!standing(&[&format!("{INSTITUTION}Staff")]).institution_admin);

        assert!(standing(&["Learner", TEST_USER]).test_user);
        assert!(!standing(&["Learner", "TestUser"]).test_user);

        assert!(standing(&[&course("#Mentor")]).mentor);
        assert!(standing(&["urn:lti:role:ims/lis/Mentor/Auditor"]).mentor);
        assert!(!standing(&["Learner"]).mentor);
    }

    #[test]
    fn no_roles_are_least_privilege() {
        assert_eq!(standing(&[]), Standing::default());
        assert_eq!(standing(&[""]), Standing::default());
    }

    #[test]
    fn an_overridden_role_counts_as_that_alone() {
        use CourseRole::{Contributor, Manager, Member};
        let grader = course("/Instructor#Grader");
        let staff = format!("{INSTITUTION}Staff");
        let assistant = course("/Instructor#TeachingAssistant");
        let overrides = Overrides::new([
            (grader.to_uppercase(), Member),
            (staff.clone(), Contributor),
            ("Helper".to_owned(), Manager),
            (assistant.clone(), Manager),
            ("Learner".to_owned(), Member),
        ]);
        let standing = |roles: &[&str]| overrides.standing(roles);
        for (roles, role, sees_learners) in [
            (vec![grader.as_str()], Member, false),
            (vec![&grader, "Instructor"], Manager, true),
            (vec![&staff], Contributor, false),
            (vec![" helper "], Manager, true),
            (vec!["Helper/Sub"], Member, false),
            (vec![&assistant, "Instructor"], Manager, true),
            (vec!["ContentDeveloper", "Learner"], Contributor, false),
            (vec!["Instructor"], Manager, true),
            (vec![], Member, false),
        ] {
            let standing = standing(&roles);
            assert_eq!(
                (standing.role, standing.sees_learners),
                (role, sees_learners),
                "{roles:?}"
            );
        }
        let test_user = overrides.standing(&[TEST_USER, &staff]);
        assert!(test_user.test_user);
    }

    #[test]
    fn roles_beyond_courses_are_told_apart() {
        for role in [
            format!("{INSTITUTION}Administrator"),
            format!("{SYSTEM}User"),
            "urn:lti:instrole:ims/lis/Staff".to_owned(),
            "urn:lti:sysrole:ims/lis/SysAdmin".to_owned(),
        ] {
            assert!(is_beyond_courses(&role), "{role}");
        }
        for role in ["Instructor", "urn:lti:role:ims/lis/Learner", "x y", ""] {
            assert!(!is_beyond_courses(role), "{role}");
        }
    }

    proptest! {
        #[test]
        fn without_overrides_nothing_changes(roles in proptest::collection::vec("\\PC{0,60}", 0..6)) {
            prop_assert_eq!(Overrides::default().standing(&roles), Standing::of(&roles));
        }

        #[test]
        fn never_panics(roles in proptest::collection::vec("\\PC{0,80}", 0..8)) {
            let _ = Standing::of(&roles);
        }

        #[test]
        fn order_does_not_matter(roles in proptest::collection::vec(
            proptest::sample::select(vec![
                "Instructor", "Learner", "ContentDeveloper", "Mentor", "Administrator",
                "TeachingAssistant", "x", "urn:lti:instrole:ims/lis/Administrator",
            ]), 0..6)) {
            let reversed: Vec<_> = roles.iter().rev().copied().collect();
            prop_assert_eq!(Standing::of(&roles), Standing::of(&reversed));
        }
    }
}
