//! Policies that an owner has written, and to whom they are attached.

use crate::identity::check_name;
use crate::ids::{NameError, PolicyName};

/// Which policy: one of the account's own, or one that every account has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyRef {
    /// Whether every account has it.
    pub standing: bool,
    /// Its name.
    pub name: PolicyName,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Everything but what it says.
    pub facts: PolicyFacts,
    /// What it says, as its author wrote it.
    pub document: String,
}

/// A policy without what it says, which is long and in no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFacts {
    /// Which one it is.
    pub of: PolicyRef,
    /// What it is for.
    pub description: String,
    /// When it was made, in milliseconds since 1970. A standing one was there before everything.
    pub created_ms: i64,
    /// When it was changed last.
    pub updated_ms: i64,
    /// To how many of the account's sub-users it is attached.
    pub attachments: u32,
}

/// A policy to be made.
#[derive(Clone, Debug)]
pub struct PolicyCreate {
    /// Its name.
    pub name: PolicyName,
    /// What it is for.
    pub description: String,
    /// What it says.
    pub document: String,
}

/// A policy that is attached to a sub-user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The policy.
    pub policy: PolicyRef,
    /// When it was attached, in milliseconds since 1970.
    pub attached_ms: i64,
}

impl PolicyName {
    /// Checks a name that is to be given.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check_name(text, 128, b"-", "letters, digits and '-'")?;
        Ok(Self::new(text))
    }
}
