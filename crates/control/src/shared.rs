//! What all parts of an open control plane share.

use std::sync::Arc;

use machine::clock::Clock;
use machine::random::Random;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::{ClientRefusals, Refusals};
use crate::clusters::Clusters;
use crate::config::Options;
use crate::engine::Engine;
use crate::ids::InstanceId;
use crate::keys::Keys;
use crate::store::Store;
use crate::store::permissions::PermissionsMemo;
use crate::store::seal::Vault;
use crate::store::topic_records::TopicRecordsMemo;

pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    /// Seals what the store keeps secret.
    pub(crate) vault: Arc<Vault>,
    pub(crate) topic_records: TopicRecordsMemo,
    pub(crate) permissions: PermissionsMemo,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) options: Options,
    pub(crate) keys: Arc<Keys>,
    pub(crate) clusters: Clusters,
    pub(crate) refusals: Refusals,
    pub(crate) client_refusals: ClientRefusals,
    /// Clusters in the engine without an instance, as the reconciler last saw them.
    pub(crate) stray: Mutex<Vec<InstanceId>>,
    /// Everything that runs in the background.
    pub(crate) tasks: TaskTracker,
    /// Tells all of it to stop at the next safe place.
    pub(crate) stop: CancellationToken,
    /// Counts operations that have ended.
    pub(crate) ended: watch::Sender<u64>,
    /// Asks the reconcilers to run now.
    pub(crate) reconcile: Notify,
}
