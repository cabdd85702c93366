//! Record batches, as a producer sends them and as a log has them: headers, records, markers.
//!
//! The first byte says whether the checksums are made to fit: without that, nothing random gets beyond them.

use kafka_wire::records::{
    Batch, BatchBuilder, BatchHeader, Batches, Compression, ControlKind, ControlMarker, HEADER_BYTES, Header,
    NewRecord, RecordRules,
};

use crate::Target;
use crate::memory::Budget;

pub(crate) const TARGET: Target = Target { name: "records", feed, seeds, mutations: 30_000 };

/// Bytes that records may inflate to.
pub(crate) const INFLATED_MAX: usize = 1 << 20;
/// Walking records keeps a window of them; the largest is that of zstd, which counts as C's memory, the largest
/// here are two blocks of lz4.
const WALK: Budget = Budget { per_byte: 1, free: 12 << 20 };
/// Whoever wants to look into records has them inflated as a whole, in a buffer that grows by doubling.
const WHOLE: Budget = Budget { per_byte: 1, free: (12 << 20) + 3 * INFLATED_MAX };

fn feed(bytes: &[u8]) {
    let Some((sealed, bytes)) = bytes.split_first() else { return };
    let bytes = if sealed % 2 == 1 { seal(bytes) } else { bytes.to_vec() };
    let mut batches = Batches::new(&bytes);
    let mut read = 0;
    for batch in batches.by_ref().flatten() {
        read += batch.bytes().len();
        if batch.checksum_verify().is_ok() {
            walk(&batch);
        }
    }
    assert_eq!(read + batches.rest().len(), bytes.len(), "no byte is read twice or passed over");
}

/// Everything that is done with the records of a batch whose checksum is right.
pub(crate) fn walk(batch: &Batch<'_>) {
    let _ = batch.producer_verify();
    let rules = RecordRules { inflated_max: INFLATED_MAX, key_required: true, timestamps: 0..=i64::MAX };
    let verified = WALK.hold(batch.bytes().len(), || batch.records_verify(&rules).is_ok());
    WHOLE.hold(batch.bytes().len(), || {
        let Ok(plain) = batch.plain(INFLATED_MAX) else {
            assert!(!verified, "records that were walked can be looked into");
            return;
        };
        let mut count = 0;
        let mut broken = false;
        for record in plain.records() {
            match record {
                Ok(record) => {
                    count += 1;
                    for Header { key, value } in record.headers.iter() {
                        assert!(
                            key.len() + value.map_or(0, <[u8]>::len) <= INFLATED_MAX.max(batch.bytes().len())
                        );
                    }
                }
                Err(_) => broken = true,
            }
        }
        if verified {
            assert!(!broken && count == batch.header.record_count, "a walk and a look agree");
        }
    });
    ControlMarker::of_batch(batch);
}

/// The same bytes with checksums that fit, as far as they are batches.
pub(crate) fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    let mut begin = 0;
    while let Ok((batch, _)) = Batch::parse(&bytes[begin..]) {
        let mut header = batch.header;
        header.crc = header.checksum(batch.payload());
        sealed[begin..begin + HEADER_BYTES].copy_from_slice(&header.to_bytes());
        begin += batch.bytes().len();
    }
    sealed
}

/// Batches as producers make them: every compression, one of a transaction, a marker.
pub(crate) fn batches() -> Vec<Vec<u8>> {
    let fill = |mut builder: BatchBuilder| {
        for number in 0..5_u8 {
            let headers = [(&b"origin"[..], Some(&b"test"[..])), (b"nothing", None)];
            let headers = headers.map(|(key, value)| Header { key, value });
            let record = NewRecord {
                timestamp: 1_700_000_000_000 + i64::from(number),
                key: (number > 0).then_some(&b"key"[..]),
                value: (number > 1).then_some(&b"value value value value"[..]),
                headers: &headers[..usize::from(number) % 3],
            };
            builder.push(&record).expect("a record fits");
        }
        builder.build().expect("a batch can be made")
    };
    let mut batches: Vec<_> =
        Compression::ALL.map(|compression| fill(BatchBuilder::new(compression))).to_vec();
    let marker = ControlMarker { kind: ControlKind::Commit, coordinator_epoch: 3 };
    batches.push(marker.to_batch(9, 0, 1_700_000_000_000).expect("a marker can be made"));
    let mut headed = BatchHeader::parse(&batches[0]).expect("a batch has a header");
    headed.amend(|header| (header.producer_id, header.producer_epoch, header.base_sequence) = (9, 0, 0));
    batches.push([&headed.to_bytes(), &batches[0][HEADER_BYTES..]].concat());
    batches
}

fn seeds() -> Vec<Vec<u8>> {
    let batches = batches();
    let all = batches.concat();
    batches.iter().chain([&all]).map(|batch| [&[1], &batch[..]].concat()).collect()
}
