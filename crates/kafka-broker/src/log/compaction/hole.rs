//! Batches without records: what stands for offsets that nothing is left of.

use kafka_wire::records::{
    Attributes, BatchHeader, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
};

use crate::log::batch::{BatchInfo, HEADER_LEN};

/// Whether the batch only stands for offsets that nothing is left of.
pub(super) fn is_hole(info: &BatchInfo) -> bool {
    info.record_count == 0 && info.producer_id == NO_PRODUCER_ID
}

/// A batch without records that remembers what its producer has sent. It neither opens a transaction nor is found by
/// time.
pub(super) fn emptied(header: &BatchHeader) -> Vec<u8> {
    without_records(BatchHeader { attributes: Attributes::default(), ..*header })
}

/// One for the offsets from this one on, of this leader epoch.
pub(super) fn hole(base_offset: i64, last_offset_delta: i32, epoch: i32) -> Vec<u8> {
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
