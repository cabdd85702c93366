//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};

use super::causes;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::causes::MALFORMED;
use crate::dialects::aliyun::companions::faults::{self, not_found, refuse};
use crate::refusal::Refusal;

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    faults::refusal(refused, |_, _| MALFORMED, of_fault)
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::CipherKey(id)) => not_found(causes::KEY, "key", &id),
        Fault::Absent(Absent::CipherAlias(name)) => not_found(causes::ALIAS, "alias", &name),
        Fault::Conflict(Conflict::CipherAliasTaken(_)) => {
            refuse(causes::ALIAS_TAKEN, "A key has this alias already.")
        }
        Fault::Conflict(Conflict::CipherKeyDisabled) => refuse(causes::DISABLED, "The key is disabled."),
        Fault::Conflict(Conflict::CipherKeyGoing) => {
            refuse(causes::GOING, "The key is waiting to be deleted.")
        }
        Fault::Conflict(Conflict::CipherKeyStays) => {
            refuse(causes::STAYS, "The key is not waiting to be deleted.")
        }
        Fault::Conflict(Conflict::CipherKeyProtected) => {
            refuse(causes::PROTECTED, "The key is protected from deletion.")
        }
        // What exactly is wrong with it is not told: that would help only those who try.
        Fault::Conflict(Conflict::CiphertextForeign) => refuse(
            causes::CIPHERTEXT,
            "The ciphertext is not one that a key of the account has made with this EncryptionContext.",
        ),
        Fault::Capacity(Capacity::CipherKeys { limit }) => {
            refuse(causes::FULL, format!("An account has {limit} keys at most."))
        }
        Fault::Capacity(Capacity::CipherAliases { limit }) => {
            refuse(causes::FULL, format!("An account has {limit} aliases at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
