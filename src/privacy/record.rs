//! The file of erasures beside the store: what was erased stays erased, even when an older copy of
//! the store is put back.
//!
//! One line for each erasure, appended and synced before anything is erased: its place in the order,
//! the moment, the person's number, what becomes of the media that others use, and a keyed hash of
//! each name by which a platform knew the person. Neither number nor hash tells who it was. The
//! store notes how many of the lines it knows, and so an older copy of it lacks some.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ring::hmac;

use crate::store::ids::UserId;
use crate::store::rows::privacy::{Media, Name};
use crate::world::Time;

/// What each line begins with.
const MARK: &str = "erased";
/// The longest file that is read: a hundred thousand erasures and more.
const MOST_BYTES: u64 = 64 << 20;

/// The keyed hash of a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Trace([u8; 32]);

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trace({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// What makes hashes of names: the key is in the store alone.
#[derive(Clone)]
pub(super) struct Tracer(hmac::Key);

impl std::fmt::Debug for Tracer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tracer")
    }
}

impl Tracer {
    /// With this key.
    pub(super) fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The hash of a name.
    pub(super) fn trace(&self, name: &Name) -> Trace {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&name.connection.0.to_be_bytes());
        context.update(name.subject.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        Trace(hash)
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its place in the order, from 1.
    pub(super) number: u64,
    /// When.
    pub(super) at: Time,
    /// Who it was.
    pub(super) user: UserId,
    /// What becomes of the media that others use.
    pub(super) media: Media,
    /// The names.
    pub(super) traces: Vec<Trace>,
}

impl Line {
    fn text(&self) -> String {
        let media = match self.media {
            Media::Remove => "remove".to_owned(),
            Media::HandOver(heir) => heir.to_string(),
        };
        let mut text = format!("{MARK} {} {} {} {media}", self.number, self.at.0, self.user);
        for trace in &self.traces {
            text.push(' ');
            for byte in trace.0 {
                let _ = write!(text, "{byte:02x}");
            }
        }
        text.push_str(" .\n");
        text
    }
}

/// The text is no line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a line of the file of erasures")]
pub(super) struct NotALine;

impl FromStr for Line {
    type Err = NotALine;
    fn from_str(text: &str) -> Result<Self, NotALine> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(NotALine);
        if word()? != MARK {
            return Err(NotALine);
        }
        let number = word()?.parse().map_err(|_| NotALine)?;
        let at = Time(word()?.parse().map_err(|_| NotALine)?);
        let user = word()?.parse().map_err(|_| NotALine)?;
        let media = match word()? {
            "remove" => Media::Remove,
            heir => Media::HandOver(heir.parse().map_err(|_| NotALine)?),
        };
        let mut traces = Vec::new();
        loop {
            match words.next() {
                Some(".") => break,
                Some(word) => traces.push(trace(word).ok_or(NotALine)?),
                // Cut off while it was written.
                None => return Err(NotALine),
            }
        }
        if words.next().is_some() {
            return Err(NotALine);
        }
        Ok(Self {
            number,
            at,
            user,
            media,
            traces,
        })
    }
}

fn trace(text: &str) -> Option<Trace> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(Trace(hash))
}

/// Where the file is.
#[derive(Debug, Clone)]
pub(super) struct Record(PathBuf);

impl Record {
    /// In this data directory.
    pub(super) fn within(data_dir: &Path) -> Self {
        Self(data_dir.join("erasures"))
    }

    /// Every line, as they stand. What cannot be read is left out, and said in the log. Blocks.
    pub(super) fn read(&self) -> io::Result<Vec<Line>> {
        let mut bytes = Vec::new();
        match File::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?.take(MOST_BYTES).read_to_end(&mut bytes)?,
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match line.parse() {
                Ok(line) => lines.push(line),
                Err(NotALine) => {
                    tracing::warn!("a line of the file of erasures cannot be read");
                }
            }
        }
        Ok(lines)
    }

    /// Appends a line, durably. Blocks.
    pub(super) fn append(&self, line: &Line) -> io::Result<()> {
        let new = !self.0.try_exists()?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(&self.0)?;
        // What was cut off is a line of its own, which nobody can read.
        let torn = file.metadata()?.len() > 0 && {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            last != *b"\n"
        };
        let text = if torn {
            format!("\n{}", line.text())
        } else {
            line.text()
        };
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if new && let Some(dir) = self.0.parent() {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::fs;

    use super::*;
    use crate::store::ids::ConnectionId;

    fn name(subject: &str) -> Name {
        Name {
            connection: ConnectionId(1),
            subject: subject.into(),
        }
    }

    fn line(number: u64, traces: Vec<Trace>) -> Line {
        Line {
            number,
            at: Time(5),
            user: UserId(7),
            media: Media::HandOver(UserId(8)),
            traces,
        }
    }

    #[test]
    fn a_torn_line_spoils_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record::within(dir.path());
        assert!(record.read().unwrap().is_empty());
        let tracer = Tracer::new(&[3; 32]);
        let first = line(1, vec![tracer.trace(&name("a")), tracer.trace(&name("b"))]);
        record.append(&first).unwrap();
        let path = dir.path().join("erasures");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() - 1 {
            let torn = [&whole[..], &whole[..cut]].concat();
            fs::write(&path, torn).unwrap();
            let next = line(2, Vec::new());
            record.append(&next).unwrap();
            let lines = record.read().unwrap();
            assert_eq!(lines, [first.clone(), next], "cut at {cut}");
        }
    }

    #[test]
    fn the_file_names_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record::within(dir.path());
        let tracer = Tracer::new(&[3; 32]);
        let secret = name("a-very-special-subject");
        record
            .append(&line(1, vec![tracer.trace(&secret)]))
            .unwrap();
        let text = fs::read_to_string(dir.path().join("erasures")).unwrap();
        assert!(!text.contains("special"));
        let other = Tracer::new(&[4; 32]);
        assert_ne!(tracer.trace(&secret), other.trace(&secret));
        assert_ne!(tracer.trace(&secret), tracer.trace(&name("b")));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = text.parse::<Line>();
            let _ = format!("erased 1 2 0000000000000007 remove {text}").parse::<Line>();
        }
    }
}
