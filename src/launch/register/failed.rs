//! Why a registration does not go on, and what helps.

use http::StatusCode;

use super::Stop;
use crate::app::{App, Input};
use crate::launch::record::{No, Record};
use crate::outbound::Error as Outbound;
use crate::people::invitations;
use crate::services::registration::Error as Platform;

/// Why a registration does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// `problem-{code}` in the messages file.
    pub(super) code: &'static str,
    /// What was seen: the message that names it, and it.
    pub(super) seen: Vec<(&'static str, String)>,
    /// The line of the configuration that would allow it.
    pub(super) to_allow: Option<String>,
    /// What was sealed, when pressing once more may help.
    pub(super) retry: Option<String>,
    /// Whether the platform may have registered all the same.
    pub(super) doubtful: bool,
}

impl Failed {
    pub(super) const fn code(code: &'static str) -> Self {
        Self {
            code,
            seen: Vec::new(),
            to_allow: None,
            retry: None,
            doubtful: false,
        }
    }

    pub(super) fn seeing(mut self, name: &'static str, what: impl Into<String>) -> Self {
        self.seen.push((name, what.into()));
        self
    }

    /// Allowed once the configuration names this host.
    fn trusting(mut self, host: &str) -> Self {
        self.to_allow = Some(format!("trusted_hosts = [\"{host}\"]"));
        self
    }

    pub(super) fn retrying(mut self, sealed: Option<String>) -> Self {
        self.retry = sealed;
        self
    }

    pub(super) const fn in_doubt(mut self) -> Self {
        self.doubtful = true;
        self
    }

    /// The status that goes with the code.
    pub(super) fn status(&self) -> StatusCode {
        match self.code {
            "registration-invitation" => StatusCode::FORBIDDEN,
            "rate-limited" => StatusCode::TOO_MANY_REQUESTS,
            "registration-busy"
            | "registration-exists"
            | "registration-unknown"
            | "registration-revoked" => StatusCode::CONFLICT,
            "registration-unreachable"
            | "registration-redirect"
            | "registration-status"
            | "registration-configuration"
            | "registration-refused"
            | "registration-answer" => StatusCode::BAD_GATEWAY,
            "registration-not-kept" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Writes it down where launches are.
    pub(super) async fn log(&self, app: &App, input: &Input) {
        let seen: Vec<&str> = self.seen.iter().map(|(_, what)| what.as_str()).collect();
        let no = No::from(self.code).seeing(seen.join(" · "));
        Record::new(app, "register").refuse(app, input, no).await;
    }

    pub(super) fn of_invitation(error: invitations::Error, retry: Option<String>) -> Stop {
        match error {
            invitations::Error::Invalid | invitations::Error::TooMany => {
                Self::code("registration-invitation").into()
            }
            invitations::Error::Busy => Self::code("registration-busy").retrying(retry).into(),
            invitations::Error::Store(error) => Stop::Error(error.into()),
        }
    }

    pub(super) fn of_platform(error: &Platform, retry: Option<String>) -> Self {
        let failed = Self::by(error).retrying(retry);
        if failed.retry.is_some() && error.is_in_doubt() {
            failed.in_doubt()
        } else {
            failed
        }
    }

    fn by(error: &Platform) -> Self {
        let host = "registration-host";
        match error {
            Platform::Address => Self::code("registration-address"),
            Platform::Token => Self::code("registration-token"),
            Platform::NotThere => Self::code("registration-unreachable"),
            Platform::Unreachable(error) => Self::of_outbound(error),
            Platform::Endpoint { endpoint, why } => {
                Self::of_outbound(why).seeing("registration-member", endpoint.member())
            }
            Platform::Status {
                host: name,
                status,
                said,
            } => Self::code("registration-status")
                .seeing(host, name)
                .answered(*status, said.as_ref()),
            Platform::Configuration { host: name, why } => Self::code("registration-configuration")
                .seeing(host, name)
                .seeing("registration-seen", why.to_string()),
            Platform::NotItsOwn(endpoint) => Self::code("registration-not-its-own")
                .seeing("registration-member", endpoint.member()),
            Platform::Issuer { issuer, host: name } => Self::code("registration-issuer")
                .seeing("registration-issuer-is", issuer)
                .seeing(host, name),
            Platform::SharedIssuer { issuer } => {
                Self::code("registration-shared-issuer").seeing("registration-issuer-is", issuer)
            }
            Platform::Refused {
                host: name,
                status,
                said,
            } => Self::code("registration-refused")
                .seeing(host, name)
                .answered(*status, said.as_ref()),
            Platform::Answer { host: name, why } => Self::code("registration-answer")
                .seeing(host, name)
                .seeing("registration-seen", why.to_string()),
        }
    }

    fn answered(self, status: u16, said: Option<&String>) -> Self {
        let failed = self.seeing("registration-answered", status.to_string());
        match said {
            Some(said) => failed.seeing("registration-said", said),
            None => failed,
        }
    }

    fn of_outbound(error: &Outbound) -> Self {
        let seen = error.to_string();
        let failed = match error {
            Outbound::Address => Self::code("registration-address"),
            Outbound::PlainHttp { host } => {
                Self::code("registration-plain-http").trusting(&format!("http://{host}"))
            }
            Outbound::Private { host, .. } => Self::code("registration-private").trusting(host),
            Outbound::Never { .. } => Self::code("registration-never"),
            Outbound::Redirect { .. } => Self::code("registration-redirect"),
            Outbound::TooLarge { .. } => Self::code("registration-configuration"),
            Outbound::UnknownHost { .. }
            | Outbound::Refused { .. }
            | Outbound::Unreachable { .. }
            | Outbound::Timeout { .. }
            | Outbound::Tls { .. }
            | Outbound::Broken { .. }
            | Outbound::Proxy { .. } => Self::code("registration-unreachable"),
        };
        failed.seeing("registration-seen", seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Messages;

    /// The literals of this room's files that are codes of problems.
    fn codes() -> impl Iterator<Item = &'static str> {
        [include_str!("failed.rs"), include_str!("mod.rs")]
            .into_iter()
            .flat_map(|source| source.split("code(\"").skip(1))
            .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_cause_has_words() {
        assert!(codes().count() > 15);
        for code in codes().filter(|code| !code.is_empty() && *code != ").skip(1))") {
            let id = format!("problem-{code}");
            assert!(Messages::default().has(&id), "no words for {code}");
        }
    }

    #[test]
    fn the_key_to_set_is_named_as_it_is_written() {
        let private = Outbound::Private {
            host: "moodle.lan:8443".into(),
            address: "10.0.0.1".parse().unwrap(),
        };
        let failed = Failed::by(&Platform::Unreachable(private));
        assert_eq!(failed.code, "registration-private");
        let line = "trusted_hosts = [\"moodle.lan:8443\"]";
        assert_eq!(failed.to_allow.as_deref(), Some(line));
        let plain = Outbound::PlainHttp {
            host: "moodle.lan".into(),
        };
        let failed = Failed::by(&Platform::Unreachable(plain));
        let line = "trusted_hosts = [\"http://moodle.lan\"]";
        assert_eq!(failed.to_allow.as_deref(), Some(line));
    }
}
