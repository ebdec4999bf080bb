//! What is kept of a person, thing by thing: one page of each kind at a time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};

use super::{called, path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::audit;
use crate::library::items::ORIGINAL;
use crate::people::leaving;
use crate::store::ids::{CourseId, GradeKey, ItemId, UserId};
use crate::store::key::{Key, PrefixOf};
use crate::store::rows::grades::Standing;
use crate::store::rows::library::{ShareRole, Visibility};
use crate::store::rows::people::Role;
use crate::store::trees::{
    Audit, AuditOf, Courses, Files, Grades, Items, Log, LogOf, MemberOf, Members, Owned,
    SessionsOf, SharedWith, Shares, TargetOf, TrashOf, Uploads, UploadsOf, Users, Viewed, Views,
};
use crate::store::{self, Commit, Tree};
use crate::ui::Messages;
use crate::ui::format::{moment, size};
use crate::ui::layout;
use crate::ui::tables::{Table, pager, table};
use crate::watching::Progress;

/// Things of one page.
const PAGE: usize = 50;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Courses,
    Items,
    Trash,
    Uploads,
    Shares,
    Views,
    Grades,
    Sessions,
    Launches,
    Audited,
}

impl List {
    const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Courses, "courses", "kept-courses"),
        (Self::Items, "items", "kept-items"),
        (Self::Trash, "trash", "kept-trash"),
        (Self::Uploads, "uploads", "kept-uploads"),
        (Self::Shares, "shares", "kept-shares"),
        (Self::Views, "views", "kept-views"),
        (Self::Grades, "grades", "kept-grades"),
        (Self::Sessions, "sessions", "kept-sessions"),
        (Self::Launches, "launches", "kept-launches"),
        (Self::Audited, "audited", "kept-audited"),
    ];

    fn named(name: &str) -> Option<(Self, &'static str)> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(list, _, title)| (*list, *title))
    }

    /// Where a person's is, below `/admin/`.
    pub(super) fn address(self, user: UserId) -> String {
        let found = Self::ALL.iter().find(|(list, ..)| *list == self);
        let name = found.map_or("", |(_, name, _)| *name);
        format!("people/{user}/{name}")
    }
}

/// Rows of a table, and where the next page begins.
type Rows = (Vec<Vec<Markup>>, Option<String>);

/// `GET /admin/people/{user}/{list}`, after `after`.
pub async fn list(app: &App, input: &Input, id: &str, name: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let (list, title) = List::named(name).ok_or(Error::NotFound)?;
    let id = super::known(id)?;
    let user = app.store.get::<Users>(&id)?.ok_or(Error::NotFound)?;
    let m = Messages::default();
    if matches!(list, List::Views | List::Grades) {
        looked_at(app, administrator.name(), id).await?;
    }
    let listing = Listing {
        app,
        m,
        id,
        after: input.query().get("after").map(str::to_owned),
    };
    let (columns, (rows, more)) = listing.of(list)?;
    let columns: Vec<_> = columns.iter().map(|column| m.text(column)).collect();
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    let title = m.text(title);
    let content = html! {
        p.lead { (called(m, &user)) }
        (table(&Table {
            caption: &title,
            columns: &columns,
            rows: &rows,
            empty: &m.text("person-list-none"),
        }))
        (pager(m, more.as_deref()))
        @if list == List::Items {
            p { a href=(path(app, &List::Trash.address(id))) { (m.text("kept-trash")) } }
        }
        p { a href=(path(app, &format!("people/{id}"))) { (m.text("person-list-back")) } }
    };
    Ok(signed_in(app, &administrator, &title, "people", &content))
}

/// Notes that somebody looks at how a person watches.
async fn looked_at(app: &App, name: &str, id: UserId) -> Result<(), Error> {
    let mut commit = Commit::new();
    let to = format!("user:{id}");
    audit::record(&mut commit, &app.world, name, "person-looked-at", Some(&to));
    Ok(app.store.commit(commit).await?)
}

struct Listing<'a> {
    app: &'a App,
    m: Messages,
    id: UserId,
    after: Option<String>,
}

impl Listing<'_> {
    fn of(&self, list: List) -> Result<(&'static [&'static str], Rows), Error> {
        Ok(match list {
            List::Courses => (
                &["list-course", "list-role", "people-last"],
                self.courses()?,
            ),
            List::Items => (
                &["list-title", "list-visibility", "people-size", "list-made"],
                self.items()?,
            ),
            List::Trash => (
                &["list-title", "people-size", "list-trashed"],
                self.trash()?,
            ),
            List::Uploads => (
                &["list-file", "people-size", "list-begun", "list-ends"],
                self.uploads()?,
            ),
            List::Shares => (&["list-title", "list-role", "list-since"], self.shares()?),
            List::Views => (
                &["list-title", "list-course", "list-percent", "list-watched"],
                self.views()?,
            ),
            List::Grades => (
                &["list-title", "list-course", "list-grade", "erasures-state"],
                self.grades()?,
            ),
            List::Sessions => (
                &["list-course", "list-role", "list-begun", "list-ends"],
                self.sessions()?,
            ),
            List::Launches => (
                &[
                    "launches-when",
                    "list-course",
                    "launches-outcome",
                    "person-look",
                ],
                self.launches()?,
            ),
            List::Audited => (&["list-when", "list-what"], self.audited()?),
        })
    }

    /// One page of the entries that begin with the person, and where the next one begins.
    fn page<T>(&self) -> Result<(Vec<T::Key>, Option<String>), Error>
    where
        T: Tree,
        (UserId,): PrefixOf<T::Key>,
    {
        let after = self.after.as_ref().and_then(|text| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            T::Key::parse(&bytes)
        });
        let page = self
            .app
            .store
            .page::<T>(&(self.id,), after.as_ref(), PAGE)?;
        let last = page.last().filter(|_| page.len() == PAGE);
        let more = last.map(|(key, _)| format!("?after={}", URL_SAFE_NO_PAD.encode(key.bytes())));
        Ok((page.into_iter().map(|(key, _)| key).collect(), more))
    }

    fn course(&self, id: Option<CourseId>) -> Result<Markup, store::Error> {
        let Some(id) = id.filter(|id| id.0 != 0) else {
            return Ok(html! { (self.m.text("list-no-course")) });
        };
        let course = self.app.store.get::<Courses>(&id)?;
        let title = course.and_then(|course| course.title.or(course.label));
        Ok(html! { (title.unwrap_or_else(|| id.to_string())) })
    }

    fn size(&self, id: ItemId) -> Result<Markup, store::Error> {
        let file = self.app.store.get::<Files>(&(id, ORIGINAL.to_owned()))?;
        Ok(html! { (size(self.m, file.map_or(0, |file| file.len))) })
    }

    fn courses(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<MemberOf>()?;
        let mut rows = Vec::new();
        for (_, course) in keys {
            let Some(member) = self.app.store.get::<Members>(&(course, self.id))? else {
                continue;
            };
            rows.push(vec![
                self.course(Some(course))?,
                html! { (role(self.m, member.role)) },
                moment(member.last_seen),
            ]);
        }
        Ok((rows, more))
    }

    fn items(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<Owned>()?;
        let mut rows = Vec::new();
        for (_, _, id) in keys {
            let Some(item) = self.app.store.get::<Items>(&id)? else {
                continue;
            };
            rows.push(vec![
                html! { (item.title) },
                html! { (self.m.text(seen_by(item.visibility))) },
                self.size(id)?,
                moment(item.created),
            ]);
        }
        Ok((rows, more))
    }

    fn trash(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<TrashOf>()?;
        let mut rows = Vec::new();
        for (_, since, id) in keys {
            let Some(item) = self.app.store.get::<Items>(&id)? else {
                continue;
            };
            rows.push(vec![
                html! { (item.title) },
                self.size(id)?,
                moment(since.0),
            ]);
        }
        Ok((rows, more))
    }

    fn uploads(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<UploadsOf>()?;
        let mut rows = Vec::new();
        for (_, id) in keys {
            let Some(upload) = self.app.store.get::<Uploads>(&id)? else {
                continue;
            };
            rows.push(vec![
                html! { (upload.filename) },
                html! { (size(self.m, upload.len)) },
                moment(upload.created),
                moment(upload.ends),
            ]);
        }
        Ok((rows, more))
    }

    fn shares(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<SharedWith>()?;
        let mut rows = Vec::new();
        for (_, _, id) in keys {
            let item = self.app.store.get::<Items>(&id)?;
            let share = self.app.store.get::<Shares>(&(id, self.id))?;
            let Some((item, share)) = item.zip(share) else {
                continue;
            };
            let role = match share.role {
                ShareRole::Viewer => "list-sees",
                ShareRole::Editor => "list-edits",
            };
            rows.push(vec![
                html! { (item.title) },
                html! { (self.m.text(role)) },
                moment(share.created),
            ]);
        }
        Ok((rows, more))
    }

    fn views(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<Viewed>()?;
        let mut rows = Vec::new();
        for (_, course, id) in keys {
            let item = self.app.store.get::<Items>(&id)?;
            let view = self.app.store.get::<Views>(&(course, id, self.id))?;
            let Some((item, view)) = item.zip(view) else {
                continue;
            };
            let percent = Progress::of(Some(&view), &item).percent.unwrap_or(0);
            let percent = u64::from(percent / 100);
            rows.push(vec![
                html! { (item.title) },
                self.course(Some(course))?,
                html! { (self.m.with("list-percent-of", &[("number", percent.into())])) },
                moment(view.changed),
            ]);
        }
        Ok((rows, more))
    }

    fn grades(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<TargetOf>()?;
        let mut rows = Vec::new();
        for (user, course, id, link) in keys {
            let item = self.app.store.get::<Items>(&id)?;
            let grade = self.app.store.get::<Grades>(&GradeKey { link, user })?;
            let Some((item, grade)) = item.zip(grade) else {
                continue;
            };
            let state = match grade.standing {
                Standing::Stopped => "list-grade-stopped",
                Standing::Due => "list-grade-due",
                Standing::Taken => "list-grade-taken",
            };
            let percent = u64::from(grade.value.part / 100);
            rows.push(vec![
                html! { (item.title) },
                self.course(Some(course))?,
                html! { (self.m.with("list-percent-of", &[("number", percent.into())])) },
                html! { (self.m.text(state)) },
            ]);
        }
        Ok((rows, more))
    }

    fn sessions(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<SessionsOf>()?;
        let mut rows = Vec::new();
        for (_, hash) in keys {
            let Some(session) = leaving::session(&self.app.store, hash)? else {
                continue;
            };
            rows.push(vec![
                self.course(session.course)?,
                html! { (role(self.m, session.role)) },
                moment(session.created),
                moment(session.idle_until),
            ]);
        }
        Ok((rows, more))
    }

    fn launches(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<LogOf>()?;
        let mut rows = Vec::new();
        for (_, reference) in keys {
            let Some(entry) = self.app.store.get::<Log>(&reference)? else {
                continue;
            };
            let refused = entry.refusal.is_some();
            let outcome = if refused {
                "launch-refused"
            } else {
                "launch-opened"
            };
            let href = path(self.app, &format!("launches/{reference}"));
            rows.push(vec![
                moment(entry.at),
                self.course(entry.course)?,
                html! { (self.m.text(outcome)) },
                html! { a href=(href) { (self.m.text("person-list")) } },
            ]);
        }
        Ok((rows, more))
    }

    fn audited(&self) -> Result<Rows, Error> {
        let (keys, more) = self.page::<AuditOf>()?;
        let mut rows = Vec::new();
        for (_, time, random) in keys {
            let Some(entry) = self.app.store.get::<Audit>(&(time, random))? else {
                continue;
            };
            let words = format!("audited-{}", entry.what);
            // A kind that a later version wrote is shown as it stands.
            let what = if self.m.has(&words) {
                self.m.text(&words).into_owned()
            } else {
                entry.what
            };
            rows.push(vec![moment(time), html! { (what) }]);
        }
        Ok((rows, more))
    }
}

/// Who sees an item by its visibility.
const fn seen_by(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "list-seen-owner",
        Visibility::Course => "list-seen-course",
        Visibility::School => "list-seen-school",
        Visibility::Unlisted => "list-seen-link",
        Visibility::Public => "list-seen-everybody",
    }
}

fn role(m: Messages, role: Role) -> String {
    match role {
        Role::Member => layout::Role::Member,
        Role::Contributor => layout::Role::Contributor,
        Role::Manager => layout::Role::Manager,
    }
    .name(m)
}
