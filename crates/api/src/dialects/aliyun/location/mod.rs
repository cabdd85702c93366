//! Location (`location`), API version 2015-06-12: where a product is called. Clients ask it before they call a product
//! for the first time, unless their user has told them the address.

pub(crate) mod actions;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2015-06-12",
    version_old: None,
    name: "location",
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
