//! Signing in to administration, and the proof of it that every page of administration asks for.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::accounts::{self, Verdict};
use crate::app::{App, Input};
use crate::audit;
use crate::people::sessions::Secret;
use crate::store::ids::Hash;
use crate::store::rows::admin::AdminSession;
use crate::store::trees::{AdminSessions, Admins};
use crate::store::{Commit, Error as StoreError};

/// The `__Host-` prefix makes browsers insist on Secure, on no Domain and on `Path=/`.
const COOKIE: &str = "__Host-lanterna_admin";

/// When to come back if too many are signing in at once.
const BUSY: Duration = Duration::from_secs(5);

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in (any more).
    #[error("not signed in")]
    SignedOut,
    /// The form does not come from a page that this session was shown.
    #[error("the form is not from this session")]
    ForeignForm,
    /// Name or password are wrong.
    #[error("wrong name or password")]
    Wrong,
    /// Too many attempts: come back after this time.
    #[error("too many attempts")]
    TooMany(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A signed-in administrator. Only [`administrator`] makes one.
#[derive(Debug, Clone)]
pub struct Administrator {
    name: String,
    hash: Hash,
    ends: crate::world::Time,
    form_token: String,
}

impl Administrator {
    /// The administrator's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What every form of this session carries in `form_token`.
    pub fn form_token(&self) -> &str {
        &self.form_token
    }
}

/// Who is signed in, as the request's cookie proves.
pub async fn administrator(app: &App, input: &Input) -> Result<Administrator, Error> {
    let cookie = input.cookie(COOKIE).next().ok_or(Error::SignedOut)?;
    let hash = Secret::hash_of(cookie).ok_or(Error::SignedOut)?;
    let row = app
        .store
        .read::<AdminSessions>(&hash)?
        .ok_or(Error::SignedOut)?;
    let mut session = row.value.clone();
    let now = app.world.now();
    // A new password ends what was opened by the old one.
    let account = app.store.get::<Admins>(&session.name)?;
    let stands = account.is_some_and(|account| account.created <= session.created);
    if now >= session.idle_until || !stands {
        return Err(Error::SignedOut);
    }
    let idle = app.config.admin.idle;
    let renewed = now.after(idle).min(session.ends);
    if renewed.since(session.idle_until) > idle / 10 {
        let longer = AdminSession {
            idle_until: renewed,
            ..session.clone()
        };
        let mut commit = Commit::new();
        commit.expect_unchanged::<AdminSessions>(&hash, &row);
        commit.put_moving_end::<AdminSessions>(&hash, &longer, session.idle_until, renewed);
        match app.store.commit(commit).await {
            // On a conflict another request of the same session was first with the same.
            Ok(()) | Err(StoreError::Conflict) => session.idle_until = renewed,
            Err(error) => return Err(error.into()),
        }
    }
    let form_token = form_token(cookie);
    Ok(Administrator {
        name: session.name,
        hash,
        ends: session.idle_until,
        form_token,
    })
}

/// Likewise for a form, which must carry the session's token.
pub async fn administrator_by_form(
    app: &App,
    input: &Input,
    form_token: Option<&str>,
) -> Result<Administrator, Error> {
    let administrator = administrator(app, input).await?;
    let given = form_token.unwrap_or_default();
    // Compared as hashes, so that the time taken tells nothing.
    if Hash::of(given.as_bytes()) == Hash::of(administrator.form_token.as_bytes()) {
        Ok(administrator)
    } else {
        Err(Error::ForeignForm)
    }
}

/// Derived from the cookie, which pages of other sites cannot read.
fn form_token(cookie: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, cookie.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"form"))
}

/// Signs in; answers the cookie to set.
pub async fn sign_in(
    app: &App,
    input: &Input,
    name: &str,
    password: &str,
) -> Result<String, Error> {
    let (now, address) = (app.world.now(), network(input.peer.address));
    app.sign_in_addresses
        .take(address, now)
        .map_err(Error::TooMany)?;
    let name = accounts::normal(name).ok_or(Error::Wrong)?;
    // Not the name alone, or anybody could keep an administrator out.
    let who = (Hash::of(name.as_bytes()), address);
    app.sign_ins.take(who, now).map_err(Error::TooMany)?;
    match accounts::verify(&app.store, &name, password).await? {
        Verdict::Right => open_session(app, &name).await,
        Verdict::Wrong => Err(Error::Wrong),
        Verdict::Busy => Err(Error::TooMany(BUSY)),
    }
}

/// What one household or attacker has: an IPv4 address, or the 2^64 addresses of an IPv6 network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(network.into())
        }
    }
}

/// Opens a session for an administrator; answers the cookie to set.
pub async fn open_session(app: &App, name: &str) -> Result<String, Error> {
    let secret = Secret::new(&app.world);
    let now = app.world.now();
    let ends = now.after(app.config.admin.lifetime);
    let session = AdminSession {
        name: name.to_owned(),
        created: now,
        ends,
        idle_until: now.after(app.config.admin.idle).min(ends),
    };
    let mut commit = Commit::new();
    commit.put_until::<AdminSessions>(&secret.hash, &session, session.idle_until);
    audit::record(&mut commit, &app.world, name, "signed-in", None);
    app.store.commit(commit).await?;
    Ok(cookie(&secret.text, app.config.admin.lifetime))
}

/// Signs out; answers the cookie that takes the old one back.
pub async fn sign_out(app: &App, administrator: &Administrator) -> Result<String, Error> {
    let mut commit = Commit::new();
    commit.delete_ending::<AdminSessions>(&administrator.hash, administrator.ends);
    app.store.commit(commit).await?;
    Ok(cookie("", Duration::ZERO))
}

fn cookie(value: &str, lifetime: Duration) -> String {
    let seconds = lifetime.as_secs();
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict")
}
