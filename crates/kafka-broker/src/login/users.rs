//! Who may log in, and who has to go when that changes.

use std::sync::Arc;

use hashbrown::HashMap;
use machine::secret::Secret;
use tokio::sync::watch;

use super::mechanism::{Hash, Mechanism};
use super::verifier::Verifier;

/// Somebody who may log in. A name may be there once for each mechanism, each time with a password of its own.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: String,
    /// How.
    pub mechanism: Mechanism,
    /// What is kept of the password.
    pub verifier: Verifier,
}

type Table = HashMap<(Mechanism, String), Arc<Verifier>>;

/// The users of a cluster.
#[derive(Debug)]
pub(crate) struct Users {
    table: watch::Sender<Table>,
    /// Decides what those who are not there are checked against.
    secret: Secret<[u8; 32]>,
}

impl Users {
    /// Those of one cluster. The secret is the process's: what stands in for those who are not there must differ from
    /// cluster to cluster, or somebody with a cluster of their own could compare.
    pub(crate) fn new(users: Vec<User>, secret: &Secret<[u8; 32]>, cluster: &str) -> Self {
        let mut own = [0; 32];
        own.copy_from_slice(&Hash::Sha256.keyed(secret.expose(), &[b"cluster", cluster.as_bytes()]));
        Self { table: watch::Sender::new(table(users)), secret: Secret::new(own) }
    }

    /// Replaces all of them.
    pub(crate) fn set(&self, users: Vec<User>) {
        self.table.send_replace(table(users));
    }

    /// Somebody who says to be this user, to be checked. Nothing about it tells whether there is such a user.
    pub(super) fn candidate(&self, mechanism: Mechanism, name: &str) -> Candidate {
        let decoy = Verifier::decoy(mechanism, name, &self.secret);
        let key = (mechanism, name.to_owned());
        let table = self.table.subscribe();
        let verifier = table.borrow().get(&key).cloned().unwrap_or_else(|| Arc::new(decoy));
        Candidate { key, verifier, table }
    }
}

fn table(users: Vec<User>) -> Table {
    users.into_iter().map(|user| ((user.mechanism, user.name), Arc::new(user.verifier))).collect()
}

/// Somebody who has yet to show that they are who they say.
#[derive(Debug)]
pub(super) struct Candidate {
    key: (Mechanism, String),
    pub(super) verifier: Arc<Verifier>,
    table: watch::Receiver<Table>,
}

impl Candidate {
    /// Whom they say to be.
    pub(super) fn name(&self) -> &str {
        &self.key.1
    }

    /// They are.
    pub(super) fn admitted(self) -> Login {
        Login { candidate: self }
    }
}

/// A login, for as long as its user is there and has the password it was made with.
#[derive(Debug)]
pub(crate) struct Login {
    candidate: Candidate,
}

impl Login {
    /// The user's name.
    pub(crate) fn name(&self) -> &str {
        &self.candidate.key.1
    }

    /// How the user logged in.
    pub(crate) fn mechanism(&self) -> Mechanism {
        self.candidate.key.0
    }

    /// Waits until the user is gone, or has another password.
    pub(crate) async fn withdrawn(&mut self) {
        let Candidate { key, verifier, table } = &mut self.candidate;
        let changed = table.wait_for(|table| table.get(key).is_none_or(|now| **now != **verifier));
        if changed.await.is_err() {
            // The cluster is gone, and whoever closed it ends the connections.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use machine::random::Random;

    use super::*;

    fn user(name: &str, mechanism: Mechanism, password: &str) -> User {
        let verifier = Verifier::new(mechanism, &Secret::new(password.into()), &Random::system());
        User { name: name.into(), mechanism, verifier }
    }

    async fn is_withdrawn(login: &mut Login) -> bool {
        tokio::select! {
            biased;
            () = login.withdrawn() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn a_login_ends_with_its_user_or_its_password_and_with_nobody_elses() {
        let (plain, scram) = (user("a", Mechanism::Plain, "one"), user("a", Mechanism::ScramSha256, "one"));
        let users = Users::new(vec![plain.clone(), scram.clone()], &Secret::new([7; 32]), "c");
        let mut by_plain = users.candidate(Mechanism::Plain, "a").admitted();
        let mut by_scram = users.candidate(Mechanism::ScramSha256, "a").admitted();
        users.set(vec![scram.clone(), plain.clone(), user("b", Mechanism::Plain, "two")]);
        assert!(!is_withdrawn(&mut by_plain).await && !is_withdrawn(&mut by_scram).await);
        users.set(vec![user("a", Mechanism::Plain, "two"), scram]);
        assert!(is_withdrawn(&mut by_plain).await && !is_withdrawn(&mut by_scram).await);
        users.set(vec![]);
        assert!(is_withdrawn(&mut by_scram).await);
    }

    #[test]
    fn who_is_not_there_is_checked_like_who_is() {
        let users = Users::new(vec![user("a", Mechanism::Plain, "one")], &Secret::new([7; 32]), "c");
        let there = users.candidate(Mechanism::Plain, "a").verifier;
        let absent = users.candidate(Mechanism::Plain, "b").verifier;
        assert_eq!((there.iterations, there.salt.len()), (absent.iterations, absent.salt.len()));
        assert!(there.recognises(Mechanism::Plain.hash(), "one"));
        assert!(!absent.recognises(Mechanism::Plain.hash(), "one"));
        let elsewhere = Users::new(Vec::new(), &Secret::new([7; 32]), "d");
        assert_ne!(absent.salt, elsewhere.candidate(Mechanism::Plain, "b").verifier.salt);
    }
}
