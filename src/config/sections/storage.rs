//! `[storage]`

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;

use crate::config::section::section;

section! {
    /// Where everything is kept, and how much of it. "GiB" is 1024³ bytes, "GB" is 1000³.
    table Storage "storage" {
        /// The directory of everything that Lanterna keeps.
        data_dir: PathBuf = "data";
        /// A directory for the media files alone, on a NAS for example; empty: inside `data_dir`.
        media_dir: Option<PathBuf> = "";
        /// The largest file that may be uploaded.
        max_upload: ByteSize = "8 GiB";
        /// Free space that is never used up: below it, nothing new is written.
        reserve: ByteSize = "1 GiB";
        /// How much one person's files may take together.
        quota_per_person: ByteSize = "50 GiB";
        /// How much what is uploaded in one course may take together.
        quota_per_course: ByteSize = "200 GiB";
        /// How often a snapshot of the store is taken.
        snapshot_every: Duration = "6 h";
        /// How many of these snapshots are kept.
        snapshots_kept: NonZeroU32 = 4;
        /// How long an upload that was begun may be resumed.
        upload_lifetime: Duration = "7 days";
        /// How long what was deleted stays in its owner's trash.
        trash_kept: Duration = "30 days";
    }
}

impl Storage {
    /// The directory of the media files: `media_dir`, or `media` inside the data directory.
    pub fn media(&self) -> PathBuf {
        let inside = || self.data_dir.join("media");
        self.media_dir
            .as_deref()
            .map_or_else(inside, Path::to_owned)
    }

    /// The socket by which subcommands reach a running server.
    pub fn control_socket(&self) -> PathBuf {
        self.data_dir.join("control.sock")
    }
}
