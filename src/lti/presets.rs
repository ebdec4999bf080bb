//! Platforms that many schools share: one issuer, and the same addresses for all of them.

use super::origin::web_url;

/// What an address of a preset holds in place of the application's id, which the platform's maker
/// gives out.
pub const APPLICATION: &str = "{application}";

/// A platform that many schools share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Names it in forms and addresses.
    pub id: &'static str,
    /// Its name, as its maker writes it.
    pub name: &'static str,
    /// Its product (`tool_platform.product_family_code`).
    pub family: &'static str,
    /// The issuer of all its schools.
    pub issuer: &'static str,
    /// The OIDC authentication endpoint.
    pub auth_url: &'static str,
    /// The token endpoint.
    pub token_url: &'static str,
    /// The key set; where it holds [`APPLICATION`], the application's id goes there.
    pub jwks_url: &'static str,
    /// Hosts of its endpoints, earlier ones included.
    pub hosts: &'static [&'static str],
}

/// Every preset.
pub const ALL: &[Preset] = &[
    Preset {
        id: "canvas",
        name: "Canvas",
        family: "canvas",
        issuer: "https://canvas.instructure.com",
        auth_url: "https://sso.canvaslms.com/api/lti/authorize_redirect",
        token_url: "https://sso.canvaslms.com/login/oauth2/token",
        jwks_url: "https://sso.canvaslms.com/api/lti/security/jwks",
        hosts: &["sso.canvaslms.com", "canvas.instructure.com"],
    },
    Preset {
        id: "canvas-beta",
        name: "Canvas (beta)",
        family: "canvas",
        issuer: "https://canvas.beta.instructure.com",
        auth_url: "https://sso.beta.canvaslms.com/api/lti/authorize_redirect",
        token_url: "https://sso.beta.canvaslms.com/login/oauth2/token",
        jwks_url: "https://sso.beta.canvaslms.com/api/lti/security/jwks",
        hosts: &["sso.beta.canvaslms.com", "canvas.beta.instructure.com"],
    },
    Preset {
        id: "canvas-test",
        name: "Canvas (test)",
        family: "canvas",
        issuer: "https://canvas.test.instructure.com",
        auth_url: "https://sso.test.canvaslms.com/api/lti/authorize_redirect",
        token_url: "https://sso.test.canvaslms.com/login/oauth2/token",
        jwks_url: "https://sso.test.canvaslms.com/api/lti/security/jwks",
        hosts: &["sso.test.canvaslms.com", "canvas.test.instructure.com"],
    },
    Preset {
        id: "blackboard",
        name: "Blackboard",
        family: "BlackboardLearn",
        issuer: "https://blackboard.com",
        auth_url: "https://developer.blackboard.com/api/v1/gateway/oidcauth",
        token_url: "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
        jwks_url: "https://developer.blackboard.com/api/v1/management/applications/{application}/jwks.json",
        hosts: &["developer.blackboard.com"],
    },
    Preset {
        id: "schoology",
        name: "Schoology",
        family: "schoology",
        issuer: "https://schoology.schoology.com",
        auth_url: "https://lti-service.svc.schoology.com/lti-service/authorize-redirect",
        token_url: "https://lti-service.svc.schoology.com/lti-service/access-token",
        jwks_url: "https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
        hosts: &["lti-service.svc.schoology.com"],
    },
];

/// The preset of an issuer, letter by letter.
pub fn of_issuer(issuer: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.issuer == issuer)
}

/// The preset of this id.
pub fn named(id: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.id == id)
}

/// Products by their code (`product_family_code`), as their makers write them.
const PRODUCTS: &[(&str, &str)] = &[
    ("moodle", "Moodle"),
    ("canvas", "Canvas"),
    ("blackboardlearn", "Blackboard Learn"),
    ("blackboard", "Blackboard"),
    ("desire2learn", "Brightspace"),
    ("brightspace", "Brightspace"),
    ("sakai", "Sakai"),
    ("sakailms.org", "Sakai"),
    ("schoology", "Schoology"),
    ("edx", "Open edX"),
    ("openedx", "Open edX"),
    ("open edx", "Open edX"),
    ("lanterna-practice", "Practice course"),
];

/// The name of a product; its code where nobody knows better.
pub fn product(family: &str) -> &str {
    let known = PRODUCTS
        .iter()
        .find(|(code, _)| code.eq_ignore_ascii_case(family));
    known.map_or(family, |(_, name)| name)
}

impl Preset {
    /// Whether an address is one of its own: https, on one of its hosts, on the usual port.
    pub fn owns(&self, address: &str) -> bool {
        web_url(address).is_some_and(|url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" && url.port().is_none() && self.hosts.contains(&host)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_names() {
        assert_eq!(product("Desire2Learn"), "Brightspace");
        assert_eq!(product("lanterna-practice"), "Practice course");
        assert_eq!(product("someone's own"), "someone's own");
        assert!(
            ALL.iter()
                .all(|preset| product(preset.family) != preset.family)
        );
    }

    #[test]
    fn every_preset_owns_its_addresses_and_no_other() {
        for preset in ALL {
            for address in [preset.auth_url, preset.token_url, preset.jwks_url] {
                assert!(preset.owns(address), "{address}");
                assert!(!preset.owns(&address.replace("https", "http")));
                assert!(!preset.owns(&address.replace(".com", ".com.evil.example")));
                assert!(!preset.owns(&address.replace(".com", ".com:8443")));
                assert!(!preset.owns(&address.replace("https://", "https://user@")));
                let others = ALL.iter().filter(|other| other.id != preset.id);
                assert!(others.into_iter().all(|other| !other.owns(address)));
            }
            assert_eq!(of_issuer(preset.issuer), Some(preset));
            assert_eq!(named(preset.id), Some(preset));
        }
        assert_eq!(of_issuer("https://canvas.instructure.com/"), None);
        assert_eq!(of_issuer("https://Canvas.instructure.com"), None);
    }
}
