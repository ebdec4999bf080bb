//! Sessions: what a launch opens. They live in the path, and are bound to the browser that
//! answered first.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Member;
use crate::store::ids::{Hash, UserId};
use crate::store::rows::people::{Binding, Session};
use crate::store::trees::{BrowserOf, Connections, Sessions, SessionsOf};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::{Time, World};

/// Sessions that one person or one browser may have at a time; older ones make room.
pub const MOST: usize = 50;
/// The names of a session's cookies: unpartitioned and partitioned.
pub const SESSION_COOKIES: [&str; 2] = ["lanterna_session", "lanterna_session_p"];
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Without a request.
    pub idle: Duration,
    /// At the most.
    pub absolute: Duration,
}

/// A session that does not open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such session (any more).
    #[error("the session has ended")]
    Ended,
    /// The session belongs to another browser.
    #[error("the session belongs to another browser")]
    OtherBrowser,
    /// A page of its own needs the browser to keep the session's cookie.
    #[error("the session cannot be opened as a page of its own")]
    NeedsFrame,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A secret that a browser is given: 256 random bits, stored hashed.
#[derive(Clone)]
pub struct Secret {
    /// As it travels: 43 characters, safe in addresses and cookies.
    pub text: String,
    /// As it is stored.
    pub hash: Hash,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.hash.fmt(f)
    }
}

impl Secret {
    /// A new secret.
    pub fn new(world: &World) -> Self {
        let bytes: [u8; 32] = world.random();
        Self {
            text: URL_SAFE_NO_PAD.encode(bytes),
            hash: Hash::of(&bytes),
        }
    }

    /// The hash of a secret that came back; `None` when it cannot be one.
    pub fn hash_of(text: &str) -> Option<Hash> {
        if text.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Hash::of(&bytes))
    }
}

/// What a request shows of the browser that makes it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The values of the session cookies that came back.
    pub cookies: &'a [String],
    /// Whether it asks for a page of its own (`Sec-Fetch-Dest: document`).
    pub document: bool,
}

impl Shown<'_> {
    fn cookie_of(&self, session: &Session) -> bool {
        self.cookies
            .iter()
            .any(|value| Secret::hash_of(value) == Some(session.cookie))
    }
}

/// Opens the session that `token` names for the browser that shows itself so. The first request
/// decides whether the session's cookie is required; a session in use lives on.
pub async fn open(
    store: &Store,
    world: &World,
    lifetimes: Lifetimes,
    token: &str,
    shown: Shown<'_>,
) -> Result<Member, Error> {
    let hash = Secret::hash_of(token).ok_or(Error::Ended)?;
    for _ in 0..ATTEMPTS {
        let row = live(store, world, hash)?.ok_or(Error::Ended)?;
        let mut session = row.value.clone();
        if session.binding == Binding::Undecided {
            let kept = shown.cookie_of(&session);
            session.binding = if kept {
                Binding::Cookie
            } else {
                Binding::Unbound
            };
            if !kept {
                session.browser = None;
            }
        }
        refresh(&mut session, world.now(), lifetimes);
        match replace(store, hash, &row, &session).await {
            Err(StoreError::Conflict) => continue,
            other => other?,
        }
        return match session.binding {
            Binding::Cookie if !shown.cookie_of(&session) => Err(Error::OtherBrowser),
            Binding::Unbound if shown.document => Err(Error::NeedsFrame),
            _ => Ok(Member::new(hash, session)),
        };
    }
    Err(Error::Store(StoreError::Conflict))
}

/// The session behind a media ticket, which needs no cookie: media players send none.
/// Watching is using: it keeps the session from its idle end as any page does.
pub async fn behind_ticket(
    store: &Store,
    world: &World,
    lifetimes: Lifetimes,
    hash: Hash,
) -> Result<Member, Error> {
    let row = live(store, world, hash)?.ok_or(Error::Ended)?;
    let mut session = row.value.clone();
    refresh(&mut session, world.now(), lifetimes);
    if let Err(error) = replace(store, hash, &row, &session).await {
        // Another request of the session was first with the same, or the disk is full: neither is
        // a reason to stop a film.
        tracing::debug!(%error, "a session was not prolonged");
    }
    Ok(Member::new(hash, session))
}

/// A session that has not ended, of a connection that was not switched off since.
fn live(store: &Store, world: &World, hash: Hash) -> Result<Option<Row<Session>>, StoreError> {
    let row = store.read::<Sessions>(&hash)?;
    let Some(row) = row.filter(|row| world.now() < row.value.idle_until) else {
        return Ok(None);
    };
    let connection = store.get::<Connections>(&row.value.connection)?;
    Ok(connection.filter(|c| c.enabled).map(|_| row))
}

/// Moves the idle end, in steps of a tenth, so that most requests write nothing.
fn refresh(session: &mut Session, now: Time, lifetimes: Lifetimes) {
    let renewed = now.after(lifetimes.idle).min(session.ends);
    if renewed.since(session.idle_until) > lifetimes.idle / 10 {
        session.idle_until = renewed;
    }
}

async fn replace(
    store: &Store,
    hash: Hash,
    row: &Row<Session>,
    session: &Session,
) -> Result<(), StoreError> {
    if row.value == *session {
        return Ok(());
    }
    let mut commit = Commit::new();
    commit.expect_unchanged::<Sessions>(&hash, row);
    put(&mut commit, hash, session, row.value.idle_until);
    store.commit(commit).await
}

fn put(commit: &mut Commit, hash: Hash, session: &Session, old_end: Time) {
    commit.put_moving_end::<Sessions>(&hash, session, old_end, session.idle_until);
}

/// Adds a new session to `commit`.
pub(super) fn add(commit: &mut Commit, hash: Hash, session: &Session) {
    commit.expect_absent::<Sessions>(&hash);
    commit.put_until::<Sessions>(&hash, session, session.idle_until);
    commit.put_until::<SessionsOf>(&(session.user, hash), &(), session.ends);
    if let Some(browser) = session.browser {
        commit.put_until::<BrowserOf>(&(browser, hash), &(), session.ends);
    }
}

/// Adds the end of a session to `commit`.
fn remove(commit: &mut Commit, hash: Hash, session: &Session) {
    commit.delete_ending::<Sessions>(&hash, session.idle_until);
    commit.delete_ending::<SessionsOf>(&(session.user, hash), session.ends);
    if let Some(browser) = session.browser {
        commit.delete_ending::<BrowserOf>(&(browser, hash), session.ends);
    }
}

/// The sessions of a user.
pub(super) fn of_user(store: &Store, user: UserId) -> Result<Vec<(Hash, Session)>, StoreError> {
    let entries = store.page::<SessionsOf>(&(user,), None, MOST * 2)?;
    with_rows(store, entries.into_iter().map(|((_, hash), ())| hash))
}

/// The sessions bound to a browser.
pub(super) fn of_browser(store: &Store, browser: Hash) -> Result<Vec<(Hash, Session)>, StoreError> {
    let entries = store.page::<BrowserOf>(&(browser,), None, MOST * 2)?;
    with_rows(store, entries.into_iter().map(|((_, hash), ())| hash))
}

fn with_rows(
    store: &Store,
    hashes: impl Iterator<Item = Hash>,
) -> Result<Vec<(Hash, Session)>, StoreError> {
    let mut sessions = Vec::new();
    for hash in hashes {
        if let Some(session) = store.get::<Sessions>(&hash)? {
            sessions.push((hash, session));
        }
    }
    Ok(sessions)
}

/// What a launch changes about the sessions that were there before it: another person's in this
/// browser end, staff rights in the same course end when the new role is lower, and the oldest
/// make room.
pub(super) fn make_way(
    store: &Store,
    commit: &mut Commit,
    new: &Session,
) -> Result<(), StoreError> {
    let mut own = of_user(store, new.user)?;
    own.sort_by_key(|(_, session)| session.created);
    let surplus = (own.len() + 1).saturating_sub(MOST);
    for (index, (hash, session)) in own.iter().enumerate() {
        let same_course = session.course.is_some() && session.course == new.course;
        if index < surplus {
            remove(commit, *hash, session);
        } else if same_course
            && (session.role > new.role || session.sees_learners && !new.sees_learners)
        {
            let lowered = Session {
                role: session.role.min(new.role),
                sees_learners: session.sees_learners && new.sees_learners,
                ..session.clone()
            };
            put(commit, *hash, &lowered, session.idle_until);
        }
    }
    if let Some(browser) = new.browser {
        for (hash, session) in of_browser(store, browser)? {
            if session.user != new.user {
                remove(commit, hash, &session);
            }
        }
    }
    Ok(())
}

/// Ends a person's session and, on the same browser, the person's others.
pub async fn sign_out(store: &Store, member: &Member) -> Result<(), StoreError> {
    let mut commit = Commit::new();
    remove(&mut commit, member.hash(), member.session());
    if let Some(browser) = member.session().browser {
        for (hash, session) in of_browser(store, browser)? {
            if hash != member.hash() && session.user == member.session().user {
                remove(&mut commit, hash, &session);
            }
        }
    }
    store.commit(commit).await
}
