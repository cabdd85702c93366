//! What is refused, in this product's codes.

use control::Fault;
use control::fault::{Absent, Capacity, Conflict, Dependant};

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
        "VpcName" => "InvalidVpcName.Malformed",
        "VSwitchName" => "InvalidVSwitchName.Malformed",
        "RouteTableName" => "InvalidRouteTableName.Malformed",
        // The vendor's spelling.
        "Description" => "InvalidVpcDiscription.Malformed",
        _ => MALFORMED,
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::Network(id)) => not_found(causes::NETWORK, "VPC", &id),
        Fault::Absent(Absent::NetworkOfNew(id)) => not_found(causes::NETWORK_OF_NEW, "VPC", &id),
        // The one spelling that every reader in the Terraform provider knows.
        Fault::Absent(Absent::Subnet(id)) => not_found(causes::SUBNET, "vSwitch", &id),
        Fault::Absent(Absent::RouteTable(id)) => not_found(causes::ROUTE_TABLE, "route table", &id),
        Fault::Conflict(Conflict::CidrNotAllowed(_)) => {
            refuse(causes::CIDR, "Specified CIDR block is not valid.")
        }
        Fault::Conflict(Conflict::CidrOutside(_)) => {
            refuse(causes::CIDR, "Specified CIDR block is not valid in VPC.")
        }
        Fault::Conflict(Conflict::CidrOverlaps(_)) => {
            refuse(causes::CIDR_OVERLAPS, "Specified CIDR block overlapped with other CIDR blocks.")
        }
        Fault::Conflict(Conflict::InUse(dependant)) => match dependant {
            Dependant::Subnet => refuse(causes::SUBNET_STAYS, "A vSwitch still uses it."),
            Dependant::SecurityGroup => refuse(causes::GROUP_STAYS, "A security group still uses it."),
            Dependant::Instance => refuse(causes::INSTANCE_STAYS, "An instance still uses it."),
        },
        Fault::Capacity(Capacity::Networks { limit }) => {
            refuse(causes::NETWORKS_FULL, format!("A region has {limit} VPCs at most."))
        }
        Fault::Capacity(Capacity::Subnets { limit }) => {
            refuse(causes::SUBNETS_FULL, format!("A VPC has {limit} vSwitches at most."))
        }
        Fault::Capacity(Capacity::UserCidrs { limit }) => {
            refuse(causes::CIDR, format!("UserCidr may name {limit} CIDR blocks at most."))
        }
        fault => faults::of_any_product(fault),
    }
}
