//! What is refused, in this product's words. What is not there says `NotFound`, see [`causes`].

use std::fmt::Display;

use control::Fault;
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use control::identity::AbsentIdentity;

use super::causes;
use super::scaling::{RULES_MAX, Trouble};
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::gateway;
use crate::dialects::aliyun::params::Rejection;
use crate::quote::Quoted;
use crate::refusal::{Cause, Refusal};

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    match refused {
        Refused::Parameter(rejection) => of_parameter(rejection),
        Refused::NotSupported(reason) => refuse(causes::NOT_SUPPORTED, reason),
        Refused::AclUnavailable => refuse(
            causes::ACL_UNAVAILABLE,
            "Access control needs a professional edition and version 2.2.0 or later",
        ),
        Refused::AclOff => acl_off(),
        Refused::AllowList(reason) => refuse(causes::ALLOW_LIST, reason),
        Refused::AllowListAddsTooMany(most) => {
            refuse(causes::ALLOW_LIST_ADDS, format_args!("AllowedListIp must have {most} addresses at most"))
        }
        // Terraform takes this code for success.
        Refused::UpToDate => refuse(causes::UP_TO_DATE, "The instance has this version already"),
        Refused::Scaling(trouble) => of_scaling(trouble),
        Refused::Fault(fault) => of_fault(fault),
    }
}

fn of_scaling(trouble: Trouble) -> Refusal {
    match trouble {
        // What the Terraform provider takes for a rule that is gone.
        Trouble::Absent(name) => not_found(causes::SCALING_RULE, "scaling rule", &name),
        Trouble::Exists(name) => {
            refuse(causes::NAME_TAKEN, format_args!("Another scaling rule has the name{}", Quoted(&name)))
        }
        Trouble::TooMany => {
            refuse(causes::FULL, format_args!("The limit of {RULES_MAX} scaling rules is exceeded"))
        }
        Trouble::Pending(name) => refuse(
            causes::NOT_SUPPORTED,
            format_args!("The scaling rule is still to be carried out; switch it off first{}", Quoted(&name)),
        ),
        Trouble::Misfit(rejection) => of_parameter(rejection),
    }
}

fn of_parameter(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Missing(name) => gateway::missing(name),
        Rejection::Type(name) => gateway::invalid_type(name),
        Rejection::Rule { name, reason, .. } => {
            refuse(causes::FIELD, format_args!("The value of {name} {reason}"))
        }
        Rejection::Region(region) => {
            refuse(causes::REGION, format_args!("The region is not served here{}", Quoted(&region)))
        }
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(absent) => match absent {
            Absent::Instance(id) => not_found(causes::INSTANCE, "instance", &id),
            Absent::Topic(name) => not_found(causes::TOPIC, "topic", &name),
            Absent::Partition { topic, partition } => {
                not_found(causes::TOPIC, format_args!("partition {partition} of the topic"), &topic)
            }
            Absent::Group(name) => not_found(causes::GROUP, "consumer group", &name),
            Absent::User(name) => not_found(causes::USER, "SASL user", &name),
            // What an instance is to be deployed into is a parameter: its absence must not read as the instance's.
            Absent::Network(id) | Absent::NetworkOfNew(id) => unknown("VPC", &id),
            Absent::RouteTable(id) => unknown("route table", &id),
            Absent::Subnet(id) => unknown("vSwitch", &id),
            Absent::SecurityGroup(id) => unknown("security group", &id),
            Absent::TagCarrier(id) => unknown("resource", &id),
            Absent::Zone(id) => unknown("zone", &id),
            Absent::ResourceGroup(id) => unknown("resource group", &id),
            Absent::CipherKey(id) => unknown("key", &id),
            Absent::CipherAlias(name) => unknown("alias", &name),
            Absent::Identity(
                AbsentIdentity::SubUser(name)
                | AbsentIdentity::AccessKey(name)
                | AbsentIdentity::Policy(name)
                | AbsentIdentity::Attachment(name),
            ) => unknown("user, key or policy", &name),
            Absent::Rule => not_found(causes::RULE, "ACL", ""),
        },
        Fault::Conflict(conflict) => of_conflict(conflict),
        Fault::Capacity(capacity) => {
            let (cause, what, limit) = match capacity {
                Capacity::Topics { limit } => (causes::FULL, "topics", limit),
                Capacity::Partitions { limit } => (causes::FULL, "partitions", limit),
                Capacity::PartitionsOfTopic { limit } => (causes::FULL, "partitions of one topic", limit),
                Capacity::Groups { limit } => (causes::FULL, "consumer groups", limit),
                Capacity::Users { limit } => (causes::USERS_FULL, "SASL users", limit),
                Capacity::AllowedAddresses { limit } => {
                    (causes::ALLOW_LIST_FULL, "addresses in a list", limit)
                }
                Capacity::Tags { limit } => (causes::FULL, "tags", limit),
                Capacity::Networks { limit } => (causes::FULL, "VPCs", limit),
                Capacity::Subnets { limit } => (causes::FULL, "vSwitches", limit),
                Capacity::SecurityGroups { limit } => (causes::FULL, "security groups", limit),
                Capacity::ResourceGroups { limit } => (causes::FULL, "resource groups", limit),
                Capacity::CipherAliases { limit } => (causes::FULL, "aliases", limit),
                Capacity::CipherKeys { limit } => (causes::FULL, "keys", limit),
                Capacity::Identities { limit, .. } => (causes::FULL, "users, keys or policies", limit),
                Capacity::Rules { limit } => (causes::FULL, "ACLs", limit),
                Capacity::UserCidrs { limit } => (causes::FULL, "user CIDR blocks", limit),
            };
            refuse(cause, format_args!("The limit of {limit} {what} is exceeded"))
        }
        Fault::Engine(trouble) => match trouble {
            // Clients repeat this code, and what is meant is worth repeating.
            EngineTrouble::Unavailable(internal) | EngineTrouble::StorageFull(internal) => {
                tracing::warn!(cause = internal.for_log(), "the engine could not do it");
                refuse(causes::BUSY, "The system is busy")
            }
            EngineTrouble::Store(internal) => {
                tracing::error!(cause = internal.for_log(), "the store did not answer");
                gateway::unavailable()
            }
        },
        Fault::Bug(internal) => {
            tracing::error!(cause = internal.for_log(), "a bug");
            gateway::internal_error()
        }
    }
}

fn of_conflict(conflict: Conflict) -> Refusal {
    match conflict {
        Conflict::InstanceState(_) => {
            refuse(causes::STATE, "The instance is not in a state that allows this action")
        }
        Conflict::OperationRunning | Conflict::Overtaken => {
            refuse(causes::RUNNING, "Another change of the instance is still running")
        }
        Conflict::InstanceNameTaken(name) => {
            refuse(causes::NAME_TAKEN, format_args!("Another instance has the name{}", Quoted(&name)))
        }
        Conflict::TopicExists(name) => {
            refuse(causes::TOPIC_EXISTS, format_args!("The topic exists{}", Quoted(&name)))
        }
        Conflict::GroupExists(name) => {
            refuse(causes::GROUP_EXISTS, format_args!("The consumer group exists{}", Quoted(&name)))
        }
        Conflict::GroupInUse(name) => refuse(
            causes::STATE,
            format_args!("The consumer group has members; stop its consumers first{}", Quoted(&name)),
        ),
        Conflict::OffsetOutside { partition, start, end } => refuse(
            causes::FIELD,
            format_args!("The offset for partition {partition} must be between {start} and {end}"),
        ),
        Conflict::InstanceNotEmpty => refuse(
            causes::STATE,
            "The instance still has topics or consumer groups; delete them or force the release",
        ),
        Conflict::NotForThisInstance(reason) => refuse(causes::NOT_SUPPORTED, reason),
        Conflict::OtherNetwork(id) => refuse(
            causes::FIELD,
            format_args!("The vSwitches and the security group must be of one VPC{}", Quoted(&id)),
        ),
        Conflict::CipherKeyDisabled | Conflict::CipherKeyGoing => {
            refuse(causes::FIELD, "The key is disabled, or waiting to be deleted")
        }
        Conflict::RulesNotEnforced => acl_off(),
        Conflict::RuleExists => refuse(
            causes::RULE_EXISTS,
            "The authorization has already been granted, please do not repeat the authorization",
        ),
        // Of products that share the records, and never of this one.
        Conflict::TokenReused
        | Conflict::DryRun
        | Conflict::InUse(_)
        | Conflict::CidrNotAllowed(_)
        | Conflict::CidrOutside(_)
        | Conflict::CidrOverlaps(_)
        | Conflict::InnerAccessFixed
        | Conflict::ResourceGroupNameTaken(_)
        | Conflict::ResourceGroupInUse
        | Conflict::ResourceGroupFixed
        | Conflict::CipherAliasTaken(_)
        | Conflict::CipherKeyStays
        | Conflict::CipherKeyProtected
        | Conflict::CiphertextForeign
        | Conflict::Identity(_) => refuse(causes::STATE, "The request does not fit what is there"),
    }
}

fn acl_off() -> Refusal {
    refuse(causes::ACL_OFF, "The Acl function is disabled. Enable it by referring to the documentation")
}

/// A parameter names something that is not among the account's records.
fn unknown(kind: &str, id: &str) -> Refusal {
    refuse(causes::FIELD, format_args!("The {kind} does not exist in this region{}", Quoted(id)))
}

fn not_found(cause: Cause, kind: impl Display, name: &str) -> Refusal {
    refuse(cause, format_args!("The {kind} is NotFound{}", Quoted(name)))
}

fn refuse(cause: Cause, text: impl Display) -> Refusal {
    Refusal::because(cause, polite(text))
}

/// The vendor ends every message of this product so.
fn polite(text: impl Display) -> String {
    format!("{text}. Please check and try again later.")
}

#[cfg(test)]
mod tests {
    use control::fault::Internal;
    use control::instance::InstanceState;

    use super::*;

    /// Every refusal there is, with what it is answered with. The compiler keeps the match above complete,
    /// this keeps the codes what clients know.
    #[test]
    fn every_refusal_has_its_code() {
        let internal = || Internal::new("secret cause");
        let cases: Vec<(Refused, u16, &str, &str)> = vec![
            (Rejection::Missing("Topic").into(), 400, "MissingTopic", "Topic is mandatory for this action."),
            (
                Rejection::Type("PageSize").into(),
                400,
                "InvalidPageSize",
                "Specified parameter PageSize is not valid.",
            ),
            (
                Rejection::rule("PageSize", "must be between 1 and 10000").into(),
                400,
                "BIZ_FIELD_CHECK_INVALID",
                "The value of PageSize must be between 1 and 10000. Please check and try again later.",
            ),
            (Rejection::Region("mars-1".into()).into(), 400, "BIZ_REGION_NOT_FOUND", "mars-1"),
            (Refused::NotSupported("Not here".into()), 400, "INVALID_PARAMETER_NOT_SUPPORT", "Not here. "),
            (Refused::UpToDate, 400, "ONS_INIT_ENV_ERROR", "already"),
            (Refused::AllowList("PortRange".into()), 400, "WHITE.PARAM.ERROR", "PortRange. "),
            (Refused::AllowListAddsTooMany(10), 400, "WHITE.OVER.LENGTH.ERROR", "10 addresses"),
            (
                Fault::from(Capacity::AllowedAddresses { limit: 100 }).into(),
                400,
                "WHITE.IPLIST.OVERLONG.ERROR",
                "100 addresses",
            ),
            (
                Trouble::Absent("r".into()).into(),
                404,
                "AUTH_RESOURCE_OWNER_ERROR",
                "scaling rule is NotFound: r.",
            ),
            (
                Trouble::Exists("r".into()).into(),
                400,
                "INVALID_PARAMETER_DATA_ALREADY_EXIST",
                "Another scaling rule has the name: r.",
            ),
            (Trouble::TooMany.into(), 400, "DATA_EXCEED_MAX_LIMIT", "20 scaling rules"),
            (
                Trouble::Pending("r".into()).into(),
                400,
                "INVALID_PARAMETER_NOT_SUPPORT",
                "switch it off first: r.",
            ),
            (
                Trouble::Misfit(Rejection::rule("TimeZone", "must be")).into(),
                400,
                "BIZ_FIELD_CHECK_INVALID",
                "TimeZone must be",
            ),
            (Refused::AclOff, 400, "Acl.Disable.Error", "The Acl function is disabled."),
            (Fault::from(Absent::User("u".into())).into(), 404, "BIZ_SASL_USER_NOT_EXIST", "NotFound: u."),
            (
                Fault::from(Capacity::Users { limit: 1000 }).into(),
                400,
                "BIZ_SASL_USER_NUM_EXCEED",
                "1000 SASL users",
            ),
            (Refused::AclUnavailable, 400, "BIZ_CAN_NOT_ENABLE_ACL", "professional"),
            (
                Fault::from(Absent::Instance("i-1".into())).into(),
                404,
                "BIZ.INSTANCE.NOT.FOUND",
                "The instance is NotFound: i-1. Please check and try again later.",
            ),
            (Fault::from(Absent::Topic("t".into())).into(), 404, "BIZ_TOPIC_NOT_FOUND", "NotFound: t."),
            (
                Fault::from(Absent::Group("g".into())).into(),
                404,
                "BIZ_SUBSCRIPTION_NOT_FOUND",
                "NotFound: g.",
            ),
            (Fault::from(Absent::Rule).into(), 404, "BIZ_ACL_NOT_FOUND", "ACL is NotFound"),
            (Fault::from(Conflict::RulesNotEnforced).into(), 400, "Acl.Disable.Error", "is disabled"),
            (
                Fault::from(Conflict::RuleExists).into(),
                400,
                "Acl.DuplicatedAuth.Error",
                "already been granted",
            ),
            (Fault::from(Capacity::Rules { limit: 3 }).into(), 400, "DATA_EXCEED_MAX_LIMIT", "3 ACLs"),
            (
                Fault::from(Conflict::InstanceState(InstanceState::Ordered)).into(),
                400,
                "BIZ_INSTANCE_STATUS_ERROR",
                "state",
            ),
            (
                Fault::from(Conflict::OperationRunning).into(),
                400,
                "ScheduledTask.AlreadyHasSameTaskType",
                "running",
            ),
            (
                Fault::from(Conflict::InstanceNameTaken("n".into())).into(),
                400,
                "INVALID_PARAMETER_DATA_ALREADY_EXIST",
                "name: n.",
            ),
            (Fault::from(Conflict::TopicExists("t".into())).into(), 400, "BIZ_TOPIC_EXISTED", "exists: t."),
            (
                Fault::from(Conflict::GroupExists("g".into())).into(),
                400,
                "BIZ_SUBSCRIPTION_EXISTED",
                "exists: g.",
            ),
            (
                Fault::from(Conflict::GroupInUse("g".into())).into(),
                400,
                "BIZ_INSTANCE_STATUS_ERROR",
                "group has members; stop its consumers first: g.",
            ),
            (
                Fault::from(Conflict::InstanceNotEmpty).into(),
                400,
                "BIZ_INSTANCE_STATUS_ERROR",
                "still has topics",
            ),
            (
                Fault::from(Conflict::NotForThisInstance("Only post-paid".into())).into(),
                400,
                "INVALID_PARAMETER_NOT_SUPPORT",
                "Only post-paid.",
            ),
            (
                Fault::from(Absent::Subnet("vsw-NotFound".into())).into(),
                400,
                "BIZ_FIELD_CHECK_INVALID",
                "vSwitch does not exist in this region. ",
            ),
            (
                Fault::from(Absent::SecurityGroup("sg-1".into())).into(),
                400,
                "BIZ_FIELD_CHECK_INVALID",
                "security group does not exist",
            ),
            (
                Fault::from(Conflict::OtherNetwork("vsw-2".into())).into(),
                400,
                "BIZ_FIELD_CHECK_INVALID",
                "one VPC: vsw-2",
            ),
            (Fault::from(Capacity::Topics { limit: 3 }).into(), 400, "DATA_EXCEED_MAX_LIMIT", "3 topics"),
            (
                Fault::from(Capacity::Partitions { limit: 3 }).into(),
                400,
                "DATA_EXCEED_MAX_LIMIT",
                "3 partitions",
            ),
            (
                Fault::from(Capacity::Groups { limit: 3 }).into(),
                400,
                "DATA_EXCEED_MAX_LIMIT",
                "3 consumer groups",
            ),
            (
                Fault::from(Capacity::PartitionsOfTopic { limit: 360 }).into(),
                400,
                "DATA_EXCEED_MAX_LIMIT",
                "360 partitions of one topic",
            ),
            (Fault::from(Capacity::Tags { limit: 20 }).into(), 400, "DATA_EXCEED_MAX_LIMIT", "20 tags"),
            (
                Fault::Engine(EngineTrouble::Unavailable(internal())).into(),
                400,
                "ONS_SYSTEM_FLOW_CONTROL",
                "busy",
            ),
            (
                Fault::Engine(EngineTrouble::StorageFull(internal())).into(),
                400,
                "ONS_SYSTEM_FLOW_CONTROL",
                "busy",
            ),
            (
                Fault::Engine(EngineTrouble::Store(internal())).into(),
                503,
                "ServiceUnavailable",
                "temporary failure",
            ),
            (Fault::Bug(internal()).into(), 500, "InternalError", "unknown error"),
        ];
        for (refused, status, code, text) in cases {
            let what = format!("{refused:?}");
            let Refusal { status: got, code: got_code, message, .. } = refusal(refused);
            assert_eq!((got.as_u16(), got_code.to_string().as_str()), (status, code), "{what}");
            assert!(message.contains(text), "{what}: {message}");
            assert!(!message.contains("secret cause"), "{what}: the cause is for the log");
            assert_eq!(message.contains("NotFound"), status == 404, "{what}: {message}");
        }
    }
}
