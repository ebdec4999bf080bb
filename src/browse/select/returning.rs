//! The way back to the platform: what was picked, signed, in a form that sends itself.

use std::time::Duration;

use maud::html;

use super::Asking;
use crate::app::Page;
use crate::browse::Error;
use crate::browse::around::Around;
use crate::keys;
use crate::lti::content::{Answer, ContentItem};
use crate::lti::content_item;
use crate::lti::deep_linking::{self, Reply};
use crate::lti::launch::Version;
use crate::lti::oauth1::{Address, Method, Pair, Signer};
use crate::lti::origin::origin_of;
use crate::people::sessions;
use crate::store::rows::people::Connection;
use crate::store::trees::Connections;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};

/// How long what is signed may be used: somebody without scripts presses a button.
const LIFETIME: Duration = Duration::from_mins(10);

/// How a selection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// So many items were picked.
    Picked(usize),
    /// The person picked nothing.
    Cancelled,
    /// The person may not pick.
    NotStaff,
}

/// The page that takes `items` back to the platform.
pub(super) async fn page(
    asking: &Asking<'_>,
    around: &Around<'_>,
    outcome: &Outcome,
    items: Vec<ContentItem>,
) -> Result<Page, Error> {
    let m = around.messages;
    let settings = &asking.selecting.settings;
    let address = settings.return_url.as_str();
    // The page's own policy has to name where its form goes.
    let origin = origin_of(address).ok_or(Error::NoWayBack)?;
    let answer = Answer {
        items,
        data: settings.data.clone(),
        ..said(m, *outcome)
    };
    let fields = signed(asking, &answer).await?;
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let back = Form {
        action: address,
        hidden: &fields,
        auto_submit: true,
        ..Form::default()
    };
    let content = html! {
        p.lead { (m.text("select-returning-text")) }
        (form(&back, &button(&Button {
            label: &m.text("select-returning-button"),
            style: Style::Primary,
            ..Button::default()
        })))
    };
    let page = around.bare_page(&m.text("select-returning"), &content);
    Ok(page.posts_to(origin))
}

/// What the platform is told beside the items.
fn said(m: Messages, outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Picked(number) => Answer {
            message: Some(m.with("select-said-picked", &[("number", number.into())])),
            ..Answer::default()
        },
        Outcome::Cancelled => Answer {
            message: Some(m.text("select-said-cancelled").into_owned()),
            ..Answer::default()
        },
        Outcome::NotStaff => Answer {
            error: Some(m.text("problem-selection-for-staff").into_owned()),
            error_log: Some("the roles of the launch are not those of staff".to_owned()),
            ..Answer::default()
        },
    }
}

/// The fields of the form, signed for the platform.
async fn signed(asking: &Asking<'_>, answer: &Answer) -> Result<Vec<Pair>, Error> {
    let id = asking.member.session().connection;
    let connection = asking.app.store.get::<Connections>(&id)?;
    let connection = connection.filter(|connection| connection.enabled);
    let connection = connection.ok_or(sessions::Error::Ended)?;
    match asking.selecting.version {
        Version::V1p3 => by_token(asking, answer, &connection).await,
        Version::V1p1 => by_form(asking, answer, &connection),
    }
}

fn nonce(asking: &Asking<'_>) -> String {
    format!("{:032x}", u128::from_be_bytes(asking.app.world.random()))
}

async fn by_token(
    asking: &Asking<'_>,
    answer: &Answer,
    connection: &Connection,
) -> Result<Vec<Pair>, Error> {
    let registration = connection.registration.as_ref().ok_or(Error::NoWayBack)?;
    let reply = Reply {
        client_id: &registration.client_id,
        issuer: &registration.issuer,
        deployment: &asking.member.session().deployment,
        nonce: &nonce(asking),
        at: asking.app.world.now(),
        lifetime: LIFETIME,
    };
    let keys = asking.app.keys.tool().await?;
    let key = keys.first().ok_or(keys::Error::NotReady)?;
    let token = deep_linking::response(answer, &reply, key)?;
    Ok(vec![("JWT".to_owned(), token)])
}

fn by_form(
    asking: &Asking<'_>,
    answer: &Answer,
    connection: &Connection,
) -> Result<Vec<Pair>, Error> {
    let consumer = connection.consumer.as_ref().ok_or(Error::NoWayBack)?;
    let secret = asking.app.consumer_secret(connection);
    let address = Address::parse(asking.selecting.settings.return_url.as_str());
    let signer = Signer {
        consumer_key: &consumer.key,
        secret: secret.ok_or(Error::NoWayBack)?,
        method: Method::HmacSha1,
        nonce: &nonce(asking),
        at: asking.app.world.now(),
    };
    let address = address.ok_or(Error::NoWayBack)?;
    Ok(signer.form(&address, content_item::parameters(answer)))
}
