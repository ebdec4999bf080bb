//! What the people of a deleted connection left: deleted for good, page by page.

use super::error::Error;
use super::folder::Folder;
use super::items;
use crate::store::Store;
use crate::store::ids::{ConnectionId, ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::trees::{Files, Items};
use crate::world::World;

/// Items that are looked at together.
const PAGE: usize = 200;

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many items.
    pub items: u64,
    /// How many bytes their own files had.
    pub bytes: u64,
}

/// Deletes a page of what came in by `connection`, those in the trash included, but nothing of people
/// who `stay`; answers what, and where to go on. `who` does it, as the audit log will say. Looks at
/// every item, for work in the background.
pub async fn delete(
    store: &Store,
    world: &World,
    folder: &Folder,
    (connection, who): (ConnectionId, &str),
    stays: impl Fn(UserId) -> Result<bool, Error>,
    after: Option<ItemId>,
) -> Result<(Deleted, Option<ItemId>), Error> {
    let page = store.page::<Items>(&(), after.as_ref(), PAGE)?;
    let next = page.last().map(|(id, _)| *id);
    let mut deleted = Deleted::default();
    for (id, item) in page {
        let owner = item.owner;
        if item.connection != connection || stays(owner)? {
            continue;
        }
        let original = store.get::<Files>(&(id, items::ORIGINAL.to_owned()))?;
        let theirs = |row: &Item| row.owner == owner;
        match items::remove(store, world, folder, id, who, theirs).await {
            Ok(()) => {
                let bytes = original.map_or(0, |file| file.len);
                deleted.items += 1;
                deleted.bytes = deleted.bytes.saturating_add(bytes);
            }
            // Deleted meanwhile.
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((deleted, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::testing::{Library, teacher};
    use crate::store::rows::library::Visibility;

    #[tokio::test]
    async fn everything_goes_but_of_those_who_stay() {
        let library = Library::new();
        let Library {
            store,
            world,
            folder,
            ..
        } = &library;
        let owner = teacher();
        let session = owner.session();
        let id = library.item(&owner, Visibility::Private, b"film").await;
        let file = library.kept(id);
        assert!(file.exists());
        let (here, other) = (session.connection, ConnectionId(session.connection.0 + 1));
        let user = session.user;
        let nothing = Deleted::default();
        let whose = (here, "grace");
        let stays = delete(store, world, folder, whose, |one| Ok(one == user), None).await;
        assert_eq!(stays.unwrap(), (nothing, Some(id)));
        let elsewhere = delete(store, world, folder, (other, "grace"), |_| Ok(false), None).await;
        assert_eq!(elsewhere.unwrap().0, nothing);
        let gone = delete(store, world, folder, whose, |_| Ok(false), None).await;
        let (deleted, next) = gone.unwrap();
        assert_eq!(deleted.items, 1);
        assert!(deleted.bytes > 0);
        assert!(!file.exists());
        assert!(store.get::<Items>(&id).unwrap().is_none());
        let end = delete(store, world, folder, whose, |_| Ok(false), next).await;
        assert_eq!(end.unwrap(), (nothing, None));
    }
}
