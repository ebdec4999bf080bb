//! The page that changes an item: what it says, who may see it, its file, and deleting it.

use http::StatusCode;
use maud::{Markup, html};

use super::around::{Around, Here, named_visibility, visibility};
use super::{Error, back, captions, tool};
use crate::app::{App, Form, Input, Page};
use crate::library::items::{Rules, Words};
use crate::library::words::{BadTags, BadTitle, DESCRIPTION_MAX, TAG_MAX, TAGS_MAX, TITLE_MAX};
use crate::library::{
    self, Description, Editable, Opened, Owned, Tags, Title, editable, items, owned,
};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::{Item, Kind, Visibility};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::format::span;
use crate::ui::forms::{
    self, Choice, Field, Lines, Text, checkbox, form, radio_group, text_area, text_field,
};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::disclosure;

/// What the form takes at most, in bytes: a description of the greatest length, every character of
/// four bytes percent-encoded.
const LIMIT: usize = 128 * 1024;

/// Who changes an item.
enum Holder {
    /// Its owner.
    Owner(Owned),
    /// Somebody with whom it was shared for that.
    Editor(Editable),
}

impl Holder {
    fn of(app: &App, member: &Member, id: ItemId) -> Result<Self, Error> {
        match owned(&app.store, member, id) {
            Ok(item) => Ok(Self::Owner(item)),
            Err(library::Error::NotYours) => Ok(Self::Editor(editable(&app.store, member, id)?)),
            Err(error) => Err(error.into()),
        }
    }

    const fn editable(&self) -> &Editable {
        match self {
            Self::Owner(item) => item.editable(),
            Self::Editor(item) => item,
        }
    }

    const fn opened(&self) -> &Opened {
        self.editable().opened()
    }
}

/// What stands in the form's fields; what is `None` was not sent.
#[derive(Default)]
struct Typed {
    title: String,
    description: Option<String>,
    tags: Option<String>,
    visibility: Option<Visibility>,
    downloadable: Option<bool>,
}

impl Typed {
    fn of(item: &Item) -> Self {
        Self {
            title: item.title.clone(),
            description: Some(item.description.clone()),
            tags: Some(item.tags.join(", ")),
            visibility: Some(item.visibility),
            downloadable: Some(item.downloadable),
        }
    }

    fn read(form: &Form) -> Result<Self, Error> {
        let text = |name| form.get(name).map(str::to_owned);
        let name = "downloadable";
        let downloadable = form.get(name).map(|_| form.is_on(name));
        Ok(Self {
            title: text("title").ok_or(Error::BadRequest)?,
            description: text("description"),
            tags: text("tags"),
            visibility: form.get("visibility").map(named_visibility).transpose()?,
            downloadable,
        })
    }

    /// The words, or what is wrong with each of them.
    fn words(&self) -> Result<Words, Mistakes> {
        let title = Title::parse(&self.title);
        let description = self.description.as_deref().map(Description::parse);
        let tags = self.tags.as_deref().map(Tags::parse);
        let mistakes = Mistakes {
            title: title.as_ref().err().copied(),
            description: matches!(description, Some(Err(_))),
            tags: tags.as_ref().and_then(|tags| tags.as_ref().err().copied()),
            visibility: false,
        };
        match (title, description.transpose(), tags.transpose()) {
            (Ok(title), Ok(description), Ok(tags)) => Ok(Words {
                title: Some(title),
                description,
                tags,
            }),
            _ => Err(mistakes),
        }
    }

    const fn rules(&self) -> Rules {
        Rules {
            visibility: self.visibility,
            downloadable: self.downloadable,
        }
    }
}

/// What is wrong with the fields of a form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mistakes {
    title: Option<BadTitle>,
    description: bool,
    tags: Option<BadTags>,
    visibility: bool,
}

impl Mistakes {
    const fn status(self) -> StatusCode {
        if self.visibility {
            StatusCode::FORBIDDEN
        } else {
            StatusCode::BAD_REQUEST
        }
    }

    fn beside_title(self, m: Messages) -> Option<String> {
        Some(match self.title? {
            BadTitle::Empty => m.text("title-empty").into_owned(),
            BadTitle::TooLong => m.with("title-too-long", &[("most", TITLE_MAX.into())]),
            BadTitle::ControlCharacter => m.text("title-control-character").into_owned(),
        })
    }

    fn beside_description(self, m: Messages) -> Option<String> {
        let most = ("most", DESCRIPTION_MAX.into());
        self.description
            .then(|| m.with("description-too-long", &[most]))
    }

    fn beside_tags(self, m: Messages) -> Option<String> {
        Some(match self.tags? {
            BadTags::TooMany => m.with("tags-too-many", &[("most", TAGS_MAX.into())]),
            BadTags::TooLong => m.with("tags-too-long", &[("most", TAG_MAX.into())]),
        })
    }

    fn beside_visibility(self, m: Messages) -> Option<String> {
        self.visibility
            .then(|| m.text("visibility-not-here").into_owned())
    }
}

/// `GET /s/{token}/media/{item}/edit`
pub fn edit(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let holder = Holder::of(app, member, id)?;
    let typed = Typed::of(holder.opened().item());
    page_of(app, member, &holder, &typed, None)
}

/// `POST /s/{token}/media/{item}/edit` with `title`, and what else is to change of `description`,
/// `tags` and, by the owner, `visibility` and `downloadable`: all of it, or nothing.
pub async fn change(
    app: &App,
    member: &Member,
    input: &mut Input,
    id: ItemId,
) -> Result<Page, Error> {
    let typed = Typed::read(&input.form(LIMIT).await?)?;
    let holder = Holder::of(app, member, id)?;
    let mistakes = match typed.words() {
        Err(mistakes) => mistakes,
        Ok(words) => match save(app, &holder, &words, typed.rules()).await {
            Ok(()) => return Ok(Page::see_other(&format!("../{id}?saved"))),
            Err(library::Error::VisibilityRefused) => Mistakes {
                visibility: true,
                ..Mistakes::default()
            },
            Err(error) => return Err(error.into()),
        },
    };
    let page = page_of(app, member, &holder, &typed, Some(mistakes))?;
    Ok(page.status(mistakes.status()))
}

async fn save(
    app: &App,
    holder: &Holder,
    words: &Words,
    rules: Rules,
) -> Result<(), library::Error> {
    let (store, world) = (&app.store, &app.world);
    match holder {
        Holder::Owner(item) => {
            items::update(store, world, app.publishing(), item, words, rules).await
        }
        Holder::Editor(_) if rules.visibility.is_some() || rules.downloadable.is_some() => {
            Err(library::Error::NotYours)
        }
        Holder::Editor(item) => items::edit(store, world, item, words).await,
    }
}

fn page_of(
    app: &App,
    member: &Member,
    holder: &Holder,
    typed: &Typed,
    mistakes: Option<Mistakes>,
) -> Result<Page, Error> {
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let opened = holder.opened();
    let title = m.with(
        "edit-title",
        &[("title", opened.item().title.as_str().into())],
    );
    let content = html! {
        (back(m, opened))
        @if mistakes.is_some() {
            (notice(m, Tone::Error, &m.text("form-mistakes"), None))
        }
        (edit_form(app, m, holder, typed, mistakes.unwrap_or_default()))
        (captions::section(app, m, member, holder.editable())?)
        (tool::edit::section(m, holder.editable()))
        @if has_file(opened.item()) { (file_section(m, opened.id())) }
        @if let Holder::Owner(item) = holder { (delete_section(app, m, item)) }
    };
    Ok(around.page(&title, Here::Elsewhere, None, &content))
}

fn edit_form(app: &App, m: Messages, holder: &Holder, typed: &Typed, mistakes: Mistakes) -> Markup {
    let place = forms::Form {
        action: "edit",
        ..forms::Form::default()
    };
    let fields = html! {
        (words_fields(m, typed, mistakes))
        @if let Holder::Owner(item) = holder {
            (visibility_field(app, m, item, typed, mistakes))
            @if has_file(item.opened().item()) {
                (checkbox(m, &Field {
                    name: "downloadable",
                    label: &m.text("item-downloadable"),
                    hint: Some(&m.text("item-downloadable-hint")),
                    ..Field::default()
                }, typed.downloadable.unwrap_or(item.opened().item().downloadable)))
            }
        }
        div.button-row {
            (button(&Button {
                label: &m.text("item-save"),
                style: Style::Primary,
                ..Button::default()
            }))
            (link_button(&LinkButton {
                href: &format!("../{}", holder.opened().id()),
                label: &m.text("item-cancel"),
                style: Style::Quiet,
                icon: None,
            }))
        }
    };
    form(&place, &fields)
}

fn words_fields(m: Messages, typed: &Typed, mistakes: Mistakes) -> Markup {
    let beside = (
        mistakes.beside_title(m),
        mistakes.beside_description(m),
        mistakes.beside_tags(m),
    );
    html! {
        (text_field(m, &Field {
            name: "title",
            label: &m.text("item-title"),
            error: beside.0.as_deref(),
            required: true,
            ..Field::default()
        }, &Text {
            value: &typed.title,
            autocomplete: Some("off"),
            ..Text::default()
        }))
        (text_area(m, &Field {
            name: "description",
            label: &m.text("item-description"),
            hint: Some(&m.text("item-description-hint")),
            error: beside.1.as_deref(),
            ..Field::default()
        }, &Lines {
            value: typed.description.as_deref().unwrap_or_default(),
            rows: 6,
            max_length: None,
        }))
        (text_field(m, &Field {
            name: "tags",
            label: &m.text("item-tags"),
            hint: Some(&m.text("item-tags-hint")),
            error: beside.2.as_deref(),
            ..Field::default()
        }, &Text {
            value: typed.tags.as_deref().unwrap_or_default(),
            autocomplete: Some("off"),
            ..Text::default()
        }))
    }
}

/// Offered only where there is a choice.
fn visibility_field(
    app: &App,
    m: Messages,
    item: &Owned,
    typed: &Typed,
    mistakes: Mistakes,
) -> Markup {
    let offered = items::may_become(item, app.publishing());
    if offered.len() < 2 {
        return html! {};
    }
    let words: Vec<_> = offered
        .into_iter()
        .map(|offered| {
            let offered = visibility(offered);
            (offered.value(), offered.name(m), offered.hint(m))
        })
        .collect();
    let choices: Vec<_> = words
        .iter()
        .map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(hint),
        })
        .collect();
    let now = item.opened().item().visibility;
    radio_group(
        m,
        &Field {
            name: "visibility",
            label: &m.text("item-visibility"),
            error: mistakes.beside_visibility(m).as_deref(),
            required: true,
            ..Field::default()
        },
        &choices,
        visibility(typed.visibility.unwrap_or(now)).value(),
    )
}

/// Whether the item is a file, to be replaced or kept.
fn has_file(item: &Item) -> bool {
    !matches!(item.kind, Kind::Tool | Kind::Collection)
}

fn file_section(m: Messages, id: ItemId) -> Markup {
    html! {
        section aria-labelledby="file" {
            h2 #file { (m.text("item-file")) }
            p { (m.text("item-replace-text")) }
            (link_button(&LinkButton {
                href: &format!("../../upload?replaces={id}"),
                label: &m.text("item-replace"),
                style: Style::Secondary,
                icon: Some(Icon::Upload),
            }))
        }
    }
}

fn delete_section(app: &App, m: Messages, item: &Owned) -> Markup {
    let place = forms::Form {
        action: "delete",
        ..forms::Form::default()
    };
    let press = Button {
        label: &m.text("item-delete-really"),
        style: Style::Danger,
        ..Button::default()
    };
    let kept = span(m, app.config.storage.trash_kept);
    let title = item.opened().item().title.as_str();
    let body = html! {
        p { (m.with("item-delete-text", &[("title", title.into()), ("kept", kept.into())])) }
        (form(&place, &button(&press)))
    };
    html! {
        section aria-labelledby="delete" {
            h2 #delete { (m.text("item-delete-heading")) }
            (disclosure(&m.text("item-delete"), &body))
        }
    }
}
