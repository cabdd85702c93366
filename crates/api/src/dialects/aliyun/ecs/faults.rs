//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};

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

/// The code for a parameter that breaks a rule.
pub(crate) fn malformed(parameter: &str, _: Breach) -> &'static str {
    match parameter {
        "SecurityGroupName" => "InvalidSecurityGroupName.Malformed",
        "Description" => "InvalidDescription.Malformed",
        _ => MALFORMED,
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::SecurityGroup(id)) => not_found(causes::GROUP, "security group", &id),
        Fault::Absent(Absent::Network(id) | Absent::NetworkOfNew(id)) => {
            not_found(causes::NETWORK, "VPC", &id)
        }
        Fault::Conflict(Conflict::InUse(_)) => refuse(causes::INSTANCE_STAYS, "An instance still uses it."),
        Fault::Conflict(Conflict::InnerAccessFixed) => refuse(
            causes::INNER_ACCESS,
            "Members of a security group of type enterprise may not reach each other.",
        ),
        Fault::Capacity(Capacity::SecurityGroups { limit }) => {
            refuse(causes::GROUPS_FULL, format!("A region has {limit} security groups at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
