//! Tables to be kept as files.

use http::header::CONTENT_DISPOSITION;

use super::{CROSS_ORIGIN_RESOURCE_POLICY, Page};
use crate::ui::csv;

/// A table that grows by rows, and becomes a file.
#[derive(Debug, Clone)]
pub struct Csv(csv::Csv);

impl Csv {
    /// A table with these names of columns.
    pub fn new<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> Self {
        Self(csv::Csv::new(columns))
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.0.row(cells);
    }

    /// The file, to be kept under this plain name.
    pub fn page(mut self, name: &str) -> Page {
        debug_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        Page::whole("text/csv; charset=utf-8", self.0.take())
            .with(CONTENT_DISPOSITION, &disposition)
            .with(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin")
    }
}
