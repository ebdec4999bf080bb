//! Media: cards in a list, and what is shown in place.

use std::time::Duration;

use maud::{Markup, html};

use super::Messages;
use super::buttons::{LinkButton, Style, link_button};
use super::format::{duration, size};
use super::icons::{Icon, icon};
use super::notices::badge;

/// What a thing in the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// A picture.
    Image,
    /// A PDF document.
    Pdf,
    /// Any other file.
    #[default]
    Document,
    /// An external tool.
    Tool,
    /// Other things in an order.
    Collection,
}

impl Kind {
    /// What stands for it.
    pub const fn icon(self) -> Icon {
        match self {
            Self::Video => Icon::Video,
            Self::Audio => Icon::Sound,
            Self::Image => Icon::Image,
            Self::Pdf => Icon::Pdf,
            Self::Document => Icon::Document,
            Self::Tool => Icon::Tool,
            Self::Collection => Icon::Collection,
        }
    }

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Video => "kind-video",
            Self::Audio => "kind-audio",
            Self::Image => "kind-image",
            Self::Pdf => "kind-pdf",
            Self::Document => "kind-document",
            Self::Tool => "kind-tool",
            Self::Collection => "kind-collection",
        }
    }

    /// The kind's name.
    pub fn name(self, m: Messages) -> String {
        m.text(match self {
            Self::Video => "kind-video",
            Self::Audio => "kind-audio",
            Self::Image => "kind-image",
            Self::Pdf => "kind-pdf",
            Self::Document => "kind-document",
            Self::Tool => "kind-tool",
            Self::Collection => "kind-collection",
        })
        .into_owned()
    }
}

/// Who may see a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Nobody but the owner.
    Private,
    /// Whoever is in the course.
    Course,
    /// Whoever is at the school.
    School,
    /// Whoever has a link.
    Unlisted,
    /// Everybody.
    Public,
}

impl Visibility {
    /// The value in forms and in the metadata of uploads.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Course => "course",
            Self::School => "school",
            Self::Unlisted => "unlisted",
            Self::Public => "public",
        }
    }

    /// Its name.
    pub fn name(self, m: Messages) -> String {
        m.text(match self {
            Self::Private => "visibility-private",
            Self::Course => "visibility-course",
            Self::School => "visibility-school",
            Self::Unlisted => "visibility-unlisted",
            Self::Public => "visibility-public",
        })
        .into_owned()
    }

    /// What it means.
    pub fn hint(self, m: Messages) -> String {
        m.text(match self {
            Self::Private => "visibility-private-hint",
            Self::Course => "visibility-course-hint",
            Self::School => "visibility-school-hint",
            Self::Unlisted => "visibility-unlisted-hint",
            Self::Public => "visibility-public-hint",
        })
        .into_owned()
    }

    /// Its badge.
    pub fn badge(self, m: Messages) -> Markup {
        let icon = match self {
            Self::Private => Icon::Lock,
            Self::Course | Self::School => Icon::Course,
            Self::Unlisted => Icon::Link,
            Self::Public => Icon::Globe,
        };
        badge(None, Some(icon), &self.name(m))
    }
}

/// A thing in a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Card<'a> {
    /// Where it opens.
    pub href: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The address of a small picture of it; without one, a drawing of its kind is shown.
    pub thumbnail: Option<&'a str>,
    /// How long it plays.
    pub duration: Option<Duration>,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Whose it is, where that isn't plain, and all that is theirs.
    pub owner: Option<Link<'a>>,
    /// Some of its tags, and all that has them.
    pub tags: &'a [Link<'a>],
    /// Where the reader left off, in place of what is known of the file.
    pub left: Option<Left<'a>>,
}

/// Where somebody left off.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// In words.
    pub words: &'a str,
    /// In percent of the whole, where its length is known.
    pub percent: Option<u16>,
}

/// A way to more of the same.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Where it is.
    pub href: &'a str,
    /// What it is called.
    pub label: &'a str,
}

/// Things in a list.
pub fn cards(m: Messages, cards: &[Card<'_>]) -> Markup {
    html! {
        ul.cards role="list" {
            @for item in cards { li { (card(m, item)) } }
        }
    }
}

fn card(m: Messages, card: &Card<'_>) -> Markup {
    html! {
        article.card {
            div class={ "card-picture " (card.kind.class()) } {
                @if let Some(src) = card.thumbnail {
                    img src=(src) alt="" loading="lazy";
                } @else {
                    (icon(card.kind.icon()))
                }
                @if let Some(length) = card.duration {
                    span.card-duration {
                        span.unseen { (m.text("card-duration")) " " }
                        (duration(length))
                    }
                }
                @if let Some(percent) = card.left.and_then(|left| left.percent) {
                    svg.card-left
                        viewBox="0 0 100 1"
                        preserveAspectRatio="none"
                        aria-hidden="true"
                    { rect width=(percent) height="1" {} }
                }
            }
            div.card-body {
                h2 { a href=(card.href) { (card.title) } }
                @if let Some(left) = card.left { p.card-facts { span { (left.words) } } }
                @else { (facts(m, card)) }
                @if !card.tags.is_empty() {
                    ul.card-tags role="list" aria-label=(m.text("card-tags")) {
                        @for tag in card.tags { li { a href=(tag.href) { (tag.label) } } }
                    }
                }
                @if let Some(visibility) = card.visibility { (visibility.badge(m)) }
            }
        }
    }
}

fn facts(m: Messages, card: &Card<'_>) -> Markup {
    html! {
        p.card-facts {
            span { (card.kind.name(m)) }
            @if let Some(bytes) = card.bytes { span { (size(m, bytes)) } }
            @if let Some(owner) = card.owner {
                span { a href=(owner.href) { (owner.label) } }
            }
        }
    }
}

/// A picture, fitted into the page; it leads to itself in full size.
#[derive(Debug, Clone, Copy, Default)]
pub struct Picture<'a> {
    /// Its title.
    pub title: &'a str,
    /// The address of the picture in full size.
    pub full: &'a str,
    /// The address of a smaller one that is large enough for pages.
    pub fitted: Option<&'a str>,
    /// How to have the file, where that is offered.
    pub download: Option<Save<'a>>,
}

/// A picture.
pub fn picture(m: Messages, picture: &Picture<'_>) -> Markup {
    html! {
        figure.picture {
            img src=(picture.fitted.unwrap_or(picture.full)) alt=(picture.title);
            figcaption.button-row {
                a class="button quiet" href=(picture.full) target="_blank" rel="noopener" {
                    (icon(Icon::Elsewhere))
                    span { (m.text("picture-full")) }
                }
                @if let Some(file) = &picture.download { (save(m, file)) }
            }
        }
    }
}

/// A file that browsers do not show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Download<'a> {
    /// What it is.
    pub kind: Kind,
    /// The file's name.
    pub name: &'a str,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its address; `None` where downloading is not offered.
    pub href: Option<&'a str>,
}

/// A card for a file that browsers do not show.
pub fn download(m: Messages, file: &Download<'_>) -> Markup {
    html! {
        div.download {
            div class={ "download-picture " (file.kind.class()) } { (icon(file.kind.icon())) }
            div.download-body {
                p.download-name { (file.name) }
                p.hint { (size(m, file.bytes)) }
                @if let Some(href) = file.href {
                    p { (m.text("item-download-text")) }
                    (link_button(&LinkButton {
                        href,
                        label: &m.with("item-download", &[("name", file.name.into())]),
                        style: Style::Primary,
                        icon: Some(Icon::Download),
                    }))
                } @else {
                    p { (m.text("item-download-off")) }
                }
            }
        }
    }
}

/// A file to keep.
#[derive(Debug, Clone, Copy)]
pub struct Save<'a> {
    /// Its address.
    pub href: &'a str,
    /// The name to save it under.
    pub name: &'a str,
}

/// The way to have a file.
pub fn save(m: Messages, file: &Save<'_>) -> Markup {
    html! {
        a class="button quiet" href=(file.href) download=(file.name) {
            (icon(Icon::Download))
            span { (m.text("player-download")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_what_it_knows() {
        let m = Messages::default();
        let markup = cards(
            m,
            &[Card {
                href: "media/1",
                title: "Waves <&>",
                kind: Kind::Video,
                duration: Some(Duration::from_secs(245)),
                bytes: Some(15_400_000),
                visibility: Some(Visibility::Course),
                owner: Some(Link {
                    href: "?owner=1",
                    label: "Ada",
                }),
                tags: &[Link {
                    href: "?tag=light",
                    label: "light",
                }],
                left: None,
                thumbnail: None,
            }],
        )
        .0;
        for text in [
            "Waves &lt;&amp;&gt;",
            "4:05",
            "15.4 MB",
            ">Ada<",
            "media/1",
            "?tag=light",
        ] {
            assert!(markup.contains(text), "{text}");
        }
        let bare = cards(m, &[Card::default()]).0;
        assert!(!bare.contains("badge"));
        assert!(!bare.contains("card-duration"));
        assert!(!bare.contains("card-tags"));
    }

    #[test]
    fn a_picture_leads_to_its_full_size() {
        let m = Messages::default();
        let large = Picture {
            title: "Waves",
            full: "/files/1/original",
            fitted: Some("/files/1/picture-960"),
            download: None,
        };
        let markup = picture(m, &large).0;
        assert!(markup.contains(r#"<img src="/files/1/picture-960" alt="Waves">"#));
        assert!(markup.contains(r#"href="/files/1/original" target="_blank""#));
        assert!(!markup.contains("download="));
        let small = Picture {
            fitted: None,
            download: Some(Save {
                href: "/files/1/original?download",
                name: "waves.png",
            }),
            ..large
        };
        let markup = picture(m, &small).0;
        assert!(markup.contains(r#"<img src="/files/1/original""#));
        assert!(markup.contains(r#"download="waves.png""#));
    }

    #[test]
    fn a_file_without_download_has_no_address() {
        let m = Messages::default();
        let file = Download {
            name: "notes.odt",
            href: Some("/files/1/original"),
            ..Download::default()
        };
        assert!(download(m, &file).0.contains("/files/1/original"));
        let closed = Download { href: None, ..file };
        assert!(!download(m, &closed).0.contains("href"));
    }
}
