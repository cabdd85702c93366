//! Changes a subnet's name or description.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::ids::{Region, SubnetId};
use crate::shared::Shared;
use crate::store::{Scope, subnets};
use crate::subnet::SubnetChange;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &SubnetId,
    change: SubnetChange,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut row = subnets::find(tx, &scope, &id).await?;
                let details = json!({ "name": change.name });
                row.name = change.name.unwrap_or(row.name);
                row.description = change.description.unwrap_or(row.description);
                subnets::update(tx, &scope, &row).await?;
                audit_done(&shared, tx, &caller, "subnet_change", id.to_string(), details).await
            })
        })
        .await
}
