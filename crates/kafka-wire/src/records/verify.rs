//! What a producer's records must satisfy before they may be stored.

use std::ops::RangeInclusive;

use crate::records::header::NO_TIMESTAMP;
use crate::records::{Batch, RecordError, RecordFault, RecordShape, TimestampType};

/// What a topic demands of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRules {
    /// How many bytes they may inflate to.
    pub inflated_max: usize,
    /// Whether each needs a key, because the topic is compacted.
    pub key_required: bool,
    /// The producer's time stamps that are accepted; −1, no time stamp, always is. Not looked at in a batch
    /// that carries the broker's time.
    pub timestamps: RangeInclusive<i64>,
}

/// What a walk over good records found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSummary {
    /// The largest time stamp; what the header's `max_timestamp` ought to say.
    pub timestamp_max: i64,
    /// The first record that has it, counted from the batch's offset.
    pub timestamp_max_offset_delta: i32,
}

/// Records reported of a batch that is refused; one would do to refuse it.
const ERRORS_MAX: usize = 100;

impl Batch<'_> {
    /// Walks the records of a producer's batch. What makes a record unreadable ends the walk; what the
    /// topic does not accept is collected, for the producer to learn which records to leave out.
    pub fn records_verify(&self, rules: &RecordRules) -> Result<RecordSummary, Vec<RecordError>> {
        let scan = self.scan(rules.inflated_max).map_err(|error| vec![error])?;
        let mut summary = RecordSummary { timestamp_max: NO_TIMESTAMP, timestamp_max_offset_delta: 0 };
        let mut errors = Vec::new();
        for shape in scan {
            let shape = match shape {
                Ok(shape) => shape,
                Err(error) => {
                    errors.push(error);
                    break;
                }
            };
            if let Some(fault) = self.record_fault(&shape, rules) {
                errors.push(RecordError { index: shape.index, fault });
                if errors.len() == ERRORS_MAX {
                    break;
                }
            }
            if shape.timestamp > summary.timestamp_max {
                summary.timestamp_max = shape.timestamp;
                summary.timestamp_max_offset_delta = shape.offset_delta;
            }
        }
        if errors.is_empty() { Ok(summary) } else { Err(errors) }
    }

    fn record_fault(&self, shape: &RecordShape, rules: &RecordRules) -> Option<RecordFault> {
        if shape.offset_delta != shape.index {
            return Some(RecordFault::OffsetDelta { expected: shape.index, found: shape.offset_delta });
        }
        if rules.key_required && shape.key_bytes.is_none() {
            return Some(RecordFault::KeyMissing);
        }
        let own_time = self.header.attributes.timestamp_type() == TimestampType::Create;
        let in_range = shape.timestamp == NO_TIMESTAMP || rules.timestamps.contains(&shape.timestamp);
        (own_time && !in_range).then_some(RecordFault::Timestamp(shape.timestamp))
    }
}
