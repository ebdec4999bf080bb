//! `[[platform]]`

use url::Url;

use crate::config::address::{Issuer, Origin};
use crate::config::launching::{AuthMethod, RoleOverride};
use crate::config::section::section;
use crate::lti::key::SignatureAlgorithm;

section! {
    /// An LMS that launches Lanterna by LTI 1.3; may stand more than once. Dynamic registration needs
    /// none of this. What is written here wins over what was registered.
    repeated Platform "platform" {
        /// What people see, and what recognises the connection when its other values change.
        name: String = "School Moodle";
        /// The platform's issuer, letter by letter as the platform shows it.
        issuer: Issuer = "https://moodle.school.example";
        /// The client id that the platform gave to Lanterna.
        client_id: String = "abc123";
        /// The platform's authentication request address.
        auth_url: Url = "https://moodle.school.example/mod/lti/auth.php";
        /// The platform's access token address.
        token_url: Url = "https://moodle.school.example/mod/lti/token.php";
        /// The platform's public keyset address.
        jwks_url: Url = "https://moodle.school.example/mod/lti/certs.php";
        /// The deployments that are known; empty: learned, and approved in administration.
        deployment_ids: Vec<String> = ["1"];
        /// Whether every deployment that the platform names is taken without asking; left out, those
        /// that are not known wait for approval in administration.
        accept_deployments: Option<bool> = false;
        /// Further addresses from which the platform launches and in whose pages it shows Lanterna.
        origins: Vec<Origin> = ["https://courses.school.example"];
        /// The algorithm by which the platform signs: "RS256", "RS384" or "RS512"; left out, RS256.
        algorithm: Option<SignatureAlgorithm> = "RS256";
        /// What the platform calls itself where it gives access tokens; left out, its `token_url`.
        token_audience: Option<String> = "https://moodle.school.example/mod/lti/token.php";
        /// How browsers are sent to `auth_url`: "GET" or "POST"; left out, GET.
        auth_method: Option<AuthMethod> = "GET";
        /// Whether launches may leave out who is launching. Whoever comes so is a new person each
        /// time.
        anonymous: Option<bool> = false;
        /// Whether teachers see what each single person watched. Switched off, they see sums, and those
        /// only of five people or more; left out, they see each.
        person_statistics: Option<bool> = true;
        /// Roles that count as "member", "contributor" or "manager" in the launch's course, whatever
        /// they usually are. A role is written as the platform sends it.
        role_overrides: Vec<RoleOverride> = ["urn:school:role#Aide = contributor"];
    }
}
