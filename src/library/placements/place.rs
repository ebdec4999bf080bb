//! Putting items into a course.

use super::super::access::{self, Opened, Viewer};
use super::super::error::Error;
use super::super::{commit, search};
use crate::audit;
use crate::people::Contributor;
use crate::store::ids::{CourseId, ItemId, PlacementId};
use crate::store::key::Newest;
use crate::store::rows::library::{Counts, Placement};
use crate::store::trees::{InCourse, Items, Placed, PlacedHere, PlacedIn, Placements};
use crate::store::{Commit, Store};
use crate::world::World;

/// The most items that are put into a course at once.
pub const MOST_AT_ONCE: usize = 50;

/// How a placement shows its item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Its title there; `None`: the item's own.
    pub title: Option<String>,
    /// Where it begins to play, in milliseconds.
    pub start_ms: Option<u64>,
    /// Where it stops, in milliseconds.
    pub end_ms: Option<u64>,
    /// The width of its frame, in pixels.
    pub width: Option<u32>,
    /// The height of its frame, in pixels.
    pub height: Option<u32>,
    /// How many points watching it is worth, in hundredths; `None`: it doesn't count.
    pub maximum: Option<u32>,
    /// How watching earns them.
    pub counts: Counts,
    /// How much has to be watched for completion, in hundredths of a percent; `None`: as usual.
    pub threshold: Option<u16>,
}

/// Puts an item into the launch's course. [`Error::NotYours`] where that would show it to more
/// people than its owner chose.
pub async fn place(
    store: &Store,
    world: &World,
    contributor: Contributor<'_>,
    opened: &Opened,
) -> Result<PlacementId, Error> {
    let picked = [(opened, Details::default())];
    let placed = place_all(store, world, contributor, &picked).await?;
    placed.into_iter().next().ok_or(Error::NotFound)
}

/// Puts items into the launch's course: all of them, or none where one may not be put there.
/// At most [`MOST_AT_ONCE`]; what is beyond is left out.
pub async fn place_all(
    store: &Store,
    world: &World,
    contributor: Contributor<'_>,
    picked: &[(&Opened, Details)],
) -> Result<Vec<PlacementId>, Error> {
    let course = contributor.member().session().course;
    let course = course.ok_or(Error::NotYours)?;
    let picked = &picked[..picked.len().min(MOST_AT_ONCE)];
    let ids: Vec<PlacementId> = picked.iter().map(|_| PlacementId(world.random())).collect();
    commit(store, || {
        let mut commit = Commit::new();
        for ((opened, details), id) in picked.iter().zip(&ids) {
            // Again with each attempt: its owner may have changed who sees it meanwhile.
            let viewer = Viewer::of(contributor.member());
            let now = access::open(store, &viewer, opened.id())?;
            if !access::may_place(store, contributor, &now)? {
                return Err(Error::NotYours);
            }
            let placing = Placing {
                store,
                world,
                contributor,
                course,
            };
            placing.add(&mut commit, opened.id(), details, *id)?;
        }
        Ok((commit, ()))
    })
    .await?;
    Ok(ids)
}

/// Where items are put, and by whom.
struct Placing<'a> {
    store: &'a Store,
    world: &'a World,
    contributor: Contributor<'a>,
    course: CourseId,
}

impl Placing<'_> {
    fn add(
        &self,
        commit: &mut Commit,
        item: ItemId,
        details: &Details,
        id: PlacementId,
    ) -> Result<(), Error> {
        let read = self.store.read::<Items>(&item)?;
        let read = read.filter(|row| row.value.trashed.is_none());
        let read = read.ok_or(Error::NotFound)?;
        let row = &read.value;
        let (session, course) = (self.contributor.member().session(), self.course);
        let now = self.world.now();
        let placement = Placement {
            title: details.title.clone(),
            start_ms: details.start_ms,
            end_ms: details.end_ms,
            width: details.width,
            height: details.height,
            maximum: details.maximum,
            counts: details.counts,
            threshold: details.threshold,
            ..Placement::new(
                session.connection,
                (item, row.created),
                course,
                session.user,
                now,
            )
        };
        commit
            .expect_unchanged::<Items>(&item, &read)
            .expect_absent::<Placements>(&id)
            .put::<Placements>(&id, &placement)
            .put::<Placed>(&(course, Newest(now), id), &())
            .put::<PlacedHere>(&(course, item, id), &())
            .put::<PlacedIn>(&(item, id), &())
            .put::<InCourse>(&(course, Newest(row.created), item), &());
        search::changed(commit, self.world, item);
        let who = format!("user:{}", session.user);
        let to = format!("{id} {item} {course}");
        audit::record(commit, self.world, &who, "placed", Some(&to));
        Ok(())
    }
}
