//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::faults::{self, bad_request, not_found};
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
        _ => "InvalidParameter",
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::SecurityGroup(id)) => {
            not_found("InvalidSecurityGroupId.NotFound", "security group", &id)
        }
        Fault::Absent(Absent::Network(id) | Absent::NetworkOfNew(id)) => {
            not_found("InvalidVpcId.NotFound", "VPC", &id)
        }
        Fault::Conflict(Conflict::InUse(_)) => {
            bad_request("DependencyViolation", "An instance still uses it.")
        }
        Fault::Conflict(Conflict::InnerAccessFixed) => bad_request(
            "InvalidParameter.InnerAccessPolicy",
            "Members of a security group of type enterprise may not reach each other.",
        ),
        Fault::Capacity(Capacity::SecurityGroups { limit }) => {
            bad_request("QuotaExceed.SecurityGroup", format!("A region has {limit} security groups at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
