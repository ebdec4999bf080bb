//! The accept loop: plain HTTP or HTTPS on one listener, HTTP/1.1 and HTTP/2, a time limit for
//! headers, and an end that lets requests in flight finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::edge::Edge;
use super::tls::Certificates;

/// How long the headers of a request may take, and a TLS handshake.
const HEADER_TIME: Duration = Duration::from_secs(15);
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
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
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
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
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
        let Some(certificates) = self.certificates.clone() else {
            let edge = self.edge.clone();
            return self.http(stream, edge).await;
        };
        match tokio::time::timeout(HEADER_TIME, first_byte(&stream)).await {
            Ok(Ok(TLS_HANDSHAKE)) => {
                let handshake = certificates.acceptor().accept(stream);
                match tokio::time::timeout(HEADER_TIME, handshake).await {
                    Ok(Ok(stream)) => {
                        let edge = self.edge.clone();
                        self.http(stream, edge).await;
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => {}
                }
            }
            // Plain HTTP where HTTPS is served: such a request is only sent on to HTTPS.
            Ok(Ok(_)) => {
                let edge = self.edge.only_redirecting();
                self.http(stream, edge).await;
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn http<S>(self, stream: S, edge: Edge)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(30))
            .max_header_list_size(64 * 1024)
            .max_concurrent_streams(100);
        let peer = self.peer;
        let service = hyper::service::service_fn(move |request| edge.clone().answer(request, peer));
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

async fn first_byte(stream: &TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    match stream.peek(&mut byte).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(byte[0]),
    }
}
