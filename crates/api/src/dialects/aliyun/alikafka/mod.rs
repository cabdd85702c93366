//! Message Queue for Apache Kafka (`alikafka`), API version 2019-09-16.
//!
//! One file per action in [`actions`]. What the vendor sells is in [`catalog`], what this product remembers
//! about an instance and nobody else understands in [`details`], the `Config` parameter in [`settings`], the
//! settings of a topic in [`topic_config`], what the actions that change settings share in [`configuration`].

pub(crate) mod access_rules;
pub(crate) mod actions;
pub(crate) mod allowed_lists;
pub(crate) mod catalog;
pub(crate) mod causes;
pub(crate) mod configuration;
pub(crate) mod details;
pub(crate) mod downgrades;
pub(crate) mod faults;
pub(crate) mod list_shape;
pub(crate) mod needs;
pub(crate) mod orders;
pub(crate) mod rebalances;
pub(crate) mod remark;
pub(crate) mod reset_offsets;
pub(crate) mod resources;
pub(crate) mod rule_input;
pub(crate) mod scaling;
pub(crate) mod scaling_rules;
pub(crate) mod serverless;
pub(crate) mod settings;
pub(crate) mod topic_config;
pub(crate) mod upgrades;
pub(crate) mod users;
pub(crate) mod vendor_actions;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::gateway;
use super::mentions::RegionOf;
use crate::refusal::Refusal;

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2019-09-16",
    // The vendor's own Java example still asks for it.
    version_old: Some("2018-10-15"),
    name: "alikafka",
    region: RegionOf::Call,
    mentioned: resources::mentioned,
    forbidden: "Forbidden.RAM",
    envelope: Envelope::Full,
    as_documented: list_shape::as_documented,
    actions: actions::ACTIONS,
    // The contract says that values are what they are.
    any_case: false,
    unknown,
    malformed: |_, _| causes::FIELD.code,
    region_unknown: causes::REGION,
    causes: &[causes::BUSY],
    refusal: faults::refusal,
};

/// The answer to an action that is not offered. One that the vendor has is told from a mistyped one.
fn unknown(name: &str) -> Refusal {
    let refusal = gateway::unknown_action();
    match vendor_actions::reason(name) {
        None => refusal,
        Some(reason) => {
            let advice = format!("{name} is not offered here, see docs/coverage.md. {reason}");
            let message = format!("{} {advice}", refusal.message);
            Refusal { message: message.into(), ..refusal }.recommending(advice)
        }
    }
}
