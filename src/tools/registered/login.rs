//! The start of a launch: the tool is told that somebody is there, by hints that only we can read.

use super::{Client, issuer};
use crate::app::{App, Page};
use crate::lti::oidc::LoginInitiation;
use crate::people::Member;
use crate::store::rows::tools::ToolPlace;
use crate::tools::posting::{posting, posting_in_window};
use crate::tools::{Error, Knowing, Launchable, Offer, Place};

/// The page that takes the browser to the tool's login; `window`: by a press, into a window of its
/// own.
pub fn page(
    app: &App,
    member: &Member,
    launchable: &Launchable,
    window: bool,
) -> Result<Page, Error> {
    let place = match launchable.presentation().place {
        ToolPlace::Frame => Place::Frame,
        ToolPlace::Window => Place::Window,
    };
    offering(app, member, launchable, (place, window), false)
}

/// Likewise, to open the item or to pick for it.
pub(super) fn offering(
    app: &App,
    member: &Member,
    launchable: &Launchable,
    (place, window): (Place, bool),
    selects: bool,
) -> Result<Page, Error> {
    let client = Client::of(launchable.id, &launchable.tool).ok_or(Error::Gone)?;
    let redirect_uri = client.registration.redirect_uris.first();
    let session = member.session();
    let course = session.course.map(|course| course.to_string());
    let offer = Offer {
        person: session.user.to_string(),
        link: launchable.item.to_string(),
        client_id: client.registration.client_id.clone(),
        redirect_uri: redirect_uri.ok_or(Error::Gone)?.clone(),
        place,
        context: course.unwrap_or_default(),
        selects,
        knowing: Knowing::Cookies,
        session: Some(member.hash()),
    };
    let hints = offer.hints(app.keys.seal(), &app.world);
    let initiation = LoginInitiation {
        issuer: issuer(app),
        login_hint: hints.login,
        target_link_uri: launchable.url().to_string(),
        message_hint: Some(hints.message),
        deployment: Some(client.registration.deployment.clone()),
        client_id: Some(client.registration.client_id.clone()),
        storage_target: None,
    };
    let address = &client.registration.login_url;
    let fields: Vec<(&str, &str)> = initiation.fields().into_iter().collect();
    Ok(if window {
        posting_in_window(app, address, &fields)
    } else {
        posting(app, address, &fields)
    })
}
