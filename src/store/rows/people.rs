//! Users, courses, memberships and sessions.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

pub use super::connections::{
    Connection, Consumer, Deployment, FormerSecret, KeySet, Proposed, Registration, Removal, Source,
};
use crate::lti::roles::CourseRole;
use crate::store::ids::{
    ConnectionId, CourseId, Hash, ItemId, PlacementId, Reference, SortKey, UserId,
};
use crate::store::rows::launchlog::Entry;
use crate::store::tree::rows;
use crate::world::Time;

/// Names the user of a (connection, subject).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct UserRef {
    /// The user.
    #[n(0)]
    pub user: UserId,
}

/// Names the course of a (connection, deployment, context).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct CourseRef {
    /// The course.
    #[n(0)]
    pub course: CourseId,
}

/// A person. Personal data is what the platform last sent, and never required.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct User {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The platform's name for the person; empty after an anonymous launch.
    #[n(1)]
    pub subject: String,
    /// Full name.
    #[n(2)]
    pub name: Option<String>,
    /// Given name.
    #[n(3)]
    pub given_name: Option<String>,
    /// Family name.
    #[n(4)]
    pub family_name: Option<String>,
    /// Email address; kept only when the configuration asks for it.
    #[n(5)]
    pub email: Option<String>,
    /// Preferred language (BCP 47).
    #[n(6)]
    pub locale: Option<String>,
    /// Whether this is a teacher's student preview.
    #[n(7)]
    pub test_user: bool,
    /// First launch.
    #[n(8)]
    pub first_seen: Time,
    /// Last launch.
    #[n(9)]
    pub last_seen: Time,
    /// Whether the person is known by rosters only, and was never launched.
    #[n(10)]
    #[cbor(default)]
    pub roster_only: bool,
}

impl User {
    /// Somebody of whom nothing but the identity is known.
    pub fn new(connection: ConnectionId, subject: &str, seen: Time) -> Self {
        Self {
            connection,
            subject: subject.to_owned(),
            name: None,
            given_name: None,
            family_name: None,
            email: None,
            locale: None,
            test_user: false,
            first_seen: seen,
            last_seen: seen,
            roster_only: false,
        }
    }
}

/// An LTI context.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Course {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The deployment.
    #[n(1)]
    pub deployment: String,
    /// The context id.
    #[n(2)]
    pub context: String,
    /// Its title.
    #[n(3)]
    pub title: Option<String>,
    /// Its label.
    #[n(4)]
    pub label: Option<String>,
    /// Its types.
    #[n(5)]
    pub types: Vec<String>,
    /// First launch.
    #[n(6)]
    pub first_seen: Time,
    /// Last launch.
    #[n(7)]
    pub last_seen: Time,
    /// Where its roster is, as of the last launch that told.
    #[n(8)]
    pub roster: Option<RosterAt>,
    /// The last sync that went through.
    #[n(9)]
    pub synced: Option<Synced>,
    /// A later sync that did not.
    #[n(10)]
    pub sync_failed: Option<SyncFailed>,
    /// Registrations for which it is the same course: their launches proved that it was theirs
    /// under LTI 1.1. What was placed in it opens for them.
    #[n(11)]
    #[cbor(default)]
    pub joined: Vec<ConnectionId>,
}

impl Course {
    /// A course of which nothing but the identity is known.
    pub fn new(connection: ConnectionId, deployment: &str, context: &str, seen: Time) -> Self {
        Self {
            connection,
            deployment: deployment.to_owned(),
            context: context.to_owned(),
            title: None,
            label: None,
            types: Vec::new(),
            first_seen: seen,
            last_seen: seen,
            roster: None,
            synced: None,
            sync_failed: None,
            joined: Vec::new(),
        }
    }
}

/// Where a course's roster is (Names and Role Provisioning Services).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RosterAt {
    /// The connection whose launch told.
    #[n(0)]
    pub connection: ConnectionId,
    /// The address.
    #[n(1)]
    pub url: String,
    /// Versions of the service.
    #[n(2)]
    pub versions: Vec<String>,
    /// When the connection had last moved as its launch told.
    #[n(3)]
    pub moved: Option<Time>,
}

/// A sync of a course with its roster.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Synced {
    /// When.
    #[n(0)]
    pub at: Time,
    /// How many people the roster had.
    #[n(1)]
    pub people: u32,
    /// How many of them were new.
    #[n(2)]
    pub added: u32,
    /// How many have another role or name than before.
    #[n(3)]
    pub changed: u32,
    /// How many are no longer there.
    #[n(4)]
    pub removed: u32,
    /// How many entries were left out: student previews, and those that name nobody.
    #[n(5)]
    pub left_out: u32,
}

/// A sync that did not go through.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncFailed {
    /// When.
    #[n(0)]
    pub at: Time,
    /// Why: a message below `sync-failed-`.
    #[n(1)]
    pub code: String,
    /// The status that the platform answered with, where that is why.
    #[n(2)]
    pub status: Option<u16>,
}

/// What a person is in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// A learner, or somebody whose role says nothing.
    #[n(0)]
    Member,
    /// `ContentDeveloper` or `TeachingAssistant`.
    #[n(1)]
    Contributor,
    /// `Instructor` or `Administrator`.
    #[n(2)]
    Manager,
}

impl From<CourseRole> for Role {
    fn from(role: CourseRole) -> Self {
        match role {
            CourseRole::Manager => Self::Manager,
            CourseRole::Contributor => Self::Contributor,
            CourseRole::Member => Self::Member,
        }
    }
}

impl From<Role> for CourseRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Manager => Self::Manager,
            Role::Contributor => Self::Contributor,
            Role::Member => Self::Member,
        }
    }
}

/// A user's membership of a course. Lists people; grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    /// The role.
    #[n(0)]
    pub role: Role,
    /// The roles as they came, full URNs.
    #[n(1)]
    pub roles: Vec<String>,
    /// First launch in this course.
    #[n(2)]
    pub first_seen: Time,
    /// Last launch in this course.
    #[n(3)]
    pub last_seen: Time,
    /// Whether the person was on the roster at the last sync.
    #[n(4)]
    #[cbor(default)]
    pub on_roster: bool,
    /// Whether the person is known by the roster only, and was never launched here.
    #[n(5)]
    #[cbor(default)]
    pub roster_only: bool,
    /// Where the person stands in the list of the course; `None`: in no list.
    #[n(6)]
    pub listed: Option<SortKey>,
}

impl Member {
    /// Somebody who is in no list yet.
    pub const fn new(role: Role, seen: Time) -> Self {
        Self {
            role,
            roles: Vec::new(),
            first_seen: seen,
            last_seen: seen,
            on_roster: false,
            roster_only: false,
            listed: None,
        }
    }
}

/// A resource link.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The course it is in.
    #[n(0)]
    pub course: Option<CourseId>,
    /// Its title.
    #[n(1)]
    pub title: Option<String>,
    /// First launch.
    #[n(2)]
    pub first_seen: Time,
    /// Last launch.
    #[n(3)]
    pub last_seen: Time,
}

/// How a session is bound to the browser. Decided once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Binding {
    /// The first request after the launch decides.
    #[n(0)]
    Undecided,
    /// The session's cookie is required.
    #[n(1)]
    Cookie,
    /// This browser keeps no cookie here: never as a document of its own.
    #[n(2)]
    Unbound,
}

/// What a launch opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// The person.
    #[n(0)]
    pub user: UserId,
    /// The connection.
    #[n(1)]
    pub connection: ConnectionId,
    /// The deployment.
    #[n(2)]
    pub deployment: String,
    /// The course, when the launch had one.
    #[n(3)]
    pub course: Option<CourseId>,
    /// The role in that course; without a course, member.
    #[n(4)]
    pub role: Role,
    /// Whether learners' data may be seen (a content developer's may not).
    #[n(5)]
    pub sees_learners: bool,
    /// The resource link.
    #[n(6)]
    pub link: Option<String>,
    /// The item that the launch opened.
    #[n(7)]
    pub item: Option<ItemId>,
    /// How it is bound to the browser.
    #[n(8)]
    pub binding: Binding,
    /// The hash of the session's cookie.
    #[n(9)]
    pub cookie: Hash,
    /// The browser, when it keeps cookies: the hash of its cookie.
    #[n(10)]
    pub browser: Option<Hash>,
    /// Origins that may frame its pages.
    #[n(11)]
    pub frame_origins: Vec<String>,
    /// Where "back to the course" goes.
    #[n(12)]
    pub return_url: Option<String>,
    /// The language of its pages (BCP 47).
    #[n(13)]
    pub locale: Option<String>,
    /// The launch in the launch log.
    #[n(14)]
    pub launch: Reference,
    /// When it was opened.
    #[n(15)]
    pub created: Time,
    /// When it ends at the latest.
    #[n(16)]
    pub ends: Time,
    /// When it ends unless it is used again.
    #[n(17)]
    pub idle_until: Time,
    /// The placement that the launch came by.
    #[n(18)]
    pub placement: Option<PlacementId>,
    /// What the platform takes back, where the launch asked for a selection (JSON).
    #[n(20)]
    pub selection: Option<String>,
    /// Whose submission is reviewed: the platform's id of the person.
    #[n(22)]
    pub for_user: Option<String>,
    /// The custom parameters that its connection has kept, by their whole names.
    #[n(26)]
    #[cbor(default)]
    pub kept: BTreeMap<String, String>,
}

/// A single-use ticket.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ticket {
    /// Until when it may be used.
    #[n(0)]
    pub ends: Time,
    /// What it opens.
    #[n(1)]
    pub opens: Opens,
}

/// What a ticket opens.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Opens {
    /// A verified launch that waits for a window of its own.
    #[n(0)]
    Launch(#[n(0)] WaitingLaunch),
    /// A session, by its hash, once more: in a new tab.
    #[n(1)]
    Session(#[n(0)] Hash),
    /// A verified launch that waits for what the platform's storage in its browser answers.
    #[n(2)]
    Asked(#[n(0)] Box<AskedLaunch>),
}

/// A verified launch that waits for what the platform's storage in its browser answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AskedLaunch {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The launch in its common shape (JSON).
    #[n(1)]
    pub launch: String,
    /// The hash of what its login put there.
    #[n(2)]
    pub kept: Hash,
    /// The origin that posted its token, as the browser said.
    #[n(3)]
    pub origin: Option<String>,
    /// Where the browser shows it, as it said (`Sec-Fetch-Dest`).
    #[n(4)]
    pub place: Option<String>,
    /// What the launch log will tell of it, so far.
    #[n(5)]
    pub entry: Entry,
}

/// A verified launch that waits for a window of its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WaitingLaunch {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The launch in its common shape (JSON).
    #[n(1)]
    pub launch: String,
}

rows!(
    UserRef = 1,
    CourseRef = 1,
    User = 1,
    Course = 1,
    Member = 1,
    Link = 1,
    Session = 1,
    Ticket = 1,
);
