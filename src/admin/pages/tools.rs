//! External tools: those of the school, which administrators add, and those that people added for
//! themselves, which administrators may forbid.

mod one;

use http::StatusCode;
use maud::{Markup, html};

pub use one::{act, change, page as one};

use super::{path, signed_in, signed_in_with};
use crate::admin::Error;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::store::Commit;
use crate::store::ids::ToolId;
use crate::store::rows::tools::{Tool, ToolSource, ToolTrust};
use crate::store::trees::Users;
use crate::tools::entry::{About, Entered, Entry, LIMIT, Mistakes};
use crate::tools::form::Fields;
use crate::tools::registry::{self, Whose};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, badge, empty_state, notice};
use crate::ui::tables::{Table, pager, table};
use crate::world::Time;

/// Where this is in administration.
const HERE: &str = "tools";
/// Tools of one page.
const PAGE: usize = 50;

/// `GET /admin/tools`: the school's, and with `of=people` those of people; after `after`.
pub async fn list(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    let whose = match query.get("of") {
        Some("people") => Whose::People,
        _ => Whose::School,
    };
    let after = query
        .get("after")
        .map(|text| after(text).ok_or(Error::NotFound));
    let (tools, next) = registry::page(&app.store, whose, after.transpose()?, PAGE)?;
    let more = next.map(|(created, id)| {
        let of = if whose == Whose::People {
            "of=people&"
        } else {
            ""
        };
        format!("?{of}after={}-{id}", created.0)
    });
    let new = path(app, "tools/new");
    let content = html! {
        (tabs(app, m, whose))
        @if tools.is_empty() && query.get("after").is_none() { (nothing(m, whose, &new)) }
        @else {
            (tools_table(app, m, whose, &tools)?)
            (pager(m, more.as_deref()))
        }
    };
    let action = link_button(&LinkButton {
        href: &new,
        label: &m.text("admin-tools-new"),
        style: Style::Primary,
        icon: Some(Icon::Plus),
    });
    let title = m.text("admin-tools");
    let title = (title.as_ref(), Some(&action));
    Ok(signed_in_with(app, &administrator, title, HERE, &content))
}

/// Where a page of tools goes on, in an address.
fn after(text: &str) -> Option<registry::After> {
    let (created, id) = text.split_once('-')?;
    Some((Time(created.parse().ok()?), id.parse().ok()?))
}

fn tabs(app: &App, m: Messages, whose: Whose) -> Markup {
    let link = |is, below: &str, label: &str| {
        html! {
            a href=(path(app, below)) aria-current=[(whose == is).then_some("page")] {
                (m.text(label))
            }
        }
    };
    html! {
        nav.list-tabs aria-label=(m.text("admin-tools-whose")) {
            (link(Whose::School, "tools", "admin-tools-school"))
            (link(Whose::People, "tools?of=people", "admin-tools-people"))
        }
    }
}

fn nothing(m: Messages, whose: Whose, new: &str) -> Markup {
    let (title, text, action) = match whose {
        Whose::School => (
            "admin-tools-none",
            "admin-tools-none-text",
            Some(m.text("admin-tools-new")),
        ),
        Whose::People => (
            "admin-tools-none-people",
            "admin-tools-none-people-text",
            None,
        ),
    };
    empty_state(&Empty {
        title: &m.text(title),
        text: &m.text(text),
        action: action.as_deref().map(|label| (new, label)),
    })
}

fn tools_table(
    app: &App,
    m: Messages,
    whose: Whose,
    tools: &[(ToolId, Tool)],
) -> Result<Markup, Error> {
    let mut rows = Vec::with_capacity(tools.len());
    for (id, tool) in tools {
        let mut row = vec![
            html! { a href=(path(app, &format!("tools/{id}"))) { (tool.name) } },
            html! { (version(tool)) },
            html! { (host(tool)) },
            state(m, tool),
            moment(tool.created),
        ];
        if whose == Whose::People {
            row.insert(1, html! { (owner(app, m, tool)?) });
        }
        rows.push(row);
    }
    let mut columns = vec![
        m.text("admin-tools-name"),
        m.text("connections-version"),
        m.text("admin-tools-host"),
        m.text("connections-state"),
        m.text("admin-tools-added"),
    ];
    if whose == Whose::People {
        columns.insert(1, m.text("admin-tools-owner"));
    }
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    Ok(table(&Table {
        caption: &m.text("admin-tools-caption"),
        columns: &columns,
        rows: &rows,
        empty: "",
    }))
}

const fn version(tool: &Tool) -> &'static str {
    match tool.trust {
        ToolTrust::Passport(_) => "LTI 1.1",
        ToolTrust::Registered(_) => "LTI 1.3",
    }
}

fn host(tool: &Tool) -> String {
    let url = url::Url::parse(&tool.launch_url).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}

/// Whether it launches, where it comes from, and whether it is told nothing of people.
fn state(m: Messages, tool: &Tool) -> Markup {
    let (tone, text) = match (tool.forbidden, tool.source) {
        (Some(_), _) => (Tone::Error, "admin-tools-forbidden"),
        (None, ToolSource::File) => (Tone::Success, "connection-file"),
        (None, _) => (Tone::Success, "admin-tools-allowed"),
    };
    html! {
        (badge(Some(tone), None, &m.text(text)))
        @if tool.private { " " (badge(None, Some(Icon::Lock), &m.text("admin-tools-private"))) }
    }
}

fn owner(app: &App, m: Messages, tool: &Tool) -> Result<String, Error> {
    let user = match &tool.owner {
        Some(owner) => app.store.get::<Users>(owner)?,
        None => None,
    };
    let name = user.and_then(|user| user.name);
    Ok(name.unwrap_or_else(|| m.text("course-people-nameless").into_owned()))
}

/// `GET /admin/tools/new`
pub async fn new(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    Ok(asking(
        app,
        &administrator,
        &Entry::empty(),
        &Mistakes::default(),
    ))
}

fn asking(app: &App, administrator: &Administrator, entry: &Entry, mistakes: &Mistakes) -> Page {
    let m = Messages::default();
    let fields = Fields {
        m,
        entry,
        mistakes,
        known: false,
        describes: false,
    };
    let content = html! {
        p.lead { (m.text("admin-tools-lead")) }
        @if !mistakes.is_empty() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        (form(&Form {
            action: &path(app, "tools/new"),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        }, &html! {
            (fields.of_tool())
            (button(&Button {
                label: &m.text("tool-add"),
                style: Style::Primary,
                ..Button::default()
            }))
        }))
    };
    signed_in(
        app,
        administrator,
        &m.text("admin-tools-new"),
        HERE,
        &content,
    )
}

/// `POST /admin/tools/new`
pub async fn make(app: &App, input: &mut Input) -> Result<Page, Error> {
    let sent = input.form(LIMIT).await?;
    let administrator = administrator_by_form(app, input, sent.get("form_token")).await?;
    let entry = Entry::read(&sent);
    let id = registry::new_id(&app.world);
    let client_id = id.to_string();
    let about = About::New(ToolSource::Administrator, &client_id);
    let entered = match entry.checked(app, Messages::default(), about).await {
        Ok(entered) => entered,
        Err(mistakes) => {
            let page = asking(app, &administrator, &entry, &mistakes);
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let tool = made(app, &entered).ok_or(Error::NotFound)?;
    let mut commit = Commit::new();
    registry::add(&mut commit, id, &tool);
    let (who, to) = (administrator.name(), id.to_string());
    audit::record(&mut commit, &app.world, who, "tool-added", Some(&to));
    app.store.commit(commit).await?;
    Ok(Page::see_other(&path(app, &format!("tools/{id}"))))
}

fn made(app: &App, entered: &Entered) -> Option<Tool> {
    let now = app.world.now();
    let mut tool = Tool {
        name: String::new(),
        source: ToolSource::Administrator,
        owner: None,
        connection: None,
        launch_url: String::new(),
        trust: entered.trust.clone()?,
        custom: Vec::new(),
        asks: entered.asks,
        presentation: entered.presentation.clone(),
        grades: entered.grades,
        created: now,
        changed: now,
        forbidden: None,
        private: false,
        deleted: None,
    };
    entered.apply(&mut tool);
    Some(tool)
}
