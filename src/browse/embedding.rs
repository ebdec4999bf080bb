//! The frame that shows an item in a page elsewhere: its size and its HTML.

use maud::html;

use super::outside::address;
use crate::app::App;
use crate::library::Opened;
use crate::store::ids::ItemId;
use crate::store::rows::library::{Item, Kind};

/// What the title and the player's own controls take of the height, in CSS pixels.
const AROUND: u32 = 112;
/// How a video is shaped that does not tell.
const USUAL_SHAPE: (u32, u32) = (16, 9);

/// A width and a height, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// The width.
    pub(super) width: u32,
    /// The height.
    pub(super) height: u32,
}

impl Size {
    /// What a page has room for, unless it says otherwise.
    pub(super) const USUAL: Self = Self {
        width: 640,
        height: 640 + AROUND,
    };

    /// The size in which an item is shown best within `most`.
    pub(super) fn of(item: &Item, most: Self) -> Self {
        let height = match item.kind {
            Kind::Video | Kind::Image => {
                let shape = shape(item).unwrap_or(USUAL_SHAPE);
                return fitted(shape, most);
            }
            Kind::Audio => 240,
            Kind::Pdf | Kind::Tool | Kind::Collection => 720,
            Kind::Document => 320,
        };
        Self {
            width: most.width.min(Self::USUAL.width),
            height: most.height.min(height),
        }
    }
}

/// Width and height of the item's picture, where both are known.
pub(super) fn shape(item: &Item) -> Option<(u32, u32)> {
    let shape = (item.facts.width?, item.facts.height?);
    (shape.0 > 0 && shape.1 > 0).then_some(shape)
}

/// The largest picture of this shape within `most`, with the room around it.
fn fitted((width, height): (u32, u32), most: Size) -> Size {
    let most_height = u64::from(most.height.saturating_sub(AROUND).max(1));
    let (width, height) = (u64::from(width), u64::from(height));
    let wide = u64::from(most.width.min(Size::USUAL.width));
    let tall = (wide * height / width).max(1);
    let (wide, tall) = if tall > most_height {
        ((most_height * width / height).max(1), most_height)
    } else {
        (wide, tall)
    };
    let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Size {
        width: whole(wide).min(most.width),
        height: whole(tall).saturating_add(AROUND).min(most.height),
    }
}

/// A frame that shows an item.
#[derive(Debug, Clone)]
pub(super) struct Embedding<'a> {
    /// The whole address of the page in it.
    pub(super) src: String,
    /// What it is called.
    pub(super) title: &'a str,
    /// How large it is.
    pub(super) size: Size,
}

impl<'a> Embedding<'a> {
    /// The frame of an item, within a usual page. `key` is a link's, for an unlisted item.
    pub(super) fn usual(app: &App, opened: &'a Opened, key: Option<&str>) -> Self {
        Self::within(app, opened.id(), opened.item(), key, Size::USUAL)
    }

    /// The frame of an item within `most`.
    pub(super) fn within(
        app: &App,
        id: ItemId,
        item: &'a Item,
        key: Option<&str>,
        most: Size,
    ) -> Self {
        Self {
            src: app.public().join(&address("embed", id, key)),
            title: &item.title,
            size: Size::of(item, most),
        }
    }

    /// The HTML.
    pub(super) fn code(&self) -> String {
        html! {
            iframe
                src=(self.src)
                width=(self.size.width)
                height=(self.size.height)
                title=(self.title)
                allow="fullscreen; picture-in-picture"
                allowfullscreen
                loading="lazy"
                referrerpolicy="no-referrer"
                style="border:0;max-width:100%"
            {}
        }
        .into_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::ids::{ConnectionId, UserId};
    use crate::store::rows::library::{Facts, Visibility};
    use crate::world::Time;

    fn item(kind: Kind, facts: Facts) -> Item {
        Item {
            visibility: Visibility::Public,
            facts,
            ..Item::new(UserId(1), ConnectionId(1), kind, "Waves", Time(0))
        }
    }

    fn shaped(width: u32, height: u32) -> Facts {
        Facts {
            width: Some(width),
            height: Some(height),
            ..Facts::default()
        }
    }

    #[test]
    fn a_video_keeps_its_shape() {
        let size = |facts| {
            let size = Size::of(&item(Kind::Video, facts), Size::USUAL);
            (size.width, size.height - AROUND)
        };
        assert_eq!(size(shaped(1920, 1080)), (640, 360));
        assert_eq!(size(shaped(640, 480)), (640, 480));
        assert_eq!(size(shaped(1080, 1920)), (360, 640));
        assert_eq!(size(Facts::default()), (640, 360));
        assert_eq!(size(shaped(0, 1080)), (640, 360));
    }

    proptest! {
        #[test]
        fn nothing_is_larger_than_it_may_be(
            (width, height) in (any::<u32>(), any::<u32>()),
            (most_width, most_height) in (1_u32.., 1_u32..),
            kind in prop::sample::select(vec![
                Kind::Video, Kind::Audio, Kind::Image, Kind::Pdf, Kind::Document,
            ]),
        ) {
            let most = Size { width: most_width, height: most_height };
            let size = Size::of(&item(kind, shaped(width, height)), most);
            prop_assert!((1..=most_width).contains(&size.width));
            prop_assert!((1..=most_height).contains(&size.height));
        }

        #[test]
        fn the_code_is_one_element_whatever_the_title(title in "(\\PC|[<>\"'&])*") {
            let src = "https://media.example/embed/1?k=a&b=\"<".to_owned();
            let code = Embedding { src, title: &title, size: Size::USUAL }.code();
            prop_assert!(code.starts_with("<iframe src=\"https://media.example/embed/1?k=a&amp;b"));
            prop_assert!(code.ends_with("></iframe>"));
            prop_assert_eq!(code.matches('<').count(), 2);
            prop_assert_eq!(code.matches('>').count(), 2);
            // Of src, width, height, title, allow, loading, referrerpolicy and style.
            prop_assert_eq!(code.matches('"').count(), 2 * 8);
            let (_, rest) = code.split_once(" title=\"").unwrap();
            let mut found = rest.split('"').next().unwrap().to_owned();
            for (escaped, plain) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
                found = found.replace(escaped, plain);
            }
            prop_assert_eq!(found, title);
        }
    }
}
