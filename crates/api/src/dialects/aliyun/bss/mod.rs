//! Billing (`bss`), API version 2017-12-14: the one question that Terraform's provider asks when it starts. Nothing is
//! billed here.

pub(crate) mod actions;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2017-12-14",
    version_old: None,
    name: "bss",
    region: RegionOf::Nowhere,
    mentioned: |_| Vec::new(),
    forbidden: "NoPermission",
    envelope: Envelope::RequestId,
    as_documented: |_| (),
    actions: actions::ACTIONS,
    any_case: true,
    unknown: companions::faults::unsupported,
    malformed: |_, _| companions::causes::MALFORMED,
    region_unknown: companions::causes::REGION,
    causes: &[],
    refusal: |refused| {
        companions::faults::refusal(
            refused,
            |_, _| companions::causes::MALFORMED,
            companions::faults::of_any_product,
        )
    },
};
