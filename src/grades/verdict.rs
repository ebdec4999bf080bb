//! What an answer of a platform, or none, means for a score.

use std::time::Duration;

use crate::outbound;
use crate::services::grading::{Answered, Refused};
use crate::services::{calls, tokens};

/// Characters of what a platform says that are kept.
const MOST_SAID: usize = 200;

/// What becomes of a score that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The platform has it.
    Taken,
    /// The platform has one that is as new or newer.
    Superseded,
    /// The platform as a whole does not answer: nothing else is sent to it for a while.
    Away(Why, Option<Duration>),
    /// It may be taken later.
    Later(Why),
    /// Nothing is sent by this connection for now.
    Held(Why),
    /// It is refused for good.
    No(Why),
}

/// Why, in a message below `grade-trouble-`, and what the platform answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    /// The message.
    pub(super) code: &'static str,
    /// The status of the answer.
    pub(super) status: Option<u16>,
    /// What it says.
    pub(super) said: Option<String>,
}

impl From<&'static str> for Why {
    fn from(code: &'static str) -> Self {
        Self {
            code,
            status: None,
            said: None,
        }
    }
}

impl Why {
    fn answered(code: &'static str, answer: &Answered) -> Self {
        Self {
            code,
            status: Some(answer.status),
            said: answer.said.as_deref().map(short),
        }
    }
}

/// As much as is kept of what a platform says.
fn short(said: &str) -> String {
    let plain = said.chars().map(|c| if c.is_control() { ' ' } else { c });
    let text: String = plain.take(MOST_SAID).collect();
    text.trim().to_owned()
}

impl From<Refused> for Verdict {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unreachable(error) => unreachable(&error),
            Refused::Token(error) => token(&error),
            Refused::NotAnAnswer(status) => Self::Away(
                Why {
                    status: Some(status),
                    ..Why::from("not-an-answer")
                },
                None,
            ),
            Refused::Address => Self::No("address".into()),
            Refused::Here => Self::Later("here".into()),
            Refused::Code(said) => Self::Later(Why {
                said: Some(short(&said)),
                ..Why::from("outcome-refused")
            }),
            Refused::Status(answer) => status(&answer),
        }
    }
}

fn status(answer: &Answered) -> Verdict {
    let why = |code| Why::answered(code, answer);
    match answer.status {
        409 => Verdict::Superseded,
        400 => Verdict::No(why("not-gradable")),
        // Some platforms answer so when somebody is not in the course.
        422 => Verdict::No(why("not-enrolled")),
        404 | 410 => Verdict::No(why("no-line-item")),
        401 => Verdict::Away(why("unauthorized"), None),
        403 if answer.is_throttled() => Verdict::Away(why("busy"), answer.wait),
        403 => Verdict::No(why("forbidden")),
        408 | 425 | 429 | 502..=504 => Verdict::Away(why("busy"), answer.wait),
        500.. => Verdict::Later(why("failed")),
        _ => Verdict::No(why("refused")),
    }
}

fn unreachable(error: &calls::Error) -> Verdict {
    use outbound::Error;
    let calls::Error::Outbound(error) = error else {
        return Verdict::Away("not-there".into(), None);
    };
    match error {
        Error::Address | Error::PlainHttp { .. } | Error::Private { .. } | Error::Never { .. } => {
            Verdict::No("address".into())
        }
        Error::Redirect { status, .. } => Verdict::Away(
            Why {
                status: Some(*status),
                ..Why::from("not-an-answer")
            },
            None,
        ),
        Error::TooLarge { .. } => Verdict::Away("not-an-answer".into(), None),
        _ => Verdict::Away("unreachable".into(), None),
    }
}

fn token(error: &tokens::Error) -> Verdict {
    match error {
        tokens::Error::NoEndpoint => Verdict::No("no-service".into()),
        tokens::Error::Unreachable(error) => unreachable(error),
        tokens::Error::Refused { status, code } => Verdict::Away(
            Why {
                code: if *status >= 500 {
                    "busy"
                } else {
                    "token-refused"
                },
                status: Some(*status),
                said: code.as_deref().map(short),
            },
            None,
        ),
        tokens::Error::NotAToken => Verdict::Away("not-an-answer".into(), None),
        tokens::Error::NothingGranted => Verdict::No("scope-missing".into()),
        tokens::Error::Here => Verdict::Later("here".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, said: &str) -> Verdict {
        Refused::Status(Answered {
            status,
            said: Some(said.to_owned()),
            wait: None,
        })
        .into()
    }

    #[test]
    fn statuses_mean_what_platforms_mean_by_them() {
        assert_eq!(of(409, ""), Verdict::Superseded);
        for (status, code) in [
            (400, "not-gradable"),
            (404, "no-line-item"),
            (403, "forbidden"),
        ] {
            assert!(matches!(of(status, "no"), Verdict::No(why) if why.code == code));
        }
        for status in [401, 429, 502, 503, 504] {
            assert!(matches!(of(status, ""), Verdict::Away(..)), "{status}");
        }
        let throttled = of(403, "403 Forbidden (Rate Limit Exceeded)");
        assert!(matches!(throttled, Verdict::Away(..)));
        assert!(matches!(of(500, ""), Verdict::Later(_)));
    }

    #[test]
    fn what_a_platform_says_is_cut_and_plain() {
        assert_eq!(short(" a\nb\u{7}c "), "a b c");
        assert_eq!(short(&"x".repeat(1_000)).len(), MOST_SAID);
    }
}
