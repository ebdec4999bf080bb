//! PDF: how many pages it has.

use super::Examined;
use super::source::Source;
use crate::store::rows::library::Facts;

/// The longest file that is read, in bytes.
const LEN_MAX: u64 = 128 << 20;

/// Examines a PDF.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let bytes = source.slice(0, source.len(), LEN_MAX)?;
    let metadata = lopdf::Document::load_metadata_mem(&bytes).ok()?;
    Some(Examined {
        facts: Facts {
            pages: Some(metadata.page_count).filter(|pages| *pages > 0),
            ..Facts::default()
        },
        ..Examined::default()
    })
}
