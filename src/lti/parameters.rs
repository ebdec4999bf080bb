//! Parameters of a query or a form.

use std::collections::BTreeMap;

/// What is wrong with the parameters of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A required one is absent or empty.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// One came more than once, with different values.
    #[error("the parameter {0} came twice")]
    Repeated(&'static str),
    /// One is longer than any platform's.
    #[error("the parameter {0} is too long")]
    TooLong(&'static str),
}

impl ParameterError {
    /// The stable code of this kind of error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-parameter",
            Self::Repeated(_) => "repeated-parameter",
            Self::TooLong(_) => "parameter-too-long",
        }
    }

    /// The parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing(name) | Self::Repeated(name) | Self::TooLong(name) => name,
        }
    }
}

/// The parameters of a request by name; `None` stands for several different values.
pub(super) struct Parameters(BTreeMap<String, Option<String>>);

impl Parameters {
    pub(super) fn new<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            let value = Some(value.into());
            parameters
                .entry(name.into())
                .and_modify(|first| {
                    if *first != value {
                        *first = None;
                    }
                })
                .or_insert(value);
        }
        Self(parameters)
    }

    /// The value of a parameter of at most `max` bytes; an empty one counts as absent.
    pub(super) fn optional(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Result<Option<String>, ParameterError> {
        let sent = self.as_sent(name, max)?;
        Ok(sent.filter(|value| !value.is_empty()))
    }

    /// The value of a parameter of at most `max` bytes; an empty one counts, as what must be echoed
    /// does.
    pub(super) fn as_sent(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Result<Option<String>, ParameterError> {
        match self.0.remove(name) {
            Some(None) => Err(ParameterError::Repeated(name)),
            Some(Some(value)) if value.len() > max => Err(ParameterError::TooLong(name)),
            Some(value) => Ok(value),
            None => Ok(None),
        }
    }

    pub(super) fn required(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Result<String, ParameterError> {
        self.optional(name, max)?
            .ok_or(ParameterError::Missing(name))
    }

    /// The parameters whose names begin with `prefix`, which the names lose. Those that say several
    /// things, and those longer than `max` bytes, are left out.
    pub(super) fn below(&self, prefix: &str, max: usize) -> BTreeMap<String, String> {
        let fits = |(name, value): (&String, &Option<String>)| {
            let name = name.strip_prefix(prefix)?;
            let value = value.as_ref().filter(|value| value.len() <= max)?;
            Some((name.to_owned(), value.clone()))
        };
        self.0.iter().filter_map(fits).collect()
    }
}
