//! What somebody began to watch, above the list: where they left off, one press away.

use std::time::Duration;

use maud::{Markup, html};

use super::shelf::picture;
use crate::app::App;
use crate::browse::Error;
use crate::browse::around::kind;
use crate::library::{self, Opened, Viewer};
use crate::people::Member;
use crate::ui::Messages;
use crate::ui::format::duration;
use crate::ui::media::{Card, Left, cards};
use crate::watching::{self, Place, Unfinished};

/// A row of them.
const MOST: usize = 4;

/// The row; nothing where nothing was begun.
pub(super) fn row(app: &App, m: Messages, member: &Member) -> Result<Markup, Error> {
    let mut begun = Vec::new();
    for unfinished in watching::unfinished(&app.store, member)? {
        if begun.len() == MOST {
            break;
        }
        match library::open(&app.store, &Viewer::of(member), unfinished.item) {
            Ok(opened) => begun.extend(Begun::of(app, m, member, unfinished, opened)),
            // It is deleted, or no longer theirs to see.
            Err(library::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if begun.is_empty() {
        return Ok(html! {});
    }
    let shown: Vec<Card<'_>> = begun.iter().map(Begun::card).collect();
    Ok(html! {
        section.continuing aria-labelledby="continuing" {
            h2 #continuing { (m.text("browse-continuing")) }
            (cards(m, &shown))
        }
        h2.unseen { (m.text("browse-everything")) }
    })
}

struct Begun {
    opened: Opened,
    href: String,
    picture: Option<String>,
    words: String,
    percent: Option<u16>,
}

impl Begun {
    fn of(app: &App, m: Messages, member: &Member, at: Unfinished, opened: Opened) -> Option<Self> {
        let item = opened.item();
        let words = match at.place(item)? {
            Place::Moment(time) => m.with("browse-continue-at", &[("time", duration(time).into())]),
            Place::Page(page) => m.with("browse-continue-page", &[("page", page.into())]),
        };
        Some(Self {
            href: format!("media/{}", at.item),
            picture: picture(app, member, at.item, item),
            words,
            percent: at.percent(item),
            opened,
        })
    }

    fn card(&self) -> Card<'_> {
        let item = self.opened.item();
        Card {
            href: &self.href,
            title: &item.title,
            kind: kind(item.kind),
            thumbnail: self.picture.as_deref(),
            duration: item.facts.duration_ms.map(Duration::from_millis),
            bytes: None,
            visibility: None,
            owner: None,
            tags: &[],
            left: Some(Left {
                words: &self.words,
                percent: self.percent,
            }),
        }
    }
}
