//! What was checked, for the launch log.

use super::refusal::Refusal;

/// One check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The check's name in kebab-case, one of [`Checks::NAMES`] or the caller's own.
    pub name: &'static str,
    /// Whether it held.
    pub passed: bool,
    /// What was seen; never a secret, a token or personal data.
    pub detail: Option<String>,
}

/// The checks of one launch, in the order in which they were made. The last one of a refused
/// launch is the one that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// The names of the checks that this room makes.
    pub const NAMES: [&str; 26] = [
        "shape",
        "algorithm",
        "key",
        "signature",
        "claims",
        "issuer",
        "audience",
        "expiry",
        "issued",
        "nonce",
        "version",
        "message-type",
        "deployment",
        "subject",
        "roles",
        "target",
        "resource-link",
        "context",
        "deep-linking-settings",
        "for-user",
        "form",
        "timestamp",
        "form-signature",
        "form-version",
        "data",
        "content-items",
    ];

    /// No checks yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes the outcome of a check.
    pub fn note(&mut self, name: &'static str, passed: bool, detail: Option<String>) {
        self.0.push(Check {
            name,
            passed,
            detail,
        });
    }

    /// Notes the outcome of a check of this room and hands it on.
    pub fn record<T>(
        &mut self,
        name: &'static str,
        outcome: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let detail = outcome.as_ref().err().map(Refusal::to_string);
        self.note(name, outcome.is_ok(), detail);
        outcome
    }

    /// The checks.
    pub fn as_slice(&self) -> &[Check] {
        &self.0
    }
}

impl IntoIterator for Checks {
    type Item = Check;
    type IntoIter = std::vec::IntoIter<Check>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
