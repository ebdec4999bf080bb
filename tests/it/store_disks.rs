//! Disks that fail: one loses power, one runs full.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use lanterna::store::disk::{Disk, DiskFile, Entry, RealDisk};

use crate::store_support::Random;

/// A disk in memory that knows what is durable, and can lose power before any of its operations.
#[derive(Debug, Clone, Default)]
pub struct PowerDisk(Arc<Mutex<Power>>);

#[derive(Debug, Default)]
struct Power {
    /// Operations until the power goes; `None` is never.
    left: Option<u64>,
    done: u64,
    files: Vec<Bytes>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
}

#[derive(Debug, Clone, Default)]
struct Bytes {
    now: Vec<u8>,
    durable: Vec<u8>,
}

impl PowerDisk {
    /// A disk whose power goes before the operation number `left`.
    pub fn failing_after(left: u64) -> Self {
        let power = Power {
            left: Some(left),
            ..Power::default()
        };
        Self(Arc::new(Mutex::new(power)))
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.0.lock().unwrap().done
    }

    /// What a machine finds that is switched on again: what was synced, and of the rest whatever
    /// happened to reach the platter.
    pub fn after_power_cut(&self, random: &mut Random) -> Self {
        let power = self.0.lock().unwrap();
        let names = if random.below(2) == 0 {
            &power.durable_names
        } else {
            &power.names
        };
        let files = power.files.iter().map(|bytes| bytes.torn(random)).collect();
        Self(Arc::new(Mutex::new(Power {
            left: None,
            done: 0,
            files,
            names: names.clone(),
            durable_names: names.clone(),
        })))
    }

    fn step(&self) -> io::Result<MutexGuard<'_, Power>> {
        let mut power = self.0.lock().unwrap();
        power.done += 1;
        match &mut power.left {
            None => Ok(power),
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(power)
            }
        }
    }
}

impl Bytes {
    fn torn(&self, random: &mut Random) -> Self {
        let mut now = self.durable.clone();
        let kept_whole = self.now.starts_with(&self.durable);
        if kept_whole && self.now.len() > now.len() {
            let unsynced = &self.now[now.len()..];
            let kept = random.index(unsynced.len() + 1);
            let from = now.len();
            now.extend_from_slice(&unsynced[..kept]);
            if kept > 0 && random.below(2) == 0 {
                // Its length was written, some of its content was not.
                let hole = random.index(kept);
                now[from + hole..].iter_mut().take(64).for_each(|b| *b = 0);
            }
        }
        let durable = now.clone();
        Self { now, durable }
    }
}

impl Power {
    fn find(&self, path: &Path) -> io::Result<usize> {
        let found = self.names.get(path).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

struct PowerFile {
    disk: PowerDisk,
    file: usize,
}

impl Write for PowerFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.step()?.files[self.file]
            .now
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for PowerFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut power = self.disk.step()?;
        let bytes = &mut power.files[self.file];
        bytes.durable = bytes.now.clone();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut power = self.disk.step()?;
        power.files[self.file]
            .now
            .truncate(usize::try_from(len).unwrap());
        Ok(())
    }
}

impl Disk for PowerDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut power = self.step()?;
        let file = power.files.len();
        power.files.push(Bytes::default());
        power.names.insert(path.to_owned(), file);
        let disk = self.clone();
        Ok(Box::new(PowerFile { disk, file }))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.step()?.find(path)?;
        let disk = self.clone();
        Ok(Box::new(PowerFile { disk, file }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let power = self.0.lock().unwrap();
        let bytes = power.files[power.find(path)?].now.clone();
        Ok(Box::new(io::Cursor::new(bytes)))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let power = self.0.lock().unwrap();
        let here = power
            .names
            .iter()
            .filter(|(path, _)| path.parent() == Some(dir));
        let entries = here.map(|(path, file)| Entry {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            len: power.files[*file].now.len() as u64,
        });
        Ok(entries.collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut power = self.step()?;
        let file = power.find(from)?;
        power.names.remove(from);
        power.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut power = self.step()?;
        power.find(path)?;
        power.names.remove(path);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut power = self.step()?;
        let here = |path: &Path| path.parent() == Some(dir);
        let mut durable = std::mem::take(&mut power.durable_names);
        durable.retain(|path, _| !here(path));
        let current = power.names.iter().filter(|(path, _)| here(path));
        durable.extend(current.map(|(path, file)| (path.clone(), *file)));
        power.durable_names = durable;
        Ok(())
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

/// Real files on a disk with little space: writing ends in the middle when it is used up.
#[derive(Debug, Clone)]
pub struct SmallDisk {
    /// Bytes that can still be written.
    pub space: Arc<AtomicU64>,
    /// Free space as the file system tells it.
    pub free: Arc<AtomicU64>,
}

impl SmallDisk {
    /// A disk with `space` bytes left that tells `free`.
    pub fn new(space: u64, free: u64) -> Self {
        Self {
            space: Arc::new(AtomicU64::new(space)),
            free: Arc::new(AtomicU64::new(free)),
        }
    }
}

struct SmallFile {
    file: Box<dyn DiskFile>,
    space: Arc<AtomicU64>,
}

impl Write for SmallFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let space = self.space.load(Ordering::SeqCst);
        let fits = bytes.len().min(usize::try_from(space).unwrap());
        if fits == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.space.fetch_sub(fits as u64, Ordering::SeqCst);
        self.file.write(&bytes[..fits])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for SmallFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }
}

impl Disk for SmallDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = RealDisk.create(path)?;
        let space = Arc::clone(&self.space);
        Ok(Box::new(SmallFile { file, space }))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.append(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        RealDisk.open(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        RealDisk.list(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_dir(dir)
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(self.free.load(Ordering::SeqCst))
    }
}
