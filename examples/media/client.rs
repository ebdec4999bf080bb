//! A small HTTP/1.1 client over sockets that block, the same for every server: what it costs is
//! beside the point, and equal.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lanterna::lti::oauth1::{Address, Method, Signer};
use lanterna::world::Time;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Anything that bytes go through.
pub(crate) trait Link: Read + Write + Send {}
impl<T: Read + Write + Send> Link for T {}

/// A server.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

/// TLS 1.3 with AES-256-GCM, trusting the tests' authority.
pub(crate) fn tls() -> Result<Arc<ClientConfig>, Box<dyn Error>> {
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/ca.pem");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let mut provider = rustls::crypto::ring::default_provider();
    provider
        .cipher_suites
        .retain(|suite| *suite == rustls::crypto::ring::cipher_suite::TLS13_AES_256_GCM_SHA384);
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What a server answered, but for the body.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// What of the body came along.
    rest: Vec<u8>,
}

impl Head {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn len(&self) -> u64 {
        let len = self.get("content-length");
        len.and_then(|len| len.parse().ok()).unwrap_or(0)
    }
}

impl Target {
    pub(crate) fn link(&self) -> Result<Box<dyn Link>, Box<dyn Error>> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        let Some(config) = &self.tls else {
            return Ok(Box::new(socket));
        };
        let name = self.address.ip().into();
        let session = ClientConnection::new(Arc::clone(config), name)?;
        Ok(Box::new(StreamOwned::new(session, socket)))
    }

    /// The address of the site.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// One request on a link of its own; answers with the whole body.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(Head, Vec<u8>), Box<dyn Error>> {
        let mut link = self.link()?;
        let len = body.len().to_string();
        let headers = [headers, &[("content-length", len.as_str())]].concat();
        link.write_all(&self.request(method, path, &headers))?;
        link.write_all(body)?;
        let mut head = read_head(&mut link)?;
        let mut whole = std::mem::take(&mut head.rest);
        let left = head.len().saturating_sub(whole.len() as u64);
        if method != "HEAD" {
            link.take(left).read_to_end(&mut whole)?;
        }
        Ok((head, whole))
    }

    /// The head of a request.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// Gets a file and throws it away; answers how long it is.
    pub(crate) fn download(&self, path: &str) -> Result<u64, Box<dyn Error>> {
        let mut link = self.link()?;
        link.write_all(&self.request("GET", path, &[("connection", "close")]))?;
        let head = read_head(&mut link)?;
        if head.status != 200 {
            return Err(format!("{path} answered {}", head.status).into());
        }
        let mut buffer = vec![0; 256 * 1024];
        let mut left = head.len() - head.rest.len() as u64;
        while left > 0 {
            match link.read(&mut buffer)? {
                0 => return Err("the file ended early".into()),
                read => left -= read as u64,
            }
        }
        Ok(head.len())
    }
}

/// Reads up to the end of an answer's headers.
pub(crate) fn read_head(link: &mut dyn Link) -> Result<Head, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match link.read(&mut buffer)? {
            0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(Head {
        status: status.ok_or("no status")?.parse()?,
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        rest: bytes[end + 4..].to_vec(),
    })
}

/// The LMS from which everybody comes, and what it signs with.
const LMS: &str = "https://lms.example";
const KEY: &str = "measured";
const SECRET: &str = "only here";

/// The LMS as the server's configuration has it.
pub(crate) fn consumer() -> String {
    format!("[[consumer]]\nname = \"LMS\"\nkey = \"{KEY}\"\nsecret = \"{SECRET}\"\n")
}

/// Somebody in a course of the LMS.
pub(crate) struct Visitor {
    target: Target,
    cookies: BTreeMap<String, String>,
    /// Where the session is: `/s/{token}/`.
    session: String,
}

impl Visitor {
    /// Launches somebody who teaches the course.
    pub(crate) fn teacher(target: &Target) -> Result<Self, Box<dyn Error>> {
        Self::arrive(target, "teacher", "Instructor")
    }

    /// Launches one of those who learn there.
    pub(crate) fn learner(target: &Target, number: u64) -> Result<Self, Box<dyn Error>> {
        Self::arrive(target, &format!("learner-{number}"), "Learner")
    }

    /// Launches a person by LTI 1.1.
    fn arrive(target: &Target, person: &str, role: &str) -> Result<Self, Box<dyn Error>> {
        let mut visitor = Self {
            target: target.clone(),
            cookies: BTreeMap::new(),
            session: String::new(),
        };
        let url = format!("{}/lti/launch", target.origin());
        let address = Address::parse(&url).ok_or("no address to launch")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let signer = Signer {
            consumer_key: KEY,
            secret: SECRET,
            method: Method::HmacSha256,
            nonce: &format!("{person}-{}", now.as_nanos()),
            at: Time::from_seconds(now.as_secs()),
        };
        let fields = [
            ("lti_message_type", "basic-lti-launch-request"),
            ("lti_version", "LTI-1p0"),
            ("resource_link_id", "link"),
            ("user_id", person),
            ("roles", role),
            ("context_id", "course"),
            ("launch_presentation_return_url", LMS),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(signer.form(&address, fields.to_vec()))
            .finish();
        visitor.follow("POST", &url, &body)?;
        if visitor.session.is_empty() {
            return Err("the launch was refused".into());
        }
        Ok(visitor)
    }

    /// One request below the session.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        below: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(Head, Vec<u8>), Box<dyn Error>> {
        self.send(method, &format!("{}{below}", self.session), headers, body)
    }

    /// The head of a request below the session.
    pub(crate) fn request(&self, method: &str, below: &str, headers: &[(&str, &str)]) -> Vec<u8> {
        let cookie = self.cookie();
        let headers = [headers, &[("cookie", cookie.as_str())]].concat();
        let path = format!("{}{below}", self.session);
        self.target.request(method, &path, &headers)
    }

    /// The address of an item's bytes.
    pub(crate) fn media(&mut self, item: &str) -> Result<String, Box<dyn Error>> {
        let (_, page) = self.ask("GET", &format!("media/{item}"), &[], b"")?;
        let page = String::from_utf8_lossy(&page).into_owned();
        let start = format!("/files/{item}/original?");
        let address = page.split('"').find(|text| text.starts_with(&start));
        Ok(address.ok_or("the page shows no media")?.to_owned())
    }

    fn follow(&mut self, method: &str, url: &str, body: &str) -> Result<String, Box<dyn Error>> {
        let origin = self.target.origin();
        let path = url.strip_prefix(&origin).unwrap_or(url);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", LMS),
            ("sec-fetch-dest", "iframe"),
            ("accept", "text/html"),
        ];
        let (head, page) = self.send(method, path, &headers, body.as_bytes())?;
        let Some(location) = head.get("location") else {
            return Ok(String::from_utf8_lossy(&page).into_owned());
        };
        if let Some(session) = location.strip_suffix("library") {
            session.clone_into(&mut self.session);
        }
        self.follow("GET", location, "")
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(Head, Vec<u8>), Box<dyn Error>> {
        let cookie = self.cookie();
        let headers = [headers, &[("cookie", cookie.as_str())]].concat();
        let (head, body) = self.target.ask(method, path, &headers, body)?;
        for (name, value) in &head.headers {
            if let ("set-cookie", Some((pair, _))) = (name.as_str(), value.split_once(';'))
                && let Some((name, value)) = pair.split_once('=')
            {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok((head, body))
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}
