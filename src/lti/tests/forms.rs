//! LTI 1.1 launches: signed forms, from the posted parameters to the launch.

use std::collections::BTreeMap;

use proptest::prelude::*;
use url::Url;

use crate::lti::basic::{Leaves, parameters, read};
use crate::lti::check::Checks;
use crate::lti::launch::{
    Context, DocumentTarget, Launch, Lis, Message, Outcome, Person, Platform, Presentation,
    ResourceLink, Version,
};
use crate::lti::oauth1::{Address, Method, Pair, Signer, Unverified};
use crate::lti::refusal::Refusal;
use crate::lti::roles::CourseRole;
use crate::world::Time;

const ADDRESS: &str = "https://media.example/lti/launch";

const ANONYMOUS: Leaves = Leaves {
    subject: true,
    link: false,
};
const ANYTHING: Leaves = Leaves {
    subject: true,
    link: true,
};

fn target() -> Url {
    Url::parse(ADDRESS).unwrap()
}

/// Signs a form, verifies it, and reads the launch.
fn launched(form: Vec<Pair>, leaves: Leaves) -> (Result<Launch, Refusal>, Checks) {
    let address = Address::parse(ADDRESS).unwrap();
    let signer = Signer {
        consumer_key: "school",
        secret: "secret",
        method: Method::HmacSha1,
        nonce: "n",
        at: Time::from_seconds(1_700_000_000),
    };
    let request = Unverified::parse(Vec::new(), signer.form(&address, form), None).unwrap();
    let verified = request.verify("POST", &address, "secret", false).unwrap();
    let mut checks = Checks::new();
    let launch = read(&verified, &target(), leaves, &mut checks);
    (launch, checks)
}

fn form(fields: &[(&str, &str)]) -> Vec<Pair> {
    let required = [
        ("lti_message_type", "basic-lti-launch-request"),
        ("lti_version", "LTI-1p0"),
        ("resource_link_id", "link-1"),
        ("user_id", "user-1"),
    ];
    let given = |name: &str| fields.iter().any(|(known, _)| *known == name);
    let pairs = required.iter().filter(|(name, _)| !given(name));
    let pairs = pairs.chain(fields).filter(|(_, value)| *value != "-");
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn taken(fields: &[(&str, &str)]) -> Launch {
    launched(form(fields), Leaves::default()).0.unwrap()
}

fn refused(fields: &[(&str, &str)]) -> (&'static str, Option<&'static str>) {
    let (launch, checks) = launched(form(fields), Leaves::default());
    let refusal = launch.unwrap_err();
    if let Some(last) = checks.as_slice().last().filter(|last| !last.passed) {
        assert_eq!(last.detail, Some(refusal.to_string()));
    }
    (refusal.code(), refusal.parameter())
}

#[test]
fn the_least_launch_opens_for_a_learner() {
    let launch = taken(&[]);
    assert_eq!(launch.version, Version::V1p1);
    assert_eq!(launch.message, Message::Resource);
    assert_eq!(launch.subject.as_deref(), Some("user-1"));
    assert_eq!((launch.deployment.as_str(), &launch.context), ("", &None));
    assert_eq!(launch.target_link_uri, Some(target()));
    assert_eq!(launch.standing().role, CourseRole::Member);
}

#[test]
fn what_is_missing_is_named() {
    for name in ["lti_message_type", "lti_version", "resource_link_id"] {
        for missing in ["-", ""] {
            let refused = refused(&[(name, missing)]);
            assert_eq!(refused, ("missing-parameter", Some(name)));
        }
    }
    assert_eq!(
        refused(&[("user_id", "-")]),
        ("missing-subject", Some("user_id"))
    );
    let (anonymous, _) = launched(form(&[("user_id", "-")]), ANONYMOUS);
    assert_eq!(anonymous.unwrap().subject, None);
}

#[test]
fn what_decides_is_read_strictly() {
    let long = "x".repeat(513);
    for (fields, code) in [
        ([("lti_version", "LTI-2p0")], "wrong-form-version"),
        ([("lti_version", "1.3.0")], "wrong-form-version"),
        (
            [("lti_message_type", "DashboardRequest")],
            "unknown-message-type",
        ),
        ([("user_id", "a\0b")], "invalid-claim"),
        ([("user_id", &long)], "parameter-too-long"),
        ([("resource_link_id", &long)], "parameter-too-long"),
        ([("context_id", &long)], "parameter-too-long"),
        (
            [("tool_consumer_instance_guid", &long)],
            "parameter-too-long",
        ),
    ] {
        assert_eq!(refused(&fields).0, code, "{fields:?}");
    }
    for name in [
        "user_id",
        "roles",
        "context_id",
        "resource_link_id",
        "lti_version",
    ] {
        let mut twice = form(&[(name, "a")]);
        twice.push((name.to_owned(), "b".to_owned()));
        let refusal = launched(twice, Leaves::default()).0.unwrap_err();
        let told = (refusal.code(), refusal.parameter());
        assert_eq!(told, ("repeated-parameter", Some(name)));
    }
}

#[test]
fn roles_come_as_short_names_and_as_urns() {
    use CourseRole::{Contributor, Manager, Member};
    for (roles, role) in [
        ("Instructor", Manager),
        (" Learner , instructor,", Manager),
        ("urn:lti:role:ims/lis/Instructor", Manager),
        ("urn:lti:role:ims/lis/Instructor/PrimaryInstructor", Manager),
        (
            "urn:lti:role:ims/lis/TeachingAssistant,Instructor",
            Contributor,
        ),
        ("urn:lti:role:ims/lis/TeachingAssistant/Grader", Contributor),
        ("ContentDeveloper", Contributor),
        ("urn:lti:instrole:ims/lis/Instructor", Member),
        ("urn:lti:sysrole:ims/lis/Administrator", Member),
        ("Learner,urn:lti:instrole:ims/lis/Student", Member),
        ("Whatever", Member),
        ("", Member),
    ] {
        let launch = taken(&[("roles", roles), ("context_id", "c")]);
        assert_eq!(launch.standing().role, role, "{roles}");
        let nowhere = taken(&[("roles", roles)]);
        assert_eq!(nowhere.standing().role, Member, "{roles} without a course");
    }
}

#[test]
fn what_informs_is_read_leniently() {
    let long = "ü".repeat(2000);
    let launch = taken(&[
        ("lis_person_name_given", " Åsa "),
        ("lis_person_name_full", ""),
        ("lis_person_name_family", &long),
        ("launch_presentation_return_url", "javascript:alert(1)"),
        ("launch_presentation_width", "60%"),
        ("launch_presentation_height", "600"),
        ("launch_presentation_document_target", "IFRAME"),
        ("tool_consumer_instance_url", "nowhere"),
        ("lis_result_sourcedid", "s"),
        ("lis_outcome_service_url", "ftp://lms.example/"),
        ("ext_user_username", "asa"),
        ("role_scope_mentor", "user-2"),
    ]);
    assert_eq!(launch.person.given_name.as_deref(), Some("Åsa"));
    assert_eq!(launch.person.name, None);
    let family = launch.person.family_name.unwrap();
    assert_eq!(family.chars().count(), 1000);
    let shown = &launch.presentation;
    assert_eq!((shown.width, shown.height), (None, Some(600)));
    assert_eq!(shown.target, Some(DocumentTarget::Iframe));
    assert_eq!((&shown.return_url, &launch.platform.url), (&None, &None));
    assert_eq!(launch.outcome, None);
    assert_eq!(launch.mentored, Vec::<String>::new(), "no mentor");
    assert!(launch.custom.is_empty());
}

#[test]
fn custom_parameters_are_found_in_either_spelling() {
    let launch = taken(&[
        ("custom_Media-Id", "as written"),
        ("custom_media_id", "as specified"),
        ("custom_PLACEMENT", "p"),
        ("custom_twice", "a"),
        ("custom_twice", "b"),
        ("custom_unresolved", "$Context.id.history"),
        ("customer", "no"),
    ]);
    let found = |name: &str| launch.custom(name);
    assert_eq!(found("Media-Id"), Some("as written"));
    assert_eq!(found("media_id"), Some("as specified"));
    assert_eq!(found("placement"), Some("p"));
    assert_eq!(found("twice"), None, "it says two things");
    assert_eq!(found("unresolved"), None);
    assert_eq!(found("er"), None);
}

#[test]
fn a_form_without_a_link_signs_in_where_that_is_offered() {
    let unlinked = |more: &[(&str, &str)]| {
        let fields = [&[("resource_link_id", "-"), ("context_id", "c")], more].concat();
        launched(form(&fields), ANYTHING).0
    };
    let roster = ("custom_context_memberships_v2_url", "https://lms.example/r");
    let outcome = ("lis_outcome_service_url", "https://lms.example/o");
    let sourced = ("lis_result_sourcedid", "s");
    let launch = unlinked(&[("roles", "Instructor"), roster, outcome, sourced]).unwrap();
    assert_eq!(launch.message, Message::SignIn);
    assert_eq!(
        launch.standing().role,
        CourseRole::Member,
        "nothing follows"
    );
    assert!(!launch.standing().sees_learners);
    assert_eq!((&launch.context, &launch.resource_link), (&None, &None));
    assert_eq!((&launch.nrps, &launch.outcome), (&None, &None));
    // Nobody in particular cannot be signed in, and what was placed is opened from its link.
    for (more, code) in [
        (("user_id", "-"), "missing-subject"),
        (("custom_placement", "p"), "missing-parameter"),
        (("custom_Placement", "p"), "missing-parameter"),
    ] {
        assert_eq!(unlinked(&[more]).unwrap_err().code(), code, "{more:?}");
    }
    // What is linked stays a launch.
    let linked = launched(form(&[("context_id", "c")]), ANYTHING).0.unwrap();
    assert_eq!(linked.message, Message::Resource);
    assert!(linked.context.is_some());
}

#[test]
fn people_are_told_of_in_either_spelling() {
    let plain = [
        ("full_name", "Full"),
        ("first_name", "First"),
        ("last_name", "Last"),
        ("email", "plain@example.com"),
        ("username", "user"),
    ];
    let person = taken(&plain).person;
    assert_eq!(person.name.as_deref(), Some("Full"));
    assert_eq!(person.given_name.as_deref(), Some("First"));
    assert_eq!(person.family_name.as_deref(), Some("Last"));
    assert_eq!(person.email.as_deref(), Some("plain@example.com"));
    // The names of LTI win.
    let both = [
        &plain[..],
        &[
            ("lis_person_name_full", "LIS Full"),
            ("lis_person_name_given", "LIS"),
            ("lis_person_name_family", "Full"),
            ("lis_person_contact_email_primary", "lis@example.com"),
        ],
    ]
    .concat();
    let person = taken(&both).person;
    assert_eq!(person.name.as_deref(), Some("LIS Full"));
    assert_eq!(person.given_name.as_deref(), Some("LIS"));
    assert_eq!(person.email.as_deref(), Some("lis@example.com"));
    // A name for signing in is one for people where no other is told.
    let called = |fields: &[(&str, &str)]| taken(fields).person.display_name();
    assert_eq!(
        called(&[("fullname", "One Word")]).as_deref(),
        Some("One Word")
    );
    assert_eq!(called(&plain[4..]).as_deref(), Some("user"));
    assert_eq!(called(&plain[1..]).as_deref(), Some("First Last"));
    assert_eq!(called(&[("username", " ")]), None);
}

/// Says everything that a launch can say.
fn full() -> Launch {
    let url = |path: &str| Url::parse("https://lms.example/").unwrap().join(path).ok();
    let some = |text: &str| Some(text.to_owned());
    Launch {
        version: Version::V1p1,
        message: Message::Resource,
        deployment: String::new(),
        subject: some("user-1"),
        person: Person {
            name: some("Åsa Öberg-学生"),
            given_name: some("Åsa"),
            middle_name: some("B."),
            family_name: some("Öberg-学生"),
            email: some("asa@example.com"),
            picture: url("asa.png"),
            locale: None,
        },
        roles: vec!["Mentor".into(), "urn:lti:instrole:ims/lis/Staff".into()],
        mentored: vec!["user-2".into(), "a,b %".into()],
        context: Some(Context {
            id: "course-1".into(),
            types: vec!["CourseSection".into(), "Group".into()],
            label: some("C1"),
            title: some("Course 1"),
        }),
        resource_link: Some(ResourceLink {
            id: "link-1".into(),
            title: some("A film"),
            description: some("To be watched"),
        }),
        target_link_uri: Some(target()),
        platform: Platform {
            guid: some("guid"),
            family: some("moodle"),
            version: some("1"),
            name: some("School"),
            description: some("A school"),
            url: url("/"),
            contact_email: some("admin@example.com"),
        },
        presentation: Presentation {
            target: Some(DocumentTarget::Window),
            return_url: url("back?a=b"),
            locale: some("en-US"),
            width: Some(800),
            height: Some(600),
        },
        custom: BTreeMap::from([
            ("a".into(), "ä&=+%".into()),
            ("empty".into(), String::new()),
        ]),
        lis: Lis {
            person: some("p"),
            course_offering: some("o"),
            course_section: some("s"),
        },
        ags: None,
        nrps: None,
        migration: None,
        outcome: url("outcome").map(|url| Outcome {
            url,
            sourcedid: "{\"data\": 1}".into(),
        }),
    }
}

#[test]
fn what_is_written_is_read() {
    let launch = full();
    assert_eq!(
        launched(parameters(&launch), Leaves::default()).0,
        Ok(launch.clone())
    );
    let signs_in = Launch {
        message: Message::SignIn,
        resource_link: None,
        context: None,
        outcome: None,
        ..launch
    };
    assert_eq!(launched(parameters(&signs_in), ANYTHING).0, Ok(signs_in));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_form_is_read_or_refused(pairs: Vec<Pair>, id: String, roles: String, custom: String) {
        let mut form = form(&[("user_id", &id), ("roles", &roles), ("custom_x", &custom)]);
        form.extend(pairs.into_iter().map(|(name, value)| (format!("x{name}"), value)));
        if let (Ok(launch), _) = launched(form.clone(), Leaves::default()) {
            prop_assert_eq!(launch.subject.as_deref(), Some(id.as_str()));
        }
        form.retain(|(name, _)| name != "resource_link_id");
        if let (Ok(launch), _) = launched(form, ANYTHING) {
            prop_assert_eq!(launch.standing().role, CourseRole::Member);
        }
    }
}
