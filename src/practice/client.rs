//! The tools that the practice course launches by LTI 1.3: Lanterna as it is registered from the
//! start, and as it registered itself.

use super::course::{CLIENT_ID, DEPLOYMENT, usual_custom};
use super::{Error, tool_url};
use crate::app::App;
use crate::store::Error as StoreError;
use crate::store::rows::practice::{PracticeTool, Way};
use crate::store::trees::PracticeTools;
use crate::ui::Messages;

/// A tool under its client id.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) way: Way,
    pub(super) tool: PracticeTool,
}

/// Lanterna as it is registered from the start.
fn usual(app: &App) -> Client {
    let tool = PracticeTool {
        name: Messages::default().text("brand").into_owned(),
        login_url: app.public().join("/lti/login"),
        redirect_uris: vec![tool_url(app)],
        target: tool_url(app),
        custom: usual_custom(),
        scopes: super::gradebook::scopes(),
        deployment: DEPLOYMENT.to_owned(),
        registered: app.started,
    };
    Client {
        id: CLIENT_ID.to_owned(),
        way: Way::Token,
        tool,
    }
}

/// The tool that registered itself, when one did.
pub(super) fn registered(app: &App) -> Result<Option<Client>, StoreError> {
    let rows = app.store.page::<PracticeTools>(&(), None, 1)?;
    Ok(rows.into_iter().next().map(|(id, tool)| Client {
        id,
        way: Way::Registered,
        tool,
    }))
}

/// The tool with this client id.
pub(super) fn find(app: &App, id: &str) -> Result<Option<Client>, StoreError> {
    if id == CLIENT_ID {
        return Ok(Some(usual(app)));
    }
    Ok(registered(app)?.filter(|client| client.id == id))
}

/// The tool that a connection by LTI 1.3 leads to.
pub(super) fn of(app: &App, way: Way) -> Result<Client, Error> {
    match way {
        Way::Token => Ok(usual(app)),
        Way::Registered => registered(app)?.ok_or(Error::NotFound),
        Way::Form => Err(Error::NotFound),
    }
}
