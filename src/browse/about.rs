//! What is known of an item, in words.

use std::time::Duration;

use maud::{Markup, html};

use super::Error;
use super::around::{kind, visibility};
use crate::app::App;
use crate::library::bytes::Readable;
use crate::library::reach::Reach;
use crate::library::{self, Opened, owned, placements, reach};
use crate::people::Member;
use crate::store::ids::CourseId;
use crate::store::rows::library::{Item, Visibility};
use crate::store::trees::{Courses, Users};
use crate::ui::Messages;
use crate::ui::format::{duration, list, moment, size};
use crate::ui::prose::prose;
use crate::ui::tables;

type Rows = Vec<(String, Markup)>;

/// The description and the tags. `library` leads to the library's page, where there is one.
pub(super) fn words(m: Messages, item: &Item, library: Option<&str>) -> Markup {
    html! {
        @if !item.description.is_empty() { (prose(&item.description)) }
        @if !item.tags.is_empty() {
            div.tags {
                h2.unseen #tags { (m.text("item-tags")) }
                ul role="list" aria-labelledby="tags" {
                    @for tag in &item.tags {
                        li {
                            @if let Some(library) = library {
                                a.badge href={ (library) "?" (tagged(tag)) } { (tag) }
                            } @else {
                                span.badge { (tag) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tagged(tag: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("tag", tag)
        .finish()
}

/// The facts that everybody may know who may open the item.
pub(super) fn common(m: Messages, item: &Item, readable: Option<&Readable>) -> Rows {
    let row = |id: &str, value: Markup| (m.text(id).into_owned(), value);
    let facts = &item.facts;
    let mut rows = vec![row("fact-kind", html! { (kind(item.kind).name(m)) })];
    if let Some(length) = facts.duration_ms {
        let length = duration(Duration::from_millis(length));
        rows.push(row("fact-duration", html! { (length) }));
    }
    if let (Some(width), Some(height)) = (facts.width, facts.height) {
        rows.push(row("fact-resolution", html! { (width) " × " (height) }));
    }
    if let Some(pages) = facts.pages {
        rows.push(row("fact-pages", html! { (pages) }));
    }
    if let Some(readable) = readable {
        let bytes = size(m, readable.file().len);
        rows.push(row("fact-size", html! { (bytes) }));
    }
    rows
}

/// Facts as a page shows them.
pub(super) fn shown(rows: &Rows) -> Markup {
    let rows: Vec<(&str, Markup)> = rows
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    tables::facts(&rows)
}

/// The facts for a launched person: who added it and who can see it besides.
pub(super) fn known(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    readable: Option<&Readable>,
) -> Result<Markup, Error> {
    let item = opened.item();
    let mut rows = common(m, item, readable);
    let mut add = |id: &str, value: Markup| rows.push((m.text(id).into_owned(), value));
    if let Some(owner) = owner(app, m, member, item)? {
        add("fact-owner", html! { (owner) });
    }
    add("fact-added", moment(item.created));
    let seen = who_sees(app, m, member, opened)?;
    let own = item.owner == member.session().user;
    add(
        "fact-visibility",
        html! {
            @if own { (visibility(item.visibility).badge(m)) " " }
            (seen)
        },
    );
    if let Some(used) = used(app, m, member, opened)? {
        rows.push((m.text("fact-used").into_owned(), used));
    }
    Ok(shown(&rows))
}

/// In how many courses an owner's item is used, with the way to where.
fn used(app: &App, m: Messages, member: &Member, opened: &Opened) -> Result<Option<Markup>, Error> {
    let item = match owned(&app.store, member, opened.id()) {
        Ok(item) => item,
        Err(library::Error::NotYours) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let number = reach::used(&app.store, &item)?;
    let words = m.with("used-courses", &[("number", number.into())]);
    let href = format!("{}/share#course", opened.id());
    Ok((number > 0).then(|| html! { a href=(href) { (words) } }))
}

fn owner(app: &App, m: Messages, member: &Member, item: &Item) -> Result<Option<String>, Error> {
    if item.owner == member.session().user {
        return Ok(Some(m.text("item-owner-you").into_owned()));
    }
    let user = app.store.get::<Users>(&item.owner)?;
    Ok(user.and_then(|user| user.name))
}

/// Who can see an item: for its owner all of it, for others no more than what concerns them.
pub(super) fn who_sees(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
) -> Result<String, Error> {
    match owned(&app.store, member, opened.id()) {
        Ok(item) => {
            let reach = reach::of(&app.store, app.publishing(), &item)?;
            let waits = item.opened().item().visibility == Visibility::Unlisted;
            if waits && reach == Reach::default() {
                return Ok(m.text("reach-nobody-yet").into_owned());
            }
            reached(app, m, &reach)
        }
        Err(library::Error::NotYours) => {
            let id = match opened.item().visibility {
                Visibility::Public => "seen-everybody",
                Visibility::School => "seen-school",
                Visibility::Course => "seen-course",
                _ if placements::shows_to_course(&app.store, member, opened)? => "seen-course",
                Visibility::Unlisted => "seen-links",
                Visibility::Private => "seen-shared",
            };
            Ok(m.text(id).into_owned())
        }
        Err(error) => Err(error.into()),
    }
}

fn reached(app: &App, m: Messages, reach: &Reach) -> Result<String, Error> {
    let counted = |id: &str, number: usize| m.with(id, &[("number", number.into())]);
    let mut who = Vec::new();
    if reach.people > 0 {
        who.push(counted("reach-people", reach.people));
    }
    let mut all = reach.courses.clone();
    for (copy, _) in &reach.copies {
        if !all.contains(copy) {
            all.push(*copy);
        }
    }
    if !all.is_empty() {
        who.push(courses(app, m, &all)?);
    }
    if reach.school {
        who.push(m.text("reach-school").into_owned());
    }
    if reach.links > 0 {
        who.push(counted("reach-links", reach.links));
    }
    if reach.everybody {
        who.push(m.text("reach-everybody").into_owned());
    }
    if who.is_empty() {
        return Ok(m.text("reach-nobody").into_owned());
    }
    who.insert(0, m.text("reach-you").into_owned());
    Ok(list(m, &who))
}

fn courses(app: &App, m: Messages, courses: &[CourseId]) -> Result<String, Error> {
    let titles = courses
        .iter()
        .map(|course| course_title(app, m, *course))
        .collect::<Result<Vec<_>, _>>()?;
    let number = titles.len();
    Ok(m.with(
        "reach-courses",
        &[
            ("number", number.into()),
            ("courses", list(m, &titles).into()),
        ],
    ))
}

/// A course's title, or words for one without.
pub(super) fn course_title(app: &App, m: Messages, course: CourseId) -> Result<String, Error> {
    let course = app.store.get::<Courses>(&course)?;
    let title = course.and_then(|course| course.title.or(course.label));
    Ok(title.map_or_else(
        || m.text("course-untitled").into_owned(),
        |title| m.with("course-quoted", &[("title", title.into())]),
    ))
}
