//! An entry of the audit log in words: who, what, and to what. No titles of media: administrators
//! see names and amounts.

use std::collections::HashMap;

use maud::{Markup, html};

use crate::admin::Error;
use crate::admin::pages::path;
use crate::app::App;
use crate::audit::kinds::{Part, named};
use crate::people::connections;
use crate::store::ids::{ConnectionId, CourseId, ToolId, UserId};
use crate::store::rows::admin::AuditEntry;
use crate::store::trees::{Courses, Tools, Users};
use crate::ui::Messages;

/// What is looked up for one page, each name once.
pub(super) struct Names<'a> {
    app: &'a App,
    m: Messages,
    people: HashMap<String, String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(app: &'a App, m: Messages) -> Self {
        let people = HashMap::new();
        Self { app, m, people }
    }

    /// Who did it, by name.
    pub(super) fn person(&mut self, who: &str) -> Result<String, Error> {
        if let Some(known) = self.people.get(who) {
            return Ok(known.clone());
        }
        let name = self.look_up(who)?;
        self.people.insert(who.to_owned(), name.clone());
        Ok(name)
    }

    fn look_up(&self, who: &str) -> Result<String, Error> {
        let m = self.m;
        let Some(id) = who.strip_prefix("user:") else {
            return Ok(match who {
                "lanterna" => m.text("audit-lanterna").into_owned(),
                "machine" => m.text("audit-machine").into_owned(),
                name => name.to_owned(),
            });
        };
        let user = match id.parse::<UserId>() {
            Ok(id) => self.app.store.get::<Users>(&id)?,
            Err(_) => None,
        };
        let unnamed = if user.is_some() {
            "audit-person"
        } else {
            "audit-person-removed"
        };
        let name = user.and_then(|user| user.name.or(user.given_name));
        Ok(name.unwrap_or_else(|| m.with(unnamed, &[("id", id.into())])))
    }

    /// What was done. A kind that a later version wrote is shown as it stands.
    pub(super) fn what(&self, entry: &AuditEntry) -> String {
        match named(&entry.what) {
            Some(kind) => self.m.text(&format!("audited-{}", kind.name)).into_owned(),
            None => entry.what.clone(),
        }
    }

    /// To what it was done.
    pub(super) fn to(&mut self, entry: &AuditEntry) -> Result<Markup, Error> {
        let Some(to) = &entry.to else {
            return Ok(html! { "—" });
        };
        let parts = named(&entry.what).map_or(&[] as &[Part], |kind| kind.to);
        let mut texts = to.splitn(parts.len().max(1), ' ');
        let mut told = Vec::new();
        for part in parts {
            let Some(text) = texts.next() else { break };
            told.push(self.part(*part, text)?);
        }
        Ok(html! {
            @if told.is_empty() {
                code { (to) }
            } @else {
                ul.plain role="list" { @for part in &told { li { (part) } } }
            }
        })
    }

    fn part(&mut self, part: Part, text: &str) -> Result<Markup, Error> {
        let label = self.m.text(match part {
            Part::Connection => "audit-part-connection",
            Part::Deployment => "audit-part-deployment",
            Part::Key => "audit-part-key",
            Part::Item => "audit-part-item",
            Part::Placement => "audit-part-placement",
            Part::Course => "audit-part-course",
            Part::Person => "audit-part-person",
            Part::Visibility => "audit-part-visibility",
            Part::Tool => "audit-part-tool",
        });
        let value = match part {
            Part::Connection => self.connection(text)?,
            Part::Deployment => {
                if let Some((connection, deployment)) = text.split_once('/') {
                    html! { code { (deployment) } ", " (self.connection(connection)?) }
                } else {
                    html! { code { (text) } }
                }
            }
            Part::Course => self.course(text)?,
            Part::Tool => self.tool(text)?,
            Part::Person => html! { (self.person(text)?) },
            Part::Key | Part::Item | Part::Placement => html! { code { (text) } },
            Part::Visibility => html! { (text) },
        };
        Ok(html! { span.hint { (label) } " " (value) })
    }

    fn connection(&self, text: &str) -> Result<Markup, Error> {
        let known = match text.parse::<ConnectionId>() {
            Ok(id) => connections::any(&self.app.store, id)?,
            Err(_) => None,
        };
        let href = path(self.app, &format!("connections/{text}"));
        Ok(known.map_or_else(
            || html! { code { (text) } },
            |connection| html! { a href=(href) { (connection.name) } },
        ))
    }

    fn tool(&self, text: &str) -> Result<Markup, Error> {
        let known = match text.parse::<ToolId>() {
            Ok(id) => self.app.store.get::<Tools>(&id)?,
            Err(_) => None,
        };
        let href = path(self.app, &format!("tools/{text}"));
        Ok(known.map_or_else(
            || html! { code { (text) } },
            |tool| html! { a href=(href) { (tool.name) } },
        ))
    }

    fn course(&self, text: &str) -> Result<Markup, Error> {
        let known = match text.parse::<CourseId>() {
            Ok(id) => self.app.store.get::<Courses>(&id)?,
            Err(_) => None,
        };
        let name = known.and_then(|course| course.title.or(course.label));
        Ok(name.map_or_else(|| html! { code { (text) } }, |name| html! { (name) }))
    }
}
