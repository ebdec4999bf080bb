//! Picking media for the platform: Deep Linking 2.0, and Content-Item by LTI 1.1.
//!
//! The page is one form, sent by GET while one looks around, so that what is picked stays picked
//! through searching and paging, and by POST to finish. The answer is a page that takes what was
//! picked back to the platform.

mod answer;
mod details;
mod named;
mod picker;
mod picks;
mod returning;

use maud::html;

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Form, Input, Page};
use crate::library::placements::{self, MOST_AT_ONCE};
use crate::people::selecting::Selecting;
use crate::people::{Contributor, Member};
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{self, form};
use crate::ui::notices::{Tone, notice};
use picks::Pick;
use returning::Outcome;

/// The form of a whole selection, with every detail of every pick.
const FORM_LIMIT: usize = 128 * 1024;
/// The field that ends the selection without picking anything.
const CANCEL: &str = "cancel";

/// A selection, and what the person may pick.
struct Asking<'a> {
    app: &'a App,
    member: &'a Member,
    selecting: Selecting,
}

/// What gives the right to pick.
#[derive(Clone, Copy)]
enum Right<'a> {
    /// The course in which it is placed.
    Course(Contributor<'a>),
    /// No course: then only what opens for the whole school anyway.
    School,
}

impl<'a> Asking<'a> {
    fn of(app: &'a App, member: &'a Member) -> Result<Self, Error> {
        let selecting = Selecting::of(member.session()).ok_or(Error::NothingAsked)?;
        Ok(Self {
            app,
            member,
            selecting,
        })
    }

    /// Without a course nobody has a course's rights; what roles the launch named tells only whom to
    /// let look.
    fn right(&self) -> Option<Right<'a>> {
        match self.member.contributor() {
            Some(contributor) => Some(Right::Course(contributor)),
            None if self.member.session().course.is_some() => None,
            None => self.selecting.staff.then_some(Right::School),
        }
    }

    /// How many items are taken.
    const fn most(&self) -> usize {
        if self.selecting.settings.accept_multiple {
            MOST_AT_ONCE
        } else {
            1
        }
    }
}

/// `GET /s/{token}/select?item=…&q=…&kind=…&view=…&cursor=…&step=details`: the page that picks.
pub async fn select(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let asking = Asking::of(app, member)?;
    let around = Around::new(app, member)?;
    let Some(right) = asking.right() else {
        return Ok(for_staff(&around));
    };
    let query = input.query();
    // A launch that names an item comes for that one.
    let named = match member.session().item {
        None => placements::named(&app.store, member)?,
        item => item,
    };
    let named = named.filter(|_| input.query.is_empty());
    let mut picked = match named {
        Some(item) => picks::pick(&asking, right, item)?.into_iter().collect(),
        None => picks::still_there(&asking, right, &query)?,
    };
    picked.truncate(asking.most());
    let wanted = named.is_some() || query.get("step") == Some("details");
    if wanted && !picked.is_empty() {
        return Ok(details::page(&asking, &around, &picked, &query, false));
    }
    let trouble = if named.is_some() {
        Some(picker::Trouble::NamedElsewhere)
    } else {
        query.get("step").map(|_| picker::Trouble::NothingPicked)
    };
    picker::page(&asking, right, &around, &picked, &query, trouble).await
}

/// `POST /s/{token}/select` with `item` for each, and perhaps `title-{item}`, `start-{item}`,
/// `end-{item}`, `width-{item}`, `height-{item}`, `graded-{item}` and `maximum-{item}`; or with
/// `cancel`.
pub async fn choose(app: &App, member: &Member, input: &mut Input) -> Result<Page, Error> {
    let asking = Asking::of(app, member)?;
    let around = Around::new(app, member)?;
    let fields = input.form(FORM_LIMIT).await?;
    let right = asking.right();
    if fields.get(CANCEL).is_some() {
        let outcome = match right {
            Some(_) => Outcome::Cancelled,
            None => Outcome::NotStaff,
        };
        return returning::page(&asking, &around, &outcome, Vec::new()).await;
    }
    let right = right.ok_or(Error::SelectionForStaff)?;
    let picked = picks::all(&asking, right, &fields)?;
    if picked.is_empty() {
        let trouble = Some(picker::Trouble::NothingPicked);
        let page = picker::page(&asking, right, &around, &picked, &fields, trouble).await?;
        return Ok(page.status(http::StatusCode::BAD_REQUEST));
    }
    if picked.iter().any(|pick| !pick.mistakes.is_empty()) {
        let page = details::page(&asking, &around, &picked, &fields, true);
        return Ok(page.status(http::StatusCode::BAD_REQUEST));
    }
    // Each selection is done once; more than these are a program's.
    let place = (member.session().connection, member.session().course);
    let waits = app.picking.take(place, app.world.now());
    waits.map_err(Error::TooMany)?;
    let placements = picks::place(&asking, right, &picked).await?;
    let items = answer::items(&asking, &picked, &placements)?;
    let outcome = Outcome::Picked(picked.len());
    returning::page(&asking, &around, &outcome, items).await
}

/// What a learner sees whose launch asks to pick: why not, and the way back.
fn for_staff(around: &Around<'_>) -> Page {
    let m = around.messages;
    let (sentence, next) = m.problem("selection-for-staff");
    let back = forms::Form {
        action: "select",
        hidden: &[(CANCEL, "yes")],
        ..forms::Form::default()
    };
    let content = html! {
        (notice(m, Tone::Warning, &sentence, Some(&html! { p { (next) } })))
        (form(&back, &button(&Button {
            label: &m.text("select-back"),
            style: Style::Primary,
            ..Button::default()
        })))
    };
    around
        .page(&m.text("select-title"), Here::Select, None, &content)
        .status(http::StatusCode::FORBIDDEN)
}

/// The address of the page on which one looks around, with what is picked.
fn looking(picked: &[Pick], query: &Form) -> String {
    let mut address = form_urlencoded::Serializer::new(String::new());
    for pick in picked {
        address.append_pair("item", &pick.opened.id().to_string());
    }
    for name in ["in", "q", "kind"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            address.append_pair(name, value);
        }
    }
    format!("select?{}", address.finish())
}
