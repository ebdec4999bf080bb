//! Pictures that browsers capture: one at a time for each person.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Uploads;
use crate::library::error::Error;
use crate::library::examine::Picture;
use crate::people::Member;
use crate::store::ids::UserId;

/// Who has something under way of which each person may have one. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashSet<UserId>>>);

impl Turns {
    /// A person's turn; `None` while they have it elsewhere.
    pub(super) fn take(&self, user: UserId) -> Option<Turn> {
        self.taken().insert(user).then(|| Turn {
            user,
            turns: self.clone(),
        })
    }

    /// A panic elsewhere cannot leave a set half changed.
    fn taken(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    user: UserId,
    turns: Turns,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.user);
    }
}

impl Uploads {
    /// A person's turn to send a picture: [`Error::PictureUnderWay`] while they have it elsewhere.
    pub fn picture_turn(&self, member: &Member) -> Result<Turn, Error> {
        let turn = self.turns.take(member.session().user);
        turn.ok_or(Error::PictureUnderWay)
    }

    /// Small pictures of one that a browser captured, such as a video's poster: decoded and encoded
    /// anew. None when it is no picture that can be decoded, or too large; [`Error::PicturesBusy`]
    /// when those of others take too long.
    pub async fn small_pictures(&self, _turn: &Turn, shot: Vec<u8>) -> Result<Vec<Picture>, Error> {
        self.examiner.small_pictures(shot).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::testing::{Library, person, teacher};
    use crate::store::rows::people::Role;

    #[test]
    fn a_person_sends_one_picture_at_a_time() {
        let uploads = Library::new().uploads;
        let turn = uploads.picture_turn(&teacher()).unwrap();
        let refused = uploads.picture_turn(&teacher());
        assert!(matches!(refused, Err(Error::PictureUnderWay)));
        uploads
            .picture_turn(&person(2, 1, Some(1), Role::Manager))
            .unwrap();
        drop(turn);
        uploads.picture_turn(&teacher()).unwrap();
    }
}
