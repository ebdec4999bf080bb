//! Whether what is uploaded may be shown as it was meant to when it began: that is judged by the
//! session that completes it, as it is by then.

use super::Uploads;
use crate::library::access::publishes_in;
use crate::library::items;
use crate::people::{Member, sessions};
use crate::store;
use crate::store::rows::library::{Upload, Visibility};

impl Uploads {
    /// Leaves an upload to its person alone where this launch may show it to nobody else: what its
    /// person was when it began says nothing about now.
    pub(super) fn judge(&self, member: &Member, upload: &mut Upload) {
        if !self.may_be_shown(member, upload) {
            upload.visibility = Visibility::Private;
        }
    }

    /// The same where nobody is there to ask, after a restart: any of the sessions that the person
    /// still has will do. What an import brings was judged on the machine itself.
    pub(super) fn judge_alone(&self, upload: &mut Upload) -> Result<(), store::Error> {
        if upload.visibility == Visibility::Private || upload.import.is_some() {
            return Ok(());
        }
        let sessions = sessions::all_of(&self.store, &self.world, upload.user)?;
        if !sessions
            .iter()
            .any(|member| self.may_be_shown(member, upload))
        {
            upload.visibility = Visibility::Private;
        }
        Ok(())
    }

    fn may_be_shown(&self, member: &Member, upload: &Upload) -> bool {
        let (publishing, here) = (self.options.publishing, publishes_in(member));
        items::course_to_show(publishing, upload.visibility, upload.course, here).is_ok()
    }
}
