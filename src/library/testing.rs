//! What the tests of this room share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tempfile::TempDir;

use super::folder::original_path;
use super::uploads::{NewUpload, UploadId};
use super::{
    Editable, Examination, Folder, Opened, Options, Owned, Publishing, Search, Uploads, Viewer,
    access,
};
use crate::people::Member;
use crate::people::sessions::{self, Lifetimes, Secret, Shown};
use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, Reference, UserId};
use crate::store::rows::library::Visibility;
use crate::store::rows::people::{Binding, Connection, Role, Session, Source};
use crate::store::trees::{Connections, Members, Sessions, SessionsOf};
use crate::store::{Commit, Store, rows};
use crate::world::{ManualClock, Time, World};

/// A library in a folder of its own.
pub(super) struct Library {
    dir: TempDir,
    pub(super) clock: ManualClock,
    pub(super) world: World,
    pub(super) store: Store,
    pub(super) folder: Folder,
    pub(super) uploads: Uploads,
    pub(super) search: Search,
    options: Options,
}

impl Library {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options {
            media_dir: dir.path().join("media"),
            max_upload: 1 << 30,
            quota_per_person: 1 << 31,
            quota_per_course: 1 << 32,
            lifetimes: Lifetimes {
                idle: Duration::from_hours(2),
                absolute: Duration::from_hours(12),
            },
            reserve: 0,
            upload_lifetime: Duration::from_hours(48),
            max_open_uploads: 20,
            publishing: Publishing {
                unlisted: true,
                public: true,
            },
            examination: Examination::Here,
        };
        change(&mut options);
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let store = Store::temporary();
        let folder = Folder::create(&options.media_dir).unwrap();
        let uploads = Uploads::new(
            store.clone(),
            world.clone(),
            folder.clone(),
            options.clone(),
        );
        let index = dir.path().join("search");
        let search = Search::new(store.clone(), world.clone(), index);
        Self {
            dir,
            clock,
            world,
            store,
            folder,
            uploads,
            search,
            options,
        }
    }

    /// The process ends and begins anew.
    pub(super) fn restart(&mut self) {
        self.uploads = Uploads::new(
            self.store.clone(),
            self.world.clone(),
            self.folder.clone(),
            self.options.clone(),
        );
        self.search = Search::new(self.store.clone(), self.world.clone(), self.index());
    }

    /// From now on files can be examined.
    pub(super) fn sees(&mut self) {
        self.options.examination = Examination::Here;
        self.restart();
    }

    /// From now on so many bytes of the disk stay free.
    pub(super) fn reserve(&mut self, bytes: u64) {
        self.options.reserve = bytes;
        self.restart();
    }

    /// Where the search index is.
    pub(super) fn index(&self) -> PathBuf {
        self.dir.path().join("search")
    }

    /// Where the bytes of an upload arrive.
    pub(super) fn arriving(&self, id: UploadId) -> PathBuf {
        let folder = self.options.media_dir.join("uploads");
        folder.join(id.to_string())
    }

    /// Where the bytes of an item are.
    pub(super) fn kept(&self, id: ItemId) -> PathBuf {
        self.options.media_dir.join(original_path(id))
    }

    /// What the background task does.
    pub(super) async fn expire(&self) {
        self.store.expire(self.world.now(), 1000).await.unwrap();
    }

    /// Uploads `content` whole.
    pub(super) async fn item(
        &self,
        member: &Member,
        visibility: Visibility,
        content: &[u8],
    ) -> ItemId {
        let new = new_upload(content.len(), visibility);
        let (id, _) = self.uploads.create(member, new).await.unwrap();
        let progress = self.uploads.append(member, id, 0, body(content)).await;
        progress.unwrap().item.unwrap()
    }

    pub(super) fn open(&self, member: &Member, id: ItemId) -> Opened {
        access::open(&self.store, &Viewer::of(member), id).unwrap()
    }

    pub(super) fn owned(&self, member: &Member, id: ItemId) -> Owned {
        access::owned(&self.store, member, id).unwrap()
    }

    /// Makes `user` known in a course.
    pub(super) async fn knows(&self, course: u64, user: u64) {
        let seen = self.world.now();
        let member = rows::people::Member::new(Role::Member, seen);
        let mut commit = Commit::new();
        commit.put::<Members>(&(CourseId(course), UserId(user)), &member);
        self.store.commit(commit).await.unwrap();
    }

    pub(super) fn editable(&self, member: &Member, id: ItemId) -> Editable {
        access::editable(&self.store, member, id).unwrap()
    }
}

pub(super) fn new_upload(len: usize, visibility: Visibility) -> NewUpload<'static> {
    NewUpload {
        len: len as u64,
        filename: "lecture.mp4",
        title: None,
        visibility,
        replaces: None,
        metadata: "",
    }
}

/// A body in pieces of 1,000 bytes.
pub(super) fn body(content: &[u8]) -> impl Stream<Item = Result<Bytes, ()>> + use<> {
    let pieces: Vec<_> = content
        .chunks(1000)
        .map(Bytes::copy_from_slice)
        .map(Ok)
        .collect();
    stream::iter(pieces)
}

/// A person of one connection, launched from a course (or none) in a role.
pub(super) fn person(user: u64, connection: u32, course: Option<u64>, role: Role) -> Member {
    Member::for_test(session(user, connection, course, role))
}

pub(super) fn teacher() -> Member {
    person(1, 1, Some(1), Role::Manager)
}

pub(super) fn session(user: u64, connection: u32, course: Option<u64>, role: Role) -> Session {
    Session {
        user: UserId(user),
        connection: ConnectionId(connection),
        deployment: "1".into(),
        course: course.map(CourseId),
        role,
        sees_learners: false,
        link: None,
        item: None,
        binding: Binding::Cookie,
        cookie: Hash([0; 32]),
        browser: None,
        frame_origins: Vec::new(),
        return_url: None,
        locale: None,
        launch: Reference([0; 16]),
        created: Time(0),
        ends: Time(u64::MAX),
        placement: None,
        selection: None,
        for_user: None,
        kept: std::collections::BTreeMap::new(),
        idle_until: Time(u64::MAX),
    }
}

impl Library {
    /// The same person by a session that is in the store, as launches make them, and where it is.
    pub(super) async fn signed_in(&self, member: &Member) -> (Member, Hash) {
        let secret = Secret::new(&self.world);
        let session = Session {
            binding: Binding::Unbound,
            idle_until: self.world.now().after(Duration::from_hours(2)),
            ends: self.world.now().after(Duration::from_hours(12)),
            ..member.session().clone()
        };
        let connection = Connection::new("LMS", Source::File, self.world.now());
        let mut commit = Commit::new();
        commit
            .put::<Connections>(&session.connection, &connection)
            .put_until::<Sessions>(&secret.hash, &session, session.idle_until)
            .put::<SessionsOf>(&(session.user, secret.hash), &());
        self.store.commit(commit).await.unwrap();
        let shown = Shown {
            cookies: &[],
            document: false,
        };
        let lifetimes = self.options.lifetimes;
        let open = sessions::open(&self.store, &self.world, lifetimes, &secret.text, shown);
        (open.await.unwrap(), secret.hash)
    }
}
