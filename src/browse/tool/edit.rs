//! Changing an external tool: one's own as a whole, one of the school's only in how an item shows it.

use http::StatusCode;
use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::audit;
use crate::browse::around::{Around, Here};
use crate::browse::{Error, back};
use crate::library::{self, Editable, editable};
use crate::people::Member;
use crate::store::Commit;
use crate::store::ids::{ItemId, ToolId};
use crate::store::rows::library::Kind;
use crate::store::rows::tools::{Tool, ToolLink, ToolSource, ToolTrust};
use crate::store::trees::{Items, ToolLinks};
use crate::tools::entry::{About, Entry, LIMIT, Mistakes};
use crate::tools::form::Fields;
use crate::tools::{self, launching, registry};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::notices::{Tone, notice};

/// An item's tool in the hands of somebody who may change the item.
struct Held {
    item: Editable,
    id: ToolId,
    tool: Tool,
    /// Whether the tool is the person's own.
    own: bool,
}

impl Held {
    fn of(app: &App, member: &Member, id: ItemId) -> Result<Self, Error> {
        let item = editable(&app.store, member, id)?;
        let tool_id = item.opened().item().tool.ok_or(library::Error::NotFound)?;
        let tool = registry::find(&app.store, tool_id)?.ok_or(tools::Error::Gone)?;
        let own = tool.owner == Some(member.session().user);
        Ok(Self {
            item,
            id: tool_id,
            tool,
            own,
        })
    }

    /// Whose a tool is that is not the person's own, in words.
    const fn whose(&self) -> &'static str {
        match self.tool.source {
            ToolSource::Person => "tool-of-other",
            ToolSource::File | ToolSource::Administrator => "tool-of-school",
        }
    }

    fn entry(&self, app: &App) -> Result<Entry, Error> {
        if self.own {
            return Ok(Entry::of(&self.tool));
        }
        let link = app.store.get::<ToolLinks>(&self.item.opened().id())?;
        Ok(Entry::of_link(&link.unwrap_or_default(), &self.tool))
    }
}

/// The way to a tool's own page, for an item that launches one.
pub(in crate::browse) fn section(m: Messages, item: &Editable) -> Markup {
    let opened = item.opened();
    if opened.item().kind != Kind::Tool {
        return html! {};
    }
    html! {
        section aria-labelledby="tool" {
            h2 #tool { (m.text("tool-settings")) }
            p { (m.text("tool-settings-text")) }
            (link_button(&LinkButton {
                href: "tool",
                label: &m.text("tool-settings-change"),
                ..LinkButton::default()
            }))
        }
    }
}

/// `GET /s/{token}/media/{item}/tool`
pub fn edit(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let held = Held::of(app, member, id)?;
    let entry = held.entry(app)?;
    let made = input.query().get("made").is_some();
    page_of(app, member, &held, (&entry, &Mistakes::default()), made)
}

fn page_of(
    app: &App,
    member: &Member,
    held: &Held,
    (entry, mistakes): (&Entry, &Mistakes),
    made: bool,
) -> Result<Page, Error> {
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let opened = held.item.opened();
    let fields = Fields {
        m,
        entry,
        mistakes,
        known: true,
        describes: false,
    };
    let buttons = html! {
        div.button-row {
            (button(&Button {
                label: &m.text("item-save"),
                style: Style::Primary,
                ..Button::default()
            }))
            (link_button(&LinkButton {
                href: &format!("../{}", opened.id()),
                label: &m.text("item-cancel"),
                style: Style::Quiet,
                icon: None,
            }))
        }
    };
    let content = html! {
        (back(m, opened))
        @if !mistakes.is_empty() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        @if made { (notice(m, Tone::Success, &m.text("tool-made"), None)) }
        @if held.own { (told(app, m, held)) }
        @if !held.own {
            p.lead { (m.with(held.whose(), &[("tool", held.tool.name.as_str().into())])) }
        }
        (form(&Form { action: "tool", ..Form::default() }, &html! {
            @if held.own { (fields.of_tool()) } @else { (fields.of_link()) }
            (buttons)
        }))
    };
    let title = [("title", opened.item().title.as_str().into())];
    Ok(around.page(
        &m.with("tool-title", &title),
        Here::Elsewhere,
        None,
        &content,
    ))
}

/// What a tool of LTI 1.3 must be told about us.
fn told(app: &App, m: Messages, held: &Held) -> Markup {
    let ToolTrust::Registered(registration) = &held.tool.trust else {
        return html! {};
    };
    let values = launching::platform_values(app, registration);
    html! {
        section aria-labelledby="told" {
            h2 #told { (m.text("tool-told")) }
            p.hint { (m.text("tool-told-hint")) }
            div.given {
                @for (name, value) in &values {
                    (copy_field(m, name, &m.text(&format!("tool-told-{name}")), value))
                }
            }
        }
    }
}

/// `POST /s/{token}/media/{item}/tool`
pub async fn change(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let entry = Entry::read(&input.form(LIMIT).await?);
    let held = Held::of(app, member, id)?;
    let m = Around::two_below(app, member)?.messages;
    let saved = if held.own {
        save_tool(app, m, &held, &entry).await?
    } else {
        save_link(app, m, &held, &entry).await?
    };
    match saved {
        Ok(()) => Ok(Page::see_other(&format!("../{id}?saved"))),
        Err(mistakes) => {
            let page = page_of(app, member, &held, (&entry, &mistakes), false)?;
            Ok(page.status(StatusCode::BAD_REQUEST))
        }
    }
}

async fn save_tool(
    app: &App,
    m: Messages,
    held: &Held,
    entry: &Entry,
) -> Result<Result<(), Mistakes>, Error> {
    let entered = match entry.checked(app, m, About::Known(&held.tool)).await {
        Ok(entered) => entered,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let who = held.tool.owner.map(|user| format!("user:{user}"));
    let noted = |commit: &mut Commit| {
        let to = held.id.to_string();
        let who = who.as_deref().unwrap_or_default();
        audit::record(commit, &app.world, who, "tool-changed", Some(&to));
    };
    let apply = |tool: &mut Tool| entered.apply(tool);
    if registry::change(&app.store, &app.world, held.id, apply, noted).await? {
        Ok(Ok(()))
    } else {
        Err(tools::Error::Gone.into())
    }
}

async fn save_link(
    app: &App,
    m: Messages,
    held: &Held,
    entry: &Entry,
) -> Result<Result<(), Mistakes>, Error> {
    let link = match entry.checked_link(m) {
        Ok(link) => link,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let id = held.item.opened().id();
    let before = app.store.get::<ToolLinks>(&id)?.unwrap_or_default();
    let link = ToolLink {
        launch_url: before.launch_url,
        ..link
    };
    let mut commit = Commit::new();
    commit
        .expect_present::<Items>(&id)
        .put::<ToolLinks>(&id, &link);
    app.store.commit(commit).await?;
    Ok(Ok(()))
}
