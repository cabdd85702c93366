//! Puts tags on instances, topics and groups: on all that are named, or on none.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::tagged::{Found, look};
use crate::account::Caller;
use crate::ids::Region;
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::tags;
use crate::tag::{Resource, Tag};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    resources: &[Resource],
    new: &[Tag],
) -> Result<Committed<()>, Fault> {
    let attempt = || put(shared.clone(), caller.clone(), region.clone(), resources.to_vec(), new.to_vec());
    unhindered(shared, attempt).await
}

async fn put(
    shared: Arc<Shared>,
    caller: Caller,
    region: Region,
    resources: Vec<Resource>,
    new: Vec<Tag>,
) -> Result<Committed<()>, Fault> {
    let seen = look(&shared, &caller, &region, &resources).await?;
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                for resource in &resources {
                    let Found { key, kind, name, subject } =
                        seen.find(tx, &caller, &region, resource).await?;
                    tags::put(tx, &key, kind, &name, &new).await?;
                    let keys: Vec<_> = new.iter().map(|tag| tag.key.as_str()).collect();
                    audit_done(&shared, tx, &caller, "resource_tag", subject, json!({ "keys": keys }))
                        .await?;
                }
                Ok(())
            })
        })
        .await
}
