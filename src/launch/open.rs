//! Where launches arrive, of both versions, and how they go on once they are verified.

use http::header::ORIGIN;

use super::arriving::{Arriving, Consumes, NotIn, Once};
use super::form::{self, Sender, Taken};
use super::record::Record;
use super::verify::{Outcome, Verified, verify};
use super::window::{Asks, Waiting};
use super::{Error, FORM_LIMIT, cookies, storage};
use crate::app::{App, Form, Input, Page};
use crate::lti::binding::{Verdict, in_frame};
use crate::lti::launch::Launch;
use crate::lti::oidc::AuthenticationResponse;
use crate::lti::origin::{origin_of, parse_origin};
use crate::people::sessions::{self, Present};
use crate::people::{arrival, connections};
use crate::store::Error as StoreError;
use crate::store::ids::{ConnectionId, Hash};
use crate::store::rows::people::{Binding, Connection};

/// `POST /lti/launch` and everything below it: every launch. A token says by itself where it leads;
/// of a signed form the address is a part of what is signed.
pub async fn launch(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    if form::is_one(input, &form) {
        by_form(app, input, &form).await
    } else {
        by_token(app, input, &form).await
    }
}

/// LTI 1.3.
async fn by_token(app: &App, input: &Input, form: &Form) -> Result<Page, Error> {
    let response = match AuthenticationResponse::parse(form.pairs().iter().cloned()) {
        Ok(response) => response,
        Err(error) => return Err(Record::new(app, "launch").refuse(app, input, error).await),
    };
    let (outcome, record) = verify(app, input, response).await?;
    let verified = match outcome {
        Outcome::Restarted(page) => return Ok(*page),
        Outcome::Verified(verified) => *verified,
    };
    let Verified {
        id,
        connection,
        launch,
        verdict,
        sealed,
        state,
    } = verified;
    let once = Once::state(&sealed);
    let waiting = Waiting {
        id,
        connection: &connection,
        launch: &launch,
        consumes: Consumes::Once(once),
    };
    match verdict {
        Verdict::NewWindow => return waiting.wait(app, input, record, Asks::NewWindow).await,
        Verdict::AskStorage => {
            return storage::ask(app, input, &waiting, record, (&sealed, &state)).await;
        }
        _ => {}
    }
    let by_cookie = verdict == Verdict::Cookie;
    let origin = posting_origin(
        input.header(ORIGIN),
        [&launch.presentation.return_url, &launch.platform.url],
    );
    let admission = Admission {
        id,
        origin: origin.filter(|_| by_cookie),
        // At top level the cookie was there and stays required; in a frame the first request shows.
        binding: if input.wants_document() {
            Binding::Cookie
        } else {
            Binding::Undecided
        },
        browser: cookies::browser(input).filter(|_| by_cookie),
        proven: true,
        cookies: cookies::end_of_login(app, &sealed).to_vec(),
        connection,
        launch,
        consumes: Consumes::Once(once),
    };
    admission.admit(app, input, record).await
}

/// LTI 1.1.
async fn by_form(app: &App, input: &Input, form: &Form) -> Result<Page, Error> {
    let (taken, record) = form::verify(app, input, form).await?;
    if let Some(asks) = asks(app, input, &taken)? {
        let waiting = Waiting {
            id: taken.id,
            connection: &taken.connection,
            launch: &taken.launch,
            consumes: Consumes::Once(taken.once),
        };
        return waiting.wait(app, input, record, asks).await;
    }
    let Taken {
        id,
        connection,
        launch,
        once,
        sender,
        ..
    } = taken;
    let (browser, named) = cookies::browser_or_new(app, input);
    let admission = Admission {
        id,
        origin: posting_origin(input.header(ORIGIN), [&launch.presentation.return_url]),
        // No login came before it that could have set a cookie: the first request shows. As a page
        // of its own it opens with the session's cookie only.
        binding: Binding::Undecided,
        browser: Some(browser),
        proven: sender == Sender::Known,
        cookies: named,
        connection,
        launch,
        consumes: Consumes::Once(once),
    };
    admission.admit(app, input, record).await
}

/// Whether the person is asked before a form signs this browser in, and how. Whoever has a form of
/// their own can have anybody's browser post it: by a page that nobody knows, or by one that keeps
/// quiet about itself. What nobody vouches for never replaces the person who is signed in, and opens
/// no page of its own as somebody new; in a frame, only pages of the platform show what it opens.
fn asks(app: &App, input: &Input, taken: &Taken) -> Result<Option<Asks>, StoreError> {
    match &taken.sender {
        Sender::Known => Ok(None),
        Sender::Foreign(_) if input.wants_document() => Ok(Some(Asks::Here)),
        Sender::Foreign(origin) => Ok(Some(Asks::InFrameOf(origin.clone()))),
        Sender::Untold => {
            let user = arrival::known(&app.store, taken.id, &taken.launch)?;
            let present = match cookies::browser(input) {
                Some(browser) => sessions::present(&app.store, &app.world, browser, user)?,
                None => Present::Nobody,
            };
            let goes_on = match present {
                Present::Same => true,
                Present::Nobody => in_frame(input.header("sec-fetch-dest")),
                Present::Others => false,
            };
            Ok((!goes_on).then_some(Asks::InPlace))
        }
    }
}

/// A verified launch that goes on in this browser.
pub(super) struct Admission<'a> {
    pub(super) id: ConnectionId,
    pub(super) connection: Connection,
    pub(super) launch: Launch,
    /// What is used up with it.
    pub(super) consumes: Consumes<'a>,
    pub(super) binding: Binding,
    /// The browser, when it keeps cookies.
    pub(super) browser: Option<Hash>,
    /// Whether something tells that the browser's own person came with it.
    pub(super) proven: bool,
    /// What the answer changes about the browser's cookies, the session's apart.
    pub(super) cookies: Vec<String>,
    /// The origin that posts this platform's launches, when this one proves it.
    pub(super) origin: Option<String>,
}

impl Admission<'_> {
    /// Takes the launch in, and answers with its session.
    pub(super) async fn admit(
        self,
        app: &App,
        input: &Input,
        record: Record,
    ) -> Result<Page, Error> {
        if let Some(code) = self.consumes.obstacle(app, self.id)? {
            return Err(record.refuse(app, input, code).await);
        }
        let arriving = Arriving {
            id: self.id,
            connection: &self.connection,
            launch: &self.launch,
            reference: input.reference,
            binding: self.binding,
            browser: self.browser,
            proven: self.proven,
            consumes: self.consumes,
        };
        let opened = match arriving
            .arrive(app, |user, course| record.opened(user, course))
            .await
        {
            Ok(opened) => opened,
            Err(NotIn::No(no)) => return Err(record.refuse(app, input, no).await),
            Err(NotIn::Store(error)) => return Err(error.into()),
        };
        if let Err(error) = self.learn(app).await {
            // The launch itself is done.
            tracing::warn!(connection = %self.id, %error, "what a launch taught was not kept");
        }
        Ok(arriving.answer(app, &opened).await.cookies(self.cookies))
    }

    /// What a launch teaches about its platform: its product, and the origin that posts its
    /// launches.
    async fn learn(&self, app: &App) -> Result<(), StoreError> {
        let connection = &self.connection;
        let family = self.launch.platform.family.as_deref();
        let family = family.filter(|family| connection.family.as_deref() != Some(*family));
        let origin = self.origin.as_deref();
        let known = |origin: &str| connection.learned_origins.iter().any(|o| o == origin);
        let new = origin.filter(|origin| !known(origin));
        if family.is_none() && new.is_none() {
            return Ok(());
        }
        connections::learn(&app.store, self.id, family, new).await
    }
}

/// The origin that posted the launch, when the platform signed that it is one of its own: anybody
/// can have their own launch posted by a page of their own.
pub(super) fn posting_origin<const N: usize>(
    header: Option<&str>,
    signed: [&Option<url::Url>; N],
) -> Option<String> {
    let origin = parse_origin(header?)?;
    let mut signed = signed
        .into_iter()
        .flatten()
        .filter_map(|url| origin_of(url.as_str()));
    signed.any(|signed| signed == origin).then_some(origin)
}
