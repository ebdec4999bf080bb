//! The pages of the course: an overview, and the course as one of its people sees it.

use maud::{Markup, html};

use super::consumer::KEY;
use super::course::{CLIENT_ID, DEPLOYMENT, PEOPLE, Person, suffix};
use super::{Error, address};
use crate::app::{App, Page};
use crate::lti::launch::Version;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, Style, link_button};
use crate::ui::icons::{Icon, icon};
use crate::ui::layout::{Area, Frame, NavLink, Role, page};
use crate::ui::notices::badge;
use crate::ui::tables::{disclosure, facts};

/// What the frame of a launch may do, each besides in Lanterna's own pages there.
const ALLOWED: [&str; 5] = [
    "fullscreen",
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
];

fn path(app: &App, below: &str) -> String {
    format!("{}/practice/{below}", app.public().base_path())
}

/// `GET /practice/`: what this is, and who one may be.
pub fn home(app: &App) -> Page {
    let m = Messages::default();
    let content = html! {
        p.lead { (m.text("practice-lead")) }
        section aria-labelledby="people" {
            h2 #people { (m.text("practice-people")) }
            ul.practice-people role="list" {
                @for person in &PEOPLE { li.practice-person { (card(app, m, person)) } }
            }
        }
        section aria-labelledby="next" {
            h2 #next { (m.text("practice-next")) }
            p { (m.text("practice-next-text")) }
            (disclosure(&m.text("practice-registration"), &registration(app, m)))
        }
    };
    shell(
        app,
        m,
        &m.text("practice-course-title"),
        None,
        None,
        &content,
    )
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
        p { (m.text(person.about)) }
        (link_button(&LinkButton {
            href: &path(app, &format!("course/{}", person.id)),
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
            (&m.text("practice-jwks-url"), code(&address(app, "/jwks"))),
            (&m.text("practice-redirect-url"), code(&app.public().join("/lti/launch"))),
        ]))
        p { (m.text("practice-consumer-text")) }
        (facts(&[
            (&m.text("practice-key"), code(KEY)),
            (&m.text("practice-launch-url"), code(&app.public().join("/lti/launch"))),
        ]))
    }
}

/// `GET /practice/course/{person}` and `GET /practice/course/{person}/1.1`: Lanterna in a frame, as
/// that person, launched by this version of LTI.
pub fn course(app: &App, person: &str, version: Version) -> Result<Page, Error> {
    let person = Person::find(person).ok_or(Error::NotFound)?;
    let m = Messages::default();
    let link = m.text("practice-link-title");
    let suffix = suffix(version);
    let content = html! {
        (versions(app, m, person, version))
        iframe.practice-frame
            src=(path(app, &format!("launch/{}{suffix}", person.id)))
            title=(m.with("practice-frame", &[("title", link.as_ref().into())]))
            allow=(permissions(app)) {}
    };
    let window = html! {
        a.button href=(path(app, &format!("window/{}{suffix}", person.id))) target="_blank" rel="noopener" {
            (icon(Icon::Elsewhere))
            span { (m.text("practice-window")) }
        }
    };
    let page = shell(app, m, &link, Some(person), Some(&window), &content);
    Ok(page.frames(app.public().origin().to_string()))
}

/// The choice between the versions of LTI.
fn versions(app: &App, m: Messages, person: &Person, version: Version) -> Markup {
    let choice = |to: Version, label: &str| {
        let current = (to == version).then_some("page");
        html! {
            a href=(format!("{}/practice{}", app.public().base_path(), person.course(to)))
                aria-current=[current] { (m.text(label)) }
        }
    };
    html! {
        nav.practice-versions aria-label=(m.text("practice-versions")) {
            (choice(Version::V1p3, "practice-by-token"))
            (choice(Version::V1p1, "practice-by-form"))
        }
        @if version == Version::V1p1 {
            p.hint { (m.text("practice-by-form-hint")) }
        }
    }
}

/// The permissions policy of the frame: it begins on this site and goes on to Lanterna's.
fn permissions(app: &App) -> String {
    let origin = app.public().origin();
    ALLOWED
        .map(|feature| format!("{feature} 'self' {origin}"))
        .join("; ")
}

/// The page around it: the course, who one is, and the way to the others.
fn shell(
    app: &App,
    m: Messages,
    title: &str,
    person: Option<&Person>,
    actions: Option<&Markup>,
    content: &Markup,
) -> Page {
    let overview = m.text("practice-overview");
    let mut pages = vec![(path(app, ""), overview.into_owned(), person.is_none())];
    pages.extend(PEOPLE.iter().map(|other| {
        let current = person.is_some_and(|person| person.id == other.id);
        let label = m.with("practice-as", &[("name", other.called.into())]);
        (path(app, &format!("course/{}", other.id)), label, current)
    }));
    let navigation: Vec<NavLink<'_>> = pages
        .iter()
        .map(|(href, label, current)| NavLink {
            href,
            label,
            current: *current,
        })
        .collect();
    let course = m.text("practice-course-title");
    let frame = Frame {
        title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Practice,
        person: person.map(|person| person.name),
        role: person.map(|person| person.role),
        course: person.is_some().then_some(course.as_ref()),
        navigation: &navigation,
        actions,
        ..Frame::default()
    };
    Page::html(page(&frame, content))
}
