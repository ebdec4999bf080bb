//! The practice course as a consumer of LTI 1.1. It is a connection of its own, beside the
//! registrations: what came by one is not seen by the other.

use super::course::{Scene, usual_custom};
use super::platform::Opens;
use super::visit::Visit;
use super::wire::{self, note};
use super::{Error, address, outcomes, selection, tool_url, ways};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, Page};
use crate::lti::launch::Message;
use crate::lti::origin::origin_of;
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
pub(super) const WINDOW_SECONDS: u64 = 300;

/// The secret, when there is one: random, made when the practice course is first switched on.
pub(super) fn secret(app: &App) -> Result<Option<String>, StoreError> {
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
        // Its roster is on the practice course's own site.
        origins: origin_of(&address(app, "/")).into_iter().collect(),
        settings: Settings::default(),
    })
}

/// The page that posts a signed launch to Lanterna.
pub(super) fn begin(
    app: &App,
    visit: Visit,
    opens: Opens<'_>,
    place: Place,
) -> Result<Page, Error> {
    let secret = secret(app)?.ok_or(Error::NotFound)?;
    let course = visit.course(app)?;
    let target = tool_url(app);
    let (activity, message, kind) = match opens {
        Opens::Activity(activity) => (Some(activity), Message::Resource, "form-launch"),
        Opens::Library => (None, Message::Resource, "form-launch"),
        Opens::Selection => (
            None,
            selection::request(app, visit)?,
            "content-item-request",
        ),
    };
    let link = activity.filter(|_| matches!(message, Message::Resource));
    let scene = Scene {
        outcome: outcomes::claim(app, visit, link)?,
        visit,
        course: &course,
        activity,
        place,
        message,
        deployment: "",
        target: &target,
        back: visit.path("course"),
        custom: &usual_custom(),
        ags: None,
    };
    let launch = scene.basic_launch(app);
    let address = launch.target_link_uri.as_ref();
    let address = address.map_or_else(|| target.clone(), ToString::to_string);
    let tool = Tool {
        address: &address,
        key: KEY,
        secret: &secret,
    };
    let form = basic::launch(app, &tool, &launch).ok_or(Error::NotFound)?;
    note(
        app,
        wire::Message {
            kind,
            towards: Towards::Tool,
            method: "POST",
            address: &address,
            signature: Signature::Signed(format!("HMAC-SHA1, {KEY}")),
            parts: vec![wire::parameters(form.pairs())],
        },
    );
    let page = ways::without_cookies(app, form.posting(app), visit.knowing, None);
    Ok(ways::posted(page, visit.knowing))
}
