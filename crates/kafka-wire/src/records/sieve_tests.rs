use super::*;
use crate::records::{BatchBuilder, Compression, Header, NewRecord, Record};

const HEADERS: [Header<'static>; 3] = [
    Header { key: b"twice", value: Some(b"1") },
    Header { key: b"twice", value: None },
    Header { key: b"", value: Some(b"") },
];

/// Records of every shape, one of them larger than any window.
fn batch(compression: Compression) -> Vec<u8> {
    let mut builder = BatchBuilder::new(compression).producer(7, 3, 11).base_offset(500);
    let large = vec![b'v'; 100_000];
    for n in 0..20_i64 {
        let key = [b'k'; 40].repeat(usize::try_from(n).unwrap() * 30 + 1);
        let value = if n == 4 { Some(&large[..]) } else { (n % 3 != 0).then_some(&b"value"[..]) };
        let key = (n != 5).then_some(&key[..]);
        builder.push(&NewRecord { timestamp: 1_000 + n * 7 % 40, key, value, headers: &HEADERS }).unwrap();
    }
    builder.build().unwrap()
}

#[derive(Default)]
struct Seen {
    key: Vec<u8>,
    list: Vec<(Vec<u8>, RecordMark)>,
}

impl RecordVisitor for Seen {
    fn key(&mut self, piece: &[u8]) {
        self.key.extend_from_slice(piece);
    }

    fn record(&mut self, record: &RecordMark) {
        self.list.push((std::mem::take(&mut self.key), *record));
    }
}

#[test]
fn visitors_are_told_of_every_record() {
    for compression in Compression::ALL {
        let bytes = batch(compression);
        let (batch, _) = Batch::parse(&bytes).unwrap();
        let mut seen = Seen::default();
        batch.visit(usize::MAX, &mut seen).unwrap();
        let plain = batch.plain(usize::MAX).unwrap();
        let records: Vec<_> = plain.records().map(Result::unwrap).collect();
        assert_eq!(seen.list.len(), records.len());
        for ((key, mark), record) in seen.list.iter().zip(&records) {
            assert_eq!(key, record.key.unwrap_or_default());
            assert_eq!(mark.offset_delta, i32::try_from(record.offset - 500).unwrap());
            assert_eq!((mark.has_key, mark.has_value), (record.key.is_some(), record.value.is_some()));
            assert_eq!(mark.timestamp, record.timestamp);
        }
    }
}

#[test]
fn what_is_kept_stays_as_it_was() {
    for compression in Compression::ALL {
        for delete_horizon in [None, Some(9_000_000)] {
            let bytes = batch(compression);
            let (before, _) = Batch::parse(&bytes).unwrap();
            let kept: Vec<_> = (0..20).map(|n| n % 4 != 1).collect();
            let plain = before.plain(usize::MAX).unwrap();
            let staying = |(record, kept): (Record<'_>, &bool)| kept.then_some(record.timestamp);
            let records = plain.records().map(Result::unwrap);
            let max_timestamp = records.zip(&kept).filter_map(staying).max().unwrap();
            let sieve = Sieve { kept: kept.clone(), max_timestamp, delete_horizon };
            let sifted = before.sift(&sieve, usize::MAX).unwrap();
            let (after, rest) = Batch::parse(&sifted).unwrap();
            assert!(rest.is_empty());
            after.checksum_verify().unwrap();
            assert_eq!(after.compression(), Ok(compression));
            assert_eq!(after.header.record_count, 15);
            assert_eq!(after.header.attributes.has_delete_horizon(), delete_horizon.is_some());
            let place = |batch: &Batch<'_>| {
                let header = batch.header;
                let producer = (header.producer_id, header.producer_epoch, header.base_sequence);
                (header.base_offset, header.last_offset(), header.partition_leader_epoch, producer)
            };
            assert_eq!(place(&after), place(&before));
            let sifted = after.plain(usize::MAX).unwrap();
            let expected = plain.records().map(Result::unwrap).zip(&kept).filter(|(_, kept)| **kept);
            let expected: Vec<_> = expected.map(|(record, _)| record).collect();
            let found: Vec<_> = sifted.records().map(Result::unwrap).collect();
            assert!(found == expected, "{compression:?} {delete_horizon:?}");
        }
    }
}

#[test]
fn nothing_kept_is_no_batch_and_damage_is_told() {
    let bytes = batch(Compression::None);
    let (batch, _) = Batch::parse(&bytes).unwrap();
    let sieve = |kept| Sieve { kept, max_timestamp: 0, delete_horizon: None };
    let none = batch.sift(&sieve(vec![false; 20]), usize::MAX);
    assert_eq!(none, Err(SieveError::Build(BuildError::Empty)));
    let more = batch.sift(&sieve(vec![true; 21]), usize::MAX);
    assert!(matches!(more, Err(SieveError::Record(RecordError { index: 20, .. }))), "{more:?}");
    let packed = self::batch(Compression::Gzip);
    let (packed, _) = Batch::parse(&packed).unwrap();
    assert!(packed.visit(1_000, &mut Seen::default()).is_err(), "more than may come out");
}
