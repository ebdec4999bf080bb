//! Who looks at which course, by which connection: what the paths of the practice course say.

use super::people::Person;
use super::{Error, courses, ways};
use crate::app::{App, Form};
use crate::store::rows::practice::{PracticeCourse, Way};
use crate::tools::Knowing;

/// One person's look at one course.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// Who looks.
    pub(super) person: &'static Person,
    /// The course's number.
    pub(super) course: u32,
    /// The connection by which Lanterna is launched.
    pub(super) way: Way,
    /// How Lanterna is to know the browser.
    pub(super) knowing: Knowing,
}

/// What the paths of a connection end with.
pub(super) const fn suffix(way: Way) -> &'static str {
    match way {
        Way::Token => "",
        Way::Form => "/1.1",
        Way::Registered => "/registered",
    }
}

impl Visit {
    /// Reads the person of a path and the rest of a query.
    pub(super) fn read(person: &str, way: Way, query: &Form) -> Result<Self, Error> {
        let course = match query.get("course") {
            None => courses::MAIN,
            Some(number) => number.parse().map_err(|_| Error::NotFound)?,
        };
        Ok(Self {
            person: Person::find(person).ok_or(Error::NotFound)?,
            course,
            way,
            knowing: ways::read(query),
        })
    }

    /// The visit of a form, in which a teacher changes a course.
    pub(super) fn changing(form: &Form) -> Result<Self, Error> {
        let person = form.get("person").unwrap_or_default();
        let visit = Self::read(person, Way::Token, form)?;
        if visit.person.teaches() {
            Ok(visit)
        } else {
            Err(Error::TeachersOnly)
        }
    }

    /// The course that is looked at.
    pub(super) fn course(&self, app: &App) -> Result<PracticeCourse, Error> {
        courses::get(&app.store, self.course)
    }

    /// The path of something below the practice course's address, such as `/course/linh/1.1`.
    pub(super) fn path(&self, what: &str) -> String {
        self.with_query(format!("/{what}/{}{}", self.person.id, suffix(self.way)))
    }

    /// Likewise of an activity of the course. It knows its connection by itself.
    pub(super) fn activity(&self, what: &str, number: u32) -> String {
        self.with_query(format!("/{what}/{}/{number}", self.person.id))
    }

    fn with_query(&self, path: String) -> String {
        let course = (self.course != courses::MAIN).then(|| format!("course={}", self.course));
        let way = ways::name(self.knowing).map(|name| format!("{}={name}", ways::WAY));
        let query: Vec<String> = course.into_iter().chain(way).collect();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }

    /// The same by another connection.
    pub(super) const fn by(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// The same, the browser known otherwise.
    pub(super) const fn knowing(self, knowing: Knowing) -> Self {
        Self { knowing, ..self }
    }

    /// The same as somebody else.
    pub(super) const fn of(self, person: &'static Person) -> Self {
        Self { person, ..self }
    }
}
