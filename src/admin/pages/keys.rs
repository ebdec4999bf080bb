//! The signing keys: which sign, which are announced, which are kept; and their change.

use http::StatusCode;
use maud::{Markup, html};

use super::{FORM_LIMIT, path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit;
use crate::keys::{self, Listed, Signs, State};
use crate::store::Commit;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{moment, span};
use crate::ui::forms::{Field, Form, Lines, form, text_area};
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, disclosure, table};

/// The value of `use` for each role.
const fn name_of(signs: Signs) -> &'static str {
    match signs {
        Signs::Tool => "tool",
        Signs::Platform => "platform",
    }
}

/// What was wrong with a key to import: for which role, and the words.
type Mistake<'a> = Option<(Signs, &'a str)>;

/// `GET /admin/keys`
pub async fn keys(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    shown(app, &administrator, None)
}

fn shown(app: &App, administrator: &Administrator, mistake: Mistake<'_>) -> Result<Page, Error> {
    let m = Messages::default();
    let age = app.config.keys.rotate_after.map_or_else(
        || m.text("keys-no-age").into_owned(),
        |after| m.with("keys-age", &[("span", span(m, after).into())]),
    );
    let mut sections = Vec::new();
    for signs in Signs::ALL {
        let listed = app.keys.list(signs)?;
        if !listed.is_empty() {
            sections.push(role(app, m, administrator, signs, &listed, mistake));
        }
    }
    let content = html! {
        p.lead { (m.text("keys-lead")) }
        p { (age) }
        @for section in &sections { (section) }
    };
    let title = m.text("admin-keys");
    Ok(signed_in(app, administrator, &title, "keys", &content))
}

/// The keys of one role and what can be done with them.
fn role(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    signs: Signs,
    listed: &[Listed],
    mistake: Mistake<'_>,
) -> Markup {
    let (title, about) = match signs {
        Signs::Tool => ("keys-tool", "keys-tool-text"),
        Signs::Platform => ("keys-platform", "keys-platform-text"),
    };
    let waiting = listed.iter().find_map(|key| match key.state {
        State::Waiting(from) => Some((key, from)),
        State::Signing(_) | State::Former(_) => None,
    });
    let former = listed
        .iter()
        .filter(|key| matches!(key.state, State::Former(_)));
    let acts = Acts {
        app,
        m,
        administrator,
        signs,
    };
    let wrong = mistake
        .filter(|(role, _)| *role == signs)
        .map(|(_, text)| text);
    html! {
        section aria-labelledby=(title) {
            h2 id=(title) { (m.text(title)) }
            p { (m.text(about)) }
            @if let Some((_, from)) = waiting.filter(|_| signs == Signs::Tool) {
                (notice(m, Tone::Warning, &m.text("keys-pasted"), Some(&html! {
                    p { (m.text("keys-pasted-text")) " " (moment(from)) "." }
                    p { a href=(app.public().join("/lti/public-key")) { (m.text("keys-pasted-link")) } }
                })))
            }
            (list(m, listed))
            @if let Some((key, _)) = waiting {
                (acts.act(&BEGIN, Some(key)))
                (acts.act(&CANCEL, Some(key)))
            } @else {
                (acts.act(&NEW, None))
                (acts.import(wrong))
            }
            @for key in former { (acts.act(&WITHDRAW, Some(key))) }
        }
    }
}

fn list(m: Messages, listed: &[Listed]) -> Markup {
    let rows: Vec<Vec<Markup>> = listed
        .iter()
        .map(|key| {
            vec![
                html! { code { (key.kid) } },
                moment(key.made),
                state(m, key.state),
            ]
        })
        .collect();
    let columns = [
        m.text("keys-kid"),
        m.text("keys-made"),
        m.text("keys-state"),
    ];
    table(&Table {
        caption: &m.text("keys-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    })
}

fn state(m: Messages, state: State) -> Markup {
    let (tone, word, when, at) = match state {
        State::Signing(since) => (
            Tone::Success,
            m.text("keys-signing"),
            m.text("keys-signing-since"),
            since,
        ),
        State::Waiting(from) => (
            Tone::Info,
            m.text("keys-waiting"),
            m.text("keys-waiting-from"),
            from,
        ),
        State::Former(until) => (
            Tone::Warning,
            m.text("keys-former"),
            m.text("keys-former-until"),
            until,
        ),
    };
    html! { span { (badge(Some(tone), None, &word)) " " (when) " " (moment(at)) } }
}

/// Something that can be done: its value of `do`, and its messages.
struct Act {
    does: &'static str,
    title: &'static str,
    text: &'static str,
    label: &'static str,
    style: Style,
}

const NEW: Act = Act {
    does: "rotate",
    title: "keys-new",
    text: "keys-new-text",
    label: "keys-new-button",
    style: Style::Secondary,
};
const BEGIN: Act = Act {
    does: "begin",
    title: "keys-begin",
    text: "keys-begin-text",
    label: "keys-begin-button",
    style: Style::Primary,
};
const CANCEL: Act = Act {
    does: "withdraw",
    title: "keys-cancel",
    text: "keys-cancel-text",
    label: "keys-cancel-button",
    style: Style::Danger,
};
const WITHDRAW: Act = Act {
    does: "withdraw",
    title: "keys-withdraw",
    text: "keys-withdraw-text",
    label: "keys-withdraw-button",
    style: Style::Danger,
};

struct Acts<'a> {
    app: &'a App,
    m: Messages,
    administrator: &'a Administrator,
    signs: Signs,
}

impl Acts<'_> {
    /// What an act means, and its button.
    fn act(&self, act: &Act, key: Option<&Listed>) -> Markup {
        let m = self.m;
        let press = button(&Button {
            label: &m.text(act.label),
            style: act.style,
            ..Button::default()
        });
        let key = key.map(|key| key.name.as_str());
        let body = html! {
            p { (m.text(act.text)) }
            (self.form(act.does, key, &press))
        };
        disclosure(&m.text(act.title), &body)
    }

    fn import(&self, wrong: Option<&str>) -> Markup {
        let m = self.m;
        let field = Field {
            name: "pem",
            id: Some(&format!("pem-{}", name_of(self.signs))),
            label: &m.text("keys-import-pem"),
            hint: Some(&m.text("keys-import-hint")),
            error: wrong,
            required: true,
            depends: false,
        };
        let lines = Lines {
            rows: 6,
            ..Lines::default()
        };
        let fields = html! {
            (text_area(m, &field, &lines))
            (button(&Button {
                label: &m.text("keys-import-button"),
                style: Style::Secondary,
                ..Button::default()
            }))
        };
        let body = html! {
            p { (m.text("keys-import-text")) }
            (self.form("import", None, &fields))
        };
        // What went wrong is to be seen.
        if wrong.is_some() {
            body
        } else {
            disclosure(&m.text("keys-import"), &body)
        }
    }

    fn form(&self, act: &str, key: Option<&str>, body: &Markup) -> Markup {
        let mut hidden = vec![
            ("form_token", self.administrator.form_token()),
            ("use", name_of(self.signs)),
            ("do", act),
        ];
        hidden.extend(key.map(|key| ("key", key)));
        let form_of = Form {
            action: &path(self.app, "keys"),
            hidden: &hidden,
            ..Form::default()
        };
        form(&form_of, body)
    }
}

/// `POST /admin/keys`: `do` says what, for the keys of `use`: `rotate` makes a new key, `import`
/// takes `pem`, `begin` lets `key` sign now, `withdraw` publishes `key` no longer.
pub async fn change(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let mut roles = Signs::ALL.into_iter();
    let signs = roles.find(|signs| Some(name_of(*signs)) == fields.get("use"));
    let signs = signs.ok_or(Error::NotFound)?;
    let m = Messages::default();
    match changed(app, &administrator, signs, &fields).await {
        Ok(()) => Ok(Page::see_other(&path(app, "keys"))),
        Err(Error::Keys(error @ (keys::Error::NotAKey | keys::Error::Known))) => {
            let words = match error {
                keys::Error::Known => m.text("keys-import-known"),
                _ => m.text("keys-import-bad"),
            };
            let page = shown(app, &administrator, Some((signs, &words)))?;
            Ok(page.status(StatusCode::BAD_REQUEST))
        }
        Err(error) => Err(error),
    }
}

async fn changed(
    app: &App,
    administrator: &Administrator,
    signs: Signs,
    fields: &Fields,
) -> Result<(), Error> {
    let noted = |what: &'static str| {
        move |commit: &mut Commit, key: &str| {
            audit::record(commit, &app.world, administrator.name(), what, Some(key));
        }
    };
    let key = fields.get("key").unwrap_or_default();
    let keys = &app.keys;
    match fields.get("do") {
        Some("rotate") => {
            keys.rotate(signs, noted("key-announced")).await?;
        }
        Some("import") => {
            let pem = fields.get("pem").unwrap_or_default();
            keys.import(signs, pem, noted("key-imported")).await?;
        }
        Some("begin") => keys.begin(signs, key, noted("key-begun")).await?,
        Some("withdraw") => keys.withdraw(signs, key, noted("key-withdrawn")).await?,
        _ => return Err(Error::NotFound),
    }
    Ok(())
}
