//! Errors to people: each room's errors become a status, a code and, by the code, a sentence and a
//! next step in the messages file. No error text of a dependency reaches a page.

mod tools;

use std::time::Duration;

use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, RETRY_AFTER};

use crate::admin;
use crate::app::{App, BodyError, CROSS_ORIGIN_RESOURCE_POLICY, Framing, Page};
use crate::browse::{self, tus};
use crate::keys;
use crate::launch;
use crate::library;
use crate::lti::presentation::{Word, way_back};
use crate::people::sessions;
use crate::practice;
use crate::privacy;
use crate::store;
use crate::store::ids::Reference;
use crate::tools::gradebook;
use crate::ui::Messages;
use crate::ui::layout::Frame;
use crate::ui::notices;

/// How long to wait until a picture is sent once more.
const PICTURES_WAIT: Duration = Duration::from_secs(5);

/// Why a request was not answered with what it asked for.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// `problem-{code}` and `problem-{code}-next` in the messages file.
    code: &'static str,
    framing: Framing,
    headers: Vec<(HeaderName, String)>,
    /// What of the request it is about, where that has a name.
    parameter: Option<&'static str>,
    /// Where the platform wants whoever goes back.
    back: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            framing: Framing::Nobody,
            headers: Vec::new(),
            parameter: None,
            back: None,
        }
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn retry_after(self, wait: Duration) -> Self {
        self.with(RETRY_AFTER, wait.as_secs().max(1).to_string())
    }

    /// The same, to be read in the frames of a launch.
    pub(super) fn framed_by(mut self, origins: Vec<String>) -> Self {
        self.framing = Framing::Origins(origins);
        self
    }

    /// The same with the way back to the platform that launched whoever reads it.
    pub(super) fn leading_back(self, address: Option<String>) -> Self {
        Self {
            back: address,
            ..self
        }
    }

    /// The way back, which takes along what went wrong, and its label.
    fn way_back(&self, m: Messages, reference: &str) -> Option<(String, String)> {
        let (sentence, _) = m.problem(self.code);
        let word = Word::Error {
            told: &sentence,
            logged: &format!("{} {reference}", self.code),
        };
        let back = way_back(self.back.as_deref()?, word)?;
        Some((back.to_string(), m.text("back-to-course").into_owned()))
    }

    /// The same as the answer to a tus client, which wants the version in all of them.
    pub(super) fn for_tus(self) -> Self {
        self.with(tus::TUS_RESUMABLE, tus::VERSION)
    }

    /// The same, for scripts of any site.
    pub(super) fn readable_anywhere(self) -> Self {
        self.with(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .with(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin")
    }

    /// The same, to be read in any frame: it offers nothing to click but the way back, which changes
    /// nothing.
    pub(super) fn in_any_frame(mut self) -> Self {
        self.framing = Framing::Anyone;
        self
    }
}

/// There is no such address.
pub(super) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found")
}

/// The request is for another host (RFC 9110, section 15.5.20).
pub(super) fn wrong_host() -> Problem {
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong-host")
}

/// A fault of ours.
pub(super) fn fault() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "unavailable")
}

/// The address takes other methods only.
pub(super) fn not_allowed(methods: &'static str) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
        .with(http::header::ALLOW, methods)
}

/// Somebody opened the address to which platforms post launches.
pub(super) fn launch_by_get() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "launch-by-get").with(http::header::ALLOW, "POST")
}

/// The answer for a problem: a page, or JSON for programs.
pub(super) fn page(app: &App, problem: &Problem, reference: Reference, html: bool) -> Page {
    let reference = reference.to_string();
    tracing::info!(code = problem.code, "refused");
    let messages = Messages::default();
    let back = problem.way_back(messages, &reference);
    let page = if html {
        let frame = Frame {
            base: app.public().base_path(),
            messages,
            ..Frame::default()
        };
        let shown = notices::Problem {
            code: problem.code,
            reference: Some(&reference),
            parameter: problem.parameter,
            action: back
                .as_ref()
                .map(|(href, label)| (href.as_str(), label.as_str())),
        };
        Page::html(notices::problem_page(&frame, &shown))
    } else {
        let (sentence, next) = messages.problem(problem.code);
        Page::json(&serde_json::json!({
            "code": problem.code,
            "error": sentence,
            "next": next,
            "parameter": problem.parameter,
            "reference": reference,
        }))
    };
    let mut page = page.status(problem.status);
    page.framing = problem.framing.clone();
    problem
        .headers
        .iter()
        .fold(page, |page, (name, value)| page.with(name.clone(), value))
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "bad-request"),
            BodyError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            BodyError::TooSlow => Self::new(StatusCode::REQUEST_TIMEOUT, "timeout"),
            BodyError::NotAForm => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form"),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            store::Error::Full => Self::new(StatusCode::INSUFFICIENT_STORAGE, "store-full"),
            store::Error::Stopped | store::Error::Damaged(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-stopped")
            }
            store::Error::Conflict => Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl From<privacy::Error> for Problem {
    fn from(error: privacy::Error) -> Self {
        match error {
            privacy::Error::Unknown | privacy::Error::NoHeir => not_found(),
            privacy::Error::Busy(wait) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "exports-busy").retry_after(wait)
            }
            privacy::Error::Record(error) => {
                tracing::error!(%error, "the file of erasures failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "erasure-unrecorded")
            }
            privacy::Error::Library(error) => error.into(),
            privacy::Error::Store(error) => error.into(),
        }
    }
}

impl From<keys::Error> for Problem {
    fn from(error: keys::Error) -> Self {
        match error {
            keys::Error::Store(error) => return error.into(),
            keys::Error::Waiting => return Self::new(StatusCode::CONFLICT, "key-waiting"),
            keys::Error::NoSuchKey => return not_found(),
            _ => {}
        }
        tracing::error!(%error, "a key failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    }
}

impl From<sessions::Error> for Problem {
    fn from(error: sessions::Error) -> Self {
        let code = match error {
            sessions::Error::Ended => "session-ended",
            sessions::Error::OtherBrowser => "session-other-browser",
            sessions::Error::NeedsFrame => "cookie-needed",
            sessions::Error::Store(error) => return error.into(),
        };
        Self::new(StatusCode::FORBIDDEN, code)
    }
}

impl From<launch::Error> for Problem {
    fn from(error: launch::Error) -> Self {
        let problem = match error {
            launch::Error::Body(error) => error.into(),
            launch::Error::Store(error) => error.into(),
            launch::Error::Keys(error) => error.into(),
            launch::Error::Refused(refused) => Self {
                parameter: refused.parameter(),
                ..Self::new(refused.status(), refused.code())
            }
            .leading_back(refused.back().map(str::to_owned)),
        };
        problem.in_any_frame()
    }
}

impl From<browse::Error> for Problem {
    fn from(error: browse::Error) -> Self {
        match error {
            browse::Error::Body(error) => error.into(),
            browse::Error::Session(error) => error.into(),
            browse::Error::Library(error) => error.into(),
            browse::Error::Store(error) => error.into(),
            browse::Error::Tool(error) => error.into(),
            browse::Error::Picking(error) => error.into(),
            browse::Error::ToolsForStaff => Self::new(StatusCode::FORBIDDEN, "tools-for-staff"),
            browse::Error::TooMany(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited").retry_after(wait)
            }
            browse::Error::CrossSite => Self::new(StatusCode::FORBIDDEN, "cross-site"),
            browse::Error::BadRequest => Self::new(StatusCode::BAD_REQUEST, "bad-request"),
            browse::Error::NotOpenOutside => Self::new(StatusCode::NOT_FOUND, "not-open-outside"),
            browse::Error::NeedsLaunch => Self::new(StatusCode::CONFLICT, "needs-launch"),
            browse::Error::LinkIsOwners => Self::new(StatusCode::FORBIDDEN, "link-is-owners"),
            browse::Error::OnlyManagers => Self::new(StatusCode::FORBIDDEN, "only-managers"),
            browse::Error::LearnersData => Self::new(StatusCode::FORBIDDEN, "learners-data"),
            browse::Error::SumsOnly => Self::new(StatusCode::FORBIDDEN, "sums-only"),
            browse::Error::NotUnlisted => Self::new(StatusCode::CONFLICT, "not-unlisted"),
            browse::Error::OnlyJson => Self::new(StatusCode::NOT_IMPLEMENTED, "only-json"),
            browse::Error::NoDownload => Self::new(StatusCode::FORBIDDEN, "no-download"),
            browse::Error::TusVersion => {
                Self::new(StatusCode::PRECONDITION_FAILED, "upload-version")
                    .with(tus::TUS_VERSION, tus::VERSION)
            }
            browse::Error::LengthMissing => Self::new(StatusCode::BAD_REQUEST, "upload-length"),
            browse::Error::BadChecksum => Self::new(StatusCode::BAD_REQUEST, "upload-bad-checksum"),
            browse::Error::NotPicture => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad-picture")
            }
            browse::Error::NothingAsked => Self::new(StatusCode::NOT_FOUND, "selection-not-asked"),
            browse::Error::SelectionForStaff => {
                Self::new(StatusCode::FORBIDDEN, "selection-for-staff")
            }
            browse::Error::TooManyPicks => Self::new(StatusCode::BAD_REQUEST, "too-many-picks"),
            browse::Error::PickGone => Self::new(StatusCode::NOT_FOUND, "pick-gone"),
            browse::Error::PickRefused => Self::new(StatusCode::FORBIDDEN, "pick-refused"),
            browse::Error::NoWayBack => Self::new(StatusCode::CONFLICT, "no-way-back"),
            browse::Error::Keys(error) => error.into(),
            browse::Error::Privacy(error) => error.into(),
            browse::Error::Sign(error) => {
                tracing::error!(%error, "a selection could not be signed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            browse::Error::NotUploadBytes => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "upload-type")
            }
        }
    }
}

impl From<library::Error> for Problem {
    fn from(error: library::Error) -> Self {
        use library::Error;
        let (status, code) = match error {
            Error::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Error::NotYours => (StatusCode::FORBIDDEN, "not-yours"),
            Error::VisibilityRefused => (StatusCode::FORBIDDEN, "visibility-refused"),
            Error::SharingRefused => (StatusCode::FORBIDDEN, "sharing-refused"),
            Error::CollectionFull => (StatusCode::CONFLICT, "collection-full"),
            Error::TooManyLinks => (StatusCode::CONFLICT, "too-many-links"),
            Error::TooManyShares => (StatusCode::CONFLICT, "too-many-shares"),
            Error::Title(_) => (StatusCode::BAD_REQUEST, "bad-title"),
            Error::Description(_) => (StatusCode::BAD_REQUEST, "bad-description"),
            Error::Tags(_) => (StatusCode::BAD_REQUEST, "bad-tags"),
            Error::Captions(_) => (StatusCode::BAD_REQUEST, "bad-captions"),
            Error::Language(_) => (StatusCode::BAD_REQUEST, "bad-language"),
            Error::NoCaptionsHere => (StatusCode::BAD_REQUEST, "no-captions-here"),
            Error::TooManyCaptions => (StatusCode::CONFLICT, "too-many-captions"),
            Error::BadPicture => (StatusCode::BAD_REQUEST, "bad-picture"),
            Error::PicturesBusy => {
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "pictures-busy")
                    .retry_after(PICTURES_WAIT);
            }
            Error::PictureUnderWay => {
                return Self::new(StatusCode::TOO_MANY_REQUESTS, "picture-under-way")
                    .retry_after(PICTURES_WAIT);
            }
            Error::Unchecked => (StatusCode::CONFLICT, "file-unchecked"),
            Error::CheckUnderWay => {
                return Self::new(StatusCode::TOO_MANY_REQUESTS, "check-under-way")
                    .retry_after(PICTURES_WAIT);
            }
            Error::BadCursor => (StatusCode::BAD_REQUEST, "bad-request"),
            Error::Empty => (StatusCode::BAD_REQUEST, "upload-empty"),
            Error::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "upload-too-large"),
            Error::SessionEnded => (StatusCode::FORBIDDEN, "session-ended"),
            Error::CourseQuota { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "upload-course-quota"),
            Error::Quota { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "upload-quota"),
            Error::TooManyUploads { .. } => (StatusCode::TOO_MANY_REQUESTS, "upload-too-many"),
            Error::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "store-full"),
            Error::Locked => (StatusCode::LOCKED, "upload-locked"),
            Error::WrongOffset { .. } => (StatusCode::CONFLICT, "upload-offset"),
            Error::TooLong => (StatusCode::BAD_REQUEST, "upload-too-long"),
            // The status that tus has for it.
            Error::ChecksumMismatch => (
                StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST),
                "upload-checksum",
            ),
            Error::OtherKind => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "upload-other-kind"),
            Error::Interrupted => (StatusCode::REQUEST_TIMEOUT, "upload-interrupted"),
            Error::Complete => (StatusCode::FORBIDDEN, "upload-complete"),
            Error::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, "file-damaged"),
            Error::Io(ref source) => {
                tracing::error!(error = %source, "a file operation failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "unavailable")
            }
            Error::Store(error) => return error.into(),
        };
        Self::new(status, code)
    }
}

impl From<admin::Error> for Problem {
    fn from(error: admin::Error) -> Self {
        match error {
            admin::Error::Body(error) => error.into(),
            admin::Error::Store(error) => error.into(),
            admin::Error::Keys(error) => error.into(),
            admin::Error::Privacy(error) => error.into(),
            admin::Error::ClaimInvalid => Self::new(StatusCode::FORBIDDEN, "claim-invalid"),
            // The routes send whoever is not signed in to the sign-in page before it comes to this.
            admin::Error::SignedOut => Self::new(StatusCode::FORBIDDEN, "forbidden"),
            admin::Error::ForeignForm => Self::new(StatusCode::FORBIDDEN, "foreign-form"),
            admin::Error::NotFound => not_found(),
            admin::Error::OfTheFile => Self::new(StatusCode::FORBIDDEN, "of-the-file"),
            admin::Error::NotAllowed(methods) => not_allowed(methods),
            admin::Error::TooMany(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited").retry_after(wait)
            }
        }
    }
}

impl From<practice::Error> for Problem {
    fn from(error: practice::Error) -> Self {
        match error {
            practice::Error::Body(error) => error.into(),
            practice::Error::Store(error)
            | practice::Error::Gradebook(gradebook::Error::Store(error)) => error.into(),
            practice::Error::Keys(error) => error.into(),
            practice::Error::Sign(error) => {
                tracing::error!(%error, "the practice course could not sign");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            practice::Error::Gradebook(_) | practice::Error::NotFound => not_found(),
            practice::Error::TeachersOnly => Self::new(StatusCode::FORBIDDEN, "practice-teachers"),
            practice::Error::CrossSite => Self::new(StatusCode::FORBIDDEN, "cross-site"),
            practice::Error::Refused(code) => {
                Self::new(StatusCode::BAD_REQUEST, code).in_any_frame()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ui::Messages;

    /// The literals that follow a status: those are the codes.
    fn codes() -> impl Iterator<Item = &'static str> {
        [
            include_str!("problems.rs"),
            include_str!("problems/tools.rs"),
        ]
        .into_iter()
        .flat_map(|file| file.split("StatusCode::"))
        .filter_map(|rest| rest.split_once(','))
        .filter_map(|(_, rest)| rest.trim_start().strip_prefix('"'))
        .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_code_has_words() {
        assert!(codes().any(|code| code == "upload-offset"));
        for code in codes() {
            let id = format!("problem-{code}");
            assert!(Messages::default().has(&id), "no words for {code}");
        }
    }
}
