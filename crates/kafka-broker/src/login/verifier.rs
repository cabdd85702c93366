//! What is kept of a password: enough to recognise it, not enough to log in with.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::random::Random;
use machine::secret::Secret;
use subtle::ConstantTimeEq;

use super::mechanism::{Hash, Mechanism};

/// What Kafka makes its own with, and the least that RFC 7677 allows. Clients do as much work as the broker.
const ITERATIONS: u32 = 4096;
const SALT_BYTES: usize = 16;

/// The verifier of RFC 5802. For passwords that are sent as they are it serves as a slow, salted hash.
///
/// As text it is written as Kafka writes it: `salt=…,stored_key=…,server_key=…,iterations=…`.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u32,
    pub(super) stored_key: Secret<Vec<u8>>,
    pub(super) server_key: Secret<Vec<u8>>,
}

impl Verifier {
    /// Takes milliseconds: not for a thread that others wait for.
    pub fn new(mechanism: Mechanism, password: &Secret<String>, random: &Random) -> Self {
        let mut salt = vec![0; SALT_BYTES];
        random.fill(&mut salt);
        Self::salted(mechanism.hash(), password.expose(), salt, ITERATIONS)
    }

    pub(super) fn salted(hash: Hash, password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        let stretched = hash.stretched(password, &salt, iterations);
        let client_key = Secret::new(hash.keyed(stretched.expose(), &[b"Client Key"]));
        Self {
            salt,
            iterations,
            stored_key: Secret::new(hash.digest(client_key.expose())),
            server_key: Secret::new(hash.keyed(stretched.expose(), &[b"Server Key"])),
        }
    }

    /// What somebody is checked against who is not there: it looks like anybody's, is the same each time, and no
    /// password has it.
    pub(super) fn decoy(mechanism: Mechanism, name: &str, secret: &Secret<[u8; 32]>) -> Self {
        let hash = mechanism.hash();
        let drawn =
            |what: &[u8]| hash.keyed(secret.expose(), &[what, mechanism.name().as_bytes(), name.as_bytes()]);
        let mut salt = drawn(b"salt");
        salt.truncate(SALT_BYTES);
        Self {
            salt,
            iterations: ITERATIONS,
            stored_key: Secret::new(drawn(b"stored")),
            server_key: Secret::new(drawn(b"server")),
        }
    }

    /// Whether it was made of this password. Takes as long as making it.
    pub(super) fn recognises(&self, hash: Hash, password: &str) -> bool {
        *self == Self::salted(hash, password, self.salt.clone(), self.iterations)
    }
}

impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        let keys = self.stored_key.expose().ct_eq(other.stored_key.expose())
            & self.server_key.expose().ct_eq(other.server_key.expose());
        self.salt == other.salt && self.iterations == other.iterations && keys.into()
    }
}

impl Verifier {
    /// As text, for whoever keeps it.
    pub fn to_text(&self) -> Secret<String> {
        let Self { salt, iterations, stored_key, server_key } = self;
        let [salt, stored_key, server_key] =
            [salt, stored_key.expose(), server_key.expose()].map(|bytes| BASE64.encode(bytes));
        Secret::new(format!(
            "salt={salt},stored_key={stored_key},server_key={server_key},iterations={iterations}"
        ))
    }
}

/// The text is not one that [`Verifier::to_text`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier")]
pub struct NotAVerifier;

impl FromStr for Verifier {
    type Err = NotAVerifier;

    fn from_str(text: &str) -> Result<Self, NotAVerifier> {
        let mut fields = text.split(',');
        let mut field = |name: &str| {
            let (found, value) = fields.next()?.split_once('=')?;
            (found == name).then_some(value)
        };
        let mut read = || {
            let salt = BASE64.decode(field("salt")?).ok()?;
            let stored_key = Secret::new(BASE64.decode(field("stored_key")?).ok()?);
            let server_key = Secret::new(BASE64.decode(field("server_key")?).ok()?);
            let iterations = field("iterations")?.parse().ok()?;
            Some(Self { salt, iterations, stored_key, server_key })
        };
        read().ok_or(NotAVerifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifier(mechanism: Mechanism, password: &str) -> Verifier {
        Verifier::new(mechanism, &Secret::new(password.into()), &Random::system())
    }

    #[test]
    fn a_verifier_recognises_its_password_and_no_other() {
        for mechanism in Mechanism::ALL {
            let verifier = verifier(mechanism, "pencil");
            assert!(verifier.recognises(mechanism.hash(), "pencil"));
            for other in ["", "pencil ", "Pencil", "pen"] {
                assert!(!verifier.recognises(mechanism.hash(), other), "{other:?}");
            }
        }
    }

    #[test]
    fn one_password_never_gives_one_verifier_twice() {
        assert_ne!(
            verifier(Mechanism::Plain, "pencil").to_text().expose(),
            verifier(Mechanism::Plain, "pencil").to_text().expose()
        );
    }

    #[test]
    fn a_verifier_is_read_as_it_was_written() {
        let verifier = verifier(Mechanism::ScramSha512, "pencil");
        let text = verifier.to_text();
        assert!(text.expose().parse::<Verifier>().unwrap() == verifier);
        assert!(!text.expose().contains("pencil"));
        for damaged in
            ["", "salt=AAAA", &text.expose().replace("iterations", "rounds"), "salt=!,stored_key=,"]
        {
            assert_eq!(damaged.parse::<Verifier>().err(), Some(NotAVerifier));
        }
    }

    #[test]
    fn a_decoy_is_the_same_each_time_and_somebody_elses_for_another_name() {
        let secret = Secret::new([7; 32]);
        let decoy = |name| Verifier::decoy(Mechanism::ScramSha256, name, &secret);
        assert!(decoy("a") == decoy("a") && decoy("a") != decoy("b"));
        let real = verifier(Mechanism::ScramSha256, "pencil");
        assert_eq!(
            (decoy("a").salt.len(), decoy("a").iterations, decoy("a").stored_key.expose().len()),
            (real.salt.len(), real.iterations, real.stored_key.expose().len())
        );
    }

    #[test]
    fn nothing_is_shown_of_a_verifier() {
        let shown = format!("{:?}", verifier(Mechanism::Plain, "pencil"));
        assert!(
            shown.contains("stored_key: Secret(…)") && shown.contains("server_key: Secret(…)"),
            "{shown}"
        );
    }
}
