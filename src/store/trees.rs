//! Every tree of the store, in one place.
//!
//! `rows` hold what is true; an `index` only points at rows, and an entry without its row is
//! skipped by readers.

use super::ids::{
    BookId, ConnectionId, CourseId, GradeKey, Hash, ItemId, LinkKey, PlacementId, Reference,
    SortKey, ToolId, UserId,
};
use super::key::Newest;
use super::rows;
use super::tree::trees;
use crate::world::Time;

trees! {
    /// Single values of the store itself: schema version, counters, the claim link.
    rows Meta "meta": String => Vec<u8>;
    /// Keys that Lanterna signs and seals with, by key id.
    rows Keys "keys": String => rows::keys::Key;

    /// Connections by their number.
    rows Connections "connections": ConnectionId => rows::people::Connection;
    /// Registrations by (issuer, client id), consumers by ("", key).
    index ConnectionBy "connection_by": (String, String, ConnectionId) => ();
    /// Deployments of a registration.
    rows Deployments "deployments": (ConnectionId, String) => rows::people::Deployment;
    /// The deployments that wait for an administrator.
    index DeploymentsWaiting "deployments_waiting": (ConnectionId, String) => ();
    /// A platform's key set, as last fetched.
    rows Jwks "jwks": ConnectionId => rows::people::KeySet;
    /// Invitations to register, by the hash of their secret.
    rows Invitations "invitations": Hash => rows::invitations::Invitation;

    /// Users.
    rows Users "users": UserId => rows::people::User;
    /// Users by (connection, subject).
    rows UserBy "user_by": (ConnectionId, String) => rows::people::UserRef;
    /// By which (connection, subject) a user is known.
    index KnownAs "known_as": (UserId, ConnectionId, String) => ();
    /// Users by the words of their names and by their email address: (connection, how it begins).
    index Named "named": (ConnectionId, SortKey, UserId) => ();
    /// Users by their last launch, longest ago first.
    index LastSeen "last_seen": (Time, UserId) => ();
    /// Courses.
    rows Courses "courses": CourseId => rows::people::Course;
    /// Courses by (connection, deployment, context id).
    rows CourseBy "course_by": (ConnectionId, String, String) => rows::people::CourseRef;
    /// Memberships by course.
    rows Members "members": (CourseId, UserId) => rows::people::Member;
    /// The courses of a user.
    index MemberOf "member_of": (UserId, CourseId) => ();
    /// The people of a course in the order of their list: staff first, then by name.
    index PeopleOf "people_of": (CourseId, SortKey, UserId) => ();
    /// Resource links by (connection, deployment, resource link id).
    rows Links "links": (ConnectionId, String, String) => rows::people::Link;

    /// Sessions by the hash of their token.
    rows Sessions "sessions": Hash => rows::people::Session;
    /// The sessions of a user.
    index SessionsOf "sessions_of": (UserId, Hash) => ();
    /// The sessions bound to a browser, by the hash of the browser's cookie.
    index BrowserOf "browser_of": (Hash, Hash) => ();
    /// States, nonces and tickets that were consumed.
    rows Used "used": Hash => ();
    /// Single-use tickets: a launch that waits for a new window, a session to be opened in a new tab.
    rows Tickets "tickets": Hash => rows::people::Ticket;
    /// What ends when: (moment, tree, key).
    index Expiry "expiry": (Time, String, Vec<u8>) => ();

    /// Items.
    rows Items "items": ItemId => rows::library::Item;
    /// A person's own items, newest first.
    index Owned "owned": (UserId, Newest, ItemId) => ();
    /// The items that a course may see, newest first.
    index InCourse "in_course": (CourseId, Newest, ItemId) => ();
    /// The items that a whole connection may see, newest first.
    index School "school": (ConnectionId, Newest, ItemId) => ();
    /// The items in the trash, longest there first.
    index Trash "trash": (Time, ItemId) => ();
    /// A person's own trash, newest first.
    index TrashOf "trash_of": (UserId, Newest, ItemId) => ();
    /// Items put into courses, by the random id that a platform's link carries.
    rows Placements "placements": PlacementId => rows::library::Placement;
    /// What is placed in a course, newest first.
    index Placed "placed": (CourseId, Newest, PlacementId) => ();
    /// The placements of an item in a course: whether it opens there.
    index PlacedHere "placed_here": (CourseId, ItemId, PlacementId) => ();
    /// Where an item is placed.
    index PlacedIn "placed_in": (ItemId, PlacementId) => ();
    /// The courses whose placements open in a course: (course, origin).
    rows Claims "claims": (CourseId, CourseId) => rows::library::Claim;
    /// The courses that claimed a course's placements: (origin, course).
    index ClaimedFrom "claimed_from": (CourseId, CourseId) => ();
    /// The courses in which a claim does not open an item: its owner withdrew it there.
    rows Withdrawn "withdrawn": (ItemId, CourseId) => ();
    /// With whom an item is shared.
    rows Shares "shares": (ItemId, UserId) => rows::library::Share;
    /// What is shared with a person, newest first.
    index SharedWith "shared_with": (UserId, Newest, ItemId) => ();
    /// The links of unlisted items, by the hash of their key.
    rows ShareLinks "share_links": Hash => rows::library::ShareLink;
    /// The links of an item.
    index LinksOf "links_of": (ItemId, Hash) => ();
    /// Captions: (item, language, kind).
    rows Texts "texts": (ItemId, String, String) => rows::library::Text;
    /// The files of an item by rendition; the bytes themselves are files.
    rows Files "files": (ItemId, String) => rows::library::File;
    /// Uploads under way, by their random id.
    rows Uploads "uploads": [u8; 16] => rows::library::Upload;
    /// The uploads of a person.
    index UploadsOf "uploads_of": (UserId, [u8; 16]) => ();
    /// The files that imports have brought for a person, by their marks.
    rows Imported "imported": (UserId, Hash) => rows::library::Imported;
    /// What a person's items take up.
    rows Usage "usage": UserId => rows::library::Usage;
    /// What the items take up that were uploaded in a course.
    rows CourseUsage "course_usage": CourseId => rows::library::Usage;
    /// What the open uploads of a course keep room for.
    rows UploadsIn "uploads_in": (CourseId, [u8; 16]) => rows::library::Reserved;
    /// Items that are deleted and whose files are still to be removed.
    rows Removals "removals": ItemId => ();
    /// Files below the media folder that no other row speaks of: about to be written, or to be
    /// removed. By the moment since when, and the path.
    rows Loose "loose": (Time, String) => ();
    /// Items that the search index does not know as they are now; the value tells one change from
    /// the next.
    rows IndexDue "index_due": ItemId => Vec<u8>;

    /// What people watched: (course, item, person), the course 0 for a launch without one.
    rows Views "views": (CourseId, ItemId, UserId) => rows::watching::View;
    /// The courses in which an item was watched.
    index WatchedIn "watched_in": (ItemId, CourseId) => ();
    /// What a person watched, course by course.
    index Viewed "viewed": (UserId, CourseId, ItemId) => ();
    /// What a person watched, last watched first (moved at most once a minute).
    index Recent "recent": (UserId, Newest, ItemId, CourseId) => ();
    /// How often people played which part: like `views`.
    rows Rewatched "rewatched": (CourseId, ItemId, UserId) => rows::watching::Heat;
    /// The sum over the people of a course for an item.
    rows ItemTallies "item_tallies": (CourseId, ItemId) => rows::watching::Tally;
    /// The sum over the items of a course for a person.
    rows PersonTallies "person_tallies": (CourseId, UserId) => rows::watching::Tally;

    /// What a resource link shows, whether it counts, and where its scores go.
    rows Columns "columns": LinkKey => rows::grades::Column;
    /// The links of a course that show something of the library.
    index ColumnsIn "columns_in": (CourseId, LinkKey) => ();
    /// As whom a platform knows a person on a link, as of their last launch of it.
    rows Targets "targets": GradeKey => rows::grades::Target;
    /// The links by which a person came to an item in a course.
    index TargetOf "target_of": (UserId, CourseId, ItemId, LinkKey) => ();
    /// Grades: what is owed to a platform, and what it has taken.
    rows Grades "grades": GradeKey => rows::grades::Grade;
    /// The grades that are to be sent, by connection and from when on.
    index GradeDue "grade_due": (ConnectionId, Time, GradeKey) => ();
    /// The grades of a course by how they stand, newest change first.
    index GradesIn "grades_in": (CourseId, u8, Newest, GradeKey) => ();
    /// All grades by how they stand, newest change first.
    index GradesBy "grades_by": (u8, Newest, GradeKey) => ();
    /// How many grades stand how: of a course, and of all under the course 0; in several rows each,
    /// by person.
    rows GradeNumbers "grade_numbers": (CourseId, u8) => rows::grades::Numbers;
    /// What is done with many grades in the background: (course, what, the link or nothing for all).
    rows Errands "errands": (CourseId, u8, Vec<u8>) => rows::grades::Errand;
    /// What is in a collection: (collection, position).
    rows Collected "collected": (ItemId, u32) => rows::collections::Collected;
    /// The collections that an item is in: (item, collection).
    index CollectedIn "collected_in": (ItemId, ItemId) => ();

    /// External tools.
    rows Tools "tools": ToolId => rows::tools::Tool;
    /// Tools by where they come from, newest first: (0 the school's, 1 people's).
    index ToolsBy "tools_by": (u8, Newest, ToolId) => ();
    /// The tools that somebody added for themselves, newest first.
    index ToolsOf "tools_of": (UserId, Newest, ToolId) => ();
    /// What an item that launches a tool says besides the tool itself.
    rows ToolLinks "tool_links": ItemId => rows::tools::ToolLink;
    /// The items that launch a tool.
    index ToolItems "tool_items": (ToolId, ItemId) => ();
    /// Items that launched a tool, are deleted, and of which the tool's reports are still to be
    /// removed.
    rows ToolRemains "tool_remains": (ToolId, ItemId) => ();
    /// What a person answered when a tool asked for personal data.
    rows Consents "consents": (UserId, ToolId) => rows::tools::Consent;
    /// By which random name a tool knows a person.
    rows PseudonymOf "pseudonym": (ToolId, UserId) => rows::tools::Pseudonym;
    /// Whom a tool means by a name.
    rows Pseudonyms "pseudonym_of": (ToolId, String) => rows::people::UserRef;
    /// The tools that know a person: (person, tool).
    index KnownTo "known_to": (UserId, ToolId) => ();
    /// What tools reported: (tool, course, line item, person), the course 0 for a launch without one.
    /// The line item that every item has is the item's own number.
    rows Received "received": (ToolId, CourseId, u64, UserId) => rows::tools::Received;
    /// What was reported of a person.
    index ReceivedOf "received_of": (UserId, ToolId, CourseId, u64) => ();
    /// The columns of a gradebook: what a tool reports about.
    rows LineItems "line_items": (BookId, u64) => rows::gradebook::LineItem;
    /// The columns that belong to a resource link.
    index LineItemsOf "line_items_of": (BookId, String, u64) => ();

    /// The launch log.
    rows Log "log": Reference => rows::launchlog::Entry;
    /// The launch log of a connection.
    index LogBy "log_by": (ConnectionId, Reference) => ();
    /// The launch log of a user.
    index LogOf "log_of": (UserId, Reference) => ();
    /// The refusals in the launch log: a ring of bounded length.
    index LogFailed "log_failed": Reference => ();
    /// What the platforms' clocks said.
    rows Clocks "clocks": ConnectionId => rows::launchlog::Clock;

    /// Administrators by name.
    rows Admins "admins": String => rows::admin::Admin;
    /// The one claim link that is valid.
    rows ClaimLink "claim_link": () => rows::admin::Claim;
    /// Sessions of administrators by the hash of their cookie.
    rows AdminSessions "admin_sessions": Hash => rows::admin::AdminSession;
    /// The audit log: (moment, random).
    rows Audit "audit": (Time, u32) => rows::admin::AuditEntry;
    /// The entries of the audit log that name a person.
    index AuditOf "audit_of": (UserId, Time, u32) => ();
    /// People who are being erased.
    rows Erasures "erasures": UserId => rows::privacy::Erasure;

    /// The courses of the practice course, by number.
    rows PracticeCourses "practice_courses": u32 => rows::practice::PracticeCourse;
    /// The activities of a course of the practice course.
    rows PracticeActivities "practice_activities": (u32, u32) => rows::practice::PracticeActivity;
    /// What Lanterna reported to the practice course: (gradebook, line item, person).
    rows PracticeResults "practice_results": (BookId, u64, String) => rows::tools::Received;
    /// Tools that registered with the practice course, by client id.
    rows PracticeTools "practice_tools": String => rows::practice::PracticeTool;
}
