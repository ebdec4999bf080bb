//! A page with a frame: what stands around it, and what the frame may do.

use maud::{Markup, html};

use super::outline::beside;
use super::{Standing, path, shell};
use crate::app::{App, Page};
use crate::practice::visit::Visit;
use crate::practice::{Error, client, courses, panel, ways};
use crate::store::rows::practice::Way;
use crate::tools::Knowing;
use crate::ui::Messages;
use crate::ui::icons::{Icon, icon};

/// What the frame of a launch may do, each besides in Lanterna's own pages there.
const ALLOWED: [&str; 5] = [
    "fullscreen",
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
];

/// What the frame of a page shows.
pub(super) struct Shown<'a> {
    pub(super) title: &'a str,
    /// The page's own path, which the outline marks.
    pub(super) current: String,
    /// What is in the frame.
    pub(super) source: String,
    /// The same in a window of its own.
    pub(super) window: Option<String>,
}

/// What stands around the frame.
pub(super) struct Around {
    /// What has just happened, above everything.
    pub(super) news: Markup,
    pub(super) above: Markup,
    pub(super) below: Markup,
}

/// The choice between the connections.
pub(super) fn connections(
    app: &App,
    m: Messages,
    visit: Visit,
    what: &str,
) -> Result<Markup, Error> {
    let registered = client::registered(app)?.is_some();
    let mut choices = vec![
        (Way::Token, "practice-by-token"),
        (Way::Form, "practice-by-form"),
    ];
    if registered {
        choices.push((Way::Registered, "practice-by-registered"));
    }
    Ok(html! {
        nav.practice-versions aria-label=(m.text("practice-versions")) {
            @for (way, label) in choices {
                @let to = if way == Way::Form { visit.knowing(Knowing::Cookies) } else { visit };
                a href=(path(app, &to.by(way).path(what)))
                    aria-current=[(way == visit.way).then_some("page")] { (m.text(label)) }
            }
        }
        @if visit.way != Way::Token {
            p.hint { (m.text("practice-by-form-hint")) }
        }
        (ways::choice(app, m, visit, what))
    })
}

/// A page with the outline, and a frame beside it.
pub(super) fn stage(
    app: &App,
    m: Messages,
    visit: Visit,
    shown: &Shown<'_>,
    around: &Around,
) -> Result<Page, Error> {
    let window = html! {
        @if let Some(window) = &shown.window {
            a.button href=(path(app, window)) target="_blank" rel="noopener" {
                (icon(Icon::Elsewhere))
                span { (m.text("practice-window")) }
            }
        }
    };
    let content = html! {
        (around.above)
        (ways::storing(app, m, visit))
        iframe.practice-frame
            src=(path(app, &shown.source))
            title=(m.with("practice-frame", &[("title", shown.title.into())]))
            allow=(permissions(app)) {}
        (around.below)
        (panel::beside(app, m))
    };
    let course = visit.course(app)?;
    let content = html! {
        (around.news)
        (beside(app, m, visit, &course, &shown.current, &content)?)
    };
    let title = courses::title(m, &course);
    let standing = Standing {
        visit: Some(visit),
        course: Some(&title),
        actions: Some(&window),
        current: "",
    };
    let page = shell(app, m, shown.title, &standing, &content);
    Ok(page.frames(app.public().origin().to_string()))
}

/// The permissions policy of the frame: it begins on this site and goes on to Lanterna's.
fn permissions(app: &App) -> String {
    let origin = app.public().origin();
    ALLOWED
        .map(|feature| format!("{feature} 'self' {origin}"))
        .join("; ")
}
