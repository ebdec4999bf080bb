//! Content items as a graph of JSON-LD (Content-Item 1.0, section 3), which LTI 1.1 sends.

use serde_json::{Map, Value, json};
use url::Url;

use super::items::{written_moment, written_number};
use super::{
    Content, ContentItem, Iframe, LAUNCH_MEDIA_TYPE, LaunchLink, LineItem, MOST_ITEMS, Picture,
    Window,
};
use crate::lti::claims::custom;
use crate::lti::issue::Members;
use crate::lti::json::{Object, parse_object};
use crate::lti::launch::DocumentTarget;
use crate::lti::names::vocabulary::CONTENT_ITEM;
use crate::lti::refusal::{Problem, Refusal};

/// The media type of web pages and of fragments of HTML.
const HTML: &str = "text/html";
/// What a file of unknown type is.
const BYTES: &str = "application/octet-stream";
/// What a picture of unknown type is taken for.
const PICTURE: &str = "image/png";

/// Reads the items of a `content_items` parameter. What has no address is passed over.
pub(in crate::lti) fn read_all(text: &str) -> Result<Vec<ContentItem>, Refusal> {
    const NAME: &str = "content_items";
    let object =
        parse_object(text.as_bytes()).map_err(|_| Refusal::invalid(NAME, Problem::WrongType))?;
    let graph = match object.get("@graph") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(graph)) => graph.iter().collect(),
        // JSON-LD allows a single node without its list.
        Some(node @ Value::Object(_)) => vec![node],
        Some(_) => return Err(Refusal::invalid(NAME, Problem::WrongType)),
    };
    if graph.len() > MOST_ITEMS {
        return Err(Refusal::invalid(NAME, Problem::TooLong));
    }
    let nodes = graph.into_iter().filter_map(Value::as_object);
    let items = nodes.map(|node| read_one(Object::new(node)));
    Ok(items
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

fn read_one(node: Object<'_>) -> Result<Option<ContentItem>, Refusal> {
    let Some(content) = read_content(node)? else {
        return Ok(None);
    };
    let advice = node.object("placementAdvice");
    let target = advice
        .text("presentationDocumentTarget")
        .and_then(|name| DocumentTarget::parse(&name));
    let (width, height) = (
        advice.pixels("displayWidth"),
        advice.pixels("displayHeight"),
    );
    let framed = target == Some(DocumentTarget::Iframe);
    let windowed = target == Some(DocumentTarget::Window);
    let fragment = matches!(content, Content::Html(_));
    Ok(Some(ContentItem {
        content,
        title: node.text("title"),
        // Of a fragment the text is its content.
        text: node.text("text").filter(|_| !fragment),
        icon: read_picture(node.object("icon")),
        thumbnail: read_picture(node.object("thumbnail")),
        iframe: framed.then_some(Iframe {
            src: None,
            width,
            height,
        }),
        window: windowed.then(|| Window {
            name: advice.string("windowTarget"),
            width,
            height,
            features: None,
        }),
    }))
}

/// By the media type, since the type of the node says less.
fn read_content(node: Object<'_>) -> Result<Option<Content>, Refusal> {
    let media_type = node.text("mediaType").unwrap_or_default();
    let kind = node.text("@type").unwrap_or_default();
    let url = node.url("url");
    if media_type == LAUNCH_MEDIA_TYPE || kind == "LtiLinkItem" || kind == "LtiLink" {
        return Ok(Some(Content::Launch(LaunchLink {
            url,
            custom: custom(node.object("custom")),
            line_item: read_line_item(node)?,
            available: None,
            submission: None,
        })));
    }
    let Some(url) = url else {
        let html = node.string("text").filter(|_| media_type == HTML);
        return Ok(html.map(Content::Html));
    };
    let told = (!media_type.is_empty()).then_some(media_type.clone());
    Ok(Some(if kind == "FileItem" {
        Content::File {
            url,
            media_type: told,
            expires: None,
        }
    } else if media_type.starts_with("image/") {
        Content::Image {
            url,
            media_type: told,
            width: None,
            height: None,
        }
    } else if media_type == HTML || media_type.is_empty() {
        Content::Link { url, embed: None }
    } else {
        Content::File {
            url,
            media_type: told,
            expires: None,
        }
    }))
}

fn read_line_item(node: Object<'_>) -> Result<Option<LineItem>, Refusal> {
    if !node.has_object("lineItem") {
        return Ok(None);
    }
    let line = node.object("lineItem");
    let limits = line.object("scoreConstraints");
    let named = ["totalMaximum", "normalMaximum"];
    let maximum = named.iter().find_map(|name| limits.number(name));
    Ok(Some(LineItem {
        maximum: maximum.filter(|most| *most > 0.0).ok_or(Refusal::invalid(
            "content_items.lineItem.scoreConstraints",
            Problem::OutOfRange,
        ))?,
        label: line.text("label"),
        resource_id: line.object("assignedActivity").string("activityId"),
        tag: None,
        released: None,
    }))
}

fn read_picture(picture: Object<'_>) -> Option<Picture> {
    Some(Picture {
        url: picture.url("@id")?,
        width: picture.pixels("width"),
        height: picture.pixels("height"),
    })
}

/// The value of a `content_items` parameter.
pub(in crate::lti) fn write(items: &[ContentItem]) -> String {
    let graph: Vec<Value> = items.iter().map(node).collect();
    json!({ "@context": CONTENT_ITEM, "@graph": graph }).to_string()
}

fn node(item: &ContentItem) -> Value {
    let members = Members::default()
        .with("title", item.title.clone())
        .with("text", item.text.clone())
        .with("icon", item.icon.as_ref().map(picture))
        .with("thumbnail", item.thumbnail.as_ref().map(picture))
        .with("placementAdvice", advice(item));
    content(members, &item.content).into()
}

fn content(members: Members, content: &Content) -> Members {
    match content {
        Content::Launch(link) => launch(members, link),
        Content::Link { url, .. } => typed(members, "ContentItem", HTML).with("url", url.as_str()),
        Content::File {
            url,
            media_type,
            expires,
        } => typed(members, "FileItem", media_type.as_deref().unwrap_or(BYTES))
            .with("url", url.as_str())
            .with("expiresAt", expires.map(written_moment)),
        Content::Html(html) => typed(members, "ContentItem", HTML).with("text", html.as_str()),
        Content::Image {
            url, media_type, ..
        } => typed(
            members,
            "ContentItem",
            media_type.as_deref().unwrap_or(PICTURE),
        )
        .with("url", url.as_str()),
    }
}

fn typed(members: Members, kind: &str, media_type: &str) -> Members {
    members.with("@type", kind).with("mediaType", media_type)
}

fn launch(members: Members, link: &LaunchLink) -> Members {
    let custom: Map<String, Value> = link
        .custom
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    typed(members, "LtiLinkItem", LAUNCH_MEDIA_TYPE)
        .with("url", link.url.as_ref().map(Url::as_str))
        .with("custom", (!custom.is_empty()).then_some(custom))
        .with("lineItem", link.line_item.as_ref().map(line_item))
}

/// The gradebook column in the words of LTI 2's outcomes, which is where platforms look.
fn line_item(line: &LineItem) -> Value {
    let most = written_number(line.maximum);
    let activity = Members::default().with("activityId", line.resource_id.clone());
    let members = Members::default()
        .with("@type", "LineItem")
        .with("label", line.label.clone())
        .with("reportingMethod", "res:totalScore")
        .with("assignedActivity", activity)
        .with(
            "scoreConstraints",
            json!({ "@type": "NumericLimits", "normalMaximum": most, "totalMaximum": most }),
        );
    members.into()
}

fn picture(picture: &Picture) -> Members {
    Members::default()
        .with("@id", picture.url.as_str())
        .with("width", picture.width)
        .with("height", picture.height)
}

/// Where the item is shown best: LTI 1.1 takes one place only.
fn advice(item: &ContentItem) -> Option<Members> {
    let (target, width, height, name) = match (&item.content, &item.iframe, &item.window) {
        (Content::Html(_) | Content::Image { .. }, _, _) => {
            (DocumentTarget::Embed, None, None, None)
        }
        (_, Some(frame), _) => (DocumentTarget::Iframe, frame.width, frame.height, None),
        (_, None, Some(window)) => (
            DocumentTarget::Window,
            window.width,
            window.height,
            window.name.clone(),
        ),
        (_, None, None) => return None,
    };
    Some(
        Members::default()
            .with("presentationDocumentTarget", target.name())
            .with("displayWidth", width)
            .with("displayHeight", height)
            .with("windowTarget", name),
    )
}
