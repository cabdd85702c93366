//! Makes a security group.

use std::sync::Arc;

use serde_json::json;

use super::once::Once;
use super::resource_group_find::resolve;
use super::subnet_create::of_new;
use super::{audit_done, draw_id};
use crate::account::Caller;
use crate::fault::Capacity;
use crate::ids::SecurityGroupId;
use crate::security_group::{SECURITY_GROUPS_MAX, SecurityGroup, SecurityGroupCreate, SecurityGroupKind};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, networks, security_groups};
use crate::{Committed, Fault};

const COMMAND: &str = "security_group_create";

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: SecurityGroupCreate,
) -> Result<Committed<SecurityGroupId>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let scope = Scope::of(&caller, &create.region);
                let now_ms = shared.clock.now_ms();
                let once = Once::new(&scope, COMMAND, create.token.clone(), &create, now_ms)?;
                if let Some(earlier) = once.earlier(tx).await? {
                    return Ok(earlier);
                }
                if let Some(network) = &create.network {
                    networks::find(tx, &scope, network).await.map_err(of_new)?;
                }
                let resource_group = resolve(tx, &caller.account, create.resource_group.as_ref()).await?;
                if security_groups::list(tx, &scope).await?.len() >= SECURITY_GROUPS_MAX as usize {
                    return Err(Capacity::SecurityGroups { limit: SECURITY_GROUPS_MAX }.into());
                }
                let group = SecurityGroup {
                    id: SecurityGroupId::new(draw_id(&shared, create.id_prefix)),
                    network: create.network,
                    name: create.name,
                    description: create.description,
                    kind: create.kind,
                    inner_access: create.kind == SecurityGroupKind::Basic,
                    resource_group,
                    created_ms: now_ms,
                    tags: Vec::new(),
                };
                security_groups::insert(tx, &scope, &group).await?;
                network_tags::put(tx, &scope, group.id.as_str(), &create.tags).await?;
                once.keep(tx, &group.id).await?;
                let details = json!({ "network": group.network, "kind": group.kind });
                audit_done(&shared, tx, &caller, COMMAND, group.id.to_string(), details).await?;
                Ok(group.id)
            })
        })
        .await
}
