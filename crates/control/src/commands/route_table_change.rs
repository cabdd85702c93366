//! Changes the system route table of a network.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{Region, RouteTableId};
use crate::network::RouteTableChange;
use crate::shared::Shared;
use crate::store::{Scope, networks};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &RouteTableId,
    change: RouteTableChange,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let networks = networks::list(tx, &scope).await?;
                let mut network = networks
                    .into_iter()
                    .find(|network| network.route_table.id == id)
                    .ok_or_else(|| Absent::RouteTable(id.to_string()))?;
                let details = json!({ "name": change.name, "propagation": change.propagation });
                let table = &mut network.route_table;
                table.propagation = change.propagation.unwrap_or(table.propagation);
                if let Some(name) = change.name {
                    table.name = name;
                }
                if let Some(description) = change.description {
                    table.description = description;
                }
                networks::update(tx, &scope, &network).await?;
                audit_done(&shared, tx, &caller, "route_table_change", id.to_string(), details).await
            })
        })
        .await
}
