//! What a launch came by, where it opens nothing yet.

use http::StatusCode;

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Page};
use crate::library;
use crate::library::placements::{self, Arrived, Newcomer};
use crate::people::Member;
use crate::ui::notices::{Empty, empty_state};

/// `GET /s/{token}/placement`: on to the item that the launch came for, or why there is none. Asks
/// anew each time, so that a reload is enough once a teacher was there.
pub async fn placement(app: &App, member: &Member) -> Result<Page, Error> {
    let session = member.session();
    let id = session.placement.ok_or(library::Error::NotFound)?;
    let newcomer = Newcomer {
        connection: session.connection,
        deployment: &session.deployment,
        course: session.course,
        user: session.user,
        staff: member.contributor().is_some(),
        // What the platform told of copies was looked at when the session opened.
        history: &[],
    };
    match placements::arrive(&app.store, &app.world, newcomer, id).await? {
        Arrived::Opens(item) => Ok(Page::see_other(&format!("media/{item}"))),
        Arrived::NeedsStaff => {
            let texts = [
                "placement-waiting-title",
                "placement-waiting",
                "placement-again",
            ];
            says(app, member, texts, "placement")
        }
        Arrived::Nothing => {
            let texts = [
                "placement-nothing-title",
                "placement-nothing",
                "placement-library",
            ];
            Ok(says(app, member, texts, "library")?.status(StatusCode::NOT_FOUND))
        }
    }
}

/// A page of a title, a text, and a link to where one goes on.
fn says(app: &App, member: &Member, texts: [&str; 3], next: &str) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let [title, text, action] = texts.map(|id| around.messages.text(id));
    let state = empty_state(&Empty {
        title: &title,
        text: &text,
        action: Some((next, &action)),
    });
    Ok(around.page(&title, Here::Elsewhere, None, &state))
}
