//! What is refused, in this product's codes. (Codes: the vendor's list of RAM errors.)

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use control::identity::{AbsentIdentity, IdentityConflict, IdentityKind};
use control::policy::DocumentError;
use hyper::StatusCode;

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::faults::{self, bad_request, not_found};
use crate::dialects::aliyun::params::Breach;
use crate::refusal::{Code, Refusal};

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    faults::refusal(refused, malformed, of_fault)
}

/// What breaks a rule.
fn malformed(parameter: &str, breach: Breach) -> &'static str {
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
        _ => "InvalidParameter",
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::Identity(absent)) => match absent {
            AbsentIdentity::SubUser(name) => not_found("EntityNotExist.User", "user", &name),
            AbsentIdentity::AccessKey(id) => not_found("EntityNotExist.User.AccessKey", "access key", &id),
            AbsentIdentity::Policy(name) => not_found("EntityNotExist.Policy", "policy", &name),
            AbsentIdentity::Attachment(name) => {
                not_found("EntityNotExist.User.Policy", "policy of the user", &name)
            }
        },
        Fault::Conflict(Conflict::Identity(conflict)) => of_conflict(&conflict),
        Fault::Capacity(Capacity::Identities { kind, limit }) => {
            let (code, text) = match kind {
                IdentityKind::SubUser => {
                    ("LimitExceeded.User", format!("An account has {limit} users at most."))
                }
                IdentityKind::AccessKey => {
                    ("LimitExceeded.User.AccessKey", format!("There are {limit} access keys at most."))
                }
                IdentityKind::Policy => {
                    ("LimitExceeded.Policy", format!("An account has {limit} policies of its own at most."))
                }
                IdentityKind::Attachment => {
                    ("LimitExceeded.User.Policy", format!("A user has {limit} policies at most."))
                }
            };
            conflict(code, text)
        }
        fault => faults::of_any_product(fault),
    }
}

fn of_conflict(identity: &IdentityConflict) -> Refusal {
    match identity {
        IdentityConflict::SubUserNameTaken(_) => {
            conflict("EntityAlreadyExists.User", "A user has this name already.")
        }
        IdentityConflict::SubUserHasKeys => {
            conflict("DeleteConflict.User.AccessKey", "The user still has access keys; delete them first.")
        }
        IdentityConflict::SubUserHasPolicies => {
            conflict("DeleteConflict.User.Policy", "The user still has policies; detach them first.")
        }
        IdentityConflict::PolicyNameTaken(_) => {
            conflict("EntityAlreadyExists.Policy", "A policy has this name already.")
        }
        IdentityConflict::PolicyAttached => {
            conflict("DeleteConflict.Policy.User", "The policy is attached to a user; detach it first.")
        }
        IdentityConflict::AttachedAlready(_) => {
            conflict("EntityAlreadyExists.User.Policy", "The user has this policy already.")
        }
        IdentityConflict::Document(error) => {
            let code = match error {
                DocumentError::TooLong => "InvalidParameter.PolicyDocument.Length",
                _ => "InvalidParameter.PolicyDocument",
            };
            bad_request(code, format!("The specified PolicyDocument is not valid: {error}."))
        }
        IdentityConflict::LastKey => conflict(
            "DeleteConflict.User.LastAccessKey",
            "This is the last access key of the account that works; make another one first.",
        ),
        IdentityConflict::OperatorOnly => Refusal::new(
            StatusCode::FORBIDDEN,
            Code::Fixed("NoPermission"),
            "Only the owner of this server's first account may do this.",
        ),
    }
}

/// Something is in the way.
fn conflict(code: &'static str, text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, Code::Fixed(code), text)
}
