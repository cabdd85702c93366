//! Opening a log after whatever happened to it.
//!
//! Everything before the recovery point was synced; what does not read there is damage: it stays, is marked,
//! and the rest is served. Behind the recovery point the first batch that does not read ends the log, and what
//! follows is cut: nobody was promised any of it.
//!
//! Only what producer state needs is read: from the newest snapshot before the recovery point to the end.
//! The rest is verified when it is first read. So the time a start takes follows from what was written
//! between two snapshots, not from the size of the log.
//!
//! # Invariants
//!
//! - Running it again, after a crash at any point of it, gives the same log.
//! - Offsets that were ever visible are not given out again, even when their bytes are gone.

mod index;
mod scan;

use std::cmp::Ordering;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use machine::disk::{File, OpenMode};
use uuid::Uuid;

use super::aborted::{Aborted, Decisions};
use super::compaction;
use super::context::{LogContext, io};
use super::epochs::Epochs;
use super::error::{Damage, LogError};
use super::index::IndexWriter;
use super::ledger::{Facts, Key, Place};
use super::metadata;
use super::producers::Producers;
use super::segment::{Segment, SegmentError, segment_path};
use super::snapshot::{self, Snapshot};

/// A log as recovery found it.
#[derive(Debug)]
pub(in crate::log) struct Recovered {
    pub(in crate::log) segments: Vec<Arc<Segment>>,
    /// Of the last segment.
    pub(in crate::log) index: Option<Box<IndexWriter>>,
    pub(in crate::log) start: i64,
    pub(in crate::log) end: Place,
    /// Everything before it is durable.
    pub(in crate::log) durable: Place,
    pub(in crate::log) producers: Producers,
    /// Aborted in the last segment.
    pub(in crate::log) aborted: Vec<Aborted>,
    pub(in crate::log) epochs: Epochs,
    /// Offsets of the snapshots there are, ascending.
    pub(in crate::log) snapshots: Vec<i64>,
    pub(in crate::log) damage: Option<Damage>,
    /// Finished files that may not be durable.
    pub(in crate::log) unsynced: Vec<Arc<dyn File>>,
    /// Whether it is as closing left it: nothing to sync, nothing to write before closing it again.
    pub(in crate::log) is_clean: bool,
    pub(in crate::log) has_folder: bool,
}

/// What to open.
#[derive(Debug)]
pub(in crate::log) struct Target<'a> {
    pub(in crate::log) context: &'a LogContext,
    pub(in crate::log) folder: &'a Arc<Path>,
    pub(in crate::log) key: Key,
    pub(in crate::log) leader_epoch: i32,
    pub(in crate::log) index_interval: u32,
}

impl Target<'_> {
    pub(in crate::log) fn recover(&self) -> Result<Recovered, LogError> {
        let disk = &*self.context.disk;
        let facts = self.context.ledger.facts(self.key).unwrap_or_default();
        let names = match disk.list(self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self.without_folder(&facts)),
            other => other.map_err(io("list", self.folder))?,
        };
        if !self.is_ours(&facts)? {
            return Ok(self.without_folder(&facts));
        }
        let is_swapped = compaction::finish(disk, self.folder, &names).map_err(io("recover", self.folder))?;
        let names = if is_swapped { disk.list(self.folder).map_err(io("list", self.folder))? } else { names };
        let numbers = |extension: &str| {
            let numbers = names.iter().filter_map(|entry| entry.name.strip_suffix(extension)?.parse().ok());
            numbers.collect::<Vec<i64>>()
        };
        let mut found = Found {
            target: self,
            rp: facts.recovery,
            segments: self.segments(&numbers(".log"), facts.start)?,
            snapshots: numbers(".snapshot"),
            start: facts.start,
            epochs: facts.epochs,
            damage: None,
            unsynced: Vec::new(),
            changed: is_swapped,
            aborted: Vec::new(),
        };
        found.recover()
    }

    /// A log that has never been written to, or one whose folder is gone.
    fn without_folder(&self, facts: &Facts) -> Recovered {
        let mut damage = None;
        let mut start = facts.start;
        if facts.recovery.offset > facts.start {
            damage =
                Some(self.damage(facts.recovery.segment, 0, facts.start, "the log is not there any more"));
            start = facts.recovery.offset;
        }
        let end = Place { offset: start, segment: start, position: 0 };
        Recovered {
            segments: Vec::new(),
            index: None,
            start,
            end,
            durable: end,
            producers: Producers::default(),
            aborted: Vec::new(),
            epochs: Epochs::default(),
            snapshots: Vec::new(),
            damage,
            unsynced: Vec::new(),
            is_clean: true,
            has_folder: false,
        }
    }

    /// Whether the folder belongs to this topic. One of an earlier topic of the same name is set aside, and so
    /// is one that was never synced and does not say whose it is.
    fn is_ours(&self, facts: &Facts) -> Result<bool, LogError> {
        let disk = &*self.context.disk;
        let (topic, _) = self.key;
        let found = metadata::read(disk, self.folder).map_err(io("read", self.folder))?;
        if found == metadata::Found::Topic(topic) {
            return Ok(true);
        }
        if *facts != Facts::default() {
            // The ledger knows that this topic has written, and then nothing else can stand in its folder: it
            // is the file that has changed.
            tracing::warn!(folder = %self.folder.display(), ?found, "partition.metadata is written again");
            metadata::write(disk, self.folder, topic).map_err(io("write", self.folder))?;
            return Ok(true);
        }
        let other = match found {
            metadata::Found::Topic(id) => id,
            metadata::Found::Nothing => Uuid::nil(),
        };
        tracing::warn!(folder = %self.folder.display(), %other, "set aside, it is not of this topic");
        self.context.set_aside(self.folder, other)?;
        Ok(false)
    }

    /// The segments that reach beyond `start`, ascending. Older ones are removed.
    fn segments(&self, bases: &[i64], start: i64) -> Result<Vec<Arc<Segment>>, LogError> {
        let disk = &*self.context.disk;
        let mut segments = Vec::with_capacity(bases.len());
        for (index, base) in bases.iter().enumerate() {
            let path = segment_path(self.folder, *base);
            let len =
                disk.open(&path, OpenMode::Read).and_then(|file| file.len()).map_err(io("open", &path))?;
            let size = u32::try_from(len).map_err(|_| io("open", &path)(ErrorKind::FileTooLarge.into()))?;
            let segment = Segment::existing(self.folder.clone(), *base, size);
            if bases.get(index + 1).is_some_and(|next| *next <= start) {
                segment.remove(disk).map_err(io("remove", &path))?;
            } else {
                segments.push(segment);
            }
        }
        Ok(segments)
    }

    fn damage(&self, segment: i64, position: u32, offset: i64, what: &'static str) -> Damage {
        let damage = Damage { file: segment_path(self.folder, segment), position, offset, what };
        tracing::error!(%damage, "durable data does not read; it is kept, and the rest is served");
        damage
    }
}

/// A log while it is being recovered.
struct Found<'a> {
    target: &'a Target<'a>,
    /// The recovery point.
    rp: Place,
    segments: Vec<Arc<Segment>>,
    snapshots: Vec<i64>,
    start: i64,
    epochs: Epochs,
    damage: Option<Damage>,
    /// Finished files that may not be durable.
    unsynced: Vec<Arc<dyn File>>,
    /// Whether anything was cut or removed.
    changed: bool,
    /// Aborted in the segment that is being read.
    aborted: Vec<Aborted>,
}

impl Found<'_> {
    fn recover(&mut self) -> Result<Recovered, LogError> {
        self.find_start()?;
        let (mut producers, from) = self.newest_snapshot()?;
        let is_clean = self.is_clean(from);
        // Only what no sync has confirmed can be in the cache without being on the disk.
        let distrust = !self.ends_at_recovery_point();
        let (mut offset, mut index, mut end) = (from.offset, None, None);
        let first = self.segments.partition_point(|segment| segment.base() < from.segment);
        let mut aborted_before = Vec::new();
        for number in first.. {
            let Some(current) = self.segments.get(number).cloned() else { break };
            if number > first && current.base() != offset && !self.bridges(&current, &mut offset) {
                // The one before is the last now.
                self.aborted = aborted_before;
                self.drop_from(number)?;
                break;
            }
            let position = if number == first { from.position } else { 0 };
            let mut writer = self.scan(&current, (&mut offset, position), &mut producers, distrust)?;
            if number + 1 < self.segments.len() {
                let disk = &*self.target.context.disk;
                let decisions = Decisions {
                    aborted: std::mem::take(&mut self.aborted),
                    undecided_from: producers.first_open().map(|open| open.offset),
                };
                let (summary, derived) = writer
                    .finish(disk, self.target.folder, current.size(), Some(&decisions))
                    .map_err(self.io())?;
                current.finished(summary);
                aborted_before = decisions.aborted;
                // The last one is synced as the log goes on; the others, now that they are shown, with it.
                self.unsynced.push(current.file(disk).map_err(self.io())?);
                self.unsynced.extend(derived);
            }
            // Ten thousand idle logs must not hold ten thousand files open.
            current.close();
            index = Some(Box::new(writer));
            end = Some(Place { offset, segment: current.base(), position: current.size() });
        }
        self.finish(end, index, producers, is_clean)
    }

    /// Settles where the log begins.
    fn find_start(&mut self) -> Result<(), LogError> {
        let Some(base) = self.segments.first().map(|first| first.base()).filter(|base| *base > self.start)
        else {
            return Ok(());
        };
        if base <= self.rp.offset {
            let damage = self.target.damage(base, 0, self.start, "what came before is missing");
            self.damage.get_or_insert(damage);
        } else if !self.target.context.ledger.is_new() {
            // A power cut has taken the beginning of what nobody was promised, and left its end.
            return self.drop_from(0);
        }
        self.start = base;
        Ok(())
    }

    fn io(&self) -> impl FnOnce(io::Error) -> LogError + use<> {
        io("recover", self.target.folder)
    }

    /// Whether nothing was written since the last sync, and its snapshot is there.
    fn is_clean(&self, from: Place) -> bool {
        from == self.rp && self.ends_at_recovery_point()
    }

    fn ends_at_recovery_point(&self) -> bool {
        let last = self.segments.last();
        last.is_some_and(|last| last.base() == self.rp.segment && last.size() == self.rp.position)
    }

    /// The newest producer state that the log is known to reach, and its place.
    fn newest_snapshot(&mut self) -> Result<(Producers, Place), LogError> {
        let disk = &*self.target.context.disk;
        let first = self.segments.first().map_or(0, |segment| segment.base());
        // A snapshot beyond the recovery point may tell of batches that are gone.
        for offset in self.snapshots.extract_if(.., |offset| *offset > self.rp.offset || *offset < first) {
            let path = snapshot::path_of(self.target.folder, offset);
            disk.remove_file(&path).map_err(io("remove", &path))?;
        }
        while let Some(offset) = self.snapshots.last().copied() {
            let read = snapshot::read(disk, self.target.folder, offset).map_err(self.io())?;
            if offset == self.rp.offset
                && !self.reaches_recovery_point()
                && let Some(snapshot) = read
            {
                // The end of the log is missing; its producers are not.
                return Ok((snapshot.producers, Place { offset, segment: offset, position: 0 }));
            }
            if let Some(snapshot) = read
                && let Some(place) = self.place_of(offset).map_err(self.io())?
                && let Some(aborted) = self.aborted_before(place, &snapshot).map_err(self.io())?
            {
                self.aborted = aborted;
                return Ok((snapshot.producers, place));
            }
            // Nobody may take it for one that a start can begin from.
            let path = snapshot::path_of(self.target.folder, offset);
            tracing::warn!(file = %path.display(), "a snapshot of producers does not read: removed");
            disk.remove_file(&path).map_err(io("remove", &path))?;
            self.snapshots.pop();
        }
        Ok((Producers::default(), Place { offset: first, segment: first, position: 0 }))
    }

    /// The transactions that were aborted in the segment of this place before it; none when nothing tells. The
    /// end of one segment and the beginning of the next are the same offset, and share a snapshot.
    fn aborted_before(&self, place: Place, snapshot: &Snapshot) -> io::Result<Option<Vec<Aborted>>> {
        match snapshot.segment.cmp(&place.segment) {
            Ordering::Less => Ok(Some(Vec::new())),
            Ordering::Equal => Ok(Some(snapshot.aborted.clone())),
            Ordering::Greater => {
                let segment = self.segments.iter().find(|segment| segment.base() == place.segment);
                let decisions =
                    segment.map(|segment| segment.decisions(&*self.target.context.disk)).transpose()?;
                Ok(decisions.flatten().map(|decisions| decisions.aborted.clone()))
            }
        }
    }

    fn reaches_recovery_point(&self) -> bool {
        let reaches =
            |segment: &Arc<Segment>| segment.base() == self.rp.segment && segment.size() >= self.rp.position;
        self.segments.iter().any(reaches)
    }

    /// Where the batch that begins with `offset` is; none when the log does not say.
    fn place_of(&self, offset: i64) -> io::Result<Option<Place>> {
        if offset == self.rp.offset && self.reaches_recovery_point() {
            return Ok(Some(self.rp));
        }
        let after = self.segments.partition_point(|segment| segment.base() <= offset);
        let Some(segment) = after.checked_sub(1).map(|index| &self.segments[index]) else {
            return Ok(None);
        };
        if segment.base() == offset {
            return Ok(Some(Place { offset, segment: offset, position: 0 }));
        }
        match segment.locate(&*self.target.context.disk, offset, segment.size(), None) {
            Ok((info, position)) if info.base_offset == offset => {
                Ok(Some(Place { offset, segment: segment.base(), position }))
            }
            Ok(_) | Err(SegmentError::Damaged { .. }) => Ok(None),
            Err(SegmentError::Io(error)) => Err(error),
        }
    }

    /// Whether a segment that does not begin where the last one ended belongs to the log all the same.
    fn bridges(&mut self, segment: &Segment, offset: &mut i64) -> bool {
        if segment.base() < *offset || segment.base() > self.rp.offset {
            return false;
        }
        let damage = self.target.damage(segment.base(), 0, *offset, "what came before is missing");
        self.damage.get_or_insert(damage);
        *offset = segment.base();
        true
    }

    /// Removes the segments from this number on: they follow something that is gone.
    fn drop_from(&mut self, number: usize) -> Result<(), LogError> {
        for segment in self.segments.drain(number..).rev() {
            tracing::warn!(file = %segment.path().display(), bytes = segment.size(), "cut with the tail before it");
            segment.remove(&*self.target.context.disk).map_err(io("remove", &segment.path()))?;
            self.changed = true;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        end: Option<Place>,
        index: Option<Box<IndexWriter>>,
        mut producers: Producers,
        is_clean: bool,
    ) -> Result<Recovered, LogError> {
        let mut end = end.unwrap_or(Place { offset: self.start, segment: self.start, position: 0 });
        // Offsets that were durable, or that a deletion has passed, are not given out again.
        if end.offset < self.rp.offset.max(self.start) {
            if end.offset < self.rp.offset {
                let damage = self.target.damage(end.segment, end.position, end.offset, "the end is missing");
                self.damage.get_or_insert(damage);
            }
            if end.offset < self.start {
                self.drop_from(0)?;
            }
            let next = self.rp.offset.max(self.start);
            end = Place { offset: next, segment: next, position: 0 };
        }
        self.epochs.truncate(end.offset);
        for place in producers.unplaced() {
            // Where it cannot be found, committed readers stop before its segment.
            let after = self.segments.partition_point(|segment| segment.base() <= place.offset);
            let base = after.checked_sub(1).map_or(end.segment, |index| self.segments[index].base());
            let found = self.place_of(place.offset).map_err(self.io())?;
            *place = found.unwrap_or(Place { segment: base, ..*place });
        }
        let durable = match self.segments.first() {
            Some(first) if self.rp.offset < first.base() => {
                Place { offset: first.base(), segment: first.base(), position: 0 }
            }
            Some(_) if self.rp.offset < end.offset => self.rp,
            _ => end,
        };
        Ok(Recovered {
            index: if self.segments.is_empty() { None } else { index },
            segments: std::mem::take(&mut self.segments),
            start: self.start,
            end,
            durable,
            producers,
            aborted: std::mem::take(&mut self.aborted),
            epochs: std::mem::take(&mut self.epochs),
            snapshots: std::mem::take(&mut self.snapshots),
            damage: self.damage.take(),
            unsynced: std::mem::take(&mut self.unsynced),
            is_clean: is_clean && !self.changed,
            has_folder: true,
        })
    }
}
