//! The wire between browser and server, which a test can hold up and cut.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the wire lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lets {
    /// Everything.
    All,
    /// To the server, so many bytes in all since the beginning.
    UpTo(u64),
    /// All but the answers to requests that begin so: instead, the connection breaks.
    NoAnswerTo(&'static str),
    /// Nothing: every connection breaks, and so do new ones.
    Nothing,
}

/// A wire.
pub struct Wire {
    /// Where browsers reach the server by it.
    pub address: SocketAddr,
    lets: watch::Sender<Lets>,
    sent: Arc<AtomicU64>,
    gets: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// A wire to the server that listens, or is going to, at this address.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (lets, seen) = watch::channel(Lets::All);
        let sent = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&sent);
        let gets = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&gets);
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let end = Connection {
                    lets: seen.clone(),
                    sent: Arc::clone(&count),
                    gets: Arc::clone(&heads),
                };
                tokio::spawn(end.run(browser, server));
            }
        });
        Self {
            address,
            lets,
            sent,
            gets,
        }
    }

    /// Lets so many more bytes through to the server, then holds the rest up.
    pub fn hold_after(&self, bytes: u64) {
        let sent = self.sent.load(Ordering::SeqCst);
        self.lets.send_replace(Lets::UpTo(sent + bytes));
    }

    /// Breaks the connection where the server answers a request of this method.
    pub fn lose_answers_to(&self, method: &'static str) {
        self.lets.send_replace(Lets::NoAnswerTo(method));
    }

    /// How many bytes it has let through to the server.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// The heads of the GET requests, so far, whose path has this in it.
    pub fn gets(&self, path: &str) -> Vec<String> {
        let gets = self.gets.lock().unwrap();
        let asks = |head: &&String| head.lines().next().is_some_and(|line| line.contains(path));
        gets.iter().filter(asks).cloned().collect()
    }

    /// Breaks it.
    pub fn cut(&self) {
        self.lets.send_replace(Lets::Nothing);
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        self.lets.send_replace(Lets::All);
    }
}

struct Connection {
    lets: watch::Receiver<Lets>,
    sent: Arc<AtomicU64>,
    gets: Arc<Mutex<Vec<String>>>,
}

impl Connection {
    async fn run(self, browser: TcpStream, server: SocketAddr) {
        let Ok(server) = TcpStream::connect(server).await else {
            return;
        };
        let mut lets = self.lets.clone();
        let (from_browser, mut to_browser) = browser.into_split();
        let (mut from_server, to_server) = server.into_split();
        let lost = AtomicBool::new(false);
        tokio::select! {
            () = self.up(from_browser, to_server, &lost) => {}
            () = down(&mut from_server, &mut to_browser, &lost) => {}
            _ = lets.wait_for(|lets| *lets == Lets::Nothing) => {}
        }
    }

    async fn up(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: &AtomicBool) {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(len @ 1..) = from.read(&mut piece).await {
            if piece.starts_with(b"GET ") {
                // A head comes in one piece: it is small, and sent alone.
                let head = String::from_utf8_lossy(&piece[..len]).into_owned();
                self.gets.lock().unwrap().push(head);
            }
            let sent = Arc::clone(&self.sent);
            let free = |lets: &Lets| match lets {
                Lets::All | Lets::NoAnswerTo(_) => true,
                Lets::UpTo(limit) => sent.load(Ordering::SeqCst) < *limit,
                Lets::Nothing => false,
            };
            if let Lets::NoAnswerTo(method) = *self.lets.borrow()
                && piece.starts_with(method.as_bytes())
            {
                lost.store(true, Ordering::SeqCst);
            }
            if self.lets.wait_for(free).await.is_err() || to.write_all(&piece[..len]).await.is_err()
            {
                return;
            }
            self.sent.fetch_add(len as u64, Ordering::SeqCst);
        }
    }
}

async fn down(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, lost: &AtomicBool) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut piece).await {
        if lost.load(Ordering::SeqCst) || to.write_all(&piece[..len]).await.is_err() {
            return;
        }
    }
}
