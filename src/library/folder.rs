//! The folder of the media bytes: `uploads/{id}` while they arrive, `items/{xx}/{item}/original`
//! (or `original-{mark}`, when they replace another file) once they are an item's. A file is moved there only when it is synced, and never rewritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::buffers::Buffers;
use super::error::Error;
use super::items::ORIGINAL;
use super::kind;
use super::uploads::UploadId;
use crate::store::ids::ItemId;
use crate::store::rows;

const UPLOADS: &str = "uploads";
const ITEMS: &str = "items";

/// The folder of the media bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder {
    root: Arc<Path>,
    buffers: Buffers,
}

impl Folder {
    /// The media folder at `root`, made when it is missing. Blocks: for the start.
    pub fn create(root: &Path) -> io::Result<Self> {
        make_dir(&root.join(UPLOADS))?;
        make_dir(&root.join(ITEMS))?;
        sync_dir(root)?;
        Ok(Self {
            root: root.into(),
            buffers: Buffers::new(),
        })
    }

    /// The memory in which what is read from here waits for the network.
    pub(super) const fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// Free space on the folder's disk, in bytes.
    pub(super) async fn free(&self) -> io::Result<u64> {
        let root = Arc::clone(&self.root);
        blocking(move || {
            let disk = rustix::fs::statvfs(&*root)?;
            Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
        })
        .await
    }

    /// Opens the file of an upload that stands at `offset`, to write on from there.
    ///
    /// Bytes beyond `offset` were never acknowledged and are cut off. Fewer bytes than `offset`
    /// cannot be, since they were synced first: then something outside damaged the file.
    pub(super) async fn open_upload(&self, id: UploadId, offset: u64) -> Result<File, Error> {
        let path = self.upload(id);
        let file = blocking(move || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(offset == 0)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            let found = file.metadata()?.len();
            if found > offset {
                file.set_len(offset)?;
            }
            file.seek(SeekFrom::Start(offset))?;
            Ok((found >= offset).then_some(file))
        });
        file.await
            .map_err(missing_is_damaged)?
            .ok_or(Error::Damaged)
    }

    /// Makes the names of the uploads' files durable.
    pub(super) async fn sync_uploads(&self) -> io::Result<()> {
        let uploads = self.root.join(UPLOADS);
        blocking(move || sync_dir(&uploads)).await
    }

    /// The uploads that have a file.
    pub(super) async fn uploads(&self) -> io::Result<Vec<UploadId>> {
        let uploads = self.root.join(UPLOADS);
        blocking(move || {
            let names = fs::read_dir(uploads)?.map(|entry| Ok(entry?.file_name()));
            let names = names.collect::<io::Result<Vec<_>>>()?;
            let ids = names.iter().filter_map(|name| name.to_str()?.parse().ok());
            Ok(ids.collect())
        })
        .await
    }

    /// Removes the file of an upload, if it has one.
    pub(super) async fn remove_upload(&self, id: UploadId) -> io::Result<()> {
        let path = self.upload(id);
        blocking(move || absent_is_fine(fs::remove_file(path))).await
    }

    /// Moves the synced file of an upload, `len` bytes, to `path` below the folder, where its item
    /// keeps it, durably, and answers its first [`kind::HEAD`] bytes. Done before, it is not done again.
    pub(super) async fn keep(&self, id: UploadId, path: &str, len: u64) -> Result<Vec<u8>, Error> {
        let (root, from) = (Arc::clone(&self.root), self.upload(id));
        let to = self.root.join(path);
        let head = blocking(move || {
            move_durably(&root, &from, &to)?;
            let file = File::open(&to)?;
            if file.metadata()?.len() != len {
                return Ok(None);
            }
            let mut head = Vec::with_capacity(kind::HEAD);
            file.take(kind::HEAD as u64).read_to_end(&mut head)?;
            Ok(Some(head))
        });
        head.await
            .map_err(missing_is_damaged)?
            .ok_or(Error::Damaged)
    }

    /// Undoes [`Folder::keep`]; what was deleted with its item meanwhile stays deleted.
    pub(super) async fn put_back(&self, id: UploadId, path: &str) -> io::Result<()> {
        let (from, to) = (self.root.join(path), self.upload(id));
        blocking(move || absent_is_fine(fs::rename(from, to))).await
    }

    /// Removes the folder of the file at `path` unless anything is in it.
    pub(super) async fn remove_empty_dir(&self, path: &str) -> io::Result<()> {
        let path = self.root.join(path);
        blocking(move || {
            let removed = path.parent().map_or(Ok(()), fs::remove_dir);
            match absent_is_fine(removed) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
                removed => removed,
            }
        })
        .await
    }

    /// Opens a file of an item, which is `len` bytes long, for reading.
    pub(super) async fn open(&self, path: &str, len: u64) -> Result<File, Error> {
        let path = self.root.join(path);
        let file = blocking(move || {
            let file = File::open(path)?;
            Ok((file.metadata()?.len() == len).then_some(file))
        });
        file.await
            .map_err(missing_is_damaged)?
            .ok_or(Error::Damaged)
    }

    /// Opens a file of an item for reading. Blocks.
    pub fn read_now(&self, file: &rows::library::File) -> io::Result<File> {
        File::open(self.root.join(&file.path))
    }

    /// The first [`kind::HEAD`] bytes of a file, or all it has. [`Error::Damaged`] when it is missing
    /// or not of this length.
    pub(super) async fn beginning(&self, path: &str, len: u64) -> Result<Vec<u8>, Error> {
        let file = self.open(path, len).await?;
        let head = blocking(move || {
            let mut head = Vec::with_capacity(kind::HEAD);
            file.take(kind::HEAD as u64).read_to_end(&mut head)?;
            Ok(head)
        });
        Ok(head.await?)
    }

    /// Writes a file of an item at `path` below the folder, durably; one that is there is replaced.
    /// The folder that it is in is there.
    pub(super) async fn write_beside(&self, path: &str, bytes: Vec<u8>) -> io::Result<()> {
        let to = self.root.join(path);
        let from = self.root.join(format!("{path}.new"));
        blocking(move || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&from)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&from, &to)?;
            to.parent().map_or(Ok(()), sync_dir)
        })
        .await
    }

    /// Removes a file that was written beside another, or half of it.
    pub(super) async fn remove_beside(&self, path: &str) -> io::Result<()> {
        let half = self.root.join(format!("{path}.new"));
        let path = self.root.join(path);
        blocking(move || {
            absent_is_fine(fs::remove_file(half))?;
            absent_is_fine(fs::remove_file(path))
        })
        .await
    }

    /// Removes the files that are named after the one at `path`: that name, a dot and more.
    pub(super) async fn remove_all_beside(&self, path: String) -> io::Result<()> {
        let path = self.root.join(path);
        blocking(move || {
            let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
                return Ok(());
            };
            let beginning = format!("{}.", name.to_string_lossy());
            let entries = match fs::read_dir(dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(&beginning) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes every file of an item, durably.
    pub(super) async fn remove_item(&self, item: ItemId) -> io::Result<()> {
        let dir = self.root.join(item_dir(item));
        blocking(move || {
            absent_is_fine(fs::remove_dir_all(&dir))?;
            absent_is_fine(dir.parent().map_or(Ok(()), sync_dir))
        })
        .await
    }

    fn upload(&self, id: UploadId) -> PathBuf {
        self.root.join(UPLOADS).join(id.to_string())
    }
}

/// Where an item's original is, below the media folder.
pub(super) fn original_path(item: ItemId) -> String {
    format!("{}/{ORIGINAL}", item_dir(item))
}

/// Where a file called `name` is that stands beside an item's original, below the media folder.
pub(super) fn beside(item: ItemId, name: &str) -> String {
    format!("{}/{name}", item_dir(item))
}

/// Items are spread over 256 folders, so that none grows too large for a backup tool.
fn item_dir(item: ItemId) -> String {
    let id = item.to_string();
    format!("{ITEMS}/{}/{id}", &id[..2])
}

/// Runs file work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// What is in these folders is nobody else's.
fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the names in a folder durable.
fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Moves a file below `root` unless that is done, and makes each name on the way durable even then:
/// the power may have gone in between.
fn move_durably(root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    if !to.try_exists()? {
        to.parent().map_or(Ok(()), make_dir)?;
        fs::rename(from, to)?;
    }
    for dir in to.ancestors().skip(1).take_while(|dir| *dir != root) {
        sync_dir(dir)?;
    }
    from.parent().map_or(Ok(()), sync_dir)
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// A file that a row speaks of and that is not there.
fn missing_is_damaged(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        Error::Damaged
    } else {
        error.into()
    }
}
