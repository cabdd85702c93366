//! A segment that compaction writes.

use std::io::IoSlice;
use std::sync::Arc;

use machine::disk::File;

use super::hole::hole;
use crate::log::aborted::Decisions;
use crate::log::batch::BatchInfo;
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::index::IndexWriter;
use crate::log::partition::PartitionLog;

/// What was written is synced in steps of this, so that no sync of others waits for all of it.
const SYNC_BYTES: u32 = 32 << 20;

pub(super) struct Output<'a> {
    log: &'a PartitionLog,
    pub(super) base: i64,
    pub(super) file: Arc<dyn File>,
    pub(super) size: u32,
    pub(super) index: IndexWriter,
    index_interval: u32,
    pub(super) decisions: Decisions,
    /// Whether it is not the same as what it was made of.
    pub(super) changed: bool,
    synced: u32,
    next: i64,
}

impl<'a> Output<'a> {
    /// Begins the one of this base offset.
    pub(super) fn create(log: &'a PartitionLog, base: i64, index_interval: u32) -> Result<Self, LogError> {
        Ok(Self {
            log,
            base,
            file: log.cleaned_create(base)?,
            size: 0,
            index: IndexWriter::empty(base),
            index_interval,
            decisions: Decisions::default(),
            changed: false,
            synced: 0,
            next: base,
        })
    }

    /// Stands for the offsets up to `end` that nothing is left of. Each hole is of one leader epoch, as batches are.
    pub(super) fn hole(&mut self, end: i64) -> Result<(), LogError> {
        while self.next < end {
            let base = self.next;
            let (epoch, upto) = self.log.epoch_around(base);
            let last = upto.unwrap_or(end).min(end) - 1;
            let delta = i32::try_from(last - base).unwrap_or(i32::MAX);
            self.put(&hole(base, delta, epoch.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Writes a batch.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        let wrong = || LogError::Compaction("a batch does not fit".into());
        let info = BatchInfo::read(bytes).ok_or_else(wrong)?;
        let position = self.size;
        self.size = position.checked_add(info.size).ok_or_else(wrong)?;
        let written = self.file.write_all_at(&[IoSlice::new(bytes)], u64::from(position));
        written.map_err(io("compact", &self.log.folder))?;
        self.index.add(&info, position, self.index_interval);
        self.next = info.next_offset();
        if self.size - self.synced >= SYNC_BYTES {
            self.sync()?;
        }
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        self.file.sync_data().map_err(|error| self.log.sync_failed(&error))?;
        self.synced = self.size;
        Ok(())
    }
}
