//! Resource groups (`resourcemanager`), API version 2020-03-31: what an account sorts its resources into. Clients of this
//! product name no region; groups belong to the account.

pub(crate) mod actions;
pub(crate) mod causes;
pub(crate) mod faults;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// What policies put before the id of a resource group.
pub(crate) const RESOURCE_GROUP: &str = "resourcegroup/";

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2020-03-31",
    version_old: None,
    name: "resourcemanager",
    region: RegionOf::Nowhere,
    mentioned: |call| call.named("ResourceGroupId", RESOURCE_GROUP),
    forbidden: "NoPermission",
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
