//! The routes of administration.

use super::{Answer, not_allowed, not_found, parts, segments, tools};
use crate::admin::Error as AdminError;
use crate::admin::pages as admin;
use crate::app::{App, Input, Page};
use crate::store::ids::ConnectionId;

pub(super) async fn administration(app: App, mut input: Input) -> Answer {
    let (method, path) = parts(&input);
    let answer = match (method.as_str(), segments(&path).as_slice()) {
        ("GET", [""]) => admin::status(&app, &input).await,
        ("GET", ["sign-in"]) => admin::sign_in_page(&app, &input).await,
        ("POST", ["sign-in"]) => admin::sign_in(&app, &mut input).await,
        ("POST", ["sign-out"]) => admin::sign_out(&app, &mut input).await,
        ("GET", ["claim", secret]) => admin::claim_page(&app, secret),
        ("POST", ["claim", secret]) => admin::claim(&app, &mut input, secret).await,
        ("GET", ["launches"]) => admin::launches(&app, &input).await,
        ("GET", ["launches", reference]) => admin::launch(&app, &input, reference).await,
        ("POST", ["launches", reference]) => {
            admin::approve_launch(&app, &mut input, reference).await
        }
        ("GET", ["grades"]) => admin::grades(&app, &input).await,
        ("POST", ["grades"]) => admin::retry_grade(&app, &mut input).await,
        ("GET", ["audit"]) => admin::audit(&app, &input).await,
        ("GET", ["audit.csv"]) => admin::audit_csv(&app, &input).await,
        ("GET", ["keys"]) => admin::keys(&app, &input).await,
        ("POST", ["keys"]) => admin::change_keys(&app, &mut input).await,
        (_, ["people", below @ ..]) => people(&app, &mut input, &method, below).await,
        (_, ["tools", below @ ..]) => tools::administered(&app, &mut input, &method, below).await,
        (_, ["connections", below @ ..]) => connections(&app, &mut input, &method, below).await,
        ("GET", ["invitations"]) => admin::invitations::page(&app, &input).await,
        ("POST", ["invitations"]) => admin::invitations::invite(&app, &mut input).await,
        ("POST", ["invitations", "revoke"]) => admin::invitations::revoke(&app, &mut input).await,
        ("POST", ["invitations", "decide"]) => admin::invitations::decide(&app, &mut input).await,
        (_, ["launches", _]) => return Err(not_allowed("GET, POST")),
        (_, ["" | "launches" | "audit" | "audit.csv"]) => return Err(not_allowed("GET")),
        (_, ["sign-in" | "invitations" | "keys" | "grades"] | ["claim", _]) => {
            return Err(not_allowed("GET, POST"));
        }
        (_, ["sign-out"] | ["invitations", "revoke" | "decide"]) => {
            return Err(not_allowed("POST"));
        }
        _ => return Err(not_found()),
    };
    match answer {
        Err(AdminError::SignedOut) => Ok(admin::to_sign_in(&app)),
        answer => Ok(answer?),
    }
}

/// What is below `/admin/people`.
async fn people(
    app: &App,
    input: &mut Input,
    method: &str,
    below: &[&str],
) -> Result<Page, AdminError> {
    use admin::people as pages;
    match (method, below) {
        ("GET", []) => pages::search(app, input).await,
        ("POST", []) => pages::adopt(app, input).await,
        ("GET", [id]) => pages::person(app, input, id).await,
        ("GET", [id, "erase"]) => pages::erasing(app, input, id).await,
        ("POST", [id, "erase"]) => pages::erase(app, input, id).await,
        ("POST", [id, "export"]) => pages::export(app, input, id).await,
        (_, [] | [_, "erase"]) => Err(AdminError::NotAllowed("GET, POST")),
        (_, [_, "export"]) => Err(AdminError::NotAllowed("POST")),
        ("GET", [id, list]) => pages::list(app, input, id, list).await,
        (_, [_] | [_, _]) => Err(AdminError::NotAllowed("GET")),
        _ => Err(AdminError::NotFound),
    }
}

/// What is below `/admin/connections`.
async fn connections(
    app: &App,
    input: &mut Input,
    method: &str,
    below: &[&str],
) -> Result<Page, AdminError> {
    use admin::connections as pages;
    let known = |text: &str| {
        text.parse::<ConnectionId>()
            .map_err(|_| AdminError::NotFound)
    };
    match (method, below) {
        ("GET", []) => pages::list(app, input).await,
        ("GET", ["new"]) => pages::choose(app, input).await,
        ("GET", ["new", "consumer"]) => pages::new_consumer(app, input).await,
        ("POST", ["new", "consumer"]) => pages::make_consumer(app, input).await,
        ("GET", ["new", slug]) => pages::guide(app, input, slug).await,
        ("POST", ["new", slug]) => pages::connect(app, input, slug).await,
        (_, ["new", _]) => Err(AdminError::NotAllowed("GET, POST")),
        ("GET", [id]) => pages::page(app, input, known(id)?).await,
        ("GET", [id, "people"]) => pages::people(app, input, known(id)?).await,
        ("GET", [id, "deployments"]) => pages::deployments(app, input, known(id)?).await,
        (_, [] | [_] | [_, "people"]) => Err(AdminError::NotAllowed("GET")),
        ("GET", [id, "delete"]) => pages::deleting(app, input, known(id)?).await,
        ("GET", [id, "media"]) => pages::media(app, input, known(id)?).await,
        ("GET", [id, "secret"]) => pages::rotating(app, input, known(id)?).await,
        ("GET", [id, "move"]) => pages::moving(app, input, known(id)?).await,
        ("POST", [id, act]) => connection_act(app, input, known(id)?, act).await,
        (_, [_, "delete" | "move" | "deployments" | "secret" | "media"]) => {
            Err(AdminError::NotAllowed("GET, POST"))
        }
        (
            _,
            [
                _,
                "settings" | "installation" | "origins" | "state" | "former-secret" | "test",
            ],
        ) => Err(AdminError::NotAllowed("POST")),
        _ => Err(AdminError::NotFound),
    }
}

/// What is done with one connection.
async fn connection_act(
    app: &App,
    input: &mut Input,
    id: ConnectionId,
    act: &str,
) -> Result<Page, AdminError> {
    use admin::connections as pages;
    match act {
        "settings" => pages::save(app, input, id).await,
        "deployments" => pages::judge(app, input, id).await,
        "installation" => pages::forget_installation(app, input, id).await,
        "origins" => pages::forget_origin(app, input, id).await,
        "state" => pages::switch(app, input, id).await,
        "secret" => pages::rotate(app, input, id).await,
        "former-secret" => pages::end_former(app, input, id).await,
        "media" => pages::remove_media(app, input, id).await,
        "test" => pages::test(app, input, id).await,
        "delete" => pages::delete(app, input, id).await,
        "move" => pages::move_to(app, input, id).await,
        _ => Err(AdminError::NotFound),
    }
}
