//! What a call of this product can be refused for.

use crate::refusal::Cause;

pub(crate) const GROUP: Cause =
    Cause::absent("InvalidSecurityGroupId.NotFound", "the account has no such security group in the region");
pub(crate) const NETWORK: Cause =
    Cause::absent("InvalidVpcId.NotFound", "the account has no such VPC in the region");
pub(crate) const INSTANCE_STAYS: Cause =
    Cause::bad_request("DependencyViolation", "an instance still uses it");
pub(crate) const INNER_ACCESS: Cause = Cause::bad_request(
    "InvalidParameter.InnerAccessPolicy",
    "the type of the group does not have this policy",
);
pub(crate) const GROUPS_FULL: Cause =
    Cause::bad_request("QuotaExceed.SecurityGroup", "the region has as many security groups as it can");
