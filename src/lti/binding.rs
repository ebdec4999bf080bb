//! Whether the browser that posts a token is the one that began the login, or was sent by the
//! platform's own page.
//!
//! Cookies settle it where there are any. Many browsers keep none in a frame; for those the platform
//! may keep what the login began with (LTI Client Side postMessages 1.0), and else the `Origin` header
//! says which page posted the token. Where that says nothing either, the launch may go on in a new
//! window, by a press of the person's own.

use super::origin::parse_origin;

/// What a request that posts a token shows of its browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// Whether the cookie of the very login that the token answers came with it.
    pub cookie_of_this_login: bool,
    /// Whether any cookie of ours came with it.
    pub any_cookie: bool,
    /// What the platform's storage in this browser says.
    pub storage: Storage,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Dest` header.
    pub fetch_dest: Option<&'a str>,
}

/// What the platform keeps for us in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The login put nothing there.
    Unused,
    /// The login put its mark there, and nobody has asked for it yet.
    Unasked,
    /// Nothing came back: it had none, failed, or never answered.
    Silent,
    /// The mark of the very login that the token answers.
    ThisLogin,
    /// Something else.
    Another,
}

/// How a launch goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This browser began the login.
    Cookie,
    /// This browser keeps no cookies here, and the platform's storage is to be asked first.
    AskStorage,
    /// This browser began the login, as the platform's storage in it shows.
    Storage,
    /// This browser keeps no cookies here, and the platform's own page posted the token.
    Origin,
    /// Nothing is known: the person may continue in a new window.
    NewWindow,
    /// It does not go on.
    Refused(Reason),
}

/// Why a launch does not go on in this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It keeps our cookies but not this login's: the login began elsewhere.
    #[error("the login was begun in another browser")]
    OtherBrowser,
    /// The platform kept something else for us there than this login's mark.
    #[error("the platform's storage in this browser holds something else than this login's mark")]
    OtherStorage,
    /// A page that is not the platform's posted the token.
    #[error("the token was posted by a page that is not the platform's")]
    ForeignOrigin,
    /// Not in a frame, and yet without the cookie that a window of its own would keep.
    #[error("the browser kept no cookie in a window of its own")]
    NoCookieAtTopLevel,
    /// It keeps no cookie and does not say whether it is in a frame.
    #[error("the browser keeps no cookie and does not say whether it is in a frame")]
    UnknownPlace,
}

impl Reason {
    /// The stable code of this reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherBrowser | Self::OtherStorage => "other-browser",
            Self::ForeignOrigin => "foreign-origin",
            Self::NoCookieAtTopLevel => "no-cookie-at-top-level",
            Self::UnknownPlace => "no-cookie-unknown-place",
        }
    }
}

/// Where the browser is about to show the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    TopLevel,
    Frame,
    Unknown,
}

impl Place {
    /// Reads a `Sec-Fetch-Dest` header (Fetch Metadata Request Headers, section 2.1).
    fn of(fetch_dest: Option<&str>) -> Self {
        match fetch_dest {
            Some("document") => Self::TopLevel,
            Some("iframe" | "frame" | "embed" | "object" | "fencedframe") => Self::Frame,
            _ => Self::Unknown,
        }
    }
}

/// Whether the browser says that it shows the answer in a frame.
pub fn in_frame(fetch_dest: Option<&str>) -> bool {
    Place::of(fetch_dest) == Place::Frame
}

/// Decides. `accepted` are the origins that may post tokens of this registration: its
/// authentication endpoint's and those that were added or learned, never one that the token itself
/// names.
///
/// A check that could have passed and failed never falls through to the next one.
pub fn decide<O: AsRef<str>>(
    evidence: &Evidence<'_>,
    accepted: impl IntoIterator<Item = O>,
) -> Verdict {
    if evidence.cookie_of_this_login {
        return Verdict::Cookie;
    }
    if evidence.any_cookie {
        return Verdict::Refused(Reason::OtherBrowser);
    }
    let place = Place::of(evidence.fetch_dest);
    match evidence.storage {
        // A window of its own needs the cookie, whatever the platform keeps.
        Storage::Unasked if place != Place::TopLevel => return Verdict::AskStorage,
        Storage::ThisLogin if place != Place::TopLevel => return Verdict::Storage,
        Storage::Another => return Verdict::Refused(Reason::OtherStorage),
        Storage::Unused | Storage::Silent | Storage::Unasked | Storage::ThisLogin => {}
    }
    match evidence.origin {
        Some(origin) if origin != "null" => by_origin(origin, accepted, place),
        _ => without_origin(place),
    }
}

fn by_origin<O: AsRef<str>>(
    origin: &str,
    accepted: impl IntoIterator<Item = O>,
    place: Place,
) -> Verdict {
    let origin = parse_origin(origin);
    let is_accepted = origin.is_some()
        && accepted
            .into_iter()
            .any(|own| parse_origin(own.as_ref()) == origin);
    if !is_accepted {
        return Verdict::Refused(Reason::ForeignOrigin);
    }
    match place {
        Place::TopLevel => Verdict::Refused(Reason::NoCookieAtTopLevel),
        Place::Frame | Place::Unknown => Verdict::Origin,
    }
}

fn without_origin(place: Place) -> Verdict {
    match place {
        Place::Frame => Verdict::NewWindow,
        Place::TopLevel => Verdict::Refused(Reason::NoCookieAtTopLevel),
        // The new window is never offered at top level, and this may be it.
        Place::Unknown => Verdict::Refused(Reason::UnknownPlace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: &str = "https://lms.example";
    const ADDED: &str = "https://school.example:8443";

    fn decided(
        cookie_of_this_login: bool,
        any_cookie: bool,
        storage: Storage,
        origin: Option<&str>,
        fetch_dest: Option<&str>,
    ) -> Verdict {
        let evidence = Evidence {
            cookie_of_this_login,
            any_cookie,
            storage,
            origin,
            fetch_dest,
        };
        decide(&evidence, [PLATFORM, ADDED])
    }

    const STORAGES: [Storage; 5] = [
        Storage::Unused,
        Storage::Unasked,
        Storage::Silent,
        Storage::ThisLogin,
        Storage::Another,
    ];
    const ORIGINS: [Option<&str>; 9] = [
        None,
        Some("null"),
        Some(PLATFORM),
        Some(ADDED),
        Some("https://evil.example"),
        Some("http://lms.example"),
        Some("https://lms.example.evil.example"),
        Some(""),
        Some("https://lms.example/"),
    ];
    const DESTS: [Option<&str>; 7] = [
        None,
        Some("document"),
        Some("iframe"),
        Some("frame"),
        Some("embed"),
        Some("empty"),
        Some(""),
    ];

    /// Every origin in every place.
    fn everywhere() -> impl Iterator<Item = (Option<&'static str>, Option<&'static str>)> {
        ORIGINS
            .into_iter()
            .flat_map(|origin| DESTS.into_iter().map(move |dest| (origin, dest)))
    }

    #[test]
    fn this_logins_cookie_settles_it() {
        for (origin, dest) in everywhere() {
            for storage in STORAGES {
                for any in [true, false] {
                    let verdict = decided(true, any, storage, origin, dest);
                    assert_eq!(verdict, Verdict::Cookie);
                }
            }
        }
    }

    #[test]
    fn other_cookies_of_ours_settle_it_too() {
        for (origin, dest) in everywhere() {
            for storage in STORAGES {
                let verdict = decided(false, true, storage, origin, dest);
                assert_eq!(verdict, Verdict::Refused(Reason::OtherBrowser));
            }
        }
    }

    #[test]
    fn without_cookies_every_origin_in_every_place() {
        use Verdict::{NewWindow, Origin, Refused};
        const TOP: Verdict = Refused(Reason::NoCookieAtTopLevel);
        const WHERE: Verdict = Refused(Reason::UnknownPlace);
        const FOREIGN: Verdict = Refused(Reason::ForeignOrigin);
        // One row per origin, one column per place, in the order of the tables above.
        let expected = [
            [WHERE, TOP, NewWindow, NewWindow, NewWindow, WHERE, WHERE],
            [WHERE, TOP, NewWindow, NewWindow, NewWindow, WHERE, WHERE],
            [Origin, TOP, Origin, Origin, Origin, Origin, Origin],
            [Origin, TOP, Origin, Origin, Origin, Origin, Origin],
            [FOREIGN; 7],
            [FOREIGN; 7],
            [FOREIGN; 7],
            [FOREIGN; 7],
            [FOREIGN; 7],
        ];
        for (origin, row) in ORIGINS.iter().zip(expected) {
            for (dest, verdict) in DESTS.iter().zip(row) {
                for storage in [Storage::Unused, Storage::Silent] {
                    let decided = decided(false, false, storage, *origin, *dest);
                    assert_eq!(decided, verdict, "{storage:?} {origin:?} {dest:?}");
                }
            }
        }
    }

    /// Whatever posted the token, and before its origin is looked at: except in a window of its own,
    /// where it is as if the platform kept nothing.
    #[test]
    fn the_platforms_storage_comes_before_the_origin() {
        for (origin, dest) in everywhere() {
            let decided = |storage| decided(false, false, storage, origin, dest);
            if dest == Some("document") {
                for storage in [Storage::Unasked, Storage::ThisLogin] {
                    assert_eq!(decided(storage), decided(Storage::Unused));
                }
            } else {
                assert_eq!(decided(Storage::Unasked), Verdict::AskStorage);
                assert_eq!(decided(Storage::ThisLogin), Verdict::Storage);
            }
            assert_eq!(
                decided(Storage::Another),
                Verdict::Refused(Reason::OtherStorage)
            );
        }
    }

    #[test]
    fn what_is_no_origin_is_never_accepted() {
        let evidence = Evidence {
            cookie_of_this_login: false,
            any_cookie: false,
            storage: Storage::Unused,
            origin: Some("nonsense"),
            fetch_dest: Some("iframe"),
        };
        for accepted in [&["nonsense", "null", ""][..], &[]] {
            assert_eq!(
                decide(&evidence, accepted),
                Verdict::Refused(Reason::ForeignOrigin)
            );
        }
    }
}
