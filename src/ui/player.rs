//! The player: the browser's own, with what browsers leave out beside it. `js/player.js` brings
//! that to life; without it, what is here plays.

use std::time::Duration;

use maud::{Markup, html};

use super::Messages;
use super::buttons::{LinkButton, Style, link_button};
use super::format::duration;
use super::icons::{Icon, icon};
use super::media::{Save, save};
use super::notices::{Tone, notice};
use super::progress::Telling;
use super::tables::disclosure;

/// The speeds to choose from, in hundredths.
const SPEEDS: [u32; 7] = [50, 75, 100, 125, 150, 175, 200];

/// The keys beside the browser's own, and what they do.
const KEYS: [(&[&str], &str); 6] = [
    (&["K"], "player-key-play"),
    (&["J", "L"], "player-key-seek"),
    (&["<", ">"], "player-key-speed"),
    (&["M"], "player-key-mute"),
    (&["C"], "player-key-captions"),
    (&["F"], "player-key-full"),
];

/// Captions in one language.
#[derive(Debug, Clone, Copy)]
pub struct Track<'a> {
    /// The address of the `WebVTT`.
    pub src: &'a str,
    /// The language (BCP 47).
    pub language: &'a str,
    /// What people choose it by.
    pub label: &'a str,
}

/// Something to be played.
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
    /// Its captions.
    pub captions: &'a [Track<'a>],
    /// How to have the file, where that is offered.
    pub download: Option<Save<'a>>,
    /// Where the person stopped.
    pub stopped_at: Option<Duration>,
    /// Where the player tells which seconds were played.
    pub watched_to: Option<Telling<'a>>,
    /// How much of it the person has seen, and what that is worth.
    pub own: Option<&'a Markup>,
    /// Where a moment is sent that is to be its picture, for whoever may change it.
    pub picture_to: Option<&'a str>,
}

/// A player.
pub fn player(m: Messages, player: &Player<'_>) -> Markup {
    html! {
        div.player
            data-player
            data-watched-to=[player.watched_to.map(|telling| telling.to)]
            data-pass=[player.watched_to.map(|telling| telling.pass)]
        {
            @if let Some(time) = player.stopped_at { (go_on(m, player.src, time)) }
            (failure(m, player.src))
            (media(player))
            @if let Some(own) = player.own { (own) }
            (beside(m, player))
            (keys(m))
        }
    }
}

fn media(player: &Player<'_>) -> Markup {
    let inside = html! {
        source src=(player.src) type=(player.media_type);
        @for track in player.captions {
            track kind="captions" src=(track.src) srclang=(track.language) label=(track.label);
        }
    };
    // Chromium's own controls offer downloading by themselves.
    let controls = player.download.is_none().then_some("nodownload");
    html! {
        @if player.video {
            video
                controls
                playsinline
                preload="metadata"
                controlslist=[controls]
                poster=[player.poster]
                aria-label=(player.title)
            { (inside) }
        } @else {
            audio
                controls
                preload="metadata"
                controlslist=[controls]
                aria-label=(player.title)
            { (inside) }
        }
    }
}

/// Both ways are links to the file itself, for browsers without scripts (Media Fragments, 4.2.1).
fn go_on(m: Messages, src: &str, time: Duration) -> Markup {
    let at = duration(time);
    let seconds = time.as_secs();
    html! {
        div.player-continue data-part="continue" {
            p { (m.with("player-stopped", &[("time", at.as_str().into())])) }
            div.button-row {
                a.button href={ (src) "#t=" (seconds) } data-seek=(seconds) {
                    (icon(Icon::Play))
                    span { (m.with("player-continue", &[("time", at.as_str().into())])) }
                }
                a class="button quiet" href=(src) data-seek="0" {
                    span { (m.text("player-from-start")) }
                }
            }
        }
    }
}

fn failure(m: Messages, src: &str) -> Markup {
    html! {
        div.player-failure data-part="failure" hidden {
            (notice(m, Tone::Error, &m.text("player-failed"), Some(&html! {
                p data-why="connection" hidden { (m.text("player-failed-connection")) }
                p data-why="damaged" hidden { (m.text("player-failed-damaged")) }
                p data-why="unknown" hidden { (m.text("player-failed-unknown")) }
                p data-why="picture" hidden { (m.text("player-failed-picture")) }
                div.button-row {
                    button.button type="button" data-do="retry" { (m.text("player-retry")) }
                    (link_button(&LinkButton {
                        href: src,
                        label: &m.text("player-open-file"),
                        style: Style::Quiet,
                        icon: None,
                    }))
                }
            })))
        }
    }
}

fn beside(m: Messages, player: &Player<'_>) -> Markup {
    html! {
        div.player-beside {
            label.player-speed data-part="speed" hidden {
                span { (m.text("player-speed")) }
                select autocomplete="off" {
                    @for speed in SPEEDS {
                        option value=(hundredths(speed)) selected[speed == 100] {
                            (hundredths(speed)) "×"
                        }
                    }
                }
            }
            @if let Some(file) = &player.download { (save(m, file)) }
            @if let (true, Some(to)) = (player.video, player.picture_to) {
                button
                    type="button"
                    class="button quiet"
                    data-do="picture"
                    data-picture-to=(to)
                    data-done=(m.text("player-picture-done"))
                    data-failed=(m.text("player-picture-failed"))
                    hidden
                {
                    (icon(Icon::Image))
                    span { (m.text("player-picture")) }
                }
            }
            p.player-status role="status" data-part="status" {}
        }
    }
}

/// `1.25` of 125.
fn hundredths(number: u32) -> String {
    let text = format!("{}.{:02}", number / 100, number % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Shown by the script that makes the keys work.
fn keys(m: Messages) -> Markup {
    let list = html! {
        p { (m.text("player-keys-text")) }
        dl.player-keys {
            @for (keys, does) in KEYS {
                div {
                    dt { @for key in keys { kbd { (key) } " " } }
                    dd { (m.text(does)) }
                }
            }
        }
    };
    html! {
        div data-part="keys" hidden { (disclosure(&m.text("player-keys"), &list)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIDEO: Player<'static> = Player {
        video: true,
        title: "Waves",
        src: "/files/1/a?t=2",
        media_type: "video/mp4",
        poster: None,
        captions: &[],
        download: None,
        stopped_at: None,
        watched_to: None,
        own: None,
        picture_to: None,
    };

    #[test]
    fn the_player_is_the_browsers_own() {
        let m = Messages::default();
        let markup = player(m, &VIDEO).0;
        assert!(markup.contains(
            "<video controls playsinline preload=\"metadata\" controlslist=\"nodownload\""
        ));
        for absent in [
            "poster",
            "<track",
            " download=",
            "data-seek",
            "picture-to",
            "watched-to",
        ] {
            assert!(!markup.contains(absent), "{absent}");
        }
        let audio = Player {
            video: false,
            picture_to: Some("1/poster"),
            ..VIDEO
        };
        let markup = player(m, &audio).0;
        assert!(markup.contains("<audio controls"));
        assert!(!markup.contains("picture-to"), "sound has no picture");
    }

    #[test]
    fn what_is_given_is_offered() {
        let whole = Player {
            poster: Some("/files/1/picture-960?t=2"),
            captions: &[Track {
                src: "/files/1/captions-de?t=2",
                language: "de",
                label: "Deutsch",
            }],
            download: Some(Save {
                href: "/files/1/a?t=2&download",
                name: "waves.mp4",
            }),
            stopped_at: Some(Duration::from_secs(754)),
            watched_to: Some(Telling {
                to: "1/watched",
                pass: "sealed",
            }),
            picture_to: Some("1/poster"),
            ..VIDEO
        };
        let markup = player(Messages::default(), &whole).0;
        for given in [
            r#"poster="/files/1/picture-960?t=2""#,
            r#"<track kind="captions" src="/files/1/captions-de?t=2" srclang="de" label="Deutsch">"#,
            r#"download="waves.mp4""#,
            "12:34",
            "#t=754\" data-seek=\"754\"",
            r#"data-watched-to="1/watched""#,
            r#"data-picture-to="1/poster""#,
        ] {
            assert!(markup.contains(given), "{given}");
        }
    }

    #[test]
    fn speeds_are_written_short() {
        assert_eq!(
            SPEEDS.map(hundredths),
            ["0.5", "0.75", "1", "1.25", "1.5", "1.75", "2"]
        );
    }
}
