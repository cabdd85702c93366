//! Compaction against a plain list of records, and stopped at every call to the disk.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kafka_wire::records::{Batch, BatchBuilder, Compression, Header, NewRecord};
use machine::disk::Disk;
use machine::disk::sim::{Effect, Loss, SimDisk, fault_at_each_call, stop_at_each_call};
use proptest::prelude::*;

use super::world::{World, folder, read_all};
use crate::log::testing::{Batch as Plain, committed};
use crate::log::{LogConfig, Origin, ReadBound};

const RETENTION_MS: i64 = 60_000;
const HEADERS: [Header<'static>; 2] =
    [Header { key: b"twice", value: Some(b"1") }, Header { key: b"twice", value: None }];

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

#[derive(Clone, Debug, Default)]
struct Model {
    /// Records that count.
    records: Vec<Record>,
    sequence: i32,
    transactions: i16,
    upto: i64,
    /// Before it, everything was acknowledged as durable.
    durable: i64,
    /// The records of a call that failed, from which offset on, and their time: they may be there all the same.
    attempted: Option<(i64, Keyed, i64)>,
    /// When each tombstone may be gone at the earliest, by offset: a retention after it was compacted first.
    compacted_ms: BTreeMap<i64, i64>,
}

/// Keys and values.
type Keyed = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn batch(seed: usize, count: usize, stamp: i64) -> (BatchBuilder, Keyed) {
    let mut builder = BatchBuilder::new(Compression::ALL[seed % 5]);
    let mut list = Vec::new();
    for n in 0..count {
        let key = vec![b'k', u8::try_from((seed * 7 + n * 3) % 11).unwrap()];
        let value = ((seed + n) % 4 != 0).then(|| format!("value {seed} {n}").into_bytes());
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
        let stamp = world.hand_ms();
        let (builder, list) = batch(seed, count, stamp);
        let bytes = builder.producer(5, 0, self.sequence).build().unwrap();
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
    }

    fn transaction(&mut self, world: &World, seed: usize, commit: bool) {
        let stamp = world.hand_ms();
        let producer = 100 + i64::try_from(seed % 3).unwrap();
        let (builder, list) = batch(seed, 2, stamp);
        self.transactions += 1;
        let epoch = self.transactions;
        let bytes = builder.producer(producer, epoch, 0).transactional().build().unwrap();
        let Ok(appended) = world.log.append(&bytes, Origin::Client) else { return };
        let marker = Plain::marker(commit, 0).timestamps(stamp, stamp).producer(producer, epoch, -1).bytes();
        world.log.append(&marker, Origin::Broker).unwrap();
        if commit {
            self.add(appended.base_offset, list, stamp);
        }
    }

    /// What the log shows must be what was written, and of each key the newest must be there.
    fn check(&self, world: &World, now_ms: i64) {
        let found = records(world);
        assert!(found.is_sorted_by_key(|record| record.offset));
        let written: BTreeMap<_, _> = self.records.iter().map(|record| (record.offset, record)).collect();
        for record in &found {
            assert_eq!(written.get(&record.offset), Some(&record), "as it was written");
        }
        let there = |offset: i64| found.binary_search_by_key(&offset, |record| record.offset).is_ok();
        let newest = |upto: i64| {
            let all = self.records.iter().filter(|record| record.offset < upto);
            all.map(|record| (&record.key, record)).collect::<BTreeMap<_, _>>()
        };
        for record in newest(i64::MAX).values() {
            let first_ms = self.compacted_ms.get(&record.offset);
            let may_go =
                record.value.is_none() && first_ms.is_some_and(|first_ms| now_ms > first_ms + RETENTION_MS);
            assert!(may_go || there(record.offset), "the newest of its key is gone: {record:?}");
        }
        let kept = newest(self.upto);
        for record in self.records.iter().filter(|record| record.offset < self.upto) {
            let is_newest = kept[&record.key].offset == record.offset;
            assert!(is_newest || !there(record.offset), "a newer one was compacted: {record:?}");
        }
        for record in self.records.iter().filter(|record| record.offset >= self.upto) {
            assert!(there(record.offset), "not compacted, and gone: {record:?}");
        }
        self.check_places(world, &found);
    }

    /// Every offset can be asked for, and gives the record there or the next; and so does every time.
    fn check_places(&self, world: &World, found: &[Record]) {
        for offset in world.log.log_start()..world.log.log_end() {
            let slice = world.log.read(offset, 1, ReadBound::LogEnd, true).unwrap();
            assert!(slice.len > 0 && slice.next > offset, "at {offset}");
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

/// What a consumer of committed data makes of the log.
fn records(world: &World) -> Vec<Record> {
    let counts: Vec<_> = committed(&world.log, world.log.log_start(), 500).unwrap();
    let counts: Vec<_> = counts.iter().map(|info| info.base_offset).collect();
    let mut found = Vec::new();
    for held in read_all(&world.log, 700, ReadBound::LogEnd).unwrap() {
        let (batch, _) = Batch::parse(&held.bytes).unwrap();
        batch.checksum_verify().unwrap();
        if !counts.contains(&held.base) {
            continue;
        }
        for record in batch.plain(usize::MAX).unwrap().records() {
            let record = record.unwrap();
            let headers: Vec<_> = record.headers.iter().collect();
            assert_eq!(headers, HEADERS, "a key that repeats");
            found.push(Record {
                offset: held.base + record.offset,
                key: record.key.unwrap().to_vec(),
                value: record.value.map(<[u8]>::to_vec),
                timestamp: record.timestamp,
            });
        }
    }
    found
}

impl World {
    fn hand_ms(&self) -> i64 {
        self.context.clock.now_ms()
    }

    async fn compact(&self) -> Result<Option<i64>, crate::log::LogError> {
        let done = self.log.compact(&Arc::new(AtomicBool::new(false))).await?;
        Ok(done.map(|done| done.upto))
    }
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(usize),
    Transaction(usize, bool),
    Compact,
    Pass(u64),
    Kill,
    Cut,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..1_000_usize).prop_map(Step::Append),
        4 => (0..1_000_usize, any::<bool>()).prop_map(|(seed, commit)| Step::Transaction(seed, commit)),
        4 => Just(Step::Compact),
        2 => (1..100_u64).prop_map(Step::Pass),
        1 => Just(Step::Kill),
        1 => Just(Step::Cut),
        1 => Just(Step::Close),
    ]
}

async fn live(seed: u64, steps: &[Step]) {
    let disk = SimDisk::new(seed);
    let mut world = World::open(&disk, 0, config()).unwrap();
    let (mut model, mut now_ms) = (Model::default(), world.hand_ms());
    for (epoch, step) in (1..).zip(steps) {
        match *step {
            Step::Append(seed) => assert!(model.append(&world, seed)),
            Step::Transaction(seed, commit) => model.transaction(&world, seed, commit),
            Step::Compact => {
                world.log.flush().await.unwrap();
                if let Some(upto) = world.compact().await.unwrap() {
                    model.compacted(upto, now_ms);
                }
                model.check(&world, now_ms);
            }
            Step::Pass(seconds) => world.hand.advance(Duration::from_secs(seconds)),
            Step::Kill | Step::Cut | Step::Close => {
                world.log.flush().await.unwrap();
                match step {
                    Step::Kill => disk.kill(),
                    Step::Cut => disk.cut(Loss::Some),
                    _ => {
                        world.log.close().await.unwrap();
                        world.context.close().await.unwrap();
                    }
                }
                world = World::open(&disk, epoch, config()).unwrap();
                world.hand.set_ms(now_ms);
                world.log.settled().await.unwrap();
                model.check(&world, now_ms);
            }
        }
        now_ms = world.hand_ms();
    }
    world.log.flush().await.unwrap();
    model.check(&world, now_ms);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compacted_log_keeps_the_newest_of_each_key(seed: u64, steps in prop::collection::vec(step(), 20..80)) {
        run(live(seed, &steps));
    }
}

/// As [`config`], with segments of a few batches: every call is another life, and few make a compaction.
fn tight() -> LogConfig {
    LogConfig { segment_bytes: 500, ..config() }
}

/// Appends, compacts, and again, until the disk stops.
async fn work(world: &World, model: &mut Model) {
    for round in 0..2 {
        for seed in 0..6 {
            if !model.append(world, seed * 5 + round) {
                return;
            }
        }
        let end = world.log.log_end();
        if world.log.flush().await.is_err() {
            return;
        }
        model.durable = end;
        match world.compact().await {
            Ok(upto) => model.upto = upto.expect("there is something to compact"),
            Err(_) => return,
        }
    }
}

fn stopped_everywhere(seed: u64, end: fn(&SimDisk)) -> u64 {
    stop_at_each_call(seed, |disk| {
        run(async {
            let mut model = Model::default();
            for epoch in 0..2 {
                let Ok(world) = World::open(disk, epoch, tight()) else {
                    end(disk);
                    continue;
                };
                if world.log.settled().await.is_ok() && !disk.stopped() {
                    model.found(&world);
                    newest_are_there(&world, &model);
                    model.sequence = i32::try_from(world.log.log_end()).unwrap();
                    work(&world, &mut model).await;
                }
                end(disk);
            }
            assert!(disk.fired() || model.upto > 0, "undisturbed, it is compacted");
            let world = World::open(disk, 9, tight()).or_else(|_| {
                end(disk);
                World::open(disk, 10, tight())
            });
            let mut world = world.unwrap();
            if world.log.settled().await.is_err() {
                assert!(disk.stopped());
                end(disk);
                world = World::open(disk, 11, tight()).unwrap();
                world.log.settled().await.unwrap();
            }
            model.found(&world);
            newest_are_there(&world, &model);
            let left = world.disk.list(&folder()).unwrap_or_default();
            assert!(
                left.iter().all(|entry| !entry.name.ends_with(".swap") && !entry.name.ends_with(".cleaned"))
            );
        });
    })
}

/// Waits until what was found is durable, on a thread of its own.
fn run_settled(world: &World) {
    let log = world.log.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || run(async move { log.settled().await.unwrap() }));
    });
}

fn newest_are_there(world: &World, model: &Model) {
    let visible = world.log.high_watermark();
    let fork = world.disk.fork(1);
    fork.kill();
    // A look of its own: the disk of the other may stop at any moment.
    let Ok(world) = World::open(&fork, 20, config()) else { panic!("what is there does not open") };
    assert_eq!(world.log.damage(), None);
    run_settled(&world);
    let mut model = model.clone();
    model.found(&world);
    let found = records(&world);
    let seen = model.records.iter().filter(|record| record.offset < visible);
    let newest: BTreeMap<_, _> = seen.map(|record| (&record.key, record)).collect();
    for record in newest.values() {
        assert!(found.contains(record), "the newest of its key is gone: {record:?}");
    }
    assert!(found.iter().all(|record| model.records.contains(record)), "nobody wrote that");
}

#[test]
fn kill_at_every_call_of_a_compaction_loses_no_newest_record() {
    let runs = stopped_everywhere(1, SimDisk::kill);
    assert!(runs >= 200, "{runs} runs were stopped");
}

#[test]
fn cut_at_every_call_of_a_compaction_loses_no_newest_record() {
    let runs = stopped_everywhere(3, |disk| disk.cut(Loss::Some));
    assert!(runs >= 200, "{runs} runs were stopped");
}

#[test]
fn full_disk_or_failing_call_leaves_what_can_be_read() {
    for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
        let runs = fault_at_each_call(1, Effect::Error(kind), |disk| {
            run(async {
                let Ok(world) = World::open(disk, 0, tight()) else { return };
                let mut model = Model::default();
                work(&world, &mut model).await;
                newest_are_there(&world, &model);
                disk.kill();
                let open = World::open(disk, 1, tight()).or_else(|_| World::open(disk, 2, tight()));
                let world = open.unwrap();
                if world.log.settled().await.is_ok() {
                    newest_are_there(&world, &model);
                }
            });
        });
        assert!(runs >= 100, "{runs} calls failed");
    }
}
