//! Topics that are gone from the engine: what the store knows of them goes too.
//!
//! The other way round there is nothing to do: a topic that only the engine has is shown as it is.

use std::sync::Arc;

use serde_json::json;

use super::weir_for;
use crate::Fault;
use crate::audit::{self, Entry, Outcome};
use crate::catalogue::Catalogue;
use crate::fault::Conflict;
use crate::shared::Shared;
use crate::store::instances::{self, InstanceKey};
use crate::store::operations::{Subject, ensure_free};
use crate::store::topics::{self, TopicRow};

pub(super) struct Reconciler<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

impl Reconciler<'_> {
    pub(super) async fn run(&self) -> Result<(), Fault> {
        let rows = {
            let mut reader = self.shared.store.read().await?;
            instances::list_everywhere(&mut reader).await?
        };
        for row in rows {
            if self.shared.clusters.ensure_serving(&row.key.id).is_err() {
                // Nobody to ask, so nothing is known to be gone.
                continue;
            }
            let catalogue = match Catalogue::read(self.shared, &row.key).await {
                Ok(catalogue) => catalogue,
                Err(fault) => {
                    tracing::warn!(instance = %row.key.id, ?fault, "its topics cannot be compared now");
                    continue;
                }
            };
            for vanished in catalogue.vanished() {
                self.remove(&row.key, vanished).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, key: &InstanceKey, vanished: &TopicRow) -> Result<(), Fault> {
        let caller = weir_for(self.shared, key);
        let now_ms = self.shared.clock.now_ms();
        let (key, row) = (key.clone(), vanished.clone());
        let removed = self
            .shared
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let subject = Subject::Topic(row.name.clone());
                    ensure_free(tx, &key, &subject).await?;
                    if topics::delete_vanished(tx, &key, &row).await? {
                        let details = json!({ "reason": "gone from the engine" });
                        let entry = Entry::of(
                            &caller,
                            now_ms,
                            "topic_forget",
                            subject.path(&key),
                            Outcome::Done,
                            details,
                        );
                        audit::append(tx, entry).await?;
                    }
                    Ok(())
                })
            })
            .await;
        match removed {
            // Whatever is under way sees to its row itself.
            Ok(_) | Err(Fault::Conflict(Conflict::OperationRunning)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}
