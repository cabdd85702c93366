//! Waiting for records without asking again and again.
//!
//! A fetch that finds too little registers one [`Waiter`] with every partition it is about. Each append tells
//! the waiters of its own partition how many bytes became readable; nobody reads the other partitions again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::partition::PartitionLog;
use super::reader::ReadBound;

/// Waits until enough bytes have become readable, in whichever of its partitions.
#[derive(Debug)]
pub struct Waiter {
    missing: AtomicI64,
    enough: Notify,
}

impl Waiter {
    /// Waits for this many bytes more than were readable when it is registered.
    pub fn new(missing: u32) -> Arc<Self> {
        Arc::new(Self { missing: AtomicI64::new(i64::from(missing)), enough: Notify::new() })
    }

    /// Resolves when enough has arrived, or when something happened that the caller must look at: damage, the
    /// end of a partition, a failed sync.
    pub async fn ready(&self) {
        while self.missing.load(Ordering::Acquire) > 0 {
            self.enough.notified().await;
        }
    }

    fn add(&self, bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let before = self.missing.fetch_sub(bytes, Ordering::AcqRel);
        if before <= bytes {
            self.enough.notify_one();
        }
    }

    fn wake(&self) {
        self.missing.store(0, Ordering::Release);
        self.enough.notify_one();
    }
}

/// The waiters of one partition.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    list: Mutex<Vec<(Arc<Waiter>, ReadBound)>>,
}

impl Waiters {
    pub(super) fn add(&self, waiter: &Arc<Waiter>, bound: ReadBound) {
        self.list.lock().push((waiter.clone(), bound));
    }

    pub(super) fn remove(&self, waiter: &Arc<Waiter>) {
        let mut list = self.list.lock();
        if let Some(index) = list.iter().position(|(known, _)| Arc::ptr_eq(known, waiter)) {
            list.swap_remove(index);
        }
        if list.is_empty() {
            *list = Vec::new();
        }
    }

    /// `bytes` more can be read up to the high watermark; `stable` tells whether the last stable offset moved,
    /// and whether by as much.
    pub(super) fn advance(&self, bytes: u64, stable: Stable) {
        for (waiter, bound) in &*self.list.lock() {
            match (bound, stable) {
                (ReadBound::HighWatermark, _) | (ReadBound::LastStable, Stable::Along) => waiter.add(bytes),
                // A transaction has ended, and what it held back is readable now: how much, its reader finds.
                (ReadBound::LastStable, Stable::Jumped) => waiter.wake(),
                (ReadBound::LastStable, Stable::Held) | (ReadBound::LogEnd, _) => {}
            }
        }
    }

    /// Lets everybody look again.
    pub(super) fn wake_all(&self) {
        self.list.lock().iter().for_each(|(waiter, _)| waiter.wake());
    }
}

/// What the last stable offset did while the high watermark advanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stable {
    /// The same: no transaction is open.
    Along,
    /// It stayed behind an open transaction.
    Held,
    /// It moved on its own.
    Jumped,
}

/// A registration; dropping it ends it.
#[must_use = "dropping it ends the registration"]
pub struct Watch {
    log: Arc<PartitionLog>,
    waiter: Arc<Waiter>,
}

impl Watch {
    pub(super) fn new(log: Arc<PartitionLog>, waiter: Arc<Waiter>) -> Self {
        Self { log, waiter }
    }

    /// Wakes the waiter, because something happened before it was registered.
    pub(super) fn wake(&self) {
        self.waiter.wake();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.log.waiters.remove(&self.waiter);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({:?})", self.log)
    }
}
