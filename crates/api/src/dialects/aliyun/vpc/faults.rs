//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict, Dependant};

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
        "VpcName" => "InvalidVpcName.Malformed",
        "VSwitchName" => "InvalidVSwitchName.Malformed",
        "RouteTableName" => "InvalidRouteTableName.Malformed",
        // The vendor's spelling.
        "Description" => "InvalidVpcDiscription.Malformed",
        _ => "InvalidParameter",
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::Network(id)) => not_found("InvalidVpcID.NotFound", "VPC", &id),
        Fault::Absent(Absent::NetworkOfNew(id)) => not_found("InvalidVpcId.NotFound", "VPC", &id),
        // The one spelling that every reader in the Terraform provider knows.
        Fault::Absent(Absent::Subnet(id)) => not_found("InvalidVswitchID.NotFound", "vSwitch", &id),
        Fault::Absent(Absent::RouteTable(id)) => {
            not_found("InvalidRouteTableId.NotFound", "route table", &id)
        }
        Fault::Conflict(Conflict::CidrNotAllowed(_)) => {
            bad_request("InvalidParameter", "Specified CIDR block is not valid.")
        }
        Fault::Conflict(Conflict::CidrOutside(_)) => {
            bad_request("InvalidParameter", "Specified CIDR block is not valid in VPC.")
        }
        Fault::Conflict(Conflict::CidrOverlaps(_)) => bad_request(
            "InvalidCidrBlock.Overlapped",
            "Specified CIDR block overlapped with other CIDR blocks.",
        ),
        Fault::Conflict(Conflict::InUse(dependant)) => match dependant {
            Dependant::Subnet => bad_request("DependencyViolation.VSwitch", "A vSwitch still uses it."),
            Dependant::SecurityGroup => {
                bad_request("DependencyViolation.SecurityGroup", "A security group still uses it.")
            }
            Dependant::Instance => bad_request("DependencyViolation", "An instance still uses it."),
        },
        Fault::Capacity(Capacity::Networks { limit }) => {
            bad_request("QuotaExceeded.Vpc", format!("A region has {limit} VPCs at most."))
        }
        Fault::Capacity(Capacity::Subnets { limit }) => {
            bad_request("QuotaExceeded.VSwitch", format!("A VPC has {limit} vSwitches at most."))
        }
        Fault::Capacity(Capacity::UserCidrs { limit }) => {
            bad_request("InvalidParameter", format!("UserCidr may name {limit} CIDR blocks at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
