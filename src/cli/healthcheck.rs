//! `lanterna healthcheck`: asks the running server whether it is well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::HOST;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Failure, say, wait_for};
use crate::config::{Config, Loaded, TlsMode};
use crate::web::control::{self, Request, Response};
use crate::world::World;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Succeeds when the server that listens by this configuration says that it is well.
pub(super) fn run(loaded: &Loaded, _: &World) -> Result<(), Failure> {
    let asked = async { tokio::time::timeout(PATIENCE, ask(&loaded.config)).await };
    let status = wait_for(asked)?.map_err(|_| "the server does not answer")??;
    if status != StatusCode::OK {
        return Err(format!("the server answers {status}").into());
    }
    say("well");
    Ok(())
}

async fn ask(config: &Config) -> Result<StatusCode, Failure> {
    let address = address(config)?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|_| format!("nothing answers at {address}"))?;
    if config.tls.mode == TlsMode::Off {
        return get_health(stream, config, address).await;
    }
    let connector = TlsConnector::from(Arc::new(unverified()?));
    let stream = connector
        .connect(ServerName::from(address.ip()), stream)
        .await
        .map_err(|_| format!("what answers at {address} does not speak TLS"))?;
    get_health(stream, config, address).await
}

async fn get_health<S>(stream: S, config: &Config, to: SocketAddr) -> Result<StatusCode, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let public = config.server.public_url.with_listener_port(to.port());
    let request = http::Request::get(format!("{}/health", public.base_path()))
        .header(HOST, public.host_header())
        .body(Empty::<bytes::Bytes>::new())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let status = sender.send_request(request).await?.status();
    connection.abort();
    Ok(status)
}

/// Where the server listens, seen from this machine.
fn address(config: &Config) -> Result<SocketAddr, Failure> {
    let mut listen = config.server.listen;
    if listen.port() == 0 {
        match control::ask(&config.storage.control_socket(), &Request::Status)? {
            Response::Status { listen: given, .. } => listen = given,
            _ => return Err("the running server did not understand".into()),
        }
    }
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(listen)
}

/// TLS that takes any certificate: the connection stays on this machine, where the certificate's
/// name is not the one that is connected to.
fn unverified() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth())
}

/// Takes any certificate whose key the server has.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
