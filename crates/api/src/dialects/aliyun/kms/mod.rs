//! Key Management Service (`kms`), API version 2016-01-20: keys that encrypt short texts, such as the password of a user
//! in a Terraform module.
//!
//! Clients of this product mostly name no region: in the vendor's cloud the address says it. So a key is found from
//! everywhere, and its region is only shown.

pub(crate) mod actions;
pub(crate) mod alias_name;
pub(crate) mod aliases;
pub(crate) mod causes;
pub(crate) mod choices;
pub(crate) mod context;
pub(crate) mod faults;
pub(crate) mod key_ref;
pub(crate) mod rotation;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::RegionOf;

/// Where a key is said to be when its maker has named no region.
const REGION: &str = "cn-hangzhou";

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2016-01-20",
    version_old: None,
    name: "kms",
    region: RegionOf::Anywhere,
    mentioned: key_ref::mentioned,
    forbidden: "Forbidden.NoPermission",
    envelope: Envelope::RequestId,
    as_documented: |_| (),
    actions: actions::ACTIONS,
    any_case: true,
    unknown: companions::faults::unsupported,
    malformed: |_, _| companions::causes::MALFORMED,
    region_unknown: companions::causes::REGION,
    causes: &[],
    refusal: faults::refusal,
};
