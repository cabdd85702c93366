//! What is refused, in the codes that these products share.
//!
//! Clients search messages: Terraform takes any message with `NotFound` in it for the news that the resource is gone,
//! and repeats what mentions a code that is worth repeating. So only answers with status 404 say `NotFound`, and only
//! they repeat what the caller wrote, where it can be quoted.

use std::fmt::Display;

use control::Fault;
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use hyper::StatusCode;

use super::causes;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::gateway;
use crate::dialects::aliyun::params::{Breach, Rejection};
use crate::quote::Quoted;
use crate::refusal::{Cause, Code, Refusal};

/// The answer to an action that such a product has, perhaps, and that is not offered here. Not 404: on that status
/// clients forget the resource.
pub(crate) fn unsupported(action: &str) -> Refusal {
    let is_plain = action.len() <= 64 && action.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = if is_plain && !action.contains("NotFound") { action } else { "of this name" };
    refuse(causes::UNSUPPORTED, format!("The action {name} is not offered by this server."))
}

/// Status, code and message of a refusal.
///
/// `malformed` names the code for a parameter that breaks a rule of some kind, and `of_product` has the product's own words.
pub(crate) fn refusal(
    refused: Refused,
    malformed: fn(&str, Breach) -> &'static str,
    of_product: fn(Fault) -> Refusal,
) -> Refusal {
    match refused {
        Refused::Parameter(Rejection::Missing(name)) => gateway::missing(name),
        Refused::Parameter(Rejection::Type(name)) => gateway::invalid_type(name),
        Refused::Parameter(Rejection::Rule { name, breach, reason }) => {
            let message = format!("The specified parameter {name} {reason}.");
            Refusal::new(StatusCode::BAD_REQUEST, Code::Fixed(malformed(name, breach)), message)
        }
        Refused::Parameter(Rejection::Region(_)) => {
            refuse(causes::REGION, "The specified region is not served here.")
        }
        Refused::NotSupported(reason) => refuse(causes::UNSUPPORTED, format!("{reason}.")),
        Refused::Fault(fault) => of_product(fault),
        Refused::AclUnavailable
        | Refused::AclOff
        | Refused::AllowList(_)
        | Refused::AllowListAddsTooMany(_)
        | Refused::Scaling(_)
        | Refused::UpToDate => unexpected(&refused),
    }
}

/// The words for a fault that means the same in every product.
pub(crate) fn of_any_product(fault: Fault) -> Refusal {
    match fault {
        Fault::Absent(Absent::ResourceGroup(_)) => {
            refuse(causes::RESOURCE_GROUP, "The specified resource group does not exist.")
        }
        Fault::Absent(Absent::Zone(_)) => {
            refuse(causes::ZONE, "The specified zone is not one of the region.")
        }
        Fault::Absent(Absent::TagCarrier(id)) => not_found(causes::TAG_CARRIER, "resource", &id),
        Fault::Conflict(Conflict::TokenReused) => {
            refuse(causes::TOKEN_REUSED, "The specified ClientToken was used before with other parameters.")
        }
        Fault::Conflict(Conflict::DryRun) => {
            refuse(causes::DRY_RUN, "The request is in order, and nothing was changed because DryRun is set.")
        }
        Fault::Capacity(Capacity::Tags { limit }) => {
            refuse(causes::TAGS_FULL, format!("A resource has {limit} tags at most."))
        }
        Fault::Engine(
            EngineTrouble::Unavailable(internal)
            | EngineTrouble::StorageFull(internal)
            | EngineTrouble::Store(internal),
        ) => {
            tracing::error!(cause = internal.for_log(), "the store did not answer");
            gateway::unavailable()
        }
        Fault::Bug(internal) => {
            tracing::error!(cause = internal.for_log(), "a bug");
            gateway::internal_error()
        }
        fault => unexpected(&fault),
    }
}

/// A refusal that the product cannot give.
fn unexpected(refused: &dyn std::fmt::Debug) -> Refusal {
    tracing::error!(?refused, "a product has no words for a refusal");
    gateway::internal_error()
}

/// What is named does not exist.
pub(crate) fn not_found(cause: Cause, kind: &str, id: &str) -> Refusal {
    refuse(cause, format!("The specified {kind} is NotFound{}.", Quoted(id)))
}

/// Refuses for this cause.
pub(crate) fn refuse(cause: Cause, text: impl Display) -> Refusal {
    Refusal::because(cause, text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_that_is_not_offered_is_named_unless_its_name_misleads() {
        let message = |action: &str| unsupported(action).message.into_owned();
        assert!(message("CreateNatGateway").contains("CreateNatGateway"));
        for action in ["IsNotFound", "a b", &"x".repeat(65)] {
            assert!(!message(action).contains(action), "{action}");
        }
        assert_eq!(unsupported("X").status, StatusCode::BAD_REQUEST);
    }
}
