//! The search field of a list, with its filters and what narrows it now.

use maud::Markup;

use super::asked::{Asked, KINDS, List, VISIBILITIES, kind_value};
use crate::browse::around::{kind, visibility};
use crate::library::search::{Sort, TEXT_MAX};
use crate::ui::Messages;
use crate::ui::finder::{Chip, Finder, Narrowing, finder};
use crate::ui::forms::Choice;

/// The field and what stands around it. `owner` is the name of the person whose items are asked
/// for, where it may be told.
pub(super) fn field(m: Messages, asked: &Asked, owner: Option<&str>) -> Markup {
    let owner_id = asked.owner.map(|owner| owner.to_string());
    let mut hidden = vec![("view", asked.list.name())];
    hidden.extend(owner_id.as_deref().map(|owner| ("owner", owner)));
    hidden.extend(asked.tag.as_deref().map(|tag| ("tag", tag)));
    let [kinds, visibilities, sorts] = [kinds(m), visibilities(m), sorts(m, asked)];
    let [kinds, visibilities, sorts] = [&kinds, &visibilities, &sorts].map(choices);
    let (kind_label, seen_label, sort_label) = (
        m.text("find-kind"),
        m.text("find-visibility"),
        m.text("find-sort"),
    );
    let mut narrowings = vec![Narrowing {
        name: "kind",
        label: &kind_label,
        choices: &kinds,
        chosen: asked.kind.map(kind_value).unwrap_or_default(),
    }];
    if asked.list == List::Mine {
        narrowings.push(Narrowing {
            name: "visibility",
            label: &seen_label,
            choices: &visibilities,
            chosen: asked
                .visibility
                .map(|one| visibility(one).value())
                .unwrap_or_default(),
        });
    }
    narrowings.push(Narrowing {
        name: "sort",
        label: &sort_label,
        choices: &sorts,
        chosen: asked.order.map(Sort::name).unwrap_or_default(),
    });
    let chips = chips(m, asked, owner);
    let chips: Vec<_> = chips.iter().map(Removable::chip).collect();
    finder(
        m,
        &Finder {
            action: "library",
            hidden: &hidden,
            text: &asked.text,
            text_max: TEXT_MAX,
            narrowings: &narrowings,
            chips: &chips,
        },
    )
}

/// Values and their names.
type Names = Vec<(&'static str, String)>;

fn choices(names: &Names) -> Vec<Choice<'_>> {
    names
        .iter()
        .map(|(value, label)| Choice {
            value,
            label,
            hint: None,
        })
        .collect()
}

fn kinds(m: Messages) -> Names {
    let mut names = vec![("", m.text("find-any-kind").into_owned())];
    names.extend(KINDS.map(|one| (kind_value(one), kind(one).name(m))));
    names
}

fn visibilities(m: Messages) -> Names {
    let mut names = vec![("", m.text("find-any-visibility").into_owned())];
    names.extend(
        VISIBILITIES
            .map(visibility)
            .map(|one| (one.value(), one.name(m))),
    );
    names
}

/// The usual order has no value, so that it follows what is looked for next.
fn sorts(m: Messages, asked: &Asked) -> Names {
    asked
        .orders()
        .iter()
        .map(|sort| {
            let name = match sort {
                Sort::Best => m.text("sort-best"),
                Sort::Newest => m.text("sort-newest"),
                Sort::Oldest => m.text("sort-oldest"),
                Sort::Title => m.text("sort-title"),
                Sort::Changed => m.text("sort-changed"),
                Sort::Longest => m.text("sort-longest"),
                Sort::Largest => m.text("sort-largest"),
            };
            let value = if *sort == asked.usual() {
                ""
            } else {
                sort.name()
            };
            (value, name.into_owned())
        })
        .collect()
}

/// Something that narrows the list.
struct Removable {
    label: String,
    remove: String,
    href: String,
}

impl Removable {
    fn new(m: Messages, label: String, without: &Asked) -> Self {
        Self {
            remove: m.with("find-remove", &[("what", label.as_str().into())]),
            href: without.address(None),
            label,
        }
    }

    fn chip(&self) -> Chip<'_> {
        Chip {
            label: &self.label,
            remove: &self.remove,
            href: &self.href,
        }
    }
}

fn chips(m: Messages, asked: &Asked, owner: Option<&str>) -> Vec<Removable> {
    let mut chips = Vec::new();
    if let Some(tag) = &asked.tag {
        let without = asked.with_tag(None);
        let label = m.with("find-tag", &[("tag", tag.as_str().into())]);
        chips.push(Removable::new(m, label, &without));
    }
    if asked.owner.is_some() {
        let without = asked.with_owner(None);
        let label = match owner {
            Some(name) => m.with("find-owner", &[("name", name.into())]),
            None => m.text("find-owner-unnamed").into_owned(),
        };
        chips.push(Removable::new(m, label, &without));
    }
    chips
}
