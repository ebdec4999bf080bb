//! The page around everything: head, header, navigation, title.

use maud::{DOCTYPE, Markup, html};

use super::icons::{Icon, icon, logo};
use super::{Messages, assets};

/// The style sheets, in the order of the cascade.
const STYLES: [&str; 13] = [
    "css/tokens.css",
    "css/base.css",
    "css/frame.css",
    "css/controls.css",
    "css/parts.css",
    "css/media.css",
    "css/item.css",
    "css/player.css",
    "css/pdf.css",
    "css/practice.css",
    "css/select.css",
    "css/tools.css",
    "css/charts.css",
];

/// What `js/main.js` imports at once; named here so that browsers fetch them side by side.
const MODULES: [&str; 3] = ["js/launch.js", "js/copy.js", "js/moments.js"];

/// Whose pages they are; decides what the header shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Area {
    /// Pages of a launch, mostly in a frame of the platform.
    Launched,
    /// Administration.
    Admin,
    /// Pages for whoever comes by.
    #[default]
    Public,
    /// The practice course.
    Practice,
}

impl Area {
    const fn class(self) -> &'static str {
        match self {
            Self::Launched => "area-launched",
            Self::Admin => "area-admin",
            Self::Public => "area-public",
            Self::Practice => "area-practice",
        }
    }
}

/// How much room the content needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// Lists, tables, pictures.
    #[default]
    Wide,
    /// One thing to read or to fill in: a column in the middle.
    Narrow,
}

impl Width {
    /// What is added to the area's class.
    const fn class(self) -> &'static str {
        match self {
            Self::Wide => "",
            Self::Narrow => " narrow",
        }
    }
}

/// What the person is, for the badge beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Learns in the course.
    Member,
    /// Helps in the course.
    Contributor,
    /// Teaches the course.
    Manager,
    /// Looks after this Lanterna.
    Administrator,
}

impl Role {
    /// The role's name.
    pub fn name(self, m: Messages) -> String {
        m.text(match self {
            Self::Member => "role-member",
            Self::Contributor => "role-contributor",
            Self::Manager => "role-manager",
            Self::Administrator => "role-administrator",
        })
        .into_owned()
    }
}

/// A link of the navigation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavLink<'a> {
    /// Where it goes, relative to the page.
    pub href: &'a str,
    /// What is there.
    pub label: &'a str,
    /// Whether this page is the one.
    pub current: bool,
}

/// What stands around a page's content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frame<'a> {
    /// The page's title: its one `h1`, and in the browser's tab.
    pub title: &'a str,
    /// The path of the configured public address without its last slash: empty at the root.
    pub base: &'a str,
    /// The language of the page.
    pub messages: Messages,
    /// Whose pages these are.
    pub area: Area,
    /// How much room the content needs.
    pub width: Width,
    /// The person's name.
    pub person: Option<&'a str>,
    /// Where the name leads: to what is kept about the person.
    pub person_href: Option<&'a str>,
    /// What the person is here.
    pub role: Option<Role>,
    /// The course's title.
    pub course: Option<&'a str>,
    /// Where "back to the course" goes.
    pub back: Option<&'a str>,
    /// The area's pages.
    pub navigation: &'a [NavLink<'a>],
    /// Small forms and links at the header's end, such as signing out.
    pub corner: Option<&'a Markup>,
    /// Buttons beside the title: what this page is for.
    pub actions: Option<&'a Markup>,
    /// What the page tells programs, in its head.
    pub about: Option<&'a Markup>,
}

/// A whole HTML document. The content follows the page's `h1`; its headings begin with `h2`.
pub fn page(frame: &Frame<'_>, content: &Markup) -> Markup {
    let m = frame.messages;
    html! {
        (DOCTYPE)
        html lang=(m.lang()) {
            (head(frame))
            body class={ (frame.area.class()) (frame.width.class()) } {
                a.skip href="#main" { (m.text("skip-link")) }
                (header(frame))
                main #main tabindex="-1" {
                    div.title-row {
                        h1 { (frame.title) }
                        @if let Some(actions) = frame.actions {
                            div.button-row { (actions) }
                        }
                    }
                    (content)
                }
            }
        }
    }
}

/// A whole HTML document without header and ways on, to stand in another page's frame.
pub fn bare_page(frame: &Frame<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(frame.messages.lang()) {
            (head(frame))
            body.bare {
                main #main {
                    h1 { (frame.title) }
                    (content)
                }
            }
        }
    }
}

fn head(frame: &Frame<'_>) -> Markup {
    let url = |name| assets::url(frame.base, name);
    let title = frame
        .messages
        .with("page-title", &[("title", frame.title.into())]);
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="icon" type="image/svg+xml" href=(url("img/favicon.svg"));
            @for name in STYLES {
                link rel="stylesheet" href=(url(name));
            }
            @for name in MODULES {
                link rel="modulepreload" href=(url(name));
            }
            script type="module" src=(url("js/main.js")) {}
            @if let Some(about) = frame.about { (about) }
        }
    }
}

/// The way back to the course, by its name where it has one.
fn way_back(m: Messages, href: &str, place: Option<&str>) -> Markup {
    html! {
        a.way-back href=(href) {
            (icon(Icon::Back))
            span {
                @match place {
                    Some(place) => { span.unseen { (m.text("back-to")) " " } (place) },
                    None => { (m.text("back-to-course")) },
                }
            }
        }
    }
}

fn header(frame: &Frame<'_>) -> Markup {
    let m = frame.messages;
    html! {
        header.frame-head {
            div.frame-bar {
                p.brand { (logo()) span { (m.text("brand")) } }
                @match (frame.back, place(frame)) {
                    (Some(back), place) => {
                        p.place { (way_back(m, back, place.as_deref())) }
                    },
                    (None, Some(place)) => { p.place { (place) } },
                    (None, None) => {},
                }
                (person(frame))
            }
            @if !frame.navigation.is_empty() {
                nav aria-label=(m.text("navigation-label")) {
                    ul role="list" {
                        @for link in frame.navigation {
                            li {
                                a href=(link.href) aria-current=[link.current.then_some("page")] {
                                    (link.label)
                                }
                            }
                        }
                    }
                }
            }
            @if frame.area == Area::Practice {
                p.practice-strip { (m.text("practice-strip")) }
            }
        }
    }
}

/// Where one is: the course, or else the area where it has a name of its own.
fn place(frame: &Frame<'_>) -> Option<String> {
    if let Some(course) = frame.course {
        return Some(course.to_owned());
    }
    match frame.area {
        Area::Admin => Some(frame.messages.text("area-admin").into_owned()),
        Area::Practice => Some(frame.messages.text("area-practice").into_owned()),
        Area::Launched | Area::Public => None,
    }
}

fn person(frame: &Frame<'_>) -> Markup {
    html! {
        @if frame.person.is_some() || frame.role.is_some() || frame.corner.is_some() {
            div.person {
                @match (frame.person, frame.person_href) {
                    (Some(name), Some(href)) => {
                        a.person-name href=(href) {
                            (name) span.unseen { ": " (frame.messages.text("me-title")) }
                        }
                    },
                    (Some(name), None) => { span.person-name { (name) } },
                    (None, _) => {},
                }
                @if let Some(role) = frame.role {
                    span.badge { span { (role.name(frame.messages)) } }
                }
                @if let Some(corner) = frame.corner { (corner) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(area: Area) -> String {
        let frame = Frame {
            title: "Library <1>",
            base: "/lanterna",
            area,
            person: Some("Ada & Co"),
            role: Some(Role::Manager),
            course: Some("Physics"),
            navigation: &[
                NavLink {
                    href: "library",
                    label: "Library",
                    current: true,
                },
                NavLink {
                    href: "upload",
                    label: "Upload",
                    current: false,
                },
            ],
            ..Frame::default()
        };
        page(&frame, &html! { p { "content" } }).0
    }

    #[test]
    fn a_page_has_language_viewport_and_one_heading() {
        let html = sample(Area::Launched);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        assert!(html.contains("width=device-width, initial-scale=1"));
        assert!(html.contains(r#"name="color-scheme" content="light dark""#));
        assert_eq!(html.matches("<h1>").count(), 1);
        assert!(html.contains("<h1>Library &lt;1&gt;</h1>"));
        assert!(html.contains("Ada &amp; Co"));
        assert_eq!(html.matches("aria-current").count(), 1);
    }

    #[test]
    fn nothing_is_inline_and_everything_is_below_the_base() {
        for area in [Area::Launched, Area::Admin, Area::Public, Area::Practice] {
            let html = sample(area);
            assert!(!html.contains(" style="));
            assert!(!html.contains("<style"));
            assert!(!html.contains("javascript:"));
            assert_eq!(html.matches("<script").count(), 1);
            for address in html.split("/assets/").skip(1) {
                assert!(assets::serve(address.split('"').next().unwrap()).is_some());
            }
            assert_eq!(
                html.matches("/assets/").count(),
                html.matches("\"/lanterna/assets/").count()
            );
        }
    }

    #[test]
    fn a_bare_page_has_a_title_and_nothing_around_it() {
        let frame = Frame {
            title: "Waves <1>",
            person: Some("Ada"),
            ..Frame::default()
        };
        let html = bare_page(&frame, &html! { p { "content" } }).0;
        assert!(html.contains("<h1>Waves &lt;1&gt;</h1><p>content</p>"));
        for absent in ["Ada", "<nav", "<header", "class=\"skip\""] {
            assert!(!html.contains(absent), "{absent}");
        }
    }

    #[test]
    fn the_modules_named_here_are_those_that_main_imports() {
        let main = assets::get("js/main.js").unwrap();
        let main = String::from_utf8(main.bytes.to_vec()).unwrap();
        assert_eq!(main.matches("import '").count(), MODULES.len());
        for module in MODULES {
            let name = module.strip_prefix("js/").unwrap();
            assert!(main.contains(&format!("import './{name}'")), "{name}");
        }
    }

    #[test]
    fn an_unnamed_person_without_course_gets_a_page_too() {
        let html = page(&Frame::default(), &html! {}).0;
        assert!(!html.contains("class=\"person\""));
        assert!(!html.contains("class=\"place\""));
        assert!(!html.contains("<nav"));
    }
}
