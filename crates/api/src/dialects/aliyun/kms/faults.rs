//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use hyper::StatusCode;

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::faults::{self, bad_request, not_found};
use crate::refusal::{Code, Refusal};

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    faults::refusal(refused, |_, _| "InvalidParameter", of_fault)
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::CipherKey(id)) => not_found("Forbidden.KeyNotFound", "key", &id),
        Fault::Absent(Absent::CipherAlias(name)) => not_found("Forbidden.AliasNotFound", "alias", &name),
        Fault::Conflict(Conflict::CipherAliasTaken(_)) => {
            rejected("Rejected.ResourceExist", "A key has this alias already.")
        }
        Fault::Conflict(Conflict::CipherKeyDisabled) => rejected("Rejected.Disabled", "The key is disabled."),
        Fault::Conflict(Conflict::CipherKeyGoing) => {
            rejected("Rejected.PendingDeletion", "The key is waiting to be deleted.")
        }
        Fault::Conflict(Conflict::CipherKeyStays) => {
            rejected("Rejected.StateConflict", "The key is not waiting to be deleted.")
        }
        Fault::Conflict(Conflict::CipherKeyProtected) => {
            rejected("Rejected.ProtectedByDeletionProtection", "The key is protected from deletion.")
        }
        // What exactly is wrong with it is not told: that would help only those who try.
        Fault::Conflict(Conflict::CiphertextForeign) => bad_request(
            "InvalidCiphertext",
            "The ciphertext is not one that a key of the account has made with this EncryptionContext.",
        ),
        Fault::Capacity(Capacity::CipherKeys { limit }) => {
            bad_request("Rejected.LimitExceeded", format!("An account has {limit} keys at most."))
        }
        Fault::Capacity(Capacity::CipherAliases { limit }) => {
            bad_request("Rejected.LimitExceeded", format!("An account has {limit} aliases at most."))
        }
        fault => faults::of_any_product(fault),
    }
}

/// The state of the key does not allow it.
fn rejected(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, Code::Fixed(code), message)
}
