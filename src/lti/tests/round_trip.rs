//! What a platform of ours issues, a tool of ours reads as the same.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use url::Url;

use crate::lti::check::Checks;
use crate::lti::fixtures::{NOW, PUBLIC_URL, expected, lti, platform_key, take};
use crate::lti::issue::{Issue, claims, id_token};
use crate::lti::launch::{
    Ags, Context, DeepLinkingSettings, DocumentTarget, Launch, Lis, Message, Nrps, Outcome, Person,
    Platform, Presentation, ResourceLink, Version,
};
use crate::lti::token::Unverified;

fn issue() -> Issue<'static> {
    let expected = expected();
    Issue {
        issuer: expected.issuer,
        client_id: expected.client_id,
        nonce: expected.nonce,
        at: NOW,
        lifetime: Duration::from_mins(1),
    }
}

fn url(path: &str) -> Url {
    Url::parse("https://lms.example/")
        .unwrap()
        .join(path)
        .unwrap()
}

/// Says everything that a launch can say.
fn full() -> Launch {
    Launch {
        version: Version::V1p3,
        message: Message::Resource,
        deployment: "1".into(),
        subject: Some("user-1".into()),
        person: Person {
            name: Some("Åsa Öberg-学生".into()),
            given_name: Some("Åsa".into()),
            middle_name: Some("B.".into()),
            family_name: Some("Öberg-学生".into()),
            email: Some("asa@example.com".into()),
            picture: Some(url("asa.png")),
            locale: Some("sv".into()),
        },
        roles: vec!["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor".into()],
        mentored: vec!["user-2".into()],
        context: Some(Context {
            id: "course-1".into(),
            types: vec!["CourseSection".into()],
            label: Some("C1".into()),
            title: Some("Course 1".into()),
        }),
        resource_link: Some(ResourceLink {
            id: "link-1".into(),
            title: Some("A film".into()),
            description: Some("To be watched".into()),
        }),
        target_link_uri: Some(PUBLIC_URL.join("/lti/launch").unwrap()),
        platform: Platform {
            guid: Some("guid".into()),
            family: Some("lanterna".into()),
            version: Some("1".into()),
            name: Some("Practice".into()),
            description: Some("A practice course".into()),
            url: Some(url("/")),
            contact_email: Some("admin@example.com".into()),
        },
        presentation: Presentation {
            target: Some(DocumentTarget::Iframe),
            return_url: Some(url("back?a=b")),
            locale: Some("en".into()),
            width: Some(800),
            height: Some(600),
        },
        custom: BTreeMap::from([
            ("empty".into(), String::new()),
            ("placement".into(), "p1".into()),
        ]),
        lis: Lis {
            person: Some("S-1".into()),
            course_offering: Some("O-1".into()),
            course_section: Some("C-1".into()),
        },
        ags: Some(Ags {
            scopes: vec!["https://purl.imsglobal.org/spec/lti-ags/scope/score".into()],
            lineitems: Some(url("lineitems?type_id=1")),
            lineitem: Some(url("lineitems/1?type_id=1")),
        }),
        migration: None,
        nrps: Some(Nrps {
            url: url("memberships"),
            versions: vec!["2.0".into()],
        }),
        outcome: Some(Outcome {
            url: url("outcomes"),
            sourcedid: r#"{"data":{"a":1}}"#.into(),
        }),
    }
}

/// Says nothing that is not required.
fn bare() -> Launch {
    Launch {
        subject: Some("user-1".into()),
        person: Person::default(),
        roles: Vec::new(),
        mentored: Vec::new(),
        context: None,
        platform: Platform::default(),
        presentation: Presentation::default(),
        custom: BTreeMap::new(),
        lis: Lis::default(),
        ags: None,
        nrps: None,
        migration: None,
        outcome: None,
        resource_link: Some(ResourceLink {
            id: "link-1".into(),
            title: None,
            description: None,
        }),
        ..full()
    }
}

fn taken(launch: &Launch) -> Launch {
    let token = id_token(launch, &issue(), platform_key()).unwrap();
    take(&token, &expected()).0.unwrap()
}

#[test]
fn every_kind_of_launch_survives() {
    let settings = DeepLinkingSettings {
        return_url: url("deep?x=1"),
        accept_types: vec!["ltiResourceLink".into(), "file".into()],
        accept_targets: vec![DocumentTarget::Iframe, DocumentTarget::Embed],
        accept_media_types: vec!["video/*".into(), "image/png".into()],
        accept_multiple: true,
        accept_lineitem: Some(false),
        auto_create: true,
        title: Some("A title".into()),
        text: Some("A text".into()),
        data: Some(String::new()),
    };
    let messages = [
        Message::Resource,
        Message::DeepLinking(Box::new(settings)),
        Message::SubmissionReview {
            for_user: "user-2".into(),
        },
    ];
    for message in messages {
        for launch in [full(), bare()] {
            let launch = Launch {
                message: message.clone(),
                ..launch
            };
            assert_eq!(taken(&launch), launch);
        }
    }
}

#[test]
fn what_is_not_said_is_not_claimed() {
    let claims = claims(&bare(), &issue());
    assert!(claims.values().all(|value| !value.is_null()));
    for absent in [lti("context"), lti("custom"), lti("lis"), "name".to_owned()] {
        assert!(!claims.contains_key(&absent), "{absent}");
    }
    assert_eq!(claims[&lti("roles")], serde_json::json!([]));
    assert_eq!(claims["exp"], NOW.seconds() + 60);
}

#[test]
fn what_is_logged_by_accident_names_nobody() {
    let for_user = "user-2".into();
    let launch = Launch {
        message: Message::SubmissionReview { for_user },
        ..full()
    };
    let shown = format!("{launch:?} {:?} {:?}", launch.person, launch.outcome);
    for private in [
        "user-",
        "Öberg",
        "asa@",
        "S-1",
        "back?",
        "p1",
        "{\"data\"",
        "link-1",
    ] {
        assert!(!shown.contains(private), "{private}: {shown}");
    }
    let token = id_token(&launch, &issue(), platform_key()).unwrap();
    let unverified = Unverified::parse(&token, &mut Checks::new()).unwrap();
    let shown = format!("{unverified:?} {:?} {:?}", issue(), expected());
    assert!(!shown.contains(&token[200..220]) && !shown.contains("nonce-1"));
}

#[test]
fn a_launch_waits_as_json() {
    for launch in [full(), bare()] {
        let json = serde_json::to_string(&launch).unwrap();
        assert_eq!(serde_json::from_str::<Launch>(&json).unwrap(), launch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_ids_and_parameters_survive(
        subject in "[^\\p{Cc}]{1,255}",
        link in "[^\\p{Cc}]{1,255}",
        deployment in "[ -~]{1,255}",
        custom in proptest::collection::btree_map("\\PC{0,20}", any::<String>(), 0..6),
        roles in proptest::collection::vec(any::<String>(), 0..4),
    ) {
        let launch = Launch {
            subject: Some(subject),
            deployment,
            custom,
            roles,
            resource_link: Some(ResourceLink { id: link, title: None, description: None }),
            ..bare()
        };
        prop_assert_eq!(taken(&launch), launch);
    }
}
