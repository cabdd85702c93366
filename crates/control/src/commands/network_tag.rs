//! Puts tags on networks, subnets or security groups: on all that are named or on none.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::Region;
use crate::shared::Shared;
use crate::store::{Scope, Tx, network_tags, networks, security_groups, subnets};
use crate::tag::{NetworkResource, Tag};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    resources: Vec<NetworkResource>,
    tags: Vec<Tag>,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, scope) = (shared.clone(), caller.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let keys: Vec<_> = tags.iter().map(|tag| tag.key.as_str()).collect();
                for resource in &resources {
                    ensure_there(tx, &scope, resource).await?;
                    network_tags::put(tx, &scope, resource.id(), &tags).await?;
                    let (subject, details) = (resource.id().to_owned(), json!({ "keys": keys }));
                    audit_done(&shared, tx, &caller, "network_tag", subject, details).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Fails unless the account has what is to be tagged.
pub(super) async fn ensure_there(
    tx: &mut Tx,
    scope: &Scope,
    resource: &NetworkResource,
) -> Result<(), Fault> {
    let found = match resource {
        NetworkResource::Network(id) => networks::find(tx, scope, id).await.map(drop),
        NetworkResource::Subnet(id) => subnets::find(tx, scope, id).await.map(drop),
        NetworkResource::SecurityGroup(id) => security_groups::find(tx, scope, id).await.map(drop),
    };
    found.map_err(|fault| match fault {
        Fault::Absent(_) => Absent::TagCarrier(resource.id().to_owned()).into(),
        fault => fault,
    })
}
