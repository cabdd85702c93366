//! What the actions on users share: how names, passwords and ways of logging in are written.

use control::Fault;
use control::fault::Conflict;
use control::ids::UserName;
use control::instance::{Instance, InstanceState};
use control::user::{LoginKind, Mechanism};
use machine::secret::Secret;

use super::details::{DeployType, Details};
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar, choice};

/// Most characters of a password.
const PASSWORD_MAX: usize = 128;

choice! {
    /// The two kinds of users.
    pub(crate) enum UserType: String {
        /// They send their password.
        Plain = "plain",
        /// They prove that they know it.
        Scram = "scram",
    }
}

choice! {
    /// How users of the second kind prove it.
    pub(crate) enum ProofMechanism: String {
        /// Over SHA-256.
        Sha256 = "SCRAM-SHA-256",
        /// Over SHA-512.
        Sha512 = "SCRAM-SHA-512",
    }
}

impl From<UserType> for LoginKind {
    fn from(user_type: UserType) -> Self {
        match user_type {
            UserType::Plain => Self::Plain,
            UserType::Scram => Self::Scram,
        }
    }
}

impl From<ProofMechanism> for Mechanism {
    fn from(mechanism: ProofMechanism) -> Self {
        match mechanism {
            ProofMechanism::Sha256 => Self::ScramSha256,
            ProofMechanism::Sha512 => Self::ScramSha512,
        }
    }
}

/// The type and the mechanism as replies show them.
pub(crate) fn words_of(mechanism: Mechanism) -> (UserType, &'static str) {
    match mechanism {
        Mechanism::Plain => (UserType::Plain, ""),
        Mechanism::ScramSha256 => (UserType::Scram, "SCRAM-SHA-256"),
        Mechanism::ScramSha512 => (UserType::Scram, "SCRAM-SHA-512"),
    }
}

/// The name of a user that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewUserName(pub(crate) UserName);

impl Scalar for NewUserName {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        UserName::parse(&read).map(Self).map_err(|error| Rejection::name(field.name, &error))
    }
}

/// A password that is to be set.
#[derive(Clone, Debug)]
pub(crate) struct Password(pub(crate) Secret<String>);

impl Scalar for Password {
    const KIND: Kind = Kind::String;
    type Read = Secret<String>;

    fn parse(text: &str) -> Option<Secret<String>> {
        Some(Secret::new(text.to_owned()))
    }

    fn check(field: &Field, read: Secret<String>, _: &Decoding<'_>) -> Result<Self, Rejection> {
        password_checked(field.name, read).map(Self)
    }
}

/// The value of this parameter, when it can be a password.
pub(crate) fn password_checked(
    name: &'static str,
    password: Secret<String>,
) -> Result<Secret<String>, Rejection> {
    let text = password.expose();
    if text.len() > PASSWORD_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = format!("must have 1 to {PASSWORD_MAX} printable characters without a space");
        return Err(Rejection::rule(name, reason));
    }
    Ok(password)
}

/// Refuses unless an instance serves and has a way in on which users log in.
pub(crate) fn ensure_logins(instance: &Instance) -> Result<(), Refused> {
    match instance.state {
        InstanceState::Running | InstanceState::Changing => {}
        other => return Err(Fault::from(Conflict::InstanceState(other)).into()),
    }
    let has_logins =
        instance.settings.acl_enabled || Details::of(instance)?.deploy_type == DeployType::Public;
    if has_logins { Ok(()) } else { Err(Refused::AclOff) }
}
