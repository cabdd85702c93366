//! Takes tags off instances, topics and groups: off all that are named, or off none.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::tagged::{Found, look};
use crate::account::Caller;
use crate::ids::Region;
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::tags;
use crate::tag::{Resource, TagRemoval};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    resources: &[Resource],
    removal: &TagRemoval,
) -> Result<Committed<()>, Fault> {
    let attempt =
        || remove(shared.clone(), caller.clone(), region.clone(), resources.to_vec(), removal.clone());
    unhindered(shared, attempt).await
}

async fn remove(
    shared: Arc<Shared>,
    caller: Caller,
    region: Region,
    resources: Vec<Resource>,
    removal: TagRemoval,
) -> Result<Committed<()>, Fault> {
    let seen = look(&shared, &caller, &region, &resources).await?;
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                for resource in &resources {
                    let Found { key, kind, name, subject } =
                        seen.find(tx, &caller, &region, resource).await?;
                    let details = match &removal {
                        TagRemoval::All => {
                            tags::delete(tx, &key, kind, &name).await?;
                            json!({ "all": true })
                        }
                        TagRemoval::Keys(keys) => {
                            tags::delete_keys(tx, &key, kind, &name, keys).await?;
                            json!({ "keys": keys })
                        }
                    };
                    audit_done(&shared, tx, &caller, "resource_untag", subject, details).await?;
                }
                Ok(())
            })
        })
        .await
}
