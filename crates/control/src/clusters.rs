//! Which clusters serve right now: the memory of what the engine answered.
//!
//! Endpoints are kept here and not in the store, so that none is ever shown that nobody listens on. Opening
//! and closing one cluster exclude each other: a cluster that is being reopened in the background cannot come
//! back after its instance was released.

use std::collections::HashMap;
use std::sync::Arc;

use machine::clock::Clock;
use parking_lot::Mutex;

use crate::Fault;
use crate::allowed::AllowedBlocks;
use crate::disk_key;
use crate::engine::{ClusterAccess, ClusterSpec, DiskKey, Engine, EngineError, EngineUser};
use crate::fault::{EngineTrouble, Internal};
use crate::ids::InstanceId;
use crate::instance::{Endpoint, Limits};
use crate::rule::Rule;
use crate::store::seal::Vault;
use crate::store::{Store, access_rules, allowed_addresses, instances, users};

/// The clusters of all instances that serve or should.
pub(crate) struct Clusters {
    engine: Arc<dyn Engine>,
    store: Arc<Store>,
    vault: Arc<Vault>,
    clock: Clock,
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
    pub(crate) fn new(engine: Arc<dyn Engine>, store: Arc<Store>, vault: Arc<Vault>, clock: Clock) -> Self {
        Self { engine, store, vault, clock, entries: Mutex::default() }
    }

    /// Opens a cluster without saying that it serves.
    pub(crate) async fn open(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        self.open_held(spec).await.map(drop)
    }

    /// Has an open cluster let in those that are allowed now. One that is not open will when it is opened.
    pub(crate) async fn allow(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        match self.engine.cluster_allow(id, &self.allowed(id).await?).await {
            Err(EngineError::Absent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Has an open cluster judge its users by the rules that there are now. One that is not open will when it is opened.
    pub(crate) async fn judge(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        match self.engine.cluster_judge(id, &self.rules(id).await?).await {
            Err(EngineError::Absent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Has an open cluster hold as much as it may now, and no more. One that is not open will when it is opened.
    pub(crate) async fn bound(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        match self.engine.cluster_bound(id, &self.limits(id).await?).await {
            Err(EngineError::Absent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Has an open cluster seal what it writes with the newest key that it has now. One that is not open will when it is
    /// opened.
    pub(crate) async fn seal(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        match self.engine.cluster_seal(id, &self.disk_keys(id).await?).await {
            Err(EngineError::Absent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Has an open cluster let those log in who may now. One that is not open will when it is opened.
    pub(crate) async fn users_tell(&self, id: &InstanceId) -> Result<(), EngineError> {
        let gate = self.gate(id);
        let _held = gate.lock().await;
        match self.engine.users_set(id, &self.users(id).await?).await {
            Err(EngineError::Absent(_)) => Ok(()),
            outcome => outcome,
        }
    }

    /// Opens a cluster, also when it is open, and sends a message through it; from then on it serves.
    pub(crate) async fn prove(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        self.prove_held(spec, true).await
    }

    /// Opens a cluster that has served before; from then on it serves again, even where the disk is full.
    pub(crate) async fn resume(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        self.prove_held(spec, false).await
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

    /// Puts other settings in force in a cluster that serves.
    pub(crate) async fn configure(&self, spec: &ClusterSpec) -> Result<(), EngineError> {
        let gate = self.gate(&spec.id);
        let _held = gate.lock().await;
        match self.standing(&spec.id) {
            Standing::Serving(_) => {}
            // Whoever opens it in the background does so with the settings from before; then it is our turn.
            Standing::Waiting(reason) => return Err(EngineError::Failed(reason)),
            Standing::Away | Standing::Leaving => {
                return Err(EngineError::Absent(format!("the cluster of {}", spec.id)));
            }
        }
        let endpoints = self.engine.cluster_configure(spec, &self.allowed(&spec.id).await?).await?;
        self.set(&spec.id, Standing::Serving(endpoints));
        Ok(())
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
        let endpoints = self.open_held(spec).await?;
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

    /// The caller holds the cluster's gate.
    async fn open_held(&self, spec: &ClusterSpec) -> Result<Vec<Endpoint>, EngineError> {
        let access = ClusterAccess {
            allowed: self.allowed(&spec.id).await?,
            users: self.users(&spec.id).await?,
            rules: self.rules(&spec.id).await?,
            limits: Some(self.limits(&spec.id).await?),
            disk_keys: self.disk_keys(&spec.id).await?,
        };
        self.engine.cluster_open(spec, &access).await
    }

    /// Who may log in, by the store. The caller holds the cluster's gate, as for [`Self::allowed`].
    async fn users(&self, id: &InstanceId) -> Result<Vec<EngineUser>, EngineError> {
        let read = async {
            let mut reader = self.store.read().await?;
            users::engine_users_everywhere(&mut reader, &self.vault, id).await
        };
        read.await.map_err(|fault: Fault| EngineError::Failed(format!("its users are unknown: {fault:?}")))
    }

    /// What users may do, by the store. The caller holds the cluster's gate, as for [`Self::allowed`].
    async fn rules(&self, id: &InstanceId) -> Result<Vec<Rule>, EngineError> {
        let read = async {
            let mut reader = self.store.read().await?;
            access_rules::rules_everywhere(&mut reader, id).await
        };
        read.await.map_err(|fault: Fault| EngineError::Failed(format!("its rules are unknown: {fault:?}")))
    }

    /// What it may hold and use, by the store. The caller holds the cluster's gate, as for [`Self::allowed`].
    async fn limits(&self, id: &InstanceId) -> Result<Limits, EngineError> {
        let read = async {
            let mut reader = self.store.read().await?;
            instances::find_everywhere(&mut reader, id).await
        };
        let found: Result<_, Fault> = read.await;
        found
            .map(|row| row.limits)
            .map_err(|fault| EngineError::Failed(format!("what it may hold is unknown: {fault:?}")))
    }

    /// With what its files are sealed, by the store. An error while a key of its owner's is not to be used.
    async fn disk_keys(&self, id: &InstanceId) -> Result<Vec<DiskKey>, EngineError> {
        let unknown = |fault: Fault| EngineError::Failed(format!("its data keys are unknown: {fault:?}"));
        let mut reader = self.store.read().await.map_err(unknown)?;
        let keys = disk_key::list(&mut reader, &self.vault, id, self.clock.now_ms()).await;
        keys.map_err(EngineError::Failed)
    }

    /// Whom the store says to let in. The caller holds the cluster's gate, so that whoever is last to tell the engine
    /// tells it what was committed last.
    async fn allowed(&self, id: &InstanceId) -> Result<AllowedBlocks, EngineError> {
        let read = async {
            let mut reader = self.store.read().await?;
            allowed_addresses::blocks_everywhere(&mut reader, id).await
        };
        read.await
            .map_err(|fault: Fault| EngineError::Failed(format!("who is allowed is unknown: {fault:?}")))
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
