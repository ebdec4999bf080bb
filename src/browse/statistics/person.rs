//! What one person watched in the course, for its teachers.

use maud::{Markup, html};

use super::own::{media, sums_of};
use super::{evidence, named, teacher};
use crate::app::{App, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here};
use crate::library;
use crate::people::Member;
use crate::store::ids::UserId;
use crate::ui::Messages;
use crate::ui::buttons::way_up;
use crate::ui::notices::{Tone, notice};
use crate::watching::statistics::{Look, learner, of_person};

/// `GET /s/{token}/course/people/{user}`: what a learner of the launch's course watched there.
pub async fn person(app: &App, member: &Member, user: UserId) -> Result<Page, Error> {
    let known = learner(&app.store, &teacher(app, member)?, user)?;
    let known = known.ok_or(library::Error::NotFound)?;
    let named = named(app, member, Look::Person(user)).await?;
    let of = of_person(&app.store, &named, known)?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let title = match &of.name {
        Some(name) => m.with("statistics-person-title", &[("name", name.as_str().into())]),
        None => m.text("statistics-person-nameless").into_owned(),
    };
    let content = html! {
        (back(m))
        @if of.gone {
            (notice(m, Tone::Info, &m.text("statistics-person-gone"), None))
        }
        (evidence(m))
        (sums_of(m, &of))
        (media(m, &of, "../../"))
    };
    Ok(around.page(&title, Here::People, None, &content))
}

/// The way back to everybody.
fn back(m: Messages) -> Markup {
    way_up("../progress", &m.text("statistics-course-title"))
}
