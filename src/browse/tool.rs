//! An external tool on an item's page: its frame or the button of its window, what it may be told of
//! whoever looks, and their own score.

pub(super) mod edit;
pub(super) mod new;
pub(super) mod scores;

use maud::{Markup, html};

use super::Error;
use crate::app::{App, Input, Page};
use crate::library::{self, Opened, Viewer};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId};
use crate::store::rows::library::Kind;
use crate::store::rows::people::{Binding, Role};
use crate::store::rows::tools::{Personal, ToolPlace};
use crate::tools::consent::{self, Standing};
use crate::tools::launching::{self, Launchable};
use crate::tools::sourced::Sourced;
use crate::tools::{self, received};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button, button_row};
use crate::ui::format::list;
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};

use super::FORM_LIMIT;

/// Where the page of an embedded item comes back to.
const EMBEDDED: &str = "embed";

/// A tool, for a launched person. `up` leads from the page to the level of the item's own: empty
/// there.
pub(super) fn showing(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    up: &str,
) -> Result<Markup, Error> {
    let launchable = match Launchable::of(app, opened) {
        Ok(launchable) => launchable,
        Err(tools::Error::Hidden) => return Ok(html! {}),
        Err(error) => return barred(m, error),
    };
    let page = ItemPage {
        m,
        launchable: &launchable,
        title: &opened.item().title,
        own: format!("{up}{}", opened.id()),
        embedded: !up.is_empty(),
    };
    let standing = consent::standing(&app.store, member.session().user, &launchable)?;
    Ok(html! {
        @if standing == Standing::Unanswered {
            (page.question())
        } @else {
            (page.launch(member.session().binding))
            (own_score(app, m, member, &launchable)?)
            (reported(app, m, member, opened)?)
            (page.told(standing))
        }
    })
}

/// The page with what its tool needs.
pub(super) fn with_tool(app: &App, page: Page, opened: &Opened) -> Page {
    if opened.item().kind != Kind::Tool {
        return page;
    }
    match Launchable::of(app, opened) {
        Ok(launchable) => {
            let page = page.leads_beyond();
            launchable.origins().into_iter().fold(page, Page::frames)
        }
        Err(_) => page,
    }
}

/// Why a tool is not launched, in its place.
fn barred(m: Messages, error: tools::Error) -> Result<Markup, Error> {
    let code = match &error {
        tools::Error::Forbidden => "tool-forbidden",
        tools::Error::Address(_) => "tool-address",
        tools::Error::Gone | tools::Error::NoSecret => "tool-gone",
        _ => return Err(error.into()),
    };
    let (sentence, next) = m.problem(code);
    Ok(notice(
        m,
        Tone::Warning,
        &sentence,
        Some(&html! { p { (next) } }),
    ))
}

/// A tool on a page.
struct ItemPage<'a> {
    m: Messages,
    launchable: &'a Launchable,
    title: &'a str,
    /// Leads to the item's own page.
    own: String,
    /// Whether the page is the one inside the platform's.
    embedded: bool,
}

impl ItemPage<'_> {
    fn tool(&self) -> &str {
        &self.launchable.tool.name
    }

    /// What is asked before the first launch.
    fn question(&self) -> Markup {
        let m = self.m;
        let fields = fields(m, consent::asked(&self.launchable.tool));
        let words = [
            ("tool", self.tool().into()),
            ("what", list(m, &fields).into()),
            ("host", self.host().into()),
        ];
        let buttons = html! {
            (button(&Button {
                label: &m.text("consent-agree"),
                style: Style::Primary,
                sends: Some(("answer", "agree")),
                ..Button::default()
            }))
            (button(&Button {
                label: &m.text("consent-decline"),
                sends: Some(("answer", "decline")),
                ..Button::default()
            }))
        };
        html! {
            section.consent aria-labelledby="consent" {
                h2 #consent { (m.with("consent-title", &words[..1])) }
                p { (m.with("consent-text", &words)) }
                p.hint { (m.text("consent-hint")) }
                (self.consenting(&button_row(&buttons)))
            }
        }
    }

    fn consenting(&self, body: &Markup) -> Markup {
        let from = [("from", EMBEDDED)];
        form(
            &Form {
                action: &format!("{}/consent", self.own),
                hidden: if self.embedded { &from } else { &[] },
                ..Form::default()
            },
            body,
        )
    }

    fn host(&self) -> &str {
        self.launchable.url().host_str().unwrap_or_default()
    }

    /// The tool itself, or the button of its window.
    fn launch(&self, binding: Binding) -> Markup {
        let m = self.m;
        let address = format!("{}/launch", self.own);
        let presentation = self.launchable.presentation();
        if presentation.place == ToolPlace::Frame {
            let title = [("title", self.title.into())];
            return html! {
                iframe.tool-frame
                    src=(address)
                    title=(m.with("tool-frame", &title))
                    height=(self.launchable.height())
                    allow="fullscreen; clipboard-write"
                    referrerpolicy="strict-origin" {}
            };
        }
        let usual = m.with("tool-open", &[("tool", self.tool().into())]);
        // A session that keeps no cookie opens no page of its own: its form is signed in this one.
        let target = (binding == Binding::Cookie).then_some("_blank");
        form(
            &Form {
                action: &address,
                target,
                ..Form::default()
            },
            &html! {
                (button(&Button {
                    label: presentation.button.as_deref().unwrap_or(&usual),
                    style: Style::Primary,
                    icon: Some(Icon::Elsewhere),
                    ..Button::default()
                }))
                p.hint { (m.with("tool-window-hint", &[("host", self.host().into())])) }
            },
        )
    }

    /// What the tool is told, and the way to change that.
    fn told(&self, standing: Standing) -> Markup {
        let m = self.m;
        let (text, label, answer) = match standing {
            Standing::Agreed => ("consent-agreed", "consent-withdraw", "decline"),
            Standing::Declined => ("consent-declined", "consent-give", "agree"),
            Standing::NothingAsked | Standing::Unanswered => return html! {},
        };
        let fields = fields(m, consent::asked(&self.launchable.tool));
        let words = [
            ("tool", self.tool().into()),
            ("what", list(m, &fields).into()),
        ];
        let press = html! {
            p.hint { (m.with(text, &words)) }
            (button(&Button {
                label: &m.text(label),
                style: Style::Quiet,
                sends: Some(("answer", answer)),
                ..Button::default()
            }))
        };
        html! { div.consent-told { (self.consenting(&press)) } }
    }
}

/// What is asked for, in words.
fn fields(m: Messages, asked: Personal) -> Vec<String> {
    let all = [
        (asked.name, "consent-name"),
        (asked.username, "consent-username"),
        (asked.email, "consent-email"),
    ];
    let asked = all.into_iter().filter(|(asked, _)| *asked);
    asked.map(|(_, id)| m.text(id).into_owned()).collect()
}

/// What the tool reported of whoever looks.
fn own_score(
    app: &App,
    m: Messages,
    member: &Member,
    launchable: &Launchable,
) -> Result<Markup, Error> {
    let session = member.session();
    let sourced = Sourced {
        tool: launchable.id,
        course: session.course.unwrap_or(CourseId(0)),
        line: launchable.item.0,
        user: session.user,
    };
    let kept = received::of(&app.store, &sourced)?;
    let score = kept.as_ref().and_then(|kept| scores::written(m, kept));
    Ok(html! {
        @if session.role == Role::Member {
            @if let Some(score) = score {
                p.own-score { (m.text("tool-own-score")) " " strong { (score) } }
                @if let Some(comment) = kept.and_then(|kept| kept.comment) { p.hint { (comment) } }
            }
        }
    })
}

/// What the tool reported of the course's people, for those who may see it: where the item is in a
/// collection, the course's own list does not lead there.
fn reported(app: &App, m: Messages, member: &Member, opened: &Opened) -> Result<Markup, Error> {
    let Some(course) = scores::sees(member) else {
        return Ok(html! {});
    };
    let told = scores::counted(app, m, course, (opened.id(), opened.item()), "../course")?;
    Ok(html! {
        @if let Some(told) = told { p { (m.text("tool-scores")) " " (told) } }
    })
}

/// `GET`, `POST /s/{token}/media/{item}/launch`: the page that launches the tool.
pub async fn launch(app: &App, member: &Member, item: ItemId) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let launchable = Launchable::of(app, &opened)?;
    let unbound = member.session().binding != Binding::Cookie;
    let window = launchable.presentation().place == ToolPlace::Window && unbound;
    Ok(launching::page(app, member, &opened, &launchable, window).await?)
}

/// `POST /s/{token}/media/{item}/consent` with `answer`: `agree` or `decline`.
pub async fn consent(
    app: &App,
    member: &Member,
    input: &mut Input,
    item: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let launchable = Launchable::of(app, &opened)?;
    let agreed = match fields.get("answer") {
        Some("agree") => true,
        Some("decline") => false,
        _ => return Err(Error::BadRequest),
    };
    let user = member.session().user;
    consent::answer(&app.store, &app.world, user, &launchable, agreed).await?;
    let back = match fields.get("from") {
        Some(EMBEDDED) => format!("../../embed/{item}"),
        _ => format!("../{item}"),
    };
    Ok(Page::see_other(&back))
}
