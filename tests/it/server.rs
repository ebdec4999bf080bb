//! What holds for every request: hosts, paths, methods, headers.

use std::io::{Read, Write};
use std::net::TcpStream;

use http::Method;

use crate::harness::admin::{claim, claim_link};
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

/// The status with which a request, written as it stands, is answered.
fn status_of(server: &Server, request: &str) -> u16 {
    let mut stream = TcpStream::connect(&server.authority).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_default();
    status.parse().unwrap_or_else(|_| panic!("{answer}"))
}

#[test]
fn only_our_own_hosts_are_answered() {
    let server = Setup::new().start();
    let own = server.authority.clone();
    let port = own.split(':').nth(1).unwrap().to_owned();
    let get = |target: &str, hosts: &[&str]| {
        let mut request = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n");
        for host in hosts {
            request.extend(["Host: ", host, "\r\n"]);
        }
        request.push_str("\r\n");
        status_of(&server, &request)
    };
    let at = |name: &str| format!("{name}:{port}");
    let own_names = ["127.0.0.1", "localhost", "LocalHost", "[::1]"];
    for host in own_names.map(at) {
        assert_eq!(get("/health", &[&host]), 200, "{host}");
    }
    let foreign = [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "localhost:x",
        "user@localhost",
        "127.1",
        "0.0.0.0",
        "10.0.0.1",
    ];
    for host in foreign.into_iter().map(str::to_owned).chain([at("evil")]) {
        assert_eq!(get("/health", &[&host]), 421, "{host}");
    }
    for hosts in [&[""][..], &[], &[&own, "evil.example"], &[&own, &own]] {
        let status = get("/health", hosts);
        assert!(status == 400 || status == 421, "{hosts:?}: {status}");
    }
    // The absolute form names the host in the target, which counts (RFC 9112, section 3.2.2).
    assert_eq!(get(&format!("http://{own}/health"), &[&own]), 200);
    assert_eq!(get("http://evil.example/health", &[&own]), 421);
    let old = "GET /health HTTP/1.0\r\n\r\n";
    assert_eq!(status_of(&server, old), 421);
}

/// Every kind of answer: its method, path, status and whether it may be framed.
async fn kinds(server: &Server) -> Vec<(String, Answer)> {
    let mut browser = Browser::new();
    let front = browser.open(&server.url("/")).await;
    let asset = front.attribute("stylesheet\" href").unwrap();
    let asset = asset.as_str();
    let mut answers = Vec::new();
    let requests = [
        (Method::GET, "/", 200),
        (Method::GET, "/lti/jwks", 200),
        (Method::GET, "/lti/public-key", 200),
        (Method::GET, "/health", 200),
        (Method::GET, asset, 200),
        (Method::GET, "/admin/", 303),
        (Method::GET, "/admin/sign-in", 200),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/assets/nothing", 404),
        (Method::GET, "/metrics", 404),
        (Method::GET, "/practice/", 404),
        (Method::GET, "/files/0/original", 404),
        (Method::GET, "/s/made-up/library", 403),
        (Method::POST, "/", 405),
        (Method::DELETE, "/lti/login", 405),
        (Method::GET, "/lti/launch", 405),
        (Method::POST, "/lti/launch", 415),
        (Method::PUT, "/admin/sign-in", 405),
        (Method::POST, "/lti/jwks", 405),
        (Method::POST, asset, 405),
    ];
    for (method, path, status) in requests {
        for accept in ["text/html", "application/json"] {
            let name = format!("{method} {path} as {accept}");
            let headers = [("accept", accept)];
            let url = server.url(path);
            let answer = browser.send(method.clone(), &url, &headers, "").await;
            assert_eq!(answer.status, status, "{name}\n{}", answer.text());
            answers.push((name, answer));
        }
    }
    answers
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let server = Setup::new().start();
    for (name, answer) in kinds(&server).await {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{name}");
        let resources = answer.header("cross-origin-resource-policy");
        // A sandboxed frame has an origin of its own and needs our styles and scripts all the same.
        let asset = name.contains("/assets/") && answer.status.is_success();
        let own = if asset { "cross-origin" } else { "same-origin" };
        assert_eq!(resources, own, "{name}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{name}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        let cache = answer.header("cache-control");
        let kept = name.contains("/assets/") || name.starts_with("GET /lti/jwks");
        if !kept || !answer.status.is_success() {
            assert_eq!(cache, "no-store", "{name}");
        }
        let lti = name.contains(" /lti/login") || name.contains(" /lti/launch");
        let anyone = lti || name.contains(" /s/");
        assert_eq!(
            policy.contains("frame-ancestors 'none'"),
            !anyone,
            "{name}: {policy}"
        );
        assert_eq!(
            answer.header("x-frame-options") == "DENY",
            !anyone,
            "{name}"
        );
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "plain http promises nothing"
        );
        assert_eq!(answer.header("server"), "", "{name}");
        if answer.status == 405 {
            assert_ne!(answer.header("allow"), "", "{name}");
        }
        if answer.status.is_client_error() {
            assert_ne!(answer.code(), "", "{name}");
            assert_ne!(answer.reference(), "", "{name}");
            let own = if name.ends_with("json") {
                "application/json"
            } else {
                "text/html"
            };
            assert!(answer.header("content-type").starts_with(own), "{name}");
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    let server = Setup::new().start();
    let mut browser = Browser::new();
    let front = browser.open(&server.url("/")).await;
    let asset = front.attribute("stylesheet\" href").unwrap();
    for path in ["/", "/lti/jwks", "/health", "/admin/", "/nothing", &asset] {
        let url = server.url(path);
        let get = browser.send(Method::GET, &url, &[], "").await;
        let head = browser.send(Method::HEAD, &url, &[], "").await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "cache-control", "location"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn figures_are_for_whoever_has_the_token() {
    let server = Setup::new()
        .with("[metrics]\ntoken = \"scraper's own token\"")
        .start();
    let url = server.url("/metrics");
    let mut browser = Browser::new();
    let wrong = [
        "Bearer wrong",
        "scraper's own token",
        "Basic scraper's own token",
        "Bearer ",
    ];
    for authorization in wrong {
        let headers = [("authorization", authorization)];
        let answer = browser.send(Method::GET, &url, &headers, "").await;
        answer.assert_problem(404, "not-found");
    }
    browser.open(&url).await.assert_problem(404, "not-found");
    let headers = [("authorization", "Bearer scraper's own token")];
    let answer = browser.send(Method::GET, &url, &headers, "").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    assert!(answer.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn everything_lives_below_the_path_of_the_public_address() {
    let platform = Platform::start("based").await;
    let setup = Setup::new().on_one_port();
    let public = format!("http://{}/lanterna", setup.listen());
    let server = setup
        .env("LANTERNA_SERVER__PUBLIC_URL", &public)
        .with(&platform.entry())
        .start();
    let mut browser = Browser::new();
    let url = |path: &str| format!("http://{}{path}", public[7..].split('/').next().unwrap());
    for path in ["/", "/health", "/lanternax/health", "/lti/jwks", "/admin/"] {
        let answer = browser.open(&url(path)).await;
        answer.assert_problem(404, "not-found");
    }
    let bare = browser.open(&url("/lanterna?a=b")).await;
    assert_eq!(bare.status, 308, "relative links need the slash");
    assert_eq!(bare.location(), "/lanterna/?a=b");
    let front = browser.open(&url("/lanterna/")).await;
    assert_eq!(front.status, 200);
    let asset = front.attribute("stylesheet\" href").unwrap();
    assert!(asset.starts_with("/lanterna/assets/"), "{asset}");
    assert_eq!(browser.get(&url(&asset)).await.status, 200);
    let answer = browser.open(&url("/lanterna/admin/")).await;
    assert_eq!(answer.location(), "/lanterna/admin/sign-in");
    assert!(claim_link(&server).starts_with(&format!("{public}/admin/claim/")));
    let answer = claim(&mut browser, &claim_link(&server)).await;
    assert_eq!(answer.location(), "/lanterna/admin/");

    let answer = platform
        .launch(&mut browser, &server, "robin", roles::STUDENT)
        .await;
    let path = answer.assert_opened();
    assert!(path.starts_with("/lanterna/s/"), "{path}");
    let page = browser.get(&url(&format!("{path}library"))).await;
    assert_eq!(page.status, 200);
}
