//! Assignment and Grade Services 2.0: columns of a gradebook ([`LineItem`]), what a tool reports
//! about one person ([`Score`]) and what the gradebook makes of it ([`Standing`]).
//!
//! What a tool sends is read strictly ([`LineItem::read`], [`Score::read`]): it changes something.
//! What a platform answers is read leniently ([`line_item::container`], [`standing::container`]),
//! since platforms differ. Both sides write in one way.

mod fields;
pub mod line_item;
mod moment;
pub mod score;
pub mod standing;

#[cfg(test)]
mod tests;

use url::Url;

pub use line_item::LineItem;
pub use moment::Moment;
pub use score::{Activity, Given, Grading, Score, Submission};
pub use standing::Standing;

/// The media types, to be sent and taken exactly.
pub mod media_type {
    /// A line item.
    pub const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
    /// Several line items.
    pub const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
    /// A score.
    pub const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
    /// Several results.
    pub const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";

    /// Whether a `Content-Type` header is this media type, with whatever parameters.
    pub fn is(header: &str, media_type: &str) -> bool {
        let essence = header.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(media_type)
    }

    /// Whether an `Accept` header takes this media type. An empty one takes everything (RFC 9110,
    /// section 12.5.1).
    pub fn accepts(header: &str, media_type: &str) -> bool {
        let range =
            |range: &str| is(range, media_type) || is(range, "*/*") || is(range, "application/*");
        header.trim().is_empty() || header.split(',').any(range)
    }
}

/// What is wrong with something that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no JSON object, or an ambiguous one.
    #[error("the body is not a JSON object, or says something twice")]
    NotAnObject,
    /// It is no JSON array.
    #[error("the body is not a JSON array")]
    NotAList,
    /// A member is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member is not what it has to be.
    #[error("{0} is not as it must be")]
    Invalid(&'static str),
}

/// Where scores of a line item are sent: below its path, before its query (section 3.4.2).
pub fn scores_of(line_item: &Url) -> Url {
    below(line_item, "scores")
}

/// Where results of a line item are read (section 3.3.2).
pub fn results_of(line_item: &Url) -> Url {
    below(line_item, "results")
}

fn below(line_item: &Url, what: &str) -> Url {
    let mut url = line_item.clone();
    let path = format!("{}/{what}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}
