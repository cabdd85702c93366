//! What a call of any of these products can be refused for. (Codes: the vendor's lists of VPC and ECS errors.)

use crate::refusal::Cause;

/// The code of a parameter that breaks a rule, where it has none of its own.
pub(crate) const MALFORMED: &str = "InvalidParameter";

pub(crate) const REGION: Cause = Cause::bad_request("InvalidRegionId.NotFound", "the region is not served");
pub(crate) const UNSUPPORTED: Cause =
    Cause::bad_request("UnsupportedOperation", "what is asked for is not offered; the message says what");
pub(crate) const RESOURCE_GROUP: Cause =
    Cause::bad_request("InvalidResourceGroupId", "the account has no such resource group");
pub(crate) const ZONE: Cause = Cause::bad_request("InvalidZoneId.NotFound", "the region has no such zone");
pub(crate) const TAG_CARRIER: Cause =
    Cause::absent("InvalidResourceId.NotFound", "nothing that carries tags has the id");
pub(crate) const TAGS_FULL: Cause =
    Cause::bad_request("QuotaExceeded.Tag", "a resource would have too many tags");
pub(crate) const TOKEN_REUSED: Cause = Cause::bad_request(
    "IdempotentParameterMismatch",
    "the ClientToken was used before, with other parameters",
);
pub(crate) const DRY_RUN: Cause =
    Cause::bad_request("DryRunOperation", "everything is in order, and DryRun is set");
/// Where no parameter's declaration tells of it.
pub(crate) const PARAMETER: Cause =
    Cause::bad_request(MALFORMED, "a value is not allowed; the message says which");
