//! Single records of a log, found by offset or time. The log finds the batch; the codec looks into it.

use kafka_wire::records::{Batch, RecordExcerpt, RecordShape};

use crate::log::{BatchInfo, FoundBatch, PartitionLog, ReadBound, ReadError};

/// A record's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) leader_epoch: i32,
}

/// The first record at or after `timestamp`; none when there is none below the bound.
pub(crate) fn at_time(
    log: &PartitionLog,
    timestamp: i64,
    bound: ReadBound,
) -> Result<Option<Found>, ReadError> {
    let Some(batch) = log.offset_for_timestamp(timestamp, bound)? else { return Ok(None) };
    let start = log.log_start();
    first(log, &batch, |record| record.timestamp >= timestamp && record.offset >= start)
}

/// The first record with the newest timestamp of all; none when the log is empty.
pub(crate) fn newest(log: &PartitionLog, bound: ReadBound) -> Result<Option<Found>, ReadError> {
    let Some(batch) = log.max_timestamp(bound)? else { return Ok(None) };
    let newest = batch.info.max_timestamp;
    first(log, &batch, |record| record.timestamp >= newest)
}

/// The timestamp of the record at `offset`; none when it is gone, not there yet, or cannot be read.
pub(crate) fn timestamp_at(log: &PartitionLog, offset: i64) -> Option<i64> {
    let batch = log.batch_at(offset, ReadBound::HighWatermark).ok()??;
    let record = first(log, &batch, |record| record.offset >= offset).ok()??;
    (record.timestamp >= 0).then_some(record.timestamp)
}

/// A record as people look at it: with the beginnings of its key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) offset: i64,
    pub(crate) is_append_time: bool,
    pub(crate) excerpt: RecordExcerpt,
}

/// How much one look at a log may show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    /// Records at most.
    pub(crate) records: usize,
    /// Bytes of keys and values in all of them, by their whole lengths; the first record may be larger.
    pub(crate) bytes: usize,
    /// Bytes of each key and value that are kept.
    pub(crate) excerpt_bytes: usize,
}

/// The records from `offset` on that a consumer of committed data can see. The first may come after it, where the
/// record of this offset is compacted away or gone.
pub(crate) fn from_offset(log: &PartitionLog, offset: i64, sight: Sight) -> Result<Vec<Seen>, ReadError> {
    let mut seen = Vec::new();
    let (mut next, mut bytes) = (offset.max(log.log_start()), 0_usize);
    while seen.len() < sight.records && next < log.last_stable() {
        let batch = match log.batch_at(next, ReadBound::LastStable) {
            // Old data was deleted meanwhile: what is left follows it.
            Err(ReadError::OutOfRange { log_start, .. }) if next < log_start => {
                next = log_start;
                continue;
            }
            found => found?,
        };
        let Some(batch) = batch else { break };
        if !batch.info.is_control() && !is_aborted(log, &batch.info)? {
            let unreadable = |what: String| unreadable(log, &batch, &what);
            let (parsed, _) = Batch::parse(&batch.bytes).map_err(|error| unreadable(error.to_string()))?;
            let scan = parsed.scan(usize::MAX).map_err(|error| unreadable(error.to_string()))?;
            for excerpt in scan.excerpts(sight.excerpt_bytes) {
                let excerpt = excerpt.map_err(|error| unreadable(error.to_string()))?;
                let offset = batch.info.base_offset + i64::from(excerpt.shape.offset_delta);
                if offset < next {
                    continue;
                }
                let lengths = [excerpt.shape.key_bytes, excerpt.shape.value_bytes];
                bytes += lengths.into_iter().flatten().sum::<usize>();
                let is_full = seen.len() == sight.records || (bytes > sight.bytes && !seen.is_empty());
                if is_full {
                    return Ok(seen);
                }
                let is_append_time = batch.info.is_log_append_time();
                seen.push(Seen { offset, is_append_time, excerpt });
            }
        }
        next = batch.info.next_offset();
    }
    Ok(seen)
}

/// Whether the batch belongs to a transaction that was aborted.
fn is_aborted(log: &PartitionLog, info: &BatchInfo) -> Result<bool, ReadError> {
    if !info.is_transactional() {
        return Ok(false);
    }
    let aborted = match log.aborted_between(info.base_offset, info.next_offset()) {
        // It was deleted since it was read: then nobody needs to see it.
        Err(ReadError::OutOfRange { .. }) => return Ok(true),
        aborted => aborted?,
    };
    Ok(aborted.iter().any(|one| one.producer_id == info.producer_id && one.holds(info.base_offset)))
}

/// The first record of a batch that is wanted.
fn first(
    log: &PartitionLog,
    batch: &FoundBatch,
    wanted: impl Fn(&Found) -> bool,
) -> Result<Option<Found>, ReadError> {
    let unreadable = |what: String| unreadable(log, batch, &what);
    let (parsed, _) = Batch::parse(&batch.bytes).map_err(|error| unreadable(error.to_string()))?;
    let scan = parsed.scan(usize::MAX).map_err(|error| unreadable(error.to_string()))?;
    for shape in scan {
        let RecordShape { offset_delta, timestamp, .. } =
            shape.map_err(|error| unreadable(error.to_string()))?;
        let found = Found {
            offset: batch.info.base_offset + i64::from(offset_delta),
            timestamp,
            leader_epoch: batch.info.leader_epoch,
        };
        if wanted(&found) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What is in the log was walked when it was appended, within the limits of that time.
fn unreadable(log: &PartitionLog, batch: &FoundBatch, what: &str) -> ReadError {
    ReadError::Failed(format!("{log:?} at {}: {what}", batch.info.base_offset))
}
