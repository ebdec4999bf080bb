//! Counters for Prometheus.

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::store::{Condition, Stats};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    group: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Launched {
    outcome: &'static str,
}

/// What is counted while Lanterna runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    answers: Family<Answered, Counter>,
    launches: Family<Launched, Counter>,
    free_bytes: Gauge,
    journal_bytes: Gauge,
    store_running: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let answers = Family::default();
        let launches = Family::default();
        let mut registry = Registry::with_prefix("lanterna");
        registry.register(
            "answers",
            "Answers by group of addresses and status",
            answers.clone(),
        );
        registry.register("launches", "Launches by outcome", launches.clone());
        let free_bytes = Gauge::default();
        let journal_bytes = Gauge::default();
        let store_running = Gauge::default();
        registry.register(
            "free_bytes",
            "Free space of the store's disk",
            free_bytes.clone(),
        );
        registry.register(
            "journal_bytes",
            "Size of the journal",
            journal_bytes.clone(),
        );
        registry.register(
            "store_running",
            "1 while the store takes changes",
            store_running.clone(),
        );
        Self {
            registry: Arc::new(registry),
            answers,
            launches,
            free_bytes,
            journal_bytes,
            store_running,
        }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, group: &'static str, status: u16) {
        self.answers
            .get_or_create(&Answered { group, status })
            .inc();
    }

    /// Counts a launch: `opened`, or the code of its refusal.
    pub fn launched(&self, outcome: &'static str) {
        self.launches.get_or_create(&Launched { outcome }).inc();
    }

    /// Notes how the store is.
    pub fn store(&self, stats: &Stats) {
        let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.free_bytes.set(stats.free_bytes.map_or(0, number));
        self.journal_bytes.set(number(stats.journal_bytes));
        self.store_running
            .set((stats.condition == Condition::Running).into());
    }

    /// The exposition in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a `String` cannot fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
