//! Records of refused calls: queued, and written several to a commit, so that a caller who is refused a
//! thousand times costs a few syncs and not a thousand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Entry, Outcome, append};
use crate::account::Caller;
use crate::store::Store;

/// Refusals that may wait to be written; more are counted and dropped.
const QUEUE_MAX: usize = 4_096;
/// Refusals per commit at most.
const BATCH_MAX: usize = 256;

/// A call that was refused after its caller was known. Nobody is recorded who could not be verified.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Who asked.
    pub caller: Caller,
    /// What for, as the control plane names it: `topic_create`.
    pub action: String,
    /// Of what: `instance/topic`, as far as the caller named it.
    pub subject: String,
    /// The kind of refusal, for whoever reads the record; never anything secret.
    pub reason: String,
}

/// The near side of the queue.
pub(crate) struct Refusals {
    queue: mpsc::Sender<Entry>,
    dropped: AtomicU64,
}

impl Refusals {
    /// The queue, and the task that empties it until `stop`, to be spawned.
    pub(crate) fn start(
        store: Arc<Store>,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, entries) = mpsc::channel(QUEUE_MAX);
        (Self { queue, dropped: AtomicU64::new(0) }, write_all(store, entries, stop))
    }

    /// Queues a record.
    pub(crate) fn add(&self, refusal: Refusal, time_ms: i64) {
        let details = json!({ "reason": refusal.reason });
        let Refusal { caller, action, subject, .. } = refusal;
        let entry = Entry::of(&caller, time_ms, &action, subject, Outcome::Refused, details);
        if self.queue.try_send(entry).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records were lost because they came faster than they could be written.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

async fn write_all(store: Arc<Store>, mut entries: mpsc::Receiver<Entry>, stop: CancellationToken) {
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            biased;
            _ = entries.recv_many(&mut batch, BATCH_MAX) => {}
            () = stop.cancelled() => entries.close(),
        }
        if batch.is_empty() {
            // Closed and empty: either all senders are gone or the server stops.
            if entries.is_closed() && entries.is_empty() {
                return;
            }
            continue;
        }
        let written = store
            .write(move |tx| {
                Box::pin(async move {
                    for entry in batch {
                        append(tx, entry).await?;
                    }
                    Ok(())
                })
            })
            .await;
        if let Err(fault) = written {
            tracing::error!(?fault, "refused calls could not be recorded");
        }
    }
}
