//! Certificates from files, read again when the files change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use x509_cert::der::Decode;

use crate::config::{Tls, TlsMode};
use crate::world::{Time, World};

/// How long changed files may stay unseen.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// How long before its end a certificate is warned about.
const WARN_BEFORE: Duration = Duration::from_hours(14 * 24);

/// Why the certificate files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificate file holds no certificate.
    #[error("{path} holds no certificate as PEM (\"-----BEGIN CERTIFICATE-----\")")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// What stands in the certificate file is damaged.
    #[error("the certificate in {path} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The key file holds no usable key.
    #[error("{path} holds no private key as PEM, or one with a password")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is of a kind that is not known.
    #[error(
        "the private key in {path} is of a kind that is not supported: use RSA, ECDSA P-256 or P-384, or Ed25519"
    )]
    UnknownKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is not that of the certificate.
    #[error("the private key in {key} does not belong to the certificate in {certificate}")]
    Mismatch {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
    },
}

/// The certificate that is in force. Cheap to clone.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    files: Files,
    world: World,
    state: Mutex<State>,
}

struct State {
    loaded: Loaded,
    stamps: Stamps,
    checked: Time,
}

/// What one reading of the files gave.
#[derive(Clone)]
struct Loaded {
    acceptor: TlsAcceptor,
    ends: Time,
}

impl Certificates {
    /// Reads the files that the configuration names; `None` when there is no TLS. A certificate
    /// that has ended is used all the same, with a warning: browsers then say what is wrong.
    pub fn load(tls: &Tls, world: &World) -> Result<Option<Self>, Error> {
        let files = match (tls.mode, &tls.certificate, &tls.key) {
            (TlsMode::Files, Some(certificate), Some(key)) => Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            _ => return Ok(None),
        };
        let stamps = files.stamps();
        let loaded = files.load()?;
        let checked = world.now();
        warn_of_end(&loaded, &files, checked);
        Ok(Some(Self(Arc::new(Inner {
            files,
            world: world.clone(),
            state: Mutex::new(State {
                loaded,
                stamps,
                checked,
            }),
        }))))
    }

    /// What accepts connections now. Files that changed are read again, a few seconds late at most;
    /// broken ones leave the former certificate in force.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.current().acceptor
    }

    /// When the certificate in force ends.
    pub fn ends(&self) -> Time {
        self.current().ends
    }

    fn current(&self) -> Loaded {
        let Inner {
            files,
            world,
            state,
        } = &*self.0;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = world.now();
        if now.since(state.checked) >= CHECK_EVERY {
            state.checked = now;
            state.refresh(files, now);
        }
        state.loaded.clone()
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificates").field(&self.0.files).finish()
    }
}

impl State {
    fn refresh(&mut self, files: &Files, now: Time) {
        let stamps = files.stamps();
        if stamps == self.stamps {
            return;
        }
        // Remembered also for broken files, so that each change is told once.
        self.stamps = stamps;
        match files.load() {
            Ok(loaded) => {
                tracing::info!("the certificate files have changed and are in force");
                warn_of_end(&loaded, files, now);
                self.loaded = loaded;
            }
            Err(error) => {
                tracing::error!(%error, "the changed certificate files cannot be used; the former certificate stays");
            }
        }
    }
}

fn warn_of_end(loaded: &Loaded, files: &Files, now: Time) {
    let path = files.certificate.display();
    let ends = loaded.ends.timestamp();
    if loaded.ends <= now {
        tracing::warn!("the certificate in {path} ended on {ends}");
    } else if loaded.ends.since(now) <= WARN_BEFORE {
        tracing::warn!("the certificate in {path} ends on {ends}");
    }
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// When each file was changed, and its length; `None` for one that is not there.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Files {
    fn stamps(&self) -> Stamps {
        [&self.certificate, &self.key].map(|path| {
            let facts = fs::metadata(path).ok()?;
            Some((facts.modified().ok()?, facts.len()))
        })
    }

    fn load(&self) -> Result<Loaded, Error> {
        let chain = self.chain()?;
        let first = chain.first().ok_or_else(|| Error::NoCertificate {
            path: self.certificate.clone(),
        })?;
        let ends = end(first).ok_or_else(|| self.damaged())?;
        let config = self.server_config(chain, self.private_key()?)?;
        Ok(Loaded {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ends,
        })
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let pem = read(&self.certificate)?;
        let chain: Result<_, _> = CertificateDer::pem_slice_iter(&pem).collect();
        chain.map_err(|_| self.damaged())
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, Error> {
        PrivateKeyDer::from_pem_slice(&read(&self.key)?).map_err(|_| Error::NoKey {
            path: self.key.clone(),
        })
    }

    fn server_config(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ServerConfig, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| self.damaged())?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => Error::Mismatch {
                    certificate: self.certificate.clone(),
                    key: self.key.clone(),
                },
                rustls::Error::InvalidCertificate(_) => self.damaged(),
                _ => Error::UnknownKey {
                    path: self.key.clone(),
                },
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    fn damaged(&self) -> Error {
        Error::Damaged {
            path: self.certificate.clone(),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// The end of a certificate's validity (RFC 5280, section 4.1.2.5).
fn end(certificate: &CertificateDer<'_>) -> Option<Time> {
    let parsed = x509_cert::Certificate::from_der(certificate).ok()?;
    let end = parsed.tbs_certificate.validity.not_after;
    Some(Time::from_seconds(end.to_unix_duration().as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::world::ManualClock;
    use tempfile::TempDir;

    const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
    /// 2125-01-01 and 2020-02-01.
    const LONG: Time = Time::from_seconds(4_891_363_200);
    const ENDED: Time = Time::from_seconds(1_580_515_200);

    struct Case {
        directory: TempDir,
        clock: ManualClock,
    }

    impl Case {
        fn new(certificate: &str, key: &str) -> Self {
            let case = Self {
                directory: tempfile::tempdir().unwrap(),
                clock: ManualClock::new(Time::from_seconds(1_800_000_000)),
            };
            case.put("server.pem", certificate);
            case.put("server.key", key);
            case
        }

        fn put(&self, name: &str, fixture: &str) {
            let content = fs::read(format!("{FIXTURES}/{fixture}")).unwrap();
            fs::write(self.directory.path().join(name), content).unwrap();
        }

        fn load(&self) -> Result<Certificates, Error> {
            let path = |name: &str| self.directory.path().join(name).into_os_string();
            let environment = [
                ("LANTERNA_TLS__MODE".into(), "files".into()),
                ("LANTERNA_TLS__CERTIFICATE".into(), path("server.pem")),
                ("LANTERNA_TLS__KEY".into(), path("server.key")),
                (
                    "LANTERNA_SERVER__PUBLIC_URL".into(),
                    "https://localhost".into(),
                ),
            ];
            let config = Config::load(None, environment).unwrap().config;
            let world = World::with_clock(Arc::new(self.clock.clone()));
            Certificates::load(&config.tls, &world).map(Option::unwrap)
        }

        fn error(&self) -> String {
            let directory = format!("{}/", self.directory.path().display());
            self.load().unwrap_err().to_string().replace(&directory, "")
        }
    }

    #[test]
    fn files_that_fit_are_used() {
        let certificates = Case::new("server.pem", "server.key").load().unwrap();
        assert_eq!(certificates.ends(), LONG);
        let protocols = &certificates.acceptor().config().alpn_protocols.clone();
        assert_eq!(protocols, &[b"h2".to_vec(), b"http/1.1".to_vec()]);
    }

    #[test]
    fn without_tls_there_are_none() {
        let config = Config::load(None, []).unwrap().config;
        assert!(
            Certificates::load(&config.tls, &World::system())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn an_ended_certificate_is_used_all_the_same() {
        assert_eq!(
            Case::new("expired.pem", "server.key")
                .load()
                .unwrap()
                .ends(),
            ENDED
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |certificate, key| Case::new(certificate, key).error();
        assert_eq!(
            error("server.pem", "other.key"),
            "the private key in server.key does not belong to the certificate in server.pem"
        );
        assert!(error("make.sh", "server.key").starts_with("server.pem holds no certificate"));
        assert!(error("server.pem", "server.pem").starts_with("server.key holds no private key"));
    }

    #[test]
    fn missing_and_damaged_files_are_named() {
        let case = Case::new("server.pem", "server.key");
        let path = case.directory.path().join("server.pem");
        let broken = fs::read_to_string(&path).unwrap().replacen("MII", "AII", 1);
        fs::write(&path, broken).unwrap();
        assert_eq!(case.error(), "the certificate in server.pem is damaged");
        fs::remove_file(&path).unwrap();
        assert!(case.error().starts_with("server.pem cannot be read"));
    }

    #[test]
    fn changed_files_come_into_force() {
        let case = Case::new("server.pem", "server.key");
        let certificates = case.load().unwrap();
        fs::remove_file(case.directory.path().join("server.pem")).unwrap();
        case.clock.advance(CHECK_EVERY);
        assert_eq!(
            certificates.ends(),
            LONG,
            "a missing file keeps the former one"
        );

        case.put("server.pem", "expired.pem");
        assert_eq!(
            certificates.ends(),
            LONG,
            "files are not looked at all the time"
        );
        case.clock.advance(CHECK_EVERY);
        assert_eq!(certificates.ends(), ENDED);

        case.put("server.pem", "make.sh");
        case.clock.advance(CHECK_EVERY);
        assert_eq!(
            certificates.ends(),
            ENDED,
            "a broken file keeps the former one"
        );
    }
}
