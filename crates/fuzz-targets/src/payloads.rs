//! Compressed records: the first byte chooses the compression, the second how many records are claimed, the rest is
//! what is to be inflated, in a batch with a header and a checksum that fit.

use kafka_wire::records::{Batch, BatchHeader, Compression, HEADER_BYTES};

use crate::Target;
use crate::records::{batches, walk};

pub(crate) const TARGET: Target = Target { name: "payloads", feed, seeds, mutations: 15_000 };

fn feed(bytes: &[u8]) {
    let [compression, records, payload @ ..] = bytes else { return };
    let code = *compression % u8::try_from(Compression::ALL.len()).expect("compressions are few");
    let plain = batches().swap_remove(0);
    let mut header = BatchHeader::parse(&plain).expect("a batch has a header");
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend_from_slice(payload);
    // The length of what follows it, and the attributes, which name the compression.
    let Ok(length) = i32::try_from(bytes.len() - 12) else { return };
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    bytes[22] = code;
    header = BatchHeader::parse(&bytes).expect("only the length has changed");
    header.record_count = i32::from(*records);
    header.last_offset_delta = i32::from(*records) - 1;
    header.crc = header.checksum(payload);
    bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    let (batch, rest) = Batch::parse(&bytes).expect("a whole batch");
    assert!(rest.is_empty() && batch.checksum_verify().is_ok());
    walk(&batch);
}

fn seeds() -> Vec<Vec<u8>> {
    let codes = 0..=u8::MAX;
    codes
        .zip(batches().iter().take(Compression::ALL.len()))
        .map(|(code, batch)| [&[code, 5], &batch[HEADER_BYTES..]].concat())
        .collect()
}
