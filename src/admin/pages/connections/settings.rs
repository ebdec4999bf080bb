//! What is decided about a connection: what its form says, checked and saved.

mod shown;

use http::StatusCode;

pub(super) use shown::{read_only, settings_form, warning};

use super::entry::{self, Mistakes, trimmed};
use super::one;
use crate::admin::Error;
use crate::admin::pages::{FORM_LIMIT, path};
use crate::admin::sign_in::administrator_by_form;
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit;
use crate::lti::basic::is_custom;
use crate::lti::key::SignatureAlgorithm;
use crate::lti::roles::CourseRole;
use crate::people::connections::{any, changes};
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Connection;
use crate::store::rows::settings::{Authentication, MOST_KEPT, RoleOverride};
use crate::ui::Messages;

/// Roles that can be overridden.
const MOST_OVERRIDES: usize = 100;
/// The longest id of an installation, in bytes.
const LONGEST_GUID: usize = 512;
/// The widest window of a consumer, in minutes; nonces are remembered for twice as long.
const MOST_MINUTES: u64 = 60;

/// The settings as they stand in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a box of the form; together they are no state.
pub(super) struct Values {
    name: String,
    accept: bool,
    anonymous: bool,
    sums_only: bool,
    algorithm: String,
    post: bool,
    audience: String,
    roles: String,
    origins: String,
    minutes: String,
    body_only: bool,
    guid: String,
    known_only: bool,
    names: bool,
    kept: String,
}

impl Values {
    pub(super) fn of(connection: &Connection) -> Self {
        let settings = &connection.settings;
        let overrides = settings.role_overrides.iter().map(|one| {
            let counts_as = CourseRole::from(one.counts_as).name();
            format!("{} = {counts_as}", one.role)
        });
        let consumer = connection.consumer.as_ref();
        Self {
            name: connection.name.clone(),
            accept: connection.accept_deployments,
            anonymous: settings.anonymous,
            sums_only: settings.sums_only,
            algorithm: settings.signature_algorithm().name().to_owned(),
            post: settings.authentication == Authentication::Post,
            audience: settings.token_audience.clone().unwrap_or_default(),
            roles: overrides.collect::<Vec<_>>().join("\n"),
            origins: connection.added_origins.join("\n"),
            minutes: consumer.map_or(5, |c| c.window.div_ceil(60)).to_string(),
            body_only: consumer.is_some_and(|consumer| consumer.body_only),
            guid: consumer.and_then(|c| c.guid.clone()).unwrap_or_default(),
            known_only: settings.known_only,
            names: !settings.names_withheld,
            kept: settings.kept_parameters.join("\n"),
        }
    }

    fn read(fields: &Fields) -> Self {
        let text = |name| trimmed(fields, name);
        Self {
            name: text("name"),
            accept: fields.is_on("accept_deployments"),
            anonymous: fields.is_on("anonymous"),
            sums_only: fields.is_on("sums_only"),
            algorithm: text("algorithm"),
            post: text("authentication") == "post",
            audience: text("token_audience"),
            roles: text("role_overrides"),
            origins: text("origins"),
            minutes: text("minutes"),
            body_only: fields.is_on("body_only"),
            guid: text("guid"),
            known_only: fields.is_on("known_people_only"),
            names: fields.is_on("personal_data"),
            kept: text("kept_parameters"),
        }
    }
}

/// Roles and what they count as, one in a line.
fn overrides(m: Messages, text: &str) -> Result<Vec<RoleOverride>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut overrides = Vec::new();
    for line in lines {
        let wrong = || m.with("settings-roles-wrong", &[("line", line.into())]);
        let (role, word) = line.rsplit_once('=').ok_or_else(wrong)?;
        let counts_as = CourseRole::parse(word.trim()).ok_or_else(wrong)?;
        let role = role.trim();
        if role.is_empty() || role.len() > 500 {
            return Err(wrong());
        }
        overrides.push(RoleOverride {
            role: role.to_owned(),
            counts_as: counts_as.into(),
        });
    }
    if overrides.len() > MOST_OVERRIDES {
        return Err(m.with("settings-roles-many", &[("most", MOST_OVERRIDES.into())]));
    }
    Ok(overrides)
}

/// The whole names of custom parameters, one in a line.
fn kept(m: Messages, text: &str) -> Result<Vec<String>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut names: Vec<String> = Vec::new();
    for line in lines {
        if !is_custom(line) {
            return Err(m.with("settings-kept-wrong", &[("line", line.into())]));
        }
        if !names.iter().any(|known| known == line) {
            names.push(line.to_owned());
        }
    }
    if names.len() > MOST_KEPT {
        return Err(m.with("settings-kept-many", &[("most", MOST_KEPT.into())]));
    }
    Ok(names)
}

/// `POST /admin/connections/{id}/settings`
pub async fn save(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let connection = any(&app.store, id)?.ok_or(Error::NotFound)?;
    if connection.deleted.is_some() {
        return Err(Error::NotFound);
    }
    if !changes::editable(&connection) {
        return Err(Error::OfTheFile);
    }
    let m = Messages::default();
    let values = Values::read(&fields);
    let changed = match changed(m, &connection, &values) {
        Ok(changed) => changed,
        Err(mistakes) => {
            let page = one::with_form(app, &administrator, (id, &connection), &values, &mistakes)?;
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(
            commit,
            &app.world,
            who,
            "connection-changed",
            Some(&id.to_string()),
        );
    };
    let apply = |connection: &mut Connection| {
        connection.name.clone_from(&changed.name);
        connection.accept_deployments = changed.accept_deployments;
        connection.added_origins.clone_from(&changed.added_origins);
        connection.settings.clone_from(&changed.settings);
        if let (Some(now), Some(new)) = (&mut connection.consumer, &changed.consumer) {
            now.window = new.window;
            now.body_only = new.body_only;
            // An empty field leaves what was learned meanwhile.
            if new.guid.is_some() {
                now.guid.clone_from(&new.guid);
            }
        }
    };
    changes::change(&app.store, id, apply, noted).await?;
    Ok(Page::see_other(&path(
        app,
        &format!("connections/{id}?saved=yes"),
    )))
}

/// The connection as the form says, or what is wrong with it.
fn changed(m: Messages, connection: &Connection, values: &Values) -> Result<Connection, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut new = connection.clone();
    match entry::name(m, &values.name) {
        Ok(name) => new.name = name,
        Err(text) => mistakes.note("name", text),
    }
    match overrides(m, &values.roles) {
        Ok(overrides) => new.settings.role_overrides = overrides,
        Err(text) => mistakes.note("role_overrides", text),
    }
    match entry::origins(m, &values.origins) {
        Ok(origins) => new.added_origins = origins,
        Err(text) => mistakes.note("origins", text),
    }
    new.settings.anonymous = values.anonymous;
    new.settings.sums_only = values.sums_only;
    if connection.registration.is_some() {
        new.accept_deployments = values.accept;
        new.settings.authentication = if values.post {
            Authentication::Post
        } else {
            Authentication::Get
        };
        match SignatureAlgorithm::parse(&values.algorithm) {
            Some(algorithm) => new.settings.algorithm = algorithm.into(),
            None => mistakes.note("algorithm", m.text("entry-choose").into_owned()),
        }
        match entry::audience(m, &values.audience) {
            Ok(audience) => new.settings.token_audience = audience,
            Err(text) => mistakes.note("token_audience", text),
        }
    }
    if let Some(consumer) = &mut new.consumer {
        new.settings.known_only = values.known_only;
        new.settings.names_withheld = !values.names;
        match kept(m, &values.kept) {
            Ok(kept) => new.settings.kept_parameters = kept,
            Err(text) => mistakes.note("kept_parameters", text),
        }
        if values.guid.len() > LONGEST_GUID || values.guid.contains(char::is_control) {
            mistakes.note("guid", m.text("settings-guid-wrong").into_owned());
        } else if !values.guid.is_empty() {
            consumer.guid = Some(values.guid.clone());
        }
        consumer.body_only = values.body_only;
        let minutes = values.minutes.parse::<u64>().ok();
        match minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes)) {
            Some(minutes) => consumer.window = minutes * 60,
            None => mistakes.note("minutes", m.text("settings-window-wrong").into_owned()),
        }
    }
    if mistakes.none() {
        Ok(new)
    } else {
        Err(mistakes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::rows::people::{Consumer, Source};
    use crate::world::Time;

    #[test]
    fn what_the_form_shows_reads_as_it_was() {
        let m = Messages::default();
        let mut connection = Connection::new("LMS", Source::Registered, Time(0));
        connection.settings.role_overrides =
            overrides(m, "Aide = manager\n\na=b = member").unwrap();
        connection.added_origins = vec!["https://a.example".into()];
        let values = Values::of(&connection);
        assert_eq!(values.roles, "Aide = manager\na=b = member");
        assert_eq!(changed(m, &connection, &values).unwrap(), connection);
    }

    fn consumer() -> Connection {
        let consumer = Consumer {
            key: "key".into(),
            secret: Some("secret".into()),
            window: 300,
            body_only: false,
            guid: Some("guid".into()),
        };
        Connection {
            consumer: Some(consumer),
            ..Connection::new("LMS", Source::Registered, Time(0))
        }
    }

    #[test]
    fn what_a_consumer_decides_reads_as_it_was() {
        let m = Messages::default();
        let mut connection = consumer();
        connection.settings.known_only = true;
        connection.settings.names_withheld = true;
        connection.settings.kept_parameters = vec!["custom_a".into(), "custom_b".into()];
        let values = Values::of(&connection);
        assert_eq!(changed(m, &connection, &values).unwrap(), connection);
        // An emptied field forgets no installation: a button does.
        let emptied = Values {
            guid: String::new(),
            ..values.clone()
        };
        assert_eq!(changed(m, &connection, &emptied).unwrap(), connection);
        let many: Vec<String> = (0..=MOST_KEPT).map(|n| format!("custom_{n}")).collect();
        for (name, wrong) in [
            (
                "kept_parameters",
                Values {
                    kept: "tpa_class".into(),
                    ..values.clone()
                },
            ),
            (
                "kept_parameters",
                Values {
                    kept: many.join("\n"),
                    ..values.clone()
                },
            ),
            (
                "guid",
                Values {
                    guid: "x".repeat(600),
                    ..values.clone()
                },
            ),
        ] {
            let mistakes = changed(m, &connection, &wrong).unwrap_err();
            assert!(mistakes.of(name).is_some(), "{name}");
        }
    }

    #[test]
    fn mistakes_stand_beside_their_fields() {
        let m = Messages::default();
        let connection = Connection::new("LMS", Source::Registered, Time(0));
        let wrong = Values {
            name: String::new(),
            roles: "Aide = owner".into(),
            origins: "javascript:alert(1)".into(),
            ..Values::of(&connection)
        };
        let mistakes = changed(m, &connection, &wrong).unwrap_err();
        for name in ["name", "role_overrides", "origins"] {
            assert!(mistakes.of(name).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(\\PC|\\n){0,80}") {
            let m = Messages::default();
            let _ = (overrides(m, &text).is_ok(), entry::origins(m, &text).is_ok());
            let _ = kept(m, &text).is_ok();
        }
    }
}
