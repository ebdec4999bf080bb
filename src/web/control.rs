//! The control socket: how subcommands reach the running server.
//!
//! One request per connection, a line of JSON, after which as many bytes follow as it says, and one
//! line of JSON as its answer. Only this user and root come in.

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::admin::invitations;
use crate::library::import;

/// The longest path that a socket's address holds (`sun_path` in unix(7), without its last zero).
const LONGEST_PATH: usize = 107;
/// How long a line may be, in bytes.
const LONGEST_LINE: u64 = 64 * 1024;
/// How long a request may take to come, and its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the next piece of what follows a request may take: it may come from a slow disk.
const PIECE_PATIENCE: Duration = Duration::from_mins(2);
/// How long the answer to what followed a request may take: a large file is synced and looked at.
const LONG_PATIENCE: Duration = Duration::from_mins(10);
/// How many bytes are read at a time.
const PIECE: usize = 256 * 1024;

/// What follows a request.
pub type Body = std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// What is asked of the running server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// A new sign-in link for an administrator.
    Admin,
    /// An invitation to register.
    Invite(invitations::Asked),
    /// How it is.
    Status,
    /// Try every connection out.
    Connections,
    /// A step of an import.
    Import(import::Ask),
}

impl Request {
    /// How many bytes follow.
    const fn body_len(&self) -> u64 {
        match self {
            Self::Admin | Self::Invite(_) | Self::Status | Self::Connections => 0,
            Self::Import(ask) => ask.body_len(),
        }
    }
}

/// What the running server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// The address at which an administrator signs in, once.
    Admin {
        /// The whole address.
        url: String,
    },
    /// The address that is pasted into an LMS, once.
    Invite {
        /// The whole address.
        url: String,
    },
    /// How it is.
    Status {
        /// Its version.
        version: String,
        /// Where it listens.
        listen: SocketAddr,
    },
    /// What trying each connection out gave, by name: what is so, or what is amiss.
    Connections(Vec<(String, Result<String, String>)>),
    /// A step of an import.
    Import(import::Reply),
    /// It could not do it.
    Failed {
        /// Why, in words.
        why: String,
    },
}

/// Why there is no socket to listen on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another server listens there.
    #[error("another Lanterna is running on {0}")]
    InUse(PathBuf),
    /// Something else is in the way.
    #[error("{0} is not a socket; move it away")]
    NotASocket(PathBuf),
    /// The socket cannot be made.
    #[error("the socket {path} cannot be made: {source}")]
    Io {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Why the running server did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No server is running.
    #[error("no server is running")]
    NotRunning,
    /// A server is running, but not for this user.
    #[error("the server belongs to another user")]
    Denied,
    /// The server did not answer, or not in these words.
    #[error("the running server did not answer: {0}")]
    Silent(#[from] io::Error),
}

/// The socket while it is listened on; dropping it ends that and removes it.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
    listening: JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.listening.abort();
        // A socket that stays is taken for a stale one by the next server.
        let _ = fs::remove_file(&self.path);
    }
}

/// Listens on a socket at `path` and answers with `handler`. Must be called within a runtime.
pub fn listen<H, A>(path: &Path, handler: H) -> Result<Control, Error>
where
    H: Fn(Request, Body) -> A + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    remove_stale(path)?;
    let failed = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let reach = Reach::new(path).map_err(failed)?;
    let listener = UnixListener::bind(&reach.path).map_err(failed)?;
    // Until here others could connect, but whoever does is asked for who they are.
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(Control {
        path: path.to_owned(),
        listening: tokio::spawn(accept(listener, Arc::new(handler))),
    })
}

fn remove_stale(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(Error::NotASocket(path.to_owned()));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    }
    match connect(path) {
        Ok(_) => Err(Error::InUse(path.to_owned())),
        Err(_) => fs::remove_file(path).map_err(failed),
    }
}

async fn accept<H, A>(listener: UnixListener, handler: Arc<H>)
where
    H: Fn(Request, Body) -> A + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    // Who is being answered when this ends is cut off, so that nobody holds up the server's end.
    let mut answering = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    answering.spawn(answer(stream, Arc::clone(&handler)));
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket could not accept");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
            Some(_) = answering.join_next() => {}
        }
    }
}

async fn answer<H, A>(stream: UnixStream, handler: Arc<H>) -> io::Result<()>
where
    H: Fn(Request, Body) -> A,
    A: Future<Output = Response>,
{
    let peer = stream.peer_cred()?.uid();
    let own = rustix::process::geteuid();
    if peer != own.as_raw() && peer != rustix::process::Uid::ROOT.as_raw() {
        tracing::warn!(peer, "another user was refused at the control socket");
        return Ok(());
    }
    let mut line = String::new();
    let (reading, mut writing) = stream.into_split();
    let reading = tokio::io::BufReader::new(reading);
    let mut first = reading.take(LONGEST_LINE);
    timeout(PATIENCE, first.read_line(&mut line)).await??;
    let response = match serde_json::from_str::<Request>(&line) {
        Ok(request) => {
            let body = body(first.into_inner(), request.body_len());
            handler(request, body).await
        }
        Err(_) => Response::Failed {
            why: "the running server is of another version: restart it".into(),
        },
    };
    let mut answer = serde_json::to_vec(&response)?;
    answer.push(b'\n');
    timeout(PATIENCE, writing.write_all(&answer)).await?
}

/// The next `len` bytes, piece by piece.
fn body(reading: impl AsyncRead + Send + Unpin + 'static, len: u64) -> Body {
    Box::pin(stream::try_unfold(
        (reading, len),
        |(mut reading, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let mut piece = vec![0; most];
            let read = timeout(PIECE_PATIENCE, reading.read(&mut piece)).await??;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            piece.truncate(read);
            Ok(Some((Bytes::from(piece), (reading, left - read as u64))))
        },
    ))
}

/// Sends a request and what follows it to the server that listens on the socket at `path`. When
/// `body` fails, the connection is broken off, and the answer is that error.
pub async fn send<S>(path: &Path, request: &Request, body: S) -> Result<Response, AskError>
where
    S: Stream<Item = io::Result<Bytes>>,
{
    let reach = Reach::new(path)?;
    let mut stream = UnixStream::connect(&reach.path)
        .await
        .map_err(not_connected)?;
    let mut question = serde_json::to_vec(request).map_err(io::Error::from)?;
    question.push(b'\n');
    stream.write_all(&question).await?;
    let mut body = std::pin::pin!(body);
    while let Some(piece) = body.next().await {
        // A server that has refused reads no further; its answer says why.
        if stream.write_all(&piece?).await.is_err() {
            break;
        }
    }
    let mut line = String::new();
    let mut answer = tokio::io::BufReader::new(stream.take(LONGEST_LINE));
    timeout(LONG_PATIENCE, answer.read_line(&mut line))
        .await
        .map_err(io::Error::from)??;
    if line.is_empty() {
        let ended = io::Error::new(io::ErrorKind::UnexpectedEof, "it ended");
        return Err(AskError::Silent(ended));
    }
    understood(&line)
}

/// Asks the server that listens on the socket at `path`. Blocks.
pub fn ask(path: &Path, request: &Request) -> Result<Response, AskError> {
    let mut stream = connect(path).map_err(not_connected)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut question = serde_json::to_vec(request).map_err(io::Error::from)?;
    question.push(b'\n');
    stream.write_all(&question)?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line)?;
    understood(&line)
}

fn not_connected(error: io::Error) -> AskError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NotRunning,
        io::ErrorKind::PermissionDenied => AskError::Denied,
        _ => AskError::Silent(error),
    }
}

fn understood(line: &str) -> Result<Response, AskError> {
    if line.is_empty() {
        return Err(AskError::Denied);
    }
    Ok(serde_json::from_str(line).map_err(io::Error::from)?)
}

fn connect(path: &Path) -> io::Result<BlockingStream> {
    BlockingStream::connect(Reach::new(path)?.path)
}

/// A path by which the system reaches a socket, however long its own one is.
struct Reach {
    path: PathBuf,
    /// Held open, since the path leads through it.
    _directory: Option<File>,
}

impl Reach {
    fn new(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= LONGEST_PATH {
            return Ok(Self {
                path: path.to_owned(),
                _directory: None,
            });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidFilename.into());
        };
        let directory = File::open(parent)?;
        let descriptor = directory.as_raw_fd();
        let by_descriptor = Path::new("/proc/self/fd").join(descriptor.to_string());
        if !by_descriptor.exists() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidFilename,
                format!("its path is longer than {LONGEST_PATH} bytes; use a shorter data_dir"),
            ));
        }
        Ok(Self {
            path: by_descriptor.join(name),
            _directory: Some(directory),
        })
    }
}

#[cfg(test)]
mod tests;
