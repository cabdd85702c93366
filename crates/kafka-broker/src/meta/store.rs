//! The journal and the state it adds up to, kept together.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use machine::clock::Clock;
use machine::commit::{Committer, SyncFailed};
use machine::disk::Disk;
use machine::journal::{Appended, Journal, JournalSize};
use machine::random::Random;
use machine::watermark::Watermark;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::error::{OpenError, StoreError};
use super::producer_ids::ProducerIds;
use super::records::Record;
use super::state::State;
use super::topics::Topics;

/// The journal's name in its folder.
const NAME: &str = "meta";

/// When the journal is rewritten: above `bytes`, and `ratio` times as large as what it began with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proportion {
    pub(super) bytes: u64,
    pub(super) ratio: u64,
}

const PROPORTION: Proportion = Proportion { bytes: 1 << 20, ratio: 4 };

/// A place in the journal: everything up to it is applied, or not yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u64);

/// A cluster's durable state.
///
/// Dropping it abandons what is not durable yet; [`Store::settled`] waits for that.
pub struct Store {
    shared: Arc<Shared>,
    cluster_id: String,
    leader_epoch: i32,
    last_seen_ms: Option<i64>,
    pub(super) producer_ids: ProducerIds,
    /// Held by whoever changes topics; the position of the last change.
    pub(super) topic_changes: tokio::sync::Mutex<Position>,
}

struct Shared {
    journal: Journal,
    /// What is durable. Only the applier changes it.
    state: RwLock<State>,
    log: Mutex<Log>,
    arrival: Notify,
    applied: Watermark,
}

/// What was appended and not yet applied, in order.
#[derive(Default)]
struct Log {
    appended: u64,
    pending: VecDeque<Pending>,
    closed: bool,
}

struct Pending {
    position: u64,
    records: Vec<Record>,
    /// Taken by the applier while it waits.
    written: Option<Appended>,
}

impl Store {
    /// Opens the state in `folder`, making it when there is none, and records this start durably.
    pub async fn open(
        disk: Arc<dyn Disk>,
        committer: Arc<Committer>,
        folder: PathBuf,
        clock: &Clock,
        random: &Random,
    ) -> Result<Arc<Self>, OpenError> {
        Self::open_in_proportion(disk, committer, folder, clock, random, PROPORTION).await
    }

    pub(super) async fn open_in_proportion(
        disk: Arc<dyn Disk>,
        committer: Arc<Committer>,
        folder: PathBuf,
        clock: &Clock,
        random: &Random,
        proportion: Proportion,
    ) -> Result<Arc<Self>, OpenError> {
        let (journal, state) =
            tokio::task::spawn_blocking(move || replay(disk, committer, &folder)).await??;
        let leader_epoch = state.leader_epoch().map_or(0, |last| last.saturating_add(1));
        let producer_ids = ProducerIds::from(state.producer_ids_end());
        let known = state.cluster_id();
        let last_seen_ms = known.map(|_| state.latest_ms());
        let id = known.unwrap_or_else(|| random.uuid().into_bytes());
        let shared = Arc::new(Shared {
            journal,
            state: RwLock::new(state),
            log: Mutex::default(),
            arrival: Notify::new(),
            applied: Watermark::default(),
        });
        tokio::spawn(shared.clone().apply_all(proportion));
        let store = Self {
            cluster_id: BASE64_URL_SAFE_NO_PAD.encode(id),
            leader_epoch,
            last_seen_ms,
            producer_ids,
            topic_changes: tokio::sync::Mutex::default(),
            shared,
        };
        let made = known.is_none().then_some(Record::ClusterMade { id, made_ms: clock.now_ms() });
        let started = Record::BrokerStarted { leader_epoch, at_ms: clock.now_ms() };
        store.commit(made.into_iter().chain([started]).collect()).await?;
        Ok(Arc::new(store))
    }

    /// The cluster's identity, 22 characters, fixed when it was made.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The leader epoch of everything appended in this run: larger than in any run before.
    pub fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// The latest time that the runs before this one knew of, in milliseconds since 1970.
    pub fn last_seen_ms(&self) -> Option<i64> {
        self.last_seen_ms
    }

    /// All topics at this moment. Cheap: ask for every request.
    pub fn topics(&self) -> Arc<Topics> {
        self.shared.state.read().topics()
    }

    /// Looks at the durable state. Keep it short: nothing is applied meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.state.read())
    }

    /// Appends records that stand or fall together. They are applied once durable; wait with
    /// [`Store::applied`]. On error nothing of it will ever be.
    pub fn append(&self, records: Vec<Record>) -> Result<Position, StoreError> {
        let encoded: Vec<_> = records.iter().map(Record::encode).collect();
        let payloads: Vec<_> = encoded.iter().map(Vec::as_slice).collect();
        let mut log = self.shared.log.lock();
        let written = Some(self.shared.journal.append(&payloads)?);
        log.appended += 1;
        let position = log.appended;
        log.pending.push_back(Pending { position, records, written });
        drop(log);
        self.shared.arrival.notify_one();
        Ok(Position(position))
    }

    /// Waits until everything up to `position` is durable and applied, or can never be.
    pub async fn applied(&self, position: Position) -> Result<(), StoreError> {
        Ok(self.shared.applied.wait(position.0).await?)
    }

    /// Whether everything up to `position` is applied.
    pub fn is_applied(&self, position: Position) -> bool {
        self.shared.applied.reached() >= position.0
    }

    /// Appends and waits.
    pub async fn commit(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let position = self.append(records)?;
        self.applied(position).await
    }

    /// Waits until everything appended so far is durable and applied.
    pub async fn settled(&self) -> Result<(), StoreError> {
        let position = Position(self.shared.log.lock().appended);
        self.applied(position).await
    }

    /// Why nothing can be made durable any more, if so.
    pub fn failed(&self) -> Option<SyncFailed> {
        self.shared.applied.failed()
    }

    /// How large the journal is.
    pub fn size(&self) -> JournalSize {
        self.shared.journal.size()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.log.lock().closed = true;
        self.shared.arrival.notify_one();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store(cluster {}, epoch {})", self.cluster_id, self.leader_epoch)
    }
}

fn replay(
    disk: Arc<dyn Disk>,
    committer: Arc<Committer>,
    folder: &std::path::Path,
) -> Result<(Journal, State), OpenError> {
    let mut state = State::default();
    let mut any = false;
    let journal = Journal::open(disk, committer, folder, NAME, |payload| {
        any = true;
        state.apply(Record::decode(payload).map_err(|error| error.to_string())?);
        Ok(())
    })?;
    if any && state.cluster_id().is_none() {
        return Err(OpenError::NoIdentity);
    }
    Ok((journal, state))
}

impl Shared {
    /// Applies what becomes durable, in order, until the store is closed or nothing becomes durable any more.
    async fn apply_all(self: Arc<Self>, proportion: Proportion) {
        let mut rewrite_above = proportion.bytes;
        while let Some(written) = self.next().await {
            if let Err(failed) = written.durable().await {
                self.applied.fail(&failed);
                return;
            }
            self.apply_next();
            let size = self.journal.size();
            let is_worn = self.journal.is_worn();
            let is_due = size.total > rewrite_above || is_worn && rewrite_above == proportion.bytes;
            if is_due && (is_worn || size.total > proportion.ratio * size.snapshot) {
                rewrite_above = match self.clone().rewrite().await {
                    Ok(()) => proportion.bytes,
                    Err(StoreError::Lost(failed)) => return self.applied.fail(&failed),
                    // Most likely a full disk. The journal goes on; try again when it has grown some more.
                    Err(error) => {
                        tracing::warn!(%error, "the cluster's journal could not be rewritten");
                        size.total + proportion.bytes
                    }
                };
            }
        }
    }

    /// The first of the pending, to be waited for. None when the store is closed.
    async fn next(&self) -> Option<Appended> {
        loop {
            let arrival = self.arrival.notified();
            {
                let mut log = self.log.lock();
                if log.closed {
                    return None;
                }
                if let Some(written) = log.pending.front_mut().and_then(|first| first.written.take()) {
                    return Some(written);
                }
            }
            arrival.await;
        }
    }

    fn apply_next(&self) {
        // Between the queue and the state it is in neither; a rewrite, which needs both, is this task's too.
        let Some(first) = self.log.lock().pending.pop_front() else { return };
        let mut state = self.state.write();
        first.records.into_iter().for_each(|record| state.apply(record));
        drop(state);
        self.applied.advance(first.position);
    }

    /// Starts the journal anew with the live state. The state is encoded beforehand, so that others can
    /// append meanwhile; they wait only for the writing.
    async fn rewrite(self: Arc<Self>) -> Result<(), StoreError> {
        let rewriting = tokio::task::spawn_blocking(move || {
            let encoded: Vec<_> = self.state.read().records().map(|record| record.encode()).collect();
            let log = self.log.lock();
            self.journal.rewrite(|snapshot| {
                encoded.iter().try_for_each(|payload| snapshot.record(payload))?;
                let mut pending = log.pending.iter().flat_map(|pending| &pending.records);
                pending.try_for_each(|record| snapshot.record(&record.encode()))
            })
        });
        match rewriting.await {
            Ok(outcome) => Ok(outcome?),
            Err(ended) => Err(StoreError::Refused(ended.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
