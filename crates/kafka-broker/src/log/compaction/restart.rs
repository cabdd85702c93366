//! Where the next start begins to read: behind what is rewritten.
//!
//! A start takes the producers from a snapshot and reads on from there. Compaction takes markers out, so to a start
//! from before them their transactions would look open, and readers of committed data would wait for ever.

use std::sync::Arc;

use machine::disk::OpenMode;

use super::swap::remove;
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::partition::PartitionLog;
use crate::log::snapshot;

impl PartitionLog {
    /// Up to where no start needs what is there: it is durable, every transaction in it has ended durably, and there
    /// is a snapshot of producers behind it. None when there is no such place.
    pub(super) async fn settle(self: &Arc<Self>) -> Result<Option<i64>, LogError> {
        let stable = {
            let mut state = self.lock();
            if state.writable().is_err() || !state.has_folder {
                return Ok(None);
            }
            if state.snapshots.last().is_none_or(|newest| *newest < state.end.segment) {
                // It could not be written, or a recovery has not believed it.
                self.take_snapshot(&mut state);
            }
            state.stable.offset
        };
        self.flush().await?;
        let settled = {
            let state = self.lock();
            let snapshots = state.snapshots.iter().rev();
            let newest = snapshots.copied().find(|offset| *offset <= state.durable.offset);
            // A start may have found more than was noted.
            self.context.ledger.note_recovery(self.key, state.durable)?;
            newest.map(|newest| newest.min(state.durable.segment).min(stable))
        };
        self.context.ledger.flush()?.durable().await?;
        Ok(settled)
    }

    /// Removes the snapshots of before `end`, durably, once a later one is durable.
    pub(super) fn start_behind(&self, end: i64) -> Result<(), LogError> {
        let (older, later) = {
            let state = self.lock();
            let older: Vec<_> = state.snapshots.iter().copied().filter(|offset| *offset < end).collect();
            let snapshots = state.snapshots.iter().rev();
            let later = snapshots.copied().find(|offset| (end..=state.durable.offset).contains(offset));
            let later = later.map(|offset| {
                let path = snapshot::path_of(&self.folder, offset);
                self.disk().open(&path, OpenMode::Write).map_err(io("open", &path))
            });
            (older, later.transpose()?)
        };
        if older.is_empty() {
            return Ok(());
        }
        let Some(later) = later else {
            return Err(LogError::Compaction("no snapshot of producers could be written".into()));
        };
        let sync_folder = || self.disk().sync_dir(&self.folder).map_err(|error| self.sync_failed(&error));
        later.sync_data().map_err(|error| self.sync_failed(&error))?;
        sync_folder()?;
        for offset in older {
            let path = snapshot::path_of(&self.folder, offset);
            remove(self.disk(), &path).map_err(io("remove", &path))?;
        }
        self.lock().snapshots.retain(|offset| *offset >= end);
        sync_folder()
    }
}
