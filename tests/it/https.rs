//! HTTPS from certificate files.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::harness::client::Browser;
use crate::harness::fixture;
use crate::harness::server::{Server, Setup};

fn start(certificate: &str, key: &str) -> Setup {
    let [certificate, key] = [certificate, key].map(|name| fixture(&format!("tls/{name}")));
    Setup::new().with(&format!(
        "[tls]\nmode = \"files\"\ncertificate = '{}'\nkey = '{}'",
        certificate.display(),
        key.display()
    ))
}

/// What the tests' authority vouches for.
fn trust() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(fixture("tls/ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Gets the health of a server over one version of HTTP.
async fn health(server: &Server, version: Version) -> (Version, http::HeaderMap, Bytes) {
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(trust())
        .https_only();
    let connector = if version == Version::HTTP_2 {
        builder.enable_http2().build()
    } else {
        builder.enable_http1().build()
    };
    let client = Client::builder(TokioExecutor::new())
        .http2_only(version == Version::HTTP_2)
        .build(connector);
    let request = Request::get(format!("https://{}/health", server.authority));
    let answer = client.request(request.body(Empty::<Bytes>::new()).unwrap());
    let (parts, body) = answer.await.unwrap().into_parts();
    assert_eq!(parts.status, 200);
    let body = body.collect().await.unwrap().to_bytes();
    (parts.version, parts.headers, body)
}

#[tokio::test]
async fn both_versions_of_http_are_served_with_the_certificate() {
    let server = start("server.pem", "server.key").start();
    let greeting = server.greeting.join("\n");
    assert!(
        greeting.contains("Listening on https://127.0.0.1:"),
        "{greeting}"
    );
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (spoken, headers, body) = health(&server, version).await;
        assert_eq!(spoken, version);
        assert_eq!(body, r#"{"status":"ok"}"#);
        assert_eq!(headers["strict-transport-security"], "max-age=31536000");
    }
    let (done, _, errors) = server.run(&["healthcheck"]);
    assert!(done, "{errors}");
}

#[tokio::test]
async fn plain_http_is_only_sent_on_to_https() {
    let server = start("server.pem", "server.key").start();
    let mut browser = Browser::new();
    let https = format!("https://{}", server.authority);
    for path in ["/", "/lti/launch?a=b", "/nothing"] {
        let answer = browser.open(&server.url(path)).await;
        assert_eq!(answer.status, 308, "{path}");
        assert_eq!(answer.location(), format!("{https}{path}"));
        assert!(answer.body.is_empty());
    }
    let foreign = [("host", "evil.example")];
    let url = server.url("/");
    let answer = browser.send(http::Method::GET, &url, &foreign, "").await;
    answer.assert_problem(421, "wrong-host");
}

#[test]
fn a_certificate_without_its_key_is_refused_in_words() {
    let (done, errors) = start("server.pem", "other.key").fail();
    assert!(!done);
    assert!(errors.contains("tls:"), "{errors}");
    assert!(errors.contains("other.key"), "{errors}");
}
