//! Lanterna and nginx, each as a process of its own.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::client::{self, Target};

/// A server; asked to end when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) target: Target,
}

/// What a fixture's path is.
fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Starts Lanterna with its data in `folder`.
pub(crate) fn lanterna(binary: &Path, folder: &Path, tls: bool) -> Result<Server, Box<dyn Error>> {
    let mut config = String::from(
        "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n[log]\nlevel = \"warn\"\n",
    );
    config.push_str(&client::consumer());
    if tls {
        config.push_str(&format!(
            "[tls]\nmode = \"files\"\ncertificate = '{}'\nkey = '{}'\n",
            fixture("server.pem"),
            fixture("server.key")
        ));
    }
    std::fs::write(folder.join("config.toml"), config)?;
    let mut child = Command::new(binary)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        let line = line?;
        if let Some((_, address)) = line.split_once("Listening on ")
            && let Some((_, address)) = address.split_once("://")
        {
            let target = Target {
                address: address.trim_end_matches('/').parse()?,
                tls: tls.then(client::tls).transpose()?,
            };
            return Ok(Server { child, target });
        }
    }
    Err("Lanterna did not start".into())
}

/// Starts nginx, without `sendfile`, serving `root`; with its files in `folder`.
pub(crate) fn nginx(folder: &Path, root: &Path, tls: bool) -> Result<Server, Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    // Free a moment ago.
    let address: SocketAddr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let (ssl, lines) = if tls {
        let lines = format!(
            "ssl_certificate {}; ssl_certificate_key {}; ssl_protocols TLSv1.3;",
            fixture("server.pem"),
            fixture("server.key")
        );
        (" ssl", lines)
    } else {
        ("", String::new())
    };
    // Its workers would else be nobody, to whom the media are closed.
    let as_ourselves = if geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let config = format!(
        "{as_ourselves} worker_processes 2; daemon off; pid {0}/pid; error_log {0}/error.log;\n\
         events {{}}\n\
         http {{ sendfile off; access_log off; client_body_temp_path {0}/a; proxy_temp_path {0}/b;\n\
         fastcgi_temp_path {0}/c; uwsgi_temp_path {0}/d; scgi_temp_path {0}/e;\n\
         server {{ listen {address}{ssl}; {lines} root {1}; }} }}\n",
        folder.display(),
        root.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config)?;
    let program = if Path::new("/usr/sbin/nginx").exists() {
        "/usr/sbin/nginx"
    } else {
        "nginx"
    };
    let child = Command::new(program)
        .arg("-c")
        .arg(&file)
        .arg("-e")
        .arg(folder.join("error.log"))
        .stderr(Stdio::null())
        .spawn()?;
    let target = Target {
        address,
        tls: tls.then(client::tls).transpose()?,
    };
    let server = Server { child, target };
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            return Ok(server);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("nginx did not start".into())
}

impl Server {
    /// The most resident memory that it ever had, in KiB.
    pub(crate) fn most_resident(&self) -> Result<u64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no VmHWM")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}
