//! What each platform asks for and gives back, under the labels that it uses in English.

/// A value of ours that is copied into a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    /// The name that people will see.
    Name,
    /// What is launched.
    Launch,
    /// Where launches may be sent to: the same address.
    Redirect,
    /// Where logins begin.
    Login,
    /// The key set.
    Keys,
    /// The host.
    Domain,
    /// What Canvas reads in one piece.
    CanvasJson,
    /// Where launches may be sent to, as a list in JSON.
    RedirectList,
    /// The custom parameter that tells which courses a course was copied from.
    Custom,
    /// The same, as a list in JSON.
    CustomList,
    /// Something that is chosen there, as it is written there.
    Choose(&'static str),
}

/// A field of a platform's form and what goes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    /// The platform's label.
    pub(super) label: &'static str,
    /// What goes there.
    pub(super) value: Ours,
}

const fn given(label: &'static str, value: Ours) -> Given {
    Given { label, value }
}

/// How the registration is put together from what the platform gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Every address is shown by the platform.
    Addresses,
    /// The addresses follow from the issuer, unless they are given.
    Moodle,
    /// Shared addresses; one of several, or a Canvas of one's own.
    Canvas,
    /// Shared addresses of this preset.
    Preset(&'static str),
}

/// What the platform calls what it gives back; `None` where it gives no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) issuer: &'static str,
    pub(super) client_id: &'static str,
    pub(super) deployment: &'static str,
    pub(super) auth: &'static str,
    pub(super) token: &'static str,
    pub(super) keys: &'static str,
    pub(super) audience: Option<&'static str>,
}

/// How one platform is set up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guide {
    /// Names it in addresses.
    pub(super) slug: &'static str,
    /// Its name, as its makers write it.
    pub(super) name: &'static str,
    /// Where its dynamic registration is; `None` where it has none.
    pub(super) dynamic: Option<&'static str>,
    /// Where an administrator goes there: a message.
    pub(super) go: &'static str,
    /// What is filled in there.
    pub(super) given: &'static [Given],
    /// What is done there afterwards, and where it shows what it gives back: a message.
    pub(super) then: &'static str,
    /// How the registration is put together.
    pub(super) shape: Shape,
    /// What it calls what it gives back.
    pub(super) labels: Labels,
    /// What goes wrong there as a rule: messages.
    pub(super) traps: &'static [&'static str],
}

/// The names of LTI itself, for platforms that use these.
const PLAIN: Labels = Labels {
    issuer: "Issuer",
    client_id: "Client ID",
    deployment: "Deployment ID",
    auth: "Authentication request URL",
    token: "Access token URL",
    keys: "Public keyset URL",
    audience: Some("Access token audience"),
};

/// Every guide.
pub(super) const ALL: [Guide; 8] = [
    MOODLE,
    CANVAS,
    BLACKBOARD,
    BRIGHTSPACE,
    SAKAI,
    SCHOOLOGY,
    OPEN_EDX,
    OTHER,
];

/// The guide of this name.
pub(super) fn named(slug: &str) -> Option<&'static Guide> {
    ALL.iter().find(|guide| guide.slug == slug)
}

const MOODLE: Guide = Guide {
    slug: "moodle",
    name: "Moodle",
    dynamic: Some("guide-moodle-dynamic"),
    go: "guide-moodle-go",
    given: &[
        given("Tool name", Ours::Name),
        given("Tool URL", Ours::Launch),
        given("LTI version", Ours::Choose("LTI 1.3")),
        given("Public key type", Ours::Choose("Keyset URL")),
        given("Public keyset", Ours::Keys),
        given("Initiate login URL", Ours::Login),
        given("Redirection URI(s)", Ours::Redirect),
        given("Custom parameters", Ours::Custom),
        given(
            "Supports Deep Linking (Content-Item Message)",
            Ours::Choose("✓"),
        ),
        given("Content Selection URL", Ours::Launch),
        given(
            "IMS LTI Assignment and Grade Services",
            Ours::Choose("Use this service for grade sync and column management"),
        ),
        given(
            "IMS LTI Names and Role Provisioning",
            Ours::Choose(
                "Use this service to retrieve members' information as per privacy settings",
            ),
        ),
        given("Share launcher's name with tool", Ours::Choose("Always")),
    ],
    then: "guide-moodle-then",
    shape: Shape::Moodle,
    labels: Labels {
        issuer: "Platform ID",
        audience: None,
        ..PLAIN
    },
    traps: &[
        "guide-moodle-hosts",
        "guide-moodle-ports",
        "guide-moodle-https",
    ],
};

const CANVAS: Guide = Guide {
    slug: "canvas",
    name: "Canvas",
    dynamic: Some("guide-canvas-dynamic"),
    go: "guide-canvas-go",
    given: &[
        given("Key Name", Ours::Name),
        given("Redirect URIs", Ours::Redirect),
        given("Method", Ours::Choose("Enter URL")),
        given("JSON URL", Ours::CanvasJson),
        given("Custom Fields", Ours::Custom),
    ],
    then: "guide-canvas-then",
    shape: Shape::Canvas,
    labels: Labels {
        client_id: "Client ID",
        deployment: "Deployment Id",
        audience: None,
        ..PLAIN
    },
    traps: &[
        "guide-canvas-on",
        "guide-canvas-manual",
        "guide-canvas-custom",
        "guide-canvas-deployments",
        "guide-canvas-privacy",
    ],
};

const BLACKBOARD: Guide = Guide {
    slug: "blackboard",
    name: "Blackboard",
    dynamic: None,
    go: "guide-blackboard-go",
    given: &[
        given("Application Name", Ours::Name),
        given("Domain(s)", Ours::Domain),
        given("My Integration supports LTI 1.3", Ours::Choose("✓")),
        given("Login Initiation URL", Ours::Login),
        given("Tool Redirect URL(s)", Ours::Redirect),
        given("Tool JWKS URL", Ours::Keys),
        given("Signing Algorithm", Ours::Choose("RS256")),
        given("Custom Parameters", Ours::Custom),
    ],
    then: "guide-blackboard-then",
    shape: Shape::Preset("blackboard"),
    labels: Labels {
        client_id: "Application ID",
        deployment: "Deployment ID",
        audience: None,
        ..PLAIN
    },
    traps: &["guide-blackboard-status", "guide-blackboard-placements"],
};

const BRIGHTSPACE: Guide = Guide {
    slug: "brightspace",
    name: "Brightspace",
    dynamic: Some("guide-brightspace-dynamic"),
    go: "guide-brightspace-go",
    given: &[
        given("Name", Ours::Name),
        given("Domain", Ours::Domain),
        given("Redirect URLs", Ours::Redirect),
        given("OpenID Connect Login URL", Ours::Login),
        given("Target Link URI", Ours::Launch),
        given("Keyset URL", Ours::Keys),
        given(
            "Extensions",
            Ours::Choose(
                "Assignment and Grade Services, Deep Linking, Names and Role Provisioning Services",
            ),
        ),
        given("Substitution Parameters", Ours::Custom),
    ],
    then: "guide-brightspace-then",
    shape: Shape::Addresses,
    labels: Labels {
        issuer: "Issuer",
        client_id: "Client Id",
        deployment: "Deployment Id",
        auth: "OpenID Connect Authentication Endpoint",
        token: "Brightspace OAuth2 Access Token URL",
        keys: "Brightspace Keyset URL",
        audience: Some("Brightspace OAuth2 Audience"),
    },
    traps: &["guide-brightspace-audience", "guide-brightspace-deployment"],
};

const SAKAI: Guide = Guide {
    slug: "sakai",
    name: "Sakai",
    dynamic: Some("guide-sakai-dynamic"),
    go: "guide-sakai-go",
    given: &[
        given("Tool Title", Ours::Name),
        given("Launch URL (1.1) / Target Link URI (1.3)", Ours::Launch),
        given(
            "The tool URL supports a single LTI tool (Resource Link launch)",
            Ours::Choose("✓"),
        ),
        given(
            "The tool URL supports a \"resource picker\" experience (Deep Link launch)",
            Ours::Choose("✓"),
        ),
        given("Tool supports LTI 1.3", Ours::Choose("✓")),
        given("LTI 1.3 Tool Keyset / JWK URL", Ours::Keys),
        given(
            "LTI 1.3 Tool OpenID Connect/Initialization Endpoint",
            Ours::Login,
        ),
        given("LTI 1.3 Tool Redirect Endpoint(s)", Ours::Redirect),
        given("Custom Parameters", Ours::Custom),
    ],
    then: "guide-sakai-then",
    shape: Shape::Addresses,
    labels: Labels {
        issuer: "LTI 1.3 Platform Issuer",
        client_id: "LTI 1.3 Client ID",
        deployment: "LTI 1.3 Deployment Id",
        auth: "LTI 1.3 LMS OIDC Endpoint URL",
        token: "LTI 1.3 LMS OAuth Token URL",
        keys: "LTI 1.3 LMS Keyset URL",
        audience: None,
    },
    traps: &["guide-sakai-services", "guide-sakai-older"],
};

const SCHOOLOGY: Guide = Guide {
    slug: "schoology",
    name: "Schoology",
    dynamic: None,
    go: "guide-schoology-go",
    given: &[
        given("Type of App", Ours::Choose("LTI 1.3 App")),
        given("Configuration Type", Ours::Choose("Manual")),
        given("Deep Linking", Ours::Choose("✓")),
        given("Assignment and Grade Services", Ours::Choose("✓")),
        given("Names and Roles Services", Ours::Choose("✓")),
        given("Public key type", Ours::Choose("Keyset URL")),
        given("JWKS URL", Ours::Keys),
        given("Domain/URL", Ours::Launch),
        given("OIDC Login Init URL", Ours::Login),
        given("Redirect URLs", Ours::Redirect),
        given("Custom Parameters", Ours::Custom),
    ],
    then: "guide-schoology-then",
    shape: Shape::Preset("schoology"),
    labels: Labels {
        client_id: "Client ID",
        audience: None,
        ..PLAIN
    },
    traps: &[
        "guide-schoology-places",
        "guide-schoology-privacy",
        "guide-schoology-deployments",
    ],
};

const OPEN_EDX: Guide = Guide {
    slug: "openedx",
    name: "Open edX",
    dynamic: None,
    go: "guide-openedx-go",
    given: &[
        given("LTI Version", Ours::Choose("LTI 1.3")),
        given("Tool Launch URL", Ours::Launch),
        given("Registered Redirect URIs", Ours::RedirectList),
        given("Tool Initiate Login URL", Ours::Login),
        given("Tool Public Key Mode", Ours::Choose("Keyset URL")),
        given("Tool Keyset URL", Ours::Keys),
        given("Enable LTI NRPS", Ours::Choose("True")),
        given("Deep linking", Ours::Choose("True")),
        given("Deep Linking Launch URL", Ours::Launch),
        given("Custom Parameters", Ours::CustomList),
    ],
    then: "guide-openedx-then",
    shape: Shape::Addresses,
    labels: Labels {
        issuer: "Platform ID",
        auth: "Login URL",
        token: "Access Token URL",
        keys: "Keyset URL",
        audience: None,
        ..PLAIN
    },
    traps: &["guide-openedx-blocks", "guide-openedx-studio"],
};

const OTHER: Guide = Guide {
    slug: "other",
    name: "LTI 1.3",
    dynamic: Some("guide-other-dynamic"),
    go: "guide-other-go",
    given: &[
        given("Tool URL, target link URI", Ours::Launch),
        given("Login initiation URL, OIDC login", Ours::Login),
        given("Redirect URI", Ours::Redirect),
        given("Public keyset (JWKS)", Ours::Keys),
        given("Deep linking, content selection", Ours::Launch),
        given("Custom parameters", Ours::Custom),
    ],
    then: "guide-other-then",
    shape: Shape::Addresses,
    labels: PLAIN,
    traps: &["guide-other-exact", "guide-other-scopes"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lti::presets;
    use crate::ui::Messages;

    #[test]
    fn every_guide_has_its_words_its_own_name_and_the_custom_parameter() {
        let m = Messages::default();
        for guide in ALL {
            assert_eq!(named(guide.slug).map(|g| g.name), Some(guide.name));
            let ids = [guide.go, guide.then].into_iter();
            for id in ids.chain(guide.dynamic).chain(guide.traps.iter().copied()) {
                assert!(m.has(id), "{id}");
            }
            let asked = |given: &Given| matches!(given.value, Ours::Custom | Ours::CustomList);
            assert!(guide.given.iter().any(asked), "{}", guide.slug);
            if let Shape::Preset(id) = guide.shape {
                assert!(presets::named(id).is_some(), "{id}");
            }
        }
        assert!(named("../admin").is_none());
    }
}
