//! Elastic Compute Service (`ecs`), API version 2014-05-26: regions, zones and security groups, and no machines.
//!
//! Security groups are records. They filter nothing; an instance names them, and they cannot go before it.

pub(crate) mod actions;
pub(crate) mod choices;
pub(crate) mod faults;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::{Mentions, Named, RegionOf};

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2014-05-26",
    version_old: None,
    name: "ecs",
    region: RegionOf::Call,
    mentioned,
    forbidden: "Forbidden.RAM",
    envelope: Envelope::RequestId,
    as_documented: |_| (),
    actions: actions::ACTIONS,
    any_case: true,
    unknown: companions::faults::unsupported,
    refusal: faults::refusal,
};

/// What a call names: security groups.
fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let group = "securitygroup/";
    [call.named("SecurityGroupId", group), call.named("SecurityGroupIds", group), call.typed()].concat()
}
