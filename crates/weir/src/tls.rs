//! TLS of all ports: which certificate they show, and how it is replaced while they serve.

mod authority;
mod certificates;
mod figures;
mod files;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub(crate) use authority::Authority;
use authority::{CERTIFICATE_FILE, KEY_FILE};
pub(crate) use certificates::{Certificates, Local, Source};
pub(crate) use figures::CertificateFigures;
pub(crate) use files::CertificateFiles;

/// Why there is no TLS; the text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot use {file}: {source}")]
    File { file: String, source: io::Error },
    #[error(
        "{KEY_FILE} is missing from the data directory; bring it back, or remove {CERTIFICATE_FILE} too to \
         have a new authority made"
    )]
    KeyMissing,
    #[error("{file} in the data directory cannot be read: {reason}")]
    Unreadable { file: &'static str, reason: String },
    #[error(
        "what {KEY_FILE} signs is not trusted by {CERTIFICATE_FILE} ({0}); remove both from the data \
         directory to have a new authority made"
    )]
    Untrusted(rustls::Error),
    #[error("{}: {reason}", file.display())]
    OwnFile { file: PathBuf, reason: String },
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
}

/// TLS 1.2 and 1.3 with the certificate that is current when a client comes. A client that would speak another of some
/// `protocols` is told in the handshake, and not by a reply it cannot read.
pub(crate) fn server_config(
    certificates: &Arc<Certificates>,
    protocols: &[&str],
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates.clone());
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// All bytes of a file, or nothing when there is none.
fn read(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, TlsError> {
    match disk::read(disk, path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    |source| TlsError::File { file: path.display().to_string(), source }
}

fn unreadable(file: &'static str, error: &dyn std::error::Error) -> TlsError {
    TlsError::Unreadable { file, reason: error.to_string() }
}
