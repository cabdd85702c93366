//! Takes tags off networks, subnets or security groups; keys that are not there are no error.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::network_tag::ensure_there;
use crate::account::Caller;
use crate::ids::Region;
use crate::shared::Shared;
use crate::store::{Scope, network_tags};
use crate::tag::{NetworkResource, TagRemoval};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    resources: Vec<NetworkResource>,
    removal: TagRemoval,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, scope) = (shared.clone(), caller.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                for resource in &resources {
                    ensure_there(tx, &scope, resource).await?;
                    let details = match &removal {
                        TagRemoval::All => {
                            network_tags::delete(tx, &scope, resource.id()).await?;
                            json!({ "all": true })
                        }
                        TagRemoval::Keys(keys) => {
                            for key in keys {
                                network_tags::delete_key(tx, &scope, resource.id(), key).await?;
                            }
                            json!({ "keys": keys })
                        }
                    };
                    let subject = resource.id().to_owned();
                    audit_done(&shared, tx, &caller, "network_untag", subject, details).await?;
                }
                Ok(())
            })
        })
        .await
}
