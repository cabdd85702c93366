//! What a log keeps in memory, under its lock.

use std::sync::Arc;

use machine::disk::File;

use super::aborted::{Aborted, Decisions};
use super::config::LogConfig;
use super::epochs::Epochs;
use super::error::{AppendError, Damage, ReadError};
use super::index::{IndexWriter, OffsetEntry};
use super::ledger::Place;
use super::producers::Producers;
use super::recovery::Recovered;
use super::segment::Segment;
use super::watch::Stable;

/// What changes, under the lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: Arc<LogConfig>,
    /// Ascending; the last is written to. None before the first append.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Of the last segment.
    pub(super) index: Option<Box<IndexWriter>>,
    pub(super) start: i64,
    pub(super) end: Place,
    /// Before it, readers see.
    pub(super) visible: Place,
    /// Before it, no transaction is open, and readers see.
    pub(super) stable: Place,
    /// Before it, everything is durable.
    pub(super) durable: Place,
    /// Up to where the running round makes it so.
    pub(super) begun: Place,
    /// Bytes appended since the log was opened, and how many of them are visible, and will be.
    pub(super) appended: u64,
    pub(super) appended_visible: u64,
    pub(super) appended_begun: u64,
    pub(super) producers: Producers,
    /// Transactions whose abort marker is in the last segment.
    pub(super) aborted: Vec<Aborted>,
    pub(super) epochs: Epochs,
    pub(super) snapshots: Vec<i64>,
    pub(super) since_snapshot: u64,
    /// Files that are not written any more and not synced yet.
    pub(super) unsynced: Vec<Arc<dyn File>>,
    /// Names in the folder that are not synced yet.
    pub(super) names_changed: bool,
    /// The folder's own name is not synced yet.
    pub(super) folder_is_new: bool,
    pub(super) has_folder: bool,
    /// Nothing was written since the log was closed: closing it again has nothing to do.
    pub(super) is_clean: bool,
    /// Room is reserved in the file up to here.
    pub(super) allocated: u32,
    /// When the last segment was begun, by its first record's time.
    pub(super) segment_began_ms: Option<i64>,
    /// Records since the last sync was begun, and when the first of them came.
    pub(super) unflushed: i64,
    pub(super) unflushed_since_ms: Option<i64>,
    pub(super) standing: Standing,
    /// Before it, every segment has been compacted.
    pub(super) cleaned: i64,
    pub(super) damage: Option<Damage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    /// Readable, but takes nothing any more.
    Offline(String),
    Closed,
}

/// What became visible.
#[derive(Debug)]
pub(super) struct Grown {
    pub(super) high_watermark: i64,
    pub(super) bytes: u64,
    pub(super) stable: Stable,
}

impl State {
    /// As recovery found it.
    pub(super) fn new(found: Recovered, cleaned: i64, config: Arc<LogConfig>) -> Self {
        let visible = if config.is_synced() { found.durable } else { found.end };
        let mut state = Self {
            config,
            segments: found.segments,
            index: found.index,
            start: found.start,
            end: found.end,
            visible,
            stable: visible,
            durable: found.durable,
            begun: found.durable,
            appended: 0,
            appended_visible: 0,
            appended_begun: 0,
            producers: found.producers,
            aborted: found.aborted,
            epochs: found.epochs,
            snapshots: found.snapshots,
            since_snapshot: 0,
            unsynced: found.unsynced,
            names_changed: !found.is_clean,
            folder_is_new: !found.is_clean,
            has_folder: found.has_folder,
            is_clean: found.is_clean,
            allocated: found.end.position,
            segment_began_ms: None,
            unflushed: 0,
            unflushed_since_ms: None,
            standing: Standing::Open,
            cleaned,
            damage: found.damage,
        };
        state.restabilise();
        state
    }

    pub(super) fn writable(&self) -> Result<(), AppendError> {
        match &self.standing {
            Standing::Open => Ok(()),
            Standing::Offline(reason) => Err(AppendError::Offline(reason.clone())),
            Standing::Closed => Err(AppendError::Closed),
        }
    }

    pub(super) fn readable(&self) -> Result<(), ReadError> {
        match self.standing {
            Standing::Open | Standing::Offline(_) => Ok(()),
            Standing::Closed => Err(ReadError::Closed),
        }
    }

    /// Shows everything written.
    pub(super) fn show_to_end(&mut self) -> Grown {
        self.show(self.end, self.appended)
    }

    /// Shows everything that the last round has made durable.
    pub(super) fn show_synced(&mut self) -> Grown {
        self.show(self.begun, self.appended_begun)
    }

    fn show(&mut self, visible: Place, appended: u64) -> Grown {
        let bytes = appended.saturating_sub(self.appended_visible);
        let before = (self.visible.offset, self.stable.offset);
        self.visible = visible;
        self.appended_visible = appended;
        self.restabilise();
        let stable = match self.stable.offset {
            offset if offset == before.1 => Stable::Held,
            offset if offset == visible.offset && before.0 == before.1 => Stable::Along,
            _ => Stable::Jumped,
        };
        Grown { high_watermark: visible.offset, bytes, stable }
    }

    /// Finds the last stable place anew.
    pub(super) fn restabilise(&mut self) {
        let open = self.producers.first_open().filter(|open| open.offset < self.visible.offset);
        self.stable = open.unwrap_or(self.visible);
        // The beginning of a transaction may be deleted while it is open.
        self.stable.offset = self.stable.offset.max(self.start);
    }

    /// What the markers of the last segment have decided so far.
    pub(super) fn decisions(&self) -> Decisions {
        Decisions {
            aborted: self.aborted.clone(),
            undecided_from: self.producers.first_open().map(|open| open.offset),
        }
    }

    /// Counts records towards the next sync; whether it is due.
    pub(super) fn count_unflushed(&mut self, records: i64, now_ms: i64) -> bool {
        self.unflushed = self.unflushed.saturating_add(records);
        self.unflushed_since_ms.get_or_insert(now_ms);
        self.unflushed >= self.config.flush_messages
    }

    pub(super) fn index_of(&self, segment: &Segment) -> Option<&IndexWriter> {
        let last = self.segments.last().filter(|last| last.base() == segment.base());
        last.and(self.index.as_deref())
    }

    /// The last entry before `offset` that is only in memory, and the segment it belongs to.
    pub(super) fn pending_before_offset(&self, offset: i64) -> Option<(i64, OffsetEntry)> {
        let last = self.segments.last()?;
        let entry = self.index.as_ref()?.pending_before_offset(offset)?;
        Some((last.base(), entry))
    }
}
