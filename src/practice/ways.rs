//! How Lanterna is to know the browser of a launch again: by its cookies, by platform storage, by the
//! page that sends the form, or by nothing. The choice stands in the page's address.
//!
//! Lanterna itself makes no exception here: the practice course only offers what it offers, and where
//! both are one host, takes Lanterna's cookies away on the way, as browsers do that keep none in
//! frames.

use std::time::Duration;

use maud::{Markup, html};

use super::pages::path;
use super::visit::Visit;
use crate::app::{App, Form, Page, Referrer};
use crate::people::browsers::{BROWSER, of_state, pair};
use crate::store::rows::practice::Way;
use crate::tools::Knowing;
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, page};

/// The parameter of an address that holds the choice.
pub(super) const WAY: &str = "way";
/// The frame beside a launch that stores for Lanterna.
const FRAME: &str = "lanterna_practice_storage";
/// Every choice, in the order in which Lanterna tries the ways.
const ALL: [Knowing; 4] = [
    Knowing::Cookies,
    Knowing::Storage,
    Knowing::Origin,
    Knowing::Nothing,
];

/// The choice in the query of an address.
pub(super) fn read(query: &Form) -> Knowing {
    let named = query.get(WAY);
    let mut all = ALL.into_iter();
    all.find(|way| name(*way) == named).unwrap_or_default()
}

/// What an address says of a choice. The usual one goes without saying.
pub(super) const fn name(way: Knowing) -> Option<&'static str> {
    match way {
        Knowing::Cookies => None,
        Knowing::Storage => Some("storage"),
        Knowing::Origin => Some("origin"),
        Knowing::Nothing => Some("none"),
    }
}

const fn label(way: Knowing) -> (&'static str, &'static str) {
    match way {
        Knowing::Cookies => ("practice-way-cookies", "practice-way-cookies-text"),
        Knowing::Storage => ("practice-way-storage", "practice-way-storage-text"),
        Knowing::Origin => ("practice-way-origin", "practice-way-origin-text"),
        Knowing::Nothing => ("practice-way-none", "practice-way-none-text"),
    }
}

/// What a login says of the frame that stores.
pub(super) fn storage_target(way: Knowing) -> Option<String> {
    (way == Knowing::Storage).then(|| FRAME.to_owned())
}

/// A page that posts to Lanterna, and says where it comes from or not.
pub(super) fn posted(mut page: Page, way: Knowing) -> Page {
    if matches!(way, Knowing::Storage | Knowing::Nothing) {
        page.referrer = Referrer::Nothing;
    }
    page
}

/// An answer that takes Lanterna's cookies away, where one host answers for both; with those of this
/// login, when one is under way.
pub(super) fn without_cookies(app: &App, page: Page, way: Knowing, state: Option<&str>) -> Page {
    if way == Knowing::Cookies || app.practice_site.is_some() {
        return page;
    }
    let below = format!("{}/lti", app.public().base_path());
    let gone = |names: [&str; 2]| pair(names, "", &below, Duration::ZERO);
    let states = state.map(of_state);
    let states = states
        .iter()
        .map(|names| names.each_ref().map(String::as_str));
    let cookies = states.chain([BROWSER]).flat_map(gone);
    page.cookies(cookies)
}

/// The choice between the ways, and the frame that stores.
pub(super) fn choice(app: &App, m: Messages, visit: Visit, what: &str) -> Markup {
    let honest = if app.practice_site.is_some() {
        "practice-way-own-site"
    } else {
        "practice-way-one-site"
    };
    html! {
        // By LTI 1.1 there is no login from which a browser could be known.
        @if visit.way != Way::Form { details.disclosure open[visit.knowing != Knowing::Cookies] {
            summary { (m.text("practice-ways")) }
            div.disclosure-body {
                nav.practice-versions aria-label=(m.text("practice-ways")) {
                    @for way in ALL {
                        a href=(path(app, &visit.knowing(way).path(what)))
                            aria-current=[(way == visit.knowing).then_some("page")] {
                            (m.text(label(way).0))
                        }
                    }
                }
                p { (m.text(label(visit.knowing).1)) }
                p.hint { (m.text(honest)) }
            }
        } }
    }
}

/// The hidden frame that stores, where that is offered.
pub(super) fn storing(app: &App, m: Messages, visit: Visit) -> Markup {
    html! {
        @if visit.knowing == Knowing::Storage {
            iframe hidden name=(FRAME) src=(path(app, "/storage"))
                title=(m.text("practice-storage")) data-practice-storage=(FRAME) {}
        }
    }
}

/// `GET /practice/storage`: the page that stores for Lanterna, as long as the page around it is open.
pub fn storage(app: &App) -> Page {
    let m = Messages::default();
    let content = html! {
        p data-practice-storage data-tool=(app.public().origin()) { (m.text("practice-storage-text")) }
    };
    let frame = Frame {
        title: &m.text("practice-storage"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        ..Frame::default()
    };
    Page::html(page(&frame, &content)).framed_by(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_has_a_name_of_its_own() {
        for way in ALL {
            let query = name(way).map_or_else(String::new, |name| format!("{WAY}={name}"));
            assert_eq!(read(&Form::parse(query.as_bytes())), way);
        }
        for query in ["way=", "way=cookies", "way=other", "course=2"] {
            assert_eq!(read(&Form::parse(query.as_bytes())), Knowing::Cookies);
        }
    }
}
