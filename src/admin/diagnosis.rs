//! From the code of a refusal to what an administrator makes of it: what kind of problem it is, what
//! probably caused it, what to change, and which fields of the LMS it is about. Pure: a table.

use crate::store::rows::people::Connection;

/// What kind of problem a refusal is, for filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The platform or consumer is not known here, or not completely.
    Connection,
    /// An address is wrong.
    Address,
    /// Keys and signatures.
    Signature,
    /// The clocks differ, or too much time passed.
    Time,
    /// The deployment or installation is not accepted.
    Installation,
    /// Cookies, frames, other windows, repeated launches.
    Browser,
    /// The platform sent something that is not as LTI says.
    Message,
    /// The platform could not be reached, or refused itself.
    Platform,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Connection,
        Self::Address,
        Self::Signature,
        Self::Time,
        Self::Installation,
        Self::Browser,
        Self::Message,
        Self::Platform,
    ];

    /// Its name: a message below `kind-`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Address => "address",
            Self::Signature => "signature",
            Self::Time => "time",
            Self::Installation => "installation",
            Self::Browser => "browser",
            Self::Message => "message",
            Self::Platform => "platform",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The codes of this kind.
    pub fn codes(self) -> Vec<&'static str> {
        let codes = TABLE.iter().filter(|(_, diagnosis)| diagnosis.kind == self);
        codes.flat_map(|(codes, _)| codes.iter().copied()).collect()
    }
}

/// A field of the LMS's form for tools. Its label there is a message below `place-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where launches may be sent to.
    Redirect,
    /// Where a login begins.
    Login,
    /// What is launched.
    Tool,
    /// Our key set.
    ToolKeys,
    /// The platform's own issuer.
    Issuer,
    /// The client id that the platform gave.
    Client,
    /// The platform's key set.
    PlatformKeys,
    /// The deployment id.
    Deployment,
    /// The consumer key of LTI 1.1.
    Key,
    /// The shared secret of LTI 1.1.
    Secret,
    /// What of people is sent along.
    Privacy,
}

impl Place {
    /// The message that has its label.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Redirect => "place-redirect",
            Self::Login => "place-login",
            Self::Tool => "place-tool",
            Self::ToolKeys => "place-tool-keys",
            Self::Issuer => "place-issuer",
            Self::Client => "place-client",
            Self::PlatformKeys => "place-platform-keys",
            Self::Deployment => "place-deployment",
            Self::Key => "place-key",
            Self::Secret => "place-secret",
            Self::Privacy => "place-privacy",
        }
    }
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis {
    /// What kind of problem it is.
    pub kind: Kind,
    /// `doctor-{topic}` says the cause, `doctor-{topic}-do` what to change.
    pub topic: &'static str,
    /// The fields of the LMS that it is about.
    pub places: &'static [Place],
}

const fn means(kind: Kind, topic: &'static str, places: &'static [Place]) -> Diagnosis {
    Diagnosis {
        kind,
        topic,
        places,
    }
}

/// Codes and what they mean, roughly in the order in which a launch meets them.
const TABLE: &[(&[&str], Diagnosis)] = &[
    (
        &["unknown-registration"],
        means(
            Kind::Connection,
            "unknown-platform",
            &[Place::Issuer, Place::Client],
        ),
    ),
    (
        &["ambiguous-registration"],
        means(Kind::Connection, "ambiguous", &[Place::Login]),
    ),
    (
        &["connection-disabled"],
        means(Kind::Connection, "disabled", &[]),
    ),
    (
        &["bad-registration"],
        means(Kind::Connection, "incomplete", &[]),
    ),
    (
        &["unknown-consumer"],
        means(Kind::Connection, "unknown-consumer", &[Place::Key]),
    ),
    (
        &["platform-refused"],
        means(
            Kind::Platform,
            "platform-refused",
            &[Place::Redirect, Place::Login],
        ),
    ),
    (
        &["foreign-target", "missing-target"],
        means(Kind::Address, "target", &[Place::Tool, Place::Redirect]),
    ),
    (
        &["platform-keys-unavailable"],
        means(Kind::Platform, "keys-unreachable", &[Place::PlatformKeys]),
    ),
    (
        &["unknown-key"],
        means(Kind::Signature, "key-unknown", &[Place::PlatformKeys]),
    ),
    (&["weak-key"], means(Kind::Signature, "key-weak", &[])),
    (
        &["wrong-signature"],
        means(Kind::Signature, "signature", &[Place::PlatformKeys]),
    ),
    (
        &["wrong-algorithm", "missing-key-id", "critical-header"],
        means(Kind::Signature, "token-header", &[]),
    ),
    (
        &["wrong-issuer"],
        means(Kind::Connection, "issuer", &[Place::Issuer]),
    ),
    (
        &[
            "wrong-audience",
            "untrusted-audience",
            "missing-authorized-party",
            "wrong-authorized-party",
        ],
        means(Kind::Connection, "audience", &[Place::Client]),
    ),
    (
        &["token-expired", "issued-long-ago", "timestamp-old"],
        means(Kind::Time, "late", &[]),
    ),
    (
        &[
            "issued-in-future",
            "token-not-yet-valid",
            "timestamp-in-future",
        ],
        means(Kind::Time, "early", &[]),
    ),
    (&["state-expired"], means(Kind::Time, "login-slow", &[])),
    (
        &["deployment-waiting"],
        means(
            Kind::Installation,
            "deployment-waiting",
            &[Place::Deployment],
        ),
    ),
    (
        &["deployment-blocked"],
        means(
            Kind::Installation,
            "deployment-blocked",
            &[Place::Deployment],
        ),
    ),
    (&["guid-mismatch"], means(Kind::Installation, "guid", &[])),
    (
        &["unknown-state", "nonce-mismatch", "missing-nonce"],
        means(Kind::Browser, "state-lost", &[]),
    ),
    (
        &["state-used", "ticket-used", "nonce-used"],
        means(Kind::Browser, "repeated", &[]),
    ),
    (
        &["ticket-foreign"],
        means(Kind::Browser, "foreign-ticket", &[]),
    ),
    (
        &["other-browser"],
        means(Kind::Browser, "other-browser", &[]),
    ),
    (
        &["foreign-origin"],
        means(Kind::Browser, "foreign-origin", &[]),
    ),
    (
        &["no-cookie-at-top-level", "no-cookie-unknown-place"],
        means(Kind::Browser, "cookies", &[]),
    ),
    (
        &["wrong-oauth-signature", "migration-unproven"],
        means(
            Kind::Signature,
            "form-signature",
            &[Place::Secret, Place::Tool],
        ),
    ),
    (
        &["query-not-signed"],
        means(Kind::Signature, "query", &[Place::Tool]),
    ),
    (
        &[
            "malformed-authorization",
            "wrong-oauth-version",
            "unsupported-signature-method",
            "malformed-timestamp",
        ],
        means(Kind::Signature, "form-oauth", &[]),
    ),
    (
        &[
            "review-forbidden",
            "unknown-message-type",
            "missing-message-type",
        ],
        means(Kind::Message, "message", &[]),
    ),
    (
        &["missing-version", "wrong-version", "wrong-form-version"],
        means(Kind::Message, "version", &[]),
    ),
    (
        &["missing-subject"],
        means(Kind::Message, "subject", &[Place::Privacy]),
    ),
    (
        &[
            "missing-parameter",
            "repeated-parameter",
            "parameter-too-long",
        ],
        means(Kind::Message, "parameter", &[]),
    ),
    (
        &["token-too-large", "token-malformed"],
        means(Kind::Message, "token", &[]),
    ),
    (
        &[
            "missing-expiry",
            "missing-issued-at",
            "missing-deployment",
            "missing-roles",
            "missing-resource-link",
            "missing-settings",
            "missing-for-user",
            "invalid-claim",
        ],
        means(Kind::Message, "claim", &[]),
    ),
    (
        &["wrong-deployment", "data-not-returned"],
        means(Kind::Message, "answer", &[]),
    ),
    (&["rate-limited"], means(Kind::Platform, "too-many", &[])),
];

/// What a refusal with this code means; `None` for a code that no launch is refused with.
pub fn diagnose(code: &str) -> Option<Diagnosis> {
    let found = TABLE.iter().find(|(codes, _)| codes.contains(&code));
    found.map(|(_, diagnosis)| *diagnosis)
}

/// The product that a connection's platform is, by the name that the messages file chooses labels
/// with; `other` when nobody knows.
pub fn family(connection: &Connection) -> &'static str {
    let told = connection.family.as_deref().unwrap_or_default();
    let told = told.to_ascii_lowercase();
    let registration = connection.registration.as_ref();
    let addresses = registration.map(|r| format!("{} {}", r.issuer, r.auth_url));
    let addresses = addresses.unwrap_or_default().to_ascii_lowercase();
    let known = FAMILIES
        .iter()
        .find(|(_, codes, _)| codes.contains(&told.as_str()));
    let guessed = || {
        let mut families = FAMILIES.iter();
        families.find(|(_, _, signs)| signs.iter().any(|sign| addresses.contains(sign)))
    };
    known.or_else(guessed).map_or("other", |(name, ..)| name)
}

/// Names, product family codes, and what their addresses have in them.
const FAMILIES: &[(&str, &[&str], &[&str])] = &[
    ("moodle", &["moodle"], &["/mod/lti/"]),
    ("canvas", &["canvas"], &["instructure.com", "canvaslms.com"]),
    (
        "blackboard",
        &["blackboardlearn", "blackboard"],
        &["blackboard.com"],
    ),
    (
        "brightspace",
        &["desire2learn", "brightspace"],
        &["brightspace.com", "/d2l/"],
    ),
    ("sakai", &["sakai", "sakailms.org"], &["/imsblis/"]),
    ("schoology", &["schoology"], &["schoology.com"]),
    (
        "openedx",
        &["edx", "openedx", "open edx"],
        &["/api/lti_consumer/"],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::lti::binding::Reason;
    use crate::lti::oidc::ParameterError;
    use crate::lti::presets::product;
    use crate::lti::refusal::Refusal;
    use crate::store::rows::people::{Registration, Source};
    use crate::ui::Messages;
    use crate::world::Time;

    /// Every code in the sources of the launch: what stands there in quotes and has words as a
    /// problem.
    fn own_codes() -> BTreeSet<String> {
        let m = Messages::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/launch");
        let mut codes = BTreeSet::new();
        for file in fs::read_dir(folder).unwrap() {
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
        assert!(codes.contains("deployment-waiting"), "{codes:?}");
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
    fn every_label_is_there_for_every_family() {
        let m = Messages::default();
        let places = [
            Place::Redirect,
            Place::Login,
            Place::Tool,
            Place::ToolKeys,
            Place::Issuer,
            Place::Client,
            Place::PlatformKeys,
            Place::Deployment,
            Place::Key,
            Place::Secret,
            Place::Privacy,
        ];
        let names = FAMILIES.iter().map(|(name, ..)| *name).chain(["other"]);
        for name in names {
            for id in places
                .map(Place::message)
                .into_iter()
                .chain(["doctor-path"])
            {
                assert!(!m.with(id, &[("family", name.into())]).is_empty());
            }
        }
    }
}
