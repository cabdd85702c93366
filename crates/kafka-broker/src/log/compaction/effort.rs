//! How hard a compaction works, and whether it is to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::keys::KEYS_MAX;
use crate::log::pace::Pace;

/// Bytes read between two waits.
const STEP: u32 = 1 << 20;

#[derive(Debug)]
pub(in crate::log) struct Effort {
    /// Keys that are known at a time.
    pub(in crate::log) keys_max: usize,
    pace: Arc<Pace>,
    stop: Arc<AtomicBool>,
    /// Since the last wait.
    read: AtomicU32,
}

impl Effort {
    pub(in crate::log) fn new(pace: Arc<Pace>, stop: Arc<AtomicBool>) -> Self {
        Self { keys_max: KEYS_MAX, pace, stop, read: AtomicU32::new(0) }
    }

    /// Counts bytes that were read, and waits when they are many. Whether to go on. Only for a thread of its own.
    pub(super) fn goes_on(&self, bytes: u32) -> bool {
        let read = self.read.load(Ordering::Relaxed).saturating_add(bytes);
        let rest = read % STEP;
        self.read.store(rest, Ordering::Relaxed);
        if rest < read {
            tokio::runtime::Handle::current().block_on(self.pace.take(u64::from(read - rest)));
        }
        !self.stop.load(Ordering::Relaxed)
    }
}
