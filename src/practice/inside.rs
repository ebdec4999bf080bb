//! What Lanterna asks of the practice course, answered in process: no request goes out for it, so
//! that it needs no exception from the rules of the network.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::grades::{self, Call};
use super::{Error, address, outcomes, platform, registering, services};
use crate::app::{App, Content, Form, Page, WeakApp};
use crate::outbound::{Request, Response};
use crate::services::calls::{Answering, Inside};

/// The practice course for calls from within.
#[derive(Debug)]
struct Practice(WeakApp);

/// Lets the practice course answer what Lanterna asks of it, while it is on.
pub fn answer_inside(app: &App) {
    if app.config.practice_on() {
        let practice = Practice(app.weak());
        app.calls.practice(std::sync::Arc::new(practice));
    }
}

impl Inside for Practice {
    fn answer(&self, request: Request) -> Answering<'_> {
        let app = self.0.app();
        Box::pin(async move {
            let page = match app {
                Some(app) => page(&app, &request).await,
                None => Ok(services::refused(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                )),
            };
            response(page)
        })
    }
}

async fn page(app: &App, request: &Request) -> Result<Page, Error> {
    let base = address(app, "");
    let url = request.url.as_str();
    let below = url.strip_prefix(base.as_str()).unwrap_or_default();
    let path = below.split(['?', '#']).next().unwrap_or_default();
    let header = |name| {
        let value = request.headers.get(name);
        value.and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let authorization = header(AUTHORIZATION).unwrap_or_default();
    match (request.method.clone(), path) {
        (Method::POST, "/token") => services::grant(app, &Form::parse(&request.body)).await,
        (Method::GET, "/memberships") => {
            let query = request.url.query().unwrap_or_default();
            services::roster(app, authorization, query).await
        }
        (method, path) if let Some(path) = path.strip_prefix("/ags/") => {
            let call = Call {
                method: &method,
                path: &path.split('/').collect::<Vec<_>>(),
                query: request.url.query().unwrap_or_default(),
                headers: &request.headers,
            };
            grades::answer(app, &call, async |_| Ok(request.body.to_vec())).await
        }
        (Method::POST, "/outcomes") => {
            let query = request.url.query().unwrap_or_default();
            outcomes::answer(app, &request.headers, query, async |_| {
                Ok(request.body.to_vec())
            })
            .await
        }
        (Method::GET, "/jwks") => platform::jwks(app).await,
        (Method::GET, registering::CONFIGURATION) => Ok(registering::configuration(app)),
        (Method::POST, "/register") => registering::answer(app, authorization, &request.body).await,
        _ => Err(Error::NotFound),
    }
}

fn response(page: Result<Page, Error>) -> Response {
    let page = page.unwrap_or_else(|error| match error {
        Error::NotFound => services::refused(StatusCode::NOT_FOUND, "not_found"),
        error => {
            tracing::warn!(%error, "the practice course could not answer");
            services::refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    });
    let mut headers: HeaderMap = page.headers.into_iter().collect();
    let body = match page.content {
        Content::Whole(media_type, bytes) => {
            if let Ok(value) = HeaderValue::from_str(&media_type) {
                headers.insert(CONTENT_TYPE, value);
            }
            bytes
        }
        Content::Html(html) => html.into(),
        Content::Empty | Content::Stream(_) => bytes::Bytes::new(),
    };
    Response {
        status: page.status,
        headers,
        body,
        date: None,
    }
}
