//! What the person did: watched, was graded for, told tools, and what the audit log says.

use serde_json::{Value, json};

use super::rows::{course, every, moment};
use super::{Broken, Export};
use crate::store::trees::{
    Audit, AuditOf, Consents, KnownTo, PseudonymOf, Received, ReceivedOf, Tools,
};

impl Export<'_> {
    pub(super) fn views(&mut self) -> Result<(), Broken> {
        self.archive.array("views.json")?.end()
    }

    pub(super) fn grades(&mut self) -> Result<(), Broken> {
        self.archive.array("grades.json")?.end()
    }

    /// What external tools may know of the person, by which names they do, and what they reported.
    pub(super) fn tools(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let (mut answers, mut names, mut results) = (Vec::new(), Vec::new(), Vec::new());
        let named = |tool| {
            let row = store.get::<Tools>(&tool)?;
            Ok::<Value, Broken>(row.map_or(Value::Null, |row| row.name.into()))
        };
        every::<Consents>(store, &(user,), |(_, tool), answer| {
            answers.push(json!({
                "tool": named(tool)?,
                "agreed": answer.agreed,
                "answered": moment(answer.answered),
                "asked_for": {
                    "name": answer.asked.name,
                    "username": answer.asked.username,
                    "email": answer.asked.email,
                },
                "told_to": answer.origin,
            }));
            Ok(())
        })?;
        every::<KnownTo>(store, &(user,), |(_, tool), ()| {
            if let Some(pseudonym) = store.get::<PseudonymOf>(&(tool, user))? {
                names.push(json!({
                    "tool": named(tool)?,
                    "known_as": pseudonym.id,
                    "since": moment(pseudonym.created),
                }));
            }
            Ok(())
        })?;
        every::<ReceivedOf>(store, &(user,), |(_, tool, id, line), ()| {
            let Some(row) = store.get::<Received>(&(tool, id, line, user))? else {
                return Ok(());
            };
            results.push(json!({
                "tool": named(tool)?,
                "course": course(store, Some(id))?,
                "score": row.score,
                "maximum": row.maximum,
                "comment": row.comment,
                "activity": row.activity,
                "grading": row.grading,
                "changed": moment(row.changed),
            }));
            Ok(())
        })?;
        let all = json!({ "answers": answers, "names": names, "results": results });
        self.archive.object("tools.json", &all)
    }

    /// What the audit log has of the person: what they did, and that something was done to them.
    pub(super) fn audit(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let own = format!("user:{user}");
        let mut array = self.archive.array("audit.json")?;
        every::<AuditOf>(store, &(user,), |(_, time, random), ()| {
            let Some(entry) = store.get::<Audit>(&(time, random))? else {
                return Ok(());
            };
            let did = entry.who == own;
            array.add(&json!({
                "at": moment(time),
                "what": entry.what,
                "done_by_person": did,
                // What others did names others.
                "to": entry.to.filter(|_| did),
            }))
        })?;
        array.end()
    }
}
