//! Why a request to somebody else failed, in words that an administrator understands.

use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use rustls::CertificateError;

/// Why there is no answer. Hosts are shown with their port when it is not the usual one; nothing
/// else of an address is, since it may hold tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an http or https address, or one with a name or password in it.
    #[error("the address is not a plain http or https address")]
    Address,
    /// http, though the configuration doesn't name it.
    #[error("{host} is not reached over https, and outbound.trusted_hosts does not name it")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// An address inside some network, though the configuration doesn't name the host.
    #[error("{host} is at {address}, inside a network; outbound.trusted_hosts does not name it")]
    Private {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// An address that is never connected to.
    #[error("{host} is at {address}, which is never connected to")]
    Never {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// The host's name has no address.
    #[error("the name {host} could not be found (DNS)")]
    UnknownHost {
        /// The host.
        host: String,
    },
    /// Nothing listens there.
    #[error("{host} refused the connection")]
    Refused {
        /// The host.
        host: String,
    },
    /// There is no way to the host.
    #[error("{host} could not be reached over the network")]
    Unreachable {
        /// The host.
        host: String,
    },
    /// It took too long.
    #[error("{host} did not answer within {} s", after.as_secs_f32())]
    Timeout {
        /// The host.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// No secure connection could be made.
    #[error("no secure connection to {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        reason: &'static str,
    },
    /// The answer points elsewhere, which is never followed.
    #[error("{host} answered with a redirect ({status}) to {}", to.as_deref().unwrap_or("nowhere"))]
    Redirect {
        /// The host.
        host: String,
        /// The status of the answer.
        status: u16,
        /// Where it points, without its query.
        to: Option<String>,
    },
    /// The answer is larger than what was asked for can be.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection ended early, or what came is not HTTP.
    #[error("{host} broke off, or did not answer in HTTP")]
    Broken {
        /// The host.
        host: String,
    },
    /// The configured proxy didn't connect to the host.
    #[error("the proxy {proxy} did not connect to {host}: {reason}")]
    Proxy {
        /// The host.
        host: String,
        /// The proxy, without its password.
        proxy: String,
        /// Why.
        reason: &'static str,
    },
}

impl Error {
    /// What a failed connection to `host` means.
    pub(super) fn connecting(host: &str, error: &io::Error) -> Self {
        let host = host.to_owned();
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { host },
            _ => Self::Unreachable { host },
        }
    }

    /// What a failed exchange with `host` means: our own error where the connector gave one.
    pub(super) fn exchanging(host: &str, error: &(dyn StdError + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(own) = error.downcast_ref::<Self>() {
                return own.clone();
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::Tls {
                    host: host.to_owned(),
                    reason: tls_reason(tls),
                };
            }
            cause = inner(error);
        }
        Self::Broken {
            host: host.to_owned(),
        }
    }
}

/// The error inside `error`. An `io::Error` skips the one it was made from in `source`.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn tls_reason(error: &rustls::Error) -> &'static str {
    use CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "its certificate has expired, or this machine's clock is wrong"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "its certificate is not valid yet, or this machine's clock is wrong"
            }
            Certificate::UnknownIssuer => {
                "its certificate is from an unknown authority; outbound.ca_file can name one"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            Certificate::Revoked => "its certificate was revoked",
            _ => "its certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "it does not answer in TLS",
        rustls::Error::PeerIncompatible(_) => "it has no TLS version or method in common with us",
        _ => "the TLS handshake failed",
    }
}
