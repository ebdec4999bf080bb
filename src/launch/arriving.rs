//! Takes a verified launch in, once, and answers with its session.

use std::time::Duration;

use super::cookies;
use super::destination::{Destination, destination, history};
use super::migration::{self, Unproven};
use super::record::No;
use super::state::{LIFETIME, Sealed};
use crate::app::rosters::is_known;
use crate::app::{App, Page};
use crate::grades::{Told, watched};
use crate::library::placements::{self, Arrived, Newcomer};
use crate::lti::launch::{Launch, Nrps};
use crate::lti::origin::origin_of;
use crate::people::arrival::{Arrival, Opened, arrive};
use crate::people::consumers::{self, Installation};
use crate::people::sessions::Secret;
use crate::people::tickets::Valid;
use crate::store::ids::{ConnectionId, CourseId, Hash, PlacementId, Reference, UserId};
use crate::store::rows::launchlog::Entry;
use crate::store::rows::people::{Binding, Connection, Role, Source};
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError};

/// How long the nonces of signed forms are remembered: twice the greatest window that a consumer
/// may have, so that a window made wider later brings none back.
const NONCES_KEPT: Duration = Duration::from_hours(2);
/// Attempts to bind a consumer that changes meanwhile.
const ATTEMPTS: usize = 4;

/// What can be used once: the state of a login, the nonce of a signed form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Once {
    mark: Hash,
    /// How long it is remembered.
    kept: Duration,
    /// The refusal of whoever comes with it again.
    code: &'static str,
}

impl Once {
    /// The state of a login; remembered until the state itself has long expired.
    pub(super) fn state(sealed: &Sealed) -> Self {
        Self {
            mark: sealed.hash(),
            kept: LIFETIME * 2,
            code: "state-used",
        }
    }

    /// The nonce of a form that this consumer signed.
    pub(super) fn nonce(consumer: ConnectionId, nonce: &str) -> Self {
        let number = consumer.0.to_be_bytes();
        let named = [b"nonce".as_slice(), &number, nonce.as_bytes()].concat();
        Self {
            mark: Hash::of(&named),
            kept: NONCES_KEPT,
            code: "nonce-used",
        }
    }

    /// Whether it was used before.
    pub(super) fn used(&self, app: &App) -> Result<bool, StoreError> {
        Ok(app.store.get::<Used>(&self.mark)?.is_some())
    }

    /// The refusal of whoever comes with it again.
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }

    /// Uses it up in `commit`.
    pub(super) fn consume(&self, app: &App, commit: &mut Commit) {
        let forgotten = app.world.now().after(self.kept);
        commit
            .expect_absent::<Used>(&self.mark)
            .put_until::<Used>(&self.mark, &(), forgotten);
    }

    /// Why a verified launch is not taken in: it was used before, or its platform sends
    /// too many. Only what the platform signed, and only once, counts towards that limit, so that no
    /// stranger and no repetition uses it up for a school.
    fn obstacle(&self, app: &App, id: ConnectionId) -> Result<Option<&'static str>, StoreError> {
        if self.used(app)? {
            return Ok(Some(self.code));
        }
        let limited = app.launching.take(id, app.world.now()).is_err();
        Ok(limited.then_some("rate-limited"))
    }
}

/// A launch about to open its session.
pub(super) struct Arriving<'a> {
    pub(super) id: ConnectionId,
    pub(super) connection: &'a Connection,
    pub(super) launch: &'a Launch,
    pub(super) reference: Reference,
    pub(super) binding: Binding,
    pub(super) browser: Option<Hash>,
    /// Whether something tells that the browser's own person came with it.
    pub(super) proven: bool,
    /// What is used up with it.
    pub(super) consumes: Consumes<'a>,
}

/// What lets a launch in once and never again.
#[derive(Clone, Copy)]
pub(super) enum Consumes<'a> {
    /// The state of its login, or the nonce of its form.
    Once(Once),
    /// The ticket under which it waited, whose state or nonce is used up already.
    Ticket(&'a Valid),
}

impl Consumes<'_> {
    /// Why it is not taken in all the same. A launch that waited met its obstacles before.
    pub(super) fn obstacle(
        &self,
        app: &App,
        id: ConnectionId,
    ) -> Result<Option<&'static str>, StoreError> {
        match self {
            Self::Once(once) => once.obstacle(app, id),
            Self::Ticket(_) => Ok(None),
        }
    }

    /// Uses it up in `commit`.
    pub(super) fn consume(&self, app: &App, commit: &mut Commit) {
        match self {
            Self::Once(once) => once.consume(app, commit),
            Self::Ticket(ticket) => ticket.consume(commit),
        }
    }

    fn used(&self, app: &App) -> Result<bool, StoreError> {
        match self {
            Self::Once(once) => once.used(app),
            Self::Ticket(ticket) => Ok(!ticket.stands(&app.store)?),
        }
    }

    /// The refusal of whoever comes with it again.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Once(once) => once.code(),
            Self::Ticket(_) => "ticket-used",
        }
    }
}

/// Why a launch is not taken in.
pub(super) enum NotIn {
    /// It is refused.
    No(No),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NotIn {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The refusal of a launch from another installation than the one that its consumer is bound to.
pub(super) fn other_installation() -> No {
    No::from("guid-mismatch").about("tool_consumer_instance_guid")
}

impl Arriving<'_> {
    /// Makes the launch true, once, and binds its consumer to the installation when it is the first.
    pub(super) async fn arrive(
        &self,
        app: &App,
        entry: impl Fn(UserId, Option<CourseId>) -> Entry,
    ) -> Result<Opened, NotIn> {
        let destination = destination(app, self.launch);
        let arrival = Arrival {
            connection: self.id,
            launch: self.launch,
            reference: self.reference,
            binding: self.binding,
            browser: self.browser,
            proven: self.proven,
            item: destination.item(),
            placement: destination.placement(),
            frame_origins: framing(app, self.connection, self.launch),
            roster: self.roster(),
            moved: self.connection.moved,
            joins: match migration::joins(app, self.launch) {
                Ok(joins) => joins,
                Err(Unproven::No) => return Err(NotIn::No("migration-unproven".into())),
                Err(Unproven::Store(error)) => return Err(error.into()),
            },
            keep_email: app.config.people.email,
            names_withheld: self.connection.settings.names_withheld,
            kept: self.connection.settings.kept(self.launch),
            roles: self.connection.settings.overrides(),
            lifetimes: app.lifetimes(),
        };
        let guid = self.launch.platform.guid.as_deref();
        for _ in 0..ATTEMPTS {
            let bind = match consumers::installation(&app.store, self.id, guid)? {
                Installation::Same => None,
                Installation::First(bind) => Some(bind),
                Installation::Other => return Err(NotIn::No(other_installation())),
            };
            let arrived = arrive(&app.store, &app.world, &arrival, |commit, user, course| {
                self.consumes.consume(app, commit);
                if let Some(bind) = &bind {
                    bind.add(commit);
                }
                app.launches
                    .add(commit, self.reference, &entry(user, course));
                if let Some(told) = self.told(destination) {
                    let (world, store) = (&app.world, &app.store);
                    let who = (user, course);
                    told.remember(store, world, commit, who, &|course, placement, user| {
                        watched(store, course, placement, user)
                    })?;
                }
                Ok(())
            });
            match arrived.await {
                Ok(opened) => {
                    app.metrics.launched("opened");
                    app.grades.wake();
                    sync_when_old(app, &opened);
                    return Ok(opened);
                }
                Err(StoreError::Conflict) if self.consumes.used(app)? => {
                    return Err(NotIn::No(self.consumes.code().into()));
                }
                Err(StoreError::Conflict) if bind.is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(NotIn::Store(StoreError::Conflict))
    }

    /// Where scores go, for a launch that came for a placement.
    fn told(&self, destination: Destination) -> Option<Told<'_>> {
        Some(Told {
            connection: self.id,
            launch: self.launch,
            placement: destination.placement()?,
            moved: self.connection.moved,
        })
    }

    /// Where the course's roster is. Under LTI 1.1 its address comes through teachers' hands.
    fn roster(&self) -> Option<&Nrps> {
        let told = self.launch.nrps.as_ref()?;
        let believed = self.connection.consumer.is_none() || is_known(self.connection, &told.url);
        believed.then_some(told)
    }

    /// The redirect into the session, with its cookies, to what the launch came for.
    pub(super) async fn answer(&self, app: &App, opened: &Opened) -> Page {
        let destination = match destination(app, self.launch) {
            Destination::Placement(id) => self.placement(app, opened, id).await,
            other => other,
        };
        into_session(app, &opened.token, &opened.cookie, destination)
    }

    /// What a placement opens; its own page says why it opens nothing.
    async fn placement(&self, app: &App, opened: &Opened, id: PlacementId) -> Destination {
        let history = history(self.launch);
        let newcomer = Newcomer {
            connection: self.id,
            deployment: &self.launch.deployment,
            course: opened.course,
            user: opened.user,
            staff: opened.role > Role::Member,
            history: &history,
        };
        match placements::arrive(&app.store, &app.world, newcomer, id).await {
            Ok(Arrived::Opens(item)) => Destination::Item(item),
            Ok(Arrived::NeedsStaff | Arrived::Nothing) => Destination::Placement(id),
            Err(error) => {
                // The session is there, and its page of the placement tries once more.
                tracing::warn!(%error, "a placement could not be looked at");
                Destination::Placement(id)
            }
        }
    }
}

/// A manager's launch brings the course up to date, beside its own way.
fn sync_when_old(app: &App, opened: &Opened) {
    if let Some(course) = opened.course.filter(|_| opened.role == Role::Manager)
        && let Err(error) = app.sync_when_old(course)
    {
        tracing::warn!(%course, %error, "a course could not be looked at");
    }
}

/// The redirect to a session's first page, with the session's cookies.
pub(super) fn into_session(
    app: &App,
    token: &Secret,
    cookie: &Secret,
    destination: Destination,
) -> Page {
    let token = &token.text;
    let below = destination.below();
    let path = format!("{}/s/{token}/{below}", app.public().base_path());
    Page::see_other(&path).cookies(cookies::of_session(app, token, &cookie.text))
}

/// The origins that may frame the pages of a session.
pub(super) fn framing(app: &App, connection: &Connection, launch: &Launch) -> Vec<String> {
    let registration = connection.registration.as_ref();
    let signed = [
        launch.presentation.return_url.as_ref(),
        launch.platform.url.as_ref(),
        launch.selection_return(),
    ];
    let signed = signed.into_iter().flatten();
    let mut origins: Vec<String> = [
        registration.and_then(|r| origin_of(&r.issuer)),
        registration.and_then(|r| origin_of(&r.auth_url)),
    ]
    .into_iter()
    .flatten()
    .chain(signed.filter_map(|url| origin_of(url.as_str())))
    .chain(known_origins(app, connection))
    .collect();
    origins.sort();
    origins.dedup();
    origins
}

/// The origins that were added to a connection, or learned of it, and the practice course's own.
pub(super) fn known_origins(app: &App, connection: &Connection) -> Vec<String> {
    let practice = app.practice_site.as_ref();
    let practice = practice.filter(|_| connection.source == Source::Practice);
    let known = connection.added_origins.iter();
    known
        .chain(&connection.learned_origins)
        .cloned()
        .chain(practice.map(|site| site.origin().to_string()))
        .collect()
}
