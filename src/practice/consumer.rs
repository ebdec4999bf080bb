//! The practice course as a consumer of LTI 1.1. It is a connection of its own, beside the
//! registration: what came by one is not seen by the other.

use url::Url;

use super::course::{Addresses, Person, basic_launch};
use super::platform::tool_url;
use super::{Error, address};
use crate::app::{App, Page};
use crate::lti::launch::Version;
use crate::people::connections::{self, Declared, Trust};
use crate::people::consumers;
use crate::people::sessions::Secret;
use crate::store::Error as StoreError;
use crate::store::rows::people::{Consumer, Source};
use crate::store::rows::settings::Settings;
use crate::tools::Place;
use crate::tools::basic::{self, Tool};
use crate::ui::Messages;

/// The consumer key.
pub(super) const KEY: &str = "lanterna-practice";
/// How far its clock may differ: it is our own.
const WINDOW_SECONDS: u64 = 300;

/// The secret, when there is one: random, made when the practice course is first switched on.
fn secret(app: &App) -> Result<Option<String>, StoreError> {
    match consumers::find(&app.store, KEY) {
        Ok((_, connection)) => Ok(connection.consumer.and_then(|consumer| consumer.secret)),
        Err(connections::Error::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The consumer, as it is known to Lanterna.
pub(super) fn consumer(app: &App) -> Result<Declared, StoreError> {
    let secret = secret(app)?.unwrap_or_else(|| Secret::new(&app.world).text);
    Ok(Declared {
        name: Messages::default().text("practice-consumer").into_owned(),
        source: Source::Practice,
        trust: Trust::Consumer(Consumer {
            key: KEY.to_owned(),
            secret: Some(secret),
            window: WINDOW_SECONDS,
            body_only: false,
            guid: None,
        }),
        origins: Vec::new(),
        settings: Settings::default(),
    })
}

/// `GET /practice/launch/{person}/1.1` in the course's frame, `GET /practice/window/{person}/1.1` in
/// a window of its own: the page that posts a signed launch to Lanterna.
pub fn launch(app: &App, person: &str, place: Place) -> Result<Page, Error> {
    let person = Person::find(person).ok_or(Error::NotFound)?;
    let secret = secret(app)?.ok_or(Error::NotFound)?;
    let tool = tool_url(app);
    let addresses = Addresses {
        target: Url::parse(&tool).ok(),
        platform: Url::parse(&address(app, "/")).ok(),
        back: Url::parse(&address(app, &person.course(Version::V1p1))).ok(),
    };
    let tool = Tool {
        address: &tool,
        key: KEY,
        secret: &secret,
    };
    let launch = basic_launch(person, place, addresses);
    basic::launch(app, &tool, &launch).ok_or(Error::NotFound)
}
