//! Pages for a launched person: their library, watching, uploading; the bytes of media; and what
//! opens without a launch.
//!
//! Pages live below `/s/{token}/` and link relatively, so the token stands in no page.

mod about;
mod around;
mod captions;
mod collection;
mod counting;
mod course;
mod earned;
mod edit;
mod embed;
mod embedding;
mod files;
pub mod grades;
mod leave;
mod lists;
mod location;
mod me;
mod notes;
mod oembed;
pub mod outside;
mod own;
mod placement;
mod player;
mod poster;
mod review;
mod select;
mod share;
mod statistics;
mod ticket;
mod tool;
mod trash;
pub mod tus;
mod upload;
mod watch;
mod watched;

pub use captions::{add_captions, captions, remove_captions};
pub use collection::contents::{change as change_contents, contents};
pub use collection::new::{make as make_collection, new as new_collection};
pub use collection::pick::{pick, picking};
pub use course::{course, sync};
pub use edit::{change, edit};
pub use embed::{embed, embed_code};
pub use files::file;
pub use leave::{sign_out, tab};
pub use lists::library;
pub use location::decide;
pub use me::{export_me, me};
pub use notes::notes;
pub use oembed::oembed;
pub use placement::placement;
pub use poster::poster;
pub use select::{choose, select};
pub use share::{allow, give, link, place, share, unlink, unplace, unshare, withdraw};
pub use statistics::{own as own_progress, person, progress, progress_csv, viewers, viewers_csv};
pub use tool::edit::{change as change_tool, edit as edit_tool};
pub use tool::new::{make as make_tool, new as new_tool};
pub use tool::scores::scores;
pub use tool::{consent as tool_consent, launch as launch_tool};
pub use trash::{delete, delete_for_good, restore};
pub use upload::upload;
pub use watch::watch;
pub use watched::{is_apart, watched, watched_apart};

use std::time::Duration;

use maud::Markup;

use crate::app::{App, BodyError, Input, Page};
use crate::library::{self, Opened};
use crate::lti::key::SignError;
use crate::people::Member;
use crate::people::sessions::{self, SESSION_COOKIES, Secret, Shown};
use crate::store::Error as StoreError;
use crate::tools;
use crate::ui::Messages;
use crate::ui::buttons::way_up;

/// Forms of these pages are short.
const FORM_LIMIT: usize = 16 * 1024;

/// Why a page for a launched person is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The session does not open.
    #[error(transparent)]
    Session(#[from] sessions::Error),
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept about the person cannot be exported.
    #[error(transparent)]
    Privacy(#[from] crate::privacy::Error),
    /// An external tool is not launched or changed.
    #[error(transparent)]
    Tool(#[from] tools::Error),
    /// Nothing can be picked in an external tool.
    #[error(transparent)]
    Picking(#[from] tools::registered::selecting::Error),
    /// Adding external tools is for staff.
    #[error("the launch gave no role of staff")]
    ToolsForStaff,
    /// Another site's page sent the form.
    #[error("another site's page sent the form")]
    CrossSite,
    /// The session asks too often: come back after this time.
    #[error("too many requests")]
    TooMany(Duration),
    /// A part of the request makes no sense.
    #[error("the request makes no sense")]
    BadRequest,
    /// An item does not open without a launch, or there is none.
    #[error("nothing opens here without a launch")]
    NotOpenOutside,
    /// Code to embed an item that does not open without a launch.
    #[error("the item does not open without a launch")]
    NeedsLaunch,
    /// Somebody else's unlisted item: giving links away is its owner's.
    #[error("links are given away by the item's owner")]
    LinkIsOwners,
    /// A link to an item that is not unlisted would open nothing.
    #[error("the item is not unlisted")]
    NotUnlisted,
    /// An oEmbed answer in another format than JSON.
    #[error("only JSON is offered")]
    OnlyJson,
    /// What only managers of the course do.
    #[error("only managers of the course do that")]
    OnlyManagers,
    /// What learners watched is for the course's teachers.
    #[error("what learners watched is for the course's teachers")]
    LearnersData,
    /// Single people are not shown to teachers of this connection.
    #[error("single people are not shown here")]
    SumsOnly,
    /// The owner does not offer the item as a file to keep.
    #[error("the item is not offered for download")]
    NoDownload,
    /// The client speaks another version of tus, or does not say which.
    #[error("not a request of tus 1.0.0")]
    TusVersion,
    /// An upload that begins does not say how long it is.
    #[error("the upload does not declare its length")]
    LengthMissing,
    /// `Upload-Checksum` names no algorithm that is taken, or no digest of it.
    #[error("the checksum cannot be read")]
    BadChecksum,
    /// What is sent as a picture is not of a type that is taken.
    #[error("the body is not a picture of a type that is taken")]
    NotPicture,
    /// The launch asked for no selection.
    #[error("the launch asked for no selection")]
    NothingAsked,
    /// Picking is for staff.
    #[error("the launch gave no role of staff")]
    SelectionForStaff,
    /// More is picked than the platform takes.
    #[error("too many items are picked")]
    TooManyPicks,
    /// Something that is picked is not there, or not for this person.
    #[error("a picked item is not there")]
    PickGone,
    /// Something that is picked may not be shown there.
    #[error("a picked item may not be placed")]
    PickRefused,
    /// What was picked cannot be returned: the connection is not as it was.
    #[error("the selection cannot be returned")]
    NoWayBack,
    /// Our own keys failed.
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
    /// What was picked could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What is sent to an upload is not of type `application/offset+octet-stream`.
    #[error("the body is not bytes of an upload")]
    NotUploadBytes,
}

/// Opens the session that the path names, for the browser that asks. A change that another site's
/// page asks for is refused first, before it can decide how the session is bound.
pub async fn member(app: &App, input: &Input, token: &str) -> Result<Member, Error> {
    if !input.method.is_safe() && input.cross_site() {
        return Err(Error::CrossSite);
    }
    let cookies: Vec<String> = SESSION_COOKIES
        .iter()
        .flat_map(|name| input.cookie(name))
        .map(str::to_owned)
        .collect();
    let shown = Shown {
        cookies: &cookies,
        document: input.wants_document(),
    };
    let member = sessions::open(&app.store, &app.world, app.lifetimes(), token, shown).await?;
    let now = app.world.now();
    app.requests
        .take(member.hash(), now)
        .map_err(Error::TooMany)?;
    Ok(member)
}

/// `GET /s/{token}`: on to the library. The session stays unopened, since its cookie comes only
/// to addresses below this one and the first request decides whether it is required.
pub fn entrance(app: &App, token: &str) -> Result<Page, Error> {
    if Secret::hash_of(token).is_none() {
        return Err(sessions::Error::Ended.into());
    }
    let path = format!("{}/s/{token}/library", app.public().base_path());
    Ok(Page::see_other(&path))
}

/// The way back to an item's own page, from one below it.
fn back(m: Messages, opened: &Opened) -> Markup {
    way_up(&format!("../{}", opened.id()), &m.text("item-back"))
}
