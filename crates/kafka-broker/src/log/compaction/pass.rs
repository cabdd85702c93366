//! One compaction of a log: first over what is uncompacted, for the newest offset of each key; then over everything
//! before that, segment by segment, writing what stays.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use kafka_wire::records::{NO_TIMESTAMP, Sieve};

use super::effort::Effort;
use super::hole::{emptied, is_hole};
use super::keys::Keys;
use super::output::Output;
use super::plan::Plan;
use super::source::{Marks, Source, parse};
use super::unreadable;
use crate::log::aborted::Aborted;
use crate::log::batch::BatchInfo;
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::examination::Expected;
use crate::log::partition::PartitionLog;
use crate::log::segment::Segment;

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
    writing: HashSet<i64>,
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
            writing: HashSet::new(),
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
        let interval = self.plan.config.index_interval_bytes;
        let mut output = Output::create(log, base, interval)?;
        output.changed = group.len() > 1;
        let written = self.write(group, end, &mut output, effort);
        match written {
            Ok(true) if output.changed => {
                let size = u64::from(output.size);
                log.swap(group, end, output)?;
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
        output: &mut Output<'_>,
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
                output.hole(info.base_offset)?;
                output.put(&kept)?;
            }
            output.decisions.aborted.extend(decided);
        }
        output.hole(end)?;
        output.sync()?;
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
    ) -> Result<Option<Cow<'b, [u8]>>, LogError> {
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
    fn marker<'b>(&self, info: &BatchInfo, bytes: &'b [u8], had_records: bool) -> Option<Cow<'b, [u8]>> {
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
