//! A person's own progress with an item: what they have seen of it, in words and as a bar.

use std::time::Duration;

use maud::Markup;

use super::Error;
use super::earned::Owing;
use crate::app::App;
use crate::library::{Opened, placements};
use crate::people::Member;
use crate::store::rows::watching::Span;
use crate::ui::Messages;
use crate::ui::format::duration;
use crate::ui::progress::{Bar, bar};
use crate::watching::{self, Measure, Progress, Watcher};

/// Notes that the person opened the item's page, and shows what they have seen of it where that
/// counts. A disk that is full is no reason to show no page.
pub(super) async fn shown(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
) -> Result<Option<Markup>, Error> {
    let watcher = Watcher::of(&app.store, member, opened)?;
    if !watcher.counts() {
        return Ok(None);
    }
    let owing = Owing::new(app);
    let besides = Some(owing.besides.clone());
    let progress = match app.recorder.opened(watcher, besides).await {
        Ok(recorded) => {
            owing.wake(app);
            recorded.progress
        }
        Err(error) => {
            tracing::warn!(%error, "it was not noted that an item was opened");
            watching::of_watcher(&app.store, &watcher)?
        }
    };
    Ok(Some(of(app, member, opened, progress)?.shown(m)))
}

/// What a person has seen of an item as it is placed in their course.
pub(super) struct Own {
    progress: Progress,
    /// Where the part begins that is placed.
    start: u64,
}

/// Of an item of which a person has seen so much.
pub(super) fn of(
    app: &App,
    member: &Member,
    opened: &Opened,
    progress: Progress,
) -> Result<Own, Error> {
    let placed = placements::shown(&app.store, member, opened)?;
    let start = placed.as_ref().and_then(|placed| placed.start_ms);
    let end = placed.as_ref().and_then(|placed| placed.end_ms);
    let start_ms = start.unwrap_or(0);
    let progress = if start.is_some() || end.is_some() {
        progress.of_part(start_ms, end)
    } else {
        progress
    };
    Ok(Own {
        progress,
        start: start_ms,
    })
}

impl Own {
    /// How much that is, in percent.
    pub(super) fn percent(&self) -> Option<u16> {
        self.progress.percent.map(|hundredths| hundredths / 100)
    }

    /// What was seen, as thousandths of the whole: where each part begins and ends.
    pub(super) fn parts(&self) -> Vec<[u64; 2]> {
        let whole = self.progress.length.filter(|whole| *whole > 0);
        let Some(whole) = whole else {
            return Vec::new();
        };
        let share = |at: u64| at.saturating_sub(self.start) * 1_000 / whole;
        let part = |span: &Span| [share(span.start), share(span.end)];
        self.progress.seen.iter().map(part).collect()
    }

    /// The same in a sentence.
    pub(super) fn words(&self, m: Messages) -> String {
        let progress = &self.progress;
        if let Some((seen, Some(pages))) = progress.pages() {
            return m.with(
                "own-pages",
                &[("seen", seen.into()), ("pages", pages.into())],
            );
        }
        match (progress.measure, self.percent()) {
            (Measure::Opening, _) if progress.seen_ms > 0 => m.text("own-opened").into_owned(),
            (Measure::Opening, _) => m.text("own-not-opened").into_owned(),
            (_, Some(0)) if progress.seen_ms == 0 => m.text("own-nothing").into_owned(),
            (_, Some(100)) => m.text("own-all").into_owned(),
            (_, Some(percent)) => m.with("own-percent", &[("percent", percent.into())]),
            (_, None) => {
                let time = duration(Duration::from_millis(progress.seen_ms));
                m.with("own-time", &[("time", time.into())])
            }
        }
    }

    /// The same of somebody else.
    pub(super) fn told(&self, m: Messages) -> String {
        if let Some(percent) = self.percent() {
            return m.with("review-percent", &[("percent", percent.into())]);
        }
        let time = duration(Duration::from_millis(self.progress.seen_ms));
        m.with("review-time", &[("time", time.into())])
    }

    /// The words and the bar.
    pub(super) fn shown(&self, m: Messages) -> Markup {
        bar(
            m,
            &Bar {
                words: &self.words(m),
                percent: self.percent(),
                parts: &self.parts(),
            },
        )
    }
}
