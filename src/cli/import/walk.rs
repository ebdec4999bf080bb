//! Reading a folder: which files are to come in, what belongs to them, and what is passed over.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::library::captions::language_of_file;
use crate::library::words::{TAG_MAX, TAGS_MAX};
use crate::store::ids::Hash;

/// How deep folders are read.
const DEPTH_MAX: usize = 64;

/// Names that systems leave in folders.
const SYSTEM: &[&str] = &[
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "$RECYCLE.BIN",
    "System Volume Information",
    "@eaDir",
    "lost+found",
    "__MACOSX",
];
const CAPTIONS: &[&str] = &["vtt", "srt"];
const DESCRIPTIONS: &[&str] = &["txt", "md"];
/// Extensions of what has captions.
const PLAYED: &[&str] = &[
    "mp4", "m4v", "mov", "webm", "mkv", "ogv", "avi", "wmv", "mpg", "mpeg", "flv", "3gp", "mp3",
    "m4a", "aac", "ogg", "oga", "opus", "flac", "wav",
];

/// A file as it was when the folder was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The same below the folder, to be shown.
    pub(super) shown: String,
    /// Bytes.
    pub(super) len: u64,
    /// When it was last changed.
    pub(super) changed: Option<SystemTime>,
}

/// A file that is to come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The file.
    pub(super) place: Place,
    /// Its mark.
    pub(super) mark: String,
    /// Its name.
    pub(super) name: String,
    /// The folders on the way to it, as far as they can be tags.
    pub(super) tags: Vec<String>,
    /// The file with its description.
    pub(super) description: Option<Place>,
    /// The files with its captions.
    pub(super) captions: Vec<Captions>,
}

/// A file with captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Captions {
    /// The file.
    pub(super) place: Place,
    /// Its mark, for the file that it belongs to.
    pub(super) mark: String,
    /// Their language; empty when the name does not tell it.
    pub(super) lang: String,
}

/// What does not come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passed {
    /// Where it is below the folder, to be shown.
    pub(super) shown: String,
    /// Why.
    pub(super) why: &'static str,
    /// Whether somebody should look at it.
    pub(super) amiss: bool,
}

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Walk {
    root: PathBuf,
    not_these: Vec<PathBuf>,
    /// The files that are to come in, in the order of their names.
    pub(super) found: Vec<Found>,
    /// What does not come in.
    pub(super) passed: Vec<Passed>,
}

/// Reads the folder at `root` and those in it, except `not_these`. Paths are whole ones, without
/// symbolic links, which are never followed.
pub(super) fn walk(root: &Path, not_these: Vec<PathBuf>) -> io::Result<Walk> {
    let mut walk = Walk {
        root: root.to_owned(),
        not_these,
        ..Walk::default()
    };
    let entries = read(root)?;
    walk.folder(entries, &[]);
    Ok(walk)
}

fn read(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

impl Walk {
    fn folder(&mut self, entries: Vec<DirEntry>, tags: &[String]) {
        let mut files = Vec::new();
        let mut folders = Vec::new();
        for entry in entries {
            let path = entry.path();
            match self.look(&entry) {
                Ok(metadata) if metadata.is_dir() => folders.push(path),
                Ok(metadata) => files.push(self.place(path, &metadata)),
                Err((why, amiss)) => self.pass(&path, why, amiss),
            }
        }
        self.files(files, tags);
        for folder in folders {
            let depth = folder.components().count() - self.root.components().count();
            if depth > DEPTH_MAX {
                self.pass(&folder, "it lies too deep in other folders", true);
                continue;
            }
            let mut tags = tags.to_vec();
            tags.extend(tag(folder.file_name().unwrap_or_default()));
            match read(&folder) {
                Ok(entries) => self.folder(entries, &tags),
                Err(_) => self.pass(&folder, "the folder cannot be read", true),
            }
        }
    }

    /// What an entry is, when it is a file with something in it or a folder; else why it is passed
    /// over, and whether somebody should look at it.
    fn look(&self, entry: &DirEntry) -> Result<Metadata, (&'static str, bool)> {
        let name = entry.file_name();
        if name.as_bytes().starts_with(b".") {
            return Err(("it is hidden", false));
        }
        if SYSTEM.iter().any(|system| name == *system) {
            return Err(("it is the system's own", false));
        }
        if self.not_these.contains(&entry.path()) {
            return Err(("it is Lanterna's own", false));
        }
        // Tells of a link itself, not of what it leads to.
        let metadata = entry.metadata().map_err(|_| ("it cannot be read", true))?;
        if metadata.is_symlink() {
            let leads_to = fs::canonicalize(entry.path());
            return Err(match leads_to {
                Ok(to) if to.starts_with(&self.root) => {
                    ("it only leads to another place here", false)
                }
                Ok(_) => ("it leads out of the folder", true),
                Err(_) => ("it leads nowhere", true),
            });
        }
        if metadata.is_file() && metadata.len() == 0 {
            return Err(("it is empty", true));
        }
        if metadata.is_file() || metadata.is_dir() {
            Ok(metadata)
        } else {
            Err(("it is no file", false))
        }
    }

    /// Sorts the files of one folder into those that come in and those that belong to them.
    fn files(&mut self, files: Vec<Place>, tags: &[String]) {
        let (beside, main): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|file| has_extension(file, CAPTIONS));
        let texts = main.iter().filter(|file| has_extension(file, DESCRIPTIONS));
        let described = |text: &Place| {
            let stem = text.path.file_stem();
            let others = main
                .iter()
                .filter(|file| !has_extension(file, DESCRIPTIONS));
            others.into_iter().any(|file| file.path.file_stem() == stem)
        };
        let texts: Vec<Place> = texts.filter(|text| described(text)).cloned().collect();
        let first = self.found.len();
        for place in main {
            if texts.contains(&place) {
                continue;
            }
            let stem = place.path.file_stem();
            let description = texts.iter().find(|text| text.path.file_stem() == stem);
            self.found.push(Found {
                mark: self.mark(&place, None),
                name: place
                    .path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                tags: tags.iter().take(TAGS_MAX).cloned().collect(),
                description: description.cloned(),
                captions: Vec::new(),
                place,
            });
        }
        for captions in beside {
            if !self.attach(&captions, first) {
                self.pass(
                    &captions.path,
                    "no video or recording has the name of these captions",
                    true,
                );
            }
        }
    }

    /// Gives captions to the files of their folder that have their name; answers whether any has.
    fn attach(&mut self, place: &Place, first: usize) -> bool {
        let name = place
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let stem = place.path.file_stem().unwrap_or_default().to_owned();
        let language = language_of_file(&name);
        let short = Path::new(&stem).file_stem().map(OsStr::to_owned);
        let mut attached = false;
        for at in first..self.found.len() {
            let played = &self.found[at].place;
            let (whole, own) = (played.path.file_name(), played.path.file_stem());
            let lang = if own == Some(&stem) || whole == Some(&stem) {
                String::new()
            } else if let Some(language) = &language
                && (own == short.as_deref() || whole == short.as_deref())
            {
                language.to_string()
            } else {
                continue;
            };
            if !has_extension(played, PLAYED) {
                continue;
            }
            let mark = self.mark(place, Some(played));
            self.found[at].captions.push(Captions {
                place: place.clone(),
                mark,
                lang,
            });
            attached = true;
        }
        attached
    }

    fn place(&self, path: PathBuf, metadata: &Metadata) -> Place {
        Place {
            shown: self.shown(&path),
            path,
            len: metadata.len(),
            changed: metadata.modified().ok(),
        }
    }

    fn pass(&mut self, path: &Path, why: &'static str, amiss: bool) {
        let shown = self.shown(path);
        self.passed.push(Passed { shown, why, amiss });
    }

    fn below<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// A path below the folder, without what would upset a terminal.
    fn shown(&self, path: &Path) -> String {
        let text = self.below(path).to_string_lossy();
        text.replace(|c: char| c.is_control(), "\u{fffd}")
    }

    /// What names a file among all others of the folder, at this size and of this moment.
    fn mark(&self, file: &Place, belongs_to: Option<&Place>) -> String {
        let mut told = Vec::new();
        for place in [Some(file), belongs_to].into_iter().flatten() {
            let path = self.below(&place.path).as_os_str().as_bytes();
            told.extend_from_slice(&(path.len() as u64).to_be_bytes());
            told.extend_from_slice(path);
        }
        let changed = file
            .changed
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        told.extend_from_slice(&file.len.to_be_bytes());
        told.extend_from_slice(&changed.map_or(0, |since| since.as_nanos()).to_be_bytes());
        let mut mark = String::with_capacity(64);
        for byte in Hash::of(&told).0 {
            // Writing into a `String` cannot fail.
            let _ = write!(mark, "{byte:02x}");
        }
        mark
    }
}

fn has_extension(file: &Place, extensions: &[&str]) -> bool {
    let extension = file.path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|own| {
        extensions
            .iter()
            .any(|known| own.eq_ignore_ascii_case(known))
    })
}

/// A folder's name as a tag.
fn tag(name: &OsStr) -> Option<String> {
    let name = name.to_string_lossy().replace([',', '\n'], " ");
    let tag = name.trim();
    ((1..=TAG_MAX).contains(&tag.chars().count())).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests;
