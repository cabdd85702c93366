//! What is refused: of an instance in the words of its own product, else in those that siblings share.

use control::Fault;
use control::fault::{Absent, Conflict};

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::companions::faults::{self, not_found, refuse};
use crate::dialects::aliyun::ram;
use crate::refusal::Refusal;

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    faults::refusal(refused, ram::faults::malformed, of_fault)
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::Instance(id)) => not_found(causes::INSTANCE, "instance", &id),
        Fault::Conflict(Conflict::InstanceState(_)) => {
            refuse(causes::STATE, "The specified instance does not serve now.")
        }
        fault => ram::faults::of_fault(fault),
    }
}
