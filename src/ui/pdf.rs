//! The viewer of PDF documents. `js/pdf.js` draws the pages with the vendored PDF.js; without it,
//! the document opens in the browser's own viewer.

use maud::{Markup, html};

use super::Messages;
use super::assets;
use super::icons::{Icon, icon};
use super::media::{Save, save};
use super::messages::Value;
use super::notices::{Tone, notice};
use super::progress::Telling;

/// Where PDF.js lies.
const FOLDER: &str = "vendor/pdfjs";

/// The part of it that works aside.
const WORKER: &str = "pdf.worker.min.mjs";

/// Whether the embedded file of this name is the one that decodes pictures with WebAssembly.
pub fn is_worker(name: &str) -> bool {
    name.ends_with(WORKER)
}

/// A PDF document.
#[derive(Debug, Clone, Copy, Default)]
pub struct Document<'a> {
    /// The path of the configured public address without its last slash: empty at the root.
    pub base: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The address of its bytes.
    pub src: &'a str,
    /// How to have the file, where that is offered.
    pub download: Option<Save<'a>>,
    /// Where the viewer tells which pages were looked at.
    pub watched_to: Option<Telling<'a>>,
    /// The page on which the person stopped.
    pub stopped_at: Option<u64>,
}

/// The document, to be read in the page.
pub fn pdf(m: Messages, document: &Document<'_>) -> Markup {
    let vendored = |name: &str| assets::url(document.base, &format!("{FOLDER}/{name}"));
    // The folders are named by a file in each: an address is made of an existing file only.
    let folder = |file: &str| {
        let url = vendored(file);
        url.rsplit_once('/')
            .map_or(url.clone(), |(folder, _)| format!("{folder}/"))
    };
    html! {
        div.pdf
            role="region"
            aria-label=(document.title)
            data-pdf
            data-src=(document.src)
            data-watched-to=[document.watched_to.map(|telling| telling.to)]
            data-pass=[document.watched_to.map(|telling| telling.pass)]
            data-library=(vendored("pdf.min.mjs"))
            data-worker=(vendored(WORKER))
            data-cmaps=(folder("cmaps/LICENSE"))
            data-fonts=(folder("standard_fonts/LICENSE_FOXIT"))
            data-say-page=(open(m, "pdf-page-label", &["number", "total"]))
            data-say-loaded=(open(m, "pdf-loaded", &["total"]))
        {
            @if let Some(page) = document.stopped_at { (go_on(m, document.src, page)) }
            (bar(m))
            p.pdf-status role="status" data-part="status" hidden { (m.text("pdf-loading")) }
            div.pdf-pages
                role="group"
                tabindex="0"
                aria-label=(m.with("pdf-pages", &[("title", document.title.into())]))
                data-part="pages"
                hidden {}
            div data-part="failure" hidden {
                (notice(m, Tone::Error, &m.text("pdf-failed"), Some(&html! {
                    p data-why="broken" { (m.text("pdf-failed-next")) }
                    p data-why="password" hidden { (m.text("pdf-password")) }
                    @if document.watched_to.is_some() { p.hint { (m.text("pdf-not-noted")) } }
                })))
            }
            (ways_out(m, document))
        }
    }
}

/// Both ways are links to the file itself, for browsers without scripts: their own viewers open at a
/// page (RFC 8118, section 3).
fn go_on(m: Messages, src: &str, page: u64) -> Markup {
    html! {
        div.player-continue data-part="continue" {
            p { (m.with("pdf-stopped", &[("page", page.into())])) }
            div.button-row {
                a.button href={ (src) "#page=" (page) } data-go=(page) {
                    (icon(Icon::Pdf))
                    span { (m.with("pdf-continue", &[("page", page.into())])) }
                }
                a class="button quiet" href=(src) data-go="1" {
                    span { (m.text("player-from-start")) }
                }
            }
        }
    }
}

/// The document by itself, whatever becomes of the viewer.
fn ways_out(m: Messages, document: &Document<'_>) -> Markup {
    let src = match document.stopped_at {
        Some(page) => format!("{}#page={page}", document.src),
        None => document.src.to_owned(),
    };
    html! {
        p.button-row {
            a.button href=(src) target="_blank" rel="noopener" {
                (icon(Icon::Elsewhere))
                span { (m.text("pdf-open")) }
            }
            @if let Some(file) = &document.download { (save(m, file)) }
        }
    }
}

fn bar(m: Messages) -> Markup {
    let press = |does: &str, picture: Icon, label: &str| {
        html! {
            button type="button" class="button quiet" data-do=(does) title=(label) {
                (icon(picture))
                span.unseen { (label) }
            }
        }
    };
    html! {
        div.pdf-bar role="group" aria-label=(m.text("pdf-bar")) data-part="bar" hidden {
            div.pdf-group {
                (press("before", Icon::Before, &m.text("pdf-before")))
                label.pdf-page {
                    span { (m.text("pdf-page")) }
                    input
                        type="text"
                        inputmode="numeric"
                        autocomplete="off"
                        size="3"
                        data-part="number";
                    span data-part="total" data-say=(open(m, "pdf-of", &["total"])) {}
                }
                (press("after", Icon::After, &m.text("pdf-after")))
            }
            div.pdf-group {
                (press("smaller", Icon::Minus, &m.text("pdf-smaller")))
                output.pdf-zoom data-part="zoom" aria-label=(m.text("pdf-zoom")) {}
                (press("larger", Icon::Plus, &m.text("pdf-larger")))
                button type="button" class="button quiet" data-do="fit" { (m.text("pdf-fit")) }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_opens_without_scripts_too() {
        let document = Document {
            base: "/lanterna",
            title: "Waves & tides",
            src: "/files/1/original?t=2",
            ..Document::default()
        };
        let markup = pdf(Messages::default(), &document).0;
        assert!(markup.contains(r#"<a class="button" href="/files/1/original?t=2" target="#));
        assert!(!markup.contains("#page="));
        assert!(!markup.contains("download="));
        assert!(markup.contains(r#"data-part="bar" hidden"#));
        let download = Document {
            download: Some(Save {
                href: "/files/1/original?t=2&download",
                name: "waves.pdf",
            }),
            ..document
        };
        assert!(
            pdf(Messages::default(), &download)
                .0
                .contains(r#"download="waves.pdf""#)
        );
    }

    #[test]
    fn whoever_stopped_may_go_on_without_scripts_too() {
        let document = Document {
            src: "/files/1/original?t=2",
            stopped_at: Some(7),
            ..Document::default()
        };
        let markup = pdf(Messages::default(), &document).0;
        assert!(markup.contains(r#"href="/files/1/original?t=2#page=7" data-go="7""#));
        assert!(markup.contains(r#"href="/files/1/original?t=2" data-go="1""#));
        assert!(markup.contains(r#"href="/files/1/original?t=2#page=7" target="_blank""#));
    }

    #[test]
    fn what_draws_is_there() {
        let markup = pdf(Messages::default(), &Document::default()).0;
        for name in ["library", "worker"] {
            let (_, rest) = markup
                .split_once(&format!("data-{name}=\"/assets/"))
                .unwrap();
            let tail = rest.split('"').next().unwrap();
            let served = assets::serve(tail).unwrap();
            assert!(served.asset.media_type.contains("/javascript"));
        }
        for name in ["cmaps", "fonts"] {
            let (_, rest) = markup
                .split_once(&format!("data-{name}=\"/assets/"))
                .unwrap();
            assert!(rest.split('"').next().unwrap().ends_with('/'));
        }
    }
}
