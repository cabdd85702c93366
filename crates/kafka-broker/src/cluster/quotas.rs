//! A cluster's quotas: what its owner bounds all clients by, and what administrators hold some of them to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cluster, STOPPING};
use crate::error::ClusterError;
use crate::meta::{QuotaEntity, QuotaKey, QuotaTable, QuotaValue, Record};

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

    /// Changes client quotas, all of them or none: durable and in force when it is ready, also when nobody waits for
    /// that any more. With `validate_only` it only says whether they could be.
    pub(crate) async fn client_quotas_change(
        &self,
        changes: Vec<QuotaChange>,
        validate_only: bool,
    ) -> Result<(), QuotaError> {
        let failed = |text: String| QuotaError::Cluster(ClusterError::Failed(text));
        let Some(cluster) = self.itself.upgrade() else { return Err(failed(STOPPING.into())) };
        let change = tokio::spawn(async move {
            let _turn = cluster.quota_turn.lock().await;
            let mut table = QuotaTable::clone(&cluster.client_quotas());
            let records: Vec<Record> = changes.into_iter().map(|change| apply(&mut table, change)).collect();
            if table.len() > ENTITIES_MAX {
                return Err(QuotaError::Full);
            }
            if !validate_only && !records.is_empty() {
                cluster.store.commit(records).await.map_err(ClusterError::from)?;
                cluster.quotas.replace(&table);
            }
            Ok(())
        });
        change.await.unwrap_or_else(|ended| Err(failed(ended.to_string())))
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
