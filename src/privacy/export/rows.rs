//! How rows are read for an export, and how values are written in it.

use serde_json::{Value, json};

use super::Broken;
use crate::store::ids::{ConnectionId, CourseId};
use crate::store::key::PrefixOf;
use crate::store::rows::library::{Kind, Location, ShareRole, Visibility};
use crate::store::rows::people::Role;
use crate::store::trees::{Connections, Courses};
use crate::store::{Error, Store, Tree};
use crate::world::Time;

/// Rows that are read together.
const BATCH: usize = 200;

/// Calls `each` with every entry of a tree that begins so.
pub(super) fn every<T: Tree>(
    store: &Store,
    prefix: &impl PrefixOf<T::Key>,
    mut each: impl FnMut(T::Key, T::Value) -> Result<(), Broken>,
) -> Result<(), Broken>
where
    T::Key: Clone,
{
    let mut after: Option<T::Key> = None;
    loop {
        let page = store.page::<T>(prefix, after.as_ref(), BATCH)?;
        let last = page.len() < BATCH;
        after = page.last().map(|(key, _)| key.clone());
        for (key, value) in page {
            each(key, value)?;
        }
        if last {
            return Ok(());
        }
    }
}

/// A moment (RFC 3339, UTC).
pub(super) fn moment(time: Time) -> String {
    time.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Likewise where there may be none.
pub(super) fn perhaps(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| moment(time).into())
}

/// A length in seconds.
pub(super) fn seconds(ms: u64) -> Value {
    let tenths = (ms + 50) / 100;
    json!(std::time::Duration::from_millis(tenths * 100).as_secs_f64())
}

/// A connection by its name.
pub(super) fn connection(store: &Store, id: ConnectionId) -> Result<Value, Error> {
    let connection = store.get::<Connections>(&id)?;
    Ok(connection.map_or(Value::Null, |connection| connection.name.into()))
}

/// A course: our id for it, the platform's, and its title.
pub(super) fn course(store: &Store, id: Option<CourseId>) -> Result<Value, Error> {
    let Some(id) = id.filter(|id| id.0 != 0) else {
        return Ok(Value::Null);
    };
    let row = store.get::<Courses>(&id)?;
    let (context, title) = row.map_or((None, None), |course| {
        (Some(course.context), course.title.or(course.label))
    });
    Ok(json!({ "id": id.to_string(), "context_id": context, "title": title }))
}

/// A kind of item.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Image => "image",
        Kind::Pdf => "pdf",
        Kind::Document => "document",
        Kind::Tool => "tool",
        Kind::Collection => "collection",
    }
}

/// A visibility.
pub(super) const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "private",
        Visibility::Course => "course",
        Visibility::School => "school",
        Visibility::Unlisted => "unlisted",
        Visibility::Public => "public",
    }
}

/// What is known of a location.
pub(super) const fn location(location: Location) -> &'static str {
    match location {
        Location::Untold => "none",
        Location::Unknown => "withheld",
        Location::Allowed => "allowed",
    }
}

/// What sharing gives.
pub(super) const fn share(role: ShareRole) -> &'static str {
    match role {
        ShareRole::Viewer => "viewer",
        ShareRole::Editor => "editor",
    }
}

/// What somebody is in a course.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Contributor => "contributor",
        Role::Manager => "manager",
    }
}
