//! Every route. One boxed filter per group, under a literal prefix, so that groups never compete;
//! each group is one `match` and answers 404 and 405 itself.

mod administration;
mod practice;
mod tools;

use std::future::Future;

use bytes::Buf;
use futures_util::StreamExt;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use http::{HeaderMap, Method};
use warp::filters::BoxedFilter;
use warp::path::Tail;
use warp::reply::Response;
use warp::{Filter, Stream};

use super::edge::Arrival;
use super::problems::{self, Problem, not_allowed, not_found};
use super::{front, respond};
use crate::app::{App, BodyError, CROSS_ORIGIN_RESOURCE_POLICY, Cache, Input, Page};
use crate::browse;
use crate::launch;
use crate::people::Member;
use crate::store::ids::{ItemId, UserId};
use crate::ui::{assets, pdf};

/// What the first parts of our addresses are; other first parts are nobody's.
pub(super) const GROUPS: &[&str] = &[
    "", "lti", "s", "files", "media", "embed", "oembed", "tools", "admin", "practice", "assets",
    "health", "metrics",
];

type Answer = Result<Page, Problem>;

/// All groups.
pub(super) fn all(app: &App) -> BoxedFilter<(Response,)> {
    let groups = group(app, "lti", lti)
        .or(group(app, "s", launched))
        .unify()
        .or(group(app, "files", files))
        .unify()
        .or(group(app, "media", media))
        .unify()
        .or(group(app, "embed", embed))
        .unify()
        .or(group(app, "oembed", oembed))
        .unify()
        .or(group(app, "tools", tools::services))
        .unify()
        .or(group(app, "assets", asset))
        .unify()
        .or(group(app, "admin", administration::administration))
        .unify()
        .boxed();
    let groups = if app.config.practice_on() {
        groups
            .or(group(app, "practice", practice::course))
            .unify()
            .boxed()
    } else {
        groups
    };
    let rest = answered(app, input().boxed(), front_page);
    groups.or(rest).unify().boxed()
}

fn group<F, A>(app: &App, name: &'static str, handler: F) -> BoxedFilter<(Response,)>
where
    F: Fn(App, Input) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send,
{
    answered(app, warp::path(name).and(input()).boxed(), handler)
}

fn answered<F, A>(app: &App, inputs: BoxedFilter<(Input,)>, handler: F) -> BoxedFilter<(Response,)>
where
    F: Fn(App, Input) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send,
{
    let app = app.clone();
    inputs
        .then(move |input: Input| {
            let (app, handler) = (app.clone(), handler.clone());
            async move {
                let (reference, html) = (input.reference, input.accepts_html());
                let page = handler(app.clone(), input)
                    .await
                    .unwrap_or_else(|problem| problems::page(&app, &problem, reference, html));
                respond::response(&app, page)
            }
        })
        .boxed()
}

fn input() -> impl Filter<Extract = (Input,), Error = warp::Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::path::tail()
        .and(warp::method())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Arrival>())
        .and(warp::body::stream())
        .map(|path: Tail, method, query, headers, arrival, body| {
            one(
                path.as_str().to_owned(),
                method,
                query,
                headers,
                arrival,
                body,
            )
        })
}

fn one(
    path: String,
    method: Method,
    query: String,
    headers: HeaderMap,
    arrival: Arrival,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static,
) -> Input {
    let body = body.map(|chunk| match chunk {
        Ok(mut chunk) => Ok(chunk.copy_to_bytes(chunk.remaining())),
        Err(_) => Err(BodyError::Broken),
    });
    Input {
        reference: arrival.reference,
        method,
        path,
        query,
        headers,
        peer: arrival.peer,
        practice_site: arrival.practice_site,
        body: Box::pin(body),
    }
}

/// The parts of the path, and the method, with HEAD as GET: the server leaves the body out.
fn parts(input: &Input) -> (String, String) {
    let method = if input.method == Method::HEAD {
        "GET"
    } else {
        input.method.as_str()
    };
    (method.to_owned(), input.path.clone())
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

async fn lti(app: App, mut input: Input) -> Answer {
    let (method, path) = parts(&input);
    let page = match (method.as_str(), segments(&path).as_slice()) {
        ("GET" | "POST", ["login"]) => launch::login(&app, &mut input, None).await?,
        ("GET" | "POST", ["login", registration]) => {
            launch::login(&app, &mut input, Some(registration)).await?
        }
        ("POST", ["launch"]) => launch::launch(&app, &mut input).await?,
        ("POST", ["launch", name]) if launch::leads_somewhere(name) => {
            launch::launch(&app, &mut input).await?
        }
        ("POST", ["window"]) => launch::window(&app, &mut input).await?,
        ("POST", ["storage"]) => launch::storage(&app, &mut input).await?,
        ("GET" | "POST", ["register"]) => launch::register(&app, &mut input).await?,
        ("GET", ["config", "canvas.json"]) => launch::canvas_json(&app),
        ("GET", ["config", "cartridge.xml"]) => launch::cartridge(&app),
        ("GET", ["jwks"]) => launch::jwks(&app).await?,
        ("GET", ["public-key"]) => launch::public_key(&app).await?,
        (_, ["login" | "register"] | ["login", _]) => {
            return Err(not_allowed("GET, POST").in_any_frame());
        }
        ("GET", ["launch"] | ["launch", _]) => {
            return Err(problems::launch_by_get().in_any_frame());
        }
        (_, ["launch" | "window" | "storage"] | ["launch", _]) if method != "POST" => {
            return Err(not_allowed("POST").in_any_frame());
        }
        (_, ["jwks" | "public-key"] | ["config", "canvas.json" | "cartridge.xml"]) => {
            return Err(not_allowed("GET"));
        }
        _ => return Err(not_found()),
    };
    Ok(page)
}

async fn asset(_: App, input: Input) -> Answer {
    if !matches!(input.method, Method::GET | Method::HEAD) {
        return Err(not_allowed("GET"));
    }
    let served = assets::serve(&input.path).ok_or_else(not_found)?;
    let page = Page::whole(served.asset.media_type, served.asset.bytes);
    // A worker runs under the policy of its own script, not of the page that starts it.
    let page = if pdf::is_worker(&input.path) {
        page.runs_wasm()
    } else {
        page
    };
    // A platform may show us in a sandboxed frame, whose pages have no origin to be the same as.
    Ok(page
        .cache(Cache::Own)
        .with(CACHE_CONTROL, served.cache_control)
        .with(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
}

async fn launched(app: App, mut input: Input) -> Answer {
    let path = input.path.clone();
    let (token, below) = match path.split_once('/') {
        Some((token, below)) if !below.is_empty() => (token, below),
        _ if !matches!(input.method, Method::GET | Method::HEAD) => return Err(not_allowed("GET")),
        _ => return Ok(browse::entrance(&app, path.trim_end_matches('/'))?),
    };
    if let ["media", id, "watched"] = segments(below).as_slice()
        && input.method == Method::POST
        && browse::is_apart(&input)
    {
        let told = browse::watched_apart(&app, token, &mut input, item(id)?).await;
        return told.map_err(|error| Problem::from(error).in_any_frame());
    }
    let member = browse::member(&app, &input, token).await;
    let member = member.map_err(|error| Problem::from(error).in_any_frame())?;
    let origins = || member.session().frame_origins.clone();
    let answer = match segments(below).as_slice() {
        ["uploads"] => uploads(&app, &member, input, None).await,
        ["uploads", id] => uploads(&app, &member, input, Some(id)).await,
        below => launched_page(&app, &member, input, below).await,
    };
    let back = || member.session().return_url.clone();
    answer.map_err(|problem| problem.framed_by(origins()).leading_back(back()))
}

async fn launched_page(app: &App, member: &Member, mut input: Input, below: &[&str]) -> Answer {
    let (method, _) = parts(&input);
    let page = match (method.as_str(), below) {
        (_, ["media", id, below]) => return item_page(app, member, input, item(id)?, below).await,
        ("GET", ["library"]) => browse::library(app, member, &input).await?,
        ("GET", ["upload"]) => browse::upload(app, member, &input).await?,
        ("GET", ["select"]) => browse::select(app, member, &input).await?,
        ("POST", ["select"]) => browse::choose(app, member, &mut input).await?,
        ("GET", ["placement"]) => browse::placement(app, member).await?,
        ("GET", ["course"]) => browse::course(app, member, &input).await?,
        ("POST", ["course", "sync"]) => browse::sync(app, member).await?,
        (_, ["course", "grades", below @ ..]) => {
            return course_grades(app, member, input, &method, below).await;
        }
        ("GET", ["course", "progress"]) => browse::progress(app, member, &input).await?,
        ("GET", ["course", "progress.csv"]) => browse::progress_csv(app, member).await?,
        ("GET", ["course", "people", id]) => browse::person(app, member, person(id)?).await?,
        ("GET", ["progress"]) => browse::own_progress(app, member)?,
        ("POST", ["media", id, "captions", lang, "remove"]) => {
            browse::remove_captions(app, member, item(id)?, lang).await?
        }
        ("GET", ["course", "scores", id]) => browse::scores(app, member, &input, item(id)?)?,
        ("GET", ["tools", "new"]) => browse::new_tool(app, member, &input)?,
        ("POST", ["tools", "new"]) => browse::make_tool(app, member, &mut input).await?,
        ("GET", ["media", id]) => browse::watch(app, member, &input, item(id)?).await?,
        ("GET", ["embed", id]) => browse::embed(app, member, &input, item(id)?).await?,
        ("GET", ["collections", "new"]) => browse::new_collection(app, member)?,
        ("POST", ["collections", "new"]) => {
            browse::make_collection(app, member, &mut input).await?
        }
        (_, ["select"] | ["tools" | "collections", "new"]) => {
            return Err(not_allowed("GET, POST"));
        }
        ("GET", ["embed-code", id]) => browse::embed_code(app, member, &input, item(id)?).await?,
        ("GET", ["me"]) => browse::me(app, member)?,
        ("POST", ["me", "export"]) => browse::export_me(app, member).await?,
        ("POST", ["tab"]) => browse::tab(app, member).await?,
        ("POST", ["sign-out"]) => browse::sign_out(app, member).await?,
        (
            _,
            ["library" | "upload" | "placement" | "course" | "me" | "progress"]
            | ["media" | "embed" | "embed-code", _]
            | ["course", "progress" | "progress.csv"]
            | ["course", "people" | "scores", _],
        ) => {
            return Err(not_allowed("GET"));
        }
        (
            _,
            ["tab" | "sign-out"]
            | ["course", "sync"]
            | ["me", "export"]
            | ["media", _, "captions", _, "remove"],
        ) => {
            return Err(not_allowed("POST"));
        }
        _ => return Err(not_found()),
    };
    Ok(page)
}

/// What is below `course/grades`.
async fn course_grades(
    app: &App,
    member: &Member,
    mut input: Input,
    method: &str,
    below: &[&str],
) -> Answer {
    use browse::grades as pages;
    let page = match (method, below) {
        ("GET", []) => pages::page(app, member, &input)?,
        ("POST", []) => pages::decide(app, member, &mut input).await?,
        ("POST", ["retry"]) => pages::retry(app, member, &mut input).await?,
        ("POST", ["resend"]) => pages::resend(app, member).await?,
        ("POST", ["compare"]) => pages::compare(app, member).await?,
        (_, []) => return Err(not_allowed("GET, POST")),
        (_, ["retry" | "resend" | "compare"]) => return Err(not_allowed("POST")),
        _ => return Err(not_found()),
    };
    Ok(page)
}

/// What is below an item's own page.
async fn item_page(
    app: &App,
    member: &Member,
    mut input: Input,
    id: ItemId,
    below: &str,
) -> Answer {
    let (method, _) = parts(&input);
    let page = match (method.as_str(), below) {
        ("GET", "edit") => browse::edit(app, member, id)?,
        ("GET", "notes") => browse::notes(app, member, id)?,
        ("GET", "viewers") => browse::viewers(app, member, &input, id).await?,
        ("GET", "viewers.csv") => browse::viewers_csv(app, member, id).await?,
        ("POST", "edit") => browse::change(app, member, &mut input, id).await?,
        ("GET", "captions") => browse::captions(app, member, &input, id)?,
        ("POST", "captions") => browse::add_captions(app, member, &mut input, id).await?,
        ("POST", "watched") => browse::watched(app, member, &mut input, id).await?,
        ("POST", "poster") => browse::poster(app, member, &mut input, id).await?,
        ("POST", "delete") => browse::delete(app, member, id).await?,
        ("POST", "restore") => browse::restore(app, member, id).await?,
        ("POST", "delete-for-good") => browse::delete_for_good(app, member, id).await?,
        ("GET", "share") => browse::share(app, member, &input, id)?,
        ("POST", "share") => browse::give(app, member, &mut input, id).await?,
        ("POST", "unshare") => browse::unshare(app, member, &mut input, id).await?,
        ("POST", "link") => browse::link(app, member, id).await?,
        ("POST", "unlink") => browse::unlink(app, member, &mut input, id).await?,
        ("POST", "place") => browse::place(app, member, id).await?,
        ("POST", "unplace") => browse::unplace(app, member, &mut input, id).await?,
        ("POST", "withdraw") => browse::withdraw(app, member, &mut input, id).await?,
        ("POST", "allow") => browse::allow(app, member, &mut input, id).await?,
        ("POST", "location") => browse::decide(app, member, &mut input, id).await?,
        ("GET" | "POST", "launch") => browse::launch_tool(app, member, id).await?,
        ("POST", "consent") => browse::tool_consent(app, member, &mut input, id).await?,
        ("GET", "tool") => browse::edit_tool(app, member, &input, id)?,
        ("POST", "tool") => browse::change_tool(app, member, &mut input, id).await?,
        ("GET", "pick") => browse::pick(app, member, &input, id)?,
        ("GET", "picking") => browse::picking(app, member, &input, id)?,
        ("GET", "contents") => browse::contents(app, member, &input, id)?,
        ("POST", "contents") => browse::change_contents(app, member, &mut input, id).await?,
        (_, "edit" | "share" | "captions" | "launch" | "tool" | "contents") => {
            return Err(not_allowed("GET, POST"));
        }
        (_, "notes" | "viewers" | "viewers.csv") => return Err(not_allowed("GET")),
        (
            _,
            "watched" | "poster" | "delete" | "restore" | "delete-for-good" | "unshare" | "link"
            | "unlink" | "place" | "unplace" | "withdraw" | "allow" | "location" | "consent",
        ) => return Err(not_allowed("POST")),
        _ => return Err(not_found()),
    };
    Ok(page)
}

/// An item's page for whoever comes by.
async fn media(app: App, input: Input) -> Answer {
    let (method, path) = parts(&input);
    match (method.as_str(), segments(&path).as_slice()) {
        ("GET", [id]) => Ok(browse::outside::media(&app, &input, id)?),
        (_, [_]) => Err(not_allowed("GET")),
        _ => Err(not_found()),
    }
}

/// The same to stand in anybody's page, where refusals are to be read too.
async fn embed(app: App, input: Input) -> Answer {
    let (method, path) = parts(&input);
    let answer = match (method.as_str(), segments(&path).as_slice()) {
        ("GET", [id]) => browse::outside::embed(&app, &input, id).map_err(Problem::from),
        (_, [_]) => Err(not_allowed("GET")),
        _ => Err(not_found()),
    };
    answer.map_err(Problem::in_any_frame)
}

async fn oembed(app: App, input: Input) -> Answer {
    let (method, path) = parts(&input);
    let answer = match (method.as_str(), path.as_str()) {
        ("GET", "") => browse::oembed(&app, &input).map_err(Problem::from),
        (_, "") => Err(not_allowed("GET")),
        _ => Err(not_found()),
    };
    answer.map_err(Problem::readable_anywhere)
}

/// The one group that tells HEAD from GET, and wants a header in every refusal.
async fn uploads(app: &App, member: &Member, input: Input, id: Option<&str>) -> Answer {
    match browse::tus::uploads(app, member, input, id).await {
        Ok(Some(page)) => Ok(page),
        Ok(None) => Err(not_allowed(browse::tus::methods(id.is_some())).for_tus()),
        Err(error) => Err(Problem::from(error).for_tus()),
    }
}

async fn files(app: App, input: Input) -> Answer {
    let (method, path) = parts(&input);
    match (method.as_str(), segments(&path).as_slice()) {
        ("GET", [id, name]) => Ok(browse::file(&app, &input, item(id)?, name).await?),
        (_, [_, _]) => Err(not_allowed("GET")),
        _ => Err(not_found()),
    }
}

/// The item that a part of a path names.
fn item(text: &str) -> Result<ItemId, Problem> {
    text.parse().map_err(|_| not_found())
}

/// The person that a part of a path names.
fn person(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| not_found())
}

/// The front page, health and metrics; everything else is nobody's.
async fn front_page(app: App, input: Input) -> Answer {
    let (method, path) = parts(&input);
    match (method.as_str(), path.as_str()) {
        ("GET", "") => Ok(front::page_of(&app)),
        ("GET", "health") => Ok(front::health(&app)),
        ("GET", "metrics") => front::metrics(&app, &input).ok_or_else(not_found),
        (_, "" | "health" | "metrics") => Err(not_allowed("GET")),
        _ => Err(not_found()),
    }
}
