//! The certificate that all ports with TLS show, and its renewal.
//!
//! A handshake takes whatever is current; connections that are open keep what they began with. What cannot be used is
//! reported and never shown: the one before stays.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machine::clock::Clock;
use parking_lot::{Mutex, RwLock};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{SignalKind, signal};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::authority::{DAY, SERVER_DAYS};
use super::{Authority, CertificateFiles, TlsError, provider};

/// How often it is looked whether another certificate is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long before its end the authority's certificate is replaced by the next.
const RENEWED_BEFORE: Duration = Duration::from_secs(60 * DAY.as_secs());
const _: () = assert!(RENEWED_BEFORE.as_secs() < SERVER_DAYS as u64 * DAY.as_secs());

/// Where certificates come from.
pub(crate) enum Source {
    /// Made by the data directory's authority.
    Authority(Box<Local>),
    /// The operator's, read again when they change.
    Files(CertificateFiles),
}

/// What the data directory's authority makes certificates for.
pub(crate) struct Local {
    pub(crate) authority: Authority,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) names: Vec<String>,
}

/// The current certificate.
pub(crate) struct Certificates {
    source: Source,
    clock: Clock,
    provider: Arc<CryptoProvider>,
    shown: RwLock<Shown>,
    /// Replacements that could not be used.
    failures: AtomicU64,
    /// Why the last one could not, so that it is reported once and not at every look.
    failure: Mutex<Option<String>>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificates")
    }
}

#[derive(Clone)]
struct Shown {
    pair: Arc<CertifiedKey>,
    /// When it ends, in milliseconds since 1970.
    ends_ms: i64,
    /// Of the files it came from.
    mark: Option<[u8; 32]>,
}

impl Certificates {
    /// The first certificate. One that has ended is used all the same, with a warning: clients that look refuse it, and
    /// the server is there to be given another.
    pub(crate) fn new(source: Source, clock: Clock) -> Result<Arc<Self>, TlsError> {
        let provider = provider();
        let shown = match &source {
            Source::Authority(local) => issued(local, &clock, &provider)?,
            Source::Files(files) => {
                let content = files.read()?;
                Shown { mark: Some(content.mark()), ..dated(files.pair(&content, &provider)?)? }
            }
        };
        if shown.ends_ms <= clock.now_ms() {
            tracing::error!("the TLS certificate has ended: clients refuse it until the file is replaced");
        }
        let shown = RwLock::new(shown);
        Ok(Arc::new(Self {
            source,
            clock,
            provider,
            shown,
            failures: AtomicU64::new(0),
            failure: Mutex::default(),
        }))
    }

    /// Replaces the certificate when another is due. What is wrong with the next one is logged, once.
    pub(crate) fn refresh(&self) {
        match self.next() {
            Ok(next) => {
                *self.failure.lock() = None;
                if let Some(next) = next {
                    *self.shown.write() = next;
                    tracing::info!("the TLS certificate was replaced");
                }
            }
            Err(error) => {
                let reason = error.to_string();
                let mut failure = self.failure.lock();
                if failure.as_ref() != Some(&reason) {
                    self.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(reason, "the new TLS certificate cannot be used; the one before stays");
                    *failure = Some(reason);
                }
            }
        }
    }

    /// Looks again and again, and at SIGHUP, for as long as anybody shows what it finds.
    pub(crate) fn watch(self: &Arc<Self>) -> std::io::Result<()> {
        let mut hang_up = signal(SignalKind::hangup())?;
        let watched = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = hang_up.recv() => {}
                }
                let Some(certificates) = watched.upgrade() else { return };
                if let Err(ended) = tokio::task::spawn_blocking(move || certificates.refresh()).await {
                    tracing::error!(%ended, "looking for a TLS certificate did not end well");
                }
            }
        });
        Ok(())
    }

    /// When the current one ends, in milliseconds since 1970.
    pub(super) fn ends_ms(&self) -> i64 {
        self.shown.read().ends_ms
    }

    /// How many replacements could not be used.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn next(&self) -> Result<Option<Shown>, TlsError> {
        let shown = self.shown.read().clone();
        let now_ms = self.clock.now_ms();
        match &self.source {
            Source::Authority(local) => {
                let renewed_before_ms = i64::try_from(RENEWED_BEFORE.as_millis()).unwrap_or(i64::MAX);
                let due = shown.ends_ms.saturating_sub(renewed_before_ms) <= now_ms;
                due.then(|| issued(local, &self.clock, &self.provider)).transpose()
            }
            Source::Files(files) => {
                let content = files.read()?;
                let mark = Some(content.mark());
                if mark == shown.mark {
                    return Ok(None);
                }
                let next = Shown { mark, ..dated(files.pair(&content, &self.provider)?)? };
                if next.ends_ms <= now_ms && shown.ends_ms > now_ms {
                    let reason = "the certificate has ended already".into();
                    return Err(TlsError::OwnFile { file: files.certificate.clone(), reason });
                }
                Ok(Some(next))
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().pair.clone())
    }
}

fn issued(local: &Local, clock: &Clock, provider: &Arc<CryptoProvider>) -> Result<Shown, TlsError> {
    let issued = local.authority.issue(&local.addresses, &local.names, clock, provider)?;
    dated(Arc::new(CertifiedKey::from_der(vec![issued.certificate], issued.key, provider)?))
}

fn dated(pair: Arc<CertifiedKey>) -> Result<Shown, TlsError> {
    let ends_ms = ends_ms(pair.end_entity_cert()?)?;
    Ok(Shown { pair, ends_ms, mark: None })
}

fn ends_ms(certificate: &CertificateDer<'_>) -> Result<i64, TlsError> {
    let (_, read) = X509Certificate::from_der(certificate).map_err(|_| {
        TlsError::Setup(rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding))
    })?;
    Ok(read.validity().not_after.timestamp().saturating_mul(1000))
}

#[cfg(test)]
#[path = "certificates_tests.rs"]
mod tests;
