//! What an administrator enters about a registration, and what is wrong with it.

use url::Url;

use crate::admin::pages::guides::{Guide, Shape};
use crate::app::{App, Form as Fields};
use crate::lti::origin::{origin_of, web_url};
use crate::lti::presets::{self, APPLICATION, Preset};
use crate::store::rows::people::Registration;
use crate::ui::Messages;

/// Characters of the longest name.
const LONGEST_NAME: usize = 100;
/// Bytes of the longest id (LTI Core 1.3, section 5.3.3).
const LONGEST_ID: usize = 255;
/// Bytes of the longest address.
const LONGEST_ADDRESS: usize = 2_000;
/// The Canvas that is none of the shared ones.
pub(super) const OWN: &str = "own";

/// What was entered, as it was entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) site: String,
    pub(super) root: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) auth_url: String,
    pub(super) token_url: String,
    pub(super) jwks_url: String,
    pub(super) audience: String,
    pub(super) deployment: String,
    pub(super) accept: bool,
}

impl Entry {
    /// From the fields of a form.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name| trimmed(fields, name);
        Self {
            name: text("name"),
            site: text("site"),
            root: text("root"),
            issuer: text("issuer"),
            client_id: text("client_id"),
            auth_url: text("auth_url"),
            token_url: text("token_url"),
            jwks_url: text("jwks_url"),
            audience: text("token_audience"),
            deployment: text("deployment_id"),
            accept: fields.is_on("accept_deployments"),
        }
    }

    /// What a registration that is there would be entered as.
    pub(super) fn of(registration: &Registration) -> Self {
        Self {
            issuer: registration.issuer.clone(),
            client_id: registration.client_id.clone(),
            auth_url: registration.auth_url.clone(),
            token_url: registration.token_url.clone(),
            jwks_url: registration.jwks_url.clone(),
            ..Self::default()
        }
    }
}

/// What a field holds, without the space around it.
pub(super) fn trimmed(fields: &Fields, name: &str) -> String {
    fields.get(name).unwrap_or_default().trim().to_owned()
}

/// What is wrong, by the names of the fields.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<(&'static str, String)>);

impl Mistakes {
    /// The mistake of a field.
    pub(super) fn of(&self, name: &str) -> Option<&str> {
        let mut mistakes = self.0.iter();
        let (_, text) = mistakes.find(|(known, _)| *known == name)?;
        Some(text)
    }

    /// Notes one.
    pub(super) fn note(&mut self, name: &'static str, text: String) {
        self.0.push((name, text));
    }

    /// Whether there is none.
    pub(super) const fn none(&self) -> bool {
        self.0.is_empty()
    }

    fn keep<T>(&mut self, name: &'static str, result: Result<T, String>) -> Option<T> {
        result.map_err(|text| self.note(name, text)).ok()
    }
}

/// The registration that was entered, or everything that is wrong with it.
pub(super) async fn registration(
    app: &App,
    m: Messages,
    shape: Shape,
    entry: &Entry,
) -> Result<Registration, Mistakes> {
    let mut mistakes = Mistakes::default();
    let client_id = mistakes.keep("client_id", id(m, &entry.client_id, true));
    if let Err(text) = id(m, &entry.deployment, false) {
        mistakes.note("deployment_id", text);
    }
    let addresses = match shape {
        Shape::Preset(name) => presets::named(name).map(|preset| shared(preset, entry)),
        Shape::Canvas if entry.site == OWN => own_canvas(app, m, entry, &mut mistakes).await,
        Shape::Canvas => {
            let preset = presets::named(&entry.site).filter(|p| p.family == "canvas");
            if preset.is_none() {
                mistakes.note("site", m.text("entry-choose").into_owned());
            }
            preset.map(|preset| shared(preset, entry))
        }
        Shape::Moodle => moodle(app, m, entry, &mut mistakes).await,
        Shape::Addresses => entered(app, m, entry, &mut mistakes).await,
    };
    match (client_id, addresses) {
        (Some(client_id), Some(addresses)) if mistakes.none() => Ok(Registration {
            client_id,
            ..addresses
        }),
        _ => Err(mistakes),
    }
}

fn shared(preset: &Preset, entry: &Entry) -> Registration {
    Registration {
        issuer: preset.issuer.to_owned(),
        client_id: String::new(),
        auth_url: preset.auth_url.to_owned(),
        token_url: preset.token_url.to_owned(),
        jwks_url: preset
            .jwks_url
            .replace(APPLICATION, &encoded(&entry.client_id)),
    }
}

/// The id as a part of a path.
fn encoded(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// A Canvas of a school's own has the shared issuer unless it says otherwise, and its own addresses.
async fn own_canvas(
    app: &App,
    m: Messages,
    entry: &Entry,
    mistakes: &mut Mistakes,
) -> Option<Registration> {
    let root = mistakes.keep("root", address(app, m, &entry.root).await)?;
    let at = |path: &str| root.join(path).map(String::from).unwrap_or_default();
    let issuer = if entry.issuer.is_empty() {
        presets::named("canvas").map(|preset| preset.issuer.to_owned())
    } else {
        mistakes.keep("issuer", issuer(app, m, &entry.issuer))
    };
    Some(Registration {
        issuer: issuer?,
        client_id: String::new(),
        auth_url: at("/api/lti/authorize_redirect"),
        token_url: at("/login/oauth2/token"),
        jwks_url: at("/api/lti/security/jwks"),
    })
}

async fn moodle(
    app: &App,
    m: Messages,
    entry: &Entry,
    mistakes: &mut Mistakes,
) -> Option<Registration> {
    let root = mistakes.keep("issuer", issuer(app, m, &entry.issuer))?;
    let at = |given: &str, path: &str| {
        if given.is_empty() {
            format!("{}{path}", root.trim_end_matches('/'))
        } else {
            given.to_owned()
        }
    };
    let entry = Entry {
        auth_url: at(&entry.auth_url, "/mod/lti/auth.php"),
        token_url: at(&entry.token_url, "/mod/lti/token.php"),
        jwks_url: at(&entry.jwks_url, "/mod/lti/certs.php"),
        ..entry.clone()
    };
    entered(app, m, &entry, mistakes).await
}

async fn entered(
    app: &App,
    m: Messages,
    entry: &Entry,
    mistakes: &mut Mistakes,
) -> Option<Registration> {
    let issuer = mistakes.keep("issuer", issuer(app, m, &entry.issuer));
    for (name, text) in [
        ("auth_url", &entry.auth_url),
        ("token_url", &entry.token_url),
        ("jwks_url", &entry.jwks_url),
    ] {
        mistakes.keep(name, address(app, m, text).await);
    }
    // Letter by letter: platforms compare the token's address with the audience of what we sign.
    Some(Registration {
        issuer: issuer?,
        client_id: String::new(),
        auth_url: entry.auth_url.clone(),
        token_url: entry.token_url.clone(),
        jwks_url: entry.jwks_url.clone(),
    })
}

/// The name of a connection.
pub(super) fn name(m: Messages, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(m.text("entry-empty").into_owned());
    }
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(m.text("entry-name").into_owned());
    }
    Ok(text.to_owned())
}

/// An id that a platform gave: letters that are seen.
fn id(m: Messages, text: &str, needed: bool) -> Result<String, String> {
    if needed && text.is_empty() {
        return Err(m.text("entry-empty").into_owned());
    }
    let seen = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if text.len() > LONGEST_ID || !seen {
        return Err(m.text("entry-id").into_owned());
    }
    Ok(text.to_owned())
}

/// An issuer, which is compared letter by letter and never asked.
fn issuer(app: &App, m: Messages, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(m.text("entry-empty").into_owned());
    }
    let url = web_url(text).filter(|url| url.query().is_none() && url.fragment().is_none());
    let origin = url.filter(|_| text.len() <= LONGEST_ADDRESS);
    let origin = origin.and_then(|url| origin_of(url.as_str()));
    let Some(origin) = origin else {
        return Err(m.text("entry-issuer").into_owned());
    };
    let mut trusted = app.config.trusted_origins();
    if origin.starts_with("https://") || trusted.any(|known| known.as_str() == origin) {
        Ok(text.to_owned())
    } else {
        Err(m.text("entry-http").into_owned())
    }
}

/// An address of a platform that may be reached: https and public, unless the configuration trusts
/// its host.
pub(super) async fn address(app: &App, m: Messages, text: &str) -> Result<Url, String> {
    if text.is_empty() {
        return Err(m.text("entry-empty").into_owned());
    }
    let plain = |url: &Url| text.len() <= LONGEST_ADDRESS && url.fragment().is_none();
    let Some(url) = web_url(text).filter(plain) else {
        return Err(m.text("entry-address").into_owned());
    };
    match app.outbound.may_reach(&url).await {
        Ok(()) => Ok(url),
        Err(error) => Err(m.with("entry-unreachable", &[("reason", error.to_string().into())])),
    }
}

/// What a platform expects as the audience, when it was entered.
pub(super) fn audience(m: Messages, text: &str) -> Result<Option<String>, String> {
    id(m, text, false).map(|text| (!text.is_empty()).then_some(text))
}

/// Origins, one in a line.
pub(super) fn origins(m: Messages, text: &str) -> Result<Vec<String>, String> {
    const MOST: usize = 50;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut origins = Vec::new();
    for line in lines {
        let Some(origin) = crate::lti::origin::parse_origin(line.trim_end_matches('/')) else {
            return Err(m.with("entry-origin", &[("line", line.into())]));
        };
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    if origins.len() > MOST {
        return Err(m.with("entry-origins", &[("most", MOST.into())]));
    }
    Ok(origins)
}

/// The name that a guide suggests.
pub(super) fn suggested(guide: &Guide) -> Entry {
    Entry {
        name: guide.name.to_owned(),
        site: "canvas".to_owned(),
        ..Entry::default()
    }
}
