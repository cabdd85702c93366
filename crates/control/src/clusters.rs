//! Which clusters serve right now: the memory of what the engine answered.
//!
//! Endpoints are kept here and not in the store, so that none is ever shown that nobody listens on. Opening
//! and closing one cluster exclude each other: a cluster that is being reopened in the background cannot come
//! back after its instance was released.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::Fault;
use crate::engine::{ClusterSpec, Engine, EngineError};
use crate::fault::{EngineTrouble, Internal};
use crate::ids::InstanceId;
use crate::instance::Endpoint;

/// The clusters of all instances that serve or should.
pub(crate) struct Clusters {
    engine: Arc<dyn Engine>,
    entries: Mutex<HashMap<InstanceId, Entry>>,
}

#[derive(Default)]
struct Entry {
    /// Held while the engine opens or closes this cluster.
    gate: Arc<tokio::sync::Mutex<()>>,
    standing: Standing,
}

/// What is known of a cluster right now.
#[derive(Clone, Debug, Default)]
pub(crate) enum Standing {
    /// Nothing: it was not opened, or was taken away.
    #[default]
    Away,
    /// It was told to close; its instance shows that when it is recorded.
    Leaving,
    /// It should serve and does not, for this reason.
    Waiting(String),
    /// A message went through it since it was opened.
    Serving(Vec<Endpoint>),
}

impl Clusters {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, entries: Mutex::default() }
    }

    /// Opens a cluster without saying that it serves.
    pub(crate) async fn open(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        self.engine.cluster_open(spec).await.map(drop)
    }

    /// Opens a cluster, also when it is open, and sends a message through it; from then on it serves.
    pub(crate) async fn prove(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        self.prove_held(spec, true).await
    }

    /// Opens a cluster that served before the last stop. On failure it is [waiting](Self::waiting).
    ///
    /// Does nothing when the cluster is neither waiting nor `first` to be opened: it was closed meanwhile.
    pub(crate) async fn reopen(&self, spec: &ClusterSpec, first: bool) -> Reopened {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        if !first && !self.is_waiting(&spec.id) {
            return Reopened::NoLongerWanted;
        }
        match self.prove_held(spec, false).await {
            Ok(()) => Reopened::Serving,
            Err(error) => {
                tracing::warn!(instance = %spec.id, %error, "a cluster is not open yet; trying again");
                self.set(&spec.id, Standing::Waiting(error.to_string()));
                Reopened::Waiting
            }
        }
    }

    /// Stops a cluster and keeps its data.
    pub(crate) async fn close(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        self.set(id, Standing::Leaving);
        self.engine.cluster_close(id).await
    }

    /// Stops a cluster and removes its data.
    pub(crate) async fn erase(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        self.set(id, Standing::Leaving);
        self.engine.cluster_erase(id).await?;
        self.set(id, Standing::Away);
        Ok(())
    }

    /// Forgets an instance that is gone.
    pub(crate) fn forget(&self, id: &InstanceId) {
        self.entries.lock().remove(id);
    }

    /// What is known of a cluster right now.
    pub(crate) fn standing(&self, id: &InstanceId) -> Standing {
        self.entries.lock().get(id).map(|entry| entry.standing.clone()).unwrap_or_default()
    }

    /// Refuses when a cluster does not serve.
    pub(crate) fn ensure_serving(&self, id: &InstanceId) -> Result<(), Fault> {
        let reason = match self.standing(id) {
            Standing::Serving(_) => return Ok(()),
            Standing::Waiting(reason) => format!("the cluster of {id} is not open yet: {reason}"),
            Standing::Leaving => format!("the cluster of {id} is closing"),
            Standing::Away => format!("the cluster of {id} is not open"),
        };
        Err(Fault::Engine(EngineTrouble::Unavailable(Internal::new(reason))))
    }

    /// Clusters that should serve and do not, by id, each with the reason.
    pub(crate) fn waiting(&self) -> Vec<(InstanceId, String)> {
        let entries = self.entries.lock();
        let mut waiting: Vec<_> = entries
            .iter()
            .filter_map(|(id, entry)| match &entry.standing {
                Standing::Waiting(reason) => Some((id.clone(), reason.clone())),
                Standing::Away | Standing::Leaving | Standing::Serving(_) => None,
            })
            .collect();
        waiting.sort();
        waiting
    }

    /// The caller holds the cluster's gate.
    async fn prove_held(&self, spec: &ClusterSpec, is_new: bool) -> Result<(), EngineError> {
        let endpoints = self.engine.cluster_open(spec).await?;
        match self.engine.cluster_probe(&spec.id).await {
            Ok(()) => {}
            // It serves whoever reads, commits, or frees room by deleting; not to open it would keep it full.
            Err(EngineError::StorageFull(reason)) if !is_new => {
                tracing::warn!(instance = %spec.id, reason, "the disk is full: the cluster takes no messages");
            }
            Err(error) => return Err(error),
        }
        self.set(&spec.id, Standing::Serving(endpoints));
        Ok(())
    }

    fn is_waiting(&self, id: &InstanceId) -> bool {
        matches!(self.standing(id), Standing::Waiting(_))
    }

    fn gate(&self, id: &InstanceId) -> Arc<tokio::sync::Mutex<()>> {
        self.entries.lock().entry(id.clone()).or_default().gate.clone()
    }

    fn set(&self, id: &InstanceId, standing: Standing) {
        self.entries.lock().entry(id.clone()).or_default().standing = standing;
    }
}

/// How reopening went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reopened {
    /// It serves.
    Serving,
    /// It does not, and is to be tried again.
    Waiting,
    /// It was closed in the meantime.
    NoLongerWanted,
}
