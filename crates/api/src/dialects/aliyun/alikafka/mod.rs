//! Message Queue for Apache Kafka (`alikafka`), API version 2019-09-16.
//!
//! One file per action in [`actions`]. What the vendor sells is in [`catalog`], what this product remembers
//! about an instance and nobody else understands in [`details`], the `Config` parameter in [`settings`].

pub(crate) mod actions;
pub(crate) mod catalog;
pub(crate) mod details;
pub(crate) mod faults;
pub(crate) mod settings;
pub(crate) mod views;

use super::action::Product;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2019-09-16",
    // The vendor's own Java example still asks for it.
    version_old: Some("2018-10-15"),
    name: "alikafka",
    resource: "InstanceId",
    actions: actions::ACTIONS,
    refusal: faults::refusal,
};
