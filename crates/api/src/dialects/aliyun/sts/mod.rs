//! Security Token Service (`sts`), API version 2015-04-01: who is calling. Terraform asks before it does anything for
//! some resources. Tokens are not given out, so no action takes a role.

pub(crate) mod actions;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2015-04-01",
    version_old: None,
    name: "sts",
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
