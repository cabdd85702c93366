//! What users may do in an instance: the rules that mean something now, unless the others are asked for too. None does
//! while rules are not enforced, nor does one about a topic or group that is gone; both count again when that changes.

use std::sync::Arc;

use super::find_running;
use super::presence::Presence;
use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::rule::{RuleFilter, WrittenRule};
use crate::shared::Shared;
use crate::store::access_rules;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    filter: &RuleFilter,
) -> Result<Vec<WrittenRule>, Fault> {
    let row = find_running(shared, caller, Some(region), instance).await?;
    if !row.settings.acl_enabled && !filter.dormant {
        return Ok(Vec::new());
    }
    let rules = {
        let mut reader = shared.store.read().await?;
        access_rules::list(&mut reader, &row.key, filter).await?
    };
    let mut presence = Presence::new(shared, &row.key);
    let mut listed = Vec::with_capacity(rules.len());
    for written in rules {
        if filter.dormant || presence.missing(&written.rule).await?.is_none() {
            listed.push(written);
        }
    }
    Ok(listed)
}
