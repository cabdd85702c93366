//! Records of what clients were refused at instances' own ports.
//!
//! Anybody who reaches a port can be refused as often as they like, so that these are bounded: the first refusal of a
//! kind is recorded at once, those like it are counted, and the count is recorded every minute until there are none in
//! one. Of what is more various than [`KINDS_MAX`] kinds in an instance, or [`KINDS_OF_ADDRESS_MAX`] of one address,
//! only the number is recorded. Together that is about one record a second for each instance, whatever comes.

mod tally;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machine::clock::Clock;
use machine::random::Random;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::tally::{Tallies, Told};
use super::{Entry, Outcome, append};
use crate::Fault;
use crate::commands::rules_administer::THROUGH_ENGINE;
use crate::ids::InstanceId;
use crate::store::{Store, instances};

/// Refusals that may wait to be counted; more are dropped, and their number is told.
const QUEUE_MAX: usize = 4_096;
/// Refusals counted at a time.
const BATCH_MAX: usize = 256;
/// Between two counts of the same.
const EVERY: Duration = Duration::from_secs(60);

/// Something that a client of an instance was refused, in the engine's words. Two that are equal are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientRefusal {
    /// Which instance; the engine knows whom it has refused.
    pub instance: InstanceId,
    /// Where the client is.
    pub address: IpAddr,
    /// Whom it acts for, or said to act for.
    pub user: Option<String>,
    /// What it tried, as a noun and a verb: `client_login`.
    pub action: &'static str,
    /// To do what, or in which way.
    pub operation: String,
    /// To what, as `topic/orders`; empty when it was to nothing in particular.
    pub subject: String,
    /// Why it may not.
    pub reason: &'static str,
}

/// The near side of the queue.
pub(crate) struct ClientRefusals {
    queue: mpsc::Sender<ClientRefusal>,
    dropped: AtomicU64,
}

/// What records are made with.
pub(crate) struct Recorder {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

impl ClientRefusals {
    /// The queue, and the task that empties it until `stop`, to be spawned.
    pub(crate) fn start(
        recorder: Recorder,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, refusals) = mpsc::channel(QUEUE_MAX);
        (Self { queue, dropped: AtomicU64::new(0) }, recorder.record_all(refusals, stop))
    }

    /// Queues one.
    pub(crate) fn add(&self, refusal: ClientRefusal) {
        if self.queue.try_send(refusal).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many were neither recorded nor counted because they came faster than that.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Recorder {
    async fn record_all(self, mut refusals: mpsc::Receiver<ClientRefusal>, stop: CancellationToken) {
        let mut tallies = Tallies::default();
        let mut due = self.clock.elapsed() + EVERY;
        loop {
            let mut batch = Vec::new();
            let stopped = tokio::select! {
                biased;
                () = self.clock.sleep_until(due) => false,
                _ = refusals.recv_many(&mut batch, BATCH_MAX) => refusals.is_closed() && batch.is_empty(),
                () = stop.cancelled() => {
                    refusals.close();
                    false
                }
            };
            let mut told: Vec<Told> = batch.into_iter().filter_map(|refusal| tallies.add(refusal)).collect();
            if stopped || self.clock.elapsed() >= due {
                told.extend(tallies.take());
                due = self.clock.elapsed() + EVERY;
            }
            if !told.is_empty() {
                self.write(told).await;
            }
            if stopped {
                return;
            }
        }
    }

    async fn write(&self, told: Vec<Told>) {
        let (now_ms, random) = (self.clock.now_ms(), self.random.clone());
        let written = self.store.write(move |tx| {
            Box::pin(async move {
                for told in told {
                    let found = instances::find_everywhere(tx, &told.instance).await;
                    let account = match found {
                        Ok(row) => row.key.account.to_string(),
                        // It was deleted meanwhile, and nobody is left to tell.
                        Err(Fault::Absent(_)) => continue,
                        Err(fault) => return Err(fault),
                    };
                    append(tx, entry(told, account, random.uuid().to_string(), now_ms)).await?;
                }
                Ok(())
            })
        });
        if let Err(fault) = written.await {
            tracing::error!(?fault, "what clients were refused could not be recorded");
        }
    }
}

fn entry(told: Told, account: String, request_id: String, time_ms: i64) -> Entry {
    let Told { instance, action, what, count } = told;
    let seconds = count.map(|_| EVERY.as_secs());
    let (address, subject, details) = match what {
        Some(ClientRefusal { address, user, operation, subject, reason, .. }) => (
            address.to_string(),
            subject,
            json!({ "user": user, "operation": operation, "reason": reason, "more": count, "seconds": seconds }),
        ),
        None => {
            let reason = "too various to be told apart";
            (String::new(), String::new(), json!({ "reason": reason, "more": count, "seconds": seconds }))
        }
    };
    Entry {
        time_ms,
        account,
        sub_user: String::new(),
        access_key_id: THROUGH_ENGINE.to_owned(),
        request_id,
        address,
        action: action.to_owned(),
        subject: if subject.is_empty() { instance.to_string() } else { format!("{instance}/{subject}") },
        outcome: Outcome::Refused,
        details,
    }
}
