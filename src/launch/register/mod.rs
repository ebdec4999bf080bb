//! Dynamic registration (LTI Dynamic Registration 1.0): an LMS's administrator pastes an invitation's
//! address into it, and the LMS opens that with the address of its configuration.
//!
//! GET asks the LMS what it is and shows with whom and as what Lanterna would register; what was
//! shown is sealed into its form, so that POST registers exactly that. The secret of the invitation
//! is the proof: whoever has it may register, from whatever page or frame.

mod asked;
mod failed;
mod page;
mod pending;

use std::fmt::Write;

use http::Method;
use url::Url;

use self::asked::Asked;
use self::failed::Failed;
use self::page::{Done, Shown};
use self::pending::Pending;
use super::description::wanted;
use super::login::public;
use super::{Error, FORM_LIMIT};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::lti::presets::product;
use crate::lti::registration::{Answer, Configuration};
use crate::people::connections::register::{self as connections, Changed, New};
use crate::people::invitations::{self, Taken, Valid, plain_name};
use crate::services::registration::Registering;
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::invitations::Invitation;
use crate::store::rows::people::{Connection, Proposed, Registration};

/// How a registration under way ends early.
enum Stop {
    Failed(Failed),
    Error(Error),
}

impl From<Failed> for Stop {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// `GET,POST /lti/register`
pub async fn register(app: &App, input: &mut Input) -> Result<Page, Error> {
    let answered = if input.method == Method::POST {
        done(app, input).await
    } else {
        shown(app, input).await
    };
    match answered {
        Ok(page) => Ok(page),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Failed(failed)) => {
            failed.log(app, input).await;
            Ok(page::failed(app, input, &failed))
        }
    }
}

/// The addresses that decide who is asked how.
struct Addresses {
    own: Url,
    practice: Option<Url>,
}

impl Addresses {
    fn of(app: &App) -> Self {
        Self {
            own: public(app),
            practice: app.practice_address(),
        }
    }

    fn registering<'a>(&'a self, app: &'a App) -> Registering<'a> {
        Registering {
            calls: &app.calls,
            outbound: &app.outbound,
            practice: self.practice.as_ref(),
            own: &self.own,
        }
    }
}

/// Asks the platform what it is and shows it; nothing is registered.
async fn shown(app: &App, input: &Input) -> Result<Page, Stop> {
    let asked = Asked::read(&input.query);
    let Valid { hash, invitation } = invitations::find(&app.store, &app.world, &asked.invitation)
        .map_err(|error| Failed::of_invitation(error, None))?;
    let Some(address) = &asked.configuration else {
        return Ok(page::for_the_platform(app, &asked.invitation, &invitation));
    };
    app.registering
        .take(hash, app.world.now())
        .map_err(|_| Failed::code("rate-limited"))?;
    let before = before(app, &invitation)?;
    let addresses = Addresses::of(app);
    let registering = addresses.registering(app);
    fits(&invitation, registering.leads_inside(address))?;
    let token = asked.token.as_deref();
    let learned = registering
        .learn(address, token, invitation.any_issuer)
        .await
        .map_err(|error| Failed::of_platform(&error, None))?;
    let request = wanted(app).of(&learned.configuration);
    let name = invitation.name.clone();
    let name = name.unwrap_or_else(|| name_of(&learned.configuration));
    let pending = Pending::new(app, hash, learned, asked.token);
    let sealed = pending.seal(app);
    let sealed = sealed.ok_or_else(|| Failed::code("registration-configuration"))?;
    let shown = Shown {
        configuration: &pending.learned.configuration,
        request: &request,
        invitation: &invitation,
        before: before.as_ref(),
        name: &name,
        sealed: &sealed,
    };
    Ok(page::shown(app, &shown))
}

/// An invitation of the practice course is good for nothing else: no administrator made it.
fn fits(invitation: &Invitation, practice: bool) -> Result<(), Failed> {
    if invitation.practice && !practice {
        return Err(Failed::code("registration-invitation"));
    }
    Ok(())
}

/// The connection that an invitation changes.
fn before(app: &App, invitation: &Invitation) -> Result<Option<Connection>, Stop> {
    let Some(id) = invitation.updates else {
        return Ok(None);
    };
    match connections::changeable(&app.store, id) {
        Ok(row) => Ok(Some(row.value)),
        Err(connections::Error::Store(error)) => Err(error.into()),
        Err(_) => Err(Failed::code("registration-unknown").into()),
    }
}

/// What a connection is called unless somebody says otherwise: the product, and which one.
fn name_of(configuration: &Configuration) -> String {
    let host = |address: &str| Url::parse(address).ok()?.host_str().map(str::to_owned);
    let which = configuration.account.clone();
    let which = which.or_else(|| host(&configuration.registration_endpoint));
    let which = which.unwrap_or_else(|| configuration.issuer.clone());
    let mut name = String::new();
    // Writing into a string cannot fail.
    let _ = match &configuration.family {
        Some(family) => write!(name, "{} ({which})", product(family)),
        None => name.write_str(&which),
    };
    plain_name(&name).unwrap_or(which)
}

/// Registers what was shown, and uses the invitation up.
async fn done(app: &App, input: &mut Input) -> Result<Page, Stop> {
    let form = input.form(FORM_LIMIT).await?;
    let sealed = form.get("pending").unwrap_or_default();
    let name = form.get("name").and_then(plain_name);
    let pending = Pending::open(app, sealed).ok_or_else(|| Failed::code("registration-stale"))?;
    let hash = pending.invitation;
    let retry = Some(sealed.to_owned());
    let Valid { invitation, .. } = invitations::by_hash(&app.store, &app.world, hash)
        .map_err(|error| Failed::of_invitation(error, None))?;
    fits(&invitation, pending.learned.practice)?;
    before(app, &invitation)?;
    let using = invitations::take(&app.store, &app.world, hash)
        .await
        .map_err(|error| Failed::of_invitation(error, retry.clone()))?;
    let request = wanted(app).of(&pending.learned.configuration);
    let addresses = Addresses::of(app);
    let token = pending.token.as_deref();
    let registering = addresses.registering(app);
    let answered = registering.register(&pending.learned, &request, token);
    let answer = match answered.await {
        Ok(answer) => answer,
        Err(error) => {
            using.give_back(&app.store).await?;
            return Err(Failed::of_platform(&error, retry).into());
        }
    };
    let arrived = Arrived {
        using: &using,
        pending: &pending,
        answer: &answer,
        // What an administrator said stays.
        name: invitation.name.clone().or(name),
    };
    match arrived.keep(app).await {
        Ok(kept) => Ok(page::done(app, &kept)),
        // Revoked at this very moment: the platform has a registration that nobody here knows.
        Err(_) if !using.stands(&app.store)? => {
            Err(Failed::code("registration-revoked").in_doubt().into())
        }
        Err(error) => {
            // What the platform did is to be told, whatever becomes of the invitation.
            if let Err(error) = using.give_back(&app.store).await {
                tracing::error!(%error, "an invitation was not given back");
            }
            Err(of_connections(error))
        }
    }
}

/// Why what the platform registered is not kept.
fn of_connections(error: connections::Error) -> Stop {
    let failed = match error {
        connections::Error::Exists(id) => {
            Failed::code("registration-exists").seeing("registration-connection", id.to_string())
        }
        connections::Error::Unknown => Failed::code("registration-unknown"),
        connections::Error::Store(error) => {
            tracing::error!(%error, "a registration was not kept");
            Failed::code("registration-not-kept")
        }
    };
    failed.in_doubt().into()
}

/// A platform's answer, to be kept.
struct Arrived<'a> {
    using: &'a Taken,
    pending: &'a Pending,
    answer: &'a Answer,
    name: Option<String>,
}

impl Arrived<'_> {
    /// Makes or changes the connection and uses the invitation up, in one commit.
    async fn keep(&self, app: &App) -> Result<Done, connections::Error> {
        match self.using.invitation().updates {
            Some(id) => self.change(app, id).await,
            None => self.make(app).await,
        }
    }

    async fn make(&self, app: &App) -> Result<Done, connections::Error> {
        let learned = &self.pending.learned;
        let name = self.name.clone();
        let name = name.unwrap_or_else(|| name_of(&learned.configuration));
        let now = app.world.now();
        let mut connection = Connection::new(&name, learned.source(), now);
        connection.registration = Some(self.registration());
        connection.family.clone_from(&learned.configuration.family);
        connection.accept_deployments = app.config.launches.accept_deployments;
        connection.settings.token_audience = self.audience();
        connection.registered = Some(now);
        let accepts = connection.accept_deployments;
        let new = New {
            connection,
            deployments: self.answer.deployment.iter().cloned().collect(),
        };
        let besides =
            |commit: &mut Commit, id: ConnectionId| self.besides(app, commit, id, "registered");
        connections::register(&app.store, &app.world, &new, besides).await?;
        Ok(Done {
            name,
            family: learned.configuration.family.clone(),
            deployment_known: self.answer.deployment.is_some() || accepts,
            waits: false,
        })
    }

    async fn change(&self, app: &App, id: ConnectionId) -> Result<Done, connections::Error> {
        let proposed = Proposed {
            registration: self.registration(),
            token_audience: self.audience(),
            deployment: self.answer.deployment.clone(),
            at: app.world.now(),
        };
        let besides = |commit: &mut Commit, changed: Changed| {
            let what = match changed {
                Changed::Now => "registration-changed",
                Changed::Waits => "registration-proposed",
            };
            self.besides(app, commit, id, what);
        };
        let changed = connections::change(&app.store, &app.world, id, &proposed, besides).await?;
        let row = connections::changeable(&app.store, id)?;
        Ok(Done {
            name: row.value.name,
            family: self.pending.learned.configuration.family.clone(),
            deployment_known: self.answer.deployment.is_some() || row.value.accept_deployments,
            waits: changed == Changed::Waits,
        })
    }

    fn besides(&self, app: &App, commit: &mut Commit, id: ConnectionId, what: &str) {
        self.using.consume(commit);
        let by = &self.using.invitation().by;
        audit::record(commit, &app.world, by, what, Some(&id.to_string()));
    }

    fn registration(&self) -> Registration {
        let configuration = &self.pending.learned.configuration;
        Registration {
            issuer: configuration.issuer.clone(),
            client_id: self.answer.client_id.clone(),
            auth_url: configuration.authorization_endpoint.clone(),
            token_url: configuration.token_endpoint.clone(),
            jwks_url: configuration.jwks_uri.clone(),
        }
    }

    fn audience(&self) -> Option<String> {
        let configuration = &self.pending.learned.configuration;
        let named = configuration.authorization_server.clone();
        named.filter(|server| *server != configuration.token_endpoint)
    }
}
