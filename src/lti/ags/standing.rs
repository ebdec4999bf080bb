//! Results: where a person stands in a line item, as the gradebook has it (AGS 2.0, section 3.3).

use serde_json::Value;
use url::Url;

use super::line_item::points;
use super::{Malformed, Score};
use crate::lti::issue::Members;
use crate::lti::json::{Object, parse_list};
use crate::lti::redact::debug_showing;

/// The maximum of results that give none.
const USUAL_MAXIMUM: f64 = 1.0;

/// Where a person stands in a line item.
#[derive(Clone, PartialEq)]
pub struct Standing {
    /// Its own address, which the platform gives.
    pub id: Option<Url>,
    /// The line item.
    pub score_of: Option<Url>,
    /// The person.
    pub user: String,
    /// The points; `None` when there is no grade.
    pub score: Option<f64>,
    /// Out of how many.
    pub maximum: f64,
    /// A few words to the person.
    pub comment: Option<String>,
}

debug_showing! {
    Standing { score_of, score, maximum }
}

impl Standing {
    /// What a gradebook makes of the last score of a person, in a line item of this maximum.
    pub fn of(score: &Score, maximum: f64) -> Self {
        let counts = score.counts();
        Self {
            id: None,
            score_of: None,
            user: score.user.clone(),
            score: counts.map(|given| given.out_of(maximum)),
            maximum,
            comment: score.comment.clone().filter(|_| counts.is_some()),
        }
    }

    /// The document.
    pub fn document(&self) -> Value {
        Members::default()
            .with("id", self.id.as_ref().map(Url::as_str))
            .with("scoreOf", self.score_of.as_ref().map(Url::as_str))
            .with("userId", self.user.clone())
            .with("resultScore", self.score.map(points))
            .with("resultMaximum", points(self.maximum))
            .with("comment", self.comment.clone())
            .or_empty()
    }
}

/// Reads a platform's list of results. Those that name nobody are left out.
pub fn container(body: &[u8]) -> Result<Vec<Standing>, Malformed> {
    let list = parse_list(body).map_err(|_| Malformed::NotAList)?;
    let results = list.iter().filter_map(Value::as_object);
    Ok(results
        .filter_map(|result| lenient(Object::new(result)))
        .collect())
}

fn lenient(result: Object<'_>) -> Option<Standing> {
    let user = match result.get("userId")? {
        Value::Number(number) => number.as_u64()?.to_string(),
        other => other.as_str().filter(|id| !id.is_empty())?.to_owned(),
    };
    let maximum = result.number("resultMaximum").filter(|most| *most > 0.0);
    Some(Standing {
        id: result.url("id"),
        score_of: result.url("scoreOf"),
        user,
        score: result.number("resultScore"),
        maximum: maximum.unwrap_or(USUAL_MAXIMUM),
        comment: result.text("comment"),
    })
}
