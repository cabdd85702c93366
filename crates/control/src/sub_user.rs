//! Sub-users: who acts for an account beside its owner.

use crate::identity::check_name;
use crate::ids::{NameError, SubUserId, SubUserName};

/// A sub-user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubUser {
    /// Never given to another one.
    pub id: SubUserId,
    /// How its owner names it.
    pub name: SubUserName,
    /// What people call it.
    pub display_name: String,
    /// What is noted about it.
    pub comments: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it was changed last.
    pub updated_ms: i64,
}

/// A sub-user to be made.
#[derive(Clone, Debug)]
pub struct SubUserCreate {
    /// How its owner names it.
    pub name: SubUserName,
    /// What people call it.
    pub display_name: String,
    /// What is noted about it.
    pub comments: String,
}

/// What is to be different about a sub-user; none leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct SubUserChange {
    /// How its owner names it.
    pub name: Option<SubUserName>,
    /// What people call it.
    pub display_name: Option<String>,
    /// What is noted about it.
    pub comments: Option<String>,
}

impl SubUserName {
    /// Checks a name that is to be given.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check_name(text, 64, b"._-", "letters, digits, '.', '_' and '-'")?;
        Ok(Self::new(text))
    }
}
