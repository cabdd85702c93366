//! The certificate authority of a data directory, and the certificates it gives the server.
//!
//! The authority is made at the first start and kept, because clients are told to trust it. The server's own
//! certificate is made anew at each start and never leaves memory: there is no second key to guard. The keys
//! come from the cryptography library's own source of randomness, which no test replaces.

use std::collections::BTreeSet;
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use machine::clock::Clock;
use machine::disk::{self, Disk};
use machine::secret::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

use super::{TlsError, failed, read, unreadable};

/// What clients are told to trust, in the data directory.
pub(super) const CERTIFICATE_FILE: &str = "ca.pem";
/// What signs; it stays in the data directory, readable by the owner only.
pub(super) const KEY_FILE: &str = "ca.key";

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AUTHORITY_DAYS: u32 = 3653;
/// No longer than clients accept: some refuse more than 398 days.
pub(super) const SERVER_DAYS: u32 = 397;

/// A certificate of the authority, and the key that goes with it.
pub(super) struct Issued {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// Signs certificates that clients accept once they trust `ca.pem`.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The authority of a data directory, made when there is none.
    pub(crate) fn open(disk: &dyn Disk, data: &Path, clock: &Clock) -> Result<Self, TlsError> {
        let key_path = data.join(KEY_FILE);
        let certificate_path = data.join(CERTIFICATE_FILE);
        let kept = read(disk, &certificate_path)?;
        let key = match read(disk, &key_path)? {
            Some(pem) => KeyPair::from_pem(&String::from_utf8_lossy(Secret::new(pem).expose()))
                .map_err(|error| unreadable(KEY_FILE, &error))?,
            // What clients trust by now cannot be signed for with another key.
            None if kept.is_some() => return Err(TlsError::KeyMissing),
            None => {
                let key = KeyPair::generate()?;
                let pem = Secret::new(key.serialize_pem().into_bytes());
                disk::replace_secret(disk, &key_path, pem.expose()).map_err(failed(&key_path))?;
                key
            }
        };
        let params = authority_params(&key, clock);
        let certificate = match kept {
            Some(pem) => {
                CertificateDer::from_pem_slice(&pem).map_err(|error| unreadable(CERTIFICATE_FILE, &error))?
            }
            // The first start, or one that broke off between the two files.
            None => {
                let certificate = params.self_signed(&key)?;
                disk::replace(disk, &certificate_path, certificate.pem().as_bytes())
                    .map_err(failed(&certificate_path))?;
                certificate.der().clone()
            }
        };
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// A new certificate with its key, for this machine's own names, for `addresses` and for `names`.
    pub(super) fn issue(
        &self,
        addresses: &[IpAddr],
        names: &[String],
        clock: &Clock,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Issued, TlsError> {
        let issued = self.server_certificate(addresses, names, clock)?;
        // Clients would say it less clearly: the files may be of two authorities.
        self.verify(&issued.certificate, "localhost", clock, provider)?;
        Ok(issued)
    }

    fn server_certificate(
        &self,
        addresses: &[IpAddr],
        names: &[String],
        clock: &Clock,
    ) -> Result<Issued, TlsError> {
        let key = KeyPair::generate()?;
        let own = iter::once("localhost".to_owned());
        let mut params = CertificateParams::new(own.chain(names.iter().cloned()).collect::<Vec<_>>())?;
        params.subject_alt_names.extend(reachable(addresses).into_iter().map(SanType::IpAddress));
        params.distinguished_name = name("Weir");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, SERVER_DAYS, clock);
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        Ok(Issued { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
    }

    /// Whether a client that trusts `ca.pem`, and nothing else, accepts the certificate for a name.
    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        name: &'static str,
        clock: &Clock,
        provider: &Arc<CryptoProvider>,
    ) -> Result<(), TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(|error| unreadable(CERTIFICATE_FILE, &error))?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|error| unreadable(CERTIFICATE_FILE, &error))?;
        let name = ServerName::try_from(name).expect("callers give names and addresses");
        let now = UnixTime::since_unix_epoch(since_epoch(clock));
        verifier.verify_server_cert(certificate, &[], &name, &[], now).map_err(TlsError::Untrusted)?;
        Ok(())
    }
}

/// The authority's certificate. Its name follows from the key alone, so that every start signs in the name that
/// `ca.pem` has; a change to the name would part the two.
fn authority_params(key: &KeyPair, clock: &Clock) -> CertificateParams {
    let mut params = CertificateParams::default();
    // Each data directory has its own authority, and a client may trust several: no two share a name.
    let mark: String = params.key_identifier(key).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = name(&format!("Weir local authority {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, AUTHORITY_DAYS, clock);
    params
}

/// This machine's own addresses and those clients are given. Nobody dials an unspecified one.
fn reachable(addresses: &[IpAddr]) -> BTreeSet<IpAddr> {
    let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let given = addresses.iter().map(IpAddr::to_canonical).filter(|address| !address.is_unspecified());
    own.into_iter().chain(given).collect()
}

/// From yesterday on: a client's clock may be behind this one.
fn set_validity(params: &mut CertificateParams, days: u32, clock: &Clock) {
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(clock).saturating_sub(DAY);
    params.not_after = params.not_before + DAY * days;
}

fn since_epoch(clock: &Clock) -> Duration {
    Duration::from_millis(u64::try_from(clock.now_ms()).unwrap_or(0))
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
