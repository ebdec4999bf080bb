//! What a launch came for: read out of what is signed, for both versions. It chooses what is shown
//! and grants nothing: whoever lands on a page opens there what their launch lets them open.

use percent_encoding::percent_decode_str;

use crate::app::App;
use crate::lti::launch::{Launch, Message};
use crate::lti::names::parameter::{HISTORY, PLACEMENT};
use crate::lti::origin::origin_of;
use crate::store::ids::{ItemId, PlacementId};

/// Custom parameters that name an item.
const ITEMS: [&str; 3] = ["media_id", "media_friendly_token", MEDIA_TOKEN];
/// The last of them: also what a login named.
const MEDIA_TOKEN: &str = "media_token";
/// Custom parameters that name a page of ours.
const PATHS: [&str; 3] = ["redirect_path", "next", "tpa_next"];
/// The longest history that is read, in courses.
const MOST_HISTORY: usize = 50;

/// Where a launch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// An item that was put into a course.
    Placement(PlacementId),
    /// An item by its bare id.
    Item(ItemId),
    /// The page that uploads.
    Upload,
    /// The library.
    Library,
    /// The page that picks for the platform, perhaps with an item picked already.
    Select(Option<ItemId>),
    /// Likewise, with the item picked already that a placement opens.
    SelectPlaced(PlacementId),
}

impl Destination {
    /// The item, when it is known already.
    pub(super) const fn item(self) -> Option<ItemId> {
        match self {
            Self::Item(item) => Some(item),
            Self::Select(item) => item,
            _ => None,
        }
    }

    /// The placement.
    pub(super) const fn placement(self) -> Option<PlacementId> {
        match self {
            Self::Placement(placement) | Self::SelectPlaced(placement) => Some(placement),
            _ => None,
        }
    }

    /// Its page, below the session's path.
    pub(super) fn below(self) -> String {
        match self {
            Self::Placement(_) => "placement".to_owned(),
            Self::Item(item) => format!("media/{item}"),
            Self::Upload => "upload".to_owned(),
            Self::Library => "library".to_owned(),
            Self::Select(_) | Self::SelectPlaced(_) => "select".to_owned(),
        }
    }
}

/// Where a launch leads: to its placement, else to what its path names, else to what its custom
/// parameters name, else to the library.
pub(super) fn destination(app: &App, launch: &Launch) -> Destination {
    read(app.public().base_path(), launch)
}

/// Where a selection leads: to its page, with the item picked that the launch names; or first to
/// another page of ours that it names.
fn selection(named: Destination) -> Destination {
    match named {
        Destination::Item(item) => Destination::Select(Some(item)),
        Destination::Placement(placement) => Destination::SelectPlaced(placement),
        Destination::Upload => Destination::Upload,
        other @ Destination::SelectPlaced(_) => other,
        Destination::Library | Destination::Select(_) => Destination::Select(None),
    }
}

/// Lets a launch name an item that its login named, unless it names one itself.
pub(super) fn name_item(launch: &mut Launch, item: ItemId) {
    if launch.custom(MEDIA_TOKEN).is_none() {
        let name = MEDIA_TOKEN.to_owned();
        launch.custom.insert(name, item.to_string());
    }
}

fn read(base_path: &str, launch: &Launch) -> Destination {
    let named = named_by(base_path, launch);
    match launch.message {
        Message::DeepLinking(_) => selection(named),
        Message::Resource | Message::SignIn | Message::SubmissionReview { .. } => named,
    }
}

fn named_by(base_path: &str, launch: &Launch) -> Destination {
    let placement = launch.custom(PLACEMENT).and_then(|id| id.parse().ok());
    let item = || {
        let mut named = ITEMS.iter().filter_map(|name| launch.custom(name));
        named.find_map(|id| id.parse().ok())
    };
    let root = root(base_path, launch).unwrap_or_default();
    let page = || {
        let mut named = PATHS.iter().filter_map(|name| launch.custom(name));
        named.find_map(|path| page(path.strip_prefix(&root).unwrap_or(path)))
    };
    placement
        .map(Destination::Placement)
        .or_else(|| path(base_path, launch))
        .or_else(|| item().map(Destination::Item))
        .or_else(page)
        .unwrap_or(Destination::Library)
}

/// The address of our own site, as far as where the launch came to tells it.
fn root(base_path: &str, launch: &Launch) -> Option<String> {
    let origin = origin_of(launch.target_link_uri.as_ref()?.as_str())?;
    Some(format!("{origin}{base_path}/"))
}

/// What `/lti/launch/{name}` names.
fn path(base_path: &str, launch: &Launch) -> Option<Destination> {
    let path = launch.target_link_uri.as_ref()?.path();
    named(path.strip_prefix(base_path)?.strip_prefix("/lti/launch/")?)
}

/// Whether `/lti/launch/{name}` is an address of ours: it names an item or a placement, be there such
/// a one or not.
pub fn leads_somewhere(name: &str) -> bool {
    named(name).is_some()
}

/// The item or placement that a part of a path names.
fn named(name: &str) -> Option<Destination> {
    let placement = name.parse().map(Destination::Placement);
    placement
        .or_else(|_| name.parse().map(Destination::Item))
        .ok()
}

/// A page of ours by its path below a session. Nothing else is followed, so that no parameter leads
/// away.
fn page(path: &str) -> Option<Destination> {
    match path.strip_prefix('/').unwrap_or(path) {
        "library" => Some(Destination::Library),
        "upload" => Some(Destination::Upload),
        other => {
            let item = other.strip_prefix("media/")?;
            item.parse().map(Destination::Item).ok()
        }
    }
}

/// The contexts that the launch's course was copied from, closest first (LTI Core 1.3, appendix
/// B.6.2.3: separated by commas, each percent-encoded).
pub(super) fn history(launch: &Launch) -> Vec<String> {
    let contexts = launch.custom(HISTORY).unwrap_or_default().split(',');
    contexts
        .map(str::trim)
        .filter(|context| !context.is_empty())
        .take(MOST_HISTORY)
        .map(|context| percent_decode_str(context).decode_utf8_lossy().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACED: &str = "000102030405060708090a0b0c0d0e0f";
    const ITEM: &str = "00000000000000ab";

    fn launch(path: &str, custom: &[(&str, &str)]) -> Launch {
        let custom: serde_json::Map<_, _> = custom
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        serde_json::from_value(serde_json::json!({
            "version": "1.1", "message": "Resource", "deployment": "", "subject": "s",
            "person": {}, "roles": [], "mentored": [], "platform": {}, "presentation": {},
            "target_link_uri": format!("https://media.example{path}"),
            "custom": custom, "lis": {},
        }))
        .unwrap()
    }

    fn below(path: &str, custom: &[(&str, &str)]) -> String {
        read("/base", &launch(path, custom)).below()
    }

    #[test]
    fn the_closest_to_what_was_placed_wins() {
        let item = format!("media/{ITEM}");
        let at = |name: &str| format!("/base/lti/launch/{name}");
        let (by_item, by_placement) = (at(ITEM), at(PLACED));
        for (path, custom, expected) in [
            ("/base/lti/launch", &[][..], "library"),
            (&by_item, &[], &item),
            (&by_placement, &[], "placement"),
            (&by_item, &[("placement", PLACED)], "placement"),
            (&by_placement, &[("media_id", ITEM)], "placement"),
            ("/base/lti/launch", &[("media_id", ITEM)], &item),
            ("/base/lti/launch", &[("media_friendly_token", ITEM)], &item),
            ("/base/lti/launch", &[("media_token", ITEM)], &item),
            (&by_item, &[("redirect_path", "upload")], &item),
            (
                "/base/lti/launch",
                &[("redirect_path", "/upload")],
                "upload",
            ),
            ("/base/lti/launch", &[("next", "library")], "library"),
            ("/base/lti/launch", &[("tpa_next", &item)], &item),
            (
                "/base/lti/launch",
                &[
                    ("placement", "$Custom.placement"),
                    ("media_id", "$a.b"),
                    ("next", "upload"),
                ],
                "upload",
            ),
            (
                "/base/lti/launch",
                &[("media_id", "nothing"), ("next", "upload")],
                "upload",
            ),
            // Not our base path, and so not our launch address.
            (&format!("/lti/launch/{ITEM}"), &[], "library"),
            (&format!("/base/lti/launch/{ITEM}/x"), &[], "library"),
        ] {
            assert_eq!(below(path, custom), expected, "{path} {custom:?}");
        }
    }

    #[test]
    fn what_a_login_named_counts_unless_the_launch_names_something() {
        let other = "00000000000000ac";
        let led = |custom: &[(&str, &str)]| {
            let mut launch = launch("/base/lti/launch", custom);
            name_item(&mut launch, ITEM.parse().unwrap());
            read("/base", &launch).below()
        };
        assert_eq!(led(&[]), format!("media/{ITEM}"));
        assert_eq!(
            led(&[("media_token", "$Media.token")]),
            format!("media/{ITEM}")
        );
        for name in ["media_token", "media_id", "media_friendly_token"] {
            assert_eq!(led(&[(name, other)]), format!("media/{other}"));
        }
        assert_eq!(led(&[("placement", PLACED)]), "placement");
    }

    #[test]
    fn a_selection_picks_what_is_named() {
        let select = |custom: &[(&str, &str)]| {
            let mut launch = launch("/base/lti/launch", custom);
            launch.message = serde_json::from_value(serde_json::json!({"DeepLinking": {
                "return_url": "https://lms.example/", "accept_types": [], "accept_targets": [],
                "accept_media_types": [], "accept_multiple": true, "auto_create": false,
            }}))
            .unwrap();
            read("/base", &launch)
        };
        assert_eq!(select(&[]), Destination::Select(None));
        let item = ITEM.parse().ok();
        for custom in [
            ("media_id", ITEM),
            ("redirect_path", &format!("media/{ITEM}")),
        ] {
            assert_eq!(select(&[custom]), Destination::Select(item));
        }
        assert_eq!(select(&[("media_id", "$a.b")]), Destination::Select(None));
        assert_eq!(select(&[("redirect_path", "upload")]), Destination::Upload);
        assert_eq!(
            select(&[("redirect_path", "//evil")]),
            Destination::Select(None)
        );
        let placed = select(&[("placement", PLACED)]);
        assert_eq!(placed.placement(), PLACED.parse().ok());
        assert_eq!((placed.below().as_str(), placed.item()), ("select", None));
        assert_eq!(select(&[("media_id", ITEM)]).item(), item);
    }

    #[test]
    fn no_parameter_leads_away() {
        for path in [
            "//evil.example",
            "//library",
            "https://evil.example/library",
            "\\\\evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "library?x",
            "library/..",
            "../library",
            "media/",
            "media/../../x",
            "media/00000000000000AB",
            "sign-out",
            "tab",
            " library",
            "",
        ] {
            for name in PATHS {
                assert_eq!(
                    below("/base/lti/launch", &[(name, path)]),
                    "library",
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn an_address_of_our_own_is_a_path() {
        let next = |path: &str| below("/base/lti/launch", &[("next", path)]);
        assert_eq!(next("https://media.example/base/upload"), "upload");
        let item = format!("https://media.example/base/media/{ITEM}");
        assert_eq!(next(&item), format!("media/{ITEM}"));
        for other in [
            "https://media.example/upload",
            "https://media.example/basement/upload",
            "https://media.example/base//evil.example/upload",
            "https://media.example:444/base/upload",
            "http://media.example/base/upload",
            "https://media.example/base/https://media.example/base/upload",
        ] {
            assert_eq!(next(other), "library", "{other}");
        }
    }

    #[test]
    fn a_history_is_a_list_of_encoded_ids() {
        let told = |value| history(&launch("/", &[(HISTORY, value)]));
        assert_eq!(told("a%2Cb, c ,,d"), ["a,b", "c", "d"]);
        assert!(told("$Context.id.history").is_empty());
        assert_eq!(told(&"x,".repeat(1000)).len(), MOST_HISTORY);
    }
}
