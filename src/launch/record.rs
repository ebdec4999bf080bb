//! What happened, for the launch log.

use super::{Error, Refused};
use crate::app::{App, Input};
use crate::lti::check::Checks;
use crate::lti::launch::Launch;
use crate::lti::oidc::ParameterError;
use crate::lti::refusal::Refusal;
use crate::store::ids::{ConnectionId, CourseId, UserId};
use crate::store::rows::launchlog::{Check, Entry};

/// Names of parameters that are kept of a refused form.
const MOST_NAMES: usize = 150;
/// Characters that are kept of each.
const LONGEST_NAME: usize = 60;

/// Why a login or launch does not go on: a code, what was seen, and the parameter that it is about.
/// What was seen holds no secrets, tokens or personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    code: &'static str,
    detail: Option<String>,
    parameter: Option<&'static str>,
}

impl No {
    /// With what was seen.
    pub(super) fn seeing(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    /// About this parameter.
    pub(super) fn about(self, parameter: &'static str) -> Self {
        Self {
            parameter: Some(parameter),
            ..self
        }
    }
}

impl From<&'static str> for No {
    fn from(code: &'static str) -> Self {
        Self {
            code,
            detail: None,
            parameter: None,
        }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code(),
            detail: Some(refusal.to_string()),
            parameter: refusal.parameter(),
        }
    }
}

impl From<ParameterError> for No {
    fn from(error: ParameterError) -> Self {
        Self::from(error.code())
            .seeing(error.name())
            .about(error.name())
    }
}

/// A login or launch under way, as the launch log will tell it.
#[derive(Debug)]
pub(super) struct Record {
    entry: Entry,
    /// The names of what a form carries.
    parameters: Vec<String>,
    /// Where the platform wants whoever goes back, once its signature held.
    back: Option<String>,
    /// The checks so far.
    pub(super) checks: Checks,
}

impl Record {
    /// A record of this step: a message of the messages file below `step-`.
    pub(super) fn new(app: &App, step: &'static str) -> Self {
        let entry = Entry {
            at: app.world.now(),
            connection: None,
            user: None,
            course: None,
            step: step.to_owned(),
            message: None,
            refusal: None,
            detail: None,
            checks: Vec::new(),
            binding: None,
            parameters: None,
        };
        Self {
            entry,
            parameters: Vec::new(),
            back: None,
            checks: Checks::new(),
        }
    }

    /// Goes on with a record that was put aside.
    pub(super) const fn resumed(entry: Entry) -> Self {
        Self {
            entry,
            parameters: Vec::new(),
            back: None,
            checks: Checks::new(),
        }
    }

    /// Notes the connection.
    pub(super) const fn connection(&mut self, id: ConnectionId) {
        self.entry.connection = Some(id);
    }

    /// Notes the names of what a form carries, for a refusal of its signature.
    pub(super) fn parameters<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let names = names.take(MOST_NAMES);
        let names = names.map(|name| name.chars().take(LONGEST_NAME).collect());
        self.parameters = names.collect();
    }

    /// Notes how the browser was recognised: a message below `binding-`.
    pub(super) fn binding(&mut self, way: &'static str) {
        self.entry.binding = Some(way.to_owned());
    }

    /// Notes what a verified launch asks for, and where it leads back to.
    pub(super) fn message(&mut self, launch: &Launch) {
        self.entry.message = Some(launch.message.name().to_owned());
        let back = launch.presentation.return_url.as_ref();
        self.back = back.map(ToString::to_string);
    }

    /// The entry of a launch that succeeded.
    pub(super) fn opened(&self, user: UserId, course: Option<CourseId>) -> Entry {
        Entry {
            user: Some(user),
            course,
            ..self.entry_with_checks()
        }
    }

    /// The entry so far.
    pub(super) fn entry_with_checks(&self) -> Entry {
        let checks = self.checks.as_slice().iter().map(|check| Check {
            name: check.name.to_owned(),
            passed: check.passed,
            detail: check.detail.clone(),
        });
        Entry {
            checks: self.entry.checks.iter().cloned().chain(checks).collect(),
            ..self.entry.clone()
        }
    }

    /// Logs the refusal and answers it.
    pub(super) async fn refuse(mut self, app: &App, input: &Input, no: impl Into<No>) -> Error {
        let No {
            code,
            detail,
            parameter,
        } = no.into();
        self.entry.refusal = Some(code.to_owned());
        self.entry.detail = detail;
        if !self.parameters.is_empty() {
            self.entry.parameters = Some(std::mem::take(&mut self.parameters));
        }
        app.metrics.launched(code);
        if app
            .refusals
            .take(self.entry.connection, app.world.now())
            .is_ok()
        {
            app.launches
                .refused(input.reference, &self.entry_with_checks())
                .await;
        }
        Error::Refused(Refused {
            code,
            parameter,
            back: self.back,
        })
    }
}
