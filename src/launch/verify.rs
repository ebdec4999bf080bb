//! Whether a posted token is genuine, meant for us, and posted by the browser that began the login.

use std::time::Duration;

use super::Error;
use super::cookies;
use super::destination::name_item;
use super::login::{authentication, public};
use super::migration;
use super::record::{No, Record};
use super::state::{Sealed, State};
use crate::app::{App, Input, Page};
use crate::lti::binding::{self, Evidence, Storage, Verdict};
use crate::lti::check::Checks;
use crate::lti::envelope::{Expected, Policy};
use crate::lti::jwks::KeySet;
use crate::lti::launch::{Launch, Message};
use crate::lti::oidc::AuthenticationResponse;
use crate::lti::origin::origin_of;
use crate::lti::roles::CourseRole;
use crate::lti::token::Unverified;
use crate::people::connections;
use crate::people::connections::deployments::{self, Standing};
use crate::services::key_sets;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Connection;

/// A token may be this old, whenever it says that it ends; a login takes ten minutes at most.
const OLDEST_TOKEN: Duration = Duration::from_mins(15);

/// A verified launch.
pub(super) struct Verified {
    pub(super) id: ConnectionId,
    pub(super) connection: Connection,
    pub(super) launch: Launch,
    /// How the browser was recognised.
    pub(super) verdict: Verdict,
    /// The state that is to be consumed.
    pub(super) sealed: Sealed,
    /// What it says.
    pub(super) state: State,
}

/// How verifying ends well.
pub(super) enum Outcome {
    /// The launch holds.
    Verified(Box<Verified>),
    /// The login took too long and begins once more.
    Restarted(Box<Page>),
}

/// Verifies what the browser posted; answers how it ended and the record of every check.
pub(super) async fn verify(
    app: &App,
    input: &Input,
    response: AuthenticationResponse,
) -> Result<(Outcome, Record), Error> {
    let mut record = Record::new(app, "launch");
    match steps(app, input, response, &mut record).await {
        Ok(outcome) => Ok((outcome, record)),
        Err(Failed::No(no)) => Err(record.refuse(app, input, no).await),
        Err(Failed::Error(error)) => Err(error),
    }
}

enum Failed {
    No(No),
    Error(Error),
}

impl<T: Into<No>> From<T> for Failed {
    fn from(no: T) -> Self {
        Self::No(no.into())
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

async fn steps(
    app: &App,
    input: &Input,
    response: AuthenticationResponse,
    record: &mut Record,
) -> Result<Outcome, Failed> {
    let (id_token, sealed) = match response {
        AuthenticationResponse::Token { id_token, state } => (id_token, Sealed(state)),
        AuthenticationResponse::Error {
            code,
            description,
            state,
        } => {
            let description = description.map(|text| text.to_string());
            return Err(platform_error(app, record, code.to_string(), description, state).into());
        }
    };
    let state = State::open(app.keys.seal(), &sealed);
    record.checks.note("state", state.is_some(), None);
    let state = state.ok_or_else(|| No::from("unknown-state"))?;
    record.connection(state.connection);
    app.launches
        .logins
        .returned(state.connection, app.world.now());
    let connection = connection(app, state.connection)?;
    let expired = state.expired(app.world.now());
    record.checks.note("state-age", !expired, None);
    if expired {
        return match restart(app, input, &connection, &state) {
            Some(page) => {
                tracing::info!(connection = %state.connection, "a login took too long: once more");
                app.metrics.launched("restarted");
                Ok(Outcome::Restarted(Box::new(page)))
            }
            None => Err("state-expired".into()),
        };
    }
    let verdict = browser(input, &connection, &sealed, &state, &mut record.checks)?;
    record.binding(way(verdict));
    let mut launch = token(app, &id_token, &state, &connection, &mut record.checks).await?;
    if let Some(media) = state.media {
        name_item(&mut launch, media);
    }
    record.message(&launch);
    deployment(
        app,
        state.connection,
        &connection,
        &launch,
        &mut record.checks,
    )
    .await?;
    review(&connection, &launch, &mut record.checks)?;
    migration::check(app, &launch, &mut record.checks)?;
    Ok(Outcome::Verified(Box::new(Verified {
        id: state.connection,
        connection,
        launch,
        verdict,
        sealed,
        state,
    })))
}

/// A submission is reviewed by the course's staff, or by whoever submitted it.
fn review(connection: &Connection, launch: &Launch, checks: &mut Checks) -> Result<(), No> {
    let Message::SubmissionReview { for_user } = &launch.message else {
        return Ok(());
    };
    let staff = launch.standing_by(&connection.settings.overrides()).role > CourseRole::Member;
    let may = staff || launch.subject.as_ref() == Some(for_user);
    checks.note("review", may, None);
    if may {
        Ok(())
    } else {
        Err("review-forbidden".into())
    }
}

/// A message below `binding-`.
pub(super) const fn way(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Cookie => "cookie",
        Verdict::Storage => "storage",
        Verdict::Origin => "origin",
        Verdict::NewWindow => "window",
        Verdict::AskStorage | Verdict::Refused(_) => "none",
    }
}

/// The platform answered with an error (`OpenID` Connect Core 1.0, section 3.1.2.6). What it says of
/// it is kept when the answer belongs to a login of ours, and names no address of anybody.
fn platform_error(
    app: &App,
    record: &mut Record,
    code: String,
    description: Option<String>,
    state: Option<String>,
) -> No {
    let state = state.and_then(|state| State::open(app.keys.seal(), &Sealed(state)));
    let mut detail = code;
    if let Some(state) = state {
        record.connection(state.connection);
        app.launches
            .logins
            .returned(state.connection, app.world.now());
        if let Some(description) = description.filter(|text| !text.contains('@')) {
            detail = format!("{detail}: {description}");
        }
    }
    No::from("platform-refused").seeing(detail)
}

fn connection(app: &App, id: ConnectionId) -> Result<Connection, Failed> {
    connections::get(&app.store, id).map_err(|error| match error {
        connections::Error::Store(error) => Failed::Error(error.into()),
        connections::Error::Disabled => "connection-disabled".into(),
        connections::Error::Unknown | connections::Error::Ambiguous => {
            "unknown-registration".into()
        }
    })
}

/// An expired login begins once more, and only once, where the platform takes its hint twice:
/// Moodle's is used up.
fn restart(app: &App, input: &Input, connection: &Connection, state: &State) -> Option<Page> {
    let single_use = connection.family.as_deref() == Some("moodle")
        || connection
            .registration
            .as_ref()
            .is_some_and(|registration| registration.auth_url.contains("/mod/lti/auth.php"));
    if state.restarted || single_use {
        return None;
    }
    authentication(app, input, connection, &state.again(&app.world))
}

fn browser(
    input: &Input,
    connection: &Connection,
    sealed: &Sealed,
    state: &State,
    checks: &mut Checks,
) -> Result<Verdict, No> {
    let evidence = Evidence {
        cookie_of_this_login: cookies::state_came_back(input, sealed, state),
        any_cookie: cookies::any_came_back(input),
        storage: if state.storage.is_some() {
            Storage::Unasked
        } else {
            Storage::Unused
        },
        origin: input.header(http::header::ORIGIN),
        fetch_dest: input.header("sec-fetch-dest"),
    };
    judge(&evidence, connection, None, checks)
}

/// Decides about the browser, and notes it with what was seen.
pub(super) fn judge(
    evidence: &Evidence<'_>,
    connection: &Connection,
    seen: Option<String>,
    checks: &mut Checks,
) -> Result<Verdict, No> {
    match binding::decide(evidence, posting_origins(connection)) {
        Verdict::Refused(reason) => {
            let seen = seen.map_or_else(|| reason.to_string(), |seen| format!("{reason} ({seen})"));
            checks.note("browser", false, Some(seen.clone()));
            Err(No::from(reason.code()).seeing(seen))
        }
        Verdict::AskStorage => Ok(Verdict::AskStorage),
        verdict => {
            checks.note("browser", true, seen);
            Ok(verdict)
        }
    }
}

/// Who may post this registration's tokens: its authentication endpoint's origin, and those that
/// were added or learned.
fn posting_origins(connection: &Connection) -> Vec<String> {
    let endpoint = connection
        .registration
        .as_ref()
        .and_then(|r| origin_of(&r.auth_url));
    endpoint
        .into_iter()
        .chain(connection.added_origins.iter().cloned())
        .chain(connection.learned_origins.iter().cloned())
        .collect()
}

async fn token(
    app: &App,
    id_token: &str,
    state: &State,
    connection: &Connection,
    checks: &mut Checks,
) -> Result<Launch, Failed> {
    let algorithm = connection.settings.signature_algorithm();
    let unverified = Unverified::parse_signed(id_token, algorithm, checks)?;
    let keys = key_set(app, state.connection, connection, unverified.kid(), checks).await?;
    let verified = unverified.verify(&keys, checks)?;
    let registration = connection
        .registration
        .as_ref()
        .ok_or_else(|| No::from("bad-registration"))?;
    let expected = Expected {
        issuer: &registration.issuer,
        client_id: &registration.client_id,
        nonce: &state.nonce,
        public_url: &public(app),
        trusted_audiences: &[],
        policy: Policy {
            leeway: app.config.launches.clock_leeway,
            max_age: OLDEST_TOKEN,
            anonymous: connection.settings.anonymous,
        },
    };
    Ok(verified.launch(&expected, app.world.now(), checks)?)
}

async fn key_set(
    app: &App,
    id: ConnectionId,
    connection: &Connection,
    kid: &str,
    checks: &mut Checks,
) -> Result<std::sync::Arc<KeySet>, No> {
    let keys = app.key_sets.get(id, connection, kid).await;
    keys.map_err(|error: key_sets::Error| {
        checks.note("key-set", false, Some(error.to_string()));
        No::from("platform-keys-unavailable").seeing(error.to_string())
    })
}

async fn deployment(
    app: &App,
    id: ConnectionId,
    connection: &Connection,
    launch: &Launch,
    checks: &mut Checks,
) -> Result<(), Failed> {
    let context = launch.context.as_ref();
    let course = context.and_then(|course| course.title.as_deref().or(course.label.as_deref()));
    let known = (id, connection);
    let standing = deployments::seen(&app.store, &app.world, known, &launch.deployment, course)
        .await
        .map_err(Error::Store)?;
    let approved = standing == Standing::Approved;
    checks.note(
        "deployment-known",
        approved,
        Some(launch.deployment.clone()),
    );
    let code = match standing {
        Standing::Approved => return Ok(()),
        Standing::Waiting => "deployment-waiting",
        Standing::Blocked => "deployment-blocked",
    };
    Err(No::from(code).seeing(&launch.deployment).into())
}
