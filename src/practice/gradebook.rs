//! The gradebook of a course: what Lanterna may know of it, and its columns, which come and go with
//! the activities.

use url::Url;

use super::client::Client;
use super::course::library_link;
use super::courses::{self, New};
use super::people::{Person, ROSTER};
use super::{Error, address};
use crate::app::App;
use crate::lti::launch::Ags;
use crate::lti::names::scope;
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::practice::{PracticeActivity, Way};
use crate::store::{Commit, Error as StoreError, Store};
use crate::tools::gradebook::service::{SCOPES, line_item_url};
use crate::tools::gradebook::{self, Gradebook, Owner, Rules, Service, declared};

/// Entries of one page: few, so that there are several pages.
const PAGE: usize = 5;

/// The gradebook of one of Lanterna's connections in a course.
pub(super) const fn book(app: &App, way: Way, course: u32) -> Gradebook<'_> {
    Gradebook::new(app, Owner::Practice { way, course })
}

/// Where the line items of a course are.
fn line_items(app: &App, course: u32) -> Result<Url, Error> {
    let url = address(app, &format!("/ags/{course}/line-items"));
    Url::parse(&url).map_err(|_| Error::NotFound)
}

/// The services of a course for one of Lanterna's connections.
pub(super) fn service<'a>(
    app: &'a App,
    way: Way,
    course: u32,
    rules: &'a Course<'a>,
) -> Result<Service<'a>, Error> {
    Ok(Service {
        book: book(app, way, course),
        address: line_items(app, course)?,
        rules,
        page: PAGE,
    })
}

/// What a launch of `link` says of grades to a tool.
pub(super) fn claim(
    app: &App,
    client: &Client,
    course: u32,
    link: Option<&str>,
) -> Result<Option<Ags>, Error> {
    let granted = client.tool.scopes.iter();
    let scopes: Vec<String> = granted.filter(|scope| is_ours(scope)).cloned().collect();
    if scopes.is_empty() {
        return Ok(None);
    }
    let all = line_items(app, course)?;
    let own = match link {
        Some(link) => book(app, client.way, course).line_items_of(link)?,
        None => Vec::new(),
    };
    let lineitem = match own.as_slice() {
        [(number, _)] => Some(line_item_url(&all, *number)),
        _ => None,
    };
    Ok(Some(Ags {
        scopes,
        lineitems: Some(all),
        lineitem,
    }))
}

/// Whether a scope is one of these services.
pub(super) fn is_ours(scope: &str) -> bool {
    SCOPES.contains(&scope)
}

/// Every scope that a tool may have here.
pub(super) fn scopes() -> Vec<String> {
    let all = std::iter::once(scope::ROSTER).chain(SCOPES);
    all.map(str::to_owned).collect()
}

/// What the practice course knows of a course beside its gradebook.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) store: &'a Store,
    pub(super) way: Way,
    pub(super) number: u32,
}

impl Rules for Course<'_> {
    /// The media library's own link counts for the connections that are launched by it.
    fn has_link(&self, link: &str) -> Result<bool, StoreError> {
        let activities = courses::activities(self.store, self.number)?;
        let mut own = activities.iter().filter(|(_, row)| row.way == self.way);
        Ok(own.any(|(_, row)| row.link == link) || link == library_link(self.number))
    }

    fn person(&self, user: &str) -> Result<gradebook::service::Person, StoreError> {
        let known = ROSTER.iter().find(|person| person.id == user);
        Ok(known.map_or(gradebook::service::Person::Unknown, Person::graded))
    }
}

impl Person {
    /// Whether they get grades: whoever left does not, and teachers never do.
    pub(super) fn graded(&self) -> gradebook::service::Person {
        use crate::ui::layout::Role;
        use gradebook::service::Person as Graded;
        match (self.active, self.role) {
            (false, _) => Graded::Unknown,
            (true, Role::Manager | Role::Contributor) => Graded::Staff,
            (true, _) => Graded::Learner,
        }
    }
}

/// Adds to `commit` the column that comes with a new activity.
pub(super) fn declare(
    app: &App,
    commit: &mut Commit,
    (way, course, number): (Way, u32, u32),
    new: &New,
    row: &PracticeActivity,
) {
    let Some(sent) = &new.line_item else {
        return;
    };
    let label = sent.label.clone().unwrap_or_else(|| row.title.clone());
    let column = LineItem {
        resource: sent.resource_id.clone(),
        tag: sent.tag.clone(),
        ..declared(label, sent.maximum, row.link.clone(), row.added)
    };
    book(app, way, course).put_line_item(commit, number.into(), &column);
}

/// Adds to `commit` that a copied activity has the columns of the one that it was copied from.
/// Nobody's results are copied.
pub(super) fn copy(
    app: &App,
    commit: &mut Commit,
    from: (u32, &PracticeActivity),
    to: (u32, &PracticeActivity),
) -> Result<(), Error> {
    let (origin, copy) = (book(app, from.1.way, from.0), book(app, to.1.way, to.0));
    for (number, column) in origin.line_items_of(&from.1.link)? {
        let column = LineItem {
            link: Some(to.1.link.clone()),
            made: to.1.added,
            ..column
        };
        copy.put_line_item(commit, number, &column);
    }
    Ok(())
}

/// Adds to `commit` that the column that came with an activity is called as the activity now is.
pub(super) fn rename(
    app: &App,
    commit: &mut Commit,
    course: u32,
    row: &PracticeActivity,
) -> Result<(), Error> {
    let book = book(app, row.way, course);
    for (number, column) in book.line_items_of(&row.link)? {
        if column.declared {
            let label = row.title.clone();
            book.put_line_item(commit, number, &LineItem { label, ..column });
        }
    }
    Ok(())
}

/// Forgets the columns of an activity that is gone.
pub(super) async fn remove(app: &App, course: u32, row: &PracticeActivity) -> Result<(), Error> {
    let book = book(app, row.way, course);
    for (number, _) in book.line_items_of(&row.link)? {
        book.forget(number).await?;
    }
    Ok(())
}

/// Forgets the gradebooks of all courses.
pub(super) async fn forget_all(app: &App) -> Result<(), Error> {
    for (course, _) in courses::all(&app.store)? {
        for way in WAYS {
            let book = book(app, way, course);
            for (number, _) in book.all()? {
                book.forget(number).await?;
            }
        }
    }
    Ok(())
}

/// Whether anything was reported about the activities of the main course.
pub(super) fn has_grades(app: &App) -> Result<bool, Error> {
    for way in WAYS {
        let book = book(app, way, courses::MAIN);
        for (number, _) in book.all()? {
            if !book.results(number, None, 1)?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Every connection.
pub(super) const WAYS: [Way; 3] = [Way::Token, Way::Form, Way::Registered];
