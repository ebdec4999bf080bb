//! The accept loop: plain HTTP or HTTPS on one listener, HTTP/1.1 and HTTP/2, a time limit for
//! headers, and an end that lets requests in flight finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

use super::edge::Edge;
use super::tls::Certificates;

/// How long the headers of a request may take, and a TLS handshake.
const HEADER_TIME: Duration = Duration::from_secs(15);
/// How often HTTP/2 connections are asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long an answer may wait for a client that takes none of it. Players that are paused fall
/// silent for longer; they ask for the rest anew.
const WRITE_TIME: Duration = Duration::from_mins(1);
/// Bytes of an answer over HTTP/1.1 that may wait for the network before more are asked for: short,
/// since they add to the chunk of media that is on its way. It bounds the headers of a request too.
const HTTP1_BUFFER: usize = 64 * 1024;
/// How long requests in flight may take to finish at the end.
const GRACE: Duration = Duration::from_secs(20);
/// Connections at a time.
const MOST_CONNECTIONS: usize = 10_000;
/// The first byte of a TLS handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// Serves until `stop` turns true, then lets requests in flight finish.
pub(super) async fn serve(
    listener: TcpListener,
    edge: Edge,
    certificates: Option<Certificates>,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(connections()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        // Without a place the connection is closed at once: better than to let it hang.
        let Ok(place) = places.clone().try_acquire_owned() else {
            continue;
        };
        let connection = Connection {
            edge: edge.clone(),
            certificates: certificates.clone(),
            watcher: graceful.watcher(),
            peer,
        };
        tokio::spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// Connections at a time: as many as there are file descriptors for, each of them perhaps playing a
/// file, with some left for the store, which must never want for one.
fn connections() -> usize {
    const FOR_THE_STORE: u64 = 256;
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let descriptors = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let free = descriptors.map_or(u64::MAX, |all| all.saturating_sub(FOR_THE_STORE));
    usize::try_from(free / 2).map_or(MOST_CONNECTIONS, |places| places.min(MOST_CONNECTIONS))
}

/// Out of file descriptors, say: accepting again at once would only spin.
async fn pause_after(error: &io::Error) {
    tracing::error!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

struct Connection {
    edge: Edge,
    certificates: Option<Certificates>,
    watcher: Watcher,
    peer: SocketAddr,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        // Small answers should not wait for more to come; failing to say so changes nothing else.
        let _ = stream.set_nodelay(true);
        let edge = self.edge.clone();
        let Some(certificates) = self.certificates.clone() else {
            return self.http1(stream, edge).await;
        };
        match timeout(HEADER_TIME, first_byte(&stream)).await {
            Ok(Ok(TLS_HANDSHAKE)) => {
                let handshake = certificates.acceptor().accept(stream);
                match timeout(HEADER_TIME, handshake).await {
                    Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                        self.http2(stream, edge).await;
                    }
                    Ok(Ok(stream)) => self.http1(stream, edge).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => {}
                }
            }
            // Plain HTTP where HTTPS is served: such a request is only sent on to HTTPS.
            Ok(Ok(_)) => self.http1(stream, edge.only_redirecting()).await,
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn http1<S>(self, stream: S, edge: Edge)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = self.peer;
        let service = service_fn(move |request| edge.clone().answer(request, peer));
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIME));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .max_buf_size(HTTP1_BUFFER)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        ended(self.watcher.watch(connection).await);
    }

    async fn http2<S>(self, stream: S, edge: Edge)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = self.peer;
        let service = service_fn(move |request| edge.clone().answer(request, peer));
        // Whoever is alive answers the pings, so that a silent end is noticed, even one that never
        // says its first word.
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(PING_EVERY * 3));
        stream.set_write_timeout(Some(WRITE_TIME));
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .max_header_list_size(64 * 1024)
            .max_concurrent_streams(32)
            .max_send_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        ended(self.watcher.watch(connection).await);
    }
}

fn ended(outcome: Result<(), hyper::Error>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn first_byte(stream: &TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    match stream.peek(&mut byte).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(byte[0]),
    }
}
