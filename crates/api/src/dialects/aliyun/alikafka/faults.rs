//! What is refused, in this product's codes. (Codes: the vendor's list of alikafka errors; where that has
//! none, of its sibling products.)
//!
//! One deviation from the vendor, who answers all of these with 400: what is not there is answered with 404
//! and says `NotFound`, because the Terraform provider recognises a vanished resource by one of the two, and
//! no other client can tell the difference.

use std::fmt::Display;

use control::Fault;
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use hyper::StatusCode;

use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::gateway;
use crate::dialects::aliyun::params::Rejection;
use crate::refusal::{Code, Refusal};

/// Status, code and message of a refusal.
pub(crate) fn refusal(refused: Refused) -> Refusal {
    match refused {
        Refused::Parameter(rejection) => of_parameter(rejection),
        Refused::NotSupported(reason) => bad_request("INVALID_PARAMETER_NOT_SUPPORT", reason),
        Refused::AclUnavailable => bad_request(
            "BIZ_CAN_NOT_ENABLE_ACL",
            "Access control needs a professional edition and version 2.2.0 or later",
        ),
        Refused::Fault(fault) => of_fault(fault),
    }
}

fn of_parameter(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Missing(name) => gateway::missing(name),
        Rejection::Type(name) => gateway::invalid_type(name),
        Rejection::Rule { name, reason } => {
            bad_request("BIZ_FIELD_CHECK_INVALID", format_args!("The value of {name} {reason}"))
        }
        Rejection::Region(region) => {
            bad_request("BIZ_REGION_NOT_FOUND", format_args!("The region is not served here: {region}"))
        }
    }
}

fn of_fault(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(absent) => match absent {
            Absent::Instance(id) => not_found("BIZ.INSTANCE.NOT.FOUND", "instance", &id),
            Absent::Topic(name) => not_found("BIZ_TOPIC_NOT_FOUND", "topic", &name),
            Absent::Group(name) => not_found("BIZ_SUBSCRIPTION_NOT_FOUND", "consumer group", &name),
        },
        Fault::Conflict(conflict) => of_conflict(conflict),
        Fault::Capacity(capacity) => {
            let (what, limit) = match capacity {
                Capacity::Topics { limit } => ("topics", limit),
                Capacity::Partitions { limit } => ("partitions", limit),
                Capacity::Groups { limit } => ("consumer groups", limit),
                Capacity::Tags { limit } => ("tags", limit),
            };
            let message = format_args!("The limit of {limit} {what} is exceeded");
            bad_request("DATA_EXCEED_MAX_LIMIT", message)
        }
        Fault::Engine(trouble) => match trouble {
            // Clients repeat this code, and what is meant is worth repeating.
            EngineTrouble::Unavailable(internal) | EngineTrouble::StorageFull(internal) => {
                tracing::warn!(cause = internal.for_log(), "the engine could not do it");
                bad_request("ONS_SYSTEM_FLOW_CONTROL", "The system is busy")
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
    const STATE: &str = "BIZ_INSTANCE_STATUS_ERROR";
    match conflict {
        Conflict::InstanceState(_) => {
            bad_request(STATE, "The instance is not in a state that allows this action")
        }
        Conflict::OperationRunning => bad_request(
            "ScheduledTask.AlreadyHasSameTaskType",
            "Another change of the instance is still running",
        ),
        Conflict::InstanceNameTaken(name) => bad_request(
            "INVALID_PARAMETER_DATA_ALREADY_EXIST",
            format_args!("Another instance has the name {name}"),
        ),
        Conflict::TopicExists(name) => {
            bad_request("BIZ_TOPIC_EXISTED", format_args!("The topic exists: {name}"))
        }
        Conflict::GroupExists(name) => {
            bad_request("BIZ_SUBSCRIPTION_EXISTED", format_args!("The consumer group exists: {name}"))
        }
        Conflict::GroupInUse(name) => bad_request(
            STATE,
            format_args!("The consumer group {name} has members; stop its consumers first"),
        ),
        Conflict::InstanceNotEmpty => bad_request(
            STATE,
            "The instance still has topics or consumer groups; delete them or force the release",
        ),
        Conflict::NotForThisInstance(reason) => bad_request("INVALID_PARAMETER_NOT_SUPPORT", reason),
    }
}

fn not_found(code: &'static str, kind: &str, name: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        Code::Fixed(code),
        polite(format_args!("The {kind} is NotFound: {name}")),
    )
}

fn bad_request(code: &'static str, text: impl Display) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::Fixed(code), polite(text))
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
                "name n.",
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
                "group g has members",
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
