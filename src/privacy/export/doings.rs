//! What the person did: watched, was graded for, told tools, and what the audit log says.

use serde_json::{Value, json};

use super::rows::{connection, course, every, moment, perhaps, seconds};
use super::{Broken, Export};
use crate::store::Store;
use crate::store::ids::{CourseId, GradeKey, ItemId, UserId};
use crate::store::rows::grades;
use crate::store::rows::tools::{Tool, ToolTrust};
use crate::store::rows::watching::{Heat, View};
use crate::store::trees::{
    Audit, AuditOf, Consents, Courses, Grades, Items, KnownTo, PseudonymOf, Received, ReceivedOf,
    Rewatched, TargetOf, Targets, Tools, ToolsOf, Viewed, Views,
};
use crate::ui::csv::Csv;

/// A value in points.
fn points(value: grades::Value) -> Value {
    let earned = u64::from(value.maximum) * u64::from(value.part) / 10_000;
    json!({
        "points_hundredths": earned,
        "most_points_hundredths": value.maximum,
    })
}

const fn standing(standing: grades::Standing) -> &'static str {
    match standing {
        grades::Standing::Stopped => "stopped",
        grades::Standing::Due => "due",
        grades::Standing::Taken => "taken",
    }
}

/// A tool that somebody added, without its secret.
fn added_tool(tool: &Tool) -> Value {
    let trust = match &tool.trust {
        ToolTrust::Passport(passport) => json!({
            "lti": "1.1",
            "passport_name": passport.name,
            "key": passport.key,
        }),
        ToolTrust::Registered(registration) => json!({
            "lti": "1.3",
            "client_id": registration.client_id,
            "login_url": registration.login_url,
            "redirect_uris": registration.redirect_uris,
            "selection_url": registration.selection_url,
        }),
    };
    let custom: Vec<String> = tool
        .custom
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    json!({
        "name": tool.name,
        "launch_url": tool.launch_url,
        "trust": trust,
        "custom_parameters": custom,
        "asks_for": {
            "name": tool.asks.name,
            "username": tool.asks.username,
            "email": tool.asks.email,
        },
        "reports_grades": tool.grades,
        "added": moment(tool.created),
        "changed": moment(tool.changed),
        "forbidden_since": perhaps(tool.forbidden),
        "deleted": perhaps(tool.deleted),
    })
}

/// Somebody's view of an item.
struct Seen {
    item: ItemId,
    title: Option<String>,
    course: CourseId,
    view: View,
    heat: Option<Heat>,
}

/// Calls `each` with every view of a person.
fn each_view(
    store: &Store,
    user: UserId,
    mut each: impl FnMut(&Seen) -> Result<(), Broken>,
) -> Result<(), Broken> {
    every::<Viewed>(store, &(user,), |(_, course, item), ()| {
        let key = (course, item, user);
        let Some(view) = store.get::<Views>(&key)? else {
            return Ok(());
        };
        each(&Seen {
            item,
            title: store.get::<Items>(&item)?.map(|item| item.title),
            course,
            view,
            heat: store.get::<Rewatched>(&key)?,
        })
    })
}

impl Export<'_> {
    /// What the person watched, as JSON and as a table.
    pub(super) fn views(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("views.json")?;
        each_view(store, user, |seen| {
            let view = &seen.view;
            let parts = view.seen.iter();
            let parts: Vec<Value> = parts
                .map(|span| json!({ "from": seconds(span.start), "to": seconds(span.end) }))
                .collect();
            array.add(&json!({
                "item": seen.item.to_string(),
                "title": seen.title,
                "course": course(store, Some(seen.course))?,
                "position_seconds": seconds(view.position_ms),
                "finished": view.finished,
                "percent": f64::from(view.percent) / 100.0,
                "counts": view.counts,
                "seen_seconds": parts,
                "opened": view.opened,
                "played": view.plays,
                "played_seconds": seconds(view.played_ms),
                "first": perhaps(view.first),
                "last": moment(view.changed),
                "kept_until": perhaps(view.ends),
                "played_parts": seen.heat.as_ref().map(|heat| &heat.parts),
            }))
        })?;
        array.end()?;
        self.views_table()
    }

    fn views_table(&mut self) -> Result<(), Broken> {
        let (store, user, archive) = (self.store, self.user, &mut self.archive);
        let mut csv = Csv::new([
            "item",
            "title",
            "course",
            "percent",
            "position_seconds",
            "finished",
            "played",
            "played_seconds",
            "first",
            "last",
        ]);
        archive.text("views.csv", &csv.take())?;
        each_view(store, user, |seen| {
            let view = &seen.view;
            let of_course = store.get::<Courses>(&seen.course)?;
            let of_course = of_course.and_then(|row| row.title.or(row.label));
            let cells = [
                seen.item.to_string(),
                seen.title.clone().unwrap_or_default(),
                of_course.unwrap_or_default(),
                format!("{}.{:02}", view.percent / 100, view.percent % 100),
                seconds(view.position_ms).to_string(),
                view.finished.to_string(),
                view.plays.to_string(),
                seconds(view.played_ms).to_string(),
                view.first.map(moment).unwrap_or_default(),
                moment(view.changed),
            ];
            csv.row(cells);
            archive.more(&csv.take())
        })
    }

    /// Where watching counts for the person, what it earned, and what the platform has of that.
    pub(super) fn grades(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let mut array = self.archive.array("grades.json")?;
        every::<TargetOf>(store, &(user,), |(_, id, item, link), ()| {
            let key = GradeKey {
                link: link.clone(),
                user,
            };
            let grade = store.get::<Grades>(&key)?;
            let grade = grade.as_ref();
            let taken = grade.and_then(|grade| grade.taken);
            let trouble = grade.and_then(|grade| grade.trouble.as_ref());
            let target = store.get::<Targets>(&key)?;
            let target = target.as_ref();
            let title = store.get::<Items>(&item)?.map(|item| item.title);
            array.add(&json!({
                "item": item.to_string(),
                "title": title,
                "course": course(store, Some(id))?,
                "connection": connection(store, link.connection)?,
                "resource_link": link.link,
                "lms_user_id": target.map(|target| &target.subject),
                "gets_grades": target.map(|target| target.learner),
                "earned": grade.map(|grade| points(grade.value)),
                "state": grade.map(|grade| standing(grade.standing)),
                "owed_since": perhaps(grade.map(|grade| grade.owed)),
                "taken": taken.map(|taken| points(taken.value)),
                "taken_at": perhaps(taken.map(|taken| taken.at)),
                "refused_because": trouble.map(|trouble| &trouble.code),
            }))
        })?;
        array.end()
    }

    /// The external tools that the person added; what tools may know of them, by which names they do,
    /// and what they reported.
    pub(super) fn tools(&mut self) -> Result<(), Broken> {
        let (store, user) = (self.store, self.user);
        let (mut added, mut answers) = (Vec::new(), Vec::new());
        let (mut names, mut results) = (Vec::new(), Vec::new());
        every::<ToolsOf>(store, &(user,), |(_, _, id), ()| {
            added.extend(store.get::<Tools>(&id)?.map(|tool| added_tool(&tool)));
            Ok(())
        })?;
        let title = |tool| {
            let row = store.get::<Tools>(&tool)?;
            Ok::<Value, Broken>(row.map_or(Value::Null, |row| row.name.into()))
        };
        every::<Consents>(store, &(user,), |(_, tool), answer| {
            answers.push(json!({
                "tool": title(tool)?,
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
                    "tool": title(tool)?,
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
                "tool": title(tool)?,
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
        let all = json!({
            "added": added,
            "answers": answers,
            "names": names,
            "results": results,
        });
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
