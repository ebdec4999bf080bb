//! The upload panel. `js/upload.js` brings it to life; all its words are rendered here.

use maud::{Markup, html};

use super::Messages;
use super::buttons::way_up;
use super::format::size;
use super::forms::{Choice, Field, radio_group};
use super::icons::{Icon, icon};
use super::media::Visibility;
use super::messages::Value;
use super::notices::{Tone, notice};

/// What the panel needs to know.
#[derive(Debug, Clone, Copy)]
pub struct UploadPanel<'a> {
    /// Where uploads begin (tus 1.0), relative to the page.
    pub endpoint: &'a str,
    /// Where an item opens, relative to the page, with `{item}` for its id.
    pub item_href: &'a str,
    /// Where a picture of an item is sent, relative to the page, with `{item}` for its id.
    pub picture_href: &'a str,
    /// Where captions of an item are added, relative to the page, with `{item}` for its id.
    pub captions_href: &'a str,
    /// Where the notes about an item are, relative to the page, with `{item}` for its id.
    pub notes_href: &'a str,
    /// Where the person's own items are, relative to the page.
    pub mine_href: &'a str,
    /// The largest file that is taken, in bytes.
    pub max_bytes: u64,
    /// How much there is room for, in bytes.
    pub room_bytes: u64,
    /// How many bytes go into one request.
    pub chunk_bytes: u64,
    /// Media types and extensions to offer, as in HTML's `accept`. Empty: any.
    pub accept: &'a str,
    /// Who may be chosen to see it; the first is chosen. With one, nothing is asked. Not used for a
    /// file that replaces another.
    pub visibilities: &'a [Visibility],
    /// Uploads that earlier visits left unfinished.
    pub unfinished: &'a [Unfinished<'a>],
    /// The item for which one file is taken in place of its own, instead of files for new items.
    pub replaces: Option<Replaced<'a>>,
}

/// An item whose file is to be replaced.
#[derive(Debug, Clone, Copy)]
pub struct Replaced<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
}

/// An upload that an earlier visit left.
#[derive(Debug, Clone, Copy)]
pub struct Unfinished<'a> {
    /// Its id.
    pub id: &'a str,
    /// The file's name, as it was on the uploader's device.
    pub name: &'a str,
    /// The file's size in bytes.
    pub bytes: u64,
    /// How many bytes have arrived.
    pub offset: u64,
    /// When the file was last changed, in milliseconds since 1970, as the browser told.
    pub modified: Option<u64>,
}

impl Default for UploadPanel<'_> {
    fn default() -> Self {
        Self {
            endpoint: "uploads",
            item_href: "media/{item}",
            picture_href: "media/{item}/poster",
            captions_href: "media/{item}/captions",
            notes_href: "media/{item}/notes",
            mine_href: "library?view=mine",
            max_bytes: u64::MAX,
            room_bytes: u64::MAX,
            chunk_bytes: 32 * 1024 * 1024,
            accept: "",
            visibilities: &[Visibility::Private],
            unfinished: &[],
            replaces: None,
        }
    }
}

/// A panel that uploads files. Says that it needs JavaScript where there is none.
pub fn upload_panel(m: Messages, panel: &UploadPanel<'_>) -> Markup {
    let limit = size(m, panel.max_bytes);
    let item_href = panel
        .replaces
        .map(|item| panel.item_href.replace("{item}", item.id));
    html! {
        @if let Some(href) = &item_href {
            (way_up(href, &m.text("item-back")))
            p { (m.text("upload-replaces-text")) }
        }
        noscript {
            (notice(m, Tone::Warning, &m.text("upload-needs-javascript"), None))
        }
        div.upload
            hidden
            data-upload
            data-endpoint=(panel.endpoint)
            data-item-href=(panel.item_href)
            data-picture-href=(panel.picture_href)
            data-captions-href=(panel.captions_href)
            data-notes-href=(panel.notes_href)
            data-max=(panel.max_bytes)
            data-room=(panel.room_bytes)
            data-chunk=(panel.chunk_bytes)
            data-replaces=[panel.replaces.map(|item| item.id)]
            data-say-waiting=(m.text("upload-waiting"))
            data-say-queued=(m.text("upload-queued"))
            data-say-starting=(m.text("upload-starting"))
            data-say-progress=(open(m, "upload-progress", &["percent", "speed", "left"]))
            data-say-paused=(open(m, "upload-paused", &["percent"]))
            data-say-retrying=(m.text("upload-retrying"))
            data-say-offline=(m.text("upload-offline"))
            data-say-resumed=(m.text("upload-resumed"))
            data-say-finishing=(m.text("upload-finishing"))
            data-say-done=(m.text("upload-done"))
            data-say-announce=(open(m, "upload-announce", &["name", "percent"]))
            data-say-announce-done=(open(m, "upload-announce-done", &["name"]))
            data-say-announce-failed=(open(m, "upload-announce-failed", &["name", "reason"]))
            data-say-announce-all=(m.text("upload-finished"))
            data-say-removed=(open(m, "upload-removed", &["name"]))
            data-say-captions-with=(open(m, "upload-captions-with", &["name"]))
            data-say-captions-added=(open(m, "upload-captions-added", &["name"]))
            data-say-captions-refused=(open(m, "upload-captions-refused", &["name", "reason"]))
            data-fail-captions=(m.text("upload-captions-failed"))
            data-fail-too-large=(m.with("upload-too-large", &[("limit", limit.as_str().into())]))
            data-fail-no-room=(open(m, "upload-no-room", &["left"]))
            data-fail-empty=(m.text("upload-empty"))
            data-fail-unreadable=(m.text("upload-unreadable"))
            data-fail-session=(m.text("upload-session"))
            data-fail-store-full=(m.text("upload-store-full"))
            data-fail-refused=(m.text("upload-refused"))
            data-fail-server=(m.text("upload-server"))
        {
            @if panel.replaces.is_none() {
                (visibility_choice(m, panel.visibilities))
            }
            div data-part="boxed" hidden {
                (notice(m, Tone::Warning, &m.text("upload-boxed"), None))
            }
            (drop_zone(m, panel, &limit))
            p.unseen role="status" data-part="announcer" {}
            ul.upload-list role="list" aria-label=(m.text("upload-list-label")) data-part="list" {
                @for upload in panel.unfinished { (left(m, upload)) }
            }
            p.upload-finished data-part="finished" hidden {
                span { (icon(Icon::Check)) (m.text("upload-finished")) }
                " "
                @if let Some(href) = &item_href {
                    a href=(href) { (m.text("item-back")) }
                } @else {
                    a href=(panel.mine_href) { (m.text("upload-mine")) }
                }
            }
            button type="button" class="button primary" data-part="start" hidden {
                (icon(Icon::Upload))
                span { (m.text("upload-start")) }
            }
            template data-part="row" { (row(m)) }
        }
    }
}

/// A text whose variables stay as `{name}`, for the script to fill in.
fn open(m: Messages, id: &str, variables: &[&str]) -> String {
    let values: Vec<(&str, Value<'_>)> = variables
        .iter()
        .map(|name| (*name, format!("{{{name}}}").into()))
        .collect();
    m.with(id, &values)
}

fn visibility_choice(m: Messages, visibilities: &[Visibility]) -> Markup {
    let Some(first) = visibilities.first() else {
        return html! {};
    };
    if visibilities.len() == 1 {
        return html! { input type="hidden" name="visibility" value=(first.value()); };
    }
    let words: Vec<_> = visibilities
        .iter()
        .map(|visibility| (visibility.value(), visibility.name(m), visibility.hint(m)))
        .collect();
    let choices: Vec<_> = words
        .iter()
        .map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(hint),
        })
        .collect();
    radio_group(
        m,
        &Field {
            name: "visibility",
            label: &m.text("upload-visibility"),
            hint: Some(&m.text("upload-visibility-hint")),
            ..Field::default()
        },
        &choices,
        first.value(),
    )
}

fn drop_zone(m: Messages, panel: &UploadPanel<'_>, limit: &str) -> Markup {
    let room = size(m, panel.room_bytes);
    let several = panel.replaces.is_none();
    let (drop, choose) = if several {
        (m.text("upload-drop"), m.text("upload-choose"))
    } else {
        (m.text("upload-drop-one"), m.text("upload-choose-one"))
    };
    html! {
        div.drop-zone data-part="drop-zone" {
            span.drop-picture { (icon(Icon::Upload)) }
            p.drop-title { (drop) }
            div.button-row {
                label.button.primary for="upload-files" { (choose) }
                input.drop-input
                    id="upload-files"
                    type="file"
                    multiple[several]
                    accept=[(!panel.accept.is_empty()).then_some(panel.accept)]
                    aria-describedby="upload-limit"
                    data-part="files";
                @if several {
                    label.button.quiet for="upload-folder" { (m.text("upload-choose-folder")) }
                    input.drop-input
                        id="upload-folder"
                        type="file"
                        multiple
                        webkitdirectory
                        aria-describedby="upload-limit"
                        data-part="folder";
                }
            }
            p.hint #upload-limit {
                (m.with("upload-limit", &[("limit", limit.into()), ("room", room.into())]))
            }
        }
    }
}

/// An upload that an earlier visit left: its file has to be chosen again.
fn left(m: Messages, upload: &Unfinished<'_>) -> Markup {
    let (arrived, bytes) = (size(m, upload.offset), size(m, upload.bytes));
    let of = html! { span.unseen { " " (upload.name) } };
    html! {
        li.upload-row
            data-state="left"
            data-id=(upload.id)
            data-name=(upload.name)
            data-size=(upload.bytes)
            data-modified=[upload.modified]
        {
            div.upload-head {
                p.upload-name { span { (upload.name) } " " span.hint { (bytes) } }
                div.upload-controls {
                    button type="button" class="button quiet" data-do="choose" {
                        (icon(Icon::Play))
                        span { (m.text("upload-choose-again")) (of) }
                    }
                    button type="button" class="button quiet" data-do="discard" {
                        (icon(Icon::Close))
                        span { (m.text("upload-discard")) (of) }
                    }
                }
            }
            p.upload-status data-part="status" {
                (m.with("upload-left", &[("arrived", arrived.into()), ("size", bytes.into())]))
            }
        }
    }
}

/// One file. The script clones it, names its title field and fills in what is empty here.
fn row(m: Messages) -> Markup {
    html! {
        li.upload-row data-state="waiting" {
            div.upload-head {
                p.upload-name { span data-part="name" {} " " span.hint data-part="size" {} }
                div.upload-controls {
                    (control(m, Control::Pause))
                    (control(m, Control::Resume))
                    (control(m, Control::Cancel))
                    a class="button quiet" data-part="open" hidden {
                        (icon(Icon::Play))
                        span { (m.text("upload-open")) span.unseen data-part="of" {} }
                    }
                }
            }
            div.field data-part="title-field" {
                label data-part="title-label" { (m.text("upload-title")) }
                input type="text" maxlength="200" autocomplete="off" data-part="title";
            }
            p.upload-warning data-part="warning" hidden {
                (icon(Icon::Warning))
                span { (m.text("upload-plays-not")) }
            }
            progress max="100" value="0" data-part="progress" hidden {}
            p.upload-status data-part="status" {}
            div.upload-notes aria-live="polite" data-part="notes" {}
            ul.upload-captions role="list" aria-live="polite" data-part="captions" hidden {}
        }
    }
}

#[derive(Clone, Copy)]
enum Control {
    Pause,
    Resume,
    Cancel,
}

fn control(m: Messages, control: Control) -> Markup {
    let (action, picture, label) = match control {
        Control::Pause => ("pause", Icon::Pause, m.text("upload-pause")),
        Control::Resume => ("resume", Icon::Play, m.text("upload-resume")),
        Control::Cancel => ("cancel", Icon::Close, m.text("upload-cancel")),
    };
    html! {
        button
            type="button"
            class="button quiet"
            data-do=(action)
            hidden[!matches!(control, Control::Cancel)]
        {
            (icon(picture))
            span { (label) span.unseen data-part="of" {} }
        }
    }
}

#[cfg(test)]
mod tests;
