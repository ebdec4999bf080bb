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

/// A field of the LMS's form for tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where launches may be sent to.
    Redirect,
    /// Where a login begins.
    Login,
    /// What is launched.
    Tool,
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
    /// Every place.
    pub const ALL: [Self; 10] = [
        Self::Redirect,
        Self::Login,
        Self::Tool,
        Self::Issuer,
        Self::Client,
        Self::PlatformKeys,
        Self::Deployment,
        Self::Key,
        Self::Secret,
        Self::Privacy,
    ];

    /// Its name. Where the set-up page has no label for it, that is a message below `doctor-place-`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Login => "login",
            Self::Tool => "tool",
            Self::Issuer => "issuer",
            Self::Client => "client",
            Self::PlatformKeys => "platform-keys",
            Self::Deployment => "deployment",
            Self::Key => "key",
            Self::Secret => "secret",
            Self::Privacy => "privacy",
        }
    }

    /// Whether the forms for LTI 1.1 have it.
    pub const fn is_of_old(self) -> bool {
        matches!(self, Self::Tool | Self::Key | Self::Secret | Self::Privacy)
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
        &["token-expired", "issued-long-ago"],
        means(Kind::Time, "late", &[]),
    ),
    (
        &["issued-in-future", "token-not-yet-valid"],
        means(Kind::Time, "early", &[]),
    ),
    (&["timestamp-old"], means(Kind::Time, "form-late", &[])),
    (
        &["timestamp-in-future"],
        means(Kind::Time, "form-early", &[]),
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
    (&["no-account"], means(Kind::Connection, "account", &[])),
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
        &["wrong-oauth-signature"],
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
        &["migration-unproven"],
        means(Kind::Signature, "migration", &[]),
    ),
    (
        &["unknown-message-type", "missing-message-type"],
        means(Kind::Message, "message", &[]),
    ),
    (&["review-forbidden"], means(Kind::Message, "review", &[])),
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
    (
        &["registration-invitation"],
        means(Kind::Connection, "registration-invitation", &[]),
    ),
    (
        &["registration-busy", "registration-stale"],
        means(Kind::Time, "registration-again", &[]),
    ),
    (
        &["registration-revoked", "registration-unknown"],
        means(Kind::Connection, "registration-gone", &[]),
    ),
    (
        &["registration-exists"],
        means(Kind::Connection, "registration-exists", &[]),
    ),
    (
        &["registration-not-kept"],
        means(Kind::Connection, "registration-not-kept", &[]),
    ),
    (
        &[
            "registration-address",
            "registration-never",
            "registration-not-its-own",
        ],
        means(Kind::Address, "registration-address", &[]),
    ),
    (
        &["registration-plain-http", "registration-private"],
        means(Kind::Address, "registration-trusted", &[]),
    ),
    (
        &["registration-redirect"],
        means(Kind::Address, "registration-redirect", &[]),
    ),
    (
        &["registration-unreachable"],
        means(Kind::Platform, "registration-unreachable", &[]),
    ),
    (
        &[
            "registration-token",
            "registration-status",
            "registration-configuration",
        ],
        means(Kind::Platform, "registration-unreadable", &[]),
    ),
    (
        &["registration-issuer", "registration-shared-issuer"],
        means(Kind::Connection, "registration-issuer", &[]),
    ),
    (
        &["registration-refused", "registration-answer"],
        means(Kind::Platform, "registration-refused", &[]),
    ),
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
    let mut addresses =
        registration.map_or_else(String::new, |r| format!("{} {}", r.issuer, r.auth_url));
    // A consumer has no addresses, only where its launches came from and what it calls itself.
    let guid = connection
        .consumer
        .as_ref()
        .and_then(|consumer| consumer.guid.as_ref());
    for sign in connection
        .added_origins
        .iter()
        .chain(&connection.learned_origins)
        .chain(guid)
    {
        addresses.push(' ');
        addresses.push_str(sign);
    }
    let addresses = addresses.to_ascii_lowercase();
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
    (
        "canvas",
        &["canvas"],
        &["instructure.com", "canvaslms.com", ":canvas-lms"],
    ),
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
mod tests;
