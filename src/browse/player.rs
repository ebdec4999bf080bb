//! The media itself on an item's page: its player, viewer or picture, or the way to have the file.

use std::time::Duration;

use maud::{Markup, html};

use super::Error;
use super::around::kind;
use super::{earned, own, ticket};
use crate::app::{App, Page};
use crate::library::bytes::Readable;
use crate::library::kind::inline;
use crate::library::{self, Opened, editable, placements};
use crate::people::Member;
use crate::store::rows::library::{File, Item, Kind, Placement, Plays};
use crate::ui::Messages;
use crate::ui::media::{Download, Picture, Save, download, picture};
use crate::ui::pdf::{Document, pdf};
use crate::ui::playable::{self, Trouble};
use crate::ui::player::{Player, Track, player};
use crate::ui::progress::Telling;
use crate::watching::{self, Place};

/// Captions in one language, as the page names them.
#[derive(Debug, Clone)]
pub(super) struct Captions {
    /// The language (BCP 47).
    pub(super) language: String,
    /// What people choose it by.
    pub(super) label: String,
}

/// Who looks, as far as it shows: what there is beyond seeing and hearing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reader {
    /// Whether the person may change the item.
    pub(super) editor: bool,
    /// Where the person stopped.
    pub(super) stopped_at: Option<Place>,
}

impl Reader {
    /// A launched person.
    pub(super) fn launched(app: &App, member: &Member, opened: &Opened) -> Result<Self, Error> {
        let editor = match editable(&app.store, member, opened.id()) {
            Ok(_) => true,
            Err(library::Error::NotYours | library::Error::NotFound) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            editor,
            stopped_at: watching::stopped_at(&app.store, member, opened)?,
        })
    }
}

/// The part of a file that a placement plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    start: u64,
    end: Option<u64>,
}

impl Part {
    /// What a placement says of it, in milliseconds; `None` where it plays all.
    fn of(placed: &Placement) -> Option<Self> {
        let part = placed.start_ms.is_some() || placed.end_ms.is_some();
        part.then(|| Self {
            start: placed.start_ms.unwrap_or(0),
            end: placed.end_ms,
        })
    }

    /// The address of the part (Media Fragments 1.0, 4.2.1): browsers begin and stop there by
    /// themselves, and go on when one presses play once more.
    fn of_file(self, address: &str) -> String {
        let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let start = seconds(self.start);
        match self.end {
            Some(end) => format!("{address}#t={start},{}", seconds(end)),
            None => format!("{address}#t={start}"),
        }
    }

    /// Whether a moment lies in it.
    fn has(self, at: Duration) -> bool {
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        at > self.start && self.end.is_none_or(|end| at < end)
    }
}

/// An item as it is shown: what it is, and for whom.
pub(super) struct Shown<'a> {
    /// The path of the configured public address, without its last slash.
    pub(super) base: &'a str,
    /// The item.
    pub(super) opened: &'a Opened,
    /// How a placement shows it: its title there, where it begins and stops.
    pub(super) placed: Option<&'a Placement>,
    /// What the person has seen of it and what that is worth, where that counts.
    pub(super) own: Option<&'a Markup>,
    /// Its file.
    pub(super) file: &'a File,
    /// Its captions.
    pub(super) captions: &'a [Captions],
    /// Who looks.
    pub(super) reader: Reader,
    /// With which the page tells what is watched: not for people without a session.
    pub(super) pass: Option<String>,
    /// The address of a rendition, such as `original`.
    pub(super) address: &'a dyn Fn(&str) -> String,
    /// The address of the file to keep.
    pub(super) keep: String,
    /// Leads from the page to the level of its own: empty there.
    pub(super) up: &'a str,
}

/// What is known of an item that not every browser plays, for somebody who may download the file or
/// put another one in its place; nothing where everybody plays it.
pub(super) fn trouble<'a>(
    item: &'a Item,
    media_type: &'a str,
    download: bool,
    replace: bool,
) -> Option<Trouble<'a>> {
    let facts = &item.facts;
    let plays = facts.plays.filter(|plays| *plays != Plays::Everywhere)?;
    Some(Trouble {
        nowhere: plays == Plays::Nowhere,
        video: facts.video.as_deref(),
        audio: facts.audio.as_deref(),
        media_type,
        download,
        replace,
    })
}

/// The captions of an item.
pub(super) fn captions(app: &App, opened: &Opened) -> Result<Vec<Captions>, Error> {
    let texts = library::captions::of(&app.store, opened)?;
    Ok(texts
        .into_iter()
        .map(|(language, text)| Captions {
            language,
            label: text.label,
        })
        .collect())
}

/// The media itself, for a launched person, with what they have seen of it. `up` leads from the page
/// to the level of the item's own: empty there.
pub(super) async fn showing(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    readable: &Readable,
    up: &str,
) -> Result<Markup, Error> {
    let address = |rendition: &str| ticket::rendition(app, member, opened.id(), rendition);
    let placed = placements::shown(&app.store, member, opened)?;
    let seen = own::shown(app, m, member, opened).await?;
    let worth = earned::told(app, m, member, opened)?;
    let own = html! {
        @if let Some(seen) = seen { (seen) }
        (worth)
    };
    let shown = Shown {
        base: app.public().base_path(),
        opened,
        own: Some(&own),
        placed: placed.as_ref(),
        file: readable.file(),
        captions: &captions(app, opened)?,
        reader: Reader::launched(app, member, opened)?,
        pass: Some(ticket::pass(app, member, opened.id())),
        address: &address,
        keep: format!("{}&download", address("original")),
        up,
    };
    Ok(shown.markup(m))
}

/// The page with what its viewer needs: pictures in PDF documents (JPEG 2000) are decoded by
/// WebAssembly.
pub(super) const fn with_viewer(page: Page, kind: Kind) -> Page {
    if matches!(kind, Kind::Pdf) {
        page.runs_wasm()
    } else {
        page
    }
}

impl Shown<'_> {
    /// The player, viewer or picture where browsers show the type in place; else a card.
    pub(super) fn markup(&self, m: Messages) -> Markup {
        let original = (self.address)("original");
        let media_type = inline(&self.file.media_type);
        let watched_to = self.below("watched");
        let shown = match (self.item().kind, media_type) {
            (Kind::Video | Kind::Audio, Some(media_type)) => {
                return self.player(m, &original, media_type);
            }
            (Kind::Image, Some(_)) => self.picture(m, &original),
            (Kind::Pdf, Some(_)) => pdf(
                m,
                &Document {
                    base: self.base,
                    title: self.title(),
                    src: &original,
                    download: self.download(),
                    watched_to: self.telling(&watched_to),
                    stopped_at: match self.reader.stopped_at {
                        Some(Place::Page(page)) => Some(page),
                        _ => None,
                    },
                },
            ),
            _ => self.card(m),
        };
        html! {
            (shown)
            @if let Some(own) = self.own { (own) }
        }
    }

    /// The title, as the placement has it.
    fn title(&self) -> &str {
        let placed = self.placed.and_then(|placed| placed.title.as_deref());
        placed.unwrap_or(&self.item().title)
    }

    fn item(&self) -> &Item {
        self.opened.item()
    }

    /// How to have the file, where that is offered. Those who may change it always may.
    fn download(&self) -> Option<Save<'_>> {
        let offered = self.item().downloadable || self.reader.editor;
        offered.then_some(Save {
            href: &self.keep,
            name: &self.file.name,
        })
    }

    fn player(&self, m: Messages, original: &str, media_type: &str) -> Markup {
        let item = self.item();
        let [watched_to, picture_to] = ["watched", "poster"].map(|below| self.below(below));
        let poster = self.widest_picture();
        let part = self.placed.and_then(Part::of);
        let src = part.map_or_else(|| original.to_owned(), |part| part.of_file(original));
        let stopped_at = match self.reader.stopped_at {
            Some(Place::Moment(at)) => Some(at),
            _ => None,
        };
        let sources: Vec<String> = self.captions.iter().map(|c| self.captions_at(c)).collect();
        let captions: Vec<Track<'_>> = self
            .captions
            .iter()
            .zip(&sources)
            .map(|(captions, src)| Track {
                src,
                language: &captions.language,
                label: &captions.label,
            })
            .collect();
        let shown = Player {
            video: item.kind == Kind::Video,
            title: self.title(),
            src: &src,
            media_type,
            poster: poster.as_deref(),
            captions: &captions,
            download: self.download(),
            stopped_at: stopped_at.filter(|at| part.is_none_or(|part| part.has(*at))),
            watched_to: self.telling(&watched_to),
            own: self.own,
            picture_to: self.reader.editor.then_some(picture_to.as_str()),
        };
        html! {
            (self.trouble(m))
            (player(m, &shown))
        }
    }

    /// Where the page tells what is watched.
    fn telling<'b>(&'b self, to: &'b str) -> Option<Telling<'b>> {
        let pass = self.pass.as_deref();
        pass.map(|pass| Telling { to, pass })
    }

    /// The address of something below the item's own page.
    fn below(&self, name: &str) -> String {
        format!("{}{}/{name}", self.up, self.opened.id())
    }

    fn captions_at(&self, captions: &Captions) -> String {
        (self.address)(&format!("captions-{}", captions.language))
    }

    fn trouble(&self, m: Messages) -> Markup {
        let (download, replace) = (self.download().is_some(), self.reader.editor);
        let known = trouble(self.item(), &self.file.media_type, download, replace);
        html! { @if let Some(known) = known { (playable::trouble(m, &known)) } }
    }

    fn picture(&self, m: Messages, original: &str) -> Markup {
        let fitted = self.widest_picture();
        picture(
            m,
            &Picture {
                title: self.title(),
                full: original,
                fitted: fitted.as_deref(),
                download: self.download(),
            },
        )
    }

    /// The address of the widest picture that was made of the item.
    fn widest_picture(&self) -> Option<String> {
        let width = self.item().pictures.iter().max()?;
        Some((self.address)(&format!("picture-{width}")))
    }

    /// A file that is not shown is there to be had: a document, or a video that no browser plays
    /// and whose owner lets others download it.
    fn card(&self, m: Messages) -> Markup {
        let item = self.item();
        let file = Download {
            kind: kind(item.kind),
            name: &self.file.name,
            bytes: self.file.len,
            href: self.download().map(|file| file.href),
        };
        html! {
            (self.trouble(m))
            (download(m, &file))
        }
    }
}
