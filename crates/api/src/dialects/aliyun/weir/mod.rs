//! What only this server has (`weir`), version 2026-11-01: the accounts on it, for its operator,
//! and why Kafka users may do what they may. `weir keys` and `weir explain` call it.

pub(crate) mod actions;
mod faults;
pub(crate) mod operation;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;
use super::ram;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2026-11-01",
    version_old: None,
    name: "weir",
    region: RegionOf::Nowhere,
    mentioned: |_| Vec::new(),
    forbidden: "NoPermission",
    envelope: Envelope::RequestId,
    as_documented: |_| (),
    actions: actions::ACTIONS,
    any_case: true,
    unknown: companions::faults::unsupported,
    malformed: ram::faults::malformed,
    region_unknown: companions::causes::REGION,
    causes: &[],
    refusal: faults::refusal,
};
