//! Lets users do things in an instance, or forbids it: first the rules, then the engine that enforces them.

use std::sync::Arc;

use serde_json::json;

use super::presence::Presence;
use super::{ensure_running, find_running};
use crate::account::Caller;
use crate::fault::Conflict;
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::rule::RulesGrant;
use crate::shared::Shared;
use crate::store::access_rules;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    grant: RulesGrant,
) -> Result<Committed<()>, Fault> {
    let row = find_running(shared, caller, Some(&grant.region), &grant.instance).await?;
    ensure_enforced(&row)?;
    let mut presence = Presence::new(shared, &row.key);
    for written in &grant.rules {
        if let Some(absent) = presence.missing(&written.rule).await? {
            return Err(absent.into());
        }
    }
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), grant.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(shared: Arc<Shared>, caller: Caller, grant: RulesGrant) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let RulesGrant { region, instance, rules } = grant;
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                ensure_enforced(&row)?;
                ensure_free(tx, &row.key, &Subject::Rules).await?;
                access_rules::insert(tx, &row.key, &rules).await?;
                access_rules::ensure_room(tx, &row.key).await?;
                let rules: Vec<_> = rules.into_iter().map(|written| written.rule).collect();
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Rules,
                    caller,
                    details: json!({ "grant": rules }),
                    state: operations::RulesChange {},
                    step: operations::RulesChange::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}

/// Refuses where rules would mean nothing.
fn ensure_enforced(row: &InstanceRow) -> Result<(), Fault> {
    if row.settings.acl_enabled { Ok(()) } else { Err(Conflict::RulesNotEnforced.into()) }
}
