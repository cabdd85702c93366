//! What readers of committed data are told of transactions, across segments, restarts, deletion and damage.

use std::collections::BTreeMap;

use machine::disk::sim::SimDisk;
use machine::disk::{Disk, OpenMode};
use proptest::collection::vec;
use proptest::prelude::*;

use super::world::{World, folder, segment_file, small};
use crate::log::testing::{Batch, committed};
use crate::log::{AppendError, LogConfig, Origin, ReadBound};

/// Something that happens to a log.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A producer writes in its transaction, which begins one if need be.
    Data(i64),
    /// Its transaction ends, whether it has one or not.
    End {
        producer: i64,
        commit: bool,
    },
    /// A batch of nobody's, of this many bytes.
    Plain(usize),
    Kill,
    Stop,
    /// Records are deleted, up to so many tenths of what there is.
    Delete(i64),
    /// A derived file is lost or changed, while nothing runs.
    Damage(Damage),
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    ListsLost,
    ListsFlipped,
    SummariesLost,
}

fn event() -> impl Strategy<Value = Event> {
    let end = (0..3_i64, any::<bool>()).prop_map(|(producer, commit)| Event::End { producer, commit });
    let damage =
        prop_oneof![Just(Damage::ListsLost), Just(Damage::ListsFlipped), Just(Damage::SummariesLost)];
    prop_oneof![
        8 => (0..3_i64).prop_map(Event::Data),
        6 => end,
        4 => (0..1_500_usize).prop_map(Event::Plain),
        1 => Just(Event::Kill),
        1 => Just(Event::Stop),
        1 => (1..5_i64).prop_map(Event::Delete),
        1 => damage.prop_map(Event::Damage),
    ]
}

/// What the log holds.
#[derive(Debug, Default)]
struct Model {
    /// First offset of each batch of data, and the number of its transaction.
    data: Vec<(i64, Option<usize>)>,
    /// Whether they count, once that is decided.
    outcomes: Vec<Option<bool>>,
    /// By producer: the number of its open transaction, and its first offset.
    open: BTreeMap<i64, (usize, i64)>,
    sequences: BTreeMap<i64, i32>,
    end: i64,
}

impl Model {
    fn begin(&mut self, producer: i64, offset: i64) -> usize {
        let outcomes = &mut self.outcomes;
        let (number, _) = *self.open.entry(producer).or_insert_with(|| {
            outcomes.push(None);
            (outcomes.len() - 1, offset)
        });
        number
    }

    /// Reads from every offset on, by reads of few bytes and of many.
    fn check(&self, world: &World) {
        let (start, end) = (world.log.log_start(), world.log.last_stable());
        let first_open = self.open.values().map(|(_, first)| *first).min().unwrap_or(self.end);
        assert_eq!(end, first_open.max(start));
        for from in start..end {
            for max in [1, 1_000, 1 << 20] {
                let counts = |transaction: &Option<usize>| {
                    transaction.is_none_or(|number| self.outcomes[number] == Some(true))
                };
                let expected =
                    self.data.iter().filter(|(base, transaction)| *base < end && counts(transaction));
                let expected = expected.map(|(base, _)| *base);
                // A read begins with the whole batch that its offset is in, which has two records at most.
                let seen = committed(&world.log, from, max).unwrap().into_iter().map(|info| info.base_offset);
                let expected: Vec<_> = expected.filter(|base| *base >= from).collect();
                let seen: Vec<_> = seen.filter(|base| *base >= from).collect();
                assert_eq!(seen, expected, "from {from} by {max} bytes");
            }
        }
    }
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1_600, ..small() }
}

fn damage(disk: &SimDisk, damage: Damage) {
    for entry in disk.list(&folder()).unwrap_or_default() {
        let path = folder().join(&entry.name);
        let extension = if matches!(damage, Damage::SummariesLost) { ".summary" } else { ".txnindex" };
        if !entry.name.ends_with(extension) {
            continue;
        }
        match damage {
            Damage::ListsLost | Damage::SummariesLost => disk.remove_file(&path).unwrap(),
            Damage::ListsFlipped => disk.flip(&path, 9, 1),
        }
    }
}

async fn play(events: &[Event]) {
    let mut world = World::fresh(config());
    let mut model = Model::default();
    for (life, event) in (1..).zip(events) {
        match *event {
            Event::Data(producer) => {
                let sequence = model.sequences.entry(producer).or_default();
                let batch = Batch::of(2).producer(producer, 0, *sequence).transactional().filled(7, 150);
                let appended = world.append(&batch).unwrap();
                *sequence += 2;
                let number = model.begin(producer, appended.base_offset);
                model.data.push((appended.base_offset, Some(number)));
                model.end = appended.last_offset + 1;
            }
            Event::End { producer, commit } => {
                let marker = Batch::marker(commit, 0).producer(producer, 0, -1).bytes();
                let appended = world.log.append(&marker, Origin::Broker).unwrap();
                if let Some((number, _)) = model.open.remove(&producer) {
                    model.outcomes[number] = Some(commit);
                }
                model.end = appended.last_offset + 1;
            }
            Event::Plain(bytes) => {
                let appended = world.append(&Batch::of(1).filled(1, bytes)).unwrap();
                model.data.push((appended.base_offset, None));
                model.end = appended.last_offset + 1;
            }
            Event::Delete(tenths) => {
                world.log.wait_durable(model.end - 1).await.unwrap();
                let start = world.log.log_start();
                world.log.delete_records_before(start + (model.end - start) * tenths / 10).await.unwrap();
            }
            Event::Kill => {
                world.disk.kill();
                world = World::open(&world.disk, life, config()).unwrap();
            }
            Event::Stop => world = World::open(&world.close().await, life, config()).unwrap(),
            Event::Damage(kind) => {
                let disk = world.close().await;
                damage(&disk, kind);
                world = World::open(&disk, life, config()).unwrap();
            }
        }
    }
    world.log.settled().await.unwrap();
    world.log.wait_durable(model.end - 1).await.unwrap();
    model.check(&world);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn readers_are_told_exactly_what_was_aborted(events in vec(event(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(play(&events));
    }
}

#[tokio::test]
async fn deleted_beginning_of_an_open_transaction_holds_nobody_back_further() {
    let world = World::fresh(small());
    for sequence in 0..3 {
        world.append(&Batch::of(1).producer(1, 0, sequence).transactional()).unwrap();
    }
    world.log.wait_durable(2).await.unwrap();
    assert_eq!(world.log.last_stable(), 0);
    world.log.delete_records_before(2).await.unwrap();
    assert_eq!(world.log.last_stable(), 2);
    assert_eq!(world.log.read(2, 1_000, ReadBound::LastStable, true).unwrap().len, 0);
    let refused = world.log.aborted_between(0, 2);
    assert!(refused.is_err(), "{refused:?}: what is gone has no list any more");
}

#[tokio::test]
async fn segment_with_many_aborted_transactions_is_left() {
    let world = World::fresh(LogConfig { flush_messages: i64::MAX, ..LogConfig::default() });
    let marker = Batch::marker(false, 0).producer(1, 0, -1).bytes();
    for sequence in 0..=i32::try_from(crate::log::aborted::ABORTED_MAX).unwrap() {
        world.append(&Batch::of(1).producer(1, 0, sequence).transactional()).unwrap();
        world.log.append(&marker, Origin::Broker).unwrap();
    }
    assert_eq!(world.names(".log").len(), 2);
    assert_eq!(world.log.aborted_between(0, 4).unwrap().len(), 2);
}

#[tokio::test]
async fn aborted_transactions_stay_known_when_the_end_of_their_segment_is_torn() {
    let config = LogConfig { flush_messages: i64::MAX, ..small() };
    let world = World::fresh(config.clone());
    world.append(&Batch::of(1).producer(7, 0, 0).transactional()).unwrap();
    let marker = Batch::marker(false, 0).producer(7, 0, -1).bytes();
    world.log.append(&marker, Origin::Broker).unwrap();
    while world.names(".log").len() < 2 {
        world.append(&Batch::of(1).filled(1, 900)).unwrap();
    }
    world.disk.kill();
    let file = world.disk.open(&segment_file(0), OpenMode::Write).unwrap();
    file.set_len(file.len().unwrap() - 10).unwrap();
    let world = World::open(&world.disk, 1, config).unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.names(".log").len(), 1, "what followed is gone as well");
    let aborted = world.log.aborted_between(0, world.log.last_stable()).unwrap();
    assert_eq!(aborted.iter().map(|one| one.producer_id).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn full_disk_lets_transactions_end() {
    let world = World::fresh(small());
    world.append(&Batch::of(1).producer(1, 0, 0).transactional()).unwrap();
    for _ in 0..4 {
        world.append(&Batch::of(1).filled(1, 3_500)).unwrap();
    }
    world.log.flush().await.unwrap();
    // What is left is in reserve, a twentieth.
    let used = world.disk.used();
    world.disk.set_capacity(Some(used + used / 30));
    world.context.look_for_room();
    let next = Batch::of(1).producer(1, 0, 1).transactional();
    assert_eq!(world.append(&next), Err(AppendError::DiskFull));
    let marker = Batch::marker(true, 0).producer(1, 0, -1).bytes();
    let appended = world.log.append(&marker, Origin::Broker).unwrap();
    world.log.wait_durable(appended.last_offset).await.unwrap();
    assert_eq!(world.log.last_stable(), world.log.log_end());
}
