//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use control::identity::{AbsentIdentity, IdentityConflict, IdentityKind};
use control::policy::DocumentError;

use super::causes;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::causes::MALFORMED;
use crate::dialects::aliyun::companions::faults::{self, not_found, refuse};
use crate::dialects::aliyun::params::Breach;
use crate::refusal::Refusal;

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    faults::refusal(refused, malformed, of_fault)
}

/// What breaks a rule.
pub(crate) fn malformed(parameter: &str, breach: Breach) -> &'static str {
    match (parameter, breach) {
        ("UserName", Breach::Length) => "InvalidParameter.UserName.Length",
        ("UserName", Breach::Other) => "InvalidParameter.UserName.InvalidChars",
        ("NewUserName", Breach::Length) => "InvalidParameter.NewUserName.Length",
        ("NewUserName", Breach::Other) => "InvalidParameter.NewUserName.InvalidChars",
        ("PolicyName", Breach::Length) => "InvalidParameter.PolicyName.Length",
        ("PolicyName", Breach::Other) => "InvalidParameter.PolicyName.InvalidChars",
        ("PolicyType", _) => "InvalidParameter.PolicyType",
        ("DisplayName", Breach::Length) => "InvalidParameter.DisplayName.Length",
        ("NewDisplayName", Breach::Length) => "InvalidParameter.NewDisplayName.Length",
        ("Comments", Breach::Length) => "InvalidParameter.Comments.Length",
        ("NewComments", Breach::Length) => "InvalidParameter.NewComments.Length",
        ("Description", Breach::Length) => "InvalidParameter.Description.Length",
        _ => MALFORMED,
    }
}

pub(crate) fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::Identity(absent)) => match absent {
            AbsentIdentity::SubUser(name) => not_found(causes::USER, "user", &name),
            AbsentIdentity::AccessKey(id) => not_found(causes::KEY, "access key", &id),
            AbsentIdentity::Policy(name) => not_found(causes::POLICY, "policy", &name),
            AbsentIdentity::Attachment(name) => not_found(causes::ATTACHMENT, "policy of the user", &name),
        },
        Fault::Conflict(Conflict::Identity(conflict)) => of_conflict(&conflict),
        Fault::Capacity(Capacity::Identities { kind, limit }) => {
            let (cause, text) = match kind {
                IdentityKind::SubUser => {
                    (causes::USERS_FULL, format!("An account has {limit} users at most."))
                }
                IdentityKind::AccessKey => {
                    (causes::KEYS_FULL, format!("There are {limit} access keys at most."))
                }
                IdentityKind::Policy => {
                    (causes::POLICIES_FULL, format!("An account has {limit} policies of its own at most."))
                }
                IdentityKind::Attachment => {
                    (causes::ATTACHMENTS_FULL, format!("A user has {limit} policies at most."))
                }
            };
            refuse(cause, text)
        }
        fault => faults::of_any_product(fault),
    }
}

fn of_conflict(identity: &IdentityConflict) -> Refusal {
    match identity {
        IdentityConflict::SubUserNameTaken(_) => refuse(causes::USER_EXISTS, "A user has this name already."),
        IdentityConflict::SubUserHasKeys => {
            refuse(causes::USER_HAS_KEYS, "The user still has access keys; delete them first.")
        }
        IdentityConflict::SubUserHasPolicies => {
            refuse(causes::USER_HAS_POLICIES, "The user still has policies; detach them first.")
        }
        IdentityConflict::PolicyNameTaken(_) => {
            refuse(causes::POLICY_EXISTS, "A policy has this name already.")
        }
        IdentityConflict::PolicyAttached => {
            refuse(causes::POLICY_ATTACHED, "The policy is attached to a user; detach it first.")
        }
        IdentityConflict::AttachedAlready(_) => {
            refuse(causes::ATTACHMENT_EXISTS, "The user has this policy already.")
        }
        IdentityConflict::Document(error) => {
            let cause = match error {
                DocumentError::TooLong => causes::DOCUMENT_LENGTH,
                _ => causes::DOCUMENT,
            };
            refuse(cause, format!("The specified PolicyDocument is not valid: {error}."))
        }
        IdentityConflict::LastKey => refuse(
            causes::LAST_KEY,
            "This is the last access key of the account that works; make another one first.",
        ),
        IdentityConflict::OperatorOnly => {
            refuse(causes::OPERATOR_ONLY, "Only the owner of this server's first account may do this.")
        }
    }
}
