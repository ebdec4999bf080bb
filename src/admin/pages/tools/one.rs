//! One external tool.

use http::StatusCode;
use maud::{Markup, html};

use super::{HERE, host, owner, state, version};
use crate::admin::Error;
use crate::admin::pages::{FORM_LIMIT, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::store::Commit;
use crate::store::ids::ToolId;
use crate::store::rows::tools::{Tool, ToolSource, ToolTrust};
use crate::tools::entry::{About, Entry, LIMIT, Mistakes};
use crate::tools::form::Fields;
use crate::tools::{launching, registry};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::{disclosure, facts};
use crate::world::Time;

fn there(app: &App, id: ToolId) -> Result<Tool, Error> {
    registry::find(&app.store, id)?.ok_or(Error::NotFound)
}

/// `GET /admin/tools/{tool}`
pub async fn page(app: &App, input: &Input, id: ToolId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let tool = there(app, id)?;
    let entry = Entry::of(&tool);
    whole(
        app,
        &administrator,
        (id, &tool),
        (&entry, &Mistakes::default()),
    )
}

fn whole(
    app: &App,
    administrator: &Administrator,
    (id, tool): (ToolId, &Tool),
    (entry, mistakes): (&Entry, &Mistakes),
) -> Result<Page, Error> {
    let m = Messages::default();
    let one = One {
        app,
        m,
        administrator,
        id,
        tool,
    };
    let content = html! {
        @if !mistakes.is_empty() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        (one.known()?)
        (one.told())
        (one.decisions())
        @match tool.source {
            ToolSource::File => { p.hint { (m.text("admin-tools-of-file")) } },
            ToolSource::Person => {},
            ToolSource::Administrator => { (one.form(entry, mistakes)) (one.deleting()) },
        }
    };
    Ok(signed_in(app, administrator, &tool.name, HERE, &content))
}

/// A tool on its page.
struct One<'a> {
    app: &'a App,
    m: Messages,
    administrator: &'a Administrator,
    id: ToolId,
    tool: &'a Tool,
}

impl One<'_> {
    fn at(&self, below: &str) -> String {
        path(self.app, &format!("tools/{}{below}", self.id))
    }

    fn known(&self) -> Result<Markup, Error> {
        let (m, tool) = (self.m, self.tool);
        let text = |id: &str| m.text(id).into_owned();
        let mut known = vec![
            (text("connections-state"), state(m, tool)),
            (text("connections-version"), html! { (version(tool)) }),
            (text("admin-tools-host"), html! { (host(tool)) }),
            (
                text("tool-field-launch-url"),
                html! { code { (tool.launch_url) } },
            ),
            (text("admin-tools-added"), moment(tool.created)),
        ];
        if tool.source == ToolSource::Person {
            let owner = owner(self.app, m, tool)?;
            known.insert(1, (text("admin-tools-owner"), html! { (owner) }));
        }
        if let ToolTrust::Passport(passport) = &tool.trust {
            known.push((text("consumer-key"), html! { code { (passport.key) } }));
        }
        let known: Vec<(&str, Markup)> = known
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        Ok(facts(&known))
    }

    fn told(&self) -> Markup {
        let ToolTrust::Registered(registration) = &self.tool.trust else {
            return html! {};
        };
        let values = launching::platform_values(self.app, registration);
        html! {
            section aria-labelledby="told" {
                h2 #told { (self.m.text("tool-told")) }
                p.hint { (self.m.text("tool-told-hint")) }
                div.given {
                    @for (name, value) in &values {
                        (copy_field(self.m, name, &self.m.text(&format!("tool-told-{name}")), value))
                    }
                }
            }
        }
    }

    /// Whether it launches, and whether it may be told anything of people.
    fn decisions(&self) -> Markup {
        let (m, tool) = (self.m, self.tool);
        let launch = if tool.forbidden.is_some() {
            ("allow", "admin-tools-allow", Style::Primary)
        } else {
            ("forbid", "admin-tools-forbid", Style::Danger)
        };
        let share = if tool.private {
            ("share", "admin-tools-share", Style::Secondary)
        } else {
            ("silence", "admin-tools-silence", Style::Secondary)
        };
        let decide = |(act, label, style): (&str, &str, Style)| {
            form(
                &Form {
                    action: &self.at(&format!("/{act}")),
                    hidden: &[("form_token", self.administrator.form_token())],
                    inline: true,
                    ..Form::default()
                },
                &button(&Button {
                    label: &m.text(label),
                    style,
                    ..Button::default()
                }),
            )
        };
        html! {
            section aria-labelledby="decisions" {
                h2 #decisions { (m.text("admin-tools-decisions")) }
                p { (m.text("admin-tools-decisions-text")) }
                div.button-row {
                    (decide(launch))
                    (decide(share))
                }
            }
        }
    }

    fn form(&self, entry: &Entry, mistakes: &Mistakes) -> Markup {
        let m = self.m;
        let fields = Fields {
            m,
            entry,
            mistakes,
            known: true,
            describes: false,
        };
        html! {
            section aria-labelledby="settings" {
                h2 #settings { (m.text("tool-settings")) }
                (form(&Form {
                    action: &self.at(""),
                    hidden: &[("form_token", self.administrator.form_token())],
                    ..Form::default()
                }, &html! {
                    (fields.of_tool())
                    (button(&Button {
                        label: &m.text("item-save"),
                        style: Style::Primary,
                        ..Button::default()
                    }))
                }))
            }
        }
    }

    fn deleting(&self) -> Markup {
        let m = self.m;
        let body = html! {
            p { (m.text("admin-tools-delete-text")) }
            (form(&Form {
                action: &self.at("/delete"),
                hidden: &[("form_token", self.administrator.form_token())],
                ..Form::default()
            }, &button(&Button {
                label: &m.text("admin-tools-delete-really"),
                style: Style::Danger,
                ..Button::default()
            })))
        };
        disclosure(&m.text("admin-tools-delete"), &body)
    }
}

/// `POST /admin/tools/{tool}`: what an administrator's own tool is from now on.
pub async fn change(app: &App, input: &mut Input, id: ToolId) -> Result<Page, Error> {
    let sent = input.form(LIMIT).await?;
    let administrator = administrator_by_form(app, input, sent.get("form_token")).await?;
    let tool = there(app, id)?;
    match tool.source {
        ToolSource::Administrator => {}
        ToolSource::File => return Err(Error::OfTheFile),
        ToolSource::Person => return Err(Error::NotFound),
    }
    let entry = Entry::read(&sent);
    let checked = entry.checked(app, Messages::default(), About::Known(&tool));
    let entered = match checked.await {
        Ok(entered) => entered,
        Err(mistakes) => {
            let page = whole(app, &administrator, (id, &tool), (&entry, &mistakes))?;
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let apply = |tool: &mut Tool| entered.apply(tool);
    done(app, &administrator, id, "tool-changed", apply).await
}

async fn done(
    app: &App,
    administrator: &Administrator,
    id: ToolId,
    what: &str,
    apply: impl Fn(&mut Tool),
) -> Result<Page, Error> {
    let noted = |commit: &mut Commit| {
        let to = id.to_string();
        audit::record(commit, &app.world, administrator.name(), what, Some(&to));
    };
    if registry::change(&app.store, &app.world, id, apply, noted).await? {
        Ok(Page::see_other(&path(app, &format!("tools/{id}"))))
    } else {
        Err(Error::NotFound)
    }
}

/// A deleted tool keeps its row, since what it reported stays, and nothing that could sign for it.
fn delete(tool: &mut Tool, now: Time) {
    tool.deleted = Some(now);
    if let ToolTrust::Passport(passport) = &mut tool.trust {
        passport.secret = None;
    }
}

/// What an act makes of a tool, now.
type Act = fn(&mut Tool, Time);

/// `POST /admin/tools/{tool}/{act}`: `forbid`, `allow`, `silence`, `share` or `delete`.
pub async fn act(app: &App, input: &mut Input, id: ToolId, act: &str) -> Result<Page, Error> {
    let sent = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, sent.get("form_token")).await?;
    let (what, apply): (&str, Act) = match act {
        "forbid" => ("tool-forbidden", |tool, now| tool.forbidden = Some(now)),
        "allow" => ("tool-allowed", |tool, _| tool.forbidden = None),
        "silence" => ("tool-silenced", |tool, _| tool.private = true),
        "share" => ("tool-shared", |tool, _| tool.private = false),
        "delete" => ("tool-deleted", delete),
        _ => return Err(Error::NotFound),
    };
    let deletes = act == "delete";
    if deletes && there(app, id)?.source != ToolSource::Administrator {
        return Err(Error::OfTheFile);
    }
    let now = app.world.now();
    let page = done(app, &administrator, id, what, |tool| apply(tool, now)).await?;
    Ok(if deletes {
        Page::see_other(&path(app, HERE))
    } else {
        page
    })
}
