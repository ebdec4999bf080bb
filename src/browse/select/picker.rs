//! The page on which one looks for media and picks it.

use std::collections::HashMap;

use maud::{Markup, html};

use super::picks::{self, Hindrance, Pick};
use super::{Asking, Right};
use crate::app::{Form, Page};
use crate::browse::around::{Around, Here, kind};
use crate::browse::lists::asked::{Asked, KINDS, List, kind_value};
use crate::browse::lists::{Listed, listed, shelf};
use crate::browse::{Error, upload};
use crate::library::search::TEXT_MAX;
use crate::library::{self, Viewer};
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::Item;
use crate::ui::Messages;
use crate::ui::forms;
use crate::ui::notices::{Empty, Tone, empty_state, notice};
use crate::ui::picker::{self, Bar, Choice, Picked, Picker, Tab};
use crate::ui::tables::disclosure;
use crate::ui::upload::{UploadPanel, upload_panel};

/// Why the page says that something is not as it was wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing is picked.
    NothingPicked,
    /// The launch names an item that cannot be picked.
    NamedElsewhere,
}

/// The page, with what is picked so far.
pub(super) async fn page(
    asking: &Asking<'_>,
    right: Right<'_>,
    around: &Around<'_>,
    picked: &[Pick],
    query: &Form,
    trouble: Option<Trouble>,
) -> Result<Page, Error> {
    let m = around.messages;
    let asked = asked(asking, query);
    let Some(listed) = listed(asking.app, asking.member, &asked).await? else {
        return Err(Error::BadRequest);
    };
    let looking = Looking {
        asking,
        right,
        m,
        asked: &asked,
        picked,
        listed: &listed,
    };
    let content = html! {
        (said(m, trouble))
        (lead(m, asking, around, right))
        (looking.form()?)
        (uploading(asking, m).await?)
    };
    Ok(around.page(&m.text("select-title"), Here::Select, None, &content))
}

/// What is looked for. The list that is shown is `in`, so that a press on another list's button
/// says `view` without contradiction.
fn asked(asking: &Asking<'_>, query: &Form) -> Asked {
    let mut told = form_urlencoded::Serializer::new(String::new());
    let list = query.get("view").or_else(|| query.get("in"));
    told.append_pair(
        "view",
        list.filter(|list| *list != "trash").unwrap_or("mine"),
    );
    for name in ["q", "kind", "cursor"] {
        if let Some(value) = query.get(name) {
            told.append_pair(name, value);
        }
    }
    Asked::of(asking.member, &Form::parse(told.finish().as_bytes()))
}

fn said(m: Messages, trouble: Option<Trouble>) -> Markup {
    let id = match trouble {
        Some(Trouble::NothingPicked) => "select-nothing-picked",
        Some(Trouble::NamedElsewhere) => "select-named-elsewhere",
        None => return html! {},
    };
    notice(m, Tone::Warning, &m.text(id), None)
}

fn lead(m: Messages, asking: &Asking<'_>, around: &Around<'_>, right: Right<'_>) -> Markup {
    let several = asking.selecting.settings.accept_multiple;
    let how = m.text(if several {
        "select-lead-several"
    } else {
        "select-lead-one"
    });
    let place = around
        .course()
        .map(|course| m.with("select-lead-course", &[("course", course.into())]));
    html! {
        p.lead { @if let Some(place) = place { (place) " " } (how) }
        @if matches!(right, Right::School) {
            (notice(m, Tone::Info, &m.text("select-no-course"), Some(&html! {
                p { (m.text("select-no-course-text")) }
            })))
        }
    }
}

struct Looking<'a> {
    asking: &'a Asking<'a>,
    right: Right<'a>,
    m: Messages,
    asked: &'a Asked,
    picked: &'a [Pick],
    listed: &'a Listed,
}

/// What of an item stands in the list.
struct Row<'a> {
    id: String,
    item: &'a Item,
    picture: Option<String>,
    owner: Option<&'a str>,
    hindrance: Option<Hindrance>,
    picked: bool,
}

impl Looking<'_> {
    fn form(&self) -> Result<Markup, Error> {
        let m = self.m;
        let (app, member) = (self.asking.app, self.asking.member);
        let owners = match self.asked.list {
            List::Mine | List::Trash => HashMap::new(),
            List::Course | List::Shared => shelf::owners(app, member, &self.listed.items)?,
        };
        let rows = self
            .listed
            .items
            .iter()
            .filter_map(|(id, item)| self.row(*id, item, &owners).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let reasons: Vec<Option<String>> = rows
            .iter()
            .map(|row| row.hindrance.map(|it| m.text(it.message()).into_owned()))
            .collect();
        let choices: Vec<Choice<'_>> = rows
            .iter()
            .zip(&reasons)
            .map(|(row, reason)| row.choice(reason.as_deref()))
            .collect();
        let elsewhere: Vec<(String, &str)> = self
            .picked
            .iter()
            .filter(|pick| {
                self.listed
                    .items
                    .iter()
                    .all(|(id, _)| *id != pick.opened.id())
            })
            .map(|pick| {
                let title = pick.opened.item().title.as_str();
                (pick.opened.id().to_string(), title)
            })
            .collect();
        let elsewhere: Vec<Picked<'_>> = elsewhere
            .iter()
            .map(|(id, title)| Picked { id, title })
            .collect();
        let labels = self.labels();
        let kinds: Vec<(&str, String)> = kinds(m);
        let kinds: Vec<forms::Choice<'_>> = kinds
            .iter()
            .map(|(value, label)| forms::Choice {
                value,
                label,
                hint: None,
            })
            .collect();
        let tabs: Vec<Tab<'_>> = labels
            .iter()
            .map(|(list, label)| Tab {
                value: list.name(),
                label,
                current: self.asked.list == *list,
            })
            .collect();
        let several = self.asking.selecting.settings.accept_multiple;
        let empty = self.empty();
        Ok(picker::picker(
            m,
            &Picker {
                action: "select",
                several,
                list: self.asked.list.name(),
                text: &self.asked.text,
                text_max: TEXT_MAX,
                kinds: &kinds,
                kind: self.asked.kind.map(kind_value).unwrap_or_default(),
                tabs: &tabs,
                choices: &choices,
                empty: choices.is_empty().then_some(&empty),
                more: self.listed.next.as_deref(),
                unfinished: self.listed.unfinished,
                bar: Bar {
                    elsewhere: &elsewhere,
                    number: self.picked.len(),
                },
            },
        ))
    }

    fn row<'b>(
        &self,
        id: ItemId,
        item: &'b Item,
        owners: &'b HashMap<UserId, String>,
    ) -> Result<Option<Row<'b>>, Error> {
        let (app, member) = (self.asking.app, self.asking.member);
        let opened = match library::open(&app.store, &Viewer::of(member), id) {
            Ok(opened) => opened,
            // It went away just now.
            Err(library::Error::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let allowed = picks::allowed(self.asking, self.right, &opened)?;
        Ok(Some(Row {
            id: id.to_string(),
            item,
            picture: shelf::picture(app, member, id, item),
            owner: owners.get(&item.owner).map(String::as_str),
            hindrance: allowed.err(),
            picked: self.picked.iter().any(|pick| pick.opened.id() == id),
        }))
    }

    fn labels(&self) -> Vec<(List, String)> {
        let m = self.m;
        let mut labels = vec![(List::Mine, m.text("browse-mine").into_owned())];
        if self.asking.member.session().course.is_some() {
            labels.push((List::Course, m.text("browse-course").into_owned()));
        }
        labels.push((List::Shared, m.text("browse-shared").into_owned()));
        labels
    }

    fn empty(&self) -> Markup {
        let m = self.m;
        if self.asked.narrows() {
            return html! { p.lead { (m.text("find-nothing-text")) } };
        }
        let (title, text) = match self.asked.list {
            List::Course => ("browse-course-empty", "select-course-empty"),
            List::Shared => ("browse-shared-empty", "browse-shared-empty-text"),
            List::Mine | List::Trash => ("browse-mine-empty", "select-mine-empty"),
        };
        empty_state(&Empty {
            title: &m.text(title),
            text: &m.text(text),
            action: None,
        })
    }
}

impl Row<'_> {
    fn choice<'b>(&'b self, hindrance: Option<&'b str>) -> Choice<'b> {
        let length = self.item.facts.duration_ms;
        Choice {
            id: &self.id,
            title: &self.item.title,
            kind: kind(self.item.kind),
            thumbnail: self.picture.as_deref(),
            duration: length.map(std::time::Duration::from_millis),
            owner: self.owner,
            hindrance,
            picked: self.picked,
        }
    }
}

fn kinds(m: Messages) -> Vec<(&'static str, String)> {
    let mut names = vec![("", m.text("find-any-kind").into_owned())];
    names.extend(KINDS.map(|one| (kind_value(one), kind(one).name(m))));
    names
}

/// Uploading in place: what is there is picked at once.
async fn uploading(asking: &Asking<'_>, m: Messages) -> Result<Markup, Error> {
    let (app, member) = (asking.app, asking.member);
    let visibilities = upload::offered_visibilities(member);
    let panel = UploadPanel {
        mine_href: "select?in=mine",
        max_bytes: app.uploads.max_len(),
        room_bytes: app.uploads.room(member).await?,
        visibilities: &visibilities,
        ..UploadPanel::default()
    };
    Ok(html! {
        section.picker-upload aria-labelledby="upload" {
            h2 #upload { (m.text("select-upload")) }
            (disclosure(&m.text("select-upload-open"), &html! {
                p.hint { (m.text("select-upload-text")) }
                (upload_panel(m, &panel))
            }))
        }
    })
}
