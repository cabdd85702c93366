//! Which certificate a client sees, before and after another is due.

use std::fs;
use std::path::Path;

use machine::clock::HeldClock;
use machine::disk::RealDisk;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::*;

const NOW_MS: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

struct World {
    folder: TempDir,
    clock: Clock,
    held: HeldClock,
}

impl World {
    fn new() -> Self {
        let (clock, held) = Clock::held(NOW_MS);
        Self { folder: tempfile::tempdir().unwrap(), clock, held }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate that ends in so many days, and its key, as a tool of the operator's writes them.
    fn put(&self, days: u64) -> Vec<u8> {
        let (certificate, key) = pair(days);
        fs::write(self.path("own.pem"), certificate.pem()).unwrap();
        fs::write(self.path("own.key"), key.serialize_pem()).unwrap();
        certificate.der().to_vec()
    }

    fn files(&self) -> CertificateFiles {
        CertificateFiles { certificate: self.path("own.pem"), key: self.path("own.key") }
    }

    fn own(&self) -> Result<Arc<Certificates>, TlsError> {
        Certificates::new(Source::Files(self.files()), self.clock.clone())
    }

    fn local(&self) -> Arc<Certificates> {
        let authority = Authority::open(&RealDisk, self.folder.path(), &self.clock).unwrap();
        let local = Local { authority, addresses: Vec::new(), names: vec!["kafka.lan".into()] };
        Certificates::new(Source::Authority(Box::new(local)), self.clock.clone()).unwrap()
    }
}

fn pair(days: u64) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["kafka.example.org".to_owned()]).unwrap();
    let now = Duration::from_millis(NOW_MS as u64);
    params.not_before = date_time_ymd(1970, 1, 1) + now - Duration::from_secs(86_400 * 30);
    params.not_after = date_time_ymd(1970, 1, 1) + now + Duration::from_secs(86_400 * days);
    (params.self_signed(&key).unwrap(), key)
}

/// What the next handshake shows.
fn shown(certificates: &Certificates) -> Vec<u8> {
    certificates.shown.read().pair.end_entity_cert().unwrap().to_vec()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_pair_that_was_replaced_is_shown_from_then_on() {
    let world = World::new();
    let first = world.put(90);
    let certificates = world.own().unwrap();
    assert_eq!(shown(&certificates), first);
    assert_eq!(certificates.ends_ms(), NOW_MS + 90 * DAY_MS);
    certificates.refresh();
    assert_eq!(shown(&certificates), first);

    let second = world.put(120);
    certificates.refresh();
    assert_eq!(shown(&certificates), second);
    assert_eq!(certificates.ends_ms(), NOW_MS + 120 * DAY_MS);
    assert_eq!(certificates.failures(), 0);
}

#[test]
fn what_cannot_be_used_is_counted_once_and_the_one_before_stays() {
    let world = World::new();
    let first = world.put(90);
    let certificates = world.own().unwrap();
    let (other, key) = pair(120);
    // A tool that renews has written one of two files.
    write(&world.path("own.pem"), &other.pem());
    certificates.refresh();
    certificates.refresh();
    assert_eq!((shown(&certificates), certificates.failures()), (first.clone(), 1));
    assert!(certificates.failure.lock().as_ref().unwrap().contains("not the key of the certificate"));
    write(&world.path("own.key"), &key.serialize_pem());
    certificates.refresh();
    assert_eq!(shown(&certificates), other.der().to_vec());

    for (name, text) in [("own.pem", ""), ("own.pem", "no PEM"), ("own.key", "no PEM")] {
        world.put(130);
        certificates.refresh();
        let before = (shown(&certificates), certificates.failures());
        write(&world.path(name), text);
        certificates.refresh();
        assert_eq!(
            (shown(&certificates), certificates.failures()),
            (before.0, before.1 + 1),
            "{name}: {text:?}"
        );
    }
    let before = shown(&certificates);
    fs::remove_file(world.path("own.pem")).unwrap();
    certificates.refresh();
    assert_eq!(shown(&certificates), before);
    world.held.set_ms(NOW_MS + 10 * DAY_MS);
    world.put(5);
    certificates.refresh();
    assert_eq!(shown(&certificates), before, "one that has ended does not replace one that has not");
}

#[test]
fn a_start_without_a_usable_pair_says_which_file_is_wrong() {
    let world = World::new();
    let refusal = || world.own().err().unwrap().to_string();
    assert!(refusal().contains("own.pem"));
    world.put(90);
    write(&world.path("own.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert!(refusal().contains("own.key"), "{}", refusal());
    world.put(90);
    write(&world.path("own.key"), &pair(90).1.serialize_pem());
    assert!(refusal().contains("not the key of the certificate in"), "{}", refusal());
    world.put(0);
    assert!(world.own().is_ok(), "the server is there to be given another");
}

#[test]
fn the_authoritys_own_is_replaced_before_it_ends() {
    let world = World::new();
    let certificates = world.local();
    let first = shown(&certificates);
    let ends_ms = certificates.ends_ms();
    assert_eq!(ends_ms, NOW_MS + 396 * DAY_MS);
    world.held.set_ms(ends_ms - 61 * DAY_MS);
    certificates.refresh();
    assert_eq!(shown(&certificates), first);
    world.held.set_ms(ends_ms - 60 * DAY_MS);
    certificates.refresh();
    assert_ne!(shown(&certificates), first);
    assert_eq!(certificates.ends_ms(), ends_ms - 60 * DAY_MS + 396 * DAY_MS);
}
