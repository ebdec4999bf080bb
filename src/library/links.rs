//! Links to unlisted items: whoever has the key opens the item, until its owner takes it back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access::Owned;
use super::error::Error;
use super::{commit, items};
use crate::audit;
use crate::keys::{Purpose, Seal};
use crate::store::ids::{Hash, ItemId};
use crate::store::rows::library::ShareLink;
use crate::store::trees::{Items, LinksOf, ShareLinks};
use crate::store::{self, Commit, Store};
use crate::world::{Time, World};

/// The most links that an item has at a time.
pub const MOST: usize = 20;

/// One link of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name for taking it back: the hash of its key.
    pub hash: Hash,
    /// Its key, as it stands in the address.
    pub key: String,
    /// When it was made.
    pub created: Time,
}

/// Under which name a key is stored.
pub(super) fn hash(key: &str) -> Hash {
    Hash::of(key.as_bytes())
}

/// Whether the key that hashes so opens `item`.
pub(super) fn opens(store: &Store, key: Hash, item: ItemId) -> Result<bool, store::Error> {
    let link = store.get::<ShareLinks>(&key)?;
    Ok(link.is_some_and(|link| link.item == item))
}

/// Makes a link: a key of 128 random bits. It opens the item while that is unlisted.
/// [`Error::TooManyLinks`] beyond [`MOST`], [`Error::NotFound`] when the item is gone meanwhile.
pub async fn make(
    store: &Store,
    world: &World,
    seal: &Seal,
    item: &Owned,
) -> Result<String, Error> {
    let id = item.opened().id();
    let key = URL_SAFE_NO_PAD.encode(world.random::<16>());
    let hash = hash(&key);
    let link = ShareLink {
        item: id,
        created: world.now(),
        sealed: seal.close(Purpose::Link, key.as_bytes()),
    };
    commit(store, || {
        items::present(store, item.opened())?;
        if store.page::<LinksOf>(&(id,), None, MOST)?.len() >= MOST {
            return Err(Error::TooManyLinks);
        }
        let mut commit = Commit::new();
        commit
            .expect_present::<Items>(&id)
            .expect_absent::<ShareLinks>(&hash)
            .put::<ShareLinks>(&hash, &link)
            .put::<LinksOf>(&(id, hash), &());
        record(&mut commit, world, item, "link-made");
        Ok((commit, ()))
    })
    .await?;
    Ok(key)
}

/// The links of an item, in no order that means anything.
pub fn of(store: &Store, seal: &Seal, item: &Owned) -> Result<Vec<Link>, Error> {
    let id = item.opened().id();
    let mut links = Vec::new();
    for ((_, hash), ()) in store.page::<LinksOf>(&(id,), None, MOST)? {
        let Some(row) = store.get::<ShareLinks>(&hash)? else {
            continue;
        };
        let key = seal.open(Purpose::Link, &row.sealed);
        if let Some(key) = key.and_then(|key| String::from_utf8(key).ok()) {
            let created = row.created;
            links.push(Link { hash, key, created });
        }
    }
    Ok(links)
}

/// Takes a link back: it opens nothing from the next request on. [`Error::NotFound`] when it is
/// none of this item's.
pub async fn revoke(store: &Store, world: &World, item: &Owned, link: Hash) -> Result<(), Error> {
    let id = item.opened().id();
    if !opens(store, link, id)? {
        return Err(Error::NotFound);
    }
    let mut commit = Commit::new();
    commit
        .delete::<ShareLinks>(&link)
        .delete::<LinksOf>(&(id, link))
        .frees();
    record(&mut commit, world, item, "link-revoked");
    Ok(store.commit(commit).await?)
}

fn record(commit: &mut Commit, world: &World, item: &Owned, what: &str) {
    let who = format!("user:{}", item.opened().item().owner);
    let to = item.opened().id().to_string();
    audit::record(commit, world, &who, what, Some(&to));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Keys;
    use crate::library::access::{Publishing, Viewer, open};
    use crate::library::items::{Rules, Words, update};
    use crate::library::testing::{Library, teacher};
    use crate::store::rows::library::Visibility;

    const EVERYTHING: Publishing = Publishing {
        unlisted: true,
        public: true,
    };

    #[tokio::test]
    async fn a_link_opens_its_unlisted_item_until_it_is_taken_back() {
        let library = Library::new();
        let (store, world) = (&library.store, &library.world);
        let keys = Keys::open(store, world).await.unwrap();
        let id = library.item(&teacher(), Visibility::Unlisted, b"x").await;
        let other = library.item(&teacher(), Visibility::Unlisted, b"y").await;
        let item = library.owned(&teacher(), id);
        let key = make(store, world, keys.seal(), &item).await.unwrap();

        let opens = |id, key: Option<&str>, publishing| {
            open(store, &Viewer::outside(key, publishing), id).is_ok()
        };
        let none = Publishing {
            unlisted: false,
            public: true,
        };
        assert!(opens(id, Some(&key), EVERYTHING));
        assert!(!opens(id, None, EVERYTHING));
        assert!(!opens(id, Some("other"), EVERYTHING));
        assert!(!opens(other, Some(&key), EVERYTHING));
        assert!(!opens(id, Some(&key), none));

        let links = of(store, keys.seal(), &item).unwrap();
        assert_eq!((links.len(), links[0].key.as_str()), (1, key.as_str()));
        for (visibility, expected) in [(Visibility::Private, false), (Visibility::Unlisted, true)] {
            let rules = Rules {
                visibility: Some(visibility),
                ..Rules::default()
            };
            let done = update(store, world, EVERYTHING, &item, &Words::default(), rules).await;
            done.unwrap();
            assert_eq!(opens(id, Some(&key), EVERYTHING), expected);
        }

        let wrong = library.owned(&teacher(), other);
        let refused = revoke(store, world, &wrong, links[0].hash).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        revoke(store, world, &item, links[0].hash).await.unwrap();
        assert!(!opens(id, Some(&key), EVERYTHING));
        assert!(of(store, keys.seal(), &item).unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_item_has_so_many_links() {
        let library = Library::new();
        let (store, world) = (&library.store, &library.world);
        let keys = Keys::open(store, world).await.unwrap();
        let id = library.item(&teacher(), Visibility::Unlisted, b"x").await;
        let item = library.owned(&teacher(), id);
        for _ in 0..MOST {
            make(store, world, keys.seal(), &item).await.unwrap();
        }
        let refused = make(store, world, keys.seal(), &item).await;
        assert!(matches!(refused, Err(Error::TooManyLinks)));
    }
}
