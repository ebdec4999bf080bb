//! Links as pages name them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::people::Member;
use crate::store::ids::LinkKey;
use crate::store::key::Key;
use crate::store::rows::grades::Column;

/// The longest name that is read, in characters.
const LONGEST: usize = 4_000;

/// A link and its column.
pub type Named = (LinkKey, Column);

/// The name of a link in forms.
pub fn name(link: &LinkKey) -> String {
    URL_SAFE_NO_PAD.encode(link.bytes())
}

/// The link that a form names.
pub fn named(name: &str) -> Option<LinkKey> {
    if name.len() > LONGEST {
        return None;
    }
    LinkKey::parse(&URL_SAFE_NO_PAD.decode(name).ok()?)
}

/// The link that somebody came by.
pub fn of(member: &Member) -> Option<LinkKey> {
    let session = member.session();
    Some(LinkKey {
        connection: session.connection,
        deployment: session.deployment.clone(),
        link: session.link.clone()?,
    })
}
