//! The pages of a course as one of its people sees it: the outline of the course, and beside it what
//! is open.

mod course;
mod gradebook;
mod outline;
mod picked;
mod roster;
mod stage;

use maud::{Markup, html};

pub(super) use course::activity;
pub use course::{add, course};
pub use gradebook::gradebook;
pub(super) use picked::{Told, picked};
pub use roster::roster;

use super::outage;
use super::people::playable;
use super::visit::Visit;
use crate::app::{App, Page, Referrer};
use crate::store::rows::practice::Way;
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, NavLink, page};

/// The path of something of the practice course on this server.
pub(super) fn path(app: &App, below: &str) -> String {
    format!("{}/practice{below}", app.public().base_path())
}

/// Where a page stands.
#[derive(Default)]
pub(super) struct Standing<'a> {
    /// As whom one looks at which course.
    pub(super) visit: Option<Visit>,
    /// The course's title.
    pub(super) course: Option<&'a str>,
    /// Buttons beside the title.
    pub(super) actions: Option<&'a Markup>,
    /// The page's path, for pages that are nobody's.
    pub(super) current: &'a str,
}

/// The page around it: the course, who one is, and the way to the others.
pub(super) fn shell(
    app: &App,
    m: Messages,
    title: &str,
    standing: &Standing<'_>,
    content: &Markup,
) -> Page {
    let nobody = |to: &str, label: &str| {
        let current = standing.visit.is_none() && standing.current == to;
        (path(app, to), m.text(label).into_owned(), current)
    };
    let mut pages = vec![nobody("/", "practice-overview")];
    pages.extend(playable().map(|other| {
        let visit = standing.visit.map(|visit| visit.of(other).by(Way::Token));
        let current = standing
            .visit
            .is_some_and(|visit| visit.person.id == other.id);
        let to = visit.map_or_else(
            || format!("/course/{}", other.id),
            |visit| visit.path("course"),
        );
        let label = m.with("practice-as", &[("name", other.called.into())]);
        (path(app, &to), label, current)
    }));
    pages.push(nobody("/messages", "wire-title"));
    let navigation: Vec<NavLink<'_>> = pages
        .iter()
        .map(|(href, label, current)| NavLink {
            href,
            label,
            current: *current,
        })
        .collect();
    let person = standing.visit.map(|visit| visit.person);
    let frame = Frame {
        title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Practice,
        person: person.map(|person| person.name),
        role: person.map(|person| person.role),
        course: standing.course,
        navigation: &navigation,
        actions: standing.actions,
        ..Frame::default()
    };
    let content = html! {
        (outage::warning(app, m))
        (content)
    };
    let mut page = Page::html(page(&frame, &content));
    // Its forms say where they come from, so that those of other sites are told apart.
    page.referrer = Referrer::Origin;
    page
}
