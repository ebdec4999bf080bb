//! The platform's storage (LTI Client Side postMessages 1.0, LTI OIDC Login with LTI Client Side
//! postMessages 1.0): where a browser may keep no cookie, the platform keeps the mark of a login for
//! us, and gives it back to pages of ours in the same browser only.
//!
//! What a page of ours says that it got counts only when a page of ours says it: whoever began a
//! login knows its mark, and could have another's browser send it.

use maud::{Markup, html};

use super::arriving::Consumes;
use super::open::{Admission, posting_origin};
use super::record::Record;
use super::state::{Sealed, State};
use super::verify::{judge, way};
use super::window::{Asks, Waiting, from_our_own_page, text};
use super::{Error, FORM_LIMIT};
use crate::app::{App, Form as Fields, Framing, Input, Page, Referrer};
use crate::lti::binding::{Evidence, Storage, Verdict};
use crate::lti::launch::Launch;
use crate::lti::origin::origin_of;
use crate::people::browsers::state_name;
use crate::people::connections;
use crate::people::tickets;
use crate::store::ids::Hash;
use crate::store::rows::people::{AskedLaunch, Binding, Connection, Opens};
use crate::store::{Commit, Error as StoreError};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, Width, page};

/// What a page may say of an answer that it did not get: the codes of platforms and our own.
const SAID: [&str; 9] = [
    "nothing",
    "no-answer",
    "no-origin",
    "no-script",
    "error",
    "unsupported_subject",
    "wrong_origin",
    "storage_exhaustion",
    "bad_request",
];

/// One exchange with the platform's storage, as the page's script reads it.
pub(super) struct Exchange<'a> {
    /// `put` or `get`.
    does: &'static str,
    /// Names the login.
    key: String,
    /// Its mark, when it is to be kept.
    value: Option<&'a str>,
    /// The frame that stores.
    frame: &'a str,
    /// The only origin that may read and answer: that of the authentication endpoint.
    origin: String,
}

impl<'a> Exchange<'a> {
    /// The one that has the platform keep the mark of a login; `None` when it keeps none of it.
    pub(super) fn put(connection: &Connection, sealed: &Sealed, state: &'a State) -> Option<Self> {
        Self::new("put", connection, sealed, state)
    }

    fn new(
        does: &'static str,
        connection: &Connection,
        sealed: &Sealed,
        state: &'a State,
    ) -> Option<Self> {
        let registration = connection.registration.as_ref()?;
        Some(Self {
            does,
            key: format!("lanterna_state_{}", state_name(&sealed.0)),
            value: (does == "put").then_some(state.binder.as_str()),
            frame: state.storage.as_deref()?,
            origin: origin_of(&registration.auth_url)?,
        })
    }

    /// The page that holds it. It goes on by itself, or by what is in `body` where there is no
    /// script. It may stand in any frame: who frames it is not known before the launch, and there is
    /// nothing to press but what the page does alone.
    pub(super) fn page(&self, app: &App, m: Messages, body: &Markup) -> Page {
        let content = html! {
            section data-storage=(self.does)
                data-key=(self.key)
                data-value=[self.value]
                data-frame=(self.frame)
                data-origin=(self.origin)
            {
                p.lead { (m.text("platform-continue-text")) }
                (body)
            }
        };
        let frame = Frame {
            title: &m.text("platform-continue-title"),
            base: app.public().base_path(),
            messages: m,
            area: Area::Launched,
            width: Width::Narrow,
            ..Frame::default()
        };
        let mut answer = Page::html(page(&frame, &content));
        answer.framing = Framing::Anyone;
        answer
    }
}

/// Lets a verified launch wait for the page that asks the platform's storage.
pub(super) async fn ask(
    app: &App,
    input: &Input,
    waiting: &Waiting<'_>,
    record: Record,
    (sealed, state): (&Sealed, &State),
) -> Result<Page, Error> {
    let Some(exchange) = Exchange::new("get", waiting.connection, sealed, state) else {
        return Err(record.refuse(app, input, "bad-registration").await);
    };
    let header = |name: &str| input.header(name).map(str::to_owned);
    let asked = Opens::Asked(Box::new(AskedLaunch {
        connection: waiting.id,
        launch: text(waiting.launch),
        kept: Hash::of(state.binder.as_bytes()),
        origin: header("origin"),
        place: header("sec-fetch-dest"),
        entry: record.entry_with_checks(),
    }));
    let ticket = waiting.issue(app, input, record, asked, false).await?;
    let m = Messages::for_locale(waiting.launch.presentation.locale.as_deref());
    let action = format!("{}/lti/storage", app.public().base_path());
    let go_on = form(
        &Form {
            action: &action,
            hidden: &[("ticket", &ticket), ("value", ""), ("said", "no-script")],
            ..Form::default()
        },
        &button(&Button {
            label: &m.text("platform-continue"),
            style: Style::Primary,
            ..Button::default()
        }),
    );
    let mut page = exchange.page(app, m, &go_on);
    // By it what the page sends is known for our own where browsers tell no more of a request.
    page.referrer = Referrer::Origin;
    Ok(page)
}

/// `POST /lti/storage`: what the platform's storage answered, or that it did not, decides how the
/// launch goes on. The page that asked says it, once.
pub async fn storage(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let ticket = form.get("ticket").unwrap_or_default();
    let used = Record::new(app, "launch");
    let Some(ticket) = tickets::find(&app.store, &app.world, ticket)? else {
        return Err(used.refuse(app, input, "ticket-used").await);
    };
    let Opens::Asked(asked) = ticket.opens().clone() else {
        return Err(used.refuse(app, input, "ticket-used").await);
    };
    let found = connections::get(&app.store, asked.connection);
    let launch = serde_json::from_str::<Launch>(&asked.launch);
    let (Ok(connection), Ok(launch)) = (found, launch) else {
        return Err(used.refuse(app, input, "ticket-used").await);
    };
    let mut record = Record::resumed(asked.entry.clone());
    let (evidence, seen) = evidence(app, input, &form, &asked);
    let verdict = match judge(&evidence, &connection, Some(seen), &mut record.checks) {
        Ok(verdict) => verdict,
        Err(no) => {
            return Err(match use_up(app, &ticket).await {
                Ok(()) => record.refuse(app, input, no).await,
                Err(StoreError::Conflict) => record.refuse(app, input, "ticket-used").await,
                Err(error) => error.into(),
            });
        }
    };
    record.binding(way(verdict));
    record.message(&launch);
    let (id, consumes) = (asked.connection, Consumes::Ticket(&ticket));
    if verdict == Verdict::NewWindow {
        let waiting = Waiting {
            id,
            connection: &connection,
            launch: &launch,
            consumes,
        };
        return waiting.wait(app, input, record, Asks::NewWindow).await;
    }
    let by_storage = verdict == Verdict::Storage;
    let signed = [&launch.presentation.return_url, &launch.platform.url];
    let admission = Admission {
        id,
        origin: posting_origin(asked.origin.as_deref(), signed).filter(|_| by_storage),
        binding: Binding::Undecided,
        browser: None,
        proven: true,
        cookies: Vec::new(),
        connection,
        launch,
        consumes,
    };
    admission.admit(app, input, record).await
}

/// What is known of the browser by now, and in words. From a page of ours it is what its launch
/// showed, and what the storage said; anybody else's page shows nothing, not even for its launch,
/// since that may have been posted elsewhere.
fn evidence<'a>(
    app: &App,
    input: &'a Input,
    form: &Fields,
    asked: &'a AskedLaunch,
) -> (Evidence<'a>, String) {
    let nothing = Evidence {
        cookie_of_this_login: false,
        any_cookie: false,
        storage: Storage::Silent,
        origin: None,
        fetch_dest: input.header("sec-fetch-dest"),
    };
    if !from_our_own_page(app, input) {
        return (nothing, "platform storage: no-origin".to_owned());
    }
    let value = form.get("value").unwrap_or_default();
    let (storage, said) = if value.is_empty() {
        let said = form.get("said").unwrap_or_default();
        let known = SAID.iter().find(|known| **known == said);
        (Storage::Silent, *known.unwrap_or(&"error"))
    } else if Hash::of(value.as_bytes()) == asked.kept {
        (Storage::ThisLogin, "kept")
    } else {
        (Storage::Another, "another value")
    };
    let evidence = Evidence {
        storage,
        origin: asked.origin.as_deref(),
        fetch_dest: asked.place.as_deref(),
        ..nothing
    };
    (evidence, format!("platform storage: {said}"))
}

/// Uses the ticket of a launch up that does not go on.
async fn use_up(app: &App, ticket: &tickets::Valid) -> Result<(), StoreError> {
    let mut commit = Commit::new();
    ticket.consume(&mut commit);
    app.store.commit(commit).await
}
