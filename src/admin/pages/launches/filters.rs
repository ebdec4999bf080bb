//! What of the launch log is to be shown: read from the query, shown as a form, and written into
//! the links to further pages.

use std::time::Duration;

use maud::{Markup, html};

use super::path;
use crate::admin::Error;
use crate::admin::diagnosis::Kind;
use crate::app::{App, Form as Fields};
use crate::launchlog::{Filter, Outcome};
use crate::people::connections;
use crate::store::ids::{ConnectionId, UserId};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Choice, Field, Form, Sending, Text, TextKind, form, select, text_field};

/// Connections that can be chosen from; others are found by their own pages.
const MOST_CONNECTIONS: usize = 200;

/// Names and lengths of the times that can be chosen, and the messages that name them.
const SINCE: [(&str, Duration, &str); 3] = [
    ("hour", Duration::from_hours(1), "launches-since-hour"),
    ("day", Duration::from_hours(24), "launches-since-day"),
    ("week", Duration::from_hours(7 * 24), "launches-since-week"),
];

/// Names of the ends that can be chosen, and the messages that name them.
const OUTCOMES: [(&str, Outcome, &str); 3] = [
    ("opened", Outcome::Opened, "launch-opened"),
    ("refused", Outcome::Refused, "launch-refused"),
    ("waiting", Outcome::Waiting, "launch-waiting"),
];

/// What is wanted; what nobody chose, or chose wrongly, is anything.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) connection: Option<ConnectionId>,
    person: Option<UserId>,
    outcome: Option<(&'static str, Outcome)>,
    kind: Option<Kind>,
    since: Option<(&'static str, Duration)>,
}

impl Wanted {
    pub(super) fn read(query: &Fields) -> Self {
        let outcome = query.get("outcome").unwrap_or_default();
        let outcome = OUTCOMES.iter().find(|(name, ..)| *name == outcome);
        let since = query.get("since").unwrap_or_default();
        let since = SINCE.iter().find(|(name, ..)| *name == since);
        Self {
            connection: query.get("connection").and_then(|text| text.parse().ok()),
            person: query
                .get("person")
                .and_then(|text| text.trim().parse().ok()),
            outcome: outcome.map(|(name, outcome, _)| (*name, *outcome)),
            kind: query.get("kind").and_then(Kind::named),
            since: since.map(|(name, length, _)| (*name, *length)),
        }
    }

    pub(super) const fn is_anything(&self) -> bool {
        self.connection.is_none()
            && self.person.is_none()
            && self.outcome.is_none()
            && self.kind.is_none()
            && self.since.is_none()
    }

    pub(super) fn filter(&self, now: crate::world::Time) -> Filter {
        Filter {
            connection: self.connection,
            user: self.person,
            outcome: self.outcome.map(|(_, outcome)| outcome),
            codes: self.kind.map(Kind::codes),
            since: self.since.map(|(_, length)| now.before(length)),
        }
    }

    /// The same as a query, with more pairs behind.
    pub(super) fn query(&self, more: &[(&str, &str)]) -> String {
        let connection = self.connection.map(|id| id.to_string());
        let person = self.person.map(|id| id.to_string());
        let own = [
            ("connection", connection.as_deref()),
            ("person", person.as_deref()),
            ("outcome", self.outcome.map(|(name, _)| name)),
            ("kind", self.kind.map(Kind::name)),
            ("since", self.since.map(|(name, _)| name)),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(own.chain(more.iter().copied()))
            .finish();
        format!("?{query}")
    }
}

/// The field for a reference that somebody was shown.
pub(super) fn search(app: &App, m: Messages, value: &str, error: Option<&str>) -> Markup {
    let field = Field {
        name: "reference",
        label: &m.text("launches-find-title"),
        hint: Some(&m.text("launches-reference-hint")),
        error,
        required: true,
        ..Field::default()
    };
    let text = Text {
        kind: TextKind::Search,
        value,
        max_length: Some(26),
        ..Text::default()
    };
    let fields = html! {
        (text_field(m, &field, &text))
        (button(&Button {
            label: &m.text("launches-find"),
            style: Style::Secondary,
            ..Button::default()
        }))
    };
    let action = path(app, "launches");
    let form_of = Form {
        action: &action,
        sending: Sending::Get,
        ..Form::default()
    };
    html! { div.in-row { (form(&form_of, &fields)) } }
}

/// The form of the filters.
pub(super) fn form_of(app: &App, m: Messages, wanted: &Wanted) -> Result<Markup, Error> {
    let mut all = connections::all(&app.store)?;
    all.truncate(MOST_CONNECTIONS);
    let named: Vec<(String, &str)> = all
        .iter()
        .map(|(id, connection)| (id.to_string(), connection.name.as_str()))
        .collect();
    let all = m.text("launches-connection-any");
    let connections = choices(&all, named.iter().map(|(id, name)| (id.as_str(), *name)));
    let any = m.text("launches-outcome-any");
    let outcomes = OUTCOMES.map(|(name, _, id)| (name, m.text(id)));
    let outcomes = choices(
        &any,
        outcomes.iter().map(|(name, text)| (*name, text.as_ref())),
    );
    let any = m.text("launches-kind-any");
    let kinds = Kind::ALL.map(|kind| (kind.name(), m.text(&format!("kind-{}", kind.name()))));
    let kinds = choices(
        &any,
        kinds.iter().map(|(name, text)| (*name, text.as_ref())),
    );
    let ever = m.text("launches-since-any");
    let times = SINCE.map(|(name, _, id)| (name, m.text(id)));
    let times = choices(
        &ever,
        times.iter().map(|(name, text)| (*name, text.as_ref())),
    );
    let connection = wanted.connection.map(|id| id.to_string());
    let chosen = [
        (
            "connection",
            "launches-connection",
            &connections,
            connection.as_deref(),
        ),
        (
            "outcome",
            "launches-outcome",
            &outcomes,
            wanted.outcome.map(|(name, _)| name),
        ),
        ("kind", "launches-kind", &kinds, wanted.kind.map(Kind::name)),
        (
            "since",
            "launches-since",
            &times,
            wanted.since.map(|(name, _)| name),
        ),
    ];
    let person = wanted.person.map(|id| id.to_string());
    let hidden: Vec<(&str, &str)> = person.iter().map(|id| ("person", id.as_str())).collect();
    let action = path(app, "launches");
    let form_of = Form {
        action: &action,
        sending: Sending::Get,
        hidden: &hidden,
        ..Form::default()
    };
    let body = html! {
        @for (name, label, choices, selected) in chosen {
            (select(m, &Field {
                name,
                label: &m.text(label),
                ..Field::default()
            }, choices, selected.unwrap_or_default()))
        }
        (button(&Button {
            label: &m.text("launches-show"),
            style: Style::Secondary,
            ..Button::default()
        }))
        @if !wanted.is_anything() {
            a.in-row-link href=(action) { (m.text("launches-all")) }
        }
    };
    Ok(html! {
        div.in-row.filters { (form(&form_of, &body)) }
        @if wanted.person.is_some() { p { (m.text("launches-of-person")) } }
    })
}

/// A choice for anything, and one for each name.
fn choices<'a>(any: &'a str, named: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Choice<'a>> {
    let choice = |(value, label)| Choice {
        value,
        label,
        hint: None,
    };
    std::iter::once(("", any))
        .chain(named)
        .map(choice)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Time;

    fn wanted(query: &str) -> Wanted {
        Wanted::read(&Fields::parse(query.as_bytes()))
    }

    #[test]
    fn what_is_wanted_goes_on_to_the_next_page() {
        let query = "connection=7&person=0000000000000009&outcome=refused&kind=time\
                     &since=day";
        let read = wanted(query);
        let again = read.query(&[("before", "x")]);
        assert_eq!(again, format!("?{query}&before=x"));
        let filter = read.filter(Time::from_seconds(100_000));
        assert_eq!(filter.connection, Some(ConnectionId(7)));
        assert_eq!(filter.user, Some(UserId(9)));
        assert_eq!(filter.outcome, Some(Outcome::Refused));
        assert!(filter.codes.unwrap().contains(&"token-expired"));
        assert_eq!(filter.since, Some(Time::from_seconds(100_000 - 86_400)));
    }

    #[test]
    fn nonsense_wants_anything() {
        let read = wanted("connection=x&person=-1&outcome=maybe&kind=&since=never&other=1");
        assert!(read.is_anything());
        assert_eq!(read.query(&[]), "?");
    }
}
