//! Deploys an ordered instance. Answers when the intent is committed; the operation goes on from there.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;

use super::placement_find;
use crate::account::Caller;
use crate::disk_key;
use crate::fault::Conflict;
use crate::ids::{SecurityGroupId, SubnetId};
use crate::instance::{InstanceStart, InstanceState};
use crate::operations::{self, Intent, begin, lowest_free_slot, unhindered};
use crate::placement::PlacementQuery;
use crate::shared::Shared;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free};
use crate::store::users::{self, UserRow};
use crate::store::{Scope, allowed_addresses, disk_keys, placements};
use crate::user::{FirstUser, Mechanism, User};
use crate::{Committed, Fault};

/// Letters of a password that nobody chose.
const PASSWORD_LETTERS: usize = 24;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    start: InstanceStart,
) -> Result<Committed<()>, Fault> {
    let first_user = match &start.first_user {
        Some(first) => Some(user_row(shared, first).await?),
        None => None,
    };
    let attempt = || intend(shared.clone(), caller.clone(), start.clone(), first_user.clone());
    unhindered(shared, attempt).await
}

/// The first user as it is to be recorded.
async fn user_row(shared: &Shared, first: &FirstUser) -> Result<UserRow, Fault> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let drawn = || Secret::new(shared.random.text(letters, PASSWORD_LETTERS));
    let password = first.password.clone().unwrap_or_else(drawn);
    let mechanism = Mechanism::Plain;
    let verifier = shared.engine.user_verifier(mechanism, &password).await?;
    Ok(UserRow { user: User { name: first.name.clone(), mechanism, password }, verifier })
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    start: InstanceStart,
    first_user: Option<UserRow>,
) -> Result<Committed<()>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&start.region), &start.id).await?;
                if row.state != InstanceState::Ordered {
                    return Err(Conflict::InstanceState(row.state).into());
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                let name = start.name.unwrap_or_else(|| row.name.clone());
                if instances::name_taken(tx, &row.key, &name).await? {
                    return Err(Conflict::InstanceNameTaken(name).into());
                }
                let scope = Scope::of(&caller, &start.region);
                let placement =
                    placement_find::resolve(tx, &scope, &start.placement, shared.clock.now_ms()).await?;
                let slot = lowest_free_slot(tx, shared.options.slots, &[]).await?;
                let row = InstanceRow {
                    state: InstanceState::Deploying,
                    state_since_ms: shared.clock.now_ms(),
                    name,
                    version: start.version,
                    slot: Some(slot),
                    settings: start.settings,
                    details: start.details,
                    ..row
                };
                instances::update_deployment(tx, &row).await?;
                let PlacementQuery { subnets, security_group, cipher_key, .. } = &start.placement;
                let subnets = subnets.iter().filter(|_| placement.home.is_some()).map(SubnetId::as_str);
                let group = security_group.iter().filter(|_| placement.security_group_known);
                let used: Vec<_> = subnets.chain(group.map(SecurityGroupId::as_str)).collect();
                placements::replace(tx, &row.key, &used).await?;
                allowed_addresses::begin(tx, &row.key).await?;
                disk_keys::delete_all(tx, &row.key).await?;
                let mut details = json!({ "name": row.name, "version": row.version, "slot": slot });
                if let Some(id) = cipher_key {
                    // With a key that is not this server's, it is encrypted all the same.
                    let known = Some(id).filter(|_| placement.cipher_key_known);
                    let disk_key = disk_key::add(tx, &shared, &row.key, known).await?;
                    let (by, version) = disk_key.by.unzip();
                    details["disk_key"] =
                        json!({ "number": disk_key.number, "cipher_key": by, "version": version });
                }
                // A deployment that was taken back may have left some.
                users::delete_all(tx, &row.key).await?;
                if let Some(user) = &first_user {
                    users::put(tx, &shared.vault, &row.key, user, shared.clock.now_ms()).await?;
                }
                let intent = Intent {
                    details,
                    key: row.key,
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceStart {
                        slot,
                        foreign: Vec::new(),
                        version: row.version,
                        settings: row.settings,
                    },
                    step: operations::InstanceStart::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
        .map(|ticket| ticket.map(drop))
}
