//! What external tools are offered: the services that they call, and the page they lead back to.

use super::super::problems::{not_allowed, not_found};
use super::{Answer, parts, segments};
use crate::admin::Error as AdminError;
use crate::admin::pages as admin;
use crate::app::{App, Input, Page};
use crate::store::ids::ToolId;
use crate::tools;

/// What is below `/tools`.
pub(super) async fn services(app: App, mut input: Input) -> Answer {
    let (method, path) = parts(&input);
    match (method.as_str(), segments(&path).as_slice()) {
        ("POST", [tool, "outcomes"]) => Ok(tools::outcomes::outcomes(&app, &mut input, tool).await),
        ("GET" | "PUT" | "DELETE", [tool, "results", id]) => {
            Ok(tools::outcomes::result(&app, &mut input, tool, id).await)
        }
        ("GET", [_, "return"]) => Ok(tools::returned(&app)),
        (_, [_, "outcomes"]) => Err(not_allowed("POST")),
        (_, [_, "results", _]) => Err(not_allowed("GET, PUT, DELETE")),
        (_, [_, "return"]) => Err(not_allowed("GET")),
        _ => Err(not_found()),
    }
}

/// What is below `/admin/tools`.
pub(super) async fn administered(
    app: &App,
    input: &mut Input,
    method: &str,
    below: &[&str],
) -> Result<Page, AdminError> {
    use admin::tools as pages;
    let known = |text: &str| text.parse::<ToolId>().map_err(|_| AdminError::NotFound);
    match (method, below) {
        ("GET", []) => pages::list(app, input).await,
        ("GET", ["new"]) => pages::new(app, input).await,
        ("POST", ["new"]) => pages::make(app, input).await,
        ("GET", [id]) => pages::one(app, input, known(id)?).await,
        ("POST", [id]) => pages::change(app, input, known(id)?).await,
        ("POST", [id, act]) => pages::act(app, input, known(id)?, act).await,
        (_, []) => Err(AdminError::NotAllowed("GET")),
        (_, [_]) => Err(AdminError::NotAllowed("GET, POST")),
        (_, [_, _]) => Err(AdminError::NotAllowed("POST")),
        _ => Err(AdminError::NotFound),
    }
}
