//! What is refused, in this product's codes. (Codes: the vendor's pages of CreateResourceGroup and UpdateResourceGroup.)

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use hyper::StatusCode;

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::companions::faults::{self, not_found};
use crate::dialects::aliyun::params::Breach;
use crate::refusal::{Code, Refusal};

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    let malformed = |name: &str, breach: Breach| match (name, breach) {
        ("Name", Breach::Length) => "InvalidParameter.Name.Length",
        ("Name", Breach::Other) => "InvalidParameter.Name.InvalidChars",
        ("DisplayName" | "NewDisplayName", Breach::Length) => "InvalidParameter.DisplayName.Length",
        _ => "InvalidParameter",
    };
    faults::refusal(refused, malformed, of_fault)
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::ResourceGroup(id)) => {
            not_found("EntityNotExists.ResourceGroup", "resource group", &id)
        }
        Fault::Conflict(Conflict::ResourceGroupNameTaken(_)) => {
            conflict("EntityAlreadyExists.ResourceGroup", "Another resource group has this Name.")
        }
        Fault::Conflict(Conflict::ResourceGroupInUse) => {
            conflict("DeleteConflict.ResourceGroup.Resource", "There are resources in the resource group.")
        }
        Fault::Conflict(Conflict::ResourceGroupFixed) => {
            conflict("InvalidStatus.ResourceGroup", "The default resource group cannot be changed.")
        }
        Fault::Capacity(Capacity::ResourceGroups { limit }) => conflict(
            "LimitExceeded.ResourceGroup",
            format!("An account makes {limit} resource groups at most."),
        ),
        fault => faults::of_any_product(fault),
    }
}

fn conflict(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, Code::Fixed(code), message.into())
}
