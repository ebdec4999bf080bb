//! What goes wrong with external tools.

use http::StatusCode;

use super::{Problem, not_found};
use crate::tools::registered;
use crate::tools::{self, gradebook};

impl From<tools::Error> for Problem {
    fn from(error: tools::Error) -> Self {
        match error {
            tools::Error::Gone | tools::Error::NoSecret => {
                Self::new(StatusCode::NOT_FOUND, "tool-gone")
            }
            tools::Error::Forbidden => Self::new(StatusCode::FORBIDDEN, "tool-forbidden"),
            tools::Error::Hidden => Self::new(StatusCode::FORBIDDEN, "tool-hidden"),
            tools::Error::Address(_) => Self::new(StatusCode::FORBIDDEN, "tool-address"),
            tools::Error::Library(error) => error.into(),
            tools::Error::Keys(error) => error.into(),
            tools::Error::Store(error) => error.into(),
        }
    }
}

impl From<registered::authentication::Error> for Problem {
    fn from(error: registered::authentication::Error) -> Self {
        use registered::authentication::Error;
        match error {
            Error::Body(error) => error.into(),
            Error::Parameter(_) => Self::new(StatusCode::BAD_REQUEST, "tool-request"),
            Error::Unknown => Self::new(StatusCode::BAD_REQUEST, "tool-unknown"),
            Error::Tool(error) => error.into(),
            Error::Selection(error) => error.into(),
            Error::Keys(error) => error.into(),
            Error::Sign(error) => {
                tracing::error!(%error, "a tool's launch could not be signed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            Error::Store(error) => error.into(),
        }
    }
}

impl From<registered::selecting::Error> for Problem {
    fn from(error: registered::selecting::Error) -> Self {
        use registered::selecting::Error;
        match error {
            Error::Body(error) => error.into(),
            Error::Refused(why) => {
                tracing::info!(why, "what was picked in a tool was not taken");
                Self::new(StatusCode::BAD_REQUEST, "picked-in-tool")
            }
            Error::Tool(error) => error.into(),
            Error::Library(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

impl From<registered::token::Error> for Problem {
    fn from(error: registered::token::Error) -> Self {
        match error {
            registered::token::Error::Body(error) => error.into(),
            registered::token::Error::Keys(error) => error.into(),
            registered::token::Error::Store(error) => error.into(),
        }
    }
}

impl From<registered::grades::Error> for Problem {
    fn from(error: registered::grades::Error) -> Self {
        use registered::grades::Error;
        match error {
            Error::Body(error) => error.into(),
            Error::Store(error) | Error::Gradebook(gradebook::Error::Store(error)) => error.into(),
            Error::Gradebook(_) => not_found(),
        }
    }
}
