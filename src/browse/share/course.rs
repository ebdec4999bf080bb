//! Putting an item into the course, for an activity of the LMS to open it.

use std::cmp::Reverse;
use std::time::Duration;

use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::browse::about::course_title;
use crate::browse::{Error, FORM_LIMIT};
use crate::library::{self, Opened, Owned, Viewer, may_place, owned, placements, reach};
use crate::people::{Contributor, Member};
use crate::store::ids::{CourseId, ItemId, PlacementId};
use crate::store::rows::library::Placement;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{duration, moment};
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::tables::{Table, disclosure, pager, table};

/// Placements that are looked through, those that were taken back among them.
const READ: usize = 1_000;
/// Courses of one page.
const PAGE: usize = 50;

/// `POST /s/{token}/media/{item}/place`: puts it into the launch's course, unless it is there.
pub async fn place(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), id)?;
    let contributor = member.contributor().ok_or(library::Error::NotYours)?;
    if !may_place(&app.store, contributor, &opened)? {
        return Err(library::Error::NotYours.into());
    }
    if placements::here(&app.store, contributor, &opened, 1)?.is_empty() {
        placements::place(&app.store, &app.world, contributor, &opened).await?;
    }
    Ok(Page::see_other("share?placed#course"))
}

/// `POST /s/{token}/media/{item}/unplace` with `placement`: takes it out of that course.
pub async fn unplace(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let placement = fields.get("placement").and_then(|text| text.parse().ok());
    let item = owned(&app.store, member, id)?;
    let placement: PlacementId = placement.ok_or(Error::BadRequest)?;
    placements::revoke(&app.store, &app.world, &item, placement).await?;
    Ok(Page::see_other("share?unplaced#course"))
}

/// `POST /s/{token}/media/{item}/withdraw` with `course`: takes it out of that copy of a course.
pub async fn withdraw(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let copy = fields.get("course").and_then(|text| text.parse().ok());
    let item = owned(&app.store, member, id)?;
    let copy: CourseId = copy.ok_or(Error::BadRequest)?;
    placements::withdraw(&app.store, &app.world, &item, copy).await?;
    Ok(Page::see_other("share?withdrawn#course"))
}

/// `POST /s/{token}/media/{item}/allow` with `course`: lets it open in that copy again.
pub async fn allow(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let copy = fields.get("course").and_then(|text| text.parse().ok());
    let item = owned(&app.store, member, id)?;
    let copy: CourseId = copy.ok_or(Error::BadRequest)?;
    placements::allow(&app.store, &app.world, &item, copy).await?;
    Ok(Page::see_other("share?allowed#course"))
}

pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    item: Option<&Owned>,
    input: &Input,
) -> Result<Markup, Error> {
    let placer = match member.contributor() {
        Some(contributor) if may_place(&app.store, contributor, opened)? => Some(contributor),
        _ => None,
    };
    let listed = if let Some(item) = item {
        everywhere(app, m, item, input)?
    } else {
        html! {}
    };
    if placer.is_none() && listed.0.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        section aria-labelledby="course" {
            h2 #course { (m.text("place-heading")) }
            @if let Some(contributor) = placer { (here(app, m, contributor, opened)?) }
            (listed)
        }
    })
}

/// The way into this course or, once it is there, what to paste into the LMS.
fn here(
    app: &App,
    m: Messages,
    contributor: Contributor<'_>,
    opened: &Opened,
) -> Result<Markup, Error> {
    let Some(placement) = placements::here(&app.store, contributor, opened, 1)?
        .into_iter()
        .next()
    else {
        let place = Form {
            action: "place",
            ..Form::default()
        };
        let press = Button {
            label: &m.text("place-press"),
            style: Style::Secondary,
            ..Button::default()
        };
        return Ok(html! {
            p { (m.text("place-text")) }
            (form(&place, &button(&press)))
        });
    };
    let address = app.public().join(&format!("/lti/launch/{placement}"));
    let help = html! {
        p { (m.text("place-help-1p3")) }
        p { (m.text("place-help-1p1")) }
        (copy_field(m, "placement-custom", &m.text("place-custom"), &format!("placement={placement}")))
    };
    Ok(html! {
        p { (m.text("place-there")) }
        (copy_field(m, "placement-address", &m.text("place-address"), &address))
        (disclosure(&m.text("place-help"), &help))
    })
}

/// Where it is placed and, after that, the copies of those courses: it is in a copy as long as it
/// is in the original. Nothing when it is nowhere.
fn everywhere(app: &App, m: Messages, item: &Owned, input: &Input) -> Result<Markup, Error> {
    let mut placed = placements::of_item(&app.store, item, READ)?;
    placed.retain(|(_, placement)| placement.revoked.is_none());
    placed.sort_by_key(|(id, placement)| (Reverse(placement.created), *id));
    if placed.is_empty() {
        return Ok(html! {});
    }
    let query = input.query();
    let from = query.get("places").and_then(|from| from.parse().ok());
    let from = from.unwrap_or(0);
    let mut rows = Vec::new();
    for (id, placement) in placed.iter().skip(from).take(PAGE) {
        rows.push(placed_row(app, m, *id, placement)?);
    }
    let next = from.saturating_add(PAGE);
    let more = (next < placed.len()).then(|| format!("share?places={next}#course"));
    if more.is_none() {
        for (copy, origin) in reach::of(&app.store, app.publishing(), item)?.copies {
            rows.push(copy_row(app, m, copy, origin)?);
        }
        for copy in placements::withdrawn(&app.store, item, READ)? {
            rows.push(withdrawn_row(app, m, copy)?);
        }
    }
    let number = reach::used(&app.store, item)?;
    let used = m.with("used-in-courses", &[("number", number.into())]);
    let list = table(&Table {
        caption: &m.text("place-list"),
        columns: &[
            &m.text("place-column-course"),
            &m.text("place-column-since"),
            &m.text("place-column-change"),
        ],
        rows: &rows,
        empty: "",
    });
    Ok(html! { p.lead { (used) } (list) (pager(m, more.as_deref())) })
}

fn placed_row(
    app: &App,
    m: Messages,
    id: PlacementId,
    placement: &Placement,
) -> Result<Vec<Markup>, Error> {
    let title = course_title(app, m, placement.course)?;
    Ok(vec![
        html! { (title) (shown_there(m, placement)) },
        moment(placement.created),
        change(
            &m.text("place-out"),
            &title,
            "unplace",
            ("placement", &id.to_string()),
        ),
    ])
}

/// How a placement shows the item, where that is not as the item is.
fn shown_there(m: Messages, placement: &Placement) -> Markup {
    let mut said = Vec::new();
    if let Some(title) = &placement.title {
        said.push(m.with("place-as", &[("title", title.as_str().into())]));
    }
    let clock = |ms: u64| duration(Duration::from_millis(ms));
    match (placement.start_ms, placement.end_ms) {
        (start, Some(end)) => {
            let times = [
                ("start", clock(start.unwrap_or(0)).into()),
                ("end", clock(end).into()),
            ];
            said.push(m.with("place-part", &times));
        }
        (Some(start), None) => {
            said.push(m.with("place-from", &[("start", clock(start).into())]));
        }
        (None, None) => {}
    }
    if placement.maximum.is_some() {
        said.push(m.text("place-graded").into_owned());
    }
    html! { @for said in said { " " span.hint { (said) } } }
}

fn copy_row(
    app: &App,
    m: Messages,
    copy: CourseId,
    origin: CourseId,
) -> Result<Vec<Markup>, Error> {
    let (title, origin) = (course_title(app, m, copy)?, course_title(app, m, origin)?);
    let take_out = change(
        &m.text("place-out"),
        &title,
        "withdraw",
        ("course", &copy.to_string()),
    );
    let words = [("course", title.into()), ("origin", origin.into())];
    let words = m.with("place-copy", &words);
    Ok(vec![html! { (words) }, html! {}, take_out])
}

/// A copy of a course from which the item was withdrawn.
fn withdrawn_row(app: &App, m: Messages, copy: CourseId) -> Result<Vec<Markup>, Error> {
    let title = course_title(app, m, copy)?;
    let allow = change(
        &m.text("place-allow"),
        &title,
        "allow",
        ("course", &copy.to_string()),
    );
    let words = m.with("place-withdrawn", &[("course", title.into())]);
    Ok(vec![html! { (words) }, html! {}, allow])
}

/// The button of a row: what it does, to which course, and the form that does it.
fn change(label: &str, course: &str, action: &str, field: (&str, &str)) -> Markup {
    let place = Form {
        action,
        hidden: &[field],
        inline: true,
        ..Form::default()
    };
    let press = html! {
        button.button.quiet type="submit" {
            span { (label) span.unseen { ": " (course) } }
        }
    };
    form(&place, &press)
}
