//! Sessions: what a launch opens. They live in the path, and are bound to the browser that
//! answered first.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Member;
use crate::store::ids::{CourseId, Hash, Reference, UserId};
use crate::store::rows::people::{Binding, Role, Session};
use crate::store::trees::{BrowserOf, Connections, Deployments, Sessions, SessionsOf};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::{Time, World};

/// Sessions that one person or one browser may have at a time; older ones make room.
const MOST: usize = 50;
/// Sessions that are looked through at a time; there are never nearly as many.
const MOST_READ: usize = 1_000;
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
        decide(&mut session, &shown);
        let decided = session.binding != row.value.binding;
        let opens = check(&session, &shown);
        if opens.is_ok() {
            refresh(&mut session, world.now(), lifetimes);
        }
        match replace(store, hash, &row, &session).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => continue,
            // Living longer can wait until the disk has space again; the decision cannot.
            Err(StoreError::Full) if !decided => {}
            Err(error) => return Err(error.into()),
        }
        return opens.map(|()| Member::new(hash, session));
    }
    Err(Error::Store(StoreError::Conflict))
}

/// The first request decides how the session is bound.
fn decide(session: &mut Session, shown: &Shown<'_>) {
    if session.binding != Binding::Undecided {
        return;
    }
    if shown.cookie_of(session) {
        session.binding = Binding::Cookie;
    } else {
        session.binding = Binding::Unbound;
        session.browser = None;
    }
}

/// Whether the session opens for a browser that shows itself so.
fn check(session: &Session, shown: &Shown<'_>) -> Result<(), Error> {
    match session.binding {
        Binding::Cookie if !shown.cookie_of(session) => Err(Error::OtherBrowser),
        Binding::Unbound if shown.document => Err(Error::NeedsFrame),
        _ => Ok(()),
    }
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

/// The same person as the session lets them by now: it may have ended since it was opened, or lost
/// rights. Whatever takes long asks again before it is done.
pub async fn again(
    store: &Store,
    world: &World,
    lifetimes: Lifetimes,
    member: &Member,
) -> Result<Member, Error> {
    if member.is_stored() {
        behind_ticket(store, world, lifetimes, member.hash()).await
    } else {
        Ok(member.clone())
    }
}

/// Everything that a person has open.
pub fn all_of(store: &Store, world: &World, user: UserId) -> Result<Vec<Member>, StoreError> {
    let mut open = Vec::new();
    for (hash, _) in of_user(store, user)? {
        let row = live(store, world, hash)?;
        open.extend(row.map(|row| Member::new(hash, row.value)));
    }
    Ok(open)
}

/// A session that has not ended, of a connection that was not switched off since, and of a
/// deployment that was not blocked.
fn live(store: &Store, world: &World, hash: Hash) -> Result<Option<Row<Session>>, StoreError> {
    let row = store.read::<Sessions>(&hash)?;
    let Some(row) = row.filter(|row| world.now() < row.value.idle_until) else {
        return Ok(None);
    };
    let connection = store.get::<Connections>(&row.value.connection)?;
    if connection.is_none_or(|connection| !connection.enabled) {
        return Ok(None);
    }
    let deployment = (row.value.connection, row.value.deployment.clone());
    let deployment = store.get::<Deployments>(&deployment)?;
    Ok(deployment.is_none_or(|d| !d.blocked).then_some(row))
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
    change(&mut commit, hash, row, session);
    store.commit(commit).await
}

/// Adds a change of a session to `commit`, with its index entries, which end when it does.
fn change(commit: &mut Commit, hash: Hash, row: &Row<Session>, new: &Session) {
    let (old, of_user) = (&row.value, (new.user, hash));
    let (before, after) = (old.idle_until, new.idle_until);
    commit.expect_unchanged::<Sessions>(&hash, row);
    commit.put_moving_end::<Sessions>(&hash, new, before, after);
    commit.put_moving_end::<SessionsOf>(&of_user, &(), before, after);
    match (old.browser, new.browser) {
        (_, Some(browser)) => {
            commit.put_moving_end::<BrowserOf>(&(browser, hash), &(), before, after);
        }
        (Some(browser), None) => {
            commit.delete_ending::<BrowserOf>(&(browser, hash), before);
        }
        (None, None) => {}
    }
}

/// Adds a new session to `commit`.
pub(super) fn add(commit: &mut Commit, hash: Hash, session: &Session) {
    let end = session.idle_until;
    commit.expect_absent::<Sessions>(&hash);
    commit.put_until::<Sessions>(&hash, session, end);
    commit.put_until::<SessionsOf>(&(session.user, hash), &(), end);
    if let Some(browser) = session.browser {
        commit.put_until::<BrowserOf>(&(browser, hash), &(), end);
    }
}

/// The row of a session, whether or not it has ended.
pub(super) fn row(store: &Store, hash: Hash) -> Result<Option<Row<Session>>, StoreError> {
    store.read::<Sessions>(&hash)
}

/// Adds the end of a session to `commit`.
pub(super) fn remove(commit: &mut Commit, hash: Hash, row: &Row<Session>) {
    let session = &row.value;
    commit.expect_unchanged::<Sessions>(&hash, row);
    commit.delete_ending::<Sessions>(&hash, session.idle_until);
    commit.delete_ending::<SessionsOf>(&(session.user, hash), session.idle_until);
    if let Some(browser) = session.browser {
        commit.delete_ending::<BrowserOf>(&(browser, hash), session.idle_until);
    }
}

/// The session that a launch opened, while it is there.
pub fn of_launch(
    store: &Store,
    user: UserId,
    launch: Reference,
) -> Result<Option<Session>, StoreError> {
    let mut own = of_user(store, user)?.into_iter().map(|(_, row)| row.value);
    Ok(own.find(|session| session.launch == launch))
}

/// The sessions of a user.
fn of_user(store: &Store, user: UserId) -> Result<Vec<(Hash, Row<Session>)>, StoreError> {
    let entries = store.page::<SessionsOf>(&(user,), None, MOST_READ)?;
    with_rows(store, entries.into_iter().map(|((_, hash), ())| hash))
}

/// The sessions bound to a browser.
fn of_browser(store: &Store, browser: Hash) -> Result<Vec<(Hash, Row<Session>)>, StoreError> {
    let entries = store.page::<BrowserOf>(&(browser,), None, MOST_READ)?;
    with_rows(store, entries.into_iter().map(|((_, hash), ())| hash))
}

fn with_rows(
    store: &Store,
    hashes: impl Iterator<Item = Hash>,
) -> Result<Vec<(Hash, Row<Session>)>, StoreError> {
    let mut sessions = Vec::new();
    for hash in hashes {
        if let Some(row) = store.read::<Sessions>(&hash)? {
            sessions.push((hash, row));
        }
    }
    Ok(sessions)
}

/// Whose live sessions a browser holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// Nobody's.
    Nobody,
    /// This person's.
    Same,
    /// Only other people's.
    Others,
}

/// Whether `user` is the one who is signed in here; a person whom nobody knows yet is `None`.
pub fn present(
    store: &Store,
    world: &World,
    browser: Hash,
    user: Option<UserId>,
) -> Result<Present, StoreError> {
    let mut present = Present::Nobody;
    for (_, row) in of_browser(store, browser)? {
        if world.now() >= row.value.idle_until {
            continue;
        }
        if Some(row.value.user) == user {
            return Ok(Present::Same);
        }
        present = Present::Others;
    }
    Ok(present)
}

/// What a launch changes about the sessions that were there before it: another person's in this
/// browser end, when it is `proven` that this browser's own person came with it; staff rights in the
/// same course end when the new role is lower, and the oldest make room.
pub(super) fn make_way(
    store: &Store,
    commit: &mut Commit,
    new: &Session,
    proven: bool,
) -> Result<(), StoreError> {
    let mut own = of_user(store, new.user)?;
    own.sort_by_key(|(_, row)| row.value.created);
    let surplus = (own.len() + 1).saturating_sub(MOST);
    for (index, (hash, row)) in own.iter().enumerate() {
        let session = &row.value;
        let same_course = session.course.is_some() && session.course == new.course;
        let higher = session.role > new.role || session.sees_learners && !new.sees_learners;
        if index < surplus {
            remove(commit, *hash, row);
        } else if same_course && higher {
            let lowered = Session {
                role: session.role.min(new.role),
                sees_learners: session.sees_learners && new.sees_learners,
                ..session.clone()
            };
            change(commit, *hash, row, &lowered);
        }
    }
    if let Some(browser) = new.browser.filter(|_| proven) {
        for (hash, row) in of_browser(store, browser)? {
            if row.value.user != new.user {
                remove(commit, hash, &row);
            }
        }
    }
    Ok(())
}

/// What a removal from a course changes about the sessions that were there before it: their staff
/// rights in that course end.
pub(super) fn end_staff_rights(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    course: CourseId,
) -> Result<(), StoreError> {
    for (hash, row) in of_user(store, user)? {
        let session = &row.value;
        let staff = session.role > Role::Member || session.sees_learners;
        if session.course == Some(course) && staff {
            let lowered = Session {
                role: Role::Member,
                sees_learners: false,
                ..session.clone()
            };
            change(commit, hash, &row, &lowered);
        }
    }
    Ok(())
}

/// Ends a person's session and, on the same browser, the person's others.
pub async fn sign_out(store: &Store, member: &Member) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        let mut commit = Commit::new();
        commit.frees();
        if let Some(row) = store.read::<Sessions>(&member.hash())? {
            remove(&mut commit, member.hash(), &row);
        }
        if let Some(browser) = member.session().browser {
            for (hash, row) in of_browser(store, browser)? {
                if hash != member.hash() && row.value.user == member.session().user {
                    remove(&mut commit, hash, &row);
                }
            }
        }
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
    Err(StoreError::Conflict)
}
