//! Many clients who each take a film at its own speed.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;

use super::client::{Target, Visitor};

/// How many come, and how long they stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) people: u64,
    pub(crate) time: Duration,
}

/// What each takes, in bytes a second: 5 Mbit/s.
const SPEED: u64 = 625_000;
/// How often a client looks.
const STEP: Duration = Duration::from_millis(100);
/// A client's own buffer is short, so that the server feels how slow it is.
const RECEIVE: u32 = 128 * 1024;

/// Lets the crowd in, each a person of their own; answers by how much the slowest fell behind.
pub(crate) fn watch(
    target: &Target,
    item: &str,
    len: u64,
    crowd: Crowd,
) -> Result<Duration, Box<dyn Error>> {
    let paths = (0..crowd.people).map(|n| Visitor::learner(target, n)?.media(item));
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    let needed = SPEED * (crowd.time.as_secs() + 1);
    let starts = len.checked_sub(needed).ok_or("the film is too short")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let clients = (0..).zip(paths).map(|(n, path)| {
            // Each somewhere else in the film.
            let from = n * starts / crowd.people;
            let target = target.clone();
            tokio::spawn(async move {
                let behind = one(&target, &path, from, crowd.time).await;
                behind.map_err(|error| error.to_string())
            })
        });
        let clients: Vec<_> = clients.collect();
        let mut most = Duration::ZERO;
        for client in clients {
            most = most.max(client.await??);
        }
        Ok(most)
    })
}

async fn one(
    target: &Target,
    path: &str,
    from: u64,
    time: Duration,
) -> Result<Duration, Box<dyn Error>> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE)?;
    let socket = socket.connect(target.address).await?;
    let range = format!("bytes={from}-");
    let request = target.request("GET", path, &[("range", &range)]);
    match &target.tls {
        Some(config) => {
            let connector = TlsConnector::from(Arc::clone(config));
            let name = ServerName::from(target.address.ip());
            take(connector.connect(name, socket).await?, &request, time).await
        }
        None => take(socket, &request, time).await,
    }
}

/// Takes what is due, step by step; answers by how much it fell behind at worst.
async fn take<S>(mut link: S, request: &[u8], time: Duration) -> Result<Duration, Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    link.write_all(request).await?;
    let begun = Instant::now();
    let mut buffer = vec![0; 64 * 1024];
    let (mut taken, mut worst) = (0_u64, Duration::ZERO);
    let mut steps = tokio::time::interval(STEP);
    while begun.elapsed() < time {
        steps.tick().await;
        let due = u64::try_from(begun.elapsed().as_millis())? * SPEED / 1000;
        while taken < due {
            let most = usize::try_from(due - taken)?.min(buffer.len());
            match link.read(&mut buffer[..most]).await? {
                0 => return Err("the film ended early".into()),
                read => taken += read as u64,
            }
        }
        let had = Duration::from_millis(taken * 1000 / SPEED);
        worst = worst.max(begun.elapsed().saturating_sub(had));
    }
    Ok(worst)
}
