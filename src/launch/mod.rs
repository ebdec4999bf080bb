//! Lanterna as a tool: login, launch, keys.
//!
//! The way of a 1.3 launch: [`login()`] seals a state and sends the browser to the platform; the
//! platform posts a token back; `verify` decides whether it is genuine, meant for us and posted by
//! the browser that began the login. A 1.1 launch is one signed form, which `form` verifies. Either
//! way `open` decides how it goes on, `arriving` takes the person in, and `destination` says what
//! they came for.

mod arriving;
mod cookies;
mod description;
mod destination;
mod form;
mod keys;
mod login;
mod migration;
mod open;
mod record;
mod register;
mod state;
mod storage;
#[cfg(test)]
mod timing;
mod verify;
mod window;

use http::StatusCode;

pub use description::{canvas_json, cartridge};
pub use destination::leads_somewhere;
pub use keys::{jwks, public_key};
pub use login::login;
pub use open::launch;
pub use register::register;
pub use storage::storage;
pub use window::window;

use crate::app::BodyError;
use crate::store::Error as StoreError;

/// Fields of a login or launch, tokens included, are never longer.
const FORM_LIMIT: usize = 256 * 1024;

/// Why a login or launch does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own keys failed.
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
    /// It is refused, and the launch log says why in full.
    #[error("refused: {}", .0.code)]
    Refused(Refused),
}

/// A refusal, after it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    code: &'static str,
    parameter: Option<&'static str>,
    back: Option<String>,
}

impl Refused {
    /// The code: `problem-{code}` in the messages file.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The parameter of the launch that it is about.
    pub const fn parameter(&self) -> Option<&'static str> {
        self.parameter
    }

    /// Where the platform wants whoever goes back, when it is the platform that said so: a launch
    /// whose signature does not hold leads nowhere.
    pub fn back(&self) -> Option<&str> {
        self.back.as_deref()
    }

    /// The status that goes with the code.
    pub fn status(&self) -> StatusCode {
        match self.code {
            "platform-keys-unavailable" => StatusCode::BAD_GATEWAY,
            "rate-limited" => StatusCode::TOO_MANY_REQUESTS,
            "deployment-waiting"
            | "deployment-blocked"
            | "connection-disabled"
            | "other-browser"
            | "foreign-origin"
            | "no-cookie-at-top-level"
            | "no-cookie-unknown-place"
            | "platform-refused"
            | "guid-mismatch"
            | "no-account"
            | "review-forbidden"
            | "migration-unproven"
            | "ticket-foreign" => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lti::binding::Reason;
    use crate::lti::check::Checks;
    use crate::lti::oidc::ParameterError;
    use crate::lti::refusal::Refusal;
    use crate::ui::Messages;

    #[test]
    fn every_refusal_has_words() {
        let messages = Messages::default();
        let reasons = [
            Reason::OtherBrowser,
            Reason::OtherStorage,
            Reason::ForeignOrigin,
            Reason::NoCookieAtTopLevel,
            Reason::UnknownPlace,
        ];
        let parameters = [
            ParameterError::Missing(""),
            ParameterError::Repeated(""),
            ParameterError::TooLong(""),
        ];
        let codes = Refusal::CODES
            .into_iter()
            .chain(reasons.map(Reason::code))
            .chain(parameters.map(ParameterError::code));
        for code in codes {
            assert!(
                messages.has(&format!("problem-{code}")),
                "no words for {code}"
            );
        }
    }

    #[test]
    fn every_check_has_words() {
        let own = [
            "state",
            "state-age",
            "browser",
            "key-set",
            "deployment-known",
            "consumer",
            "nonce-unused",
            "installation",
            "account",
            "posting-page",
            "launched-address",
        ];
        for name in Checks::NAMES.into_iter().chain(own) {
            assert!(
                Messages::default().has(&format!("check-{name}")),
                "no words for {name}"
            );
        }
    }
}
