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
pub(crate) fn malformed(parameter: &str, breach: Breach) -> &'static str {
    match (parameter, breach) {
        ("Name", Breach::Length) => "InvalidParameter.Name.Length",
        ("Name", Breach::Other) => causes::NAME.code,
        ("DisplayName" | "NewDisplayName", Breach::Length) => "InvalidParameter.DisplayName.Length",
        _ => MALFORMED,
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::ResourceGroup(id)) => not_found(causes::GROUP, "resource group", &id),
        Fault::Conflict(Conflict::ResourceGroupNameTaken(_)) => {
            refuse(causes::NAME_TAKEN, "Another resource group has this Name.")
        }
        Fault::Conflict(Conflict::ResourceGroupInUse) => {
            refuse(causes::IN_USE, "There are resources in the resource group.")
        }
        Fault::Conflict(Conflict::ResourceGroupFixed) => {
            refuse(causes::FIXED, "The default resource group cannot be changed.")
        }
        Fault::Capacity(Capacity::ResourceGroups { limit }) => {
            refuse(causes::FULL, format!("An account makes {limit} resource groups at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
