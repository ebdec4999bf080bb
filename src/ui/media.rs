//! Media: cards in a list, and the player.

use std::time::Duration;

use maud::{Markup, html};

use super::format::{duration, size};
use super::icons::{Icon, icon};
use super::notices::{Tone, badge, notice};
use super::{Messages, buttons};

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
}

impl Kind {
    const fn icon(self) -> Icon {
        match self {
            Self::Video => Icon::Video,
            Self::Audio => Icon::Sound,
            Self::Image => Icon::Image,
            Self::Pdf => Icon::Pdf,
            Self::Document => Icon::Document,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Video => "kind-video",
            Self::Audio => "kind-audio",
            Self::Image => "kind-image",
            Self::Pdf => "kind-pdf",
            Self::Document => "kind-document",
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
            }
            div.card-body {
                h2 { a href=(card.href) { (card.title) } }
                p.card-facts {
                    span { (card.kind.name(m)) }
                    @if let Some(bytes) = card.bytes { span { (size(m, bytes)) } }
                    @if let Some(owner) = card.owner {
                        span { a href=(owner.href) { (owner.label) } }
                    }
                }
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

/// Something to be played by the browser's own player.
#[derive(Debug, Clone, Copy, Default)]
pub struct Player<'a> {
    /// Whether there is a picture to it.
    pub video: bool,
    /// Its title.
    pub title: &'a str,
    /// The address of its bytes.
    pub src: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// A picture to show before it plays.
    pub poster: Option<&'a str>,
}

/// A player. Its keyboard is the browser's own.
pub fn player(m: Messages, player: &Player<'_>) -> Markup {
    let source = html! { source src=(player.src) type=(player.media_type); };
    html! {
        div.player data-player {
            @if player.video {
                video
                    controls
                    playsinline
                    preload="metadata"
                    poster=[player.poster]
                    aria-label=(player.title)
                { (source) }
            } @else {
                audio controls preload="metadata" aria-label=(player.title) { (source) }
            }
            div.player-failure hidden {
                (notice(m, Tone::Error, &m.text("player-failed"), Some(&html! {
                    p { (m.text("player-failed-next")) }
                    (buttons::link_button(&buttons::LinkButton {
                        href: player.src,
                        label: &m.text("player-open-file"),
                        ..buttons::LinkButton::default()
                    }))
                })))
            }
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
    fn the_player_is_the_browsers_own() {
        let m = Messages::default();
        let video = Player {
            video: true,
            title: "Waves",
            src: "/files/1/a?t=2",
            media_type: "video/mp4",
            poster: None,
        };
        let markup = player(m, &video).0;
        assert!(markup.contains("<video controls playsinline preload=\"metadata\""));
        assert!(!markup.contains("poster"));
        let audio = Player {
            video: false,
            ..video
        };
        assert!(player(m, &audio).0.contains("<audio controls"));
    }
}
