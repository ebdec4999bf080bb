//! The person: who, in which courses, by which sessions and launches.

use serde_json::{Value, json};

use super::rows::{connection, course, every, moment, role};
use super::{Broken, Export};
use crate::people::{finding, leaving};
use crate::store::trees::{Log, LogOf, MemberOf, Members, SessionsOf, Usage, Users};
use crate::ui::Messages;
use crate::ui::format::size;
use crate::world::Time;

impl Export<'_> {
    /// What the files are, in words.
    pub(super) fn readme(
        &mut self,
        m: Messages,
        now: Time,
        with_media: bool,
    ) -> Result<(), Broken> {
        let user = self.store.get::<Users>(&self.user)?;
        let unnamed = || m.text("person-unnamed").into_owned();
        let name = user.and_then(|user| user.name).unwrap_or_else(unnamed);
        let usage = self.store.get::<Usage>(&self.user)?.unwrap_or_default();
        let media = if with_media {
            "export-readme-with-media"
        } else {
            "export-readme-without-media"
        };
        let mut text = format!(
            "{}\n\n{}\n\n",
            m.with("export-readme-title", &[("name", name.as_str().into())]),
            m.with(
                "export-readme-made",
                &[("moment", moment(now).as_str().into())]
            ),
        );
        for file in [
            "export-readme-person",
            "export-readme-courses",
            "export-readme-sessions",
            "export-readme-launches",
            "export-readme-items",
            "export-readme-placements",
            "export-readme-shares",
            "export-readme-uploads",
            "export-readme-views",
            "export-readme-grades",
            "export-readme-tools",
            "export-readme-audit",
            "export-readme-captions",
        ] {
            text.push_str(&m.text(file));
            text.push('\n');
        }
        text.push_str(&m.with(media, &[("size", size(m, usage.bytes).as_str().into())]));
        text.push_str("\n\n");
        text.push_str(&m.text("export-readme-times"));
        text.push('\n');
        self.archive.text("README.txt", &text)
    }

    pub(super) fn person(&mut self, now: Time) -> Result<(), Broken> {
        let Some(user) = self.store.get::<Users>(&self.user)? else {
            return self.archive.object("person.json", &Value::Null);
        };
        let mut names = Vec::new();
        for (id, subject) in finding::names(self.store, self.user)? {
            let connection = connection(self.store, id)?;
            names.push(json!({ "connection": connection, "lms_user_id": subject }));
        }
        let usage = self.store.get::<Usage>(&self.user)?.unwrap_or_default();
        let person = json!({
            "exported": moment(now),
            "id": self.user.to_string(),
            "known_as": names,
            "connection": connection(self.store, user.connection)?,
            "name": user.name,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "email": user.email,
            "language": user.locale,
            "student_preview": user.test_user,
            "known_by_rosters_only": user.roster_only,
            "first_launch": moment(user.first_seen),
            "last_launch": moment(user.last_seen),
            "items": usage.items,
            "bytes": usage.bytes,
        });
        self.archive.object("person.json", &person)
    }

    pub(super) fn courses(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("courses.json")?;
        every::<MemberOf>(store, &(user,), |(_, id), ()| {
            let Some(member) = store.get::<Members>(&(id, user))? else {
                return Ok(());
            };
            array.add(&json!({
                "course": course(store, Some(id))?,
                "role": role(member.role),
                "lms_roles": member.roles,
                "first_launch": moment(member.first_seen),
                "last_launch": moment(member.last_seen),
                "on_roster": member.on_roster,
                "known_by_roster_only": member.roster_only,
            }))
        })?;
        array.end()
    }

    pub(super) fn sessions(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("sessions.json")?;
        every::<SessionsOf>(store, &(user,), |(_, hash), ()| {
            let Some(session) = leaving::session(store, hash)? else {
                return Ok(());
            };
            array.add(&json!({
                "connection": connection(store, session.connection)?,
                "course": course(store, session.course)?,
                "role": role(session.role),
                "resource_link": session.link,
                "item": session.item.map(|item| item.to_string()),
                "language": session.locale,
                "kept_parameters": session.kept,
                "bound_to_browser": session.browser.is_some(),
                "opened": moment(session.created),
                "ends": moment(session.idle_until),
                "reference": session.launch.to_string(),
            }))
        })?;
        array.end()
    }

    pub(super) fn launches(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("launches.json")?;
        every::<LogOf>(store, &(user,), |(_, reference), ()| {
            let Some(entry) = store.get::<Log>(&reference)? else {
                return Ok(());
            };
            let checks = entry.checks.iter();
            let checks: Vec<Value> = checks
                .map(|check| {
                    json!({ "name": check.name, "passed": check.passed, "detail": check.detail })
                })
                .collect();
            array.add(&json!({
                "reference": reference.to_string(),
                "at": moment(entry.at),
                "course": course(store, entry.course)?,
                "step": entry.step,
                "message": entry.message,
                "refused": entry.refusal,
                "detail": entry.detail,
                "binding": entry.binding,
                "checks": checks,
            }))
        })?;
        array.end()
    }
}
