//! How much memory fetch sessions may take, over all clusters of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that are free; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct SessionRoom {
    free: Arc<AtomicUsize>,
}

impl SessionRoom {
    /// Room of this many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { free: Arc::new(AtomicUsize::new(bytes)) }
    }

    /// A share of it, empty at first.
    pub(super) fn share(&self) -> Share {
        Share { room: self.clone(), bytes: 0 }
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }
}

/// What one session has of the room; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    room: SessionRoom,
    bytes: usize,
}

impl Share {
    /// Takes more, if there is as much.
    #[must_use]
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let take = |free: usize| free.checked_sub(bytes);
        let taken = self.room.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Gives some back.
    pub(super) fn shrink(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.room.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.free.fetch_add(self.bytes, Ordering::Relaxed);
    }
}
