//! A certificate and its key in files of the operator's, as the tools that renew them leave them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::secret::Secret;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use super::TlsError;

/// The two files, PEM. The first holds the server's certificate and those that lead to the root, in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What the files held.
pub(super) struct Content {
    certificate: Vec<u8>,
    key: Secret<Vec<u8>>,
}

impl CertificateFiles {
    pub(super) fn read(&self) -> Result<Content, TlsError> {
        Ok(Content { certificate: read(&self.certificate)?, key: Secret::new(read(&self.key)?) })
    }

    /// The pair, if it is one: a renewal replaces one file after the other.
    pub(super) fn pair(
        &self,
        content: &Content,
        provider: &CryptoProvider,
    ) -> Result<Arc<CertifiedKey>, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&content.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, &"it has no PEM certificate"));
        }
        let key =
            PrivateKeyDer::from_pem_slice(content.key.expose()).map_err(|error| wrong(&self.key, &error))?;
        match CertifiedKey::from_der(chain, key, provider) {
            Ok(pair) => Ok(Arc::new(pair)),
            Err(rustls::Error::InconsistentKeys(_)) => {
                let reason =
                    format!("it is not the key of the certificate in {}", self.certificate.display());
                Err(wrong(&self.key, &reason))
            }
            Err(error) => Err(wrong(&self.key, &error)),
        }
    }
}

impl Content {
    /// Tells one content from another without keeping either.
    pub(super) fn mark(&self) -> [u8; 32] {
        let parts = [&self.certificate, self.key.expose()].map(Sha256::digest);
        Sha256::digest(parts.concat()).into()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { file: path.display().to_string(), source })
}

fn wrong(file: &Path, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::OwnFile { file: file.to_owned(), reason: reason.to_string() }
}
