//! The outline of a course, which stands beside each of its pages.

use maud::{Markup, html};

use super::path;
use crate::app::App;
use crate::practice::visit::Visit;
use crate::practice::{Error, courses};
use crate::store::rows::practice::{PracticeActivity, PracticeCourse, Way};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::{Icon, icon};
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::disclosure;

/// The outline of the course, and beside it what is open.
pub(super) fn beside(
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
                    li { (entry(&visit.path("gradebook"), drawn(Icon::Check), &m.text("practice-gradebook"), html! {})) }
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

/// What there is to say about an activity beside its title.
pub(super) fn marks(m: Messages, row: &PracticeActivity) -> Markup {
    html! {
        (way_of(m, row.way))
        @if let Some(score) = row.score {
            " " (badge(Some(Tone::Info), None, &m.with("practice-score", &[
                ("points", points(score).into()),
            ])))
        }
    }
}

/// The connection that something belongs to.
pub(super) fn way_of(m: Messages, way: Way) -> Markup {
    let name = match way {
        Way::Token => m.text("practice-way-token"),
        Way::Form => m.text("practice-way-form"),
        Way::Registered => m.text("practice-way-registered"),
    };
    badge(None, None, &name)
}

/// Points as people write them, to the hundredth.
pub(super) fn points_of(number: f64) -> String {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and no score is below nought"
    )]
    points((number * 100.0).round() as u64)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_read_as_people_write_them() {
        assert_eq!(points(1000), "10");
        assert_eq!(points(1250), "12.5");
        assert_eq!(points(5), "0.05");
        assert_eq!(points_of(8.337), "8.34");
        assert_eq!(points_of(0.0), "0");
    }
}
