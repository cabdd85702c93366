//! Logging in: SASL as Kafka speaks it, apart from its frames.
//!
//! A client chooses a mechanism, then client and broker exchange tokens until one side has had enough. Whether a user
//! is there shows neither in what is said nor in how long it takes: who is not there is checked against a decoy.

mod checks;
#[cfg(feature = "fuzz")]
mod fuzz;
mod mechanism;
mod plain;
mod scram;
mod users;
mod verifier;

use machine::random::Random;
use machine::secret::Secret;

pub(crate) use checks::{Checks, Turns};
#[cfg(feature = "fuzz")]
pub use fuzz::tokens;
pub use mechanism::Mechanism;
pub use users::User;
pub(crate) use users::{Login, Users};
pub use verifier::{NotAVerifier, Verifier};

use scram::{Challenge, ClientFirst};
use users::Candidate;

/// Letters that the broker draws for a challenge: 24 of 62, so that nobody draws the same twice.
const NONCE_LETTERS: usize = 24;

/// What a login needs of its cluster.
pub(crate) struct Means<'a> {
    pub(crate) users: &'a Users,
    pub(crate) checks: &'a Checks,
    pub(crate) random: &'a Random,
}

/// A login under way.
#[derive(Default)]
pub(crate) struct Dialogue {
    stage: Stage,
}

#[derive(Default)]
enum Stage {
    /// No mechanism is chosen.
    #[default]
    Open,
    /// The first token is awaited.
    Chosen(Mechanism),
    /// The proof is awaited.
    Challenged(Mechanism, Box<(Challenge, Candidate)>),
}

/// What a token has come to.
pub(crate) enum Step {
    /// The client is to answer this.
    Challenge(Vec<u8>),
    /// The client is who it says; it is told this.
    Accepted(Vec<u8>, Login),
    /// It is not, or did not keep to the mechanism.
    Refused(Mechanism),
}

impl Dialogue {
    /// The mechanism that was chosen, while the dialogue goes on.
    pub(crate) fn mechanism(&self) -> Option<Mechanism> {
        match &self.stage {
            Stage::Open => None,
            Stage::Chosen(mechanism) | Stage::Challenged(mechanism, _) => Some(*mechanism),
        }
    }

    /// Begins.
    pub(crate) fn choose(&mut self, mechanism: Mechanism) {
        self.stage = Stage::Chosen(mechanism);
    }

    /// Takes the client's next token; none when no mechanism is chosen.
    pub(crate) async fn token(&mut self, token: &[u8], means: &Means<'_>) -> Option<Step> {
        match std::mem::take(&mut self.stage) {
            Stage::Open => None,
            Stage::Chosen(Mechanism::Plain) => Some(password(token, means).await),
            Stage::Chosen(mechanism) => Some(self.challenge(mechanism, token, means)),
            Stage::Challenged(mechanism, begun) => {
                let (challenge, candidate) = *begun;
                Some(match challenge.answer(token) {
                    Some(answer) => Step::Accepted(answer.into_bytes(), candidate.admitted()),
                    None => Step::Refused(mechanism),
                })
            }
        }
    }

    fn challenge(&mut self, mechanism: Mechanism, token: &[u8], means: &Means<'_>) -> Step {
        let Some(first) = ClientFirst::parse(token) else { return Step::Refused(mechanism) };
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let drawn = means.random.text(letters, NONCE_LETTERS);
        let candidate = means.users.candidate(mechanism, &first.name);
        let (challenge, message) =
            Challenge::new(mechanism.hash(), candidate.verifier.clone(), &first, &drawn);
        self.stage = Stage::Challenged(mechanism, Box::new((challenge, candidate)));
        Step::Challenge(message.into_bytes())
    }
}

async fn password(token: &[u8], means: &Means<'_>) -> Step {
    let mechanism = Mechanism::Plain;
    let Some(claim) = plain::claim(token) else { return Step::Refused(mechanism) };
    let candidate = means.users.candidate(mechanism, claim.name);
    let (verifier, password) = (candidate.verifier.clone(), Secret::new(claim.password.to_owned()));
    let check = move || verifier.recognises(mechanism.hash(), password.expose());
    match means.checks.run(check).await {
        true => Step::Accepted(Vec::new(), candidate.admitted()),
        false => Step::Refused(mechanism),
    }
}
