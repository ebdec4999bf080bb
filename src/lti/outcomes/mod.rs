//! Grades by LTI 1.1: Basic Outcomes (LTI 1.1.1 Implementation Guide, section 6) with its result
//! data, from and to both sides, and the result of the LTI 2.0 JSON service.
//!
//! Everything here is read after the request was authenticated, and is bounded all the same.

mod envelope;
mod result;
mod score;
#[cfg(test)]
mod tests;

pub use envelope::{LONGEST, read_request, read_response, write_request, write_response};
pub use result::{BadResult, MEDIA_TYPE as RESULT_MEDIA_TYPE, ToolResult};
pub use score::{BadScore, Score};

use super::redact::debug_showing;

/// The media type of both directions.
pub const MEDIA_TYPE: &str = "application/xml";

/// What a tool asks of a platform.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Names this message (`imsx_messageIdentifier`).
    pub message: String,
    /// What is asked for.
    pub operation: Operation,
}

/// What can be asked for.
#[derive(Clone, PartialEq, Eq)]
pub enum Operation {
    /// This is the result from now on.
    Replace {
        /// Names person and link.
        sourcedid: String,
        /// The score as it was written; `None`: only what was handed in is told.
        score: Option<String>,
        /// What was handed in.
        data: Option<Data>,
    },
    /// What is the result?
    Read {
        /// Names person and link.
        sourcedid: String,
    },
    /// There is no result from now on.
    Delete {
        /// Names person and link.
        sourcedid: String,
    },
    /// Something that this service does not know, by its name.
    Unknown(String),
}

/// What was handed in (the result data extension).
#[derive(Clone, PartialEq, Eq)]
pub enum Data {
    /// A text.
    Text(String),
    /// An address.
    Url(String),
    /// An address from which the tool is launched to show it.
    LaunchUrl(String),
}

debug_showing! {
    Request { message }
    Data {}
}

impl std::fmt::Debug for Operation {
    /// Without whose result it is, and what it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Operation {
    /// Its name, as answers refer to it.
    pub fn name(&self) -> &str {
        match self {
            Self::Replace { .. } => "replaceResult",
            Self::Read { .. } => "readResult",
            Self::Delete { .. } => "deleteResult",
            Self::Unknown(name) => name,
        }
    }

    /// Whose result of which link it is about.
    pub fn sourcedid(&self) -> Option<&str> {
        match self {
            Self::Replace { sourcedid, .. }
            | Self::Read { sourcedid }
            | Self::Delete { sourcedid } => Some(sourcedid),
            Self::Unknown(_) => None,
        }
    }
}

/// What became of a request (`imsx_codeMajor`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// It was done.
    Success,
    /// It will be done.
    Processing,
    /// It was not done.
    Failure,
    /// It is nothing that is done here.
    Unsupported,
}

impl Code {
    const ALL: [Self; 4] = [
        Self::Success,
        Self::Processing,
        Self::Failure,
        Self::Unsupported,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Processing => "processing",
            Self::Failure => "failure",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether it is an error, a warning or neither (`imsx_severity`).
    const fn severity(self) -> &'static str {
        match self {
            Self::Success | Self::Processing => "status",
            Self::Failure | Self::Unsupported => "error",
        }
    }
}

/// What a platform answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Names this answer.
    pub message: String,
    /// What became of the request.
    pub code: Code,
    /// Why, by a name of the specification (`imsx_codeMinorFieldValue`).
    pub minor: Option<String>,
    /// Likewise in words.
    pub description: String,
    /// The request that it answers; `None`: it could not be read.
    pub answers: Option<String>,
    /// What was asked for.
    pub operation: String,
    /// The score that was asked for, as it is written: empty where there is none.
    pub score: Option<String>,
}

/// Why a message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is longer than any.
    #[error("the message is too long")]
    TooLong,
    /// It is not UTF-8, or not well-formed XML.
    #[error("the message is not well-formed XML")]
    Malformed,
    /// It declares a document type, which no message does.
    #[error("the message declares a document type")]
    Doctype,
    /// It lacks an element.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// It tells what was handed in twice.
    #[error("the message has several kinds of result data")]
    SeveralData,
}
