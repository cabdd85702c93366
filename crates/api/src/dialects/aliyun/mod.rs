//! Alibaba Cloud's RPC dialect: two signature schemes, actions by name, JSON and XML.
//!
//! One folder per product below this one; what its actions share with other products' stands here.

pub(crate) mod action;
pub(crate) mod alikafka;
pub(crate) mod authentication;
pub(crate) mod bss;
pub(crate) mod companions;
pub(crate) mod ecs;
pub(crate) mod envelope;
pub(crate) mod gateway;
pub(crate) mod json_body;
pub(crate) mod kms;
pub(crate) mod location;
pub(crate) mod mentions;
pub(crate) mod params;
pub(crate) mod policies;
pub(crate) mod ram;
pub(crate) mod refusals;
pub(crate) mod regions;
pub(crate) mod resourcemanager;
pub(crate) mod sts;
pub(crate) mod visibility;
pub(crate) mod vpc;
pub(crate) mod weir;

pub(crate) use regions::Regions;

use crate::refusal::Refusal;
use crate::request::Verified;
use action::{Handler, Product};

/// Every product that is answered for. The API version tells them apart.
pub(crate) const PRODUCTS: &[&Product] = &[
    &alikafka::PRODUCT,
    &bss::PRODUCT,
    &ecs::PRODUCT,
    &kms::PRODUCT,
    &location::PRODUCT,
    &ram::PRODUCT,
    &resourcemanager::PRODUCT,
    &sts::PRODUCT,
    &vpc::PRODUCT,
    &weir::PRODUCT,
];

/// Finds the handler of a verified request, and its product.
pub(crate) fn route(verified: &Verified) -> Result<(&'static Product, &'static dyn Handler), Refusal> {
    let facts = verified.facts();
    let version = facts.version.as_deref().ok_or_else(|| gateway::missing("Version"))?;
    let action = facts.action.as_deref().ok_or_else(|| gateway::missing("Action"))?;
    let product = PRODUCTS
        .iter()
        .find(|product| product.version == version || product.version_old == Some(version))
        .ok_or_else(gateway::invalid_version)?;
    let handler = product.find(action).ok_or_else(|| (product.unknown)(action))?;
    if product.version != version && !handler.facts().in_old_version {
        return Err(gateway::unknown_action());
    }
    Ok((product, handler))
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
