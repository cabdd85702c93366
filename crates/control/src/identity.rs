//! Who can call for an account, and what stands in the way of changing that.
//!
//! An account's owner may do everything with what is the account's. A sub-user acts for the same account and may do
//! what the policies say that its owner has attached to it. Either is known by access keys.

use crate::ids::NameError;
use crate::policy::DocumentError;

/// Sub-users per account.
pub const SUB_USERS_MAX: u32 = 1_000;
/// Access keys of an account's owner.
pub const OWNER_KEYS_MAX: u32 = 5;
/// Access keys per sub-user: the one in use and the one that is to replace it.
pub const SUB_USER_KEYS_MAX: u32 = 2;
/// Policies of its own per account.
pub const POLICIES_MAX: u32 = 1_500;
/// Policies attached to one sub-user.
pub const ATTACHMENTS_MAX: u32 = 40;

/// What the account does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AbsentIdentity {
    /// No sub-user has this name.
    SubUser(String),
    /// No access key of whoever was named has this id.
    AccessKey(String),
    /// No policy has this name.
    Policy(String),
    /// The policy is not attached to the sub-user.
    Attachment(String),
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityConflict {
    /// A sub-user of the account has the name.
    SubUserNameTaken(String),
    /// The sub-user still has access keys.
    SubUserHasKeys,
    /// The sub-user still has policies attached to it.
    SubUserHasPolicies,
    /// A policy of the account has the name.
    PolicyNameTaken(String),
    /// The policy is attached to somebody.
    PolicyAttached,
    /// The policy is attached to this sub-user already.
    AttachedAlready(String),
    /// The policy says what cannot be judged.
    Document(DocumentError),
    /// Without this key nobody could call for the account any more.
    LastKey,
    /// Only the owner of the first account may do this.
    OperatorOnly,
}

/// Of what there can only be so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// Sub-users per account.
    SubUser,
    /// Access keys per owner or sub-user.
    AccessKey,
    /// Policies per account.
    Policy,
    /// Policies per sub-user.
    Attachment,
}

/// Checks a name that is to be given: so many characters, ASCII letters and digits and some others.
pub(crate) fn check_name(
    text: &str,
    max: usize,
    others: &[u8],
    alphabet: &'static str,
) -> Result<(), NameError> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte)) {
        return Err(NameError::Characters(alphabet));
    }
    if text.is_empty() || text.len() > max {
        return Err(NameError::Length { min: 1, max });
    }
    Ok(())
}
