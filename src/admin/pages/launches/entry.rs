//! One entry of the launch log: what happened, what it means, and each check.

use maud::{Markup, html};

use super::{connection_name, doctor, outcome, path, signed_in};
use crate::admin::Error;
use crate::admin::pages::FORM_LIMIT;
use crate::admin::sign_in::{administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::people::connections::{self, deployments};
use crate::store::Commit;
use crate::store::ids::Reference;
use crate::store::rows::launchlog::{Check, Entry};
use crate::store::rows::people::Connection;
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::{Table, facts, table};

/// The check that has the deployment.
const DEPLOYMENT: &str = "deployment-known";

/// `GET /admin/launches/{reference}`
pub async fn launch(app: &App, input: &Input, reference: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let (reference, entry) = found(app, reference)?;
    let connection = entry.connection.map(|id| connections::any(&app.store, id));
    let connection = connection.transpose()?.flatten();
    let case = doctor::Case {
        app,
        m,
        administrator: &administrator,
        reference,
        entry: &entry,
        connection: connection.as_ref(),
    };
    let content = html! {
        (case.diagnosis()?)
        (summary(app, m, reference, &entry)?)
        (checks(app, m, &entry, connection.as_ref()))
        @if let Some(names) = &entry.parameters { (parameters(m, names)) }
        (case.circumstances()?)
    };
    let title = m.text("launch-title");
    Ok(signed_in(app, &administrator, &title, "launches", &content))
}

fn found(app: &App, reference: &str) -> Result<(Reference, Entry), Error> {
    let reference: Reference = reference.parse().map_err(|_| Error::NotFound)?;
    let entry = app.launches.get(reference)?.ok_or(Error::NotFound)?;
    Ok((reference, entry))
}

/// `POST /admin/launches/{reference}`: approves the deployment that this launch was refused for.
pub async fn approve(app: &App, input: &mut Input, reference: &str) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let (reference, entry) = found(app, reference)?;
    let id = entry.connection.ok_or(Error::NotFound)?;
    let deployment = deployment(&entry).ok_or(Error::NotFound)?;
    let to = format!("{id}/{deployment}");
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(commit, &app.world, who, "deployment-approved", Some(&to));
    };
    if !deployments::judge(&app.store, id, deployment, true, noted).await? {
        return Err(Error::NotFound);
    }
    let below = format!("launches/{reference}");
    Ok(Page::see_other(&path(app, &below)))
}

/// The deployment that a launch came from and was not let in for.
pub(super) fn deployment(entry: &Entry) -> Option<&str> {
    let mut checks = entry.checks.iter();
    let check = checks.find(|check| check.name == DEPLOYMENT && !check.passed)?;
    check.detail.as_deref()
}

fn summary(app: &App, m: Messages, reference: Reference, entry: &Entry) -> Result<Markup, Error> {
    let none = || html! { (m.text("launch-unknown")) };
    let known = |text: Option<&String>| text.map_or_else(none, |text| html! { code { (text) } });
    let binding = entry.binding.as_ref();
    let connection = html! {
        (connection_name(app, m, entry.connection)?)
        @if let Some(id) = entry.connection {
            br;
            a href={ (path(app, "launches")) "?connection=" (id) } { (m.text("launch-connection-others")) }
        }
    };
    let person = entry.user.map_or_else(none, |user| {
        html! {
            a href=(path(app, &format!("people/{user}"))) { (m.text("launch-person-page")) }
            br;
            a href={ (path(app, "launches")) "?person=" (user) } { (m.text("launch-person-others")) }
        }
    });
    Ok(facts(&[
        (
            &m.text("launches-reference"),
            html! { code { (reference) } },
        ),
        (&m.text("launches-when"), moment(entry.at)),
        (&m.text("launches-connection"), connection),
        (&m.text("launch-person"), person),
        (
            &m.text("launches-outcome"),
            outcome(app, m, reference, entry)?,
        ),
        (&m.text("launch-message"), known(entry.message.as_ref())),
        (
            &m.text("launch-binding"),
            binding.map_or_else(none, |way| html! { (m.text(&format!("binding-{way}"))) }),
        ),
        (&m.text("launch-detail"), known(entry.detail.as_ref())),
    ]))
}

fn checks(app: &App, m: Messages, entry: &Entry, connection: Option<&Connection>) -> Markup {
    let rows: Vec<Vec<Markup>> = entry
        .checks
        .iter()
        .map(|check| {
            let (tone, word) = if check.passed {
                (Tone::Success, m.text("outcome-passed"))
            } else {
                (Tone::Error, m.text("outcome-failed"))
            };
            vec![
                html! { (m.text(&format!("check-{}", check.name))) },
                badge(Some(tone), None, &word),
                value(check.detail.as_deref()),
                value(expected(app, check, connection).as_deref()),
            ]
        })
        .collect();
    let columns = [
        m.text("launch-check"),
        m.text("launches-outcome"),
        m.text("launch-detail"),
        m.text("launch-expected"),
    ];
    table(&Table {
        caption: &m.text("launch-checks"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: &m.text("launch-no-checks"),
    })
}

fn value(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { span.value { (text) } } }
}

/// What a check expects, as far as that is a value of the connection or of ours.
fn expected(app: &App, check: &Check, connection: Option<&Connection>) -> Option<String> {
    let registration = connection.and_then(|connection| connection.registration.as_ref());
    match check.name.as_str() {
        "issuer" => Some(registration?.issuer.clone()),
        "audience" => Some(registration?.client_id.clone()),
        "key-set" | "key" => Some(registration?.jwks_url.clone()),
        "algorithm" => {
            let settings = &connection?.settings;
            Some(settings.signature_algorithm().name().to_owned())
        }
        "version" => Some("1.3.0".to_owned()),
        "form-version" => Some("LTI-1p0".to_owned()),
        "target" => Some(app.public().join("/lti/launch")),
        "form-signature" => Some("HMAC-SHA1, HMAC-SHA256".to_owned()),
        "installation" => connection?.consumer.as_ref()?.guid.clone(),
        _ => None,
    }
}

fn parameters(m: Messages, names: &[String]) -> Markup {
    html! {
        section aria-labelledby="parameters" {
            h2 #parameters { (m.text("launch-parameters")) }
            ul.names role="list" {
                @for name in names { li { code { (name) } } }
            }
        }
    }
}
