//! Examining the file of an item again: what could not be found out before may be known now.

use super::Uploads;
use super::kept::{Bare, Kept};
use crate::audit;
use crate::library::access::Owned;
use crate::library::error::Error;
use crate::library::items::{ORIGINAL, present};
use crate::library::loose::{self, Note};
use crate::library::{commit, search};
use crate::store::Commit;
use crate::store::rows::library::{File, Item, Location};
use crate::store::trees::{Files, Items};

impl Uploads {
    /// Examines the file of an item again, and answers what is known of its location then. What its
    /// owner allowed stays allowed. [`Error::CheckUnderWay`] while another one of the person's is
    /// examined so.
    pub async fn examine_again(&self, owned: &Owned) -> Result<Location, Error> {
        let opened = owned.opened();
        let turn = self.checks.take(opened.item().owner);
        let _turn = turn.ok_or(Error::CheckUnderWay)?;
        let key = (opened.id(), ORIGINAL.to_owned());
        let before = self.store.get::<Files>(&key)?.ok_or(Error::Damaged)?;
        let (path, len) = (&before.path, before.len);
        // Files are never rewritten: what is beside it now may be read just then.
        let beside = format!("{path}.{}", self.new_etag());
        let note = (self.world.now(), beside.clone());
        loose::announce(&self.store, opened.id(), &note).await?;
        let beginning = self.folder.beginning(path, len).await?;
        let bare = Bare {
            user: opened.item().owner,
            path,
            len,
            name: &before.name,
            beside: &beside,
        };
        let kept = self.describe(bare, &beginning).await?;
        let (location, left) = self.exchange_beside(owned, &before, &kept, &note).await?;
        loose::forget(&self.store, &self.folder, left).await;
        Ok(location)
    }

    /// Puts what was found out in place of what was known; answers the notes of what that leaves.
    async fn exchange_beside(
        &self,
        owned: &Owned,
        before: &File,
        kept: &Kept,
        note: &Note,
    ) -> Result<(Location, Vec<Note>), Error> {
        let opened = owned.opened();
        let id = opened.id();
        let key = (id, ORIGINAL.to_owned());
        commit(&self.store, || {
            let row = present(&self.store, opened)?;
            let file = self.store.read::<Files>(&key)?.ok_or(Error::Damaged)?;
            if file.value != *before {
                // It was replaced meanwhile, and that one was examined.
                return Err(Error::NotFound);
            }
            let location = match (kept.location, row.value.location) {
                (Location::Unknown, Location::Allowed) => Location::Allowed,
                (found, _) => found,
            };
            let mut new = Item {
                kind: kept.kind,
                facts: kept.facts.clone(),
                location,
                ..row.value.clone()
            };
            let mut commit = Commit::new();
            // What of the new files no row speaks of goes with the item.
            loose::settle(&mut commit, note);
            let mut left = Vec::new();
            if let Some(sent) = file.value.sent.as_ref().filter(|sent| sent.head_len > 0) {
                left.push(loose::leave(
                    &mut commit,
                    self.world.now(),
                    sent.head.clone(),
                ));
            }
            if new.pictures.is_empty() {
                new.pictures = kept.widths();
                kept.put(&mut commit, id);
            } else {
                commit.put::<Files>(&key, &kept.file);
            }
            commit
                .expect_unchanged::<Items>(&id, &row)
                .expect_unchanged::<Files>(&key, &file)
                .put::<Items>(&id, &new);
            search::changed(&mut commit, &self.world, id);
            let who = format!("user:{}", new.owner);
            let to = id.to_string();
            audit::record(&mut commit, &self.world, &who, "examined-again", Some(&to));
            Ok((commit, (location, left)))
        })
        .await
    }
}
