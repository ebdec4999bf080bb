//! The overview: what this is, what to try, who one may be, and how Lanterna is connected.

use maud::{Markup, html};

use super::consumer::KEY;
use super::course::{CLIENT_ID, DEPLOYMENT};
use super::pages::{Standing, path, shell};
use super::people::{Person, playable};
use super::visit::Visit;
use super::{Error, address, client, courses, gradebook, tool_url};
use crate::app::{App, Page};
use crate::store::rows::practice::{PracticeCourse, Way};
use crate::tools::Knowing;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::{Icon, icon};
use crate::ui::layout::Role;
use crate::ui::notices::badge;
use crate::ui::tables::{disclosure, facts};

/// What somebody has tried already, as far as the practice course remembers: the first words of the
/// steps' names.
fn tried(app: &App, courses: &[(u32, PracticeCourse)]) -> Result<Vec<&'static str>, Error> {
    let activities = courses::activities(&app.store, courses::MAIN)?;
    let by = |way: Way| activities.iter().any(|(_, row)| row.way == way);
    let steps = [
        ("practice-step-pick", by(Way::Token)),
        ("practice-step-form", by(Way::Form)),
        ("practice-step-grade", gradebook::has_grades(app)?),
        ("practice-step-copy", courses.len() > 1),
        ("practice-step-register", client::registered(app)?.is_some()),
    ];
    let done = steps.into_iter().filter(|(_, done)| *done);
    Ok(done.map(|(step, _)| step).collect())
}

/// `GET /practice/`: what this is, and who one may be.
pub fn home(app: &App) -> Result<Page, Error> {
    let m = Messages::default();
    let courses = courses::all(&app.store)?;
    let tried = tried(app, &courses)?;
    let content = html! {
        p.lead { (m.text("practice-lead")) }
        section aria-labelledby="people" {
            h2 #people { (m.text("practice-people")) }
            ul.practice-people role="list" {
                @for person in playable() { li.practice-person { (card(app, m, person)) } }
            }
        }
        section aria-labelledby="tour" {
            h2 #tour { (m.text("practice-tour")) }
            p { (m.text("practice-tour-text")) }
            (tour(app, m, &tried))
        }
        @if courses.len() > 1 {
            section aria-labelledby="courses" {
                h2 #courses { (m.text("practice-courses")) }
                ul { @for (number, course) in &courses { li { (course_link(app, m, *number, course)) } } }
            }
        }
        section aria-labelledby="next" {
            h2 #next { (m.text("practice-next")) }
            p { (m.text("practice-next-text")) }
            (disclosure(&m.text("practice-registration"), &registration(app, m)))
            (disclosure(&m.text("practice-start-over"), &start_over(app, m)))
        }
    };
    let standing = Standing {
        current: "/",
        ..Standing::default()
    };
    let title = m.text("practice-course-title");
    Ok(shell(app, m, &title, &standing, &content))
}

/// What to try, in order.
const TOUR: [(&str, &str, &str); 9] = [
    (
        "practice-step-upload",
        "practice-step-upload-text",
        "/course/amara",
    ),
    (
        "practice-step-pick",
        "practice-step-pick-text",
        "/add/amara",
    ),
    (
        "practice-step-form",
        "practice-step-form-text",
        "/add/amara/1.1",
    ),
    (
        "practice-step-student",
        "practice-step-student-text",
        "/course/linh",
    ),
    (
        "practice-step-grade",
        "practice-step-grade-text",
        "/gradebook/amara",
    ),
    (
        "practice-step-copy",
        "practice-step-copy-text",
        "/course/amara",
    ),
    (
        "practice-step-roster",
        "practice-step-roster-text",
        "/people/amara",
    ),
    (
        "practice-step-register",
        "practice-step-register-text",
        "/tools",
    ),
    ("practice-step-wire", "practice-step-wire-text", "/messages"),
];

fn tour(app: &App, m: Messages, tried: &[&str]) -> Markup {
    html! {
        ol.practice-tour role="list" {
            @for (number, (title, text, to)) in TOUR.into_iter().enumerate() {
                li {
                    span.tour-number aria-hidden="true" { (number + 1) }
                    div {
                        h3 {
                            a href=(path(app, to)) { (m.text(title)) }
                            @if tried.contains(&title) {
                                " " span.tour-done { (icon(Icon::Check)) span { (m.text("practice-done")) } }
                            }
                        }
                        p { (m.text(text)) }
                    }
                }
            }
        }
    }
}

fn course_link(app: &App, m: Messages, number: u32, course: &PracticeCourse) -> Markup {
    let teacher = playable().find(|person| person.teaches());
    html! {
        @if let Some(person) = teacher {
            @let visit = Visit { person, course: number, way: Way::Token, knowing: Knowing::default() };
            a href=(path(app, &visit.path("course"))) { (courses::title(m, course)) }
        }
    }
}

fn card(app: &App, m: Messages, person: &Person) -> Markup {
    let style = match person.role {
        Role::Manager => Style::Primary,
        _ => Style::Secondary,
    };
    html! {
        div.practice-name {
            span.practice-initials aria-hidden="true" { (person.initials()) }
            div {
                h3 { (person.name) }
                (badge(None, None, &person.role.name(m)))
            }
        }
        @if let Some(about) = person.about { p { (m.text(about)) } }
        (link_button(&LinkButton {
            href: &path(app, &format!("/course/{}", person.id)),
            label: &m.with("practice-open-as", &[("name", person.called.into())]),
            style,
            icon: None,
        }))
    }
}

/// How Lanterna is registered here, for those who register it elsewhere next.
fn registration(app: &App, m: Messages) -> Markup {
    let code = |text: &str| html! { code { (text) } };
    html! {
        p { (m.text("practice-registration-text")) }
        (facts(&[
            (&m.text("practice-issuer"), code(&address(app, ""))),
            (&m.text("practice-client"), code(CLIENT_ID)),
            (&m.text("practice-deployment"), code(DEPLOYMENT)),
            (&m.text("practice-auth-url"), code(&address(app, "/auth"))),
            (&m.text("practice-token-url"), code(&address(app, "/token"))),
            (&m.text("practice-jwks-url"), code(&address(app, "/jwks"))),
            (&m.text("practice-redirect-url"), code(&tool_url(app))),
        ]))
        p { (m.text("practice-consumer-text")) }
        (facts(&[
            (&m.text("practice-key"), code(KEY)),
            (&m.text("practice-launch-url"), code(&tool_url(app))),
        ]))
    }
}

fn start_over(app: &App, m: Messages) -> Markup {
    let go = button(&Button {
        label: &m.text("practice-start-over"),
        style: Style::Danger,
        ..Button::default()
    });
    html! {
        p { (m.text("practice-start-over-text")) }
        (form(&Form { action: &path(app, "/start-over"), ..Form::default() }, &go))
    }
}
