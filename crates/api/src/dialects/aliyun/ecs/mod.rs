//! Elastic Compute Service (`ecs`), API version 2014-05-26: regions, zones and security groups, and no machines.
//!
//! Security groups are records. They filter nothing; an instance names them, and they cannot go before it.

pub(crate) mod actions;
pub(crate) mod causes;
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
    malformed: faults::malformed,
    region_unknown: companions::causes::REGION,
    causes: &[],
    refusal: faults::refusal,
};

/// What policies put before the id of a security group.
pub(crate) const SECURITY_GROUP: &str = "securitygroup/";

/// What a call names: security groups.
fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let groups =
        ["SecurityGroupId", "SecurityGroupIds"].map(|name| call.named(name, SECURITY_GROUP)).concat();
    [groups, call.typed()].concat()
}
