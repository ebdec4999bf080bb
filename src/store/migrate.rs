//! The schema version of a store and the migrations that bring an older one forward.

mod course_usage;
mod deployments_waiting;
mod grade_numbers;
mod people_found;
mod tools_of;

use super::commit::{Commit, Row};
use super::engine::{Engine, Failure};
use super::key::{Key, PrefixOf};
use super::tree::Tree;
use super::trees::Meta;
use super::writer::Writer;
use super::{Error, Page, read};

/// Every migration of this version. A new store gets the newest number at once.
pub const SCHEMA: &[Migration] = &[
    Migration {
        number: 1,
        run: |_| Ok(()),
    },
    Migration {
        number: 2,
        run: course_usage::count,
    },
    Migration {
        number: 3,
        run: people_found::note,
    },
    Migration {
        number: 4,
        run: deployments_waiting::note,
    },
    Migration {
        number: 5,
        run: grade_numbers::count,
    },
    Migration {
        number: 6,
        run: tools_of::note,
    },
];

const SCHEMA_KEY: &str = "schema";

/// One step from a schema to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The schema it leads to: numbers rise from 1 without gaps and are never used again.
    pub number: u32,
    /// Does it, in as many commits as it takes. It may be interrupted and run again.
    pub run: fn(&mut Migrator<'_>) -> Result<(), Error>,
}

/// What a migration reads and writes with.
#[derive(Debug)]
pub struct Migrator<'a> {
    writer: &'a mut Writer,
}

impl Migrator<'_> {
    /// The value under `key`.
    pub fn read<T: Tree>(&self, key: &T::Key) -> Result<Option<Row<T::Value>>, Error> {
        read::row::<T>(&self.writer.engine, key)
            .map_err(|failure| self.writer.shared.failed(&self.writer.engine, failure))
    }

    /// At most `limit` entries whose keys begin with `prefix`, in order, after the key `after`.
    pub fn page<T: Tree>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        after: Option<&T::Key>,
        limit: usize,
    ) -> Result<Page<T>, Error> {
        read::page::<T>(&self.writer.engine, prefix, after, limit)
            .map_err(|failure| self.writer.shared.failed(&self.writer.engine, failure))
    }

    /// Makes a commit true and durable.
    pub fn commit(&mut self, commit: Commit) -> Result<(), Error> {
        let mut results = self.writer.commit(&[commit]);
        results.pop().unwrap_or(Err(Error::Stopped))
    }
}

/// The newest schema among migrations.
pub(super) fn newest(migrations: &[Migration]) -> u32 {
    migrations.iter().map(|m| m.number).max().unwrap_or(0)
}

/// The schema of a store; zero when it is new.
pub(super) fn schema(engine: &Engine) -> Result<u32, Failure> {
    let Some(bytes) = engine.get(Meta::NAME, &SCHEMA_KEY.to_owned().bytes())? else {
        return Ok(0);
    };
    let number = bytes.as_ref().try_into().map(u32::from_be_bytes);
    number.map_err(|_| Failure::Damaged("its schema cannot be read".into()))
}

/// Runs the migrations after the schema `found`; answers the one that failed.
pub(super) fn run(
    writer: &mut Writer,
    migrations: &[Migration],
    found: u32,
) -> Result<(), (u32, Error)> {
    for migration in migrations.iter().filter(|m| m.number > found) {
        let number = migration.number;
        if found > 0 {
            tracing::info!(number, "migrating the store");
        }
        let mut migrator = Migrator { writer };
        let mut done = Commit::new();
        done.put::<Meta>(&SCHEMA_KEY.to_owned(), &number.to_be_bytes().to_vec());
        (migration.run)(&mut migrator)
            .and_then(|()| migrator.commit(done))
            .map_err(|error| (number, error))?;
    }
    Ok(())
}
