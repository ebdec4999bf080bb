//! Strict reading of what a tool sends.

use serde_json::{Map, Value};

use super::{Malformed, Moment};
use crate::lti::json::{Object, parse_object};

/// The longest id, in characters.
const MAX_ID: usize = 255;
/// The longest text, in characters.
const MAX_TEXT: usize = 4000;

/// The object that a body is.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Malformed> {
    parse_object(body).map_err(|_| Malformed::NotAnObject)
}

/// A text without control characters other than line ends and tabs; empty counts as absent.
pub(super) fn text(of: Object<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    match of.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text))
            if text.chars().count() <= MAX_TEXT && text.chars().all(plain) =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Malformed::Invalid(name)),
    }
}

/// An id or a label; empty counts as absent.
pub(super) fn id(of: Object<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    let id = text(of, name)?;
    let fits = |id: &String| id.chars().count() <= MAX_ID && !id.contains(char::is_control);
    match id {
        Some(id) if !fits(&id) => Err(Malformed::Invalid(name)),
        id => Ok(id),
    }
}

/// A finite number that is no less than zero. Digits in a string are none.
pub(super) fn number(of: Object<'_>, name: &'static str) -> Result<Option<f64>, Malformed> {
    match of.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => number
            .as_f64()
            .filter(|number| number.is_finite() && *number >= 0.0)
            // A negative zero is a zero.
            .map(|number| Some(number + 0.0))
            .ok_or(Malformed::Invalid(name)),
        Some(_) => Err(Malformed::Invalid(name)),
    }
}

/// Likewise, above zero.
pub(super) fn maximum(of: Object<'_>, name: &'static str) -> Result<Option<f64>, Malformed> {
    match number(of, name)? {
        Some(number) if number <= 0.0 => Err(Malformed::Invalid(name)),
        number => Ok(number),
    }
}

/// A moment.
pub(super) fn moment(of: Object<'_>, name: &'static str) -> Result<Option<Moment>, Malformed> {
    let text = id(of, name)?;
    let text = text.map(|text| text.parse().map_err(|_| Malformed::Invalid(name)));
    text.transpose()
}
