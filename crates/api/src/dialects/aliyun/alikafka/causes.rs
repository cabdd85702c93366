//! What a call of this product can be refused for. (Codes: the vendor's list of alikafka errors; where that has none, of
//! its sibling products.)
//!
//! One deviation from the vendor, who answers all of these with 400: what is not there is answered with 404, because the
//! Terraform provider recognises a vanished resource by that or by the message, and no other client can tell the
//! difference.

use crate::refusal::Cause;

pub(crate) const FIELD: Cause =
    Cause::bad_request("BIZ_FIELD_CHECK_INVALID", "a value is not allowed; the message says which");
pub(crate) const REGION: Cause = Cause::bad_request("BIZ_REGION_NOT_FOUND", "the region is not served");
pub(crate) const NOT_SUPPORTED: Cause = Cause::bad_request(
    "INVALID_PARAMETER_NOT_SUPPORT",
    "what is asked for is not for this instance, or not offered; the message says why",
);
/// Clients repeat it, and what is meant is worth repeating.
pub(crate) const BUSY: Cause =
    Cause::bad_request("ONS_SYSTEM_FLOW_CONTROL", "the broker cannot do it now; worth repeating");

pub(crate) const INSTANCE: Cause =
    Cause::absent("BIZ.INSTANCE.NOT.FOUND", "the account has no such instance in the region");
pub(crate) const STATE: Cause = Cause::bad_request(
    "BIZ_INSTANCE_STATUS_ERROR",
    "the instance or what is in it is in no state that allows it; the message says what stands in the way",
);
pub(crate) const RUNNING: Cause = Cause::bad_request(
    "ScheduledTask.AlreadyHasSameTaskType",
    "another change of the instance is still running; worth repeating",
);
/// Terraform takes it for success.
pub(crate) const UP_TO_DATE: Cause =
    Cause::bad_request("ONS_INIT_ENV_ERROR", "the instance has the version already");
pub(crate) const NAME_TAKEN: Cause =
    Cause::bad_request("INVALID_PARAMETER_DATA_ALREADY_EXIST", "another one has the name");
pub(crate) const FULL: Cause = Cause::bad_request("DATA_EXCEED_MAX_LIMIT", "a limit would be exceeded");

pub(crate) const TOPIC: Cause = Cause::absent("BIZ_TOPIC_NOT_FOUND", "the instance has no such topic");
pub(crate) const TOPIC_EXISTS: Cause = Cause::bad_request("BIZ_TOPIC_EXISTED", "the topic exists");
pub(crate) const GROUP: Cause =
    Cause::absent("BIZ_SUBSCRIPTION_NOT_FOUND", "the instance has no such consumer group");
pub(crate) const GROUP_EXISTS: Cause =
    Cause::bad_request("BIZ_SUBSCRIPTION_EXISTED", "the consumer group exists");

pub(crate) const USER: Cause = Cause::absent("BIZ_SASL_USER_NOT_EXIST", "the instance has no such SASL user");
pub(crate) const USERS_FULL: Cause =
    Cause::bad_request("BIZ_SASL_USER_NUM_EXCEED", "the instance has as many SASL users as it can");
pub(crate) const ACL_OFF: Cause = Cause::bad_request("Acl.Disable.Error", "access control is off");
pub(crate) const ACL_UNAVAILABLE: Cause = Cause::bad_request(
    "BIZ_CAN_NOT_ENABLE_ACL",
    "access control cannot be switched on: the edition or the version does not have it",
);
pub(crate) const RULE: Cause = Cause::absent("BIZ_ACL_NOT_FOUND", "the instance has no such ACL");
pub(crate) const RULE_EXISTS: Cause = Cause::bad_request("Acl.DuplicatedAuth.Error", "the ACL exists");

pub(crate) const ALLOW_LIST: Cause =
    Cause::bad_request("WHITE.PARAM.ERROR", "no list of addresses can be so; the message says why");
pub(crate) const ALLOW_LIST_ADDS: Cause =
    Cause::bad_request("WHITE.OVER.LENGTH.ERROR", "the call adds too many addresses at once");
pub(crate) const ALLOW_LIST_FULL: Cause =
    Cause::bad_request("WHITE.IPLIST.OVERLONG.ERROR", "the list would have too many addresses");

/// What the Terraform provider takes for a rule that is gone.
pub(crate) const SCALING_RULE: Cause =
    Cause::absent("AUTH_RESOURCE_OWNER_ERROR", "the instance has no such scaling rule");
