//! A collection: a page that shows each thing in it, one after the other.

pub(super) mod contents;
pub(super) mod new;
pub(super) mod pick;

use maud::{Markup, html};

use super::around::kind;
use super::player::{showing as playing, with_viewer};
use super::watch::{Media, media};
use super::{Error, tool};
use crate::app::{App, Page};
use crate::library::{Opened, Viewer, collections, editable};
use crate::people::Member;
use crate::store::rows::library::Kind;
use crate::ui::Messages;
use crate::ui::icons::icon;
use crate::ui::notices::{Empty, empty_state};

/// What of a collection is shown.
pub(super) struct Showing {
    entries: Vec<Opened>,
    at: usize,
}

impl Showing {
    /// What of a collection opens for `member`, beginning with the entry that `at` counts to, from
    /// 1. `None`: the item is no collection.
    pub(super) fn of(
        app: &App,
        member: &Member,
        collection: &Opened,
        at: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        if collection.item().kind != Kind::Collection {
            return Ok(None);
        }
        let entries = collections::opened(&app.store, &Viewer::of(member), collection)?;
        let at = at.map_or(Ok(1), str::parse::<usize>);
        let at = at.map_err(|_| Error::BadRequest)?.saturating_sub(1);
        let at = at.min(entries.len().saturating_sub(1));
        Ok(Some(Self { entries, at }))
    }

    /// The entry that is shown.
    fn present(&self) -> Option<&Opened> {
        self.entries.get(self.at)
    }

    /// The page with what the entry needs that it shows.
    pub(super) fn dress(&self, app: &App, page: Page) -> Page {
        match self.present() {
            Some(entry) => tool::with_tool(app, with_viewer(page, entry.item().kind), entry),
            None => page,
        }
    }

    /// The entry that is shown, and the list of all. `up` leads from the page to the level of the
    /// items' own.
    pub(super) async fn markup(
        &self,
        app: &App,
        m: Messages,
        member: &Member,
        collection: &Opened,
        up: &str,
    ) -> Result<Markup, Error> {
        let Some(entry) = self.present() else {
            return Ok(nothing(app, m, member, collection));
        };
        let found = media(app, entry)?;
        let stage = match &found {
            Media::Here(readable) => playing(app, m, member, entry, readable, up).await?,
            Media::Tool => tool::showing(app, m, member, entry, up)?,
            absent => absent.instead(m),
        };
        Ok(html! {
            div.collection {
                section.collection-stage aria-labelledby="entry" {
                    h2 #entry { (entry.item().title) }
                    (stage)
                    (self.steps(m))
                }
                (self.list(m))
            }
        })
    }

    /// To the entries before and after.
    fn steps(&self, m: Messages) -> Markup {
        let step = |at: usize, label: &str, rel: &str| {
            let title = self.entries.get(at).map(|entry| &entry.item().title);
            html! {
                @if let Some(title) = title {
                    a.button href={ "?at=" (at + 1) } rel=(rel) {
                        span { (m.text(label)) span.unseen { " " (title) } }
                    }
                }
            }
        };
        html! {
            @if self.entries.len() > 1 {
                nav.button-row aria-label=(m.text("collection-steps")) {
                    @if self.at > 0 { (step(self.at - 1, "collection-before", "prev")) }
                    (step(self.at + 1, "collection-after", "next"))
                }
            }
        }
    }

    fn list(&self, m: Messages) -> Markup {
        html! {
            nav.collection-list aria-label=(m.text("collection-list")) {
                ol {
                    @for (at, entry) in self.entries.iter().enumerate() {
                        li {
                            a href={ "?at=" (at + 1) } aria-current=[(at == self.at).then_some("true")] {
                                (icon(kind(entry.item().kind).icon()))
                                span { (entry.item().title) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn nothing(app: &App, m: Messages, member: &Member, collection: &Opened) -> Markup {
    let id = collection.id();
    let edits = editable(&app.store, member, id).is_ok();
    let fill = format!("{id}/contents");
    let label = m.text("collection-fill");
    empty_state(&Empty {
        title: &m.text("collection-empty"),
        text: &m.text(if edits {
            "collection-empty-owner"
        } else {
            "collection-empty-text"
        }),
        action: edits.then_some((fill.as_str(), label.as_ref())),
    })
}
