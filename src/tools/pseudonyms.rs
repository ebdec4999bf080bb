//! The random name by which one tool knows one person: the same for ever, another for each tool, so
//! that tools cannot compare whom they know.

use crate::store::ids::{ToolId, UserId};
use crate::store::rows::people::UserRef;
use crate::store::rows::tools::Pseudonym;
use crate::store::trees::{KnownTo, PseudonymOf, Pseudonyms};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// The name by which `tool` knows `user`; made when it first meets them.
pub async fn of(
    store: &Store,
    world: &World,
    tool: ToolId,
    user: UserId,
) -> Result<String, StoreError> {
    if let Some(known) = store.get::<PseudonymOf>(&(tool, user))? {
        return Ok(known.id);
    }
    let id = format!("{:032x}", u128::from_be_bytes(world.random()));
    let pseudonym = Pseudonym {
        id: id.clone(),
        created: world.now(),
    };
    let mut commit = Commit::new();
    commit
        .expect_absent::<PseudonymOf>(&(tool, user))
        .put::<PseudonymOf>(&(tool, user), &pseudonym)
        .put::<Pseudonyms>(&(tool, id.clone()), &UserRef { user })
        .put::<KnownTo>(&(user, tool), &());
    match store.commit(commit).await {
        Ok(()) => Ok(id),
        // Another launch was first: its name counts.
        Err(StoreError::Conflict) => store
            .get::<PseudonymOf>(&(tool, user))?
            .map(|known| known.id)
            .ok_or(StoreError::Conflict),
        Err(error) => Err(error),
    }
}

/// Whom `tool` means by a name.
pub fn person(store: &Store, tool: ToolId, name: &str) -> Result<Option<UserId>, StoreError> {
    let found = store.get::<Pseudonyms>(&(tool, name.to_owned()))?;
    Ok(found.map(|found| found.user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_person_has_one_name_for_each_tool() {
        let (store, world) = (Store::temporary(), World::system());
        let (one, other) = (ToolId(1), ToolId(2));
        let ada = of(&store, &world, one, UserId(7)).await.unwrap();
        assert_eq!(of(&store, &world, one, UserId(7)).await.unwrap(), ada);
        assert_ne!(of(&store, &world, other, UserId(7)).await.unwrap(), ada);
        assert_ne!(of(&store, &world, one, UserId(8)).await.unwrap(), ada);
        assert_eq!(person(&store, one, &ada).unwrap(), Some(UserId(7)));
        assert_eq!(person(&store, other, &ada).unwrap(), None);
        assert_eq!(person(&store, one, "nobody").unwrap(), None);
    }
}
