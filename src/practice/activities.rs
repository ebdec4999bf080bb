//! The activities of a course: opening them, and what a teacher changes about them and the course.

use super::platform::Opens;
use super::visit::Visit;
use super::{Error, address, begin, courses, gradebook, own_page, pages, registering};
use crate::app::{App, Input, Page};
use crate::store::Commit;
use crate::store::rows::practice::Way;
use crate::tools::Place;

/// No form of these pages is larger.
const FORM_LIMIT: usize = 16 * 1024;

fn numbered(text: &str) -> Result<u32, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// `GET /practice/activity/{person}/{number}`: the activity, in its course.
pub fn activity(app: &App, input: &Input, person: &str, number: &str) -> Result<Page, Error> {
    let number = numbered(number)?;
    let visit = Visit::read(person, Way::Token, &input.query())?;
    let row = courses::activity(&app.store, visit.course, number)?;
    pages::activity(app, visit, number, &row)
}

/// `GET /practice/open/{person}/{number}` in the course's frame, `GET
/// /practice/open-window/{person}/{number}` in a window of its own: launches the activity.
pub fn open(
    app: &App,
    input: &Input,
    person: &str,
    number: &str,
    place: Place,
) -> Result<Page, Error> {
    let visit = Visit::read(person, Way::Token, &input.query())?;
    let row = courses::activity(&app.store, visit.course, numbered(number)?)?;
    begin(app, visit.by(row.way), Opens::Activity(&row), place)
}

/// `POST /practice/rename`
pub async fn rename(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let form = input.form(FORM_LIMIT).await?;
    let visit = Visit::changing(&form)?;
    let number = numbered(form.get("activity").unwrap_or_default())?;
    let title = form.get("title").unwrap_or_default();
    courses::rename(app, visit.course, number, title).await?;
    Ok(to(app, &visit.activity("activity", number)))
}

/// `POST /practice/remove`
pub async fn remove(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let form = input.form(FORM_LIMIT).await?;
    let visit = Visit::changing(&form)?;
    let number = numbered(form.get("activity").unwrap_or_default())?;
    courses::remove(app, visit.course, number).await?;
    Ok(to(app, &visit.path("course")))
}

/// `POST /practice/copy`
pub async fn copy(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let form = input.form(FORM_LIMIT).await?;
    let visit = Visit::changing(&form)?;
    let course = courses::copy(app, visit.course).await?;
    let copied = Visit { course, ..visit };
    Ok(to(app, &copied.path("course")))
}

/// `POST /practice/start-over`: forgets what the practice course remembers. What is in Lanterna's
/// library stays there.
pub async fn start_over(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let _ = input.form(FORM_LIMIT).await?;
    gradebook::forget_all(app).await?;
    let mut commit = Commit::new();
    courses::forget_all(&app.store, &mut commit)?;
    registering::forget(app, &mut commit)?;
    app.store.commit(commit).await?;
    app.wire.clear();
    Ok(to(app, "/"))
}

fn to(app: &App, path: &str) -> Page {
    Page::see_other(&address(app, path))
}
