//! The logo and a few line icons, drawn for this project. They are decoration: a text stands
//! beside each of them, so screen readers skip them.

use maud::{Markup, PreEscaped, html};

/// A line icon on a grid of 24 × 24, in the colour of the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// An arrow in a circle: once more, up to date.
    Again,
    /// An arrow back to where one came from.
    Back,
    /// Three bars: how far people came.
    Chart,
    /// A tick in a circle.
    Check,
    /// A clock.
    Clock,
    /// A cross, to take away or cancel.
    Close,
    /// Several lines, each with a point: things in an order.
    Collection,
    /// Two sheets.
    Copy,
    /// Several people: a course.
    Course,
    /// A globe: everybody.
    Globe,
    /// Two links of a chain.
    Link,
    /// A sheet with lines.
    Document,
    /// A pencil.
    Edit,
    /// A circle with a cross: something went wrong.
    Error,
    /// A framed landscape.
    Image,
    /// The letter i in a circle.
    Info,
    /// A lantern, for places that are still empty.
    Lantern,
    /// A padlock.
    Lock,
    /// A chevron down: what comes after.
    After,
    /// A chevron up: what comes before.
    Before,
    /// An arrow into a tray.
    Download,
    /// A minus sign.
    Minus,
    /// Two bars.
    Pause,
    /// A sheet with a folded corner and a bookmark.
    Pdf,
    /// A triangle.
    Play,
    /// A plus sign.
    Plus,
    /// An arrow leaving a frame: opens elsewhere.
    Elsewhere,
    /// A magnifying glass.
    Search,
    /// A bin.
    Trash,
    /// A loudspeaker's wave.
    Sound,
    /// A piece of a jigsaw: something from elsewhere that fits in.
    Tool,
    /// An arrow out of a tray.
    Upload,
    /// A screen with a triangle.
    Video,
    /// A triangle with an exclamation mark.
    Warning,
}

impl Icon {
    /// The strokes.
    const fn path(self) -> &'static str {
        match self {
            Self::Again => "M19 12a7 7 0 1 1-2-4.9L19.5 9.5M19.5 4.5v5h-5",
            Self::Back => "M11 5 4 12l7 7M4.5 12H20",
            Self::Globe => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3.5 12h17M12 3.2c2.6 2.4 3.8 5.4 3.8 8.8s-1.2 \
                 6.4-3.8 8.8c-2.6-2.4-3.8-5.4-3.8-8.8S9.4 5.6 12 3.2Z"
            }
            Self::Link => {
                "M10 14a4 4 0 0 0 5.8.3l3-3a4 4 0 0 0-5.7-5.7l-1.4 1.4M14 10a4 4 0 0 0-5.8-.3l-3 \
                 3a4 4 0 0 0 5.7 5.7l1.4-1.4"
            }
            Self::Chart => "M4.5 20.5h15M7 17v-5M12 17V5M17 17V9",
            Self::Check => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8 12.3l2.8 2.8L16 9.6",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7.5V12l3 2",
            Self::Close => "m6.5 6.5 11 11m0-11-11 11",
            Self::Collection => {
                "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.2 6.5h.1M4.2 12h.1M4.2 17.5h.1"
            }
            Self::Copy => {
                "M9 8.5h9.5a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1ZM16 \
                 8.5v-4a1 1 0 0 0-1-1H5.5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1H8"
            }
            Self::Course => {
                "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 19.5c.4-3.2 2.8-5 6-5s5.6 1.8 6 \
                 5M15.5 4.9a3.4 3.4 0 0 1 0 6.3M17.5 14.9c2 .7 3.2 2.3 3.5 4.6"
            }
            Self::Edit => "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19 4 20ZM13.5 7l3.5 3.5",
            Self::Document => "M6 3.5h8l4 4v13H6ZM9 11h6M9 14h6M9 17h4",
            Self::Error => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9 9l6 6m0-6-6 6",
            Self::Image => {
                "M4 5.5h16v13H4ZM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 10.2a1.2 1.2 0 1 0 0-2.4 1.2 \
                 1.2 0 0 0 0 2.4Z"
            }
            Self::Info => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 11v5.5M12 7.6v.1",
            Self::Lantern => {
                "M12 2v2.5M9 4.5h6M9.2 4.7C5.6 7 4 9.3 4 12s1.6 5 5.2 7.3M14.8 4.7C18.4 7 \
                 20 9.3 20 12s-1.6 5-5.2 7.3M9 19.5h6M12 19.5V22M4.3 10h15.4M4.3 \
                 14h15.4"
            }
            Self::Lock => "M6.5 10.5h11v9h-11ZM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5M12 14v2.5",
            Self::After => "m6 9.5 6 6 6-6",
            Self::Before => "m6 14.5 6-6 6 6",
            Self::Download => "M12 4.5v11M7.5 11l4.5 4.5 4.5-4.5M4.5 15v4.5h15V15",
            Self::Minus => "M6 12h12",
            Self::Plus => "M12 6v12M6 12h12",
            Self::Pause => "M9 6v12M15 6v12",
            Self::Pdf => "M6 3.5h8l4 4v13H6ZM14 3.5v4h4M9.5 12v6l2.5-1.8 2.5 1.8v-6Z",
            Self::Play => "M8 5.5v13l10.5-6.5Z",
            Self::Elsewhere => "M10 5H5v14h14v-5M14 4.5h5.5V10M19 5l-8 8",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.2 15.2 20 20",
            Self::Trash => "M4 7h16M9.5 7V4.5h5V7M6 7l1 13h10l1-13M10 10.5v6M14 10.5v6",
            Self::Sound => "M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3",
            Self::Tool => {
                "M4.5 8.5h4.2a2.3 2.3 0 1 1 4.6 0h4.2v4.2a2.3 2.3 0 1 1 0 4.6v2.2h-13v-4a2.1 2.1 0 1 \
                 0 0-4.2Z"
            }
            Self::Upload => "M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 15v4.5h15V15",
            Self::Video => "M3.5 5.5h17v13h-17ZM10 9v6l5-3Z",
            Self::Warning => "M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.1",
        }
    }
}

/// A line icon.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d=(icon.path()) {}
        }
    }
}

/// The lantern: a paper shade whose light is a play triangle. The colours come from the style
/// sheet; `assets/img/favicon.svg` is the same drawing with fixed colours.
const LOGO: &str = r#"<path class="logo-line" d="M16 1.5v3M16 27.5v3"/>
<path class="logo-shade" d="M11.5 5C6 7.6 3.5 11.5 3.5 16s2.5 8.4 8 11h9c5.5-2.6 8-6.5 8-11s-2.5-8.4-8-11Z"/>
<path class="logo-rib" d="M5.2 10.2h21.6M5.2 21.8h21.6"/>
<path class="logo-cap" d="M11 3.5h10v2.6H11zM11 25.9h10v2.6H11z"/>
<path class="logo-light" d="M12.6 11.3v9.4l8-4.7Z"/>"#;

/// The logo alone.
pub fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" aria-hidden="true" focusable="false" { (PreEscaped(LOGO)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_skipped_by_screen_readers() {
        for markup in [icon(Icon::Play), logo()] {
            assert!(markup.0.contains(r#"aria-hidden="true""#));
        }
    }
}
