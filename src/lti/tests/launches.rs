//! What a launch says: Moodle's as recorded, and the ways of other platforms.

use serde_json::{Value, json};
use url::Url;

use crate::lti::envelope::Expected;
use crate::lti::fixtures::{claims, expected, launch, lti, platform_key, take, with};
use crate::lti::launch::{DocumentTarget, Launch, Message, Person, Version, is_unresolved};
use crate::lti::refusal::Refusal;
use crate::lti::roles::CourseRole;

/// A message as Moodle 4.5 sent it, signed by the fixtures' key instead of Moodle's.
fn moodle(recorded: &str) -> Launch {
    let claims: Value = serde_json::from_str(recorded).unwrap();
    let expected = Expected {
        issuer: "https://moodle.example",
        client_id: claims["aud"].as_str().unwrap(),
        nonce: claims["nonce"].as_str().unwrap(),
        ..expected()
    };
    let token = platform_key().sign(&claims).unwrap();
    take(&token, &expected).0.unwrap()
}

macro_rules! recorded {
    ($name:literal) => {
        moodle(include_str!(concat!(
            "../../../tests/fixtures/moodle/",
            $name,
            ".json"
        )))
    };
}

fn url(address: &str) -> Url {
    Url::parse(address).unwrap()
}

#[test]
fn a_student_of_moodle_opens_a_link() {
    let launch = recorded!("resource-student");
    assert_eq!(launch.version, Version::V1p3);
    assert_eq!(launch.message, Message::Resource);
    assert_eq!(launch.deployment, "16");
    assert_eq!(launch.subject.as_deref(), Some("5"));
    assert_eq!(launch.person.display_name().as_deref(), Some("Stu Dent"));
    assert_eq!(launch.person.email.as_deref(), Some("student@example.com"));
    assert_eq!(launch.standing().role, CourseRole::Member);
    let context = launch.context.as_ref().unwrap();
    assert_eq!(context.id, "2");
    assert_eq!(context.types, ["CourseSection"]);
    assert_eq!(context.title.as_deref(), Some("LTI test course"));
    let link = launch.resource_link.as_ref().unwrap();
    assert_eq!((link.id.as_str(), &link.description), ("21", &None));
    assert_eq!(
        launch.target_link_uri,
        Some(url("https://tool.example/launch"))
    );
    assert_eq!(launch.platform.family.as_deref(), Some("moodle"));
    assert_eq!(launch.presentation.target, Some(DocumentTarget::Window));
    assert_eq!(
        launch.presentation.return_url.as_ref().unwrap().path(),
        "/mod/lti/return.php"
    );
    assert_eq!(launch.lis.person.as_deref(), Some("S-001"));
    let ags = launch.ags.as_ref().unwrap();
    assert_eq!(ags.scopes.len(), 4);
    assert_eq!(ags.lineitem.as_ref().unwrap().query(), Some("type_id=16"));
    assert_eq!(launch.nrps.as_ref().unwrap().versions, ["1.0", "2.0"]);
    assert!(
        launch
            .outcome
            .unwrap()
            .sourcedid
            .contains("\"userid\":\"5\"")
    );
}

#[test]
fn moodles_custom_parameters_may_be_unresolved_or_empty() {
    let launch = recorded!("resource-student");
    assert_eq!(launch.custom["unknown"], "$Foo.bar");
    assert_eq!(launch.custom("unknown"), None);
    assert_eq!(launch.custom["groups"], "");
    assert_eq!(launch.custom("groups"), None);
    assert_eq!(launch.custom("color"), Some("red"));
    assert_eq!(launch.custom("absent"), None);
}

#[test]
fn a_teacher_of_moodle_manages_the_course() {
    let launch = recorded!("resource-teacher");
    assert_eq!(launch.standing().role, CourseRole::Manager);
    assert!(launch.standing().sees_learners);
}

#[test]
fn moodle_may_keep_personal_data_to_itself() {
    let launch = recorded!("resource-anonymous");
    assert_eq!(launch.subject.as_deref(), Some("5"));
    assert_eq!(launch.person, Person::default());
    assert_eq!(launch.person.display_name(), None);
    assert_eq!(launch.presentation.target, Some(DocumentTarget::Iframe));
    assert_eq!(
        (&launch.ags, &launch.nrps, &launch.outcome),
        (&None, &None, &None)
    );
    assert_eq!(launch.custom["My Key!"], "v=1");
    assert_eq!(
        launch.target_link_uri.unwrap().as_str(),
        "https://tool.example/launch?quiz=3&x=a%20b"
    );
}

#[test]
fn a_teacher_of_moodle_picks_content() {
    let launch = recorded!("deep-linking");
    assert_eq!(launch.message.name(), "LtiDeepLinkingRequest");
    let Message::DeepLinking(settings) = &launch.message else {
        panic!("{:?}", launch.message);
    };
    assert_eq!(
        settings.return_url.path(),
        "/mod/lti/contentitem_return.php"
    );
    assert_eq!(settings.accept_types, ["ltiResourceLink"]);
    assert_eq!(
        settings.accept_targets,
        [
            DocumentTarget::Frame,
            DocumentTarget::Iframe,
            DocumentTarget::Window
        ]
    );
    assert!(settings.accept_multiple && !settings.auto_create);
    assert_eq!(settings.accept_lineitem, None);
    assert_eq!(settings.title.as_deref(), Some("My title"));
    assert_eq!(settings.data, None);
    assert_eq!(launch.resource_link, None);
    assert!(!launch.custom.contains_key("rl"));
}

#[test]
fn a_teacher_of_moodle_reviews_a_submission() {
    let launch = recorded!("submission-review");
    let for_user = "5".to_owned();
    assert_eq!(launch.message, Message::SubmissionReview { for_user });
}

#[test]
fn a_review_needs_its_user_and_its_link() {
    let review = with(
        claims(),
        "message_type",
        json!("LtiSubmissionReviewRequest"),
    );
    assert_eq!(launch(&review), Err(Refusal::MissingForUser));
    let for_user = "https://purl.imsglobal.org/spec/lti/claim/for_user";
    let review = with(review, for_user, json!({"user_id": "u"}));
    assert!(launch(&review).is_ok());
    assert!(launch(&with(review.clone(), "target_link_uri", Value::Null)).is_ok());
    assert_eq!(
        launch(&with(review, "resource_link", Value::Null)),
        Err(Refusal::MissingResourceLink)
    );
}

#[test]
fn other_messages_are_refused_by_name() {
    for name in [
        "LtiStartProctoring",
        "LtiEulaRequest",
        "ltiresourcelinkrequest",
        "x",
    ] {
        assert_eq!(
            launch(&with(claims(), "message_type", json!(name))),
            Err(Refusal::UnknownMessageType(name.into()))
        );
    }
}

#[test]
fn what_only_informs_never_refuses() {
    let informing = [
        "context",
        "tool_platform",
        "launch_presentation",
        "lis",
        "custom",
        "role_scope_mentor",
    ];
    let services = [
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
        "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome",
        "name",
        "email",
        "picture",
        "https://unknown.example/claim",
    ];
    let names = informing
        .map(lti)
        .into_iter()
        .chain(services.map(str::to_owned));
    for name in names {
        for value in [
            json!([]),
            json!({}),
            json!(""),
            json!(5),
            json!([null]),
            json!(false),
        ] {
            let claims = with(claims(), &name, value.clone());
            assert!(launch(&claims).is_ok(), "{name}: {value}");
        }
        let mut null = claims();
        null[&name] = Value::Null;
        assert!(launch(&null).is_ok(), "{name}: null");
    }
}

#[test]
fn custom_values_become_strings() {
    let custom = json!({
        "text": "a", "number": 7, "float": 1.5, "yes": true, "null": null, "list": [1], "map": {},
    });
    let launch = launch(&with(claims(), &lti("custom"), custom)).unwrap();
    let pairs: Vec<_> = launch
        .custom
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("float", "1.5"),
            ("number", "7"),
            ("text", "a"),
            ("yes", "true")
        ]
    );
}

#[test]
fn addresses_that_are_not_of_the_web_are_left_out() {
    let presentation =
        |address: &str| json!({"return_url": address, "width": "640", "height": 480});
    for address in ["javascript:alert(1)", "/back", "data:text/html,x", ""] {
        let claims = with(claims(), &lti("launch_presentation"), presentation(address));
        let launch = launch(&claims).unwrap();
        assert_eq!(launch.presentation.return_url, None, "{address}");
        assert_eq!(
            (launch.presentation.width, launch.presentation.height),
            (Some(640), Some(480))
        );
    }
}

#[test]
fn media_types_come_as_text_or_as_a_list() {
    for given in [
        json!("video/*, image/png ,"),
        json!(["video/*", "image/png", 5]),
    ] {
        let mut request = with(claims(), "message_type", json!("LtiDeepLinkingRequest"));
        request["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] = json!({
            "deep_link_return_url": "https://lms.example/back",
            "accept_types": ["file"],
            "accept_media_types": given,
            "accept_lineitem": "true",
            "data": " opaque ",
        });
        let launch = launch(&request).unwrap();
        let Message::DeepLinking(settings) = launch.message else {
            panic!("{:?}", launch.message);
        };
        assert_eq!(settings.accept_media_types, ["video/*", "image/png"]);
        assert_eq!(settings.accept_lineitem, Some(true));
        assert_eq!(settings.data.as_deref(), Some(" opaque "));
    }
}

#[test]
fn only_mentors_look_after_others() {
    let scope = lti("role_scope_mentor");
    let claims = with(claims(), &scope, json!(["user-2", "user-3"]));
    assert!(launch(&claims).unwrap().mentored.is_empty());
    let mentor = json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"]);
    let mentored = launch(&with(claims, "roles", mentor)).unwrap().mentored;
    assert_eq!(mentored, ["user-2", "user-3"]);
}

#[test]
fn names_are_put_together_when_needed() {
    let named = |name: Option<&str>, given: Option<&str>, family: Option<&str>| {
        Person {
            name: name.map(str::to_owned),
            given_name: given.map(str::to_owned),
            family_name: family.map(str::to_owned),
            ..Person::default()
        }
        .display_name()
    };
    assert_eq!(named(Some("A B"), Some("X"), None).as_deref(), Some("A B"));
    assert_eq!(named(None, Some("A"), Some("B")).as_deref(), Some("A B"));
    assert_eq!(named(None, None, Some("B")).as_deref(), Some("B"));
    assert_eq!(named(None, None, None), None);
}

#[test]
fn unresolved_variables_are_recognised() {
    for variable in [
        "$Foo.bar",
        "$Context.id.history",
        "$vnd.Canvas.root_account.uuid",
    ] {
        assert!(is_unresolved(variable), "{variable}");
    }
    for value in [
        "",
        "$",
        "$5.00",
        "$Foo",
        "$Foo.",
        "$.bar",
        "Foo.bar",
        "$Foo bar.x",
        "a $Foo.bar",
    ] {
        assert!(!is_unresolved(value), "{value}");
    }
}
