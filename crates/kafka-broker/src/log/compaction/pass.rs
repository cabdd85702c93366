//! One compaction of a log: first over what is uncompacted, for the newest offset of each key; then over everything
//! before that, segment by segment, writing what stays.

use std::io::IoSlice;
use std::sync::Arc;

use hashbrown::HashMap;
use kafka_wire::records::{
    Attributes, Batch, BatchHeader, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, RecordMark,
    RecordVisitor, Sieve,
};
use machine::disk::File;
use sha2::{Digest, Sha256};

use super::effort::Effort;
use super::keys::{KeyHash, Keys, hash_of};
use super::plan::Plan;
use super::unreadable;
use crate::log::aborted::{Aborted, Decisions};
use crate::log::batch::{BatchInfo, HEADER_LEN};
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::examination::Expected;
use crate::log::index::IndexWriter;
use crate::log::partition::PartitionLog;
use crate::log::scan::Scanner;
use crate::log::segment::{Segment, SegmentError};

/// What was written is synced in steps of this, so that no sync of others waits for all of it.
const SYNC_BYTES: u32 = 32 << 20;

/// What is held against digests is read in steps of this.
const SCAN_BYTES: u32 = 1 << 20;

pub(super) struct Pass<'a> {
    log: &'a Arc<PartitionLog>,
    plan: &'a Plan,
    /// None while the clock is not to be trusted: then nothing goes by age.
    now_ms: Option<i64>,
    keys: Keys,
    /// Records from here on stay, whatever their keys.
    upto: i64,
    /// The last record, if any, and the epoch of every producer that is remembered.
    producers: HashMap<i64, (Option<i64>, i16)>,
    /// Producers whose transaction has had records since its beginning, on the way through the log.
    writing: hashbrown::HashSet<i64>,
}

/// A segment being written.
pub(super) struct Output {
    pub(super) file: Arc<dyn File>,
    pub(super) size: u32,
    pub(super) index: IndexWriter,
    pub(super) decisions: Decisions,
    synced: u32,
    next: i64,
    changed: bool,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        log: &'a Arc<PartitionLog>,
        plan: &'a Plan,
        now_ms: Option<i64>,
        keys_max: usize,
    ) -> Self {
        let producers = log.producers().into_iter();
        let last = |(id, producer): (i64, crate::log::Producer)| {
            let last = producer.window.batches().last().map(|taken| taken.last_offset);
            (id, (last, producer.epoch()))
        };
        Self {
            log,
            plan,
            now_ms,
            keys: Keys::new(keys_max),
            upto: plan.end,
            producers: producers.map(last).collect(),
            writing: hashbrown::HashSet::new(),
        }
    }

    /// Learns the newest offset of each key, as far as memory allows. Up to where; none when stopped.
    pub(super) fn map_keys(&mut self, effort: &Effort) -> Result<Option<i64>, LogError> {
        let plan = self.plan;
        for (index, segment) in plan.segments.iter().enumerate() {
            let next = plan.segments.get(index + 1).map_or(plan.end, |next| next.base());
            if next <= plan.cleaned {
                continue;
            }
            let aborted = self.aborted_in(segment.base(), next)?;
            let file = self.log.file_of(segment)?;
            let mut source = Source::new(self.log, segment, &*file);
            while let Some((info, bytes)) = source.next()? {
                if !effort.goes_on(info.size) {
                    return Ok(None);
                }
                if info.is_control() || aborted.holds(&info) || info.last_offset() < plan.cleaned {
                    continue;
                }
                if self.keys.is_full() {
                    self.upto = info.base_offset;
                    return Ok(Some(self.upto));
                }
                let marks = Marks::of(&bytes)?;
                for (key, mark) in &marks.list {
                    if mark.has_key {
                        self.keys.put(*key, info.base_offset + i64::from(mark.offset_delta));
                    }
                }
            }
        }
        Ok(Some(self.upto))
    }

    fn aborted_in(&self, from: i64, upto: i64) -> Result<AbortedIn, LogError> {
        let mut found = AbortedIn::default();
        for one in self.log.aborted_among(from, upto).map_err(unreadable)? {
            found.0.entry(one.producer_id).or_default().push(one);
        }
        Ok(found)
    }

    /// Writes what stays of these segments, and puts it in their place. Its size; none when stopped.
    pub(super) fn rewrite(
        &mut self,
        group: &[Arc<Segment>],
        base: i64,
        end: i64,
        effort: &Effort,
    ) -> Result<Option<u64>, LogError> {
        let log = self.log;
        let file = log.cleaned_create(base)?;
        let index = IndexWriter::empty(base);
        let decisions = Decisions::default();
        let changed = group.len() > 1;
        let mut output = Output { file, size: 0, index, decisions, synced: 0, next: base, changed };
        let written = self.write(group, end, &mut output, effort);
        match written {
            Ok(true) if output.changed => {
                let size = u64::from(output.size);
                log.swap(group, base, end, output)?;
                Ok(Some(size))
            }
            Ok(is_whole) => {
                log.cleaned_remove(base);
                Ok(is_whole.then_some(u64::from(output.size)))
            }
            Err(error) => {
                log.cleaned_remove(base);
                Err(error)
            }
        }
    }

    fn write(
        &mut self,
        group: &[Arc<Segment>],
        end: i64,
        output: &mut Output,
        effort: &Effort,
    ) -> Result<bool, LogError> {
        for (index, segment) in group.iter().enumerate() {
            let next = group.get(index + 1).map_or(end, |next| next.base());
            let aborted = self.aborted_in(segment.base(), next)?;
            let decisions = self.log.decisions_of(segment).map_err(unreadable)?;
            output.decisions.undecided_from = decisions.undecided_from;
            if !self.is_as_sealed(segment, next, effort)? {
                return Ok(false);
            }
            let mut decided = decisions.aborted.iter().copied().peekable();
            let file = self.log.file_of(segment)?;
            let mut source = Source::new(self.log, segment, &*file);
            while let Some((info, bytes)) = source.next()? {
                if !effort.goes_on(info.size) {
                    return Ok(false);
                }
                let kept = match info.is_control() {
                    true => {
                        let had_records = self.writing.remove(&info.producer_id);
                        while let Some(one) = decided.next_if(|one| one.last_offset <= info.last_offset()) {
                            // While it has records, readers must be told to leave them out; those who have just read
                            // them from the old segment, too.
                            if had_records || one.last_offset < info.last_offset() {
                                output.decisions.aborted.push(one);
                            }
                        }
                        self.marker(&info, &bytes, had_records)
                    }
                    false => {
                        if info.is_transactional() && info.record_count > 0 {
                            self.writing.insert(info.producer_id);
                        }
                        self.data(&info, &bytes, aborted.holds(&info))?
                    }
                };
                let Some(kept) = kept else {
                    output.changed |= !is_hole(&info);
                    continue;
                };
                output.changed |= *kept != *bytes;
                self.hole(output, info.base_offset)?;
                self.put(output, &kept)?;
            }
            output.decisions.aborted.extend(decided);
        }
        self.hole(output, end)?;
        output.file.sync_data().map_err(|error| self.log.sync_failed(&error))?;
        Ok(true)
    }

    /// Holds the segment against its digests, if it has some: they know of damage that no checksum of a batch shows,
    /// and in what is written there would be none. False when stopped.
    fn is_as_sealed(&self, segment: &Segment, end: i64, effort: &Effort) -> Result<bool, LogError> {
        let expected = Expected { epochs: self.log.epochs(), start: self.log.log_start(), end: Some(end) };
        let failed = |error| io("read", &segment.path())(error);
        let examination = segment.examination(self.log.disk(), self.log.key, expected);
        let mut examination = examination.map_err(failed)?;
        if !examination.is_sealed() {
            return Ok(true);
        }
        while !examination.step(SCAN_BYTES, |_, _| {}).map_err(failed)? {
            if !effort.goes_on(SCAN_BYTES) {
                return Ok(false);
            }
        }
        match examination.finish().spots.first() {
            None => Ok(true),
            Some(spot) => {
                segment.distrust(spot);
                let damage = self.log.report(segment, spot.position, spot.offset, spot.what);
                Err(LogError::Compaction(damage.to_string()))
            }
        }
    }

    /// What stays of a batch of records.
    fn data<'b>(
        &self,
        info: &BatchInfo,
        bytes: &'b [u8],
        is_aborted: bool,
    ) -> Result<Option<std::borrow::Cow<'b, [u8]>>, LogError> {
        let batch = parse(bytes)?;
        let horizon = batch.header.attributes.has_delete_horizon().then_some(info.base_timestamp);
        let is_past = horizon.is_some_and(|horizon| self.now_ms.is_some_and(|now_ms| now_ms > horizon));
        let marks = if is_aborted { Marks::default() } else { Marks::of(bytes)? };
        let (mut kept, mut max_timestamp, mut deletes) = (Vec::new(), NO_TIMESTAMP, false);
        for (key, mark) in &marks.list {
            let offset = info.base_offset + i64::from(mark.offset_delta);
            let stays = offset >= self.upto
                || mark.has_key && !self.keys.is_outdated(key, offset) && (mark.has_value || !is_past);
            if stays {
                max_timestamp = max_timestamp.max(mark.timestamp);
                deletes |= !mark.has_value && offset < self.upto;
            }
            kept.push(stays);
        }
        if !kept.contains(&true) {
            let last = self.producers.get(&info.producer_id).and_then(|(last, _)| *last);
            return Ok((last == Some(info.last_offset())).then(|| emptied(&batch.header).into()));
        }
        let delete_horizon = match (horizon, self.now_ms) {
            (None, Some(now_ms)) if deletes => {
                Some(now_ms.saturating_add(self.plan.config.delete_retention_ms))
            }
            _ => None,
        };
        if !kept.contains(&false) && delete_horizon.is_none() {
            return Ok(Some(bytes.into()));
        }
        // The log has taken it once, so whatever it inflates to was within bounds; and it is never in memory as a whole.
        let sifted = batch.sift(&Sieve { kept, max_timestamp, delete_horizon }, usize::MAX);
        sifted.map(|sifted| Some(sifted.into())).map_err(|error| LogError::Compaction(error.to_string()))
    }

    /// What stays of a marker: all of it while its transaction has records, and for as long after as a tombstone.
    fn marker<'b>(
        &self,
        info: &BatchInfo,
        bytes: &'b [u8],
        had_records: bool,
    ) -> Option<std::borrow::Cow<'b, [u8]>> {
        let is_last = self
            .producers
            .get(&info.producer_id)
            .is_some_and(|(last, epoch)| last.is_none() && *epoch == info.producer_epoch);
        let Some(now_ms) = self.now_ms.filter(|_| !had_records && !is_last) else {
            return Some(bytes.into());
        };
        let batch = parse(bytes).ok()?;
        if batch.header.attributes.has_delete_horizon() {
            return (now_ms <= info.base_timestamp).then(|| bytes.into());
        }
        let delete_horizon = Some(now_ms.saturating_add(self.plan.config.delete_retention_ms));
        let kept = vec![true; usize::try_from(info.record_count).unwrap_or_default()];
        let sieve = Sieve { kept, max_timestamp: info.max_timestamp, delete_horizon };
        Some(batch.sift(&sieve, usize::MAX).map_or_else(|_| bytes.into(), Into::into))
    }

    /// Stands for the offsets up to `end` that nothing is left of. Each hole is of one leader epoch, as batches are.
    fn hole(&self, output: &mut Output, end: i64) -> Result<(), LogError> {
        while output.next < end {
            let base = output.next;
            let (epoch, upto) = self.log.epoch_around(base);
            let last = upto.unwrap_or(end).min(end) - 1;
            let delta = i32::try_from(last - base).unwrap_or(i32::MAX);
            self.put(output, &hole(base, delta, epoch.unwrap_or_default()))?;
        }
        Ok(())
    }

    fn put(&self, output: &mut Output, bytes: &[u8]) -> Result<(), LogError> {
        let wrong = || LogError::Compaction("a batch does not fit".into());
        let info = BatchInfo::read(bytes).ok_or_else(wrong)?;
        let position = output.size;
        let size = position.checked_add(info.size).ok_or_else(wrong)?;
        let folder = &self.log.folder;
        let written = output.file.write_all_at(&[IoSlice::new(bytes)], u64::from(position));
        written.map_err(io("compact", folder))?;
        output.index.add(&info, position, self.plan.config.index_interval_bytes);
        output.size = size;
        output.next = info.next_offset();
        if size - output.synced >= SYNC_BYTES {
            output.file.sync_data().map_err(|error| self.log.sync_failed(&error))?;
            output.synced = size;
        }
        Ok(())
    }
}

/// Aborted transactions, by producer.
#[derive(Debug, Default)]
struct AbortedIn(HashMap<i64, Vec<Aborted>>);

impl AbortedIn {
    fn holds(&self, info: &BatchInfo) -> bool {
        let Some(list) = self.0.get(&info.producer_id).filter(|_| info.is_transactional()) else {
            return false;
        };
        let after = list.partition_point(|one| one.first_offset <= info.base_offset);
        after.checked_sub(1).is_some_and(|index| list[index].holds(info.base_offset))
    }
}

/// The batches of a segment, verified.
struct Source<'a> {
    log: &'a PartitionLog,
    segment: &'a Segment,
    scanner: Scanner<'a>,
    expected: i64,
}

impl<'a> Source<'a> {
    fn new(log: &'a PartitionLog, segment: &'a Segment, file: &'a dyn File) -> Self {
        let scanner = Scanner::bytes(file, 0, segment.size());
        Self { log, segment, scanner, expected: segment.base() }
    }

    fn next(&mut self) -> Result<Option<(BatchInfo, Vec<u8>)>, LogError> {
        let failed = |error| io("read", &self.segment.path())(error);
        let position = self.scanner.position();
        let what = match self.scanner.next_verified(self.expected).map_err(failed)? {
            Ok(None) => return Ok(None),
            Ok(Some(info))
                if self.log.epoch_of(info.base_offset) == Some(info.leader_epoch)
                    || info.base_offset < self.log.log_start() =>
            {
                let bytes = self.scanner.batch(&info).map_err(failed)?;
                self.scanner.skip(&info);
                self.expected = info.next_offset();
                return Ok(Some((info, bytes)));
            }
            Ok(Some(_)) => "the leader epoch is wrong",
            Err(bad) => bad.what(),
        };
        let damage = SegmentError::Damaged { position, offset: self.expected, what };
        Err(unreadable(self.log.read_error(self.segment, damage)))
    }
}

/// What the records of a batch are, and the hashes of their keys.
#[derive(Default)]
struct Marks {
    hasher: Sha256,
    list: Vec<(KeyHash, RecordMark)>,
}

impl Marks {
    fn of(bytes: &[u8]) -> Result<Self, LogError> {
        let mut marks = Self::default();
        let visited = parse(bytes)?.visit(usize::MAX, &mut marks);
        visited.map_err(|error| LogError::Compaction(error.to_string()))?;
        Ok(marks)
    }
}

impl RecordVisitor for Marks {
    fn key(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
    }

    fn record(&mut self, record: &RecordMark) {
        self.list.push((hash_of(&mut self.hasher), *record));
    }
}

fn parse(bytes: &[u8]) -> Result<Batch<'_>, LogError> {
    let parsed = Batch::parse(bytes).map_err(|error| LogError::Compaction(error.to_string()))?;
    Ok(parsed.0)
}

/// Whether the batch only stands for offsets that nothing is left of.
fn is_hole(info: &BatchInfo) -> bool {
    info.record_count == 0 && info.producer_id == NO_PRODUCER_ID
}

/// A batch without records that remembers what its producer has sent. It neither opens a transaction nor is found by
/// time.
fn emptied(header: &BatchHeader) -> Vec<u8> {
    without_records(BatchHeader { attributes: Attributes::default(), ..*header })
}

fn hole(base_offset: i64, last_offset_delta: i32, epoch: i32) -> Vec<u8> {
    without_records(BatchHeader {
        base_offset,
        batch_length: 0,
        partition_leader_epoch: epoch,
        crc: 0,
        attributes: Attributes::default(),
        last_offset_delta,
        base_timestamp: NO_TIMESTAMP,
        max_timestamp: NO_TIMESTAMP,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        base_sequence: NO_SEQUENCE,
        record_count: 0,
    })
}

fn without_records(header: BatchHeader) -> Vec<u8> {
    let mut header = BatchHeader {
        batch_length: 49,
        base_timestamp: NO_TIMESTAMP,
        max_timestamp: NO_TIMESTAMP,
        record_count: 0,
        ..header
    };
    const _: () = assert!(HEADER_LEN == 12 + 49);
    header.crc = header.checksum(&[]);
    header.to_bytes().to_vec()
}
