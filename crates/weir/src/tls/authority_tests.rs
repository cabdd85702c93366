//! Certificates, judged as a client judges them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use machine::clock::HeldClock;
use machine::disk::RealDisk;
use tempfile::TempDir;

use rustls::crypto::aws_lc_rs;

use super::*;

const NOW_MS: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

struct World {
    data: TempDir,
    clock: Clock,
    held: HeldClock,
}

impl World {
    fn new() -> Self {
        let (clock, held) = Clock::held(NOW_MS);
        Self { data: tempfile::tempdir().unwrap(), clock, held }
    }

    fn open(&self) -> Result<Authority, TlsError> {
        Authority::open(&RealDisk, self.data.path(), &self.clock)
    }

    fn issue(&self) -> Result<Issued, TlsError> {
        self.open()?.issue(&[], &[], &self.clock, &Arc::new(aws_lc_rs::default_provider()))
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.data.path().join(file)).unwrap()
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.data.path().join(file)).unwrap();
    }

    /// What a client says that trusts only what is in `authority`.
    fn verify(
        &self,
        authority: &Authority,
        certificate: &CertificateDer<'_>,
        name: &'static str,
    ) -> Result<(), TlsError> {
        authority.verify(certificate, name, &self.clock, &Arc::new(aws_lc_rs::default_provider()))
    }
}

/// The refusal in words, as a terminal would show it.
fn refusal<T>(outcome: Result<T, TlsError>) -> String {
    outcome.err().expect("it is refused").to_string()
}

#[test]
fn a_certificate_is_good_for_the_advertised_names_and_no_others() {
    let world = World::new();
    let authority = world.open().unwrap();
    let addresses = ["10.1.2.3", "0.0.0.0", "fd00::7"].map(|address| address.parse().unwrap());
    let names = ["kafka.example.org".to_owned()];
    let certificate = authority.server_certificate(&addresses, &names, &world.clock).unwrap().certificate;
    for name in ["localhost", "127.0.0.1", "::1", "10.1.2.3", "fd00::7", "kafka.example.org"] {
        world.verify(&authority, &certificate, name).unwrap();
    }
    for name in ["0.0.0.0", "10.1.2.4", "example.com", "a.localhost"] {
        let refused = refusal(world.verify(&authority, &certificate, name));
        assert!(refused.contains("not valid for name"), "{name}: {refused}");
    }
}

#[test]
fn a_certificate_holds_from_yesterday_for_397_days() {
    let world = World::new();
    let authority = world.open().unwrap();
    let certificate = authority.server_certificate(&[], &[], &world.clock).unwrap().certificate;
    let verify_on = |day: i64| {
        world.held.set_ms(NOW_MS + day * DAY_MS);
        world.verify(&authority, &certificate, "localhost")
    };
    assert!(refusal(verify_on(-2)).contains("not valid yet"));
    verify_on(-1).unwrap();
    verify_on(396).unwrap();
    assert!(refusal(verify_on(397)).contains("expired"));
}

#[test]
fn a_restart_keeps_the_authority_and_its_certificates_stay_trusted() {
    let world = World::new();
    let first = world.open().unwrap();
    let files = (world.read("ca.pem"), world.read("ca.key"));

    // Years later: the name that signs must be the one that was handed out.
    world.held.set_ms(NOW_MS + 9 * 365 * DAY_MS);
    let second = world.open().unwrap();
    assert_eq!((world.read("ca.pem"), world.read("ca.key")), files);
    let certificate = second.server_certificate(&[], &[], &world.clock).unwrap().certificate;
    world.verify(&first, &certificate, "localhost").unwrap();
}

#[test]
fn only_the_owner_reads_the_key_and_the_certificate_holds_none() {
    let world = World::new();
    world.open().unwrap();
    let mode = fs::metadata(world.data.path().join("ca.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(String::from_utf8(world.read("ca.key")).unwrap().contains("PRIVATE KEY"));
    let certificate = String::from_utf8(world.read("ca.pem")).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----") && !certificate.contains("PRIVATE"));
}

#[test]
fn a_first_start_that_broke_off_between_the_files_goes_on_with_its_key() {
    let world = World::new();
    world.open().unwrap();
    let key = world.read("ca.key");
    world.remove("ca.pem");
    world.issue().unwrap();
    assert_eq!(world.read("ca.key"), key);
}

#[test]
fn a_lost_or_damaged_file_is_named_and_left_alone() {
    let world = World::new();
    world.open().unwrap();
    let certificate = world.read("ca.pem");
    world.remove("ca.key");
    assert!(refusal(world.open()).contains("ca.key is missing"));
    assert_eq!(world.read("ca.pem"), certificate);

    fs::write(world.data.path().join("ca.key"), "no key").unwrap();
    assert!(refusal(world.open()).contains("ca.key in the data directory cannot be read"));
    assert_eq!(world.read("ca.key"), b"no key");
}

#[test]
fn files_of_two_authorities_are_refused_before_a_client_would() {
    let (world, other) = (World::new(), World::new());
    other.open().unwrap();
    world.issue().unwrap();

    fs::write(world.data.path().join("ca.pem"), other.read("ca.pem")).unwrap();
    let refused = refusal(world.issue());
    assert!(refused.contains("not trusted by ca.pem"), "{refused}");
}
