//! What goes back to the platform: of what it takes, the way that shows an item best.

use std::collections::BTreeMap;

use url::Url;

use super::Asking;
use super::picks::Pick;
use crate::browse::Error;
use crate::browse::embedding::{Embedding, Size};
use crate::lti::content::{
    Content, ContentItem, Iframe, LaunchLink, LineItem, Picture, Window, kind,
};
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget};
use crate::store::ids::PlacementId;
use crate::store::rows::library::{Item, Kind, Visibility};

/// The most of a description that goes with an item, in characters.
const TEXT_MAX: usize = 500;
/// What of an item is graded: the `tag` of its line item.
const TAG: &str = "watching";

/// How an item goes to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As a link that launches us: the item opens as its placement says.
    Launch,
    /// As the address of its page.
    Link,
    /// As the frame that shows it.
    Html,
    /// As the address of the picture itself.
    Image,
    /// As a file to be copied.
    File,
}

/// How an item opens without a launch: paths below the public address.
#[derive(Debug, Clone, Default)]
pub(super) struct Outside {
    /// Its page.
    pub(super) page: String,
    /// Its page for frames.
    pub(super) embed: String,
    /// Its bytes.
    pub(super) file: String,
    /// A small picture of it, and its width in pixels.
    pub(super) thumbnail: Option<(String, u32)>,
    /// The media type of its bytes.
    pub(super) media_type: String,
    /// Whether a copy of it may be had.
    pub(super) copied: bool,
}

/// The best way of those that the platform takes. A launch is first: it alone knows the course and
/// the person. The others are for what opens without one.
pub(super) fn way(
    asked: &DeepLinkingSettings,
    item: &Item,
    outside: Option<&Outside>,
) -> Option<Way> {
    let takes = |kind: &str| asked.accept_types.iter().any(|taken| taken == kind);
    if takes(kind::LAUNCH) {
        return Some(Way::Launch);
    }
    let outside = outside?;
    let typed = takes_media_type(&asked.accept_media_types, &outside.media_type);
    let ways = [
        (Way::Image, takes(kind::IMAGE) && item.kind == Kind::Image),
        (Way::Html, takes(kind::HTML) && embeds(asked)),
        (Way::Link, takes(kind::LINK)),
        (Way::Html, takes(kind::HTML)),
        (Way::File, takes(kind::FILE) && outside.copied && typed),
    ];
    let best = ways.into_iter().find(|(_, taken)| *taken);
    best.map(|(way, _)| way)
}

/// Whether the platform shows things as a part of its page.
fn embeds(asked: &DeepLinkingSettings) -> bool {
    asked.accept_targets.contains(&DocumentTarget::Embed)
}

/// Whether files of this type are taken; without a list, all are.
fn takes_media_type(taken: &[String], media_type: &str) -> bool {
    let (kind, _) = media_type.split_once('/').unwrap_or((media_type, ""));
    let fits = |pattern: &String| {
        pattern == "*/*"
            || pattern.eq_ignore_ascii_case(media_type)
            || pattern
                .strip_suffix("/*")
                .is_some_and(|all| all.eq_ignore_ascii_case(kind))
    };
    taken.is_empty() || taken.iter().any(fits)
}

/// The picks as content items. `placements` are those of the picks that launch, in their order.
pub(super) fn items(
    asking: &Asking<'_>,
    picked: &[Pick],
    placements: &[Option<PlacementId>],
) -> Result<Vec<ContentItem>, Error> {
    let both = picked.iter().zip(placements);
    both.map(|(pick, placement)| {
        let answering = Answering {
            asking,
            pick,
            placement: *placement,
        };
        answering.item()
    })
    .collect()
}

struct Answering<'a> {
    asking: &'a Asking<'a>,
    pick: &'a Pick,
    placement: Option<PlacementId>,
}

impl Answering<'_> {
    fn item(&self) -> Result<ContentItem, Error> {
        let item = self.pick.opened.item();
        let description: String = item.description.chars().take(TEXT_MAX).collect();
        let shown = ContentItem {
            title: Some(self.title().to_owned()),
            text: (!description.is_empty()).then_some(description),
            thumbnail: self.thumbnail()?,
            ..ContentItem::new(self.content()?)
        };
        match self.pick.way {
            Way::Launch => Ok(self.placed(shown)),
            Way::Link => Ok(ContentItem {
                iframe: Some(Iframe {
                    src: Some(self.outside(|outside| &outside.embed)?),
                    ..self.frame()
                }),
                ..shown
            }),
            Way::Html | Way::Image | Way::File => Ok(shown),
        }
    }

    fn title(&self) -> &str {
        let own = &self.pick.opened.item().title;
        self.pick.details.title.as_ref().unwrap_or(own)
    }

    fn content(&self) -> Result<Content, Error> {
        let facts = &self.pick.opened.item().facts;
        let media_type = self.pick.outside.as_ref().map(|it| it.media_type.clone());
        Ok(match self.pick.way {
            Way::Launch => Content::Launch(self.launch()?),
            Way::Link => Content::Link {
                url: self.outside(|outside| &outside.page)?,
                embed: Some(self.html()?),
            },
            Way::Html => Content::Html(self.html()?),
            Way::Image => Content::Image {
                url: self.outside(|outside| &outside.file)?,
                media_type,
                width: facts.width,
                height: facts.height,
            },
            Way::File => Content::File {
                url: self.outside(|outside| &outside.file)?,
                media_type,
                expires: None,
            },
        })
    }

    /// The placement travels in `custom`, and in the address for platforms that lose that.
    fn launch(&self) -> Result<LaunchLink, Error> {
        let item = self.pick.opened.id().to_string();
        // In lower case, since some platforms have no other.
        let (name, id) = match self.placement {
            Some(placement) => ("placement", placement.to_string()),
            None => ("media_id", item),
        };
        let url = self.address(&format!("/lti/launch/{id}"))?;
        Ok(LaunchLink {
            url: Some(url),
            line_item: self.line_item(&id),
            custom: BTreeMap::from([(name.to_owned(), id)]),
            ..LaunchLink::default()
        })
    }

    fn line_item(&self, id: &str) -> Option<LineItem> {
        let refused = self.asking.selecting.settings.accept_lineitem == Some(false);
        let maximum = self.pick.details.maximum.filter(|_| !refused)?;
        Some(LineItem {
            maximum: f64::from(maximum) / 100.0,
            label: Some(self.title().to_owned()),
            resource_id: Some(id.to_owned()),
            tag: Some(TAG.to_owned()),
            released: None,
        })
    }

    /// In one place only: a platform that is offered two may choose the worse.
    fn placed(&self, item: ContentItem) -> ContentItem {
        let targets = &self.asking.selecting.settings.accept_targets;
        let window = [DocumentTarget::Window];
        if *targets == window {
            return ContentItem {
                window: Some(Window::default()),
                ..item
            };
        }
        ContentItem {
            iframe: Some(self.frame()),
            ..item
        }
    }

    fn size(&self) -> Size {
        let usual = Size::of(self.pick.opened.item(), Size::USUAL);
        Size {
            width: self.pick.details.width.unwrap_or(usual.width),
            height: self.pick.details.height.unwrap_or(usual.height),
        }
    }

    fn frame(&self) -> Iframe {
        let size = self.size();
        Iframe {
            src: None,
            width: Some(size.width),
            height: Some(size.height),
        }
    }

    fn html(&self) -> Result<String, Error> {
        let embedding = Embedding {
            src: self.outside(|outside| &outside.embed)?.into(),
            title: self.title(),
            size: self.size(),
        };
        Ok(embedding.code())
    }

    /// A launch gives no link away: the key of an unlisted item stays out of the course.
    fn thumbnail(&self) -> Result<Option<Picture>, Error> {
        let public = self.pick.opened.item().visibility == Visibility::Public;
        if self.pick.way == Way::Launch && !public {
            return Ok(None);
        }
        let outside = self.pick.outside.as_ref();
        let Some((path, width)) = outside.and_then(|outside| outside.thumbnail.as_ref()) else {
            return Ok(None);
        };
        Ok(Some(Picture {
            url: self.address(path)?,
            width: Some(*width),
            height: None,
        }))
    }

    fn outside(&self, path: impl Fn(&Outside) -> &String) -> Result<Url, Error> {
        let outside = self.pick.outside.as_ref().ok_or(Error::PickRefused)?;
        self.address(path(outside))
    }

    fn address(&self, path: &str) -> Result<Url, Error> {
        let address = self.asking.app.public().join(path);
        Url::parse(&address).map_err(|_| Error::NoWayBack)
    }
}
