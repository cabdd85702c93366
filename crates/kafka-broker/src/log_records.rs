//! Single records of a log, found by offset or time. The log finds the batch; the codec looks into it.

use kafka_wire::records::{Batch, RecordShape};

use crate::log::{FoundBatch, PartitionLog, ReadBound, ReadError};

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

/// The first record of a batch that is wanted.
fn first(
    log: &PartitionLog,
    batch: &FoundBatch,
    wanted: impl Fn(&Found) -> bool,
) -> Result<Option<Found>, ReadError> {
    // What is in the log was walked when it was appended, within the limits of that time.
    let unreadable =
        |what: String| ReadError::Failed(format!("{log:?} at {}: {what}", batch.info.base_offset));
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
