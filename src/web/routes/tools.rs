//! What external tools are offered: the services that they call, and the page they lead back to.

use super::super::problems::{Problem, not_allowed, not_found};
use super::{Answer, parts, segments};
use crate::admin::Error as AdminError;
use crate::admin::pages as admin;
use crate::app::{App, Input, Page};
use crate::store::ids::ToolId;
use crate::tools;
use crate::tools::registered::{authentication, grades, people, selecting, token};

/// What is below `/tools`.
pub(super) async fn services(app: App, mut input: Input) -> Answer {
    let (method, path) = parts(&input);
    match (method.as_str(), segments(&path).as_slice()) {
        ("POST", [tool, "outcomes"]) => {
            Ok(tools::outcomes::external::outcomes(&app, &mut input, tool).await)
        }
        ("GET" | "PUT" | "DELETE", [tool, "results", id]) => {
            Ok(tools::outcomes::external::result(&app, &mut input, tool, id).await)
        }
        ("GET", [tool, "return"]) => Ok(tools::returned(&app, &input, tool)?),
        ("GET" | "POST", ["auth"]) => Ok(authentication::authenticate(&app, &mut input)
            .await
            .map_err(|error| Problem::from(error).in_any_frame())?),
        ("POST", [tool, "deep-linking"]) => {
            Ok(selecting::returned(&app, &mut input, tool)
                .await
                .map_err(|error| Problem::from(error).in_any_frame())?)
        }
        ("POST", ["token"]) => Ok(token::token(&app, &mut input).await?),
        ("GET", ["jwks"]) => Ok(token::jwks(&app).await?),
        (_, [tool, "ags", course, "line-items", below @ ..]) => {
            Ok(grades::ags(&app, &mut input, tool, course, below).await?)
        }
        ("GET", [tool, "memberships", course]) => {
            Ok(people::memberships(&app, &input, tool, course)?)
        }
        (_, ["auth"]) => Err(not_allowed("GET, POST")),
        (_, ["token"] | [_, "deep-linking" | "outcomes"]) => Err(not_allowed("POST")),
        (_, [_, "results", _]) => Err(not_allowed("GET, PUT, DELETE")),
        (_, ["jwks"] | [_, "return"] | [_, "memberships", _]) => Err(not_allowed("GET")),
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
