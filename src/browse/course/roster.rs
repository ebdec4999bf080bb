//! The course's roster at its platform: when it was last synced, what that brought, and doing so.

use std::time::Duration;

use maud::{Markup, html};

use crate::app::rosters::Begun;
use crate::app::{App, Form as Fields, Page};
use crate::browse::Error;
use crate::people::Member;
use crate::store::ids::CourseId;
use crate::store::rows::people::{Course, SyncFailed, Synced};
use crate::store::trees::Courses;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{list, moment};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};

/// How long the answer to the button waits for the sync to end.
const WAIT: Duration = Duration::from_secs(8);

/// `POST /s/{token}/course/sync`: brings the course up to date with its roster.
pub async fn sync(app: &App, member: &Member) -> Result<Page, Error> {
    let manager = member.manager().ok_or(Error::OnlyManagers)?;
    let course = manager
        .member()
        .session()
        .course
        .ok_or(Error::OnlyManagers)?;
    let news = match app.sync(course)? {
        Begun::Runs(watch) => {
            // Whoever waits longer is told that it goes on.
            let _ = tokio::time::timeout(WAIT, watch.ended()).await;
            "synced"
        }
        Begun::Lately => "synced",
        Begun::Paused => "paused",
        Begun::NoRoster => "no-roster",
        Begun::Busy => "busy",
    };
    Ok(Page::see_other(&format!("../course?{news}")))
}

/// What the page says of the roster.
pub(super) struct Shown {
    course: Option<Course>,
    manager: bool,
    runs: bool,
}

impl Shown {
    pub(super) fn new(app: &App, member: &Member, course: CourseId) -> Result<Self, Error> {
        Ok(Self {
            course: app.store.get::<Courses>(&course)?,
            manager: member.manager().is_some(),
            runs: app.rosters.runs(course),
        })
    }

    /// Whether there is a roster to sync with, for somebody who may.
    pub(super) fn can_sync(&self) -> bool {
        let told = self
            .course
            .as_ref()
            .is_some_and(|course| course.roster.is_some());
        self.manager && told
    }

    pub(super) fn button(&self, m: Messages) -> Option<Markup> {
        let place = Form {
            action: "course/sync",
            inline: true,
            ..Form::default()
        };
        let press = Button {
            label: &m.text("sync-press"),
            style: Style::Primary,
            icon: Some(Icon::Again),
            ..Button::default()
        };
        self.can_sync().then(|| form(&place, &button(&press)))
    }

    /// What became of the button that was just pressed, and what is wrong.
    pub(super) fn news(&self, m: Messages, query: &Fields) -> Markup {
        let says = |name: &str| query.get(name).is_some();
        let course = self.course.as_ref();
        let failed = course.and_then(|course| course.sync_failed.as_ref());
        let synced = course.and_then(|course| course.synced.as_ref());
        if self.runs {
            return notice(
                m,
                Tone::Info,
                &m.text("sync-runs"),
                Some(&html! {
                    p { (m.text("sync-runs-text")) " " a href="course?synced" data-look-again { (m.text("sync-look")) } }
                }),
            );
        }
        if let Some(failed) = failed.filter(|_| self.manager) {
            return failure(m, failed, says("paused"));
        }
        match synced {
            Some(synced) if says("synced") => notice(
                m,
                Tone::Success,
                &m.text("sync-done"),
                Some(&html! {
                    p { (report(m, synced)) }
                }),
            ),
            _ if says("busy") => notice(m, Tone::Warning, &m.text("sync-busy"), None),
            _ if says("no-roster") => notice(m, Tone::Warning, &m.text("sync-no-roster"), None),
            _ => html! {},
        }
    }

    /// When the list was last brought up to date, and what that changed.
    pub(super) fn last(&self, m: Messages) -> Markup {
        let course = self.course.as_ref();
        let synced = course.and_then(|course| course.synced.as_ref());
        let told = course.is_some_and(|course| course.roster.is_some());
        html! {
            @if let Some(synced) = synced {
                p.hint {
                    (m.text("sync-last")) " " (moment(synced.at)) ". "
                    (report(m, synced))
                }
            } @else if self.can_sync() {
                p.hint { (m.text("sync-never")) }
            } @else if !told && self.manager {
                p.hint { (m.text("sync-untold")) }
            }
        }
    }
}

/// What a sync brought, in one sentence.
fn report(m: Messages, synced: &Synced) -> String {
    let counted = |id: &str, number: u32| m.with(id, &[("number", number.into())]);
    let parts = [
        ("sync-added", synced.added),
        ("sync-changed", synced.changed),
        ("sync-removed", synced.removed),
        ("sync-left-out", synced.left_out),
    ];
    let changes = parts.iter().filter(|(_, number)| *number > 0);
    let changes: Vec<String> = changes.map(|(id, number)| counted(id, *number)).collect();
    let people = counted("sync-people", synced.people);
    if changes.is_empty() {
        format!("{people} {}", m.text("sync-nothing"))
    } else {
        let changes = list(m, &changes);
        format!(
            "{people} {}",
            m.with("sync-brought", &[("changes", changes.into())])
        )
    }
}

/// Why the last sync failed; `paused`: it was just asked for again, too soon.
fn failure(m: Messages, failed: &SyncFailed, paused: bool) -> Markup {
    let id = format!("sync-failed-{}", failed.code);
    let id = if m.has(&id) {
        id
    } else {
        "sync-failed-here".to_owned()
    };
    let next = m.text(&format!("{id}-next"));
    notice(
        m,
        Tone::Error,
        &m.text(&id),
        Some(&html! {
            p { (next) }
            @if paused {
                p { (m.text("sync-paused")) }
            }
            p.hint {
                (m.text("sync-failed-at")) " " (moment(failed.at))
                @if let Some(status) = failed.status {
                    ". " (m.with("sync-failed-status", &[("status", status.to_string().into())]))
                }
            }
        }),
    )
}
