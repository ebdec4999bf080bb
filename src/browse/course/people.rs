//! The people of the course.

use maud::{Markup, html};

use super::roster::Shown;
use crate::app::{App, Form};
use crate::browse::around::role;
use crate::browse::{Error, statistics};
use crate::people::Contributor;
use crate::people::nicknames::is_nickname;
use crate::people::roster::{self, Listed};
use crate::store::rows::people::Role;
use crate::ui::Messages;
use crate::ui::finder::{Chip, Finder, finder_of};
use crate::ui::format::moment;
use crate::ui::notices::{Empty, badge, empty_state};
use crate::ui::tables::{Table, pager, table};

/// People of one page.
const PAGE: usize = 50;
/// The longest part of a name that is looked for, in characters.
const TEXT_MAX: usize = 100;

pub(super) fn section(
    app: &App,
    m: Messages,
    contributor: Contributor<'_>,
    query: &Form,
    shown: &Shown,
) -> Result<Markup, Error> {
    let text: String = query
        .get("q")
        .unwrap_or_default()
        .chars()
        .take(TEXT_MAX)
        .collect();
    let text = text.trim();
    let after = query.get("after").map(str::parse).transpose();
    let after = after.map_err(|_| Error::BadRequest)?;
    let (people, next) = roster::page(&app.store, contributor, text, after, PAGE)?;
    let searched = !text.is_empty();
    Ok(html! {
        section aria-labelledby="people" {
            h2 #people { (m.text("course-people")) }
            @if !contributor.member().session().sees_learners {
                p.hint { (m.text("course-people-staff-only")) }
            }
            @if searched || after.is_some() || next.is_some() || people.len() > FEW {
                (field(m, text))
            }
            @if !people.is_empty() {
                (list(m, &people, statistics::sees_persons(app, contributor.member())?))
            } @else if searched {
                p.lead { (m.with("course-people-none-called", &[("text", text.into())])) }
            } @else {
                (nobody(m, shown))
            }
            (pager(m, next.map(|next| address(text, &next.to_string())).as_deref()))
            (shown.last(m))
        }
    })
}

/// So many people are seen at a glance.
const FEW: usize = 8;

fn field(m: Messages, text: &str) -> Markup {
    let (label, remove) = (
        m.with("course-people-called", &[("text", text.into())]),
        m.with("course-people-all", &[("text", text.into())]),
    );
    let chip = Chip {
        label: &label,
        remove: &remove,
        href: "course",
    };
    finder_of(
        m,
        &m.text("course-people-find"),
        &m.text("course-people-find-name"),
        &Finder {
            action: "course",
            hidden: &[],
            text,
            text_max: TEXT_MAX,
            narrowings: &[],
            chips: if text.is_empty() {
                &[]
            } else {
                std::slice::from_ref(&chip)
            },
        },
    )
}

/// `linked`: learners lead to what they watched.
fn list(m: Messages, people: &[Listed], linked: bool) -> Markup {
    let rows: Vec<Vec<Markup>> = people.iter().map(|person| row(m, person, linked)).collect();
    table(&Table {
        caption: &m.text("course-people-caption"),
        columns: &[
            &m.text("course-people-name"),
            &m.text("course-people-role"),
            &m.text("course-people-last"),
        ],
        rows: &rows,
        empty: "",
    })
}

fn row(m: Messages, person: &Listed, linked: bool) -> Vec<Markup> {
    let linked = linked && person.role == Role::Member;
    vec![
        html! {
            span.somebody {
                span.somebody-initials aria-hidden="true" {
                    (person.name.as_deref().map_or_else(|| "·".to_owned(), initials))
                }
                @match &person.name {
                    Some(name) => span {
                        @if linked {
                            a href={ "course/people/" (person.user) } { (name) }
                        } @else {
                            (name)
                        }
                        @if is_nickname(person.user, name) {
                            " " span.hint { (m.text("course-people-nameless")) }
                        }
                    },
                    None => span.hint { (m.text("course-people-nameless")) },
                }
            }
        },
        badge(None, None, &role(person.role).name(m)),
        html! {
            @if let Some(time) = person.last_launch { (moment(time)) }
            @else { span.hint { (m.text("course-people-never")) } }
        },
    ]
}

/// The first letters of the first and the last part of a name.
fn initials(name: &str) -> String {
    let mut parts = name.split_whitespace();
    let first = parts.next().and_then(|part| part.chars().next());
    let last = parts.next_back().and_then(|part| part.chars().next());
    let letters = first.into_iter().chain(last);
    letters.flat_map(char::to_uppercase).collect()
}

fn nobody(m: Messages, shown: &Shown) -> Markup {
    let text = if shown.can_sync() {
        "course-people-empty-sync"
    } else {
        "course-people-empty-text"
    };
    empty_state(&Empty {
        title: &m.text("course-people-empty"),
        text: &m.text(text),
        action: None,
    })
}

fn address(text: &str, after: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !text.is_empty() {
        query.append_pair("q", text);
    }
    query.append_pair("after", after);
    format!("course?{}#people", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_name() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("  éva  maria von Berg ", "ÉB"),
            ("Cem", "C"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn the_next_page_keeps_what_is_looked_for() {
        assert_eq!(address("", "01"), "course?after=01#people");
        assert_eq!(address("a&b", "01"), "course?q=a%26b&after=01#people");
    }
}
