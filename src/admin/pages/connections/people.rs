//! Who came by a connection and what they keep here: names and amounts, no titles.

use maud::{Markup, html};

use crate::admin::Error;
use crate::admin::pages::{path, signed_in};
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::people::connections;
use crate::store::ids::ConnectionId;
use crate::store::trees::{Usage, UserBy, Users};
use crate::ui::Messages;
use crate::ui::format::{moment, size};
use crate::ui::tables::{Table, pager, table};

/// People of one page.
const PAGE: usize = 50;

/// `GET /admin/connections/{id}/people`, after the person `after`.
pub async fn people(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = connections::any(&app.store, id)?.ok_or(Error::NotFound)?;
    let m = Messages::default();
    let query = input.query();
    let after = query.get("after").map(|subject| (id, subject.to_owned()));
    let known = app.store.page::<UserBy>(&(id,), after.as_ref(), PAGE)?;
    let mut rows = Vec::with_capacity(known.len());
    for (_, found) in &known {
        let Some(user) = app.store.get::<Users>(&found.user)? else {
            continue;
        };
        let usage = app.store.get::<Usage>(&found.user)?;
        let (items, bytes) = usage.map_or((0, 0), |usage| (usage.items, usage.bytes));
        let unnamed = || m.text("person-unnamed").into_owned();
        rows.push(vec![
            html! {
                a href=(path(app, &format!("people/{}", found.user))) {
                    (user.name.unwrap_or_else(unnamed))
                }
            },
            html! { (items) },
            html! { (size(m, bytes)) },
            moment(user.last_seen),
        ]);
    }
    let last = known.last().filter(|_| known.len() == PAGE);
    let more = last.map(|((_, subject), _)| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("after", subject)
            .finish();
        format!("?{query}")
    });
    let content = html! {
        p.lead { (m.text("people-lead")) }
        (list(m, &rows))
        (pager(m, more.as_deref()))
        p { a href=(path(app, &format!("connections/{id}"))) { (m.text("people-back")) } }
    };
    let title = m.with("people-title", &[("name", connection.name.as_str().into())]);
    Ok(signed_in(
        app,
        &administrator,
        &title,
        "connections",
        &content,
    ))
}

fn list(m: Messages, rows: &[Vec<Markup>]) -> Markup {
    let columns = [
        m.text("people-name"),
        m.text("people-items"),
        m.text("people-size"),
        m.text("people-last"),
    ];
    table(&Table {
        caption: &m.text("people-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows,
        empty: &m.text("people-none"),
    })
}
