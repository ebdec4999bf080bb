//! Uploads that an import makes: each file has an id of its own, so that it is found again after
//! whatever broke it off, and comes in once.

use std::time::Duration;

use super::{NewUpload, Progress, Quota, UploadId, Uploads};
use crate::library::error::Error;
use crate::library::words::{Description, Tags};
use crate::people::Member;
use crate::store::ids::{Hash, UserId};
use crate::store::rows::library::{Import, Upload};

/// How long an attempt that was broken off may take to end.
const RELEASED_IN: Duration = Duration::from_mins(1);

/// A file that an import wants to bring.
#[derive(Debug, Clone, Copy)]
pub struct NewImport<'a> {
    /// What every upload has.
    pub upload: NewUpload<'a>,
    /// Names the file among those that the person's imports have brought.
    pub mark: Hash,
    /// The description to give the item.
    pub description: &'a Description,
    /// The tags to give the item.
    pub tags: &'a Tags,
    /// Whether the person's quota counts.
    pub quota: Quota,
}

impl Uploads {
    /// Begins the upload of an imported file, or finds it where an earlier attempt left it.
    pub async fn import(
        &self,
        member: &Member,
        new: NewImport<'_>,
    ) -> Result<(UploadId, Progress), Error> {
        self.may_show(member, new.upload.visibility)?;
        self.check_len(new.upload.len)?;
        let id = id_of(member.session().user, new.mark);
        // Who was broken off a moment ago may not be done with writing down how far it came.
        let released = self.locks.released(id);
        if tokio::time::timeout(RELEASED_IN, released).await.is_err() {
            return Err(Error::Locked);
        }
        match self.status(member, id).await {
            Err(Error::NotFound) => {}
            known => return Ok((id, known?)),
        }
        let upload = Upload {
            import: Some(Import {
                mark: new.mark,
                description: new.description.as_str().to_owned(),
                tags: new.tags.as_slice().to_owned(),
            }),
            ..self.begun(member, new.upload)
        };
        Ok((id, self.open(id, upload, new.quota).await?))
    }
}

/// The id of an import's upload. Whoever can guess it gains nothing, since an upload belongs to
/// its person.
fn id_of(user: UserId, mark: Hash) -> UploadId {
    let Hash(whole) = Hash::of(&[b"import", &user.0.to_be_bytes()[..], &mark.0].concat());
    let mut id = [0; 16];
    id.copy_from_slice(&whole[..16]);
    UploadId(id)
}
