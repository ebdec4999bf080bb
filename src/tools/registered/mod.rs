//! External tools by LTI 1.3: their logins, what they ask of us through the browser, and the services
//! that they call.
//!
//! [`login`] offers a launch in somebody's name; [`authentication`] takes the tool's request for it up,
//! once, and answers with a token of one minute; [`selecting`] takes what is picked in a tool. For the services ([`grades`], [`people`]) a tool
//! proves itself at [`token`].

pub mod authentication;
pub mod grades;
pub mod login;
pub mod people;
pub mod selecting;
pub mod token;

use std::sync::Arc;

use url::Url;

use super::registry;
use crate::app::App;
use crate::lti::jwks::KeySet;
use crate::lti::key::PublicKey;
use crate::lti::names::scope;
use crate::store::ids::{CourseId, ToolId};
use crate::store::rows::tools::{Tool, ToolKeys, ToolRegistration, ToolTrust};
use crate::store::{Error as StoreError, Store};
use crate::tools::gradebook::service::SCOPES;

/// A tool of LTI 1.3 that may be launched and may call.
#[derive(Debug, Clone)]
pub struct Client {
    /// The tool.
    pub id: ToolId,
    /// What is known of it.
    pub tool: Tool,
    /// How it is registered.
    pub registration: ToolRegistration,
}

impl Client {
    /// The tool of this client id, unless it is deleted or forbidden.
    pub fn find(store: &Store, client_id: &str) -> Result<Option<Self>, StoreError> {
        let Ok(id) = client_id.parse::<ToolId>() else {
            return Ok(None);
        };
        let tool = registry::find(store, id)?;
        Ok(tool.and_then(|tool| Self::of(id, &tool)))
    }

    fn of(id: ToolId, tool: &Tool) -> Option<Self> {
        match &tool.trust {
            ToolTrust::Registered(registration) if tool.forbidden.is_none() => Some(Self {
                id,
                registration: registration.clone(),
                tool: tool.clone(),
            }),
            _ => None,
        }
    }

    /// The scopes that it may ask for.
    fn scopes(&self) -> Vec<String> {
        let grades = SCOPES.iter().filter(|_| self.tool.grades);
        let all = std::iter::once(&scope::ROSTER).chain(grades);
        all.map(|scope| (*scope).to_owned()).collect()
    }

    /// Its keys, among them the one of this id if it has one; `None` when it has told none, or they
    /// cannot be had.
    async fn keys(&self, app: &App, kid: &str) -> Option<Arc<KeySet>> {
        match &self.registration.keys {
            ToolKeys::None => None,
            ToolKeys::Pem(pem) => {
                let key = PublicKey::from_pem(pem).ok()?;
                Some(Arc::new(KeySet::of_one(kid, key)))
            }
            ToolKeys::Url(url) => app.key_sets.of_tool(self.id, url, kid).await.ok(),
        }
    }
}

/// What we are to tools: the issuer of tokens.
pub fn issuer(app: &App) -> String {
    app.public().to_string()
}

/// The address of a service for one tool in one course.
fn service_address(app: &App, tool: ToolId, what: &str, course: CourseId) -> Option<Url> {
    let path = format!("/tools/{tool}/{what}/{course}");
    Url::parse(&app.public().join(&path)).ok()
}
