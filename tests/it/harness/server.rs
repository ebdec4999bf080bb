//! The built binary, started on a free port with its data in a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a start may take on a busy machine before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// An address of loopback on which nothing listens.
pub(crate) fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A configuration under construction.
pub(crate) struct Setup {
    folder: TempDir,
    lines: String,
    environment: Vec<(String, String)>,
}

impl Setup {
    /// A server on a free port of loopback, without the practice course; a small reserve, so that
    /// tests run on any machine.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lines = "[server]\nlisten = \"127.0.0.1:0\"\n\
                     [storage]\nreserve = \"1 MiB\"\n\
                     [practice]\nenabled = false\n"
            .to_owned();
        Self {
            folder,
            lines,
            environment: Vec::new(),
        }
    }

    /// On a port that stays the same over restarts.
    pub(crate) fn on_one_port(mut self) -> Self {
        let address = unused_address().to_string();
        self.lines = self.lines.replace("127.0.0.1:0", &address);
        self
    }

    /// What it listens on.
    pub(crate) fn listen(&self) -> &str {
        let (_, rest) = self.lines.split_once("listen = \"").unwrap();
        rest.split_once('"').unwrap().0
    }

    /// With these lines at the end of the file.
    pub(crate) fn with(mut self, lines: &str) -> Self {
        self.lines.push_str(lines);
        self.lines.push('\n');
        self
    }

    /// With this variable in the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts the binary and waits until it listens.
    pub(crate) fn start(self) -> Server {
        self.write();
        Server::start(self.folder, self.environment)
    }

    /// Starts the binary, which is to end by itself; answers its success and errors.
    pub(crate) fn fail(self) -> (bool, String) {
        self.write();
        let (done, _, errors) = run(self.folder.path(), &self.environment, &[]);
        (done, errors)
    }

    fn write(&self) {
        std::fs::write(self.folder.path().join("config.toml"), &self.lines).unwrap();
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    /// Its configuration and data.
    folder: Option<TempDir>,
    environment: Vec<(String, String)>,
    child: Child,
    /// What it printed until it listened.
    pub(crate) greeting: Vec<String>,
    /// `127.0.0.1:port`, and the path of the public address where it has one.
    pub(crate) authority: String,
    log: mpsc::Receiver<String>,
}

/// The binary with this configuration.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanterna"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}

fn run(
    folder: &Path,
    environment: &[(String, String)],
    arguments: &[&str],
) -> (bool, String, String) {
    let output = command(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

impl Server {
    fn start(folder: TempDir, environment: Vec<(String, String)>) -> Self {
        let mut child = command(folder.path())
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = lines(child.stderr.take().unwrap());
        let printed = lines(child.stdout.take().unwrap());
        let mut greeting = Vec::new();
        let authority = loop {
            let Ok(line) = printed.recv_timeout(PATIENCE) else {
                let _ = child.kill();
                let log: Vec<String> = errors.iter().collect();
                panic!("the server did not start:\n{greeting:#?}\n{log:#?}");
            };
            let address = line.split("Listening on http").nth(1);
            let authority = address
                .and_then(|rest| rest.split("://").nth(1))
                .map(|rest| rest.trim_end_matches('/').to_owned());
            greeting.push(line);
            if let Some(authority) = authority {
                break authority;
            }
        };
        // The greeting ends with the next step; nothing else is printed.
        while let Ok(line) = printed.recv_timeout(Duration::from_secs(2)) {
            let end = line.starts_with("Ready");
            greeting.push(line);
            if end {
                break;
            }
        }
        Self {
            folder: Some(folder),
            environment,
            child,
            greeting,
            authority,
            log: errors,
        }
    }

    /// The public address, which has no path unless it is configured, and a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }

    /// Its folder, with `config.toml` and `data`.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().to_owned()
    }

    /// Runs a subcommand with the same configuration; answers its success, output and errors.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        run(&self.folder(), &self.environment, arguments)
    }

    /// Waits until a line with this text is logged.
    pub(crate) fn logged(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never logged: {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to end and waits; answers how it did and its folder.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Stopped) {
        self.ask_to_end();
        let status = self.child.wait().unwrap();
        (status, self.stopped())
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(mut self) -> Stopped {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
        self.stopped()
    }

    fn stopped(&mut self) -> Stopped {
        Stopped {
            log: self.log.iter().collect::<Vec<_>>().join("\n"),
            folder: self.folder.take().unwrap(),
            environment: std::mem::take(&mut self.environment),
        }
    }
}

/// What a server left.
pub(crate) struct Stopped {
    folder: TempDir,
    /// What it has logged and nobody has read.
    pub(crate) log: String,
    environment: Vec<(String, String)>,
}

impl Stopped {
    /// Its folder, with `config.toml` and `data`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a subcommand with the same configuration; answers its success, output and errors.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        run(self.folder.path(), &self.environment, arguments)
    }

    /// Starts it again on the same data.
    pub(crate) fn start(self) -> Server {
        Server::start(self.folder, self.environment)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(source: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(source).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
