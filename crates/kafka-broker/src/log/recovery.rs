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

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use machine::disk::{File, OpenMode};
use uuid::Uuid;

use super::batch::{BatchInfo, EndMarker};
use super::context::{LogContext, io};
use super::epochs::Epochs;
use super::error::{Damage, LogError};
use super::index::{IndexFile, IndexWriter, Newest, OffsetEntry, TimeEntry};
use super::ledger::{Facts, Key, Place};
use super::metadata;
use super::producers::Producers;
use super::scan::Scanner;
use super::segment::{Segment, SegmentError, segment_path};
use super::snapshot;
use super::summary;

/// A log as recovery found it.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) segments: Vec<Arc<Segment>>,
    /// Of the last segment.
    pub(super) index: Option<Box<IndexWriter>>,
    pub(super) start: i64,
    pub(super) end: Place,
    /// Everything before it is durable.
    pub(super) durable: Place,
    pub(super) producers: Producers,
    pub(super) epochs: Epochs,
    /// Offsets of the snapshots there are, ascending.
    pub(super) snapshots: Vec<i64>,
    pub(super) damage: Option<Damage>,
    /// Finished files that may not be durable.
    pub(super) unsynced: Vec<Arc<dyn File>>,
    /// Whether anything, a name perhaps, may not be durable.
    pub(super) is_unsynced: bool,
    pub(super) has_folder: bool,
}

/// What to open.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) context: &'a LogContext,
    pub(super) folder: &'a Arc<Path>,
    pub(super) key: Key,
    pub(super) leader_epoch: i32,
    pub(super) index_interval: u32,
}

impl Target<'_> {
    pub(super) fn recover(&self) -> Result<Recovered, LogError> {
        let disk = &*self.context.disk;
        let facts = self.context.ledger.facts(self.key).unwrap_or_default();
        let names = match disk.list(self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self.without_folder(&facts)),
            other => other.map_err(io("list", self.folder))?,
        };
        if !self.is_ours(&facts)? {
            return Ok(self.without_folder(&facts));
        }
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
            changed: false,
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
            epochs: Epochs::default(),
            snapshots: Vec::new(),
            damage,
            unsynced: Vec::new(),
            is_unsynced: false,
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
}

/// How the scan of one segment ended.
enum Scanned {
    Whole,
    /// Nothing before the recovery point, and nothing of the next segment, can be taken.
    Cut,
}

impl Found<'_> {
    fn recover(&mut self) -> Result<Recovered, LogError> {
        self.find_start()?;
        let (mut producers, from) = self.newest_snapshot()?;
        let is_clean = self.is_clean(from);
        let (mut offset, mut index, mut end) = (from.offset, None, None);
        let first = self.segments.partition_point(|segment| segment.base() < from.segment);
        for number in first.. {
            let Some(current) = self.segments.get(number).cloned() else { break };
            if number > first && current.base() != offset && !self.bridges(&current, &mut offset) {
                self.drop_from(number)?;
                break;
            }
            let position = if number == first { from.position } else { 0 };
            let (outcome, mut writer) =
                self.scan(&current, (&mut offset, position), &mut producers, !is_clean)?;
            if matches!(outcome, Scanned::Cut) {
                self.drop_from(number + 1)?;
            } else if number + 1 < self.segments.len() {
                let disk = &*self.target.context.disk;
                let derived = writer.finish(disk, self.target.folder, current.size()).map_err(self.io())?;
                current.finished(writer.newest());
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
        let last = self.segments.last();
        from == self.rp
            && last.is_some_and(|last| last.base() == self.rp.segment && last.size() == self.rp.position)
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
        for offset in self.snapshots.iter().rev().copied() {
            let read = snapshot::read(disk, self.target.folder, offset).map_err(self.io())?;
            if offset == self.rp.offset
                && !self.reaches_recovery_point()
                && let Some(producers) = read
            {
                // The end of the log is missing; its producers are not.
                return Ok((producers, Place { offset, segment: offset, position: 0 }));
            }
            if let Some(producers) = read
                && let Some(place) = self.place_of(offset).map_err(self.io())?
            {
                return Ok((producers, place));
            }
            tracing::warn!(folder = %self.target.folder.display(), offset, "a snapshot of producers does not read");
        }
        Ok((Producers::default(), Place { offset: first, segment: first, position: 0 }))
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

    /// Reads the batches of one segment from `position` on, where that of `offset` begins.
    fn scan(
        &mut self,
        segment: &Segment,
        (offset, position): (&mut i64, u32),
        producers: &mut Producers,
        distrust: bool,
    ) -> Result<(Scanned, IndexWriter), LogError> {
        let disk = &*self.target.context.disk;
        let file = segment.file(disk).map_err(self.io())?;
        if distrust {
            file.evict();
        }
        let mut writer = self.resume_index(segment, position).map_err(self.io())?;
        let mut scanner = Scanner::bytes(&*file, position, segment.size());
        let now_ms = self.target.context.clock.now_ms();
        loop {
            let at = scanner.position();
            let what = match scanner.next_verified(*offset).map_err(self.io())? {
                Ok(None) => break,
                Ok(Some(info)) if self.epoch_fits(&info)? => {
                    let marker = match info.is_control() {
                        true => EndMarker::read(&scanner.batch(&info).map_err(self.io())?),
                        false => None,
                    };
                    let place = Place { offset: *offset, segment: segment.base(), position: at };
                    producers.record(&info, marker, place, now_ms);
                    self.index(&mut writer, &info, at).map_err(self.io())?;
                    scanner.skip(&info);
                    segment.mark_verified(at, scanner.position());
                    *offset = info.next_offset();
                    continue;
                }
                Ok(Some(_)) => "the leader epoch is wrong",
                Err(bad) => bad.what(),
            };
            if *offset >= self.rp.offset {
                let cut = segment.size() - at;
                tracing::warn!(file = %segment.path().display(), offset, position = at, cut, what, "cut a torn tail");
                segment.truncate(disk, at).map_err(self.io())?;
                self.changed = true;
                return Ok((Scanned::Cut, writer));
            }
            let damage = self.target.damage(segment.base(), at, *offset, what);
            self.damage.get_or_insert(damage);
            if !self.skip_damage(&mut scanner, segment, offset, producers).map_err(self.io())? {
                // All of this segment was synced, and nothing behind the damage reads.
                break;
            }
        }
        Ok((Scanned::Whole, writer))
    }

    /// Goes on behind a batch that was durable and does not read: where its header leads, or else at the next
    /// batch that does read, or else at the recovery point. False when all of that lies in another segment.
    fn skip_damage(
        &self,
        scanner: &mut Scanner<'_>,
        segment: &Segment,
        offset: &mut i64,
        producers: &mut Producers,
    ) -> io::Result<bool> {
        let at = scanner.position();
        if let Ok(Some(mut info)) = scanner.next()? {
            let next = *offset + i64::from(info.last_offset_delta) + 1;
            scanner.skip(&info);
            let leads_on = match scanner.next()? {
                Ok(Some(following)) => following.base_offset == next,
                Ok(None) => next == self.rp.offset,
                Err(_) => next == self.rp.offset && scanner.position() == self.rp.position,
            };
            if leads_on && next <= self.rp.offset {
                // Most of its header is right, so its producer need not be forgotten with it.
                info.base_offset = *offset;
                let place = Place { offset: *offset, segment: segment.base(), position: at };
                producers.record(&info, None, place, self.target.context.clock.now_ms());
                *offset = next;
                return Ok(true);
            }
        }
        scanner.go_to(at);
        if let Some(info) = scanner.search(*offset + 1..=self.rp.offset - 1)? {
            *offset = info.base_offset;
            return Ok(true);
        }
        // What was sent there last is not known any more: every producer may begin anew.
        *producers = Producers::default();
        let resumes =
            self.rp.segment == segment.base() && (at + 1..=segment.size()).contains(&self.rp.position);
        if resumes {
            *offset = self.rp.offset;
            scanner.go_to(self.rp.position);
        }
        Ok(resumes)
    }

    fn index(&self, writer: &mut IndexWriter, info: &BatchInfo, position: u32) -> io::Result<()> {
        if writer.add(info, position, self.target.index_interval) {
            writer.write(&*self.target.context.disk, self.target.folder)?;
        }
        Ok(())
    }

    /// Goes on with the index files of a segment that is scanned from `position` on.
    fn resume_index(&self, segment: &Segment, position: u32) -> io::Result<IndexWriter> {
        let (disk, folder, base) = (&*self.target.context.disk, self.target.folder, segment.base());
        let offsets = IndexFile::<OffsetEntry>::open(disk, folder, base)?;
        let times = IndexFile::<TimeEntry>::open(disk, folder, base)?;
        let (Some(offsets), Some(times)) = (offsets, times) else {
            return self.walked_index(IndexWriter::empty(base), segment, 0, position);
        };
        if position == segment.size()
            && let Some(newest) = summary::read(disk, folder, base, position)?
        {
            return Ok(IndexWriter::resume(base, offsets.count(), times.count(), newest));
        }
        // The files may have lost entries, but up to a time entry that the log confirms, the newest timestamp
        // is known. From there on the headers tell.
        let last = offsets.last_where(|entry| entry.position < position)?;
        let time = match last {
            Some((_, last)) => times.last_where(|time| time.relative <= last.relative)?,
            None => None,
        };
        if let Some((number, time)) = time {
            let newest = Newest { timestamp: time.timestamp, offset: base + i64::from(time.relative) };
            if let Some(from) = segment.position_confirmed(disk, newest, position)? {
                let kept = offsets.last_where(|entry| entry.position <= from)?;
                let kept = kept.map_or(0, |(number, _)| number + 1);
                let writer = IndexWriter::resume(base, kept, number + 1, Some(newest));
                return self.walked_index(writer, segment, from, position);
            }
        }
        self.walked_index(IndexWriter::empty(base), segment, 0, position)
    }

    /// Adds what lies between there and the place from which the log is scanned.
    fn walked_index(
        &self,
        mut writer: IndexWriter,
        segment: &Segment,
        from: u32,
        to: u32,
    ) -> io::Result<IndexWriter> {
        let file = segment.file(&*self.target.context.disk)?;
        let mut scanner = Scanner::headers(&*file, from, to);
        while let Ok(Some(info)) = scanner.next()? {
            self.index(&mut writer, &info, scanner.position())?;
            scanner.skip(&info);
        }
        Ok(writer)
    }

    /// Whether this epoch may stand here. Behind the recovery point a newer one begins.
    fn epoch_fits(&mut self, info: &BatchInfo) -> Result<bool, LogError> {
        let known = self.epochs.at(info.base_offset);
        // Epochs that ended before the start of the log are forgotten.
        if known == Some(info.leader_epoch) || info.base_offset < self.start {
            return Ok(true);
        }
        let is_newer = known.is_none_or(|known| known < info.leader_epoch);
        let fits =
            info.base_offset >= self.rp.offset && is_newer && info.leader_epoch <= self.target.leader_epoch;
        if fits {
            // The note of it was lost; it must be there before the recovery point passes this batch.
            let (key, epoch, start) = (self.target.key, info.leader_epoch, info.base_offset);
            self.target.context.ledger.note_epoch(key, epoch, start)?;
            self.epochs.assign(epoch, start);
        }
        Ok(fits)
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
            epochs: std::mem::take(&mut self.epochs),
            snapshots: std::mem::take(&mut self.snapshots),
            damage: self.damage.take(),
            unsynced: std::mem::take(&mut self.unsynced),
            is_unsynced: self.changed || !is_clean,
            has_folder: true,
        })
    }
}
