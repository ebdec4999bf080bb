//! Erasing once more whom an older copy of the store brings back. At the start, before anything is
//! served.

use std::collections::BTreeMap;

use super::erasing::{MACHINE, blocking};
use super::record::{Line, Trace};
use super::{Error, Privacy, known, knows};
use crate::store::ids::UserId;
use crate::store::rows::privacy::{Erasure, Name};
use crate::store::trees::{Erasures, UserBy, Users};
use crate::store::{self, Commit};

/// People who are looked at together.
const BATCH: usize = 1_000;

impl Privacy {
    /// Begins the erasures that the store knows nothing of. It looks through everybody's names, but
    /// only when there are such.
    pub(super) async fn erase_again(&self) -> Result<(), Error> {
        let record = self.record.clone();
        let lines = blocking(move || record.read()).await?;
        let known = known(&self.store)?;
        let last = lines.iter().map(|line| line.number).max().unwrap_or(0);
        if last < known {
            tracing::warn!(
                missing = known - last,
                "the file of erasures is older than the store: an even older copy of the store \
                 would bring back whoever was erased since; put the newest file back if you have it"
            );
        }
        let unknown: Vec<Line> = lines
            .into_iter()
            .filter(|line| line.number > known)
            .collect();
        let Some(last) = unknown.iter().map(|line| line.number).max() else {
            return Ok(());
        };
        let mut people: BTreeMap<UserId, &Line> = BTreeMap::new();
        people.extend(unknown.iter().map(|line| (line.user, line)));
        people.extend(self.by_their_names(&unknown).await?);
        for (user, line) in people {
            self.once_more(user, line).await?;
        }
        let mut commit = Commit::new();
        knows(&mut commit, last);
        commit.frees();
        Ok(self.store.commit(commit).await?)
    }

    /// People under names that were erased.
    async fn by_their_names<'a>(
        &self,
        lines: &'a [Line],
    ) -> Result<BTreeMap<UserId, &'a Line>, store::Error> {
        let erased: BTreeMap<Trace, &Line> = lines
            .iter()
            .flat_map(|line| line.traces.iter().map(move |trace| (*trace, line)))
            .collect();
        let (mut found, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.store.page::<UserBy>(&(), after.as_ref(), BATCH)?;
            let last = page.len() < BATCH;
            after = page.last().map(|(key, _)| key.clone());
            for ((connection, subject), known) in page {
                let name = Name {
                    connection,
                    subject,
                };
                if let Some(line) = erased.get(&self.tracer.trace(&name)) {
                    found.insert(known.user, *line);
                }
            }
            if last {
                return Ok(found);
            }
            tokio::task::yield_now().await;
        }
    }

    async fn once_more(&self, user: UserId, line: &Line) -> Result<(), Error> {
        let Some(row) = self.store.get::<Users>(&user)? else {
            return Ok(());
        };
        if self.store.get::<Erasures>(&user)?.is_some() {
            return Ok(());
        }
        tracing::warn!(%user, "somebody is erased again whom an older copy of the store brought back");
        let erasure = Erasure {
            connection: row.connection,
            begun: self.world.now(),
            by: MACHINE.to_owned(),
            media: line.media,
            names: self.names_of(user, &row.subject, row.connection)?,
            cleared: None,
        };
        self.commit_beginning(user, &erasure, None).await
    }
}
