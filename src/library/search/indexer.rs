//! Keeping the index: opening it, making it anew, and writing what is due.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, MergePolicy, NoMergePolicy};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Term};

use super::due::{self, Due};
use super::fields::Fields;
use super::mark::Mark;
use crate::store::ids::ItemId;
use crate::store::trees::Items;
use crate::store::{self, Store};
use crate::world::World;

/// How many items that are due are written together.
pub(super) const BATCH: usize = 200;
/// How many items are read together when the index is made anew, and how often before they are
/// written.
const PAGE: usize = 200;
const PAGES: usize = 10;
/// From which part of a segment on what was deleted there is removed from the disk.
const DELETED_MOST: f32 = 0.3;
/// Segments are merged from so many of about the same size on, so that a search has few to ask.
const SEGMENTS: usize = 4;
/// Segments are of about the same size up to so many items,
const SMALL: u32 = 1_000;
/// and beyond that while they differ by less than this power of two.
const SAME_SIZE: f64 = 3.0;
/// What an index holds while it is made.
const BEING_MADE: &str = "being made";

/// Why the index could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The index.
    #[error(transparent)]
    Index(#[from] tantivy::TantivyError),
    /// Its directory.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What searches read.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) index: IndexReader,
    pub(super) fields: Fields,
    /// Whether all of the library is in it.
    pub(super) whole: bool,
}

/// What a step has done.
pub(super) enum Step {
    /// Nothing was left to do.
    Idle,
    /// A part of a new index was made.
    Made,
    /// The index was written up to this mark. The store is to be told.
    Written(Mark, Due),
}

/// The one that writes to the index.
pub(super) struct Indexer {
    dir: PathBuf,
    store: Store,
    world: World,
    open: Option<Open>,
}

struct Open {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    /// Only while there is something to write: it takes threads and memory.
    writer: Option<IndexWriter>,
    /// Up to which item a new index has come; `None` once it is whole.
    making: Option<Making>,
}

#[derive(Clone, Copy)]
struct Making {
    mark: Mark,
    after: Option<ItemId>,
}

impl Indexer {
    pub(super) const fn new(dir: PathBuf, store: Store, world: World) -> Self {
        Self {
            dir,
            store,
            world,
            open: None,
        }
    }

    /// Does the next part of what is to be done. Blocks.
    pub(super) fn step(&mut self) -> Result<Step, Failure> {
        if self.open.is_none() {
            self.open = Some(self.open()?);
        }
        let Some(open) = &mut self.open else {
            return Ok(Step::Idle);
        };
        if open.making.is_some() {
            return open.make(&self.store);
        }
        let due = due::first(&self.store, BATCH)?;
        if due.is_empty() {
            return Ok(Step::Idle);
        }
        let Some(mark) = Mark::of(&self.store)? else {
            // The store was exchanged under a running index.
            self.discard();
            return Ok(Step::Made);
        };
        open.write(&self.store, mark.next(), due)
    }

    /// What searches read, once there is an index.
    pub(super) fn reader(&self) -> Option<Reader> {
        let open = self.open.as_ref()?;
        Some(Reader {
            index: open.reader.clone(),
            fields: open.fields,
            whole: open.making.is_none(),
        })
    }

    /// Lets go of the index; the next step opens it again.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Lets go of an index that cannot be used; the next step makes it anew.
    pub(super) fn discard(&mut self) {
        self.close();
        if let Err(error) = remove(&self.dir) {
            tracing::warn!(%error, "a search index that cannot be used cannot be removed");
        }
    }

    /// Lets go of what only writing needs. Blocks until segments that are being merged are merged.
    pub(super) fn rest(&mut self) {
        let writer = self.open.as_mut().and_then(|open| open.writer.take());
        if let Some(Err(error)) = writer.map(IndexWriter::wait_merging_threads) {
            tracing::warn!(%error, "the search index could not be tidied up");
        }
    }

    fn open(&self) -> Result<Open, Failure> {
        match self.open_whole() {
            Ok(open) => return Ok(open),
            Err(why) if self.dir.exists() => {
                tracing::warn!(why, "the search index cannot be used: it is made anew");
            }
            Err(_) => tracing::debug!("the search index is made"),
        }
        remove(&self.dir)?;
        fs::create_dir_all(&self.dir)?;
        let (schema, fields) = Fields::schema();
        let index = Index::create_in_dir(&self.dir, schema)?;
        let making = Making {
            mark: Mark::new(&self.world),
            after: None,
        };
        Ok(Open::new(index, fields, Some(making))?)
    }

    /// The index as an earlier process left it, or why it cannot be used.
    fn open_whole(&self) -> Result<Open, String> {
        let text = |error: tantivy::TantivyError| error.to_string();
        let index = Index::open_in_dir(&self.dir).map_err(text)?;
        let payload = index.load_metas().map_err(text)?.payload;
        let mark = payload.and_then(|payload| Mark::from_text(&payload));
        let stored = Mark::of(&self.store).map_err(|error| error.to_string())?;
        match (mark, stored) {
            (Some(mark), Some(stored)) if mark.belongs_to(stored) => {}
            _ => return Err("it is not the whole of this library".into()),
        }
        let (schema, fields) = Fields::schema();
        if index.schema() != schema {
            return Err("it has other fields".into());
        }
        if !index.validate_checksum().map_err(text)?.is_empty() {
            return Err("a file is damaged".into());
        }
        Open::new(index, fields, None).map_err(text)
    }
}

impl Open {
    fn new(index: Index, fields: Fields, making: Option<Making>) -> tantivy::Result<Self> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            index,
            reader,
            fields,
            writer: None,
            making,
        })
    }

    /// Adds the next items to a new index.
    fn make(&mut self, store: &Store) -> Result<Step, Failure> {
        let fields = self.fields;
        let Some(Making { mark, mut after }) = self.making else {
            return Ok(Step::Idle);
        };
        let mut last = false;
        let writer = self.writer()?;
        for _ in 0..PAGES {
            let items = store.page::<Items>(&(), after.as_ref(), PAGE)?;
            for (id, _) in &items {
                if let Some(document) = fields.describe(store, *id)? {
                    writer.add_document(document)?;
                }
            }
            after = items.last().map(|(id, _)| *id).or(after);
            last = items.len() < PAGE;
            if last {
                break;
            }
        }
        if last {
            self.commit(&mark.to_string())?;
            self.making = None;
            self.merge_all()?;
            return Ok(Step::Written(mark, Due::new()));
        }
        self.commit(BEING_MADE)?;
        self.making = Some(Making { mark, after });
        Ok(Step::Made)
    }

    /// Writes items as they are now.
    fn write(&mut self, store: &Store, mark: Mark, due: Due) -> Result<Step, Failure> {
        let fields = self.fields;
        let writer = self.writer()?;
        for (id, _) in &due {
            writer.delete_term(Term::from_field_u64(fields.id, id.0));
            if let Some(document) = fields.describe(store, *id)? {
                writer.add_document(document)?;
            }
        }
        self.commit(&mark.to_string())?;
        Ok(Step::Written(mark, due))
    }

    fn writer(&mut self) -> tantivy::Result<&mut IndexWriter> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            // One thread each, and the least memory there is.
            None => self.new_writer()?,
        };
        Ok(self.writer.insert(writer))
    }

    fn new_writer(&self) -> tantivy::Result<IndexWriter> {
        // One thread each, and the least memory there is.
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = self.index.writer_with_options(options)?;
        let merging: Box<dyn MergePolicy> = if self.making.is_some() {
            Box::new(NoMergePolicy)
        } else {
            Box::new(merging())
        };
        writer.set_merge_policy(merging);
        Ok(writer)
    }

    /// Makes one segment of a new index, whose writer has merged none.
    fn merge_all(&mut self) -> tantivy::Result<()> {
        self.writer = None;
        let segments = self.index.searchable_segment_ids()?;
        if segments.len() > 1 {
            self.writer()?.merge(&segments).wait()?;
        }
        self.reader.reload()
    }

    /// Makes what was written durable and visible.
    fn commit(&mut self, payload: &str) -> tantivy::Result<()> {
        let mut prepared = self.writer()?.prepare_commit()?;
        prepared.set_payload(payload);
        prepared.commit()?;
        self.reader.reload()
    }
}

/// How segments are merged as items change.
fn merging() -> LogMergePolicy {
    let mut merging = LogMergePolicy::default();
    merging.set_min_num_segments(SEGMENTS);
    merging.set_min_layer_size(SMALL);
    merging.set_level_log_size(SAME_SIZE);
    merging.set_del_docs_ratio_before_merge(DELETED_MOST);
    merging
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
