//! The result of the LTI 2.0 JSON service (LTI 2.0 Implementation Guide, section 10).

use serde_json::{Value, json};

use super::{BadScore, Score};

/// Its media type.
pub const MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.result+json";
/// What its values mean (JSON-LD).
const CONTEXT: &str = "http://purl.imsglobal.org/ctx/lis/v2/Result";
/// The longest result, in bytes.
const LONGEST: usize = 64 * 1024;
/// The longest comment, in characters.
const LONGEST_COMMENT: usize = 5_000;

/// A result: a score, where there is one, and a comment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolResult {
    /// The score.
    pub score: Option<Score>,
    /// What the tool says about it.
    pub comment: Option<String>,
}

/// Why a result cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadResult {
    /// It is longer than any.
    #[error("the result is too long")]
    TooLong,
    /// It is no JSON object, or a list of more or less than one.
    #[error("the result is not one JSON object")]
    NotAResult,
    /// Its `@type` is not `Result`.
    #[error("the @type is not Result")]
    WrongType,
    /// Its `resultScore` cannot be taken.
    #[error(transparent)]
    Score(#[from] BadScore),
    /// Its `comment` is no text.
    #[error("the comment is not a text")]
    Comment,
}

impl ToolResult {
    /// Reads a result. One without a score deletes the score that was there.
    pub fn read(body: &[u8]) -> Result<Self, BadResult> {
        if body.len() > LONGEST {
            return Err(BadResult::TooLong);
        }
        // Some senders put it into a list.
        let value: Value = serde_json::from_slice(body).map_err(|_| BadResult::NotAResult)?;
        let value = match value {
            Value::Array(mut list) if list.len() == 1 => list.remove(0),
            value => value,
        };
        let object = value.as_object().ok_or(BadResult::NotAResult)?;
        if object.get("@type").and_then(Value::as_str) != Some("Result") {
            return Err(BadResult::WrongType);
        }
        let score = match object.get("resultScore") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(Score::parse(text)?),
            Some(Value::Number(number)) => {
                Some(Score::new(number.as_f64().ok_or(BadScore::NotANumber)?)?)
            }
            Some(_) => return Err(BadScore::NotANumber.into()),
        };
        let comment = match object.get("comment") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.chars().take(LONGEST_COMMENT).collect()),
            Some(_) => return Err(BadResult::Comment),
        };
        Ok(Self { score, comment })
    }

    /// The result as it is sent.
    pub fn write(&self) -> Value {
        let mut result = json!({"@context": CONTEXT, "@type": "Result"});
        if let Some(score) = self.score {
            result["resultScore"] = score.value().into();
        }
        if let Some(comment) = &self.comment {
            result["comment"] = comment.as_str().into();
        }
        result
    }
}
