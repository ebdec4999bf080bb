//! Line items: the columns of a gradebook (AGS 2.0, section 3.2).

use serde_json::Value;
use url::Url;

use super::fields::{id, maximum, moment, object};
use super::{Malformed, Moment};
use crate::lti::issue::Members;
use crate::lti::json::{Object, parse_list, parse_object};

/// The label where a platform gives none.
const UNNAMED: &str = "?";

/// A line item.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// Its address, which the platform gives.
    pub id: Option<Url>,
    /// What the column is called.
    pub label: String,
    /// The most that can be reached.
    pub maximum: f64,
    /// The resource link that it belongs to.
    pub resource_link: Option<String>,
    /// The tool's own id of what is graded.
    pub resource: Option<String>,
    /// The tool's own word for what is graded about it.
    pub tag: Option<String>,
    /// From when on something can be handed in.
    pub starts: Option<Moment>,
    /// Until when.
    pub ends: Option<Moment>,
}

impl LineItem {
    /// A column of this name and maximum, and nothing else.
    pub const fn new(label: String, maximum: f64) -> Self {
        Self {
            id: None,
            label,
            maximum,
            resource_link: None,
            resource: None,
            tag: None,
            starts: None,
            ends: None,
        }
    }

    /// Reads what a tool sends. Its `id` is left out: only the platform gives it.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let object = object(body)?;
        let sent = Object::new(&object);
        let label = id(sent, "label")?.map(|label| label.trim().to_owned());
        let label = label.filter(|label| !label.is_empty());
        let item = Self {
            id: None,
            label: label.ok_or(Malformed::Missing("label"))?,
            maximum: maximum(sent, "scoreMaximum")?.ok_or(Malformed::Missing("scoreMaximum"))?,
            resource_link: id(sent, "resourceLinkId")?,
            resource: id(sent, "resourceId")?,
            tag: id(sent, "tag")?,
            starts: moment(sent, "startDateTime")?,
            ends: moment(sent, "endDateTime")?,
        };
        match (item.starts, item.ends) {
            (Some(starts), Some(ends)) if ends < starts => Err(Malformed::Invalid("endDateTime")),
            _ => Ok(item),
        }
    }

    /// Reads what a platform answers; it has an address.
    pub fn answered(body: &[u8]) -> Result<Self, Malformed> {
        let object = parse_object(body).map_err(|_| Malformed::NotAnObject)?;
        lenient(Object::new(&object)).ok_or(Malformed::Missing("id"))
    }

    /// The document.
    pub fn document(&self) -> Value {
        let moment = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
        Members::default()
            .with("id", self.id.as_ref().map(Url::as_str))
            .with("label", self.label.clone())
            .with("scoreMaximum", points(self.maximum))
            .with("resourceLinkId", self.resource_link.clone())
            .with("resourceId", self.resource.clone())
            .with("tag", self.tag.clone())
            .with("startDateTime", moment(self.starts))
            .with("endDateTime", moment(self.ends))
            .or_empty()
    }
}

/// Reads a platform's list of line items. Those without an address are of no use, and left out.
pub fn container(body: &[u8]) -> Result<Vec<LineItem>, Malformed> {
    let list = parse_list(body).map_err(|_| Malformed::NotAList)?;
    let items = list.iter().filter_map(Value::as_object);
    Ok(items
        .filter_map(|item| lenient(Object::new(item)))
        .collect())
}

fn lenient(item: Object<'_>) -> Option<LineItem> {
    let moment = |name| item.text(name)?.parse().ok();
    let id = |name| item.string(name).filter(|id: &String| !id.is_empty());
    Some(LineItem {
        id: Some(item.url("id")?),
        label: item.text("label").unwrap_or_else(|| UNNAMED.to_owned()),
        maximum: item.number("scoreMaximum").filter(|max| *max > 0.0)?,
        resource_link: id("resourceLinkId"),
        resource: id("resourceId"),
        tag: id("tag"),
        starts: moment("startDateTime"),
        ends: moment("endDateTime"),
    })
}

/// A number as people write it: whole ones without a point, since some platforms take nothing else
/// for them.
pub(super) fn points(number: f64) -> Value {
    // Above that, not every whole number is one.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && (0.0..EXACT).contains(&number) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, and in range"
        )]
        return Value::from(number as u64);
    }
    Value::from(number)
}
