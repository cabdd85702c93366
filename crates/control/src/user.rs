//! Users: who may log in to an instance.

use machine::secret::Secret;
use serde::{Deserialize, Serialize};

use crate::ids::{InstanceId, Region, UserName};

/// Most users of one instance.
pub const USERS_MAX: u32 = 1000;

/// The two kinds of login. A name can be there once for each, with a password of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// The password is sent.
    Plain,
    /// Only proof of knowing it is sent.
    Scram,
}

/// How a user logs in, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// The password is sent.
    Plain,
    /// Proof over SHA-256.
    ScramSha256,
    /// Proof over SHA-512.
    ScramSha512,
}

impl Mechanism {
    /// The kind of login that this is one of.
    pub fn kind(self) -> LoginKind {
        match self {
            Self::Plain => LoginKind::Plain,
            Self::ScramSha256 | Self::ScramSha512 => LoginKind::Scram,
        }
    }
}

impl From<LoginKind> for Mechanism {
    /// The mechanism of users for whom none was chosen.
    fn from(kind: LoginKind) -> Self {
        match kind {
            LoginKind::Plain => Self::Plain,
            LoginKind::Scram => Self::ScramSha256,
        }
    }
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: UserName,
    /// How it logs in.
    pub mechanism: Mechanism,
    /// The password, which its owner can ask for.
    pub password: Secret<String>,
}

/// Makes a user, or gives one that is there another password.
#[derive(Clone, Debug)]
pub struct UserPut {
    /// Where the instance was bought.
    pub region: Region,
    /// Which instance.
    pub instance: InstanceId,
    /// The name.
    pub name: UserName,
    /// The kind of login.
    pub kind: LoginKind,
    /// The mechanism, of this kind. None keeps that of a user who is there.
    pub mechanism: Option<Mechanism>,
    /// The password from now on.
    pub password: Secret<String>,
}

/// Which user.
#[derive(Clone, Debug)]
pub struct UserRef {
    /// Where the instance was bought.
    pub region: Region,
    /// Which instance.
    pub instance: InstanceId,
    /// The name.
    pub name: UserName,
    /// The kind of login.
    pub kind: LoginKind,
}

/// The user that an instance is deployed with. It logs in with its password.
#[derive(Clone, Debug)]
pub struct FirstUser {
    /// The name.
    pub name: UserName,
    /// The password; none has one drawn.
    pub password: Option<Secret<String>>,
}
