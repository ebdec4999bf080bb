//! Captions of an item, for those who may change it: which there are, adding and taking away.

use std::borrow::Cow;

use http::StatusCode;
use maud::{Markup, html};

use super::around::{Around, Here};
use super::{Error, back, ticket};
use crate::app::{App, Input, Page, Part};
use crate::library::captions::{
    self, BYTES_MAX, BadCaptions, CUE_MAX, CUES_MAX, LABEL_MAX, LINE_MAX, Language, NAMES,
    NewCaptions,
};
use crate::library::{self, Editable, editable};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library as rows;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::format::{moment, size};
use crate::ui::forms::{
    Choice, Field, Files, Form, Sending, Text, file_field, form, select, text_field,
};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::{Table, table};

/// What a form may hold besides the file.
const FIELDS: usize = 16 * 1024;

/// A form that comes back, and what is wrong with it.
struct Mistake<'a> {
    lang: &'a str,
    label: &'a str,
    wrong: Wrong,
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    Language,
    NoFile,
    File(BadCaptions),
}

/// `GET /s/{token}/media/{item}/captions`
pub fn captions(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let saved = input.query().get("saved").is_some();
    page_of(app, member, id, saved, None)
}

/// `POST /s/{token}/media/{item}/captions`: `multipart/form-data` with `file`, and perhaps `lang`
/// and `label`. Without a language, the file's name tells it (`lecture.en.vtt`), else the person's
/// own is taken. Programs are answered in JSON.
pub async fn add_captions(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let html = input.accepts_html();
    // Before megabytes are read for nothing.
    editable(&app.store, member, id)?;
    let parts = input.multipart(BYTES_MAX + FIELDS).await?;
    let lang = parts.text("lang").unwrap_or_default().trim();
    let label = parts.text("label").unwrap_or_default();
    let file = parts.get("file").filter(|file| !file.bytes.is_empty());
    let wrong = match (file, language(member, lang, file)) {
        (None, _) => Wrong::NoFile,
        (_, Err(_)) => Wrong::Language,
        (Some(file), Ok(language)) => match captions::parse_aside(file.bytes.clone()).await {
            Ok(captions) => {
                let cues = captions.cues();
                let new = NewCaptions {
                    language: &language,
                    label,
                    captions,
                    by: member.session().user,
                };
                let item = editable(&app.store, member, id)?;
                captions::set(&app.store, &app.world, &app.uploads, &item, new).await?;
                return Ok(added(id, &language, cues, html));
            }
            Err(library::Error::Captions(bad)) => Wrong::File(bad),
            Err(error) => return Err(error.into()),
        },
    };
    if !html {
        return Err(refused(wrong));
    }
    let mistake = Mistake { lang, label, wrong };
    let page = page_of(app, member, id, false, Some(&mistake))?;
    Ok(page.status(StatusCode::BAD_REQUEST))
}

/// `POST /s/{token}/media/{item}/captions/{lang}/remove`
pub async fn remove_captions(
    app: &App,
    member: &Member,
    id: ItemId,
    lang: &str,
) -> Result<Page, Error> {
    let item = editable(&app.store, member, id)?;
    captions::remove(&app.store, &app.world, &app.folder, &item, lang).await?;
    Ok(Page::see_other("../../captions?saved"))
}

fn language(
    member: &Member,
    lang: &str,
    file: Option<&Part>,
) -> Result<Language, captions::BadLanguage> {
    if !lang.is_empty() {
        return lang.parse();
    }
    let name = file.and_then(|file| file.file_name.as_deref());
    let own = || member.session().locale.as_deref()?.parse().ok();
    Ok(name
        .and_then(captions::language_of_file)
        .or_else(own)
        .unwrap_or_else(Language::unknown))
}

fn added(id: ItemId, language: &Language, cues: u32, html: bool) -> Page {
    if html {
        return Page::see_other("captions?saved");
    }
    Page::json(&serde_json::json!({
        "item": id.to_string(),
        "lang": language.to_string(),
        "cues": cues,
    }))
}

/// What programs are told, which have no field to show it beside.
fn refused(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Language => library::Error::Language(captions::BadLanguage).into(),
        Wrong::NoFile => library::Error::Empty.into(),
        Wrong::File(bad) => library::Error::Captions(bad).into(),
    }
}

fn page_of(
    app: &App,
    member: &Member,
    id: ItemId,
    saved: bool,
    mistake: Option<&Mistake<'_>>,
) -> Result<Page, Error> {
    let item = editable(&app.store, member, id)?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let title = m.text("captions-title");
    let content = html! {
        @if saved { (notice(m, Tone::Success, &m.text("item-saved"), None)) }
        (back(m, item.opened()))
        p.lead { (item.opened().item().title) }
        @if captions::belong_to(item.opened().item().kind) {
            (list(app, m, member, &item)?)
            (adding(m, member, mistake))
        } @else {
            p { (m.text("captions-not-here")) }
        }
    };
    Ok(around.page(&title, Here::Elsewhere, None, &content))
}

/// The part about captions of the page that changes an item; nothing for what has none.
pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    item: &Editable,
) -> Result<Markup, Error> {
    if !captions::belong_to(item.opened().item().kind) {
        return Ok(html! {});
    }
    Ok(html! {
        section aria-labelledby="captions" {
            h2 #captions { (m.text("captions-title")) }
            (list(app, m, member, item)?)
            (adding(m, member, None))
        }
    })
}

/// The captions that there are.
fn list(app: &App, m: Messages, member: &Member, item: &Editable) -> Result<Markup, Error> {
    let id = item.opened().id();
    let known = captions::of(&app.store, item.opened())?;
    let rows: Vec<Vec<Markup>> = known
        .iter()
        .map(|(lang, text)| {
            let address = ticket::rendition(app, member, id, &captions::rendition(lang));
            row(m, lang, text, &address)
        })
        .collect();
    let columns = [
        m.text("captions-language"),
        m.text("captions-cues"),
        m.text("captions-changed"),
        m.text("captions-do"),
    ];
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    Ok(table(&Table {
        caption: &m.text("captions-list"),
        columns: &columns,
        rows: &rows,
        empty: &m.text("captions-none"),
    }))
}

fn row(m: Messages, lang: &str, text: &rows::Text, address: &str) -> Vec<Markup> {
    let removing = Form {
        action: &format!("captions/{lang}/remove"),
        inline: true,
        ..Form::default()
    };
    let press = Button {
        label: &m.with("captions-remove", &[("label", text.label.as_str().into())]),
        style: Style::Quiet,
        ..Button::default()
    };
    vec![
        html! { span lang=(lang) { (text.label) } " " code { (lang) } },
        html! { (text.cues) },
        moment(text.changed),
        html! {
            div.button-row {
                (link_button(&LinkButton {
                    href: address,
                    label: &m.with("captions-download", &[("label", text.label.as_str().into())]),
                    style: Style::Quiet,
                    icon: None,
                }))
                (form(&removing, &button(&press)))
            }
        },
    ]
}

/// The form that adds captions, or corrects those of a language.
fn adding(m: Messages, member: &Member, mistake: Option<&Mistake<'_>>) -> Markup {
    let place = Form {
        action: "captions",
        sending: Sending::Multipart,
        ..Form::default()
    };
    let (beside_file, beside_language) = match mistake.map(|mistake| mistake.wrong) {
        Some(Wrong::Language) => (None, Some(m.text("captions-bad-language"))),
        Some(wrong) => (Some(words(m, wrong)), None),
        None => (None, None),
    };
    let limit = bytes(m, BYTES_MAX);
    let fields = html! {
        (file_field(m, &Field {
            name: "file",
            label: &m.text("captions-file"),
            hint: Some(&m.with("captions-file-hint", &[("limit", limit.into())])),
            error: beside_file.as_deref(),
            required: true,
            ..Field::default()
        }, &Files { accept: ".vtt,.srt,text/vtt", multiple: false }))
        (language_field(m, member, mistake, beside_language.as_deref()))
        (text_field(m, &Field {
            name: "label",
            label: &m.text("captions-name"),
            hint: Some(&m.text("captions-name-hint")),
            ..Field::default()
        }, &Text {
            value: mistake.map_or("", |mistake| mistake.label),
            autocomplete: Some("off"),
            max_length: u32::try_from(LABEL_MAX).ok(),
            ..Text::default()
        }))
        (button(&Button {
            label: &m.text("captions-add"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    form(&place, &fields)
}

fn language_field(
    m: Messages,
    member: &Member,
    mistake: Option<&Mistake<'_>>,
    error: Option<&str>,
) -> Markup {
    let other = m.text("captions-other-language");
    let choices: Vec<_> = NAMES
        .iter()
        .map(|(value, label)| (*value, *label))
        .chain([("und", other.as_ref())])
        .map(|(value, label)| Choice {
            value,
            label,
            hint: None,
        })
        .collect();
    let own = member.session().locale.as_deref().unwrap_or("en");
    let own = own.split(['-', '_']).next().unwrap_or_default();
    let chosen = mistake.map_or(own, |mistake| mistake.lang);
    select(
        m,
        &Field {
            name: "lang",
            label: &m.text("captions-language"),
            error,
            required: true,
            ..Field::default()
        },
        &choices,
        chosen,
    )
}

/// What is wrong with a file, beside its field.
fn words(m: Messages, wrong: Wrong) -> Cow<'static, str> {
    let Wrong::File(bad) = wrong else {
        return m.text("captions-no-file");
    };
    match bad {
        BadCaptions::TooLarge => m
            .with(
                "captions-too-large",
                &[("most", bytes(m, BYTES_MAX).into())],
            )
            .into(),
        BadCaptions::NotCaptions => m.text("captions-not-captions"),
        BadCaptions::TooManyCues => m
            .with("captions-too-many", &[("most", CUES_MAX.into())])
            .into(),
        BadCaptions::LineTooLong { line } => {
            let most = bytes(m, LINE_MAX);
            let variables = [("line", line.into()), ("most", most.into())];
            m.with("captions-line-too-long", &variables).into()
        }
        BadCaptions::CueTooLong { line } => {
            let most = bytes(m, CUE_MAX);
            let variables = [("line", line.into()), ("most", most.into())];
            m.with("captions-cue-too-long", &variables).into()
        }
        BadCaptions::Timing { line } => m
            .with("captions-bad-timing", &[("line", line.into())])
            .into(),
        BadCaptions::Backwards { line } => m
            .with("captions-backwards", &[("line", line.into())])
            .into(),
        BadCaptions::Empty => m.text("captions-empty"),
    }
}

fn bytes(m: Messages, bytes: usize) -> String {
    size(m, u64::try_from(bytes).unwrap_or(u64::MAX))
}
