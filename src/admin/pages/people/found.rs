//! Lists of people: those of a name, and those whose time is over.

use std::time::Duration;

use maud::{Markup, html};

use super::{called, due_text, path};
use crate::admin::Error;
use crate::app::{App, Input};
use crate::people::finding;
use crate::store::ids::{ConnectionId, SortKey, UserId};
use crate::store::rows::people::User;
use crate::store::trees::Usage;
use crate::ui::Messages;
use crate::ui::format::{moment, size, span};
use crate::ui::tables::{Table, pager, table};
use crate::world::Time;

/// People of one page.
const PAGE: usize = 50;

/// People of a connection who are called so.
pub(super) fn by_name(
    app: &App,
    m: Messages,
    input: &Input,
    connection: ConnectionId,
    name: &str,
) -> Result<Markup, Error> {
    let query = input.query();
    let after = query.get("after").and_then(place);
    let found = finding::by_name(&app.store, connection, name, after, PAGE)?;
    let connection = connection.to_string();
    let more = found.next.map(|next| {
        let next = place_text(next);
        asked(&[
            ("connection", &connection),
            ("name", name),
            ("after", &next),
        ])
    });
    let people = found.people.iter().map(|(id, user)| (*id, user));
    let people: Vec<_> = people.collect();
    Ok(html! {
        section aria-labelledby="found" {
            h2 #found { (m.text("people-found")) }
            (listed(app, m, &people, &m.text("people-found-none"))?)
            (pager(m, more.as_deref()))
        }
    })
}

/// People whose time is over.
pub(super) fn due(app: &App, m: Messages, input: &Input, kept: Duration) -> Result<Markup, Error> {
    let query = input.query();
    let after = query.get("due").and_then(|text| {
        let (seen, user) = text.split_once('-')?;
        Some((Time(seen.parse().ok()?), user.parse().ok()?))
    });
    let first = after.is_none();
    let (waiting, next) = app.privacy.waiting(kept, after, PAGE)?;
    if waiting.is_empty() && first {
        let hint = m.with("people-due-hint", &[("span", span(m, kept).into())]);
        return Ok(html! { p.hint { (hint) } });
    }
    let more = next.map(|(seen, user)| {
        let next = format!("{}-{user}", seen.0);
        format!("{}#due", asked(&[("due", &next)]))
    });
    let people: Vec<_> = waiting.iter().map(|one| (one.id, &one.user)).collect();
    Ok(html! {
        section aria-labelledby="due" {
            h2 #due { (m.text("people-due-title")) }
            p.hint { (due_text(m, kept)) }
            (listed(app, m, &people, "")?)
            (pager(m, more.as_deref()))
        }
    })
}

fn asked(pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("?{query}")
}

fn listed(
    app: &App,
    m: Messages,
    people: &[(UserId, &User)],
    empty: &str,
) -> Result<Markup, Error> {
    let mut rows = Vec::with_capacity(people.len());
    for (id, user) in people {
        let usage = app.store.get::<Usage>(id)?.unwrap_or_default();
        rows.push(vec![
            html! { a href=(path(app, &format!("people/{id}"))) { (called(m, user)) } },
            html! { code { (user.subject) } },
            html! { (usage.items) },
            html! { (size(m, usage.bytes)) },
            moment(user.last_seen),
        ]);
    }
    let columns = [
        m.text("people-name"),
        m.text("people-id"),
        m.text("people-items"),
        m.text("people-size"),
        m.text("people-last"),
    ];
    Ok(table(&Table {
        caption: &m.text("people-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty,
    }))
}

/// A place in a list of names: 64 hexadecimal digits and a person's number.
fn place_text((SortKey(key), user): finding::Place) -> String {
    let hexadecimal = |text: String, byte: &u8| format!("{text}{byte:02x}");
    let key = key.iter().fold(String::new(), hexadecimal);
    format!("{key}-{user}")
}

fn place(text: &str) -> Option<finding::Place> {
    let (digits, user) = text.split_once('-')?;
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).ok()?;
    }
    Some((SortKey(key), user.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_round_trip(key: [u8; 32], user: u64) {
            let at = (SortKey(key), UserId(user));
            prop_assert_eq!(place(&place_text(at)), Some(at));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = place(&text);
        }
    }
}
