//! How far an item reaches: who can open it besides its owner, to be said in words.

use std::collections::HashSet;

use super::access::{Owned, Publishing};
use super::error::Error;
use super::{links, placements, sharing};
use crate::store::Store;
use crate::store::ids::CourseId;
use crate::store::rows::library::Visibility;
use crate::store::trees::LinksOf;

/// The most placements that are looked through.
const PLACEMENTS_READ: usize = 1_000;

/// Who can open an item besides its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// How many people it is shared with by name.
    pub people: usize,
    /// Everyone in these courses, by its visibility or by a placement; each once.
    pub courses: Vec<CourseId>,
    /// Everyone in these courses too, each with the course whose placements it claimed.
    pub copies: Vec<(CourseId, CourseId)>,
    /// Everyone who is launched from the owner's connection.
    pub school: bool,
    /// Whoever has one of so many links.
    pub links: usize,
    /// Everybody.
    pub everybody: bool,
}

/// Who can open an item besides its owner, for the owner to know.
pub fn of(store: &Store, publishing: Publishing, item: &Owned) -> Result<Reach, Error> {
    let (id, row) = (item.opened().id(), item.opened().item());
    let visibility = row.visibility;
    let (mut courses, copies) = placed(store, item)?;
    let shown = row.course.filter(|_| visibility == Visibility::Course);
    courses.extend(shown.filter(|course| !courses.contains(course)));
    let links = if visibility == Visibility::Unlisted && publishing.unlisted {
        store.page::<LinksOf>(&(id,), None, links::MOST)?.len()
    } else {
        0
    };
    Ok(Reach {
        people: sharing::of(store, item)?.len(),
        courses,
        copies,
        school: matches!(visibility, Visibility::School | Visibility::Public),
        links,
        everybody: visibility == Visibility::Public && publishing.public,
    })
}

/// In how many courses an item is used: where it is placed, and copies of those, each once.
pub fn used(store: &Store, item: &Owned) -> Result<usize, Error> {
    let (courses, copies) = placed(store, item)?;
    let copies = copies.into_iter().map(|(copy, _)| copy);
    let all: HashSet<CourseId> = courses.into_iter().chain(copies).collect();
    Ok(all.len())
}

/// The courses where an item is placed, and their copies that open it, each with its original.
type Used = (Vec<CourseId>, Vec<(CourseId, CourseId)>);

fn placed(store: &Store, item: &Owned) -> Result<Used, Error> {
    let id = item.opened().id();
    let mut courses = Vec::new();
    for (_, placement) in placements::of_item(store, item, PLACEMENTS_READ)? {
        if placement.revoked.is_none() && !courses.contains(&placement.course) {
            courses.push(placement.course);
        }
    }
    let mut copies = Vec::new();
    for origin in &courses {
        for copy in placements::copies_of(store, *origin)? {
            if !placements::is_withdrawn(store, id, copy, *origin)? {
                copies.push((copy, *origin));
            }
        }
    }
    Ok((courses, copies))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Keys;
    use crate::library::testing::{Library, person, teacher};
    use crate::store::ids::UserId;
    use crate::store::rows::library::ShareRole;
    use crate::store::rows::people::Role;

    const EVERYTHING: Publishing = Publishing {
        unlisted: true,
        public: true,
    };
    const NOTHING: Publishing = Publishing {
        unlisted: false,
        public: false,
    };

    #[tokio::test]
    async fn each_way_to_an_item_counts() {
        let library = Library::new();
        let (store, world) = (&library.store, &library.world);
        let keys = Keys::open(store, world).await.unwrap();
        let course = teacher().session().course.unwrap();
        let nobody = Reach::default;
        let here = || Reach {
            courses: vec![course],
            ..nobody()
        };
        let school = || Reach {
            school: true,
            ..nobody()
        };
        let linked = Reach {
            links: 1,
            ..nobody()
        };
        let public = Reach {
            everybody: true,
            ..school()
        };
        for (visibility, open, closed) in [
            (Visibility::Private, nobody(), nobody()),
            (Visibility::Course, here(), here()),
            (Visibility::School, school(), school()),
            (Visibility::Unlisted, linked, nobody()),
            (Visibility::Public, public, school()),
        ] {
            let id = library.item(&teacher(), visibility, b"x").await;
            let item = library.owned(&teacher(), id);
            links::make(store, world, keys.seal(), &item).await.unwrap();
            assert_eq!(of(store, EVERYTHING, &item).unwrap(), open);
            assert_eq!(of(store, NOTHING, &item).unwrap(), closed);
        }
    }

    #[tokio::test]
    async fn people_and_placed_courses_count_once() {
        let library = Library::new();
        let (store, world) = (&library.store, &library.world);
        let owner = teacher();
        let id = library.item(&owner, Visibility::Private, b"x").await;
        let item = library.owned(&owner, id);
        let course = owner.session().course.unwrap();
        library.knows(course.0, 20).await;
        sharing::share(store, world, &item, UserId(20), ShareRole::Viewer)
            .await
            .unwrap();
        let there = person(owner.session().user.0, 1, Some(7), Role::Manager);
        let mut placed = Vec::new();
        for _ in 0..2 {
            let contributor = there.contributor().unwrap();
            let place = placements::place(store, world, contributor, item.opened()).await;
            placed.push(place.unwrap());
        }
        let reach = of(store, EVERYTHING, &item).unwrap();
        assert_eq!((reach.people, reach.courses), (1, vec![CourseId(7)]));
        assert_eq!(used(store, &item).unwrap(), 1, "twice in one course");
        for id in placed {
            placements::revoke(store, world, &item, id).await.unwrap();
        }
        let reach = of(store, EVERYTHING, &item).unwrap();
        assert!(reach.courses.is_empty(), "what was taken back is not told");
        assert_eq!(used(store, &item).unwrap(), 0);
    }
}
