//! A submission under review: what the person has watched so far of the item that is opened.

use maud::{Markup, html};

use super::{Error, own};
use crate::app::App;
use crate::library::Opened;
use crate::people::Member;
use crate::store::trees::{UserBy, Users};
use crate::ui::Messages;
use crate::ui::format::{duration, moment};
use crate::ui::notices::{Tone, notice};
use crate::watching::{self, Place};

/// Whose submission this launch reviews and how far they are, above the item. Nothing else of it
/// depends on the person: the item opens for whoever reviews as it always does.
pub(super) fn told(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
) -> Result<Markup, Error> {
    let session = member.session();
    let Some(subject) = &session.for_user else {
        return Ok(html! {});
    };
    let key = (session.connection, subject.clone());
    let user = app.store.get::<UserBy>(&key)?.map(|found| found.user);
    let Some(user) = user else {
        return Ok(notice(
            m,
            Tone::Info,
            &m.text("review-unknown"),
            Some(&html! {
                p { (m.text("review-unknown-text")) }
            }),
        ));
    };
    let Some(seen) = watching::of_person(&app.store, member, opened, user)? else {
        return Ok(notice(m, Tone::Info, &m.text("review-not-told"), None));
    };
    let row = app.store.get::<Users>(&user)?;
    let name = row.and_then(|row| row.name);
    let title = match &name {
        Some(name) => m.with("review-title", &[("name", name.as_str().into())]),
        None => m.text("review-title-nameless").into_owned(),
    };
    let progress = seen.view.as_ref().and_then(|view| view.progress.clone());
    let share = match progress {
        Some(progress) => Some(own::of(app, member, opened, progress)?.told(m)),
        None => None,
    };
    Ok(notice(
        m,
        Tone::Info,
        &title,
        Some(&html! {
            @match &seen.view {
                None => { p { (m.text("review-not-begun")) } },
                Some(view) => {
                    p {
                        @if let Some(share) = &share { (share) " " }
                        @if let Some(place) = view.place { (stopped(m, place, view.finished)) " " }
                        (m.text("review-last")) " " (moment(view.changed)) "."
                    }
                },
            }
            p.hint { (m.text("review-evidence")) }
        }),
    ))
}

/// Where somebody stopped.
fn stopped(m: Messages, place: Place, finished: bool) -> String {
    match place {
        _ if finished => m.text("review-finished").into_owned(),
        Place::Moment(at) => m.with("review-position", &[("position", duration(at).into())]),
        Place::Page(page) => m.with("review-page", &[("page", page.into())]),
    }
}
