//! Resource Access Management (`ram`), API version 2015-05-01: sub-users of an account, their keys, and the policies that
//! say what they may do. What policies are written in is [`policies`](super::policies), what they are asked about is
//! [`mentions`](super::mentions).
//!
//! A call that names no user is about the caller's own keys.

pub(crate) mod actions;
pub(crate) mod causes;
pub(crate) mod choices;
pub(crate) mod faults;
pub(crate) mod names;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2015-05-01",
    version_old: None,
    name: "ram",
    region: RegionOf::Nowhere,
    mentioned: names::mentioned,
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
