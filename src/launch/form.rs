//! LTI 1.1: whether a posted form is genuine, new, and sent by a page of its platform. Nothing is
//! written before its signature holds.

use std::time::Duration;

use http::header::{AUTHORIZATION, ORIGIN};
use url::Url;

use super::Error;
use super::arriving::{Once, known_origins, other_installation};
use super::record::{No, Record};
use crate::app::{App, Form, Input};
use crate::lti::basic::{self, Leaves};
use crate::lti::launch::Launch;
use crate::lti::oauth1::{Address, Secrets, Unverified, Verified};
use crate::lti::origin::{origin_of, parse_origin};
use crate::lti::refusal::Shown;
use crate::people::consumers::{self, Installation};
use crate::people::{arrival, connections};
use crate::store::Error as StoreError;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Connection;

/// What the form of an unknown consumer is verified with, so that it takes as long as another.
const NO_SECRETS: Secrets<'static> = Secrets {
    present: "0123456789abcdef0123456789abcdef",
    former: None,
};
/// The window of an unknown consumer.
const NO_WINDOW: Duration = Duration::from_mins(5);

/// A verified form.
pub(super) struct Taken {
    pub(super) id: ConnectionId,
    pub(super) connection: Connection,
    pub(super) launch: Launch,
    /// Its nonce, to be consumed.
    pub(super) once: Once,
    /// The page that sent it.
    pub(super) sender: Sender,
    /// Whether it was signed with the former secret.
    pub(super) by_former: bool,
}

/// The page that sent a form, by the `Origin` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// The browser does not tell.
    Untold,
    /// One of the platform's.
    Known,
    /// One that nobody knows: its origin, when it has one.
    Foreign(Option<String>),
}

impl Sender {
    /// A message below `binding-`.
    const fn way(&self) -> &'static str {
        match self {
            Self::Known => "origin",
            Self::Untold | Self::Foreign(_) => "none",
        }
    }
}

/// Whether what was posted means to be a launch of LTI 1.1: it names a consumer or a message, and has
/// no token.
pub(super) fn is_one(input: &Input, form: &Form) -> bool {
    let query = input.query();
    let has = |name: &str| form.get(name).is_some() || query.get(name).is_some();
    let signed = input.header(AUTHORIZATION).is_some_and(|value| {
        let scheme = value.split(' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("oauth")
    });
    let of_old = has("oauth_consumer_key") || has("lti_message_type") || signed;
    of_old && form.get("id_token").is_none()
}

enum Failed {
    No(No),
    Store(StoreError),
}

impl<T: Into<No>> From<T> for Failed {
    fn from(no: T) -> Self {
        Self::No(no.into())
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Verifies a form that was posted to `/lti/{path}`; answers it and the record of every check.
pub(super) async fn verify(
    app: &App,
    input: &Input,
    form: &Form,
) -> Result<(Taken, Record), Error> {
    let mut record = Record::new(app, "launch");
    match steps(app, input, form, &mut record) {
        Ok(taken) => {
            remember_secret(app, &taken).await;
            Ok((taken, record))
        }
        Err(Failed::No(no)) => Err(record.refuse(app, input, no).await),
        Err(Failed::Store(error)) => Err(error.into()),
    }
}

/// Remembers with which secret a consumer signs, when it is another than it was: what goes to it is
/// signed likewise.
async fn remember_secret(app: &App, taken: &Taken) {
    if taken.by_former == taken.connection.signs_as_before {
        return;
    }
    let kept = consumers::signs(&app.store, taken.id, taken.by_former).await;
    if let Err(error) = kept {
        // The launch itself goes on.
        tracing::warn!(connection = %taken.id, %error, "which secret is used was not kept");
    }
}

fn steps(app: &App, input: &Input, form: &Form, record: &mut Record) -> Result<Taken, Failed> {
    let (query, fields) = (input.query().pairs().to_vec(), form.pairs().to_vec());
    let names = query.iter().chain(&fields).map(|(name, _)| name.as_str());
    record.parameters(names);
    // Of our own configuration, never of a header: the address is part of what is signed.
    let address = app.public().join(&format!("/lti/{}", input.path));
    let arrived = Some(address.clone());
    record.checks.note("launched-address", true, arrived);
    let parsed = Unverified::parse(query, fields, input.header(AUTHORIZATION));
    let unverified = record.checks.record("form", parsed)?;
    let (id, connection, verified) = signature(app, unverified, &address, record)?;
    let url = Url::parse(&address).map_err(|_| No::from("bad-registration"))?;
    let leaves = Leaves {
        subject: connection.settings.anonymous,
        // An address that names an item or a placement is that of a link.
        link: input.path == "launch",
    };
    let launch = basic::read(&verified, &url, leaves, &mut record.checks)?;
    record.message(&launch);
    let once = Once::nonce(id, verified.nonce());
    let used = once.used(app)?;
    record.checks.note("nonce-unused", !used, None);
    if used {
        return Err(once.code().into());
    }
    installation(app, id, &launch, record)?;
    account(app, (id, &connection), &launch, record)?;
    let sender = sender(app, input, &connection, &launch);
    let known = !matches!(sender, Sender::Foreign(_));
    let seen = match &sender {
        Sender::Foreign(origin) => Some(origin.clone().unwrap_or_else(|| "no origin".to_owned())),
        _ => None,
    };
    record.checks.note("posting-page", known, seen);
    record.binding(sender.way());
    Ok(Taken {
        by_former: verified.by_former(),
        id,
        connection,
        launch,
        once,
        sender,
    })
}

/// Finds the consumer and verifies its signature. An unknown one costs the same: its form is
/// verified as well, with a secret that nobody has.
fn signature(
    app: &App,
    unverified: Unverified,
    address: &str,
    record: &mut Record,
) -> Result<(ConnectionId, Connection, Verified), Failed> {
    let address = Address::parse(address).ok_or_else(|| No::from("bad-registration"))?;
    let trusted = trusted(app, unverified.consumer_key())?;
    let (secrets, window, body_only) = match &trusted {
        Ok(trusted) => (trusted.secrets(), trusted.window, trusted.body_only),
        Err(_) => (NO_SECRETS, NO_WINDOW, false),
    };
    let timely = unverified.check_time(app.world.now(), window);
    let verified = unverified.verify_either("POST", &address, secrets, body_only);
    record.checks.note("consumer", trusted.is_ok(), None);
    let Trusted { id, connection, .. } = trusted?;
    record.connection(id);
    record.checks.record("timestamp", timely)?;
    let by_former = verified.as_ref().is_ok_and(Verified::by_former);
    if by_former {
        let seen = Some("signed with the former secret".to_owned());
        record.checks.note("form-signature", true, seen);
        return Ok((id, connection, verified?));
    }
    let verified = record.checks.record("form-signature", verified)?;
    Ok((id, connection, verified))
}

/// A consumer whose launches are taken.
struct Trusted {
    id: ConnectionId,
    connection: Connection,
    secret: String,
    former: Option<String>,
    window: Duration,
    body_only: bool,
}

impl Trusted {
    fn secrets(&self) -> Secrets<'_> {
        Secrets {
            present: &self.secret,
            former: self.former.as_deref(),
        }
    }
}

/// The consumer that an unverified form names, or why its launches are not taken.
fn trusted(app: &App, key: &str) -> Result<Result<Trusted, No>, StoreError> {
    let refused = |code| {
        let no = No::from(code).seeing(Shown::from(key).to_string());
        Ok(Err(no.about("oauth_consumer_key")))
    };
    let (id, connection) = match consumers::find(&app.store, key) {
        Ok(found) => found,
        Err(connections::Error::Store(error)) => return Err(error),
        Err(connections::Error::Disabled) => return refused("connection-disabled"),
        Err(connections::Error::Unknown | connections::Error::Ambiguous) => {
            return refused("unknown-consumer");
        }
    };
    let Some(consumer) = connection.consumer.as_ref() else {
        return refused("unknown-consumer");
    };
    let Some(secrets) = app.consumer_secrets(&connection) else {
        return refused("bad-registration");
    };
    Ok(Ok(Trusted {
        id,
        secret: secrets.present.to_owned(),
        former: secrets.former.map(str::to_owned),
        window: Duration::from_secs(consumer.window),
        body_only: consumer.body_only,
        connection,
    }))
}

fn installation(
    app: &App,
    id: ConnectionId,
    launch: &Launch,
    record: &mut Record,
) -> Result<(), Failed> {
    let guid = launch.platform.guid.as_deref();
    let found = consumers::installation(&app.store, id, guid)?;
    let same = !matches!(found, Installation::Other);
    let seen = guid.map_or_else(
        || "no GUID".to_owned(),
        |guid| Shown::from(guid).to_string(),
    );
    record.checks.note("installation", same, Some(seen.clone()));
    if same {
        Ok(())
    } else {
        Err(other_installation().seeing(seen).into())
    }
}

/// Where only people come in who are known already, whether this is one of them.
fn account(
    app: &App,
    (id, connection): (ConnectionId, &Connection),
    launch: &Launch,
    record: &mut Record,
) -> Result<(), Failed> {
    if !connection.settings.known_only {
        return Ok(());
    }
    let known = arrival::has_account(&app.store, id, launch)?;
    record.checks.note("account", known, None);
    if known {
        Ok(())
    } else {
        Err(No::from("no-account").about("user_id").into())
    }
}

/// Compares the `Origin` header with the page that the launch itself names and with what is known of
/// the consumer.
fn sender(app: &App, input: &Input, connection: &Connection, launch: &Launch) -> Sender {
    if !input.headers.contains_key(ORIGIN) {
        return Sender::Untold;
    }
    // Several headers say as little as one that is no origin.
    let header = input.header(ORIGIN).unwrap_or_default();
    if header == "null" {
        return Sender::Untold;
    }
    let Some(origin) = parse_origin(header) else {
        return Sender::Foreign(None);
    };
    let back = launch.presentation.return_url.as_ref().into_iter();
    let back = back.chain(launch.selection_return());
    let back = back.filter_map(|url| origin_of(url.as_str()));
    let mut known = known_origins(app, connection).into_iter().chain(back);
    if known.any(|known| known == origin) {
        Sender::Known
    } else {
        Sender::Foreign(Some(origin))
    }
}
