//! The pages of a course as one of its people sees it: the outline of the course, and beside it what
//! is open.

use maud::{Markup, html};

use super::people::{ROSTER, playable};
use super::visit::Visit;
use super::{Error, client, courses, panel, ways};
use crate::app::{App, Form as Query, Input, Page, Referrer};
use crate::store::rows::practice::{PracticeActivity, PracticeCourse, Way};
use crate::tools::Knowing;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Field, Form, Sending, Text, form, text_field};
use crate::ui::icons::{Icon, icon};
use crate::ui::layout::{Area, Frame, NavLink, page};
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, disclosure, table};

/// What the frame of a launch may do, each besides in Lanterna's own pages there.
const ALLOWED: [&str; 5] = [
    "fullscreen",
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
];

/// The path of something of the practice course on this server.
pub(super) fn path(app: &App, below: &str) -> String {
    format!("{}/practice{below}", app.public().base_path())
}

/// What the frame of a page shows.
struct Shown<'a> {
    title: &'a str,
    /// The page's own path, which the outline marks.
    current: String,
    /// What is in the frame.
    source: String,
    /// The same in a window of its own.
    window: Option<String>,
}

/// What stands around the frame.
struct Around {
    /// What has just happened, above everything.
    news: Markup,
    above: Markup,
    below: Markup,
}

/// `GET /practice/course/{person}`, and by the other connections with what their paths end with: the
/// media library, in a frame.
pub fn course(app: &App, input: &Input, person: &str, way: Way) -> Result<Page, Error> {
    let query = input.query();
    let visit = Visit::read(person, way, &query)?;
    let m = Messages::default();
    let shown = Shown {
        title: &m.text("practice-link-title"),
        current: visit.by(Way::Token).path("course"),
        source: visit.path("launch"),
        window: Some(visit.path("window")),
    };
    let around = Around {
        news: added(m, &query),
        above: connections(app, m, visit, "course")?,
        below: html! {},
    };
    stage(app, m, visit, &shown, &around)
}

/// What a selection has just added.
fn added(m: Messages, query: &Query) -> Markup {
    let number = query
        .get("added")
        .and_then(|text| text.parse::<usize>().ok());
    let number = number.filter(|number| (1..=courses::MOST_ACTIVITIES).contains(number));
    html! {
        @if let Some(number) = number {
            (notice(m, Tone::Success, &m.with("practice-added", &[("number", number.into())]), None))
        }
    }
}

/// `GET /practice/add/{person}`, likewise: the page on which a teacher picks, in a frame.
pub fn add(app: &App, input: &Input, person: &str, way: Way) -> Result<Page, Error> {
    let visit = Visit::read(person, way, &input.query())?;
    if !visit.person.teaches() {
        return Err(Error::TeachersOnly);
    }
    let m = Messages::default();
    let shown = Shown {
        title: &m.text("practice-add"),
        current: visit.by(Way::Token).path("add"),
        source: visit.path("select"),
        window: None,
    };
    let around = Around {
        news: html! {},
        above: html! {
            p.hint { (m.text("practice-add-text")) }
            (connections(app, m, visit, "add")?)
        },
        below: html! {},
    };
    stage(app, m, visit, &shown, &around)
}

/// An activity, in a frame.
pub(super) fn activity(
    app: &App,
    visit: Visit,
    number: u32,
    row: &PracticeActivity,
) -> Result<Page, Error> {
    let m = Messages::default();
    let shown = Shown {
        title: &row.title,
        current: visit.activity("activity", number),
        source: visit.activity("open", number),
        window: Some(visit.activity("open-window", number)),
    };
    let around = Around {
        news: html! {},
        above: html! {
            @if let Some(text) = &row.text { p { (text) } }
            p.practice-marks { (marks(m, row)) }
        },
        below: html! {
            @if visit.person.teaches() { (changing(app, m, visit, number, row)) }
        },
    };
    stage(app, m, visit, &shown, &around)
}

/// What a teacher may change about an activity.
fn changing(app: &App, m: Messages, visit: Visit, number: u32, row: &PracticeActivity) -> Markup {
    let (number, course) = (number.to_string(), visit.course.to_string());
    let hidden = [
        ("person", visit.person.id),
        ("course", course.as_str()),
        ("activity", number.as_str()),
    ];
    let title = Field {
        name: "title",
        label: &m.text("practice-rename-title"),
        required: true,
        ..Field::default()
    };
    let value = Text {
        value: &row.title,
        max_length: Some(200),
        ..Text::default()
    };
    let rename = html! {
        (text_field(m, &title, &value))
        (button(&Button { label: &m.text("practice-rename"), ..Button::default() }))
    };
    let remove = button(&Button {
        label: &m.text("practice-remove"),
        style: Style::Danger,
        icon: Some(Icon::Trash),
        ..Button::default()
    });
    let posting = |action: &str, body: &Markup| {
        let action = path(app, action);
        form(
            &Form {
                action: &action,
                hidden: &hidden,
                ..Form::default()
            },
            body,
        )
    };
    disclosure(
        &m.text("practice-change"),
        &html! {
            (posting("/rename", &rename))
            (posting("/remove", &remove))
        },
    )
}

/// What there is to say about an activity beside its title.
fn marks(m: Messages, row: &PracticeActivity) -> Markup {
    html! {
        @match row.way {
            Way::Token => (badge(None, None, &m.text("practice-way-token"))),
            Way::Form => (badge(None, None, &m.text("practice-way-form"))),
            Way::Registered => (badge(None, None, &m.text("practice-way-registered"))),
        }
        @if let Some(score) = row.score {
            " " (badge(Some(Tone::Info), None, &m.with("practice-score", &[
                ("points", points(score).into()),
            ])))
        }
    }
}

/// A score in hundredths, as people write it.
fn points(hundredths: u64) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:02}")
            .trim_end_matches('0')
            .to_owned()
    }
}

/// The choice between the connections.
fn connections(app: &App, m: Messages, visit: Visit, what: &str) -> Result<Markup, Error> {
    let registered = client::registered(app)?.is_some();
    let mut choices = vec![
        (Way::Token, "practice-by-token"),
        (Way::Form, "practice-by-form"),
    ];
    if registered {
        choices.push((Way::Registered, "practice-by-registered"));
    }
    Ok(html! {
        nav.practice-versions aria-label=(m.text("practice-versions")) {
            @for (way, label) in choices {
                @let to = if way == Way::Form { visit.knowing(Knowing::Cookies) } else { visit };
                a href=(path(app, &to.by(way).path(what)))
                    aria-current=[(way == visit.way).then_some("page")] { (m.text(label)) }
            }
        }
        @if visit.way != Way::Token {
            p.hint { (m.text("practice-by-form-hint")) }
        }
        (ways::choice(app, m, visit, what))
    })
}

/// A page with the outline, and a frame beside it.
fn stage(
    app: &App,
    m: Messages,
    visit: Visit,
    shown: &Shown<'_>,
    around: &Around,
) -> Result<Page, Error> {
    let window = html! {
        @if let Some(window) = &shown.window {
            a.button href=(path(app, window)) target="_blank" rel="noopener" {
                (icon(Icon::Elsewhere))
                span { (m.text("practice-window")) }
            }
        }
    };
    let content = html! {
        (around.above)
        (ways::storing(app, m, visit))
        iframe.practice-frame
            src=(path(app, &shown.source))
            title=(m.with("practice-frame", &[("title", shown.title.into())]))
            allow=(permissions(app)) {}
        (around.below)
        (panel::beside(app, m))
    };
    let course = visit.course(app)?;
    let content = html! {
        (around.news)
        (beside(app, m, visit, &course, &shown.current, &content)?)
    };
    let title = courses::title(m, &course);
    let standing = Standing {
        visit: Some(visit),
        course: Some(&title),
        actions: Some(&window),
        current: "",
    };
    let page = shell(app, m, shown.title, &standing, &content);
    Ok(page.frames(app.public().origin().to_string()))
}

/// The outline of the course, and beside it what is open.
fn beside(
    app: &App,
    m: Messages,
    visit: Visit,
    course: &PracticeCourse,
    current: &str,
    content: &Markup,
) -> Result<Markup, Error> {
    Ok(html! {
        div.practice-course {
            (outline(app, m, visit, course, current)?)
            div.practice-stage { (content) }
        }
    })
}

/// Everything that is in the course.
fn outline(
    app: &App,
    m: Messages,
    visit: Visit,
    course: &PracticeCourse,
    current: &str,
) -> Result<Markup, Error> {
    let visit = visit.by(Way::Token);
    let activities = courses::activities(&app.store, visit.course)?;
    let drawn = |picture: Icon| html! { span.outline-picture { (icon(picture)) } };
    let entry = |to: &str, picture: Markup, label: &str, more: Markup| {
        html! {
            a href=(path(app, to)) aria-current=[(to == current).then_some("page")] {
                (picture)
                span.outline-text { span { (label) } (more) }
            }
        }
    };
    Ok(html! {
        section.practice-outline aria-labelledby="outline" {
            h2 #outline { (courses::title(m, course)) }
            nav aria-labelledby="outline" {
                ul role="list" {
                    li { (entry(&visit.path("course"), drawn(Icon::Lantern), &m.text("practice-link-title"), html! {})) }
                    li { (entry(&visit.path("people"), drawn(Icon::Course), &m.text("practice-roster"), html! {})) }
                }
                h3 { (m.text("practice-activities")) }
                @if activities.is_empty() {
                    p.hint { (m.text(if visit.person.teaches() {
                        "practice-activities-none"
                    } else {
                        "practice-activities-wait"
                    })) }
                } @else {
                    ol role="list" {
                        @for (number, row) in &activities {
                            li {
                                @let picture = row.picture.as_ref().map_or_else(
                                    || drawn(Icon::Play),
                                    |src| html! { img.outline-picture src=(src) alt="" loading="lazy"; },
                                );
                                (entry(&visit.activity("activity", *number), picture, &row.title, html! {
                                    span.outline-marks { (marks(m, row)) }
                                }))
                            }
                        }
                    }
                }
            }
            @if visit.person.teaches() { (teaching(app, m, visit, current)?) }
        }
    })
}

/// What a teacher may do with the course.
fn teaching(app: &App, m: Messages, visit: Visit, current: &str) -> Result<Markup, Error> {
    let number = visit.course.to_string();
    let hidden = [("person", visit.person.id), ("course", number.as_str())];
    let add = visit.path("add");
    let copy = button(&Button {
        label: &m.text("practice-copy"),
        icon: Some(Icon::Copy),
        ..Button::default()
    });
    let copying = Form {
        action: &path(app, "/copy"),
        hidden: &hidden,
        ..Form::default()
    };
    let full = courses::all(&app.store)?.len() >= courses::MOST_COURSES;
    Ok(html! {
        @if add != current {
            (link_button(&LinkButton {
                href: &path(app, &add),
                label: &m.text("practice-add"),
                style: Style::Primary,
                icon: Some(Icon::Plus),
            }))
        }
        @if !full {
            (disclosure(&m.text("practice-copying"), &html! {
                p.hint { (m.text("practice-copy-text")) }
                (form(&copying, &copy))
            }))
        }
    })
}

/// `GET /practice/people/{person}`: everybody in the course, as Lanterna may ask for them.
pub fn roster(app: &App, input: &Input, person: &str) -> Result<Page, Error> {
    let visit = Visit::read(person, Way::Token, &input.query())?;
    let m = Messages::default();
    let rows: Vec<Vec<Markup>> = ROSTER
        .iter()
        .map(|person| {
            let state = match (person.active, person.is_preview()) {
                (false, _) => badge(Some(Tone::Warning), None, &m.text("practice-inactive")),
                (true, true) => badge(None, None, &m.text("practice-preview")),
                (true, false) => badge(Some(Tone::Success), None, &m.text("practice-active")),
            };
            vec![
                html! { (person.name) },
                html! { (person.role.name(m)) },
                state,
            ]
        })
        .collect();
    let columns = [
        m.text("practice-roster-name"),
        m.text("practice-roster-role"),
        m.text("practice-roster-state"),
    ];
    let list = table(&Table {
        caption: &m.text("practice-roster"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    });
    let content = html! {
        p { (m.text("practice-roster-text")) }
        (list)
        (panel::beside(app, m))
    };
    let course = visit.course(app)?;
    let content = beside(app, m, visit, &course, &visit.path("people"), &content)?;
    let title = courses::title(m, &course);
    let standing = Standing {
        visit: Some(visit),
        course: Some(&title),
        ..Standing::default()
    };
    Ok(shell(
        app,
        m,
        &m.text("practice-roster"),
        &standing,
        &content,
    ))
}

/// What the tool tells the person beside what was picked.
pub(super) struct Told {
    pub(super) error: Option<String>,
    pub(super) message: Option<String>,
}

/// What the frame shows when a teacher has picked: the way back, which the page takes by itself
/// unless something went wrong.
pub(super) fn picked(app: &App, visit: Visit, number: usize, told: &Told) -> Page {
    let m = Messages::default();
    let (number_text, course) = (number.to_string(), visit.course.to_string());
    let title = if number == 0 {
        m.text("practice-picked-none").into_owned()
    } else {
        m.with("practice-added", &[("number", number.into())])
    };
    let back = button(&Button {
        label: &m.text("practice-back"),
        style: Style::Primary,
        ..Button::default()
    });
    let content = html! {
        @if let Some(error) = &told.error { (notice(m, Tone::Error, error, None)) }
        @if let Some(message) = &told.message { p.lead { (message) } }
        (form(&Form {
            action: &path(app, &format!("/course/{}", visit.person.id)),
            sending: Sending::Get,
            hidden: &[("course", &course), ("added", &number_text)],
            target: Some("_top"),
            auto_submit: told.error.is_none(),
            ..Form::default()
        }, &back))
    };
    let frame = Frame {
        title: &title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        ..Frame::default()
    };
    Page::html(page(&frame, &content)).framed_by(Vec::new())
}

/// The permissions policy of the frame: it begins on this site and goes on to Lanterna's.
fn permissions(app: &App) -> String {
    let origin = app.public().origin();
    ALLOWED
        .map(|feature| format!("{feature} 'self' {origin}"))
        .join("; ")
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
    let mut page = Page::html(page(&frame, content));
    // Its forms say where they come from, so that those of other sites are told apart.
    page.referrer = Referrer::Origin;
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_read_as_people_write_them() {
        assert_eq!(points(1000), "10");
        assert_eq!(points(1250), "12.5");
        assert_eq!(points(5), "0.05");
    }
}
