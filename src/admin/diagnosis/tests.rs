use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::lti::binding::Reason;
use crate::lti::oidc::ParameterError;
use crate::lti::presets::product;
use crate::lti::refusal::Refusal;
use crate::store::rows::people::{Consumer, Registration, Source};
use crate::ui::Messages;
use crate::world::Time;

/// Every code in the sources of the launch and of registration: what stands there in quotes and has
/// words as a problem.
fn own_codes() -> BTreeSet<String> {
    let m = Messages::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    let folders = ["src/launch", "src/launch/register"];
    let files = folders.map(|folder| fs::read_dir(root.join(folder)).unwrap());
    for file in files.into_iter().flatten() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let quoted = text.split('"').skip(1).step_by(2);
            let quoted = quoted.filter(|text| m.has(&format!("problem-{text}")));
            codes.extend(quoted.map(str::to_owned));
        }
    }
    codes
}

#[test]
fn every_family_and_each_of_its_codes_has_a_products_name() {
    for (name, codes, _) in FAMILIES {
        for code in codes.iter().chain([name]) {
            assert_ne!(product(code), *code);
        }
    }
}

#[test]
fn every_refusal_has_a_diagnosis_in_words() {
    let reasons = [
        Reason::OtherBrowser,
        Reason::ForeignOrigin,
        Reason::NoCookieAtTopLevel,
        Reason::UnknownPlace,
    ];
    let parameters = [
        ParameterError::Missing(""),
        ParameterError::Repeated(""),
        ParameterError::TooLong(""),
    ];
    let mut codes = own_codes();
    for known in ["deployment-waiting", "registration-private"] {
        assert!(codes.contains(known), "{codes:?}");
    }
    let others = Refusal::CODES
        .into_iter()
        .chain(reasons.map(Reason::code))
        .chain(parameters.map(ParameterError::code));
    codes.extend(others.map(str::to_owned));
    let m = Messages::default();
    for code in codes {
        let diagnosis = diagnose(&code).unwrap_or_else(|| panic!("no diagnosis of {code}"));
        for id in [
            diagnosis.topic.to_owned(),
            format!("{}-do", diagnosis.topic),
        ] {
            assert!(m.has(&format!("doctor-{id}")), "no words for {id}");
        }
    }
}

#[test]
fn every_code_stands_once_and_is_a_problem_with_words() {
    let mut seen = BTreeSet::new();
    for code in TABLE.iter().flat_map(|(codes, _)| codes.iter()) {
        assert!(seen.insert(*code), "{code} stands twice");
        assert!(
            Messages::default().has(&format!("problem-{code}")),
            "{code}"
        );
    }
    assert_eq!(diagnose("not-found"), None);
}

#[test]
fn kinds_have_names_and_divide_the_codes() {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
        assert!(Messages::default().has(&format!("kind-{}", kind.name())));
        assert!(!kind.codes().is_empty());
        all.extend(kind.codes());
    }
    let count: usize = TABLE.iter().map(|(codes, _)| codes.len()).sum();
    assert_eq!(all.len(), count);
    assert_eq!(Kind::named("anything"), None);
}

fn connection(family: Option<&str>, auth_url: &str) -> Connection {
    let trust = Registration {
        issuer: String::new(),
        client_id: String::new(),
        auth_url: auth_url.to_owned(),
        token_url: String::new(),
        jwks_url: String::new(),
    };
    Connection {
        family: family.map(str::to_owned),
        registration: Some(trust),
        ..Connection::new("LMS", Source::File, Time(0))
    }
}

#[test]
fn a_platform_is_known_by_what_it_says_or_by_its_addresses() {
    for (family_code, auth_url, expected) in [
        (Some("moodle"), "", "moodle"),
        (Some("BlackboardLearn"), "", "blackboard"),
        (Some("desire2learn"), "", "brightspace"),
        (None, "https://a.example/mod/lti/auth.php", "moodle"),
        (
            None,
            "https://sso.canvaslms.com/api/lti/authorize_redirect",
            "canvas",
        ),
        (
            None,
            "https://school.example/d2l/lti/authenticate",
            "brightspace",
        ),
        (Some("homemade"), "https://lms.example/auth", "other"),
        (None, "", "other"),
    ] {
        assert_eq!(family(&connection(family_code, auth_url)), expected);
    }
}

#[test]
fn a_consumer_is_known_by_where_its_launches_come_from() {
    let consumer = |guid: Option<&str>, origins: &[&str]| Connection {
        consumer: Some(Consumer {
            key: "school".to_owned(),
            secret: None,
            window: 300,
            body_only: false,
            guid: guid.map(str::to_owned),
        }),
        learned_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
        ..Connection::new("LMS", Source::File, Time(0))
    };
    assert_eq!(family(&consumer(Some("07adb3:canvas-lms"), &[])), "canvas");
    let origins = ["https://school.instructure.com"];
    assert_eq!(family(&consumer(None, &origins)), "canvas");
    assert_eq!(family(&consumer(Some("lms.school.example"), &[])), "other");
}

#[test]
fn what_is_like_another_has_a_topic_of_its_own() {
    let topic = |code| diagnose(code).map(|diagnosis| diagnosis.topic);
    for (one, other) in [
        ("migration-unproven", "wrong-oauth-signature"),
        ("review-forbidden", "unknown-message-type"),
        ("timestamp-old", "token-expired"),
        ("timestamp-in-future", "issued-in-future"),
    ] {
        assert!(topic(one).is_some());
        assert_ne!(topic(one), topic(other), "{one}");
    }
}
