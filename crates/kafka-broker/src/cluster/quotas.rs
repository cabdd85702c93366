//! A cluster's quotas: what its owner bounds all clients by, and what administrators hold some of them to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cluster, STOPPING};
use crate::connection::Peer;
use crate::error::ClusterError;
use crate::meta::{EntityName, QuotaEntity, QuotaKey, QuotaTable, QuotaValue, Record};
use crate::quota::{QuotaEdit, QuotaNote, QuotaStage};

/// Entities with quotas in a cluster: each takes about 200 bytes, and as much again in the journal.
const ENTITIES_MAX: usize = 10_000;

/// Other quotas for one entity: of these keys, these values or none.
#[derive(Clone, Debug)]
pub(crate) struct QuotaChange {
    pub(crate) entity: QuotaEntity,
    pub(crate) values: BTreeMap<QuotaKey, Option<QuotaValue>>,
}

/// Why quotas are not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QuotaError {
    #[error("a cluster has quotas for at most {ENTITIES_MAX} entities")]
    Full,
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Cluster {
    /// How many entities have client quotas.
    pub fn client_quotas_counted(&self) -> usize {
        self.client_quotas().len()
    }

    /// All client quotas.
    pub(crate) fn client_quotas(&self) -> Arc<QuotaTable> {
        self.store.read(|state| state.quotas())
    }

    /// Changes client quotas for an administrator, all of them or none: durable, in force and written down when it is
    /// ready, also when nobody waits for that any more. With `validate_only` it only says whether they could be.
    pub(crate) async fn client_quotas_change(
        &self,
        changes: Vec<QuotaChange>,
        by: &Peer,
        validate_only: bool,
    ) -> Result<(), QuotaError> {
        let failed = |text: String| QuotaError::Cluster(ClusterError::Failed(text));
        let Some(cluster) = self.itself.upgrade() else { return Err(failed(STOPPING.into())) };
        let edits = changes.iter().map(edit).collect();
        let note = QuotaNote { by: by.address, user: by.principal.name().to_owned(), edits };
        let change = tokio::spawn(async move {
            let _turn = cluster.quota_turn.lock().await;
            let mut table = QuotaTable::clone(&cluster.client_quotas());
            let records: Vec<Record> = changes.into_iter().map(|change| apply(&mut table, change)).collect();
            if table.len() > ENTITIES_MAX {
                return Err(QuotaError::Full);
            }
            if validate_only || records.is_empty() {
                return Ok(());
            }
            cluster.quotas_noted(QuotaStage::Asked, &note).await.map_err(|error| {
                tracing::warn!(cluster = cluster.name, error, "client quotas stay as they are");
                ClusterError::Failed("a change that cannot be written down is not made".into())
            })?;
            let committed = cluster.store.commit(records).await.map_err(ClusterError::from);
            let stage = match &committed {
                Ok(()) => {
                    cluster.quotas.replace(&table);
                    QuotaStage::Made
                }
                Err(_) => QuotaStage::Failed,
            };
            if let Err(error) = cluster.quotas_noted(stage, &note).await {
                tracing::warn!(cluster = cluster.name, error, ?stage, "how a change of client quotas ended");
            }
            Ok(committed?)
        });
        change.await.unwrap_or_else(|ended| Err(failed(ended.to_string())))
    }

    async fn quotas_noted(&self, stage: QuotaStage, note: &QuotaNote) -> Result<(), String> {
        let witness = self.shared.quota_witness.load().as_ref().map(|witnessing| witnessing.0.clone());
        match witness {
            Some(witness) => witness.quotas_noted(&self.name, stage, note).await,
            None => Ok(()),
        }
    }
}

/// A change as it is written down.
fn edit(change: &QuotaChange) -> QuotaEdit {
    let part = |(kind, name): (&'static str, &Option<EntityName>)| {
        let name = match name.as_ref()? {
            EntityName::Default => None,
            EntityName::Named(name) => Some(name.to_string()),
        };
        Some((kind, name))
    };
    let QuotaEntity { user, client_id, address } = &change.entity;
    let parts = [("user", user), ("client-id", client_id), ("ip", address)];
    let value = |(key, value): (&QuotaKey, &Option<QuotaValue>)| (key.name(), value.map(QuotaValue::get));
    QuotaEdit {
        entity: parts.into_iter().filter_map(part).collect(),
        values: change.values.iter().map(value).collect(),
    }
}

/// Changes one entity's quotas in a table; the record of it.
fn apply(table: &mut QuotaTable, change: QuotaChange) -> Record {
    let QuotaChange { entity, values: changed } = change;
    let mut values = table.remove(&entity).unwrap_or_default();
    for (key, value) in changed {
        match value {
            Some(value) => drop(values.insert(key, value)),
            None => drop(values.remove(&key)),
        }
    }
    if !values.is_empty() {
        table.insert(entity.clone(), values.clone());
    }
    Record::QuotasSet { entity, values }
}
