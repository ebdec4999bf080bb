//! Counters for Prometheus.

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

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
        Self {
            registry: Arc::new(registry),
            answers,
            launches,
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

    /// The exposition in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a `String` cannot fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
