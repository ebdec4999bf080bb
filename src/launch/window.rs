//! Where a browser keeps no cookie in a frame and nothing tells whose page posted the token, the
//! launch goes on in a window of its own, by a press of the person's.

use std::time::Duration;

use maud::{Markup, html};

use super::open::{Arriving, Consumes, answer, consume_state, framing, into_session, obstacle};
use super::record::Record;
use super::verify::Verified;
use super::{Error, FORM_LIMIT, cookies};
use crate::app::{App, Framing, Input, Page};
use crate::lti::launch::Launch;
use crate::people::connections;
use crate::people::tickets;
use crate::store::rows::people::{Binding, Connection, Opens, WaitingLaunch};
use crate::store::{Commit, Error as StoreError};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, Width, page};
use crate::ui::tables::facts;

/// How long a launch waits.
const WAIT: Duration = Duration::from_mins(2);

/// Lets a verified launch wait for its new window; answers the page that offers it.
pub(super) async fn wait(
    app: &App,
    input: &Input,
    verified: Verified,
    record: Record,
) -> Result<Page, Error> {
    let Verified {
        id,
        connection,
        launch,
        sealed,
        ..
    } = verified;
    let state = sealed.hash();
    if let Some(code) = obstacle(app, id, &state)? {
        return Err(record.refuse(app, input, code, None).await);
    }
    let waiting = Opens::Launch(WaitingLaunch {
        connection: id,
        launch: text(&launch),
    });
    let mut commit = Commit::new();
    consume_state(app, &mut commit, &state);
    let ticket = tickets::issue(&mut commit, &app.world, waiting, WAIT);
    app.launches
        .add(&mut commit, input.reference, &record.entry_with_checks());
    match app.store.commit(commit).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(record.refuse(app, input, "state-used", None).await);
        }
        Err(error) => return Err(error.into()),
    }
    let offer = Offer {
        app,
        connection: &connection,
        launch: &launch,
        ticket: &ticket,
    };
    Ok(offer
        .page(Some("_blank"))
        .framed_by(framing(app, &connection, &launch)))
}

#[allow(clippy::expect_used, reason = "a launch has string keys only")]
fn text(launch: &Launch) -> String {
    serde_json::to_string(launch).expect("a launch is plain data")
}

/// `POST /lti/window`: a ticket, pressed in our own page, becomes a session in this window.
pub async fn window(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let text = form.get("ticket").unwrap_or_default();
    let record = Record::new(app, "continue");
    let Some(ticket) = tickets::find(&app.store, &app.world, text)? else {
        return Err(record.refuse(app, input, "ticket-used", None).await);
    };
    let ours = input.header("sec-fetch-site") == Some("same-origin");
    match ticket.opens().clone() {
        Opens::Launch(waiting) => {
            let found = connections::get(&app.store, waiting.connection);
            let launch = serde_json::from_str::<Launch>(&waiting.launch);
            let (Ok(connection), Ok(launch)) = (found, launch) else {
                return Err(record.refuse(app, input, "ticket-used", None).await);
            };
            if !ours {
                // Another site's page may have sent a ticket of its own: let the person see whose.
                let offer = Offer {
                    app,
                    connection: &connection,
                    launch: &launch,
                    ticket: text,
                };
                let mut page = offer.page(None);
                page.framing = Framing::Nobody;
                return Ok(page);
            }
            open(app, input, record, &ticket, (waiting, connection, launch)).await
        }
        Opens::Session(session) if ours => {
            let (browser, named) = cookies::browser_or_new(app, input);
            let tab = tickets::open_tab(&app.store, &app.world, &ticket, session, browser).await?;
            let Some(tab) = tab else {
                return Err(record.refuse(app, input, "ticket-used", None).await);
            };
            let page = into_session(app, &tab.token, &tab.cookie, tab.session.item);
            Ok(page.cookies(named))
        }
        Opens::Session(_) => Err(record.refuse(app, input, "ticket-foreign", None).await),
    }
}

async fn open(
    app: &App,
    input: &Input,
    mut record: Record,
    ticket: &tickets::Valid,
    (waiting, connection, launch): (WaitingLaunch, Connection, Launch),
) -> Result<Page, Error> {
    record.connection(waiting.connection);
    record.message(&launch);
    record.binding("window");
    let (browser, named) = cookies::browser_or_new(app, input);
    let arriving = Arriving {
        id: waiting.connection,
        connection: &connection,
        launch: &launch,
        reference: input.reference,
        binding: Binding::Cookie,
        browser: Some(browser),
        consumes: Consumes::Ticket(ticket),
    };
    match arriving
        .arrive(app, |user, course| record.opened(user, course))
        .await
    {
        Ok(opened) => Ok(answer(app, &launch, &opened).cookies(named)),
        Err(StoreError::Conflict) => Err(record.refuse(app, input, "ticket-used", None).await),
        Err(error) => Err(error.into()),
    }
}

/// The page that offers to go on: it names who, where and from where.
struct Offer<'a> {
    app: &'a App,
    connection: &'a Connection,
    launch: &'a Launch,
    ticket: &'a str,
}

impl Offer<'_> {
    fn page(&self, target: Option<&str>) -> Page {
        let locale = self.launch.presentation.locale.as_deref();
        let m = Messages::for_locale(locale);
        let (key, lead) = match target {
            Some(_) => ("window-open", "window-lead"),
            None => ("window-continue", "window-foreign-lead"),
        };
        let action = format!("{}/lti/window", self.app.public().base_path());
        let content = html! {
            p.lead { (m.text(lead)) }
            (self.who(m))
            (form(
                &Form {
                    action: &action,
                    hidden: &[("ticket", self.ticket)],
                    target,
                    ..Form::default()
                },
                &button(&Button {
                    label: &m.text(key),
                    style: Style::Primary,
                    ..Button::default()
                }),
            ))
            p.hint { (m.text("window-hint")) }
        };
        let frame = Frame {
            title: &m.text("window-title"),
            base: self.app.public().base_path(),
            messages: m,
            area: Area::Launched,
            width: Width::Narrow,
            ..Frame::default()
        };
        Page::html(page(&frame, &content))
    }

    fn who(&self, m: Messages) -> Markup {
        let unnamed = || m.text("person-unnamed").into_owned();
        let person = self.launch.person.display_name().unwrap_or_else(unnamed);
        let context = self.launch.context.as_ref();
        let course = context.and_then(|course| course.title.as_ref().or(course.label.as_ref()));
        let none = m.text("course-unnamed").into_owned();
        facts(&[
            (&m.text("window-person"), html! { (person) }),
            (
                &m.text("window-course"),
                html! { (course.unwrap_or(&none)) },
            ),
            (&m.text("window-platform"), html! { (self.connection.name) }),
        ])
    }
}
