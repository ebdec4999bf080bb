//! `[[platform]]`

use url::Url;

use crate::config::address::{Issuer, Origin};
use crate::config::section::section;

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
        /// Further addresses from which the platform launches and in whose pages it shows Lanterna.
        origins: Vec<Origin> = ["https://courses.school.example"];
    }
}
