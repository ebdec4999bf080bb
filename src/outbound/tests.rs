//! The HTTP client, against servers that answer well and badly.

mod proxies;
mod refused;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";

/// A server on loopback that gives every connection the same answer, and keeps what it was asked.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn plain(answer: impl Into<String>) -> Self {
        Self::start(answer.into(), None).await
    }

    async fn tls(certificate: &str) -> Self {
        let read = |name: &str| std::fs::read(format!("{FIXTURES}/{name}")).unwrap();
        let chain = CertificateDer::pem_slice_iter(&read(certificate))
            .map(Result::unwrap)
            .collect();
        let key = PrivateKeyDer::from_pem_slice(&read("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::start(OK.into(), Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start(answer: String, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                match &tls {
                    None => serve(stream, &answer, &kept).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(stream, &answer, &kept).await;
                        }
                    }
                }
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn address(&self, scheme: &str, host: &str) -> Url {
        format!("{scheme}://{host}:{}/keys?a=b", self.port)
            .parse()
            .unwrap()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    heads: &Mutex<Vec<String>>,
) {
    let head = head(&mut stream).await;
    heads.lock().unwrap().push(head);
    if answer.is_empty() {
        // Hangs until the other side has gone.
        let _ = stream.read(&mut [0]).await;
        return;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// Answers the next of a few lists of addresses to each question, then the last one for ever.
struct Scripted(Mutex<Vec<Vec<&'static str>>>);

impl Scripted {
    fn always(addresses: &[&'static str]) -> Self {
        Self::then(vec![addresses.to_vec()])
    }

    fn then(mut answers: Vec<Vec<&'static str>>) -> Self {
        answers.reverse();
        Self(Mutex::new(answers))
    }
}

impl Resolve for Scripted {
    fn resolve(&self, _: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop().unwrap(),
        };
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), port);
        let found: Vec<_> = answer.into_iter().map(at).collect();
        Box::pin(async move { Ok(found) })
    }
}

fn config(variables: &[(&str, String)]) -> Config {
    let owned = |(name, value): &(&str, String)| (OsString::from(name), OsString::from(value));
    Config::load(None, variables.iter().map(owned))
        .unwrap()
        .config
}

fn trusting(hosts: &[String]) -> (&'static str, String) {
    ("LANTERNA_OUTBOUND__TRUSTED_HOSTS", format!("{hosts:?}"))
}

fn own_authority() -> (&'static str, String) {
    ("LANTERNA_OUTBOUND__CA_FILE", format!("{FIXTURES}/ca.pem"))
}

fn client(variables: &[(&str, String)], resolver: Scripted) -> Outbound {
    Outbound::with(&config(variables), Box::new(resolver), PATIENCE).unwrap()
}

/// A client that trusts the server by http, under the name `moodle.test`.
fn trusted(server: &Server) -> Outbound {
    let host = format!("http://moodle.test:{}", server.port);
    client(&[trusting(&[host])], Scripted::always(&["127.0.0.1"]))
}

async fn get(client: &Outbound, url: Url) -> Result<Response, Error> {
    client.send(Request::get(url, 1000)).await
}

#[tokio::test]
async fn a_trusted_host_is_reached_as_written() {
    let answer = "HTTP/1.1 404 Not Found\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                  x-some: thing\r\ncontent-length: 4\r\n\r\nnone";
    let server = Server::plain(answer).await;
    let response = get(&trusted(&server), server.address("http", "moodle.test"))
        .await
        .unwrap();
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    assert_eq!(response.headers["x-some"], "thing");
    assert_eq!(&response.body[..], b"none");
    assert_eq!(response.date, Some(Time::from_seconds(784_111_777)));

    let head = server.heads()[0].to_lowercase();
    assert!(head.starts_with("get /keys?a=b http/1.1\r\n"), "{head}");
    assert!(
        head.contains(&format!("\r\nuser-agent: {}\r\n", AGENT.to_lowercase())),
        "{head}"
    );
    assert!(
        head.contains(&format!("\r\nhost: moodle.test:{}\r\n", server.port)),
        "{head}"
    );
}

#[tokio::test]
async fn a_body_and_headers_are_sent_but_no_other_agent() {
    let server = Server::plain(OK).await;
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer abc"));
    headers.insert("user-agent", HeaderValue::from_static("another"));
    let request = Request {
        method: Method::POST,
        headers,
        body: Bytes::from_static(b"a=b"),
        ..Request::get(server.address("http", "moodle.test"), 10)
    };
    trusted(&server).send(request).await.unwrap();
    let head = server.heads()[0].to_lowercase();
    assert!(
        head.starts_with("post ") && head.contains("content-length: 3"),
        "{head}"
    );
    assert!(
        head.contains("bearer abc") && !head.contains("another"),
        "{head}"
    );
}

#[tokio::test]
async fn redirects_are_named_and_not_followed() {
    let server = Server::plain(
        "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/in?token=secret\r\n\
         content-length: 0\r\nconnection: close\r\n\r\n",
    )
    .await;
    let refused = get(&trusted(&server), server.address("http", "moodle.test"))
        .await
        .unwrap_err();
    let expected = format!(
        "moodle.test:{} answered with a redirect (302) to http://10.0.0.1/in",
        server.port
    );
    assert_eq!(refused.to_string(), expected);
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn not_modified_is_an_answer() {
    let server = Server::plain("HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n").await;
    let response = get(&trusted(&server), server.address("http", "moodle.test"))
        .await
        .unwrap();
    assert_eq!(response.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn large_answers_are_cut_off() {
    let body = "x".repeat(1001);
    let sized = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{body}");
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{body}\r\n0\r\n\r\n");
    for answer in [sized, chunked] {
        let server = Server::plain(answer).await;
        let url = server.address("http", "moodle.test");
        let client = trusted(&server);
        let refused = get(&client, url.clone()).await.unwrap_err();
        assert!(
            matches!(refused, Error::TooLarge { limit: 1000, .. }),
            "{refused}"
        );
        assert_eq!(
            client
                .send(Request::get(url, 1001))
                .await
                .unwrap()
                .body
                .len(),
            1001
        );
    }
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let head = "x-a: b\r\n".repeat(MOST_HEAD);
    let server = Server::plain(format!("HTTP/1.1 200 OK\r\n{head}")).await;
    let refused = get(&trusted(&server), server.address("http", "moodle.test"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Broken { .. }), "{refused}");
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"] {
        let server = Server::plain(answer).await;
        let config = config(&[trusting(&[format!("http://moodle.test:{}", server.port)])]);
        let patience = Patience {
            total: Duration::from_millis(200),
            ..PATIENCE
        };
        let resolver = Scripted::always(&["127.0.0.1"]);
        let client = Outbound::with(&config, Box::new(resolver), patience).unwrap();
        let refused = get(&client, server.address("http", "moodle.test"))
            .await
            .unwrap_err();
        let expected = match answer {
            "" => format!("moodle.test:{} did not answer within 0.2 s", server.port),
            _ => format!(
                "moodle.test:{} broke off, or did not answer in HTTP",
                server.port
            ),
        };
        assert_eq!(refused.to_string(), expected);
    }
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    let server = Server::plain("SSH-2.0-OpenSSH_9.9\r\n").await;
    let refused = get(&trusted(&server), server.address("http", "moodle.test"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Broken { .. }), "{refused}");
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_told() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let trusted = [trusting(&[format!("moodle.test:{unused}")])];
    let url: Url = format!("https://moodle.test:{unused}/").parse().unwrap();
    let host = format!("moodle.test:{unused}");

    let refused = get(
        &client(&trusted, Scripted::always(&["127.0.0.1"])),
        url.clone(),
    )
    .await;
    assert_eq!(refused.unwrap_err(), Error::Refused { host: host.clone() });
    let unknown = get(&client(&trusted, Scripted::always(&[])), url).await;
    assert_eq!(unknown.unwrap_err(), Error::UnknownHost { host });
}

#[tokio::test]
async fn certificates_are_checked() {
    let reason = async |certificate: &str, host: &str, authority: bool| {
        let server = Server::tls(certificate).await;
        let mut variables = vec![trusting(&[format!("{host}:{}", server.port)])];
        variables.extend(authority.then(own_authority));
        let client = client(&variables, Scripted::always(&["127.0.0.1"]));
        match get(&client, server.address("https", host)).await {
            Ok(response) => format!("{}", response.status),
            Err(Error::Tls { reason, .. }) => reason.to_owned(),
            Err(other) => other.to_string(),
        }
    };
    assert_eq!(reason("server.pem", "moodle.test", true).await, "200 OK");
    assert!(
        reason("server.pem", "moodle.test", false)
            .await
            .contains("unknown authority")
    );
    assert!(
        reason("server.pem", "other.test", true)
            .await
            .contains("for another name")
    );
    assert!(
        reason("expired.pem", "moodle.test", true)
            .await
            .contains("has expired")
    );
}

#[tokio::test]
async fn what_is_not_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let variables = [trusting(&[format!("moodle.test:{port}")])];
    let client = client(&variables, Scripted::always(&["127.0.0.1"]));
    let url = format!("https://moodle.test:{port}/").parse().unwrap();
    let refused = get(&client, url).await.unwrap_err();
    assert!(matches!(refused, Error::Tls { .. }), "{refused}");
}

#[test]
fn the_file_of_authorities_must_hold_some() {
    for (file, told) in [
        ("server.key", "holds no certificates"),
        ("none.pem", "cannot be read"),
    ] {
        let variables = [("LANTERNA_OUTBOUND__CA_FILE", format!("{FIXTURES}/{file}"))];
        let refused = Outbound::new(&config(&variables)).unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    }
}

/// A proxy on loopback that connects everything to one port.
#[tokio::test]
async fn what_may_be_kept_is_checked_again_when_it_is_used() {
    let changing = Scripted::then(vec![vec!["8.8.8.8"], vec!["127.0.0.1"]]);
    let client = client(&[], changing);
    let url: Url = "https://lms.test/register".parse().unwrap();
    assert_eq!(client.may_reach(&url).await, Ok(()));
    let refused = client.may_reach(&url).await.unwrap_err();
    assert!(matches!(refused, Error::Private { .. }), "{refused}");
    let refused = get(&client, url).await.unwrap_err();
    assert!(matches!(refused, Error::Private { .. }), "{refused}");
    let plain = "http://lms.test/register".parse().unwrap();
    let refused = client.may_reach(&plain).await.unwrap_err();
    assert!(matches!(refused, Error::PlainHttp { .. }), "{refused}");
}
