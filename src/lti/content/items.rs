//! Content items as JSON (Deep Linking 2.0, section 3).

use serde_json::Value;
use url::Url;

use super::{
    Content, ContentItem, Iframe, LaunchLink, LineItem, MOST_ITEMS, Period, Picture, Window, kind,
};
use crate::lti::claims::custom;
use crate::lti::issue::Members;
use crate::lti::json::Object;
use crate::lti::refusal::{Problem, Refusal};
use crate::world::Time;

/// The items of a response. Types that nobody here knows are passed over, as the specification
/// wants it.
pub(in crate::lti) fn read_all(items: Option<&Value>) -> Result<Vec<ContentItem>, Refusal> {
    const CLAIM: &str = "content_items";
    let items = match items {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Refusal::invalid(CLAIM, Problem::WrongType)),
    };
    if items.len() > MOST_ITEMS {
        return Err(Refusal::invalid(CLAIM, Problem::TooLong));
    }
    let mut read = Vec::new();
    for item in items {
        let item = item
            .as_object()
            .ok_or(Refusal::invalid(CLAIM, Problem::WrongType))?;
        read.extend(read_one(Object::new(item))?);
    }
    Ok(read)
}

fn read_one(item: Object<'_>) -> Result<Option<ContentItem>, Refusal> {
    let missing = |member| Refusal::invalid(member, Problem::Missing);
    let url = || item.url("url").ok_or(missing("content_items.url"));
    let content = match item
        .strict("type", "content_items.type")?
        .ok_or(missing("content_items.type"))?
    {
        kind::LAUNCH => Content::Launch(launch(item)?),
        kind::LINK => Content::Link {
            url: url()?,
            embed: item.object("embed").string("html"),
        },
        kind::FILE => Content::File {
            url: url()?,
            media_type: None,
            expires: moment(item, "expiresAt"),
        },
        kind::HTML => Content::Html(item.string("html").ok_or(missing("content_items.html"))?),
        kind::IMAGE => Content::Image {
            url: url()?,
            media_type: None,
            width: item.pixels("width"),
            height: item.pixels("height"),
        },
        _ => return Ok(None),
    };
    Ok(Some(ContentItem {
        content,
        title: item.text("title"),
        text: item.text("text"),
        icon: picture(item.object("icon")),
        thumbnail: picture(item.object("thumbnail")),
        iframe: item
            .has_object("iframe")
            .then(|| iframe(item.object("iframe"))),
        window: item
            .has_object("window")
            .then(|| window(item.object("window"))),
    }))
}

fn launch(item: Object<'_>) -> Result<LaunchLink, Refusal> {
    let given = item.strict("url", "content_items.url")?;
    let given = given.filter(|url| !url.is_empty());
    let url = item.url("url");
    if given.is_some() && url.is_none() {
        return Err(Refusal::invalid("content_items.url", Problem::WrongType));
    }
    Ok(LaunchLink {
        url,
        custom: custom(item.object("custom")),
        line_item: line_item(item)?,
        available: period(item, "available"),
        submission: period(item, "submission"),
    })
}

fn line_item(item: Object<'_>) -> Result<Option<LineItem>, Refusal> {
    if !item.has_object("lineItem") {
        return Ok(None);
    }
    let line = item.object("lineItem");
    let maximum = line.number("scoreMaximum").filter(|most| *most > 0.0);
    Ok(Some(LineItem {
        maximum: maximum.ok_or(Refusal::invalid(
            "content_items.lineItem.scoreMaximum",
            Problem::OutOfRange,
        ))?,
        label: line.text("label"),
        resource_id: line.string("resourceId"),
        tag: line.string("tag"),
        released: line.flag("gradesReleased"),
    }))
}

fn period(item: Object<'_>, name: &str) -> Option<Period> {
    let told = item.object(name);
    item.has_object(name).then(|| Period {
        start: moment(told, "startDateTime"),
        end: moment(told, "endDateTime"),
    })
}

/// A moment by ISO 8601; anything else counts as absent.
fn moment(object: Object<'_>, name: &str) -> Option<Time> {
    let moment: jiff::Timestamp = object.string(name)?.parse().ok()?;
    u64::try_from(moment.as_millisecond()).ok().map(Time)
}

fn picture(picture: Object<'_>) -> Option<Picture> {
    Some(Picture {
        url: picture.url("url")?,
        width: picture.pixels("width"),
        height: picture.pixels("height"),
    })
}

fn iframe(frame: Object<'_>) -> Iframe {
    Iframe {
        src: frame.url("src"),
        width: frame.pixels("width"),
        height: frame.pixels("height"),
    }
}

fn window(window: Object<'_>) -> Window {
    Window {
        name: window.string("targetName"),
        width: window.pixels("width"),
        height: window.pixels("height"),
        features: window.string("windowFeatures"),
    }
}

/// The item as JSON. What is not told is left out.
pub(in crate::lti) fn write(item: &ContentItem) -> Value {
    let members = Members::default()
        .with("type", item.content.kind())
        .with("title", item.title.clone())
        .with("text", item.text.clone())
        .with("icon", item.icon.as_ref().map(written_picture))
        .with("thumbnail", item.thumbnail.as_ref().map(written_picture))
        .with("iframe", item.iframe.as_ref().map(written_iframe))
        .with("window", item.window.as_ref().map(written_window));
    written_content(members, &item.content).into()
}

fn written_content(members: Members, content: &Content) -> Members {
    match content {
        Content::Launch(link) => written_launch(members, link),
        Content::Link { url, embed } => members.with("url", url.as_str()).with(
            "embed",
            embed
                .as_deref()
                .map(|html| Members::default().with("html", html)),
        ),
        Content::File { url, expires, .. } => members
            .with("url", url.as_str())
            .with("expiresAt", expires.map(written_moment)),
        Content::Html(html) => members.with("html", html.as_str()),
        Content::Image {
            url, width, height, ..
        } => members
            .with("url", url.as_str())
            .with("width", *width)
            .with("height", *height),
    }
}

fn written_launch(members: Members, link: &LaunchLink) -> Members {
    let custom = link.custom.iter();
    let custom = custom.fold(Members::default(), |members, (name, value)| {
        members.with(name, value.as_str())
    });
    members
        .with("url", link.url.as_ref().map(Url::as_str))
        .with("custom", custom)
        .with("lineItem", link.line_item.as_ref().map(written_line_item))
        .with("available", link.available.map(written_period))
        .with("submission", link.submission.map(written_period))
}

fn written_line_item(line: &LineItem) -> Members {
    Members::default()
        .with("scoreMaximum", written_number(line.maximum))
        .with("label", line.label.clone())
        .with("resourceId", line.resource_id.clone())
        .with("tag", line.tag.clone())
        .with("gradesReleased", line.released)
}

/// A whole number without a fraction, which is how everybody writes a maximum.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only whole numbers that fit are cast"
)]
pub(super) fn written_number(number: f64) -> Value {
    if number.fract() == 0.0 && (0.0..1e15).contains(&number) {
        Value::from(number as u64)
    } else {
        Value::from(number)
    }
}

fn written_period(period: Period) -> Members {
    Members::default()
        .with("startDateTime", period.start.map(written_moment))
        .with("endDateTime", period.end.map(written_moment))
}

pub(super) fn written_moment(moment: Time) -> String {
    moment.timestamp().to_string()
}

fn written_picture(picture: &Picture) -> Members {
    Members::default()
        .with("url", picture.url.as_str())
        .with("width", picture.width)
        .with("height", picture.height)
}

fn written_iframe(frame: &Iframe) -> Value {
    let frame = Members::default()
        .with("src", frame.src.as_ref().map(Url::as_str))
        .with("width", frame.width)
        .with("height", frame.height);
    frame.or_empty()
}

/// A window of which nothing is told is a window all the same.
fn written_window(window: &Window) -> Value {
    let window = Members::default()
        .with("targetName", window.name.clone())
        .with("width", window.width)
        .with("height", window.height)
        .with("windowFeatures", window.features.clone());
    window.or_empty()
}
