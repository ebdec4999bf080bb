//! Erasing a person: what goes, what stays, and the question whether that is really meant.

use http::StatusCode;
use maud::{Markup, html};

use super::one::{kinds, number};
use super::{called, path, signed_in};
use crate::admin::Error;
use crate::admin::pages::FORM_LIMIT;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::people::finding;
use crate::privacy;
use crate::privacy::summary::Summary;
use crate::store::ids::UserId;
use crate::store::rows::people::User;
use crate::store::rows::privacy::Media;
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::{size, span};
use crate::ui::forms::{Choice, Field, Form, Text, form, radio_group, text_field};
use crate::ui::notices::{Tone, notice};

/// What was filled in, and what is wrong with it.
#[derive(Debug, Default)]
struct Filled {
    hands_over: bool,
    heir: String,
    wrong_heir: bool,
    wrong_name: bool,
}

/// The page for one person.
struct Asking<'a> {
    app: &'a App,
    m: Messages,
    administrator: &'a Administrator,
    id: UserId,
    user: &'a User,
}

/// `GET /admin/people/{user}/erase`
pub async fn erasing(app: &App, input: &Input, id: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let id = super::known(id)?;
    let user = app.store.get::<Users>(&id)?.ok_or(Error::NotFound)?;
    let asking = Asking {
        app,
        m: Messages::default(),
        administrator: &administrator,
        id,
        user: &user,
    };
    // What courses use is not to go by an oversight.
    let filled = Filled {
        hands_over: true,
        ..Filled::default()
    };
    asking.page(&filled)
}

/// `POST /admin/people/{user}/erase`: with the person's name in `name`; `media` is `remove`, or
/// `hand-over` to the `heir` of that id in the LMS.
pub async fn erase(app: &App, input: &mut Input, id: &str) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let id = super::known(id)?;
    let user = app.store.get::<Users>(&id)?.ok_or(Error::NotFound)?;
    let asking = Asking {
        app,
        m: Messages::default(),
        administrator: &administrator,
        id,
        user: &user,
    };
    let (filled, media) = asking.filled(&fields)?;
    let Some(media) = media else {
        let page = asking.page(&filled)?;
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    match app.privacy.erase(id, media, administrator.name()).await {
        Ok(()) => Ok(Page::see_other(&path(app, "people"))),
        Err(privacy::Error::NoHeir) => {
            let wrong = Filled {
                wrong_heir: true,
                ..filled
            };
            let page = asking.page(&wrong)?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error.into()),
    }
}

impl Asking<'_> {
    /// What a form says, and what is to become of the media unless something is wrong.
    fn filled(&self, fields: &Fields) -> Result<(Filled, Option<Media>), Error> {
        let typed = fields.get("name").unwrap_or_default().trim();
        let heir = fields.get("heir").unwrap_or_default().trim();
        let hands_over = match fields.get("media") {
            // Where nobody else uses any of them, the form does not ask.
            None | Some("remove") => false,
            Some("hand-over") => true,
            Some(_) => return Err(Error::NotFound),
        };
        let media = if hands_over {
            let found = finding::by_subject(&self.app.store, self.user.connection, heir)?;
            found.map(Media::HandOver)
        } else {
            Some(Media::Remove)
        };
        let filled = Filled {
            hands_over,
            heir: heir.to_owned(),
            wrong_heir: media.is_none(),
            wrong_name: typed != self.to_type(),
        };
        let media = media.filter(|_| !filled.wrong_name);
        Ok((filled, media))
    }

    /// What has to be typed: the name, or the LMS's id of whoever has none.
    fn to_type(&self) -> String {
        let name = self.user.name.as_deref().map(str::trim);
        let name = name.filter(|name| !name.is_empty());
        let subject = self.user.subject.trim();
        match name {
            Some(name) => name.to_owned(),
            None if !subject.is_empty() => subject.to_owned(),
            None => self.id.to_string(),
        }
    }

    fn page(&self, filled: &Filled) -> Result<Page, Error> {
        let m = self.m;
        let summary = self.app.privacy.summary(self.id)?;
        let name = called(m, self.user);
        let content = html! {
            @if filled.wrong_heir || filled.wrong_name {
                (notice(m, Tone::Error, &m.text("erase-not-yet"), None))
            }
            p.lead { (m.text("erase-lead")) }
            section aria-labelledby="goes" {
                h2 #goes { (m.text("erase-goes")) }
                (self.goes(&summary))
            }
            section aria-labelledby="stays" {
                h2 #stays { (m.text("erase-stays")) }
                (self.stays())
            }
            (self.form(filled, &summary))
        };
        let title = m.with("erase-title", &[("name", name.as_str().into())]);
        Ok(signed_in(
            self.app,
            self.administrator,
            &title,
            "people",
            &content,
        ))
    }

    fn goes(&self, summary: &Summary) -> Markup {
        let m = self.m;
        let known = kinds(summary).into_iter();
        let known = known.filter(|(name, count, _)| {
            count.number > 0 && !matches!(*name, "kept-used" | "kept-audited" | "kept-items")
        });
        html! {
            ul.traps {
                li { (m.text("erase-goes-person")) }
                @if summary.items.number > 0 {
                    li {
                        (m.text("kept-items")) ": " (number(m, summary.items))
                        " (" (size(m, summary.bytes)) ")"
                        @if summary.used.number > 0 {
                            ". " (m.with("erase-goes-used", &[
                                ("number", summary.used.number.into()),
                            ]))
                        }
                    }
                }
                @for (name, count, _) in known {
                    li { (m.text(name)) ": " (number(m, count)) }
                }
                li { (m.text("erase-goes-grades")) }
            }
        }
    }

    fn stays(&self) -> Markup {
        let m = self.m;
        let storage = &self.app.config.storage;
        let copies = storage.snapshot_every * storage.snapshots_kept.get();
        html! {
            ul.traps {
                li { (m.text("erase-stays-audit")) }
                li { (m.text("erase-stays-placed")) }
                li { (m.with("erase-stays-copies", &[("span", span(m, copies).into())])) }
                li { (m.text("erase-stays-lms")) }
            }
        }
    }

    fn form(&self, filled: &Filled, summary: &Summary) -> Markup {
        let (m, to_type) = (self.m, self.to_type());
        let hint = m.with("erase-name-hint", &[("name", to_type.as_str().into())]);
        let wrong_name = m.text("erase-name-wrong");
        let fields = html! {
            @if summary.used.number > 0 { (self.media(filled)) }
            (text_field(m, &Field {
                name: "name",
                label: &m.text("erase-name"),
                hint: Some(&hint),
                error: filled.wrong_name.then_some(wrong_name.as_ref()),
                required: true,
                ..Field::default()
            }, &Text {
                autocomplete: Some("off"),
                max_length: Some(400),
                ..Text::default()
            }))
            (button_row(&html! {
                (button(&Button {
                    label: &m.text("erase-really"),
                    style: Style::Danger,
                    ..Button::default()
                }))
                (link_button(&LinkButton {
                    href: &path(self.app, &format!("people/{}", self.id)),
                    label: &m.text("erase-not"),
                    ..LinkButton::default()
                }))
            }))
        };
        form(
            &Form {
                action: &path(self.app, &format!("people/{}/erase", self.id)),
                hidden: &[("form_token", self.administrator.form_token())],
                ..Form::default()
            },
            &fields,
        )
    }

    /// What becomes of the media that others use.
    fn media(&self, filled: &Filled) -> Markup {
        let m = self.m;
        let texts = [
            "erase-media-hand-over",
            "erase-media-hand-over-hint",
            "erase-media-remove",
            "erase-media-remove-hint",
        ]
        .map(|id| m.text(id));
        let choices = [
            Choice {
                value: "hand-over",
                label: &texts[0],
                hint: Some(&texts[1]),
            },
            Choice {
                value: "remove",
                label: &texts[2],
                hint: Some(&texts[3]),
            },
        ];
        let selected = if filled.hands_over {
            "hand-over"
        } else {
            "remove"
        };
        let wrong = m.text("erase-heir-wrong");
        html! {
            (radio_group(m, &Field {
                name: "media",
                label: &m.text("erase-media"),
                required: true,
                ..Field::default()
            }, &choices, selected))
            (text_field(m, &Field {
                name: "heir",
                label: &m.text("erase-heir"),
                hint: Some(&m.text("erase-heir-hint")),
                error: filled.wrong_heir.then_some(wrong.as_ref()),
                depends: true,
                ..Field::default()
            }, &Text {
                value: &filled.heir,
                autocomplete: Some("off"),
                max_length: Some(300),
                ..Text::default()
            }))
        }
    }
}
