//! Gives an instance back. On one that is back already it changes nothing and succeeds.

use std::sync::Arc;

use serde_json::json;

use super::{audit_done, find};
use crate::account::Caller;
use crate::catalogue::Catalogue;
use crate::fault::Conflict;
use crate::instance::{Billing, InstanceRelease, InstanceState};
use crate::operations::{self, Intent, Ticket, begin, ended_or_accepted, unhindered};
use crate::shared::Shared;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free, supersede};
use crate::store::{Tx, groups, topics};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    release: InstanceRelease,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), release.clone())).await?;
    ended_or_accepted(shared, intended).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    release: InstanceRelease,
) -> Result<Committed<Option<Ticket>>, Fault> {
    let catalogue = if release.force { None } else { contents(&shared, &caller, &release).await? };
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&release.region), &release.id).await?;
                if !ensure_releasable(&row)? {
                    let subject = row.key.id.to_string();
                    let details = json!({ "changed": false });
                    audit_done(&shared, tx, &caller, "instance_release", subject, details).await?;
                    return Ok(None);
                }
                if release.force {
                    // Work on topics and groups that cannot get on must not keep an instance alive.
                    supersede(tx, &row.key).await?;
                } else {
                    ensure_free(tx, &row.key, &Subject::Instance).await?;
                    ensure_empty(tx, &row, catalogue.as_ref()).await?;
                }
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceRelease { erase: release.force },
                    step: operations::InstanceRelease::FIRST,
                    details: json!({ "force": release.force }),
                };
                begin(&shared, tx, intent).await.map(Some)
            })
        })
        .await
}

/// Whether there is anything to release; refuses when it may not be.
fn ensure_releasable(row: &InstanceRow) -> Result<bool, Fault> {
    if row.billing == Billing::Prepaid {
        let reason = "an instance paid for a term cannot be released before its end";
        return Err(Conflict::NotForThisInstance(reason.into()).into());
    }
    match row.state {
        InstanceState::Ordered | InstanceState::Running | InstanceState::Stopped => Ok(true),
        InstanceState::Expired | InstanceState::Released => Ok(false),
        InstanceState::Deploying | InstanceState::Changing => Err(Conflict::InstanceState(row.state).into()),
    }
}

/// What the instance holds, when it can hold anything.
async fn contents(
    shared: &Shared,
    caller: &Caller,
    release: &InstanceRelease,
) -> Result<Option<Catalogue>, Fault> {
    let row = find(shared, caller, Some(&release.region), &release.id).await?;
    if row.state != InstanceState::Running || !ensure_releasable(&row)? {
        return Ok(None);
    }
    shared.clusters.ensure_serving(&row.key.id)?;
    Catalogue::read(shared, &row.key).await.map(Some)
}

async fn ensure_empty(tx: &mut Tx, row: &InstanceRow, catalogue: Option<&Catalogue>) -> Result<(), Fault> {
    let rows = topics::list(tx, &row.key).await?;
    let has_topics = match catalogue {
        Some(catalogue) => catalogue.holdings(&rows).topics > 0,
        // Nobody to ask: what was never deployed has none, and of what is switched off these are known.
        None => !rows.is_empty(),
    };
    if !has_topics && groups::count(tx, &row.key).await? == 0 {
        Ok(())
    } else {
        Err(Conflict::InstanceNotEmpty.into())
    }
}
