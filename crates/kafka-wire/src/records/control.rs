//! Control batches: how a broker writes into a partition that a transaction ended there.

use crate::records::{Batch, BatchBuilder, BuildError, Compression, NewRecord, Record};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// Its records never were.
    Abort,
    /// Its records count.
    Commit,
}

/// The one record of a control batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlMarker {
    /// How the transaction ended.
    pub kind: ControlKind,
    /// The epoch of the coordinator that says so.
    pub coordinator_epoch: i32,
}

/// The version of key and value.
const VERSION: [u8; 2] = [0, 0];

impl ControlMarker {
    /// The control batch that ends the transaction of a producer.
    pub fn to_batch(
        self,
        producer_id: i64,
        producer_epoch: i16,
        timestamp: i64,
    ) -> Result<Vec<u8>, BuildError> {
        let kind: i16 = match self.kind {
            ControlKind::Abort => 0,
            ControlKind::Commit => 1,
        };
        let key = [VERSION, kind.to_be_bytes()].concat();
        let value = [&VERSION[..], &self.coordinator_epoch.to_be_bytes()].concat();
        let mut batch = BatchBuilder::new(Compression::None).marker_of(producer_id, producer_epoch);
        batch.push(&NewRecord { timestamp, key: Some(&key), value: Some(&value), headers: &[] })?;
        batch.build()
    }

    /// The marker in a control batch; `None` when there is none, or one of a kind not known here. Readers
    /// skip those.
    pub fn of_batch(batch: &Batch<'_>) -> Option<Self> {
        if !batch.header.attributes.is_control() {
            return None;
        }
        // Nothing a broker writes here comes near this size.
        let plain = batch.plain(CONTROL_BYTES_MAX).ok()?;
        plain.records().next()?.ok().and_then(|record| Self::of_record(&record))
    }

    fn of_record(record: &Record<'_>) -> Option<Self> {
        let &[_, _, kind_high, kind_low, ..] = record.key? else { return None };
        let kind = match i16::from_be_bytes([kind_high, kind_low]) {
            0 => ControlKind::Abort,
            1 => ControlKind::Commit,
            _ => return None,
        };
        let (epoch, _) = record.value?.get(VERSION.len()..)?.split_first_chunk()?;
        Some(Self { kind, coordinator_epoch: i32::from_be_bytes(*epoch) })
    }
}

const CONTROL_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_survive() {
        for kind in [ControlKind::Abort, ControlKind::Commit] {
            let marker = ControlMarker { kind, coordinator_epoch: 9 };
            let bytes = marker.to_batch(4711, 3, 1000).unwrap();
            let (batch, rest) = Batch::parse(&bytes).unwrap();
            assert!(rest.is_empty());
            batch.checksum_verify().unwrap();
            let header = batch.header;
            assert!(header.attributes.is_control() && header.attributes.is_transactional());
            assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (4711, 3, -1));
            assert_eq!(header.max_timestamp, 1000);
            assert_eq!(ControlMarker::of_batch(&batch), Some(marker));
        }
    }

    #[test]
    fn data_is_no_marker() {
        let mut builder = BatchBuilder::new(Compression::None);
        builder
            .push(&NewRecord { key: Some(&[0; 4]), value: Some(&[0; 6]), ..NewRecord::default() })
            .unwrap();
        let bytes = builder.build().unwrap();
        let (batch, _) = Batch::parse(&bytes).unwrap();
        assert_eq!(ControlMarker::of_batch(&batch), None);
    }
}
