//! OIDC login initiation (1EdTech Security Framework 1.0, section 5.1.1.1).

use http::Method;
use maud::html;
use url::Url;

use super::arriving::known_origins;
use super::record::{No, Record};
use super::state::State;
use super::storage::Exchange;
use super::{Error, FORM_LIMIT, cookies};
use crate::app::{App, Framing, Input, Page};
use crate::lti::oidc::{self, AuthenticationRequest, LoginInitiation};
use crate::lti::origin::origin_of;
use crate::people::connections;
use crate::store::ids::{ConnectionId, ItemId};
use crate::store::rows::people::{Connection, Registration};
use crate::store::rows::settings::Authentication;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, Width, page};

/// The parameter of a login that names an item.
const MEDIA: &str = "media_token";

/// `GET,POST /lti/login` and `/lti/login/{registration}`: sends the browser to the platform with a
/// sealed state. Writes nothing to the store unless it refuses.
pub async fn login(
    app: &App,
    input: &mut Input,
    registration: Option<&str>,
) -> Result<Page, Error> {
    let mut pairs = input.query().pairs().to_vec();
    if input.method == Method::POST {
        pairs.extend(input.form(FORM_LIMIT).await?.pairs().iter().cloned());
    }
    let media = media(&pairs);
    let mut record = Record::new(app, "login");
    let initiation = match LoginInitiation::parse(pairs) {
        Ok(initiation) => initiation,
        Err(error) => return Err(record.refuse(app, input, error).await),
    };
    let (id, connection) = match find(app, registration, &initiation) {
        Ok(found) => found,
        Err(error) => return Err(unknown(app, input, record, &initiation, error).await),
    };
    record.connection(id);
    // The signed value decides later; a foreign one here only earns an earlier answer.
    if let Err(refusal) = oidc::own_target(&initiation.target_link_uri, &public(app)) {
        return Err(record.refuse(app, input, refusal).await);
    }
    let state = State::new(
        &app.world,
        id,
        initiation.login_hint,
        initiation.message_hint,
    )
    .for_item(media)
    .kept_in(
        initiation
            .storage_target
            .filter(|_| unsure_of_cookies(input)),
    );
    match authentication(app, input, &connection, &state) {
        Some(page) => {
            app.launches.logins.begun(id, app.world.now());
            Ok(page)
        }
        None => Err(record.refuse(app, input, "bad-registration").await),
    }
}

/// The item that a page of the platform names when it begins a login (`media_token`). It travels
/// sealed in the state, and only chooses what is shown.
fn media(pairs: &[(String, String)]) -> Option<ItemId> {
    let (_, value) = pairs.iter().find(|(name, _)| name == MEDIA)?;
    value.parse().ok()
}

/// Our own address, for comparing origins.
#[allow(
    clippy::expect_used,
    reason = "the configuration made it from an address"
)]
pub(super) fn public(app: &App) -> Url {
    Url::parse(&app.public().join("/")).expect("the public address is an address")
}

fn find(
    app: &App,
    registration: Option<&str>,
    initiation: &LoginInitiation,
) -> Result<(ConnectionId, Connection), connections::Error> {
    let Some(number) = registration else {
        let client = initiation.client_id.as_deref();
        return connections::find(&app.store, &initiation.issuer, client);
    };
    let id: ConnectionId = number.parse().map_err(|_| connections::Error::Unknown)?;
    let connection = connections::get(&app.store, id)?;
    let fits = connection
        .registration
        .as_ref()
        .is_some_and(|registration| {
            let client = initiation.client_id.as_ref();
            registration.issuer == initiation.issuer
                && client.is_none_or(|client| *client == registration.client_id)
        });
    if fits {
        Ok((id, connection))
    } else {
        Err(connections::Error::Unknown)
    }
}

async fn unknown(
    app: &App,
    input: &Input,
    record: Record,
    initiation: &LoginInitiation,
    error: connections::Error,
) -> Error {
    let code = match error {
        connections::Error::Unknown => "unknown-registration",
        connections::Error::Ambiguous => "ambiguous-registration",
        connections::Error::Disabled => "connection-disabled",
        connections::Error::Store(error) => return error.into(),
    };
    let client = initiation.client_id.as_deref().unwrap_or("—");
    let no = No::from(code).seeing(format!("{} / {client}", initiation.issuer));
    record.refuse(app, input, no).await
}

/// Whether this browser may keep no cookie where it shows us: it is in a frame, as far as it tells,
/// and none came. Everywhere else the platform's storage would only take time.
fn unsure_of_cookies(input: &Input) -> bool {
    !input.wants_document() && !cookies::any_came_back(input)
}

/// The way to the platform's authentication endpoint, with the state's cookies, and where those may
/// not come back with a mark that the platform keeps; `None` when the registration has no usable
/// endpoint.
pub(super) fn authentication(
    app: &App,
    input: &Input,
    connection: &Connection,
    state: &State,
) -> Option<Page> {
    let registration: &Registration = connection.registration.as_ref()?;
    let endpoint = Url::parse(&registration.auth_url).ok()?;
    let sealed = state.seal(app.keys.seal());
    let redirect_uri = app.public().join("/lti/launch");
    let request = AuthenticationRequest {
        client_id: &registration.client_id,
        redirect_uri: &redirect_uri,
        login_hint: &state.login_hint,
        message_hint: state.message_hint.as_deref(),
        nonce: &state.nonce,
        state: &sealed.0,
    };
    let kept = Exchange::put(connection, &sealed, state);
    let page = match connection.settings.authentication {
        Authentication::Get => going(app, &request.url(&endpoint), kept),
        Authentication::Post => posting(app, connection, endpoint, &request, kept),
    };
    Some(page.cookies(cookies::of_login(app, input, &sealed, state)))
}

/// The redirect with the request, or the page that goes there once the platform kept the mark.
fn going(app: &App, next: &Url, kept: Option<Exchange<'_>>) -> Page {
    let Some(exchange) = kept else {
        return Page::see_other(next.as_str());
    };
    let m = Messages::default();
    let go_on = link_button(&LinkButton {
        href: next.as_str(),
        label: &m.text("platform-continue"),
        style: Style::Primary,
        ..LinkButton::default()
    });
    exchange.page(app, m, &go_on)
}

/// The page that posts the request by itself, or by its button where there is no JavaScript. It may
/// stand in any frame, as the redirect may: who frames it is known only after the launch, and its
/// one button does nothing else than the page does alone.
fn posting(
    app: &App,
    connection: &Connection,
    mut endpoint: Url,
    request: &AuthenticationRequest<'_>,
    kept: Option<Exchange<'_>>,
) -> Page {
    endpoint.set_fragment(None);
    let m = Messages::default();
    let go_on = button(&Button {
        label: &m.text("login-continue"),
        style: Style::Primary,
        ..Button::default()
    });
    let request = form(
        &Form {
            action: endpoint.as_str(),
            hidden: &request.fields(),
            auto_submit: kept.is_none(),
            ..Form::default()
        },
        &go_on,
    );
    let content = html! {
        p.lead { (m.with("login-continue-text", &[("name", connection.name.as_str().into())])) }
        (request)
    };
    let frame = Frame {
        title: &m.text("login-continue-title"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        width: Width::Narrow,
        ..Frame::default()
    };
    let mut answer = match kept {
        Some(exchange) => exchange.page(app, m, &request),
        None => Page::html(page(&frame, &content)),
    };
    answer.framing = Framing::Anyone;
    // Browsers hold a form to these origins through every redirect after it.
    let issuer = connection.registration.as_ref().map(|r| r.issuer.as_str());
    let origins = [Some(endpoint.as_str()), issuer].into_iter().flatten();
    let origins = origins
        .filter_map(origin_of)
        .chain(known_origins(app, connection));
    origins.fold(answer, Page::posts_to)
}
