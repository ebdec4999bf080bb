//! What became of every file.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::walk::Passed;
use crate::config::ByteSize;

/// How many files are named where people read.
const NAMED: usize = 50;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// It came in.
    Imported,
    /// It came in before.
    Known,
    /// It would come in.
    New,
    /// It was passed over.
    Passed,
    /// It could not come in.
    Failed,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Known => "known",
            Self::New => "new",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// Where it is below the folder.
    pub(super) path: String,
    /// Bytes; 0 where they do not matter.
    pub(super) len: u64,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// The item that it is now.
    pub(super) item: Option<String>,
    /// Why it did not come in.
    pub(super) why: Option<String>,
    /// What is amiss with what belongs to it.
    pub(super) notes: Vec<String>,
}

/// What became of every file.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Whether it was stopped before the end.
    pub(super) stopped: bool,
    /// The files.
    pub(super) files: Vec<Entry>,
}

impl Report {
    /// Begins with what is passed over.
    pub(super) fn new(passed: Vec<Passed>) -> Self {
        let files = passed.into_iter().map(|passed| Entry {
            path: passed.shown,
            len: 0,
            outcome: if passed.amiss {
                Outcome::Failed
            } else {
                Outcome::Passed
            },
            item: None,
            why: Some(passed.why.to_owned()),
            notes: Vec::new(),
        });
        Self {
            stopped: false,
            files: files.collect(),
        }
    }

    /// Whether everything that was to come in is in, with all that belongs to it.
    pub(super) fn is_well(&self) -> bool {
        let well = |file: &Entry| file.outcome != Outcome::Failed && file.notes.is_empty();
        self.files.iter().all(well)
    }

    /// The whole in words: numbers, and what somebody should look at.
    pub(super) fn summary(&self) -> String {
        let mut text = String::new();
        for (outcome, words) in [
            (Outcome::Imported, "imported"),
            (Outcome::New, "would be imported"),
            (Outcome::Known, "imported before"),
            (Outcome::Passed, "passed over"),
            (Outcome::Failed, "not imported"),
        ] {
            let of = self.files.iter().filter(|file| file.outcome == outcome);
            let (count, bytes) = of.fold((0_usize, 0_u64), |(count, bytes), file| {
                (count + 1, bytes.saturating_add(file.len))
            });
            if count > 0 {
                // Writing into a `String` cannot fail.
                let _ = writeln!(text, "{count:>7} {words}{}", in_all(bytes));
            }
        }
        let amiss: Vec<_> = self.files.iter().flat_map(Entry::amiss).collect();
        for line in amiss.iter().take(NAMED) {
            let _ = writeln!(text, "{line}");
        }
        if let Some(more) = amiss.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let _ = writeln!(text, "… and {more} more; --report FILE names them all");
        }
        if text.is_empty() {
            text.push_str("there is nothing to import\n");
        }
        text
    }

    /// Writes it: JSON when `path` ends so, else CSV.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let text = if json {
            serde_json::to_string_pretty(self)? + "\n"
        } else {
            self.csv()
        };
        fs::write(path, text)
    }

    /// As CSV (RFC 4180).
    fn csv(&self) -> String {
        let mut text = String::from("path,bytes,outcome,item,why,notes\r\n");
        for file in &self.files {
            let fields = [
                file.path.as_str(),
                &file.len.to_string(),
                file.outcome.name(),
                file.item.as_deref().unwrap_or_default(),
                file.why.as_deref().unwrap_or_default(),
                &file.notes.join("; "),
            ];
            let fields: Vec<_> = fields.into_iter().map(quoted).collect();
            text.push_str(&fields.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

impl Entry {
    fn amiss(&self) -> Vec<String> {
        let failed = (self.outcome == Outcome::Failed).then_some(self.why.as_ref());
        let whys = failed.flatten().into_iter().chain(&self.notes);
        whys.map(|why| format!("  {}: {why}", self.path)).collect()
    }
}

fn in_all(bytes: u64) -> String {
    if bytes == 0 {
        return String::new();
    }
    format!(" ({})", ByteSize(bytes))
}

/// A field in quotes. What spreadsheets would take for a formula gets an apostrophe before it.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t']);
    let before = if formula { "'" } else { "" };
    format!("\"{before}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(outcome: Outcome, notes: &[&str]) -> Entry {
        Entry {
            path: "a \"b\".mp4".into(),
            len: 1000,
            outcome,
            item: None,
            why: (outcome == Outcome::Failed).then(|| "it is empty".into()),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_amiss_is_named() {
        let mut report = Report::default();
        assert_eq!(report.summary(), "there is nothing to import\n");
        report.files.push(entry(Outcome::Imported, &[]));
        report.files.push(entry(Outcome::Imported, &[]));
        assert!(report.is_well());
        assert_eq!(report.summary(), "      2 imported (2.0 KiB)\n");
        report
            .files
            .push(entry(Outcome::Imported, &["line 3 is long"]));
        assert!(!report.is_well());
        report.files.push(entry(Outcome::Failed, &[]));
        let summary = report.summary();
        assert!(
            summary.contains("  a \"b\".mp4: line 3 is long\n"),
            "{summary}"
        );
        assert!(
            summary.contains("  a \"b\".mp4: it is empty\n"),
            "{summary}"
        );
        for _ in 0..NAMED {
            report.files.push(entry(Outcome::Failed, &[]));
        }
        assert!(report.summary().contains("… and 2 more"));
    }

    #[test]
    fn reports_are_csv_or_json() {
        let mut report = Report::default();
        report.files.push(Entry {
            path: "=1+1,\"x\".mp4".into(),
            ..entry(Outcome::Failed, &["one", "two"])
        });
        let folder = tempfile::tempdir().unwrap();
        let (csv, json) = (folder.path().join("a.csv"), folder.path().join("a.JSON"));
        report.write(&csv).unwrap();
        let text = fs::read_to_string(csv).unwrap();
        let line =
            "\"'=1+1,\"\"x\"\".mp4\",\"1000\",\"failed\",\"\",\"it is empty\",\"one; two\"\r\n";
        assert!(text.ends_with(line), "{text}");
        report.write(&json).unwrap();
        let value: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
        assert_eq!(value["files"][0]["outcome"], "failed");
        assert_eq!(value["stopped"], false);
    }
}
