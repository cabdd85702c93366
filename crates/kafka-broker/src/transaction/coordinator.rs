//! All transactional ids of a cluster: who has them, and which lock guards what.
//!
//! A request finds its id, takes the id's lock, lets the state decide, and appends what follows to the journal,
//! still under the lock, so that the journal has the facts in the order in which they were decided. Then it
//! waits, the lock released, until they are durable; only then is it answered.
//!
//! Locks are taken in this order: one group, one transactional id, then a log, the registry or the store.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use hashbrown::HashMap;
use machine::clock::Clock;
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use super::alarms::{Alarm, keep_time};
use super::{Claim, TransactionError, TransactionSettings};
use crate::deadlines::Deadlines;
use crate::meta::{Position, Record, Store, StoreError, TransactionRecord};
use crate::now::{Now, RetentionHold};
use crate::topics::OpenTopics;

/// Longest transactional id: what the older encodings can carry.
const ID_MAX: usize = i16::MAX as usize;

/// The transaction coordinator of one cluster. Its requests must be made on a runtime.
pub(crate) struct Transactions {
    pub(super) this: Weak<Self>,
    pub(super) store: Arc<Store>,
    /// Where markers go.
    pub(super) topics: Arc<OpenTopics>,
    pub(super) settings: TransactionSettings,
    pub(super) clock: Clock,
    pub(super) trust: Mutex<RetentionHold>,
    registry: RwLock<Registry>,
    pub(super) deadlines: Arc<Deadlines<Alarm>>,
    /// Held by everybody who writes markers, and taken as a whole to close.
    pub(super) ending: Arc<tokio::sync::RwLock<()>>,
}

#[derive(Default)]
struct Registry {
    ids: HashMap<Arc<str>, Arc<Entry>>,
    closed: bool,
}

/// One transactional id.
pub(crate) struct Entry {
    pub(super) id: Arc<str>,
    pub(super) live: Mutex<Live>,
}

/// What an id's lock guards.
pub(super) struct Live {
    /// As it will be once everything appended is durable; none until somebody has the id.
    pub(super) record: Option<TransactionRecord>,
    /// Up to where its facts are in the journal.
    pub(super) appended: Position,
    /// Counts transactions, so that nobody takes one for another.
    pub(super) serial: u64,
    /// The producer that spoke last, and the newest connection on which it did.
    spoken: Option<(Claim, u64)>,
    /// Somebody is writing markers.
    pub(super) is_ending: bool,
    /// Partitions that have theirs, where others could not take them.
    pub(super) marked: BTreeSet<(Uuid, i32)>,
    pub(super) alarm: Option<Duration>,
    /// It is no longer in the registry: whoever asks means the one that has its name now.
    pub(super) gone: bool,
}

impl Transactions {
    /// Takes up the transactions of the store where they were. An open one has its whole timeout again: nobody
    /// could go on with it meanwhile.
    ///
    /// Must be called on a runtime: all timers are one task on it, which ends with the last handle to what this
    /// returns.
    pub(crate) fn open(
        store: Arc<Store>,
        topics: Arc<OpenTopics>,
        settings: TransactionSettings,
        clock: Clock,
    ) -> Arc<Self> {
        let now = Now::of(&clock);
        let records: Vec<_> = store.read(|state| state.transactions().cloned().collect());
        let transactions = Arc::new_cyclic(|this| Self {
            this: this.clone(),
            trust: Mutex::new(RetentionHold::new(store.last_seen_ms(), now)),
            store,
            topics,
            settings,
            clock: clock.clone(),
            registry: RwLock::default(),
            deadlines: Arc::default(),
            ending: Arc::default(),
        });
        for record in records {
            let entry = Entry::new(record.id.clone());
            {
                let mut live = entry.live.lock();
                live.record = Some(TransactionRecord::clone(&record));
                transactions.alarm_set(&entry, &mut live);
            }
            transactions.registry.write().ids.insert(entry.id.clone(), entry);
        }
        transactions.expiry_schedule();
        tokio::spawn(keep_time(transactions.this.clone(), transactions.deadlines.clone(), clock));
        transactions
    }

    /// Refuses everything from now on, and waits for those who write markers. What they have not finished is
    /// finished by the next start.
    pub(crate) async fn close(&self) {
        self.registry.write().closed = true;
        self.deadlines.close();
        let _all = self.ending.write().await;
    }

    /// Notes that a producer speaks on this connection. False when it has spoken on a newer one: then it has given
    /// the older one up, and sent again what it was not answered there. What still comes from it belongs to a
    /// transaction that has ended; but with one epoch for all, nothing in the request says so (KAFKA-17754).
    pub(crate) fn hear(&self, id: &str, claim: Claim, connection: u64) -> bool {
        let Some(entry) = self.find(id) else { return true };
        let mut live = entry.live.lock();
        if live.record.as_ref().is_none_or(|record| record.producer() != claim) {
            // It is refused for that.
            return true;
        }
        match live.spoken {
            Some((known, newest)) if known == claim && connection < newest => false,
            _ => {
                live.spoken = Some((claim, connection));
                true
            }
        }
    }

    // What the requests share.

    /// Lets an event happen with an id that somebody has.
    pub(super) fn at<T>(
        &self,
        id: &str,
        event: impl FnOnce(&Arc<Entry>, &mut Live, Now) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        self.event(|| self.find(id).ok_or(TransactionError::UnknownProducer), event)
    }

    /// Lets an event happen with an id that somebody may have after it.
    pub(super) fn at_made<T>(
        &self,
        id: &Arc<str>,
        event: impl FnOnce(&Arc<Entry>, &mut Live, Now) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        if id.is_empty() || id.len() > ID_MAX {
            return Err(TransactionError::InvalidId);
        }
        self.event(|| Ok(self.find_or_make(id)), event)
    }

    fn event<T>(
        &self,
        find: impl Fn() -> Result<Arc<Entry>, TransactionError>,
        event: impl FnOnce(&Arc<Entry>, &mut Live, Now) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        loop {
            let entry = find()?;
            let mut live = entry.live.lock();
            if live.gone {
                continue;
            }
            if self.is_closed() {
                return Err(TransactionError::NotAvailable);
            }
            let outcome = event(&entry, &mut live, Now::of(&self.clock));
            if live.record.is_none() {
                self.remove(&entry, &mut live);
            }
            self.alarm_set(&entry, &mut live);
            return outcome;
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.registry.read().closed
    }

    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        self.registry.read().ids.values().cloned().collect()
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Entry>> {
        self.registry.read().ids.get(id).cloned()
    }

    fn find_or_make(&self, id: &Arc<str>) -> Arc<Entry> {
        if let Some(entry) = self.registry.read().ids.get(id) {
            return entry.clone();
        }
        self.registry.write().ids.entry(id.clone()).or_insert_with(|| Entry::new(id.clone())).clone()
    }

    /// Forgets an id. Its lock is held, so nobody is in the middle of anything.
    pub(super) fn remove(&self, entry: &Entry, live: &mut Live) {
        live.gone = true;
        self.registry.write().ids.remove(&entry.id);
    }

    /// Takes down where an id stands.
    pub(super) fn record(
        &self,
        entry: &Arc<Entry>,
        live: &mut Live,
        record: TransactionRecord,
    ) -> Result<(), TransactionError> {
        let stored = Record::TransactionStored(Arc::new(record.clone()));
        self.append(live, &record.id, vec![stored])?;
        live.record = Some(record);
        self.alarm_move(entry, live, None);
        Ok(())
    }

    /// Appends facts about an id.
    pub(super) fn append(
        &self,
        live: &mut Live,
        id: &str,
        records: Vec<Record>,
    ) -> Result<(), TransactionError> {
        live.appended = self.store.append(records).map_err(|error| unavailable(id, &error))?;
        Ok(())
    }

    /// Waits until facts about an id are durable.
    pub(super) async fn durable(&self, id: &str, position: Position) -> Result<(), TransactionError> {
        if self.store.is_applied(position) {
            return Ok(());
        }
        self.store.applied(position).await.map_err(|error| unavailable(id, &error))
    }
}

impl Drop for Transactions {
    fn drop(&mut self) {
        self.deadlines.close();
    }
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transactions({} of {:?})", self.registry.read().ids.len(), self.store)
    }
}

impl Entry {
    fn new(id: Arc<str>) -> Arc<Self> {
        let live = Live {
            record: None,
            appended: Position::default(),
            serial: 0,
            spoken: None,
            is_ending: false,
            marked: BTreeSet::new(),
            alarm: None,
            gone: false,
        };
        Arc::new(Self { id, live: Mutex::new(live) })
    }
}

/// Clients ask again; whether that helps, the store knows, and says in the log.
pub(super) fn unavailable(id: &str, error: &StoreError) -> TransactionError {
    tracing::warn!(id, %error, "a change of a transaction is not durable");
    TransactionError::NotAvailable
}
