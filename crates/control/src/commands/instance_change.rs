//! Changes what an instance is: what was bought, what it may hold, which version its clients see. One
//! transaction, because the engine keeps nothing of that; it is told what the cluster may hold, and asks again whenever
//! it opens it. What it holds must fit into what it may hold.

use std::sync::Arc;

use serde_json::json;

use super::instance_order::draw_order_id;
use super::{audit_done, find_serving};
use crate::account::Caller;
use crate::catalogue::Catalogue;
use crate::fault::{Capacity, Conflict};
use crate::ids::OrderId;
use crate::instance::{Instance, InstanceChange, InstanceState, Limits};
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free};
use crate::store::{Tx, groups, topics};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    change: InstanceChange,
) -> Result<Committed<OrderId>, Fault> {
    let recorded = unhindered(shared, || record(shared.clone(), caller.clone(), change.clone())).await?;
    if let Err(error) = shared.clusters.bound(&change.seen.id).await {
        // It was read from the store a moment ago. Changes by the API are judged by the store in any case.
        tracing::error!(instance = %change.seen.id, %error, "clients are held to what it could hold before");
    }
    Ok(recorded)
}

async fn record(
    shared: Arc<Shared>,
    caller: Caller,
    change: InstanceChange,
) -> Result<Committed<OrderId>, Fault> {
    let catalogue =
        if lowers(&change) { Some(contents(&shared, &caller, &change.seen).await?) } else { None };
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let InstanceChange { seen, limits, version, details } = change;
                let row = instances::find(tx, &caller.account, Some(&seen.region), &seen.id).await?;
                match row.state {
                    InstanceState::Running => {}
                    InstanceState::Changing => return Err(Conflict::OperationRunning.into()),
                    other => return Err(Conflict::InstanceState(other).into()),
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                // What is asked for was worked out from what was seen; another change may have been quicker.
                if (row.billing, &row.version, &row.details) != (seen.billing, &seen.version, &seen.details) {
                    return Err(Conflict::OperationRunning.into());
                }
                if let Some(catalogue) = catalogue {
                    ensure_fits(tx, &row, &limits, &catalogue).await?;
                }
                instances::update_change(tx, &row.key, &limits, &version, &details).await?;
                let order_id = draw_order_id(&shared);
                let record =
                    json!({ "order": order_id, "limits": limits, "version": version, "details": details });
                let subject = row.key.id.to_string();
                audit_done(&shared, tx, &caller, "instance_change", subject, record).await?;
                Ok(order_id)
            })
        })
        .await
}

/// Whether the instance may hold less of anything than before.
fn lowers(change: &InstanceChange) -> bool {
    let (after, before) = (&change.limits, &change.seen.limits);
    after.topics < before.topics || after.partitions < before.partitions || after.groups < before.groups
}

async fn contents(shared: &Shared, caller: &Caller, seen: &Instance) -> Result<Catalogue, Fault> {
    let row = find_serving(shared, caller, Some(&seen.region), &seen.id).await?;
    Catalogue::read(shared, &row.key).await
}

async fn ensure_fits(
    tx: &mut Tx,
    row: &InstanceRow,
    limits: &Limits,
    catalogue: &Catalogue,
) -> Result<(), Fault> {
    let held = catalogue.holdings(&topics::list(tx, &row.key).await?);
    if held.topics > u64::from(limits.topics) {
        return Err(Capacity::Topics { limit: limits.topics }.into());
    }
    if held.partitions > u64::from(limits.partitions) {
        return Err(Capacity::Partitions { limit: limits.partitions }.into());
    }
    if groups::count(tx, &row.key).await? > limits.groups {
        return Err(Capacity::Groups { limit: limits.groups }.into());
    }
    Ok(())
}
