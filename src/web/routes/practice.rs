//! The routes of the practice course, and who may follow them.

use http::Method;

use super::{Answer, not_allowed, not_found, parts, segments};
use crate::admin::{pages as admin, sign_in};
use crate::app::{App, Input, Page};
use crate::practice;
use crate::store::rows::practice::Way;
use crate::tools::Place;
use crate::web::problems::Problem;

/// Whether somebody may see the practice course.
enum Practising {
    Allowed,
    SignInFirst,
    Nowhere,
}

/// On this machine the practice course is for whoever sits at it; a proxy in front would make
/// everybody look so, hence no forwarding header. For others it is an administrator's.
async fn practising(app: &App, input: &Input) -> Result<Practising, Problem> {
    if app.public().is_loopback() {
        return Ok(if input.peer.local {
            Practising::Allowed
        } else {
            Practising::Nowhere
        });
    }
    match sign_in::administrator(app, input).await {
        Ok(_) => Ok(Practising::Allowed),
        Err(sign_in::Error::Store(error)) => Err(error.into()),
        Err(_) => Ok(Practising::SignInFirst),
    }
}

/// Everything below `/practice/`.
pub(super) async fn course(app: App, mut input: Input) -> Answer {
    match practising(&app, &input).await? {
        Practising::Allowed => {}
        Practising::SignInFirst => return Ok(admin::to_sign_in(&app)),
        Practising::Nowhere => return Err(not_found()),
    }
    let (method, path) = parts(&input);
    let path = segments(&path);
    match (method.as_str(), path.as_slice()) {
        (_, ["auth"]) if matches!(input.method, Method::GET | Method::POST) => {
            Ok(practice::authenticate(&app, &mut input).await?)
        }
        (_, ["ags", below @ ..]) => Ok(practice::ags(&app, &mut input, below).await?),
        ("GET", below) => match got(&app, &input, below).await? {
            Some(page) => Ok(page),
            None if is_posted(below) => Err(not_allowed("POST")),
            None => Err(not_found()),
        },
        ("POST", below) => match posted(&app, &mut input, below).await? {
            Some(page) => Ok(page),
            None if is_got(below) => Err(not_allowed("GET")),
            None => Err(not_found()),
        },
        (_, ["auth" | "tools"]) => Err(not_allowed("GET, POST")),
        (_, below) if is_posted(below) => Err(not_allowed("POST")),
        (_, below) if is_got(below) => Err(not_allowed("GET")),
        _ => Err(not_found()),
    }
}

/// The connection that the end of a path names.
fn way(rest: &[&str]) -> Option<Way> {
    match rest {
        [] => Some(Way::Token),
        ["1.1"] => Some(Way::Form),
        ["registered"] => Some(Way::Registered),
        _ => None,
    }
}

fn is_got(below: &[&str]) -> bool {
    match below {
        ["" | "messages" | "tools" | "jwks" | "memberships" | "storage"]
        | [".well-known", "openid-configuration"]
        | ["people" | "gradebook", _]
        | ["activity" | "open" | "open-window", _, _] => true,
        [
            "course" | "add" | "launch" | "window" | "select",
            _,
            rest @ ..,
        ] => way(rest).is_some(),
        _ => false,
    }
}

fn is_posted(below: &[&str]) -> bool {
    matches!(
        below,
        ["token"
            | "register"
            | "rename"
            | "remove"
            | "copy"
            | "start-over"
            | "outage"
            | "outcomes"]
            | ["deep-linking" | "content-item", "return"]
    )
}

async fn got(app: &App, input: &Input, below: &[&str]) -> Result<Option<Page>, Problem> {
    let page = match below {
        ["" | "messages" | "tools"]
        | [
            "course" | "add" | "people" | "gradebook" | "activity",
            _,
            ..,
        ] if is_got(below)
            && let Some(page) = practice::elsewhere(app, input) =>
        {
            page
        }
        [""] => practice::home(app)?,
        ["messages"] => practice::messages(app),
        ["storage"] => practice::storage(app),
        ["tools"] => practice::tools(app, input)?,
        ["jwks"] => practice::jwks(app).await?,
        ["memberships"] => practice::memberships(app, input).await?,
        [".well-known", "openid-configuration"] => practice::configuration(app),
        ["people", person] => practice::participants(app, input, person)?,
        ["gradebook", person] => practice::grades_of(app, input, person)?,
        ["activity", person, number] => practice::activity(app, input, person, number)?,
        ["open", person, number] => practice::open(app, input, person, number, Place::Frame)?,
        ["open-window", person, number] => {
            practice::open(app, input, person, number, Place::Window)?
        }
        [what, person, rest @ ..] => {
            let Some(way) = way(rest) else {
                return Ok(None);
            };
            match *what {
                "course" => practice::course(app, input, person, way)?,
                "add" => practice::add(app, input, person, way)?,
                "launch" => practice::launch(app, input, person, way, Place::Frame)?,
                "window" => practice::launch(app, input, person, way, Place::Window)?,
                "select" => practice::select(app, input, person, way)?,
                _ => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(page))
}

async fn posted(app: &App, input: &mut Input, below: &[&str]) -> Result<Option<Page>, Problem> {
    let page = match below {
        ["token"] => practice::token(app, input).await?,
        ["register"] => practice::register(app, input).await?,
        ["tools"] => practice::add_tool(app, input).await?,
        ["rename"] => practice::rename(app, input).await?,
        ["remove"] => practice::remove(app, input).await?,
        ["copy"] => practice::copy(app, input).await?,
        ["start-over"] => practice::start_over(app, input).await?,
        ["outcomes"] => practice::outcomes(app, input).await?,
        ["outage"] => practice::switch_outage(app, input).await?,
        ["deep-linking", "return"] => practice::selected(app, input).await?,
        ["content-item", "return"] => practice::selected_by_form(app, input).await?,
        _ => return Ok(None),
    };
    Ok(Some(page))
}
