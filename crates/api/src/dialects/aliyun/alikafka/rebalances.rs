//! Rebalances of a group, as two actions show them.

use control::group::Rebalance;
use control::ids::GroupName;
use serde::Serialize;

/// One rebalance that has ended.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RebalanceInfo {
    group_id: String,
    generation: u32,
    /// When it began, in milliseconds since 1970.
    last_rebalance_timestamp: i64,
    /// In milliseconds.
    rebalance_time_consuming: i64,
    /// Whether the group had members after it.
    rebalance_success: bool,
    reason: String,
}

impl RebalanceInfo {
    pub(crate) fn new(group: &GroupName, rebalance: &Rebalance) -> Self {
        Self {
            group_id: group.to_string(),
            generation: rebalance.generation,
            last_rebalance_timestamp: rebalance.began_ms,
            rebalance_time_consuming: rebalance.took_ms,
            rebalance_success: rebalance.has_members,
            reason: rebalance.cause.clone(),
        }
    }
}
