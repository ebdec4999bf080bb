//! Adding an external tool: one of the school's, or one's own.

use http::StatusCode;
use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::audit;
use crate::browse::Error;
use crate::browse::around::{Around, Here};
use crate::library::tools::{NewTool, add};
use crate::library::{self, Description, Title};
use crate::people::{Contributor, Member};
use crate::store::Commit;
use crate::store::ids::ToolId;
use crate::store::rows::tools::{Tool, ToolSource, ToolTrust};
use crate::tools::entry::{About, Entered, Entry, LIMIT, Mistakes};
use crate::tools::form::Fields;
use crate::tools::registry::{self, Whose};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::pager;
use crate::world::Time;

/// Tools of the school on one page.
const PAGE: usize = 50;

/// Adding is for the staff of a course.
fn staff(member: &Member) -> Result<Contributor<'_>, Error> {
    member.contributor().ok_or(Error::ToolsForStaff)
}

/// `GET /s/{token}/tools/new`; with `after` for more of the school's tools.
pub fn new(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    staff(member)?;
    let query = input.query();
    let after = query
        .get("after")
        .map(|text| after(text).ok_or(Error::BadRequest));
    let after = after.transpose()?;
    page_of(app, member, &Entry::empty(), &Mistakes::default(), after)
}

/// Where a page of tools goes on, in an address.
fn after(text: &str) -> Option<registry::After> {
    let (created, id) = text.split_once('-')?;
    Some((Time(created.parse().ok()?), id.parse().ok()?))
}

fn page_of(
    app: &App,
    member: &Member,
    entry: &Entry,
    mistakes: &Mistakes,
    after: Option<registry::After>,
) -> Result<Page, Error> {
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let fields = Fields {
        m,
        entry,
        mistakes,
        known: false,
        describes: true,
    };
    let own = html! {
        @if !mistakes.is_empty() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        (form(&Form { action: "new", ..Form::default() }, &html! {
            (fields.of_tool())
            (button(&Button {
                label: &m.text("tool-add"),
                style: Style::Primary,
                ..Button::default()
            }))
        }))
    };
    let content = html! {
        p.lead { (m.text("tool-new-lead")) }
        (of_school(app, m, after)?)
        section aria-labelledby="own" {
            h2 #own { (m.text("tool-own")) }
            p.hint { (m.text("tool-own-hint")) }
            (own)
        }
    };
    Ok(around.page(&m.text("tool-new"), Here::Upload, None, &content))
}

/// The school's tools, each with the button that adds it.
fn of_school(app: &App, m: Messages, after: Option<registry::After>) -> Result<Markup, Error> {
    let (mut tools, next) = registry::page(&app.store, Whose::School, after, PAGE)?;
    tools.retain(|(_, tool)| tool.forbidden.is_none());
    if tools.is_empty() && next.is_none() {
        return Ok(html! {});
    }
    let more = next.map(|(created, id)| format!("?after={}-{id}", created.0));
    Ok(html! {
        section aria-labelledby="school" {
            h2 #school { (m.text("tool-school")) }
            ul.tools role="list" {
                @for (id, tool) in &tools { li { (offered(m, *id, tool)) } }
            }
            (pager(m, more.as_deref()))
        }
    })
}

fn offered(m: Messages, id: ToolId, tool: &Tool) -> Markup {
    let id = id.to_string();
    let version = match tool.trust {
        ToolTrust::Passport(_) => "LTI 1.1",
        ToolTrust::Registered(_) => "LTI 1.3",
    };
    let name = [("tool", tool.name.as_str().into())];
    form(
        &Form {
            action: "new",
            hidden: &[("tool", &id)],
            inline: true,
            ..Form::default()
        },
        &html! {
            span.tool-name { (tool.name) }
            (badge(None, None, version))
            button type="submit" class="button" {
                (crate::ui::icons::icon(Icon::Plus))
                span { (m.text("tool-use")) span.unseen { " " (m.with("tool-use-which", &name)) } }
            }
        },
    )
}

/// `POST /s/{token}/tools/new`: with `tool` one of the school's, else what was entered.
pub async fn make(app: &App, member: &Member, input: &mut Input) -> Result<Page, Error> {
    let contributor = staff(member)?;
    let sent = input.form(LIMIT).await?;
    if let Some(id) = sent.get("tool") {
        let id = id.parse().map_err(|_| library::Error::NotFound)?;
        return of_the_school(app, contributor, id).await;
    }
    let m = Around::one_below(app, member)?.messages;
    let entry = Entry::read(&sent);
    let id = registry::new_id(&app.world);
    let client_id = id.to_string();
    let about = About::New(ToolSource::Person, &client_id);
    match entry.checked(app, m, about).await {
        Ok(entered) => ones_own(app, contributor, id, &entered).await,
        Err(mistakes) => {
            let page = page_of(app, member, &entry, &mistakes, None)?;
            Ok(page.status(StatusCode::BAD_REQUEST))
        }
    }
}

async fn of_the_school(app: &App, contributor: Contributor<'_>, id: ToolId) -> Result<Page, Error> {
    let tool = registry::find(&app.store, id)?;
    let tool = tool.filter(|tool| tool.source != ToolSource::Person && tool.forbidden.is_none());
    let tool = tool.ok_or(library::Error::NotFound)?;
    let new = NewTool {
        title: Title::parse(&tool.name).unwrap_or_else(|_| Title::of_file(&tool.name)),
        description: Description::default(),
        tool: id,
    };
    let item = add(&app.store, &app.world, contributor, &new, |_, _| {}).await?;
    Ok(Page::see_other(&format!("../media/{item}?added")))
}

async fn ones_own(
    app: &App,
    contributor: Contributor<'_>,
    id: ToolId,
    entered: &Entered,
) -> Result<Page, Error> {
    let session = contributor.member().session();
    // Only a new tool must be entered with its trust.
    let trust = entered.trust.clone().ok_or(Error::BadRequest)?;
    let newer = matches!(trust, ToolTrust::Registered(_));
    let now = app.world.now();
    let mut tool = Tool {
        name: String::new(),
        source: ToolSource::Person,
        owner: Some(session.user),
        connection: Some(session.connection),
        launch_url: String::new(),
        trust,
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
    let new = NewTool {
        title: entered.title.clone(),
        description: entered.description.clone(),
        tool: id,
    };
    let who = format!("user:{}", session.user);
    let besides = |commit: &mut Commit, _| {
        registry::add(commit, id, &tool);
        let to = id.to_string();
        audit::record(commit, &app.world, &who, "tool-added", Some(&to));
    };
    let item = add(&app.store, &app.world, contributor, &new, besides).await?;
    // What a tool of LTI 1.3 must be told stands where it is changed.
    Ok(Page::see_other(&if newer {
        format!("../media/{item}/tool?made")
    } else {
        format!("../media/{item}?added")
    }))
}
