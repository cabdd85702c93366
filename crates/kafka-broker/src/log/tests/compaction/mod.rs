//! Compaction against a plain list of records.

mod lives;
mod rules;
mod stops;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kafka_wire::records::{Batch, BatchBuilder, Compression, Header, NewRecord};
use machine::disk::sim::SimDisk;

use super::world::{World, read_all};
use crate::log::compaction::Effort;
use crate::log::testing::{Batch as Plain, committed};
use crate::log::{BatchInfo, Finding, LogConfig, LogError, Origin, Pace, ReadBound, check};

const RETENTION_MS: i64 = 60_000;
const HEADERS: [Header<'static>; 2] =
    [Header { key: b"twice", value: Some(b"1") }, Header { key: b"twice", value: None }];
/// It has no transactions.
const PRODUCER: i64 = 5;

fn config() -> LogConfig {
    LogConfig {
        compact: true,
        delete: false,
        segment_bytes: 1_200,
        index_interval_bytes: 300,
        delete_retention_ms: RETENTION_MS,
        ..LogConfig::default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    offset: i64,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
    timestamp: i64,
}

/// Keys and values.
type Keyed = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Records of a producer of transactions.
#[derive(Clone, Debug)]
struct Transaction {
    producer: i64,
    epoch: i16,
    base: i64,
    list: Keyed,
    stamp: i64,
}

#[derive(Clone, Debug, Default)]
struct Model {
    /// Records that count.
    records: Vec<Record>,
    sequence: i32,
    transactions: i16,
    /// Those that nobody has ended, by producer.
    open: BTreeMap<i64, Transaction>,
    /// One that somebody has begun to end; a coordinator does it again after a crash.
    ending: Option<(Transaction, bool)>,
    upto: i64,
    /// Before it, everything was acknowledged as durable.
    durable: i64,
    /// The records of a call that failed, from which offset on, and their time: they may be there all the same.
    attempted: Option<(i64, Keyed, i64)>,
    /// When each tombstone may be gone at the earliest, by offset: a retention after it was compacted first.
    compacted_ms: BTreeMap<i64, i64>,
}

fn batch(seed: usize, count: usize, stamp: i64) -> (BatchBuilder, Keyed) {
    let mut builder = BatchBuilder::new(Compression::ALL[seed % 5]);
    let mut list = Vec::new();
    for n in 0..count {
        let key = vec![b'k', u8::try_from((seed * 7 + n * 3) % 11).unwrap()];
        let value = (!(seed + n).is_multiple_of(4)).then(|| format!("value {seed} {n}").into_bytes());
        let record =
            NewRecord { timestamp: stamp, key: Some(&key), value: value.as_deref(), headers: &HEADERS };
        builder.push(&record).unwrap();
        list.push((key, value));
    }
    (builder, list)
}

impl Model {
    fn append(&mut self, world: &World, seed: usize) -> bool {
        let count = seed % 4 + 1;
        let stamp = world.now_ms();
        let (builder, list) = batch(seed, count, stamp);
        let bytes = builder.producer(PRODUCER, 0, self.sequence).build().unwrap();
        let base = world.log.log_end();
        let Ok(appended) = world.log.append(&bytes, Origin::Client) else {
            self.attempted = Some((base, list, stamp));
            return false;
        };
        self.sequence += i32::try_from(count).unwrap();
        self.add(appended.base_offset, list, stamp);
        true
    }

    fn add(&mut self, base: i64, list: Keyed, timestamp: i64) {
        for (offset, (key, value)) in (base..).zip(list) {
            self.records.push(Record { offset, key, value, timestamp });
        }
        self.records.sort_by_key(|record| record.offset);
    }

    /// Begins a transaction of one of three producers, unless it has one already.
    fn begin(&mut self, world: &World, seed: usize) -> bool {
        let producer = 100 + i64::try_from(seed % 3).unwrap();
        if self.open.contains_key(&producer) {
            return true;
        }
        let stamp = world.now_ms();
        let (builder, list) = batch(seed, 2, stamp);
        self.transactions += 1;
        let epoch = self.transactions;
        let base = world.log.log_end();
        let bytes = builder.producer(producer, epoch, 0).transactional().build().unwrap();
        let is_taken = world.log.append(&bytes, Origin::Client).is_ok();
        self.open.insert(producer, Transaction { producer, epoch, base, list, stamp });
        is_taken
    }

    /// Ends it, if there is one.
    fn end(&mut self, world: &World, seed: usize, commit: bool) -> bool {
        let producer = 100 + i64::try_from(seed % 3).unwrap();
        let Some(open) = self.open.remove(&producer) else { return true };
        self.ending = Some((open, commit));
        self.end_again(world)
    }

    fn end_again(&mut self, world: &World) -> bool {
        let Some((open, commit)) = self.ending.clone() else { return true };
        let marker = Plain::marker(commit, 0).timestamps(open.stamp, open.stamp);
        let marker = marker.producer(open.producer, open.epoch, -1).bytes();
        if world.log.append(&marker, Origin::Broker).is_err() {
            return false;
        }
        self.ending = None;
        if commit {
            self.add(open.base, open.list, open.stamp);
        }
        true
    }

    /// What the log shows must be what was written, and of each key the newest must be there.
    fn check(&self, world: &World, now_ms: i64) {
        let (start, stable) = (world.log.log_start(), world.log.last_stable());
        let found = records(world);
        assert!(found.is_sorted_by_key(|record| record.offset));
        let written: BTreeMap<_, _> = self.records.iter().map(|record| (record.offset, record)).collect();
        for record in &found {
            assert_eq!(written.get(&record.offset), Some(&record), "as it was written");
        }
        let there = |offset: i64| found.binary_search_by_key(&offset, |record| record.offset).is_ok();
        let shown = || self.records.iter().filter(|record| (start..stable).contains(&record.offset));
        let newest = |upto: i64| {
            let all = shown().filter(|record| record.offset < upto);
            all.map(|record| (&record.key, record)).collect::<BTreeMap<_, _>>()
        };
        for record in newest(i64::MAX).values() {
            let first_ms = self.compacted_ms.get(&record.offset);
            let may_go =
                record.value.is_none() && first_ms.is_some_and(|first_ms| now_ms > first_ms + RETENTION_MS);
            assert!(may_go || there(record.offset), "the newest of its key is gone: {record:?}");
        }
        let kept = newest(self.upto);
        for record in shown().filter(|record| record.offset < self.upto) {
            let is_newest = kept[&record.key].offset == record.offset;
            assert!(is_newest || !there(record.offset), "a newer one was compacted: {record:?}");
        }
        for record in shown().filter(|record| record.offset >= self.upto) {
            assert!(there(record.offset), "not compacted, and gone: {record:?}");
        }
        let first_open = self.open.values().map(|open| open.base).min();
        assert_eq!(stable, first_open.unwrap_or(i64::MAX).min(world.log.high_watermark()).max(start));
        self.check_places(world, &found);
    }

    /// Every offset can be asked for, and gives the record there or the next; and so does every time.
    fn check_places(&self, world: &World, found: &[Record]) {
        for offset in world.log.log_start()..world.log.log_end() {
            let slice = world.log.read(offset, 1, ReadBound::LogEnd, true).unwrap();
            assert!(slice.len > 0 && slice.next > offset, "at {offset}");
            let next = found.iter().find(|record| record.offset >= offset);
            // A batch with markers, or of a transaction that is open or aborted, may come before it.
            let is_short = next.is_none_or(|next| slice.next <= next.offset);
            assert!(is_short || first_record(&slice.parts) <= next.unwrap().offset, "skipped, from {offset}");
        }
        let mut last = None;
        for record in found {
            if last.replace(record.timestamp) != Some(record.timestamp) {
                let at = world.log.offset_for_timestamp(record.timestamp, ReadBound::HighWatermark).unwrap();
                assert!(at.is_some_and(|at| at.info.max_timestamp >= record.timestamp));
            }
        }
        assert_eq!(world.log.damage(), None);
    }

    /// What no flush has confirmed may be gone with the power, the rest may not.
    fn found(&mut self, world: &World) {
        let end = world.log.log_end();
        assert!(self.durable <= end, "{} was durable, {end} is there", self.durable);
        self.records.retain(|record| record.offset < end);
        self.open.retain(|_, open| open.base < end);
        self.ending.take_if(|(open, _)| open.base >= end);
        if let Some((base, list, stamp)) = self.attempted.take().filter(|(base, ..)| *base < end) {
            self.add(base, list, stamp);
        }
    }

    fn compacted(&mut self, upto: i64, now_ms: i64) {
        self.upto = self.upto.max(upto);
        for record in self.records.iter().filter(|record| record.offset < upto && record.value.is_none()) {
            self.compacted_ms.entry(record.offset).or_insert(now_ms);
        }
    }
}

fn first_record(parts: &[crate::log::FileRange]) -> i64 {
    let part = parts.first().expect("there is something");
    let mut bytes = vec![0; part.len as usize];
    part.file.read_at(&mut bytes, part.offset).unwrap();
    BatchInfo::read(&bytes).unwrap().base_offset
}

/// What a consumer of committed data makes of the log.
fn records(world: &World) -> Vec<Record> {
    let counts: Vec<_> = committed(&world.log, world.log.log_start(), 500).unwrap();
    let counts: Vec<_> = counts.iter().map(|info| info.base_offset).collect();
    let mut found = Vec::new();
    for held in read_all(&world.log, 700, ReadBound::LastStable).unwrap() {
        let (batch, _) = Batch::parse(&held.bytes).unwrap();
        batch.checksum_verify().unwrap();
        if !counts.contains(&held.base) {
            continue;
        }
        for record in batch.plain(usize::MAX).unwrap().records() {
            let record = record.unwrap();
            let headers: Vec<_> = record.headers.iter().collect();
            assert_eq!(headers, HEADERS, "a key that repeats");
            let offset = held.base + record.offset;
            // A log may begin inside a batch.
            if offset >= world.log.log_start() {
                found.push(Record {
                    offset,
                    key: record.key.unwrap().to_vec(),
                    value: record.value.map(<[u8]>::to_vec),
                    timestamp: record.timestamp,
                });
            }
        }
    }
    found
}

/// What a check of the stopped server says of the files that hold records.
fn findings(disk: &SimDisk) -> Vec<Finding> {
    let mut findings = Vec::new();
    check(&*crate::log::testing::on(disk), Path::new("/data"), &mut findings).unwrap();
    let holds_records = |path: &Path| path.extension().is_some_and(|kind| kind == "log" || kind == "swap");
    findings.retain(|finding| holds_records(&finding.file));
    findings
}

impl World {
    fn now_ms(&self) -> i64 {
        self.context.clock.now_ms()
    }

    async fn compact(&self) -> Result<Option<i64>, LogError> {
        self.compact_within(1_000).await
    }

    /// As [`Self::compact`], with memory for so many keys.
    async fn compact_within(&self, keys_max: usize) -> Result<Option<i64>, LogError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut effort = Effort::new(Arc::new(Pace::new(u32::MAX)), stop);
        effort.keys_max = keys_max;
        let done = self.log.compact_with(effort).await?;
        Ok(done.map(|done| done.upto))
    }
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work);
}
