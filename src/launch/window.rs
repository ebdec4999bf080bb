//! Where nothing tells that this browser may have a verified launch, the person says so: in a new
//! window where a browser keeps no cookie in a frame, on a page of its own where a page that nobody
//! knows sent the launch. Until then the launch waits under a ticket.

use std::time::Duration;

use http::header::ORIGIN;
use maud::{Markup, html};

use super::arriving::{Arriving, Consumes, NotIn, framing, into_session};
use super::destination::Destination;
use super::record::Record;
use super::{Error, FORM_LIMIT, cookies};
use crate::app::{App, Framing, Input, Page, Referrer};
use crate::lti::binding::in_frame;
use crate::lti::launch::{Launch, Message};
use crate::people::connections;
use crate::people::tickets;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Binding, Connection, Opens, Session, WaitingLaunch};
use crate::store::{Commit, Error as StoreError};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, Width, page};
use crate::ui::tables::facts;

/// How long a launch waits.
const WAIT: Duration = Duration::from_mins(2);
/// The field that says: ask first. What a frame shows may be pressed without being seen.
const ASK: &str = "ask";

/// How the person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asks {
    /// In the platform's frame, to go on in a new window.
    NewWindow,
    /// In the frame of a page that nobody knows (by its origin, where it has one): to go on in a
    /// new window, which asks again, since it alone cannot be framed.
    InFrameOf(Option<String>),
    /// On a page of its own, to go on there.
    Here,
    /// Wherever the platform shows it, to go on there: no page but the platform's frames it.
    InPlace,
}

impl Asks {
    const fn lead(&self) -> &'static str {
        match self {
            Self::NewWindow => "window-lead",
            Self::InFrameOf(_) | Self::Here => "window-foreign-lead",
            Self::InPlace => "window-untold-lead",
        }
    }

    const fn label(&self) -> &'static str {
        match self {
            Self::NewWindow | Self::InFrameOf(_) => "window-open",
            Self::Here | Self::InPlace => "window-continue",
        }
    }

    /// The target of its form.
    const fn target(&self) -> Option<&'static str> {
        match self {
            Self::NewWindow | Self::InFrameOf(_) => Some("_blank"),
            Self::Here | Self::InPlace => None,
        }
    }

    fn framing(self, own: Vec<String>) -> Framing {
        match self {
            Self::NewWindow | Self::InPlace => Framing::Origins(own),
            Self::InFrameOf(origin) => Framing::Origins(own.into_iter().chain(origin).collect()),
            Self::Here => Framing::Nobody,
        }
    }
}

/// A verified launch that is to wait.
pub(super) struct Waiting<'a> {
    pub(super) id: ConnectionId,
    pub(super) connection: &'a Connection,
    pub(super) launch: &'a Launch,
    /// What is used up with it.
    pub(super) consumes: Consumes<'a>,
}

impl Waiting<'_> {
    /// Lets it wait for a press; answers the page that asks for it.
    pub(super) async fn wait(
        &self,
        app: &App,
        input: &Input,
        record: Record,
        asks: Asks,
    ) -> Result<Page, Error> {
        let waiting = Opens::Launch(WaitingLaunch {
            connection: self.id,
            launch: text(self.launch),
        });
        let ticket = self.issue(app, input, record, waiting, true).await?;
        let offer = Offer {
            app,
            connection: self.connection,
            launch: self.launch,
            ticket: &ticket,
        };
        let mut page = offer.page(&asks);
        page.framing = asks.framing(framing(app, self.connection, self.launch));
        Ok(page)
    }

    /// Uses up what lets it in, and issues a ticket in its place; with an entry in the launch log
    /// when the step is done with that.
    pub(super) async fn issue(
        &self,
        app: &App,
        input: &Input,
        record: Record,
        waiting: Opens,
        logged: bool,
    ) -> Result<String, Error> {
        if let Some(code) = self.consumes.obstacle(app, self.id)? {
            return Err(record.refuse(app, input, code).await);
        }
        let mut commit = Commit::new();
        self.consumes.consume(app, &mut commit);
        let ticket = tickets::issue(&mut commit, &app.world, waiting, WAIT);
        if logged {
            app.launches
                .add(&mut commit, input.reference, &record.entry_with_checks());
        }
        match app.store.commit(commit).await {
            Ok(()) => Ok(ticket),
            Err(StoreError::Conflict) => Err(record.refuse(app, input, self.consumes.code()).await),
            Err(error) => Err(error.into()),
        }
    }
}

#[allow(clippy::expect_used, reason = "a launch has string keys only")]
pub(super) fn text(launch: &Launch) -> String {
    serde_json::to_string(launch).expect("a launch is plain data")
}

/// `POST /lti/window`: a ticket, pressed in our own page, becomes a session in this window.
pub async fn window(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let text = form.get("ticket").unwrap_or_default();
    let record = Record::new(app, "continue");
    let Some(ticket) = tickets::find(&app.store, &app.world, text)? else {
        return Err(record.refuse(app, input, "ticket-used").await);
    };
    let ours = from_our_own_page(app, input);
    match ticket.opens().clone() {
        Opens::Launch(waiting) => {
            let found = connections::get(&app.store, waiting.connection);
            let launch = serde_json::from_str::<Launch>(&waiting.launch);
            let (Ok(connection), Ok(launch)) = (found, launch) else {
                return Err(record.refuse(app, input, "ticket-used").await);
            };
            if !ours || form.get(ASK).is_some() {
                // Another site's page may have sent a launch or ticket of its own: let the person
                // see whose, where no frame can hide it.
                let offer = Offer {
                    app,
                    connection: &connection,
                    launch: &launch,
                    ticket: text,
                };
                if ours || !in_frame(input.header("sec-fetch-dest")) {
                    return Ok(offer.page(&Asks::Here));
                }
                // A frame that hides where its pages come from shows no page that nobody may frame.
                let asks = Asks::InFrameOf(None);
                let mut page = offer.page(&asks);
                page.framing = asks.framing(framing(app, &connection, &launch));
                return Ok(page);
            }
            open(app, input, record, &ticket, (waiting, connection, launch)).await
        }
        Opens::Session(session) if ours => {
            let (browser, named) = cookies::browser_or_new(app, input);
            let tab = tickets::open_tab(&app.store, &app.world, &ticket, session, browser).await?;
            let Some(tab) = tab else {
                return Err(record.refuse(app, input, "ticket-used").await);
            };
            let page = into_session(app, &tab.token, &tab.cookie, came_for(&tab.session));
            Ok(page.cookies(named))
        }
        Opens::Asked(_) => Err(record.refuse(app, input, "ticket-used").await),
        Opens::Session(_) => Err(record.refuse(app, input, "ticket-foreign").await),
    }
}

/// Whether a page of ours sent this: by what browsers tell of a request that no page can forge.
pub(super) fn from_our_own_page(app: &App, input: &Input) -> bool {
    match input.header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => input.header(ORIGIN) == Some(&app.public().origin().to_string()),
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
        // A window of its own keeps the cookie; of a frame the first request tells.
        binding: if in_frame(input.header("sec-fetch-dest")) {
            Binding::Undecided
        } else {
            Binding::Cookie
        },
        browser: Some(browser),
        proven: true,
        consumes: Consumes::Ticket(ticket),
    };
    match arriving
        .arrive(app, |user, course| record.opened(user, course))
        .await
    {
        Ok(opened) => Ok(arriving.answer(app, &opened).await.cookies(named)),
        Err(NotIn::No(no)) => Err(record.refuse(app, input, no).await),
        Err(NotIn::Store(error)) => Err(error.into()),
    }
}

/// What the launch of a session came for.
fn came_for(session: &Session) -> Destination {
    if session.selection.is_some() {
        return Destination::Select(session.item);
    }
    match (session.placement, session.item) {
        (Some(placement), _) => Destination::Placement(placement),
        (None, Some(item)) => Destination::Item(item),
        (None, None) => Destination::Library,
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
    fn page(&self, asks: &Asks) -> Page {
        let locale = self.launch.presentation.locale.as_deref();
        let m = Messages::for_locale(locale);
        let action = format!("{}/lti/window", self.app.public().base_path());
        let mut hidden = vec![("ticket", self.ticket)];
        if matches!(asks, Asks::InFrameOf(_)) {
            hidden.push((ASK, "yes"));
        }
        let content = html! {
            p.lead { (m.text(asks.lead())) }
            (self.who(m))
            (form(
                &Form {
                    action: &action,
                    hidden: &hidden,
                    target: asks.target(),
                    ..Form::default()
                },
                &button(&Button {
                    label: &m.text(asks.label()),
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
        let mut page = Page::html(page(&frame, &content));
        // By it the press is known for our own where browsers tell no more of a request.
        page.referrer = Referrer::Origin;
        page
    }

    fn who(&self, m: Messages) -> Markup {
        let unnamed = || m.text("person-unnamed").into_owned();
        let person = self.launch.person.display_name().unwrap_or_else(unnamed);
        let context = self.launch.context.as_ref();
        let course = context.and_then(|course| course.title.as_ref().or(course.label.as_ref()));
        let (none, where_to) = (m.text("course-unnamed"), m.text("window-course"));
        let (who, from) = (m.text("window-person"), m.text("window-platform"));
        let mut told = vec![(&*who, html! { (person) })];
        // Whoever signs in comes to no course.
        if self.launch.message != Message::SignIn {
            let course = course.map_or(&*none, String::as_str);
            told.push((&*where_to, html! { (course) }));
        }
        told.push((&*from, html! { (self.connection.name) }));
        facts(&told)
    }
}
