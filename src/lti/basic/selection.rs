//! The parameters of a selection by LTI 1.1 (Content-Item 1.0, section 4.1), from and to the settings
//! of deep linking.

use super::{MAX_VALUE, listed, string, text};
use crate::lti::content::{LAUNCH_MEDIA_TYPE, kind};
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Message};
use crate::lti::oauth1::Pair;
use crate::lti::origin::web_url;
use crate::lti::parameters::Parameters;
use crate::lti::refusal::Refusal;

/// Everything.
const ANY: &str = "*/*";
/// Web pages.
const PAGES: [&str; 2] = ["text/html", "text/*"];
/// What the types of pictures begin with.
const PICTURES: &str = "image/";

/// What can be picked.
pub(super) fn settings(given: &mut Parameters) -> Result<Message, Refusal> {
    const RETURN: &str = "content_item_return_url";
    const TYPES: &str = "accept_media_types";
    const TARGETS: &str = "accept_presentation_document_targets";
    let address = given.required(RETURN, MAX_VALUE)?;
    let return_url = web_url(&address).ok_or(Refusal::MissingSettings(RETURN))?;
    let media_types = listed(&given.required(TYPES, MAX_VALUE)?);
    let targets = listed(&string(given, TARGETS).unwrap_or_default());
    Ok(Message::DeepLinking(Box::new(DeepLinkingSettings {
        return_url,
        accept_types: item_types(&media_types),
        accept_targets: targets
            .iter()
            .filter_map(|name| DocumentTarget::parse(name))
            .collect(),
        accept_media_types: media_types,
        accept_multiple: flag(given, "accept_multiple").unwrap_or(false),
        accept_lineitem: flag(given, "accept_lineitem"),
        auto_create: flag(given, "auto_create").unwrap_or(false),
        title: text(given, "title"),
        text: text(given, "text"),
        data: given.as_sent("data", MAX_VALUE)?,
    })))
}

/// The item types that LTI 1.3 has for what these media types allow.
fn item_types(media_types: &[String]) -> Vec<String> {
    let any =
        |fits: &dyn Fn(&str) -> bool| media_types.iter().any(|name| name == ANY || fits(name));
    let page = |name: &str| PAGES.contains(&name);
    let file = |name: &str| name != LAUNCH_MEDIA_TYPE && !page(name);
    let kinds = [
        (kind::LAUNCH, any(&|name| name == LAUNCH_MEDIA_TYPE)),
        (kind::LINK, any(&page)),
        (kind::FILE, any(&file)),
        (kind::HTML, any(&page)),
        (kind::IMAGE, any(&|name| name.starts_with(PICTURES))),
    ];
    let taken = kinds.into_iter().filter(|(_, taken)| *taken);
    taken.map(|(kind, _)| kind.to_owned()).collect()
}

fn flag(given: &mut Parameters, name: &'static str) -> Option<bool> {
    match string(given, name)?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The parameters that say what can be picked.
pub(super) fn parameters(asked: &DeepLinkingSettings) -> Vec<Pair> {
    let targets = asked.accept_targets.iter().map(|target| target.name());
    let targets: Vec<&str> = targets.collect();
    let told = [
        (
            "content_item_return_url",
            Some(asked.return_url.as_str().to_owned()),
        ),
        (
            "accept_media_types",
            Some(asked.accept_media_types.join(",")),
        ),
        (
            "accept_presentation_document_targets",
            Some(targets.join(",")),
        ),
        ("accept_multiple", Some(asked.accept_multiple.to_string())),
        (
            "accept_lineitem",
            asked.accept_lineitem.map(|taken| taken.to_string()),
        ),
        ("auto_create", Some(asked.auto_create.to_string())),
        ("title", asked.title.clone()),
        ("text", asked.text.clone()),
        ("data", asked.data.clone()),
    ];
    let told = told.into_iter();
    told.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
