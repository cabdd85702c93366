//! The commands, one method each, in a file for each kind of thing. What a dialect may ask of the control plane
//! is exactly these.
//!
//! A method that changes something answers after the commit. What that means for work in the engine:
//!
//! - `topic_create`, `topic_grow`, `topic_configure`, `topic_delete`, `group_delete`, `group_reset`, `allowed_change`,
//!   `user_put`, `user_delete`, `rules_grant`, `rules_withdraw`, `rules_administer` answer when the engine has done it
//!   and that is recorded.
//! - `instance_start` answers when the intent is committed; the instance is deploying from then on.
//! - `instance_configure`, `instance_stop`, `instance_reopen`, `instance_release`, `instance_delete` answer when they
//!   have ended, or after [`Options::wait`] with the intent committed and the work going on. Until it has ended the
//!   instance is shown as it was, for so it is.
//!
//! A command that meets an operation in its way waits for it, [`Options::wait`] at most.
//!
//! [`Options::wait`]: crate::config::Options::wait

mod access;
mod accounts;
mod cipher_keys;
mod groups;
mod instances;
mod networks;
mod resources;
mod topics;

use std::fmt;
use std::sync::Arc;

use crate::audit::{self, AuditReport, ClientRefusal, Refusal};
use crate::config::{ControlConfig, OpenError, Opened};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::{Fault, reconcilers, store};

/// The control plane. Clones share it.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Opens the store, brings back the clusters that should serve, and goes on with what was under way.
    pub async fn open(config: ControlConfig) -> Result<Opened, OpenError> {
        crate::open::open(config).await
    }

    /// Lets every operation finish the step it is in, writes what is waiting to be written, and closes the
    /// store. Clusters stay open: they are the engine's to close.
    pub async fn close(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.store.close().await;
    }

    /// Figures for health checks and metrics.
    pub async fn stats(&self) -> Result<Stats, Fault> {
        let shared = &self.shared;
        let mut reader = shared.store.read().await?;
        let (operations_running, operations_failing) =
            store::operations::count_everywhere(&mut reader).await?;
        Ok(Stats {
            instances: store::instances::count_everywhere(&mut reader).await?,
            operations_running,
            operations_failing,
            commits: shared.store.commits(),
            refusals_dropped: shared.refusals.dropped() + shared.client_refusals.dropped(),
            store_writable: !shared.store.failed(),
            waiting: shared.clusters.waiting(),
            stray: shared.stray.lock().clone(),
        })
    }

    /// Compares store and engine now, instead of when the timer says so.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        reconcilers::run_all(&self.shared).await
    }

    /// Records a call that was refused after its caller was known. Returns at once; the record follows.
    pub fn audit_refused(&self, refusal: Refusal) {
        self.shared.refusals.add(refusal, self.shared.clock.now_ms());
    }

    /// Records, or counts, what a client of an instance was refused. Returns at once; the record follows.
    pub fn client_refused(&self, refusal: ClientRefusal) {
        self.shared.client_refusals.add(refusal);
    }

    /// Checks that the audit record is whole.
    pub async fn audit_verify(&self) -> Result<AuditReport, Fault> {
        let mut reader = self.shared.store.read().await?;
        audit::verify_with(&mut reader).await
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Control")
    }
}
