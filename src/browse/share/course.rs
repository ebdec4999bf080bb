//! Putting an item into the course, for an activity of the LMS to open it.

use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::browse::about::course_title;
use crate::browse::{Error, FORM_LIMIT};
use crate::library::{self, Opened, Owned, Viewer, may_place, owned, placements, reach};
use crate::people::{Contributor, Member};
use crate::store::ids::{ItemId, PlacementId};
use crate::store::rows::library::Placement;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::tables::{Table, disclosure, table};

/// Placements that are listed at most.
const LISTED: usize = 200;

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

pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    item: Option<&Owned>,
) -> Result<Markup, Error> {
    let placer = match member.contributor() {
        Some(contributor) if may_place(&app.store, contributor, opened)? => Some(contributor),
        _ => None,
    };
    let known = match item {
        Some(item) => placements::of_item(&app.store, item, LISTED)?,
        None => Vec::new(),
    };
    if placer.is_none() && known.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        section aria-labelledby="course" {
            h2 #course { (m.text("place-heading")) }
            @if let Some(contributor) = placer { (here(app, m, contributor, opened)?) }
            @if let (Some(item), false) = (item, known.is_empty()) {
                (everywhere(app, m, item, &known)?)
            }
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
/// is in the original.
fn everywhere(
    app: &App,
    m: Messages,
    item: &Owned,
    placed: &[(PlacementId, Placement)],
) -> Result<Markup, Error> {
    let mut rows = Vec::new();
    for (id, placement) in placed.iter().filter(|(_, p)| p.revoked.is_none()) {
        let title = course_title(app, m, placement.course)?;
        rows.push(vec![
            html! { (title) },
            moment(placement.created),
            take_out(m, *id, &title),
        ]);
    }
    for (copy, origin) in reach::of(&app.store, app.publishing(), item)?.copies {
        let (copy, origin) = (course_title(app, m, copy)?, course_title(app, m, origin)?);
        let words = [("course", copy.into()), ("origin", origin.into())];
        rows.push(vec![
            html! { (m.with("place-copy", &words)) },
            html! {},
            html! {},
        ]);
    }
    Ok(table(&Table {
        caption: &m.text("place-list"),
        columns: &[
            &m.text("place-column-course"),
            &m.text("place-column-since"),
            &m.text("place-column-change"),
        ],
        rows: &rows,
        empty: &m.text("place-list-none"),
    }))
}

fn take_out(m: Messages, id: PlacementId, course: &str) -> Markup {
    let id = id.to_string();
    let place = Form {
        action: "unplace",
        hidden: &[("placement", &id)],
        inline: true,
        ..Form::default()
    };
    let press = html! {
        button.button.quiet type="submit" {
            span { (m.text("place-out")) span.unseen { ": " (course) } }
        }
    };
    form(&place, &press)
}
