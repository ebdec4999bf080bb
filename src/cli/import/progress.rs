//! How far an import is: bars on a terminal, else a line for each file.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::complain;
use crate::config::ByteSize;

const TOTAL: &str = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left, file {msg}";
const FILE: &str = "{bar:30} {percent:>3} %  {wide_msg}";

/// How far an import is.
#[derive(Debug)]
pub(super) struct Progress {
    bars: Option<Bars>,
    files: usize,
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    file: ProgressBar,
}

impl Progress {
    /// For so many files of so many bytes in all.
    pub(super) fn new(files: usize, bytes: u64) -> Self {
        let bars = stderr().is_terminal().then(|| {
            let all = MultiProgress::new();
            let total = all.add(ProgressBar::new(bytes).with_style(style(TOTAL)));
            let file = all.add(ProgressBar::new(0).with_style(style(FILE)));
            total.enable_steady_tick(Duration::from_millis(500));
            Bars { all, total, file }
        });
        Self { bars, files }
    }

    /// The file that comes next, counted from 1, after others of so many bytes.
    pub(super) fn begin(&self, nth: usize, before: u64, name: &str, len: u64) {
        let count = format!("{nth} of {}", self.files);
        match &self.bars {
            Some(bars) => {
                bars.total.set_message(count);
                bars.total.set_position(before);
                bars.file.reset();
                bars.file.set_length(len);
                bars.file.set_message(name.to_owned());
            }
            None => complain(&format!("{count}: {name} ({})", ByteSize(len))),
        }
    }

    /// So many bytes more are there.
    pub(super) fn came(&self, bytes: u64) {
        if let Some(bars) = &self.bars {
            bars.total.inc(bytes);
            bars.file.inc(bytes);
        }
    }

    /// So many bytes were there before: they say nothing of the speed.
    pub(super) fn was_there(&self, bytes: u64) {
        if let Some(bars) = &self.bars {
            bars.total.set_position(bars.total.position() + bytes);
            bars.total.reset_eta();
            bars.file.set_position(bytes);
        }
    }

    /// Something to know at once.
    pub(super) fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| complain(line)),
            None => complain(line),
        }
    }

    /// Takes the bars away.
    pub(super) fn end(&self) {
        if let Some(bars) = &self.bars {
            bars.file.finish_and_clear();
            bars.total.finish_and_clear();
        }
    }
}

/// A template that does not parse is found by the test below.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_parse() {
        for template in [TOTAL, FILE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
