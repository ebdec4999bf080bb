//! The audit log: who did what, as a page and as a file for spreadsheets.

mod told;

use maud::{Markup, html};

use super::{path, signed_in_with};
use crate::admin::Error;
use crate::admin::sign_in::administrator;
use crate::app::csv::Csv;
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit::kinds::Group;
use crate::audit::reading::{At, Filter, Found, find};
use crate::store::rows::admin::AuditEntry;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::moment;
use crate::ui::forms::{Choice, Field, Form, Sending, form, select};
use crate::ui::tables::{Table, pager, table};
use told::Names;

/// Entries of one page.
const PAGE: usize = 50;
/// Entries of one file.
const FILE: usize = 10_000;
/// How often the file goes on looking: rare kinds end there.
const LOOKS: usize = 50;

/// What is wanted, as the query says it.
struct Wanted(Filter);

impl Wanted {
    fn read(query: &Fields) -> Self {
        let group = query.get("group").and_then(Group::named);
        let who = query.get("who").filter(|who| !who.is_empty());
        let who = who.map(str::to_owned);
        Self(Filter { group, who })
    }

    const fn is_anything(&self) -> bool {
        self.0.group.is_none() && self.0.who.is_none()
    }

    /// The same as a query, with where to go on.
    fn query(&self, before: Option<At>) -> String {
        let before = before.map(|at| at.to_string());
        let pairs = [
            ("group", self.0.group.map(Group::name)),
            ("who", self.0.who.as_deref()),
            ("before", before.as_deref()),
        ];
        let pairs = pairs.into_iter();
        let pairs = pairs.filter_map(|(name, value)| Some((name, value?)));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("?{query}")
    }
}

/// `GET /admin/audit`, before `before`, as the filters say.
pub async fn audit(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    let wanted = Wanted::read(&query);
    let before = query.get("before").and_then(|text| text.parse().ok());
    let found = find(&app.store, &wanted.0, before, PAGE)?;
    let more = found.next.map(|next| wanted.query(Some(next)));
    let mut names = Names::new(app, m);
    let content = html! {
        p.lead { (m.text("audit-lead")) }
        (filters(app, m, &wanted, &mut names)?)
        (listed(app, &mut names, &found, &wanted)?)
        (pager(m, more.as_deref()))
    };
    let actions = button_row(&link_button(&LinkButton {
        href: &format!("{}{}", path(app, "audit.csv"), wanted.query(None)),
        label: &m.text("audit-file"),
        ..LinkButton::default()
    }));
    let title = m.text("admin-audit");
    let title = (title.as_ref(), Some(&actions));
    Ok(signed_in_with(
        app,
        &administrator,
        title,
        "audit",
        &content,
    ))
}

fn filters(
    app: &App,
    m: Messages,
    wanted: &Wanted,
    names: &mut Names<'_>,
) -> Result<Markup, Error> {
    let any = m.text("audit-group-any");
    let groups = Group::ALL.map(|group| {
        let label = m.text(&format!("audit-group-{}", group.name()));
        (group.name(), label)
    });
    let mut choices = vec![Choice {
        value: "",
        label: &any,
        hint: None,
    }];
    choices.extend(groups.iter().map(|(value, label)| Choice {
        value,
        label,
        hint: None,
    }));
    let who = wanted.0.who.as_deref();
    let hidden: Vec<(&str, &str)> = who.iter().map(|who| ("who", *who)).collect();
    let action = path(app, "audit");
    let body = html! {
        (select(m, &Field {
            name: "group",
            label: &m.text("audit-group"),
            required: true,
            ..Field::default()
        }, &choices, wanted.0.group.map(Group::name).unwrap_or_default()))
        (button(&Button {
            label: &m.text("audit-show"),
            style: Style::Secondary,
            ..Button::default()
        }))
        @if !wanted.is_anything() {
            a.in-row-link href=(action) { (m.text("audit-all")) }
        }
    };
    let of = who.map(|who| names.person(who)).transpose()?;
    Ok(html! {
        div.in-row.filters {
            (form(&Form {
                action: &action,
                sending: Sending::Get,
                hidden: &hidden,
                ..Form::default()
            }, &body))
        }
        @if let Some(name) = of { p { (m.with("audit-of", &[("name", name.into())])) } }
    })
}

fn listed(
    app: &App,
    names: &mut Names<'_>,
    found: &Found,
    wanted: &Wanted,
) -> Result<Markup, Error> {
    let m = Messages::default();
    let mut rows = Vec::with_capacity(found.entries.len());
    for (at, entry) in &found.entries {
        let by = Wanted(Filter {
            who: Some(entry.who.clone()),
            group: wanted.0.group,
        });
        let href = format!("{}{}", path(app, "audit"), by.query(None));
        rows.push(vec![
            moment(at.0),
            html! { a href=(href) { (names.person(&entry.who)?) } },
            html! { (names.what(entry)) },
            names.to(entry)?,
        ]);
    }
    let empty = match (found.next.is_some(), wanted.is_anything()) {
        (true, _) => "audit-look-further",
        (false, true) => "audit-none",
        (false, false) => "audit-none-fit",
    };
    let columns = [
        m.text("audit-when"),
        m.text("audit-who"),
        m.text("audit-what"),
        m.text("audit-to"),
    ];
    Ok(table(&Table {
        caption: &m.text("audit-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: &m.text(empty),
    }))
}

/// `GET /admin/audit.csv`: the newest entries that fit.
pub async fn audit_csv(app: &App, input: &Input) -> Result<Page, Error> {
    administrator(app, input).await?;
    let m = Messages::default();
    let wanted = Wanted::read(&input.query());
    let mut names = Names::new(app, m);
    let mut file = Csv::new(["when", "who", "name", "what", "kind", "to"]);
    let (mut before, mut left) = (None, FILE);
    for _ in 0..LOOKS {
        let found = find(&app.store, &wanted.0, before, left)?;
        for (at, entry) in &found.entries {
            add(&mut file, &mut names, *at, entry)?;
        }
        left -= found.entries.len();
        before = found.next;
        if before.is_none() || left == 0 {
            break;
        }
    }
    Ok(file.page("lanterna-audit"))
}

fn add(file: &mut Csv, names: &mut Names<'_>, at: At, entry: &AuditEntry) -> Result<(), Error> {
    let when = at.0.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let name = names.person(&entry.who)?;
    let what = names.what(entry);
    let to = entry.to.as_deref().unwrap_or_default();
    file.row([when.as_str(), &entry.who, &name, &what, &entry.what, to]);
    Ok(())
}
