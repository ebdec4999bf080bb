//! What watching earns, as whoever watches sees it: what counts, what is still missing, and whether
//! the platform has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use maud::{Markup, html};

use super::Error;
use super::grades::words;
use crate::app::App;
use crate::grades::{self, counting, links};
use crate::library::{Opened, collections};
use crate::people::Member;
use crate::store::ids::{CourseId, GradeKey, UserId};
use crate::store::rows::grades::{Column, Counting, Grade, Standing};
use crate::store::rows::library::{Kind, Placement};
use crate::store::rows::people::Role;
use crate::store::trees::{Columns, Grades, Placements, Targets};
use crate::store::{Commit, Error as StoreError};
use crate::ui::Messages;
use crate::ui::format::hundredths;
use crate::ui::grades::{Trouble, points};
use crate::ui::icons::{Icon, icon};
use crate::watching::{Besides, Credited, Progress};

/// How much of what a placement shows somebody has watched, as the store knows it.
pub(super) fn watched(
    app: &App,
) -> impl Fn(CourseId, &Placement, UserId) -> Result<u16, StoreError> + '_ {
    |course, placement, user| grades::watched(&app.store, course, placement, user)
}

/// What goes into the commit that credits watching: what is owed for it.
pub(super) struct Owing {
    /// To be added to it.
    pub(super) besides: Besides,
    news: Arc<AtomicBool>,
}

impl Owing {
    pub(super) fn new(app: &App) -> Self {
        let (store, world) = (app.store.clone(), app.world.clone());
        let news = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&news);
        let besides = Arc::new(move |commit: &mut Commit, credited: &Credited<'_>| {
            let who = (credited.course, credited.item, credited.user);
            let part = |placement: &Placement| grades::part(credited.after, placement);
            let of_it = grades::owe(&store, &world, commit, who, &part)?;
            let percent = credited.after.percent.unwrap_or(0);
            if grades::owe_in_collections(&store, &world, commit, who, percent)? || of_it {
                noted.store(true, Ordering::Relaxed);
            }
            Ok(())
        });
        Self { besides, news }
    }

    /// Wakes the queue when something is owed, once that is true.
    pub(super) fn wake(&self, app: &App) {
        if self.news.load(Ordering::Relaxed) {
            app.grades.wake();
        }
    }
}

/// What the activity that somebody came by is worth to them; nothing where it doesn't count, or
/// shows something else.
pub(super) fn told(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
) -> Result<Markup, Error> {
    let Some((key, column, placement)) = came_by(app, member, opened)? else {
        return Ok(html! {});
    };
    let Some(counting) = counting::by(&column, &placement) else {
        return Ok(html! {});
    };
    let session = member.session();
    let inside = if earns(app, member, &key)? {
        let part = watched(app)(column.course, &placement, session.user)?;
        let worth = Worth::of(app, m, (&key, counting), part)?;
        own(&how(m, counting, opened), &worth)
    } else if session.role > Role::Member {
        html! {
            p { (how(m, counting, opened)) }
            @if session.sees_learners {
                p { a href="../course/grades" { (m.text("earned-staff")) } }
            }
        }
    } else {
        return Ok(html! {});
    };
    Ok(html! {
        section.earned aria-label=(m.text("earned-label")) data-earned {
            (icon(Icon::Check))
            div { (inside) }
        }
    })
}

/// Whether somebody gets points for what they came by.
fn earns(app: &App, member: &Member, key: &GradeKey) -> Result<bool, Error> {
    let target = app.store.get::<Targets>(key)?;
    let learner = target.is_some_and(|target| target.learner);
    Ok(member.session().role == Role::Member && learner)
}

/// What watching is worth to a learner so far, in words; `js/watched.js` keeps them up to date.
pub(super) struct Worth {
    /// What is still missing; empty: nothing.
    pub(super) missing: String,
    /// Where the points are; empty: nowhere yet.
    pub(super) stands: String,
    /// Whether they are on their way, and nothing delays them.
    pub(super) due: bool,
}

impl Worth {
    fn of(
        app: &App,
        m: Messages,
        (key, counting): (&GradeKey, Counting),
        part: u16,
    ) -> Result<Self, Error> {
        let missing = counting::missing(&counting, part);
        let variables = [("percent", percent(missing).into())];
        let grade = app.store.get::<Grades>(key)?;
        Ok(Self {
            missing: if missing > 0 {
                m.with("earned-missing", &variables)
            } else {
                String::new()
            },
            due: grade
                .as_ref()
                .is_some_and(|grade| grade.standing == Standing::Due && grade.trouble.is_none()),
            stands: grade.map_or_else(String::new, |grade| stands_so(m, &grade)),
        })
    }
}

/// The same after somebody watched on; `None` where it is worth nothing to them.
pub(super) fn worth(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    progress: &Progress,
) -> Result<Option<Worth>, Error> {
    let Some((key, column, placement)) = came_along(app, member, opened)? else {
        return Ok(None);
    };
    let Some(counting) = counting::by(&column, &placement) else {
        return Ok(None);
    };
    if !earns(app, member, &key)? {
        return Ok(None);
    }
    let part = if column.item == opened.id() {
        grades::part(progress, &placement)
    } else {
        watched(app)(column.course, &placement, member.session().user)?
    };
    Worth::of(app, m, (&key, counting), part).map(Some)
}

type CameBy = (GradeKey, Column, Placement);

/// The activity that somebody came by, where it shows this item.
fn came_by(app: &App, member: &Member, opened: &Opened) -> Result<Option<CameBy>, Error> {
    let came = came_along(app, member, opened)?;
    Ok(came.filter(|(_, column, _)| column.item == opened.id()))
}

/// The same where it shows this item, or a collection with it.
fn came_along(app: &App, member: &Member, opened: &Opened) -> Result<Option<CameBy>, Error> {
    let session = member.session();
    let Some(link) = links::of(member) else {
        return Ok(None);
    };
    let column = app.store.get::<Columns>(&link)?;
    let here = |column: &Column| Some(column.course) == session.course;
    let Some(column) = column.filter(here) else {
        return Ok(None);
    };
    let (shown, id) = (column.item, opened.id());
    if shown != id && !collections::has(&app.store, shown, id)? {
        return Ok(None);
    }
    let placement = app.store.get::<Placements>(&column.placement)?;
    let user = session.user;
    Ok(placement.map(|placement| (GradeKey { link, user }, column, placement)))
}

/// How it counts, in words.
fn how(m: Messages, counting: Counting, opened: &Opened) -> String {
    let words = words(m, Some(counting));
    if opened.item().kind == Kind::Collection {
        format!("{words} {}", m.text("counting-collection"))
    } else {
        words
    }
}

/// What is missing changes all the time, and is there for whoever looks; where the points are is said
/// aloud when it changes.
fn own(how: &str, worth: &Worth) -> Markup {
    html! {
        p {
            (how)
            " "
            strong data-part="missing" { (worth.missing) }
        }
        p.hint aria-live="polite" data-part="stands" { (worth.stands) }
    }
}

/// Whole percents, rounded up: what is missing is missing.
fn percent(part: u16) -> String {
    hundredths(u32::from(part.div_ceil(100)) * 100)
}

/// Where the points are.
fn stands_so(m: Messages, grade: &Grade) -> String {
    let value = (grade.value.points(), grade.value.maximum);
    let with = |id: &str, value| m.with(id, &[("points", points(m, value).into())]);
    match grade.standing {
        Standing::Taken => with("earned-taken", value),
        Standing::Due if grade.trouble.is_some() => with("earned-delayed", value),
        Standing::Due => with("earned-due", value),
        Standing::Stopped => {
            let trouble = grade.trouble.as_ref();
            let sentence = trouble.map(|trouble| {
                let told = Trouble {
                    code: &trouble.code,
                    status: None,
                    said: None,
                };
                told.words(m).0
            });
            format!(
                "{} {}",
                with("earned-stopped", value),
                sentence
                    .map(|sentence| format!("{sentence}."))
                    .unwrap_or_default()
            )
        }
    }
}
