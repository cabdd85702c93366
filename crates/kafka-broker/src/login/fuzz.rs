//! A login without its turns and delays, for fuzz targets.

use std::sync::Arc;

use machine::secret::Secret;

use super::mechanism::Mechanism;
use super::plain;
use super::scram::{Challenge, ClientFirst};
use super::verifier::Verifier;

/// What the broker draws.
const DRAWN: &str = "drawn";

/// Takes the tokens of a login as somebody whom nobody knows: whether they let in. Any number is a mechanism.
pub fn tokens(mechanism: u8, first: &[u8], last: &[u8]) -> bool {
    let mechanism = Mechanism::ALL[usize::from(mechanism) % Mechanism::ALL.len()];
    if mechanism == Mechanism::Plain {
        plain::claim(first);
        return false;
    }
    let Some(client) = ClientFirst::parse(first) else { return false };
    let verifier = Verifier::decoy(mechanism, &client.name, &Secret::new([7; 32]));
    let (challenge, _) = Challenge::new(mechanism.hash(), Arc::new(verifier), &client, DRAWN);
    challenge.answer(last).is_some()
}
