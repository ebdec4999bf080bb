//! Takes a verified launch in and answers with its session.

use super::record::Record;
use super::state::LIFETIME;
use super::verify::{Outcome, Verified, verify};
use super::{Error, FORM_LIMIT, cookies, window};
use crate::app::{App, Input, Page};
use crate::lti::binding::Verdict;
use crate::lti::launch::Launch;
use crate::lti::oidc::AuthenticationResponse;
use crate::lti::origin::{origin_of, parse_origin};
use crate::people::arrival::{Arrival, Opened, arrive};
use crate::people::connections;
use crate::people::sessions::Secret;
use crate::people::tickets::Valid;
use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, Reference, UserId};
use crate::store::rows::launchlog::Entry;
use crate::store::rows::people::{Binding, Connection, Source};
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError};

/// `POST /lti/launch`: every LTI 1.3 launch. The path says nothing: what is signed decides.
pub async fn launch(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let response = match AuthenticationResponse::parse(form.pairs().iter().cloned()) {
        Ok(response) => response,
        Err(error) => {
            let record = Record::new(app, "launch");
            let old = form.get("oauth_consumer_key").is_some();
            let code = if old {
                "lti-1p1-not-offered"
            } else {
                error.code()
            };
            let detail = Some(error.name().to_owned());
            return Err(record.refuse(app, input, code, detail).await);
        }
    };
    let (outcome, record) = verify(app, input, response).await?;
    match outcome {
        Outcome::Restarted(page) => Ok(*page),
        Outcome::Verified(verified) => match verified.verdict {
            Verdict::NewWindow => window::wait(app, input, *verified, record).await,
            _ => open(app, input, *verified, record).await,
        },
    }
}

async fn open(app: &App, input: &Input, verified: Verified, record: Record) -> Result<Page, Error> {
    let Verified {
        id,
        connection,
        launch,
        verdict,
        sealed,
    } = verified;
    let by_cookie = verdict == Verdict::Cookie;
    if let Some(code) = obstacle(app, id, &sealed.hash())? {
        return Err(record.refuse(app, input, code, None).await);
    }
    let arriving = Arriving {
        id,
        connection: &connection,
        launch: &launch,
        reference: input.reference,
        // At top level the cookie was there and stays required; in a frame the first request shows.
        binding: if input.wants_document() {
            Binding::Cookie
        } else {
            Binding::Undecided
        },
        browser: cookies::browser(input).filter(|_| by_cookie),
        consumes: Consumes::State(sealed.hash()),
    };
    let opened = match arriving
        .arrive(app, |user, course| record.opened(user, course))
        .await
    {
        Ok(opened) => opened,
        Err(StoreError::Conflict) if used(app, &sealed.hash())? => {
            return Err(record.refuse(app, input, "state-used", None).await);
        }
        Err(error) => return Err(error.into()),
    };
    if let Err(error) = learn(app, input, id, &connection, &launch, by_cookie).await {
        // The launch itself is done.
        tracing::warn!(connection = %id, %error, "what a launch taught was not kept");
    }
    let page = answer(app, &launch, &opened);
    Ok(page.cookies(cookies::end_of_login(app, &sealed)))
}

/// What a launch teaches about its platform: its product and, when the browser was recognised by
/// its cookie, the origin that posts its tokens.
async fn learn(
    app: &App,
    input: &Input,
    id: ConnectionId,
    connection: &Connection,
    launch: &Launch,
    by_cookie: bool,
) -> Result<(), StoreError> {
    let family = launch.platform.family.as_deref();
    let family = family.filter(|family| connection.family.as_deref() != Some(*family));
    let origin = posting_origin(input, launch).filter(|_| by_cookie);
    let new = origin.filter(|origin| !connection.learned_origins.contains(origin));
    if family.is_none() && new.is_none() {
        return Ok(());
    }
    connections::learn(&app.store, id, family, new.as_deref()).await
}

/// The origin that posted the token, when the platform signed that it is one of its own: anybody
/// can have their own token posted by a page of their own.
fn posting_origin(input: &Input, launch: &Launch) -> Option<String> {
    let origin = parse_origin(input.header(http::header::ORIGIN)?)?;
    let signed = [
        launch.presentation.return_url.as_ref(),
        launch.platform.url.as_ref(),
    ];
    let mut signed = signed
        .into_iter()
        .flatten()
        .filter_map(|url| origin_of(url.as_str()));
    signed.any(|signed| signed == origin).then_some(origin)
}

/// A launch about to open its session.
pub(super) struct Arriving<'a> {
    pub(super) id: ConnectionId,
    pub(super) connection: &'a Connection,
    pub(super) launch: &'a Launch,
    pub(super) reference: Reference,
    pub(super) binding: Binding,
    pub(super) browser: Option<Hash>,
    /// What is used up with it.
    pub(super) consumes: Consumes<'a>,
}

/// What lets a launch in once and never again.
pub(super) enum Consumes<'a> {
    /// The state of its login.
    State(Hash),
    /// The ticket under which it waited, whose login's state is used up already.
    Ticket(&'a Valid),
}

impl Consumes<'_> {
    fn consume(&self, app: &App, commit: &mut Commit) {
        match self {
            Self::State(state) => consume_state(app, commit, state),
            Self::Ticket(ticket) => ticket.consume(commit),
        }
    }
}

/// Uses a state up in `commit`; remembered until the state itself has long expired.
pub(super) fn consume_state(app: &App, commit: &mut Commit, state: &Hash) {
    let forgotten = app.world.now().after(LIFETIME * 2);
    commit
        .expect_absent::<Used>(state)
        .put_until::<Used>(state, &(), forgotten);
}

impl Arriving<'_> {
    /// Makes the launch true, once: [`StoreError::Conflict`] when what it consumes was used before.
    pub(super) async fn arrive(
        &self,
        app: &App,
        entry: impl Fn(UserId, Option<CourseId>) -> Entry,
    ) -> Result<Opened, StoreError> {
        let arrival = Arrival {
            connection: self.id,
            launch: self.launch,
            reference: self.reference,
            binding: self.binding,
            browser: self.browser,
            item: item(self.launch),
            frame_origins: framing(app, self.connection, self.launch),
            keep_email: app.config.people.email,
            lifetimes: app.lifetimes(),
        };
        let opened = arrive(&app.store, &app.world, &arrival, |commit, user, course| {
            self.consumes.consume(app, commit);
            app.launches
                .add(commit, self.reference, &entry(user, course));
        })
        .await?;
        app.metrics.launched("opened");
        Ok(opened)
    }
}

/// The redirect into the session, with its cookies.
pub(super) fn answer(app: &App, launch: &Launch, opened: &Opened) -> Page {
    into_session(app, &opened.token, &opened.cookie, item(launch))
}

/// The redirect to a session's first page, with the session's cookies.
pub(super) fn into_session(
    app: &App,
    token: &Secret,
    cookie: &Secret,
    item: Option<ItemId>,
) -> Page {
    let token = &token.text;
    let below = item.map_or_else(|| "library".to_owned(), |item| format!("media/{item}"));
    let path = format!("{}/s/{token}/{below}", app.public().base_path());
    Page::see_other(&path).cookies(cookies::of_session(app, token, &cookie.text))
}

/// The item that a custom parameter names. It chooses what is shown and grants nothing.
fn item(launch: &Launch) -> Option<ItemId> {
    ["media_id", "media_friendly_token"]
        .iter()
        .find_map(|name| launch.custom(name)?.parse().ok())
}

/// The origins that may frame the pages of a session.
pub(super) fn framing(app: &App, connection: &Connection, launch: &Launch) -> Vec<String> {
    let registration = connection.registration.as_ref();
    let mut origins: Vec<String> = [
        registration.and_then(|r| origin_of(&r.issuer)),
        registration.and_then(|r| origin_of(&r.auth_url)),
        launch
            .presentation
            .return_url
            .as_ref()
            .and_then(|url| origin_of(url.as_str())),
        launch
            .platform
            .url
            .as_ref()
            .and_then(|url| origin_of(url.as_str())),
    ]
    .into_iter()
    .flatten()
    .chain(connection.added_origins.iter().cloned())
    .chain(connection.learned_origins.iter().cloned())
    .collect();
    if connection.source == Source::Practice
        && let Some(site) = &app.practice_site
    {
        origins.push(site.origin().to_string());
    }
    origins.sort();
    origins.dedup();
    origins
}

/// Why a verified launch is not taken in all the same: its login was used before, or its platform
/// sends too many. Only what the platform signed, and only once, counts towards that limit, so that
/// no stranger and no repetition uses it up for a school.
pub(super) fn obstacle(
    app: &App,
    id: ConnectionId,
    state: &Hash,
) -> Result<Option<&'static str>, StoreError> {
    if used(app, state)? {
        return Ok(Some("state-used"));
    }
    let limited = app.launching.take(id, app.world.now()).is_err();
    Ok(limited.then_some("rate-limited"))
}

/// Whether this state was used before.
fn used(app: &App, state: &Hash) -> Result<bool, StoreError> {
    Ok(app.store.get::<Used>(state)?.is_some())
}
