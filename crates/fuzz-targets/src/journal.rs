//! Journals: the file, whatever is in it, and the records of a cluster's state.
//!
//! An archive of two: the file of a journal, and one record. The record goes through the journal's own writer, behind
//! what could be read of the file, so that it has a checksum that fits.

use kafka_broker::meta::Record;
use machine::journal::Journal;

use crate::memory::Budget;
use crate::stand::Stand;
use crate::{Target, archive, files};

pub(crate) const TARGET: Target = Target { name: "journal", feed, seeds, mutations: 3_000 };

/// A window over the file, and records as they are read: each field is at most a word for each byte.
const BUDGET: Budget = Budget { per_byte: 64, free: 2 << 20 };
const NAME: &str = "meta";
const FILE: &str = "meta-1.journal";

fn feed(bytes: &[u8]) {
    let mut packed = bytes;
    let (file, record) = (archive::next(&mut packed), archive::next(&mut packed));
    BUDGET.hold(bytes.len(), || {
        if let Ok(read) = Record::decode(record) {
            assert_eq!(Record::decode(&read.encode()), Ok(read), "what is read is written as it was");
        }
        Stand::with(|stand, folder| {
            files::put(&*stand.disk, &folder.join(FILE), file);
            let take = |payload: &[u8]| Record::decode(payload).map(drop).map_err(|error| error.to_string());
            let looked = Journal::inspect(&*stand.disk, &folder, NAME, take).is_ok();
            let (disk, committer) = (stand.disk.clone(), stand.committer.clone());
            let mut replayed = 0;
            let opened = Journal::open(disk.clone(), committer.clone(), &folder, NAME, |_| {
                replayed += 1;
                Ok(())
            });
            let Ok(journal) = opened else {
                assert!(!looked, "what can be looked at can be opened");
                return;
            };
            let appended = journal.append(&[record]).expect("a simulated disk writes");
            stand.runtime.block_on(appended.durable()).expect("and syncs");
            drop(journal);
            let mut last = Vec::new();
            let again = Journal::open(disk, committer, &folder, NAME, |payload| {
                replayed -= 1;
                last = payload.to_vec();
                Ok(())
            });
            assert!(again.is_ok() && replayed == -1 && last == record, "what was there and one more");
        });
    });
}

fn seeds() -> Vec<Vec<u8>> {
    let records = [
        Record::ClusterMade { id: [7; 16], made_ms: 1_700_000_000_000 },
        Record::BrokerStarted { leader_epoch: 3, at_ms: 1_700_000_000_000 },
        Record::TopicGrown { id: uuid::Uuid::from_u128(7), partitions: 12 },
        Record::TopicDeleted { id: uuid::Uuid::from_u128(7) },
        Record::ProducerIdsReserved { end: 1000 },
        Record::GroupDeleted { group: "readers".into() },
        Record::TransactionForgotten { id: "payments".into() },
    ];
    let mut records: Vec<Vec<u8>> = records.iter().map(Record::encode).collect();
    // Those with lists in them, from what the decoders say: kind, version, then texts and counts.
    for kind in 0..=u8::MAX {
        for body in [&[1, b'a', 1, 1][..], &[2; 64], &[0; 64]] {
            let record = [&[kind, 1], body].concat();
            if !matches!(Record::decode(&record), Err(kafka_broker::meta::RecordError::UnknownType(_))) {
                records.push(record);
            }
        }
    }
    let file = Stand::with(|stand, folder| {
        let take = |_: &[u8]| Ok(());
        let journal = Journal::open(stand.disk.clone(), stand.committer.clone(), &folder, NAME, take);
        let journal = journal.expect("a new journal");
        for group in records.chunks(3) {
            let group: Vec<&[u8]> = group.iter().map(Vec::as_slice).collect();
            let appended = journal.append(&group).expect("a simulated disk writes");
            stand.runtime.block_on(appended.durable()).expect("and syncs");
        }
        files::below(&*stand.disk, &folder).swap_remove(0).1
    });
    records.iter().map(|record| archive::pack([&file[..], record])).collect()
}
