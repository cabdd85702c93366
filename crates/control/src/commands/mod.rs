//! One file per command. Each begins with the instance as its caller may see it: by account and region, so that
//! what belongs to somebody else is absent before anything else about it is looked at.

pub(crate) mod access_key_change;
pub(crate) mod access_key_create;
pub(crate) mod access_key_delete;
pub(crate) mod access_key_list;
pub(crate) mod account_create;
pub(crate) mod account_list;
pub(crate) mod allowed_change;
pub(crate) mod allowed_list;
pub(crate) mod attachment_list;
pub(crate) mod cipher_alias_change;
pub(crate) mod cipher_alias_create;
pub(crate) mod cipher_alias_delete;
pub(crate) mod cipher_alias_find;
pub(crate) mod cipher_alias_list;
pub(crate) mod cipher_key_change;
pub(crate) mod cipher_key_create;
pub(crate) mod cipher_key_data;
pub(crate) mod cipher_key_decrypt;
pub(crate) mod cipher_key_encrypt;
pub(crate) mod cipher_key_find;
pub(crate) mod cipher_key_list;
pub(crate) mod cipher_key_tag;
pub(crate) mod cipher_key_untag;
pub(crate) mod client_list;
pub(crate) mod group_activity;
pub(crate) mod group_create;
pub(crate) mod group_delete;
pub(crate) mod group_list;
pub(crate) mod group_progress;
pub(crate) mod group_reset;
pub(crate) mod instance_annotate;
pub(crate) mod instance_change;
pub(crate) mod instance_configure;
pub(crate) mod instance_convert;
pub(crate) mod instance_delete;
pub(crate) mod instance_find;
pub(crate) mod instance_ids;
pub(crate) mod instance_list;
pub(crate) mod instance_order;
pub(crate) mod instance_region;
pub(crate) mod instance_release;
pub(crate) mod instance_rename;
pub(crate) mod instance_reopen;
pub(crate) mod instance_start;
pub(crate) mod instance_stop;
pub(crate) mod message_list;
pub(crate) mod network_change;
pub(crate) mod network_cidr;
pub(crate) mod network_create;
pub(crate) mod network_delete;
pub(crate) mod network_find;
pub(crate) mod network_list;
pub(crate) mod network_tag;
pub(crate) mod network_untag;
pub(crate) mod permission_judge;
pub(crate) mod placement_find;
pub(crate) mod policy_attach;
pub(crate) mod policy_create;
pub(crate) mod policy_delete;
pub(crate) mod policy_detach;
pub(crate) mod policy_find;
pub(crate) mod policy_list;
pub(crate) mod quotas_note;
pub(crate) mod resource_group_change;
pub(crate) mod resource_group_create;
pub(crate) mod resource_group_delete;
pub(crate) mod resource_group_find;
pub(crate) mod resource_group_list;
pub(crate) mod resources_tag;
pub(crate) mod resources_tags;
pub(crate) mod resources_untag;
pub(crate) mod route_table_change;
pub(crate) mod rule_explain;
pub(crate) mod rules_administer;
pub(crate) mod rules_grant;
pub(crate) mod rules_list;
pub(crate) mod rules_withdraw;
pub(crate) mod security_group_change;
pub(crate) mod security_group_create;
pub(crate) mod security_group_delete;
pub(crate) mod security_group_find;
pub(crate) mod security_group_list;
pub(crate) mod sub_user_change;
pub(crate) mod sub_user_create;
pub(crate) mod sub_user_delete;
pub(crate) mod sub_user_find;
pub(crate) mod sub_user_list;
pub(crate) mod subnet_change;
pub(crate) mod subnet_create;
pub(crate) mod subnet_delete;
pub(crate) mod subnet_find;
pub(crate) mod subnet_list;
pub(crate) mod topic_configure;
pub(crate) mod topic_create;
pub(crate) mod topic_delete;
pub(crate) mod topic_groups;
pub(crate) mod topic_grow;
pub(crate) mod topic_list;
pub(crate) mod topic_remark;
pub(crate) mod topic_status;
pub(crate) mod user_delete;
pub(crate) mod user_list;
pub(crate) mod user_put;
pub(crate) mod zone_list;

mod instance_view;
mod once;
mod presence;
mod tagged;

use crate::Fault;
use crate::account::Caller;
use crate::audit::{self, Entry, Outcome};
use crate::fault::Conflict;
use crate::ids::{InstanceId, Region};
use crate::instance::InstanceState;
use crate::shared::Shared;
use crate::store::Tx;
use crate::store::instances::{self, InstanceRow};
use crate::topic::{Page, Paged};

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
pub(crate) async fn audit_done(
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

/// A part of a list.
fn page_of<T>(items: Vec<T>, page: Page) -> Paged<T> {
    let total = items.len();
    Paged { items: items.into_iter().skip(page.skip).take(page.take).collect(), total }
}

/// A new id: so many random letters and digits that nobody draws one twice.
fn draw_id(shared: &Shared, prefix: &str) -> String {
    format!("{prefix}{}", shared.random.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 20))
}
