//! Instances whose time has come: terms that ended, to be renewed or not, data and records that were kept long
//! enough. Only what is paid beforehand has a term; the end of what is paid by use is a figure that clients expect.

use std::sync::Arc;

use serde_json::json;

use super::{KEPT_MS, weir_for};
use crate::audit::{self, Entry, Outcome};
use crate::commands::instance_delete;
use crate::fault::{Absent, Conflict};
use crate::instance::{Billing, InstanceState};
use crate::operations::{InstanceExpire, InstanceRelease, Intent, Kind, begin};
use crate::shared::Shared;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free};
use crate::{Fault, term};

pub(super) struct Reconciler<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

impl Reconciler<'_> {
    pub(super) async fn run(&self) -> Result<(), Fault> {
        let rows = {
            let mut reader = self.shared.store.read().await?;
            instances::list_everywhere(&mut reader).await?
        };
        let now_ms = self.shared.clock.now_ms();
        for row in rows {
            let kept_long_enough = now_ms.saturating_sub(row.state_since_ms) > KEPT_MS;
            let term_ended = row.billing == Billing::Prepaid && row.expires_ms <= now_ms;
            let begun = match row.state {
                InstanceState::Ordered
                | InstanceState::Deploying
                | InstanceState::Running
                | InstanceState::Changing
                | InstanceState::Stopped
                    if term_ended && self.shared.options.renewal =>
                {
                    self.renew(row, now_ms).await
                }
                InstanceState::Running | InstanceState::Stopped if term_ended => {
                    self.begin(row, InstanceExpire {}, InstanceExpire::FIRST).await
                }
                InstanceState::Expired if kept_long_enough => {
                    self.begin(row, InstanceRelease { erase: true }, InstanceRelease::FIRST).await
                }
                InstanceState::Released if kept_long_enough => self.purge(row).await,
                InstanceState::Ordered
                | InstanceState::Deploying
                | InstanceState::Running
                | InstanceState::Changing
                | InstanceState::Stopped
                | InstanceState::Expired
                | InstanceState::Released => Ok(()),
            };
            match begun {
                // Somebody else is at it, or was; the next run sees what came of it.
                Ok(())
                | Err(Fault::Conflict(Conflict::OperationRunning | Conflict::InstanceState(_)))
                | Err(Fault::Absent(Absent::Instance(_))) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Starts an operation, if the instance is still in the state it was seen in.
    async fn begin<K: Kind>(&self, seen: InstanceRow, state: K, step: &'static str) -> Result<(), Fault> {
        let shared = self.shared.clone();
        let caller = weir_for(&shared, &seen.key);
        self.shared
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let key = &seen.key;
                    let row = instances::find(tx, &key.account, Some(&key.region), &key.id).await?;
                    if row.state != seen.state {
                        return Err(Conflict::InstanceState(row.state).into());
                    }
                    ensure_free(tx, key, &Subject::Instance).await?;
                    let intent = Intent {
                        key: row.key,
                        subject: Subject::Instance,
                        caller,
                        state,
                        step,
                        details: json!({ "state_since_ms": row.state_since_ms, "expires_ms": row.expires_ms }),
                    };
                    begin(&shared, tx, intent).await
                })
            })
            .await
            .map(drop)
    }

    /// Has the term of an instance end a month later, or as many as it takes.
    async fn renew(&self, seen: InstanceRow, now_ms: i64) -> Result<(), Fault> {
        let caller = weir_for(self.shared, &seen.key);
        let renewed = self.shared.store.write(move |tx| {
            Box::pin(async move {
                let key = &seen.key;
                let row = instances::find(tx, &key.account, Some(&key.region), &key.id).await?;
                if (row.billing, row.expires_ms) != (seen.billing, seen.expires_ms) {
                    return Ok(());
                }
                let expires_ms = term::renewed(row.expires_ms, now_ms);
                instances::update_billing(tx, key, row.billing, expires_ms).await?;
                let details = json!({ "ended_ms": row.expires_ms, "expires_ms": expires_ms });
                let subject = key.id.to_string();
                let entry = Entry::of(&caller, now_ms, "instance_renew", subject, Outcome::Done, details);
                audit::append(tx, entry).await
            })
        });
        renewed.await.map(drop)
    }

    async fn purge(&self, row: InstanceRow) -> Result<(), Fault> {
        let caller = weir_for(self.shared, &row.key);
        let purged = instance_delete::intend(self.shared.clone(), caller, row.key.region, row.key.id);
        purged.await.map(drop)
    }
}
