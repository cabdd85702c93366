//! One file per command. Each begins with the instance as its caller may see it: by account and region, so that
//! what belongs to somebody else is absent before anything else about it is looked at.

pub(crate) mod group_create;
pub(crate) mod group_delete;
pub(crate) mod group_list;
pub(crate) mod group_progress;
pub(crate) mod instance_delete;
pub(crate) mod instance_find;
pub(crate) mod instance_list;
pub(crate) mod instance_order;
pub(crate) mod instance_region;
pub(crate) mod instance_release;
pub(crate) mod instance_start;
pub(crate) mod topic_create;
pub(crate) mod topic_delete;
pub(crate) mod topic_list;
pub(crate) mod topic_status;

mod instance_view;

use crate::Fault;
use crate::account::Caller;
use crate::audit::{self, Entry, Outcome};
use crate::fault::Conflict;
use crate::ids::{InstanceId, Region};
use crate::instance::InstanceState;
use crate::shared::Shared;
use crate::store::Tx;
use crate::store::instances::{self, InstanceRow};

/// The caller's instance, for a command that only reads.
async fn find(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    id: &InstanceId,
) -> Result<InstanceRow, Fault> {
    let mut reader = shared.store.read().await?;
    instances::find(&mut reader, &caller.account, region, id).await
}

/// The caller's instance, when it is in a state in which it has topics and groups.
async fn find_running(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    id: &InstanceId,
) -> Result<InstanceRow, Fault> {
    let row = find(shared, caller, region, id).await?;
    ensure_running(&row)?;
    Ok(row)
}

/// As [`find_running`], when the engine has to be asked too.
async fn find_serving(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    id: &InstanceId,
) -> Result<InstanceRow, Fault> {
    let row = find_running(shared, caller, region, id).await?;
    shared.clusters.ensure_serving(&row.key.id)?;
    Ok(row)
}

fn ensure_running(row: &InstanceRow) -> Result<(), Fault> {
    match row.state {
        InstanceState::Running | InstanceState::Changing => Ok(()),
        InstanceState::Ordered
        | InstanceState::Deploying
        | InstanceState::Stopped
        | InstanceState::Expired
        | InstanceState::Released => Err(Conflict::InstanceState(row.state).into()),
    }
}

/// Records a change that is complete with its transaction.
async fn audit_done(
    shared: &Shared,
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    subject: String,
    details: serde_json::Value,
) -> Result<(), Fault> {
    let entry = Entry::of(caller, shared.clock.now_ms(), action, subject, Outcome::Done, details);
    audit::append(tx, entry).await
}
