//! The journal: every change, in order, in segments named by their first sequence. What it has
//! synced is acknowledged; everything else in the store can be made again from it and a snapshot.

use std::fmt;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::frame::{self, Checkpoint, HEADER, Record};
use crate::world::World;

/// Where the segments are and how they are made.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// What holds the files.
    pub(super) disk: Arc<dyn Disk>,
    /// Their directory.
    pub(super) dir: PathBuf,
    /// The length from which a new segment is begun.
    pub(super) segment_bytes: u64,
    /// Makes the marks.
    pub(super) world: World,
}

/// A segment on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The sequence of its first frame.
    pub(super) first: u64,
    /// Its length in bytes.
    pub(super) len: u64,
}

impl Segment {
    /// Its file's name.
    pub(super) fn name(&self) -> String {
        format!("{:020}.log", self.first)
    }
}

/// The newest end of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tip {
    /// The last intact sequence; zero when there is none.
    pub(super) last: u64,
    /// The last checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    /// Bytes behind the last frame.
    pub(super) tail: Option<Tail>,
    /// The newest segment, when its header is damaged: what it held cannot be known. The header
    /// is synced before the first frame, so this is never a torn write.
    pub(super) unreadable: Option<Segment>,
}

/// What lies behind the last intact frame of the newest segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tail {
    /// The segment.
    pub(super) segment: Segment,
    /// How many of its bytes are intact; less than a header's when there is nothing to keep.
    pub(super) keep: u64,
}

/// Sequences that should be there and are not.
pub(super) type Gaps = Vec<RangeInclusive<u64>>;

impl Place {
    /// The segments, oldest first.
    pub(super) fn segments(&self) -> io::Result<Vec<Segment>> {
        let mut segments: Vec<Segment> = self
            .disk
            .list(&self.dir)?
            .into_iter()
            .filter_map(|entry| {
                let first = entry.name.strip_suffix(".log")?.parse().ok()?;
                let len = entry.len;
                Some(Segment { first, len })
            })
            .collect();
        segments.sort_by_key(|segment| segment.first);
        Ok(segments)
    }

    /// Reads backwards as far as the last checkpoint.
    pub(super) fn tip(&self) -> io::Result<Tip> {
        let mut tip = Tip::default();
        for (age, segment) in self.segments()?.into_iter().rev().enumerate() {
            let bytes = self.read(&segment)?;
            let mark = frame::mark(&bytes);
            let mut intact = if mark.is_some() { HEADER } else { 0 };
            for frame in mark
                .into_iter()
                .flat_map(|mark| frame::frames(&bytes, mark))
            {
                intact = frame.end;
                tip.last = tip.last.max(frame.sequence);
                if let Record::Checkpoint(checkpoint) = frame::decode(frame.payload)? {
                    tip.checkpoint = Some(checkpoint);
                }
            }
            let newest = age == 0;
            if newest && mark.is_none() && bytes.len() > HEADER {
                tip.unreadable = Some(segment);
            } else if newest && intact < bytes.len() {
                let keep = intact as u64;
                tip.tail = Some(Tail { segment, keep });
            }
            if tip.checkpoint.is_some() {
                break;
            }
        }
        Ok(tip)
    }

    /// Gives every record after the sequence `after` to `each`, in order.
    pub(super) fn replay<E: From<io::Error>>(
        &self,
        after: u64,
        mut each: impl FnMut(u64, Record<'_>) -> Result<(), E>,
    ) -> Result<Gaps, E> {
        let segments = self.segments()?;
        let behind = segments.partition_point(|segment| segment.first <= after + 1);
        let mut gaps = Gaps::new();
        let mut expected = after + 1;
        for segment in &segments[behind.saturating_sub(1)..] {
            let bytes = self.read(segment)?;
            let mark = frame::mark(&bytes);
            for frame in mark
                .into_iter()
                .flat_map(|mark| frame::frames(&bytes, mark))
            {
                if frame.sequence < expected {
                    continue;
                }
                if frame.sequence > expected {
                    gaps.push(expected..=frame.sequence - 1);
                }
                each(frame.sequence, frame::decode(frame.payload)?)?;
                expected = frame.sequence + 1;
            }
        }
        Ok(gaps)
    }

    /// The bytes of a tail.
    pub(super) fn read_tail(&self, tail: &Tail) -> io::Result<Vec<u8>> {
        let keep = usize::try_from(tail.keep).unwrap_or(usize::MAX);
        let mut bytes = self.read(&tail.segment)?;
        Ok(bytes.split_off(keep.min(bytes.len())))
    }

    /// Cuts a tail off.
    pub(super) fn cut(&self, tail: &Tail) -> io::Result<()> {
        let path = self.path(&tail.segment);
        if tail.keep <= HEADER as u64 {
            self.disk.remove(&path)?;
            return self.disk.sync_dir(&self.dir);
        }
        let mut file = self.disk.append(&path)?;
        file.truncate(tail.keep)?;
        file.sync()
    }

    /// Removes the segments that only hold sequences up to `sequence`. The newest always stays.
    pub(super) fn prune(&self, sequence: u64) -> io::Result<()> {
        let segments = self.segments()?;
        let mut removed = false;
        for pair in segments.windows(2) {
            if pair[1].first <= sequence + 1 {
                self.disk.remove(&self.path(&pair[0]))?;
                removed = true;
            }
        }
        if removed {
            self.disk.sync_dir(&self.dir)?;
        }
        Ok(())
    }

    fn read(&self, segment: &Segment) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.disk
            .open(&self.path(segment))?
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Where a segment is.
    pub(super) fn path(&self, segment: &Segment) -> PathBuf {
        self.dir.join(segment.name())
    }
}

/// The journal being written.
pub(super) struct Journal {
    place: Place,
    next: u64,
    current: Option<Current>,
}

struct Current {
    file: Box<dyn DiskFile>,
    mark: frame::Mark,
    len: u64,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Goes on after the sequence `last`, in a segment of its own.
    pub(super) const fn after(place: Place, last: u64) -> Self {
        Self {
            place,
            next: last + 1,
            current: None,
        }
    }

    /// Where its segments are.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// Appends a record and syncs it; answers its sequence and the length of its frame. After an
    /// error nothing more may be appended: what is on the disk is then unknown.
    pub(super) fn append(&mut self, record: &Record<'_>) -> io::Result<(u64, u64)> {
        let sequence = self.next;
        let current = match self.current.take() {
            Some(current) if current.len < self.place.segment_bytes => current,
            _ => self.begin()?,
        };
        let current = self.current.insert(current);
        let frame = frame::encode(current.mark, sequence, record)?;
        current.file.write_all(&frame)?;
        current.file.sync()?;
        current.len += frame.len() as u64;
        self.next += 1;
        Ok((sequence, frame.len() as u64))
    }

    fn begin(&self) -> io::Result<Current> {
        let Place {
            disk, dir, world, ..
        } = &self.place;
        let segment = Segment {
            first: self.next,
            len: 0,
        };
        let mark = world.random();
        let mut file = disk.create(&self.place.path(&segment))?;
        file.write_all(&frame::header(mark))?;
        file.sync()?;
        disk.sync_dir(dir)?;
        let len = HEADER as u64;
        Ok(Current { file, mark, len })
    }
}

/// Gaps for people: "3, 7 to 9".
pub(super) fn describe(gaps: &Gaps) -> String {
    let parts: Vec<String> = gaps
        .iter()
        .map(|gap| match (gap.start(), gap.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        })
        .collect();
    parts.join(", ")
}

/// Makes a directory and its name durable.
pub(super) fn make_dir(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    dir.parent().map_or(Ok(()), |parent| disk.sync_dir(parent))
}
