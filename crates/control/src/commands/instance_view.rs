//! An instance as its owner sees it: the row, and what is true of its cluster right now.

use crate::clusters::Standing;
use crate::instance::{Instance, InstanceState, Usage};
use crate::shared::Shared;
use crate::store::instances::InstanceRow;
use crate::tag::Tag;

/// Puts an instance together.
pub(super) async fn view(shared: &Shared, row: InstanceRow, tags: Vec<Tag>, groups: u32) -> Instance {
    let should_serve = matches!(row.state, InstanceState::Running | InstanceState::Changing);
    let (state, endpoints) = match shared.clusters.standing(&row.key.id) {
        _ if !should_serve => (row.state, None),
        Standing::Serving(endpoints) => (row.state, Some(endpoints)),
        Standing::Leaving => (row.state, None),
        // It cannot be reached yet, so it is on its way back, whatever its row says.
        Standing::Away | Standing::Waiting(_) => (InstanceState::Deploying, None),
    };
    let used = match &endpoints {
        Some(_) => used(shared, &row, groups).await,
        None => Usage::default(),
    };
    Instance {
        id: row.key.id,
        order_id: row.order_id,
        region: row.key.region,
        name: row.name,
        state,
        billing: row.billing,
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        version: row.version,
        limits: row.limits,
        settings: row.settings,
        endpoints: endpoints.unwrap_or_default(),
        tags,
        details: row.details,
        used,
        failure: row.failure,
    }
}

async fn used(shared: &Shared, row: &InstanceRow, groups: u32) -> Usage {
    match shared.engine.topic_usage(&row.key.id).await {
        Ok(usage) => Usage { topics: usage.topics, partitions: usage.partitions, groups },
        Err(error) => {
            // It may have closed since. A list of instances does not fail over one of them.
            tracing::debug!(instance = %row.key.id, %error, "no figures for an instance");
            Usage { groups, ..Usage::default() }
        }
    }
}
