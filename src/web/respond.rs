//! Turns what a handler answers into an HTTP response with the headers that every answer has.

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};
use warp::Reply;
use warp::reply::Response;

use crate::app::{App, CROSS_ORIGIN_RESOURCE_POLICY, Cache, Content, Framing, Page, Referrer};

/// The response for a page.
pub(super) fn response(app: &App, page: Page) -> Response {
    let policy = content_security_policy(&page);
    let mut response = body(page.content);
    *response.status_mut() = page.status;
    let headers = response.headers_mut();
    for (name, value) in page.headers {
        headers.append(name, value);
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        headers,
        header::REFERRER_POLICY,
        match page.referrer {
            Referrer::Nothing => "no-referrer",
            Referrer::Origin => "strict-origin",
        },
    );
    // Media bring a stricter policy of their own, assets a wider one.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        set(headers, header::CONTENT_SECURITY_POLICY, &policy);
    }
    if !headers.contains_key(CROSS_ORIGIN_RESOURCE_POLICY) {
        set(headers, CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    }
    if page.framing == Framing::Nobody {
        set(headers, header::X_FRAME_OPTIONS, "DENY");
    }
    match page.cache {
        Cache::Never => set(headers, header::CACHE_CONTROL, "no-store"),
        Cache::Forever => {
            set(
                headers,
                header::CACHE_CONTROL,
                "public, max-age=31536000, immutable",
            );
        }
        Cache::Seconds(n) => set(
            headers,
            header::CACHE_CONTROL,
            &format!("public, max-age={n}"),
        ),
        Cache::Own => {}
    }
    if app.public().is_https() {
        set(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000",
        );
    }
    response
}

fn body(content: Content) -> Response {
    match content {
        Content::Empty => warp::reply().into_response(),
        Content::Html(html) => warp::reply::html(html).into_response(),
        Content::Whole(media_type, bytes) => {
            let mut response = Response::new(bytes.into());
            set(response.headers_mut(), header::CONTENT_TYPE, &media_type);
            response
        }
        Content::Stream(stream) => warp::reply::stream(stream).into_response(),
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Scripts, styles, pictures and media come from Lanterna itself, never from inside the page.
fn content_security_policy(page: &Page) -> String {
    let mut policy = String::from("default-src 'none'; script-src 'self'");
    if page.wasm {
        policy.push_str(" 'wasm-unsafe-eval'");
    }
    policy.push_str(
        "; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' \
         blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'",
    );
    for origin in &page.form_origins {
        policy.push(' ');
        policy.push_str(origin);
    }
    // Browsers look at redirects, too.
    let beyond = |origins: &[String]| page.beyond && !origins.is_empty();
    if beyond(&page.form_origins) {
        policy.push_str(" https:");
    }
    policy.push_str("; frame-src 'self'");
    for origin in &page.frames {
        policy.push(' ');
        policy.push_str(origin);
    }
    if beyond(&page.frames) {
        policy.push_str(" https:");
    }
    match &page.framing {
        Framing::Nobody => policy.push_str("; frame-ancestors 'none'"),
        Framing::Anyone => {}
        Framing::Origins(origins) => {
            policy.push_str("; frame-ancestors 'self'");
            for origin in origins {
                policy.push(' ');
                policy.push_str(origin);
            }
        }
    }
    policy
}
