//! What a call of this product can be refused for.

use crate::dialects::aliyun::companions::causes::MALFORMED;
use crate::refusal::Cause;

pub(crate) const NETWORK: Cause =
    Cause::absent("InvalidVpcID.NotFound", "the account has no such VPC in the region");
pub(crate) const NETWORK_OF_NEW: Cause =
    Cause::absent("InvalidVpcId.NotFound", "the account has no such VPC in the region");
/// The one spelling that every reader in the Terraform provider knows.
pub(crate) const SUBNET: Cause =
    Cause::absent("InvalidVswitchID.NotFound", "the account has no such vSwitch in the region");
pub(crate) const ROUTE_TABLE: Cause =
    Cause::absent("InvalidRouteTableId.NotFound", "the account has no such route table in the region");
pub(crate) const CIDR: Cause =
    Cause::bad_request(MALFORMED, "the addresses are not allowed, or not within the VPC's");
pub(crate) const CIDR_OVERLAPS: Cause =
    Cause::bad_request("InvalidCidrBlock.Overlapped", "others have some of the addresses");
pub(crate) const SUBNET_STAYS: Cause =
    Cause::bad_request("DependencyViolation.VSwitch", "a vSwitch still uses it");
pub(crate) const GROUP_STAYS: Cause =
    Cause::bad_request("DependencyViolation.SecurityGroup", "a security group still uses it");
pub(crate) const INSTANCE_STAYS: Cause =
    Cause::bad_request("DependencyViolation", "an instance still uses it");
pub(crate) const NETWORKS_FULL: Cause =
    Cause::bad_request("QuotaExceeded.Vpc", "the region has as many VPCs as it can");
pub(crate) const SUBNETS_FULL: Cause =
    Cause::bad_request("QuotaExceeded.VSwitch", "the VPC has as many vSwitches as it can");
