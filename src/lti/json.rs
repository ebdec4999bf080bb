//! JSON from strangers: no name twice, bounded nesting, and readers that know strict from lenient.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};
use url::Url;

use super::origin::web_url;
use super::refusal::{Problem, Refusal};

/// Longer texts for people (names, titles) are cut here, in characters.
const MAX_TEXT: usize = 1000;
/// The length that LTI allows its ids (Core 1.3, section 5.3), in characters.
const MAX_ID: usize = 255;

/// Why something is not a JSON object that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonError {
    #[error("is not valid JSON, or is nested too deeply")]
    Syntax,
    #[error("says something twice")]
    Duplicate,
    #[error("is not a JSON object")]
    NotAnObject,
    #[error("is not a JSON array")]
    NotAList,
}

/// Reads a JSON object in which no object names anything twice (RFC 7519, section 4, leaves the
/// choice between refusing and guessing). `serde_json` refuses more than 128 levels of nesting.
pub(super) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Likewise a list, whatever is in it.
pub(super) fn parse_list(bytes: &[u8]) -> Result<Vec<Value>, JsonError> {
    match parse(bytes)? {
        Value::Array(list) => Ok(list),
        _ => Err(JsonError::NotAList),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    match serde_json::from_slice(bytes) {
        Ok(Unambiguous(value)) => Ok(value),
        // Any value is welcome, so the only complaint about data is the one made below.
        Err(error) if error.classify() == Category::Data => Err(JsonError::Duplicate),
        Err(_) => Err(JsonError::Syntax),
    }
}

/// A JSON value in which no object names anything twice.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(UnambiguousVisitor)
            .map(Unambiguous)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("a name appears twice"));
            }
            let Unambiguous(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Reads the members of an object. `null` counts as absent; so does anything that is not an object
/// (PHP platforms write an empty one as `[]`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'a>(Option<&'a Map<String, Value>>);

impl<'a> Object<'a> {
    pub(super) const fn new(object: &'a Map<String, Value>) -> Self {
        Self(Some(object))
    }

    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn object(self, name: &str) -> Self {
        Self(self.get(name).and_then(Value::as_object))
    }

    /// Whether this member is an object.
    pub(super) fn has_object(self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_object)
    }

    /// A finite number, also as digits in a string; anything else counts as absent.
    pub(super) fn number(self, name: &str) -> Option<f64> {
        let number = match self.get(name)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(digits) => digits.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// All members but those that are `null`.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
    }

    /// A string that decides something; another type is refused. `claim` names it in the refusal.
    pub(super) fn strict(
        self,
        name: &str,
        claim: &'static str,
    ) -> Result<Option<&'a str>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid(claim, Problem::WrongType)),
        }
    }

    /// An id: at most 255 characters, no control characters; empty counts as absent.
    pub(super) fn id(self, name: &str, claim: &'static str) -> Result<Option<&'a str>, Refusal> {
        let Some(id) = self.strict(name, claim)?.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        if id.chars().count() > MAX_ID {
            return Err(Refusal::invalid(claim, Problem::TooLong));
        }
        if id.chars().any(char::is_control) {
            return Err(Refusal::invalid(claim, Problem::Characters));
        }
        Ok(Some(id))
    }

    /// A text for people; anything else, or an empty one, counts as absent.
    pub(super) fn text(self, name: &str) -> Option<String> {
        let text = self.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.chars().take(MAX_TEXT).collect())
    }

    /// A string as it is; anything else counts as absent.
    pub(super) fn string(self, name: &str) -> Option<String> {
        self.get(name)?.as_str().map(str::to_owned)
    }

    /// The strings of an array; anything else in it is skipped.
    pub(super) fn strings(self, name: &str) -> Vec<String> {
        let items = self.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// An http(s) address; anything else counts as absent.
    pub(super) fn url(self, name: &str) -> Option<Url> {
        web_url(self.get(name)?.as_str()?)
    }

    /// A truth value, also as the word that some platforms write.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
            Value::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A size in pixels, also as digits in a string.
    pub(super) fn pixels(self, name: &str) -> Option<u32> {
        match self.get(name)? {
            Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_says_something_twice_is_refused_at_any_depth() {
        for twice in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"\u0061":2}]}"#,
        ] {
            assert_eq!(parse_object(twice.as_bytes()), Err(JsonError::Duplicate));
        }
        assert!(parse_object(br#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#).is_ok());
    }

    #[test]
    fn only_objects_of_bounded_depth_are_read() {
        assert_eq!(parse_object(b"[1]"), Err(JsonError::NotAnObject));
        assert_eq!(parse_object(b"{} x"), Err(JsonError::Syntax));
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}"), Err(JsonError::Syntax));
        let deep = |levels| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse_object(deep(100).as_bytes()).is_ok());
        for levels in [128, 20_000] {
            assert_eq!(
                parse_object(deep(levels).as_bytes()),
                Err(JsonError::Syntax)
            );
        }
    }

    #[test]
    fn values_arrive_as_they_are() {
        let text = r#"{"t":true,"n":null,"i":-5,"u":18446744073709551615,"f":1.5,"s":"ü\n"}"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            Value::Object(parse_object(text.as_bytes()).unwrap()),
            expected
        );
    }

    #[test]
    fn lenient_readers_take_what_platforms_write_and_skip_the_rest() {
        let object = parse_object(
            r#"{"null":null,"yes":"True","no":false,"odd":3,"px":"600","pt":"60%","neg":-1,
                "blank":"  ","text":" a ","list":["x",1,null,"y"],"empty":[],"js":"javascript:1"}"#
                .as_bytes(),
        )
        .unwrap();
        let read = Object::new(&object);
        assert!(read.get("null").is_none());
        assert_eq!(
            (read.flag("yes"), read.flag("no")),
            (Some(true), Some(false))
        );
        assert_eq!((read.flag("odd"), read.flag("text")), (None, None));
        assert_eq!(
            (read.pixels("px"), read.pixels("odd")),
            (Some(600), Some(3))
        );
        assert_eq!((read.pixels("pt"), read.pixels("neg")), (None, None));
        assert_eq!(read.text("blank"), None);
        assert_eq!(read.text("text").as_deref(), Some("a"));
        assert_eq!(read.strings("list"), ["x", "y"]);
        assert!(read.object("empty").get("x").is_none());
        assert_eq!(read.url("js"), None);
    }

    #[test]
    fn ids_are_strict() {
        let read = |value: Value| {
            let object = Map::from_iter([("id".to_owned(), value)]);
            Object::new(&object)
                .id("id", "id")
                .map(|id| id.map(str::to_owned))
        };
        let refused = |problem| Err(Refusal::invalid("id", problem));
        assert_eq!(read("x".repeat(255).into()), Ok(Some("x".repeat(255))));
        assert_eq!(read("ü".repeat(255).into()), Ok(Some("ü".repeat(255))));
        assert_eq!(read("x".repeat(256).into()), refused(Problem::TooLong));
        assert_eq!(read("a\0b".into()), refused(Problem::Characters));
        assert_eq!(read(7.into()), refused(Problem::WrongType));
        assert_eq!(read(Value::Array(vec![])), refused(Problem::WrongType));
        assert_eq!(read("".into()), Ok(None));
        assert_eq!(read(Value::Null), Ok(None));
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let object = Map::from_iter([("t".to_owned(), Value::from("ü".repeat(5000)))]);
        let text = Object::new(&object).text("t").unwrap();
        assert_eq!(text.chars().count(), MAX_TEXT);
    }
}
