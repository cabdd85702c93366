use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use machine::disk::sim::{Effect, Moment, Plan, SimDisk};
use uuid::Uuid;

use super::super::offsets::Offset;
use super::super::records::Committed;
use super::super::{RecordError, TopicError, TopicRef, TopicSpec};
use super::*;

const FOLDER: &str = "/cluster";

/// A disk with its commit thread, and stores on it.
struct World {
    disk: SimDisk,
    committer: Arc<Committer>,
}

impl World {
    fn new() -> Self {
        Self::on(SimDisk::new(1))
    }

    fn on(disk: SimDisk) -> Self {
        let clock = Clock::held(1_000).0;
        let committer = Committer::start(Arc::new(disk.clone()), Path::new("/"), clock).unwrap();
        Self { disk, committer }
    }

    async fn open(&self) -> Result<Arc<Store>, OpenError> {
        let (disk, committer) = (Arc::new(self.disk.clone()), self.committer.clone());
        Store::open(disk, committer, FOLDER.into(), &Clock::held(1_000).0, &Random::seeded(1)).await
    }

    /// After a kill, with a new commit thread.
    fn restart(self) -> Self {
        self.disk.kill();
        Self::on(self.disk)
    }

    fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.disk.list(Path::new(FOLDER)).unwrap();
        let read = |name: String| {
            let path = Path::new(FOLDER).join(&name);
            let file = self.disk.open(&path, machine::disk::OpenMode::Read).unwrap();
            let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
            file.read_at(&mut bytes, 0).unwrap();
            (name, bytes)
        };
        names.into_iter().map(|entry| read(entry.name)).collect()
    }
}

fn topic(name: &str) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        id: Uuid::from_u128(u128::from_le_bytes(std::array::from_fn(|at| {
            name.as_bytes().get(at).copied().unwrap_or(1)
        }))),
        partitions: 3,
        config: [].into(),
        created_ms: 5,
        internal: false,
    }
}

fn commit(group: &str, topic: Uuid, offset: i64) -> Record {
    let offset = Offset { offset, leader_epoch: -1, metadata: None, committed_ms: 7, expires_ms: None };
    Record::OffsetsCommitted { group: group.into(), commits: vec![Committed { topic, partition: 0, offset }] }
}

#[tokio::test]
async fn identity_stays_and_the_epoch_rises() {
    let world = World::new();
    let store = world.open().await.unwrap();
    let id = store.cluster_id().to_owned();
    assert_eq!((id.len(), store.leader_epoch()), (22, 0));
    drop(store);
    let world = world.restart();
    let store = world.open().await.unwrap();
    assert_eq!((store.cluster_id(), store.leader_epoch()), (id.as_str(), 1));
}

#[tokio::test]
async fn what_is_not_durable_is_not_shown() {
    let world = World::new();
    let store = world.open().await.unwrap();
    let made = store.topic_create(topic("a")).await.unwrap();
    world.disk.plan(Plan { call: 2, moment: Moment::Before, effect: Effect::Error(ErrorKind::Other) });
    // The write is the first call, its sync the second.
    let position = store.append(vec![commit("g", made.id, 5)]).unwrap();
    let error = store.applied(position).await.unwrap_err();
    assert!(matches!(error, StoreError::Lost(_)), "{error}");
    assert!(store.read(|state| state.group("g").is_none()));
    assert!(store.failed().is_some() && !store.is_applied(position));
    let error = store.append(vec![commit("g", made.id, 6)]).unwrap_err();
    assert!(matches!(error, StoreError::Lost(_)), "a failed sync is final: {error}");
}

#[tokio::test]
async fn a_full_disk_refuses_and_then_goes_on() {
    let world = World::new();
    let store = world.open().await.unwrap();
    world.disk.set_capacity(Some(world.disk.used()));
    let error = store.topic_create(topic("a")).await.unwrap_err();
    assert!(matches!(error, TopicError::Store(StoreError::Full(_))), "{error}");
    assert!(store.topics().is_empty());
    world.disk.set_capacity(None);
    store.topic_create(topic("a")).await.unwrap();
    drop(store);
    let world = world.restart();
    assert_eq!(world.open().await.unwrap().topics().len(), 1);
}

#[tokio::test]
async fn a_later_versions_record_ends_the_opening_and_changes_no_byte() {
    let world = World::new();
    drop(world.open().await.unwrap());
    let world = world.restart();
    {
        let disk = Arc::new(world.disk.clone());
        let journal =
            Journal::open(disk, world.committer.clone(), Path::new(FOLDER), NAME, |_| Ok(())).unwrap();
        journal.append(&[&[99, 1, 0]]).unwrap().durable().await.unwrap();
    }
    let world = world.restart();
    let before = world.bytes();
    let error = world.open().await.unwrap_err();
    let OpenError::Journal(machine::journal::JournalError::Refused { reason, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(reason, RecordError::UnknownType(99).to_string());
    assert_eq!(world.bytes(), before);
}

#[tokio::test]
async fn a_journal_without_identity_is_not_taken_over() {
    let world = World::new();
    {
        let disk = Arc::new(world.disk.clone());
        let journal =
            Journal::open(disk, world.committer.clone(), Path::new(FOLDER), NAME, |_| Ok(())).unwrap();
        let record = Record::TopicDeleted { id: Uuid::from_u128(1) }.encode();
        journal.append(&[&record]).unwrap().durable().await.unwrap();
    }
    let error = world.restart().open().await.unwrap_err();
    assert!(matches!(error, OpenError::NoIdentity), "{error:?}");
}

#[tokio::test]
async fn producer_ids_are_never_given_twice() {
    let mut world = World::new();
    let mut last = -1;
    for run in 0..3 {
        let store = world.open().await.unwrap();
        for at in 0..1_500 {
            let id = store.producer_id_next().await.unwrap();
            assert!(id > last, "{id} after {last}");
            assert!(at == 0 || id == last + 1, "within a run none is skipped");
            last = id;
        }
        assert_eq!(last, run * 2_000 + 1_499, "a restart skips the rest of a block, no more");
        drop(store);
        world = world.restart();
    }
}

#[tokio::test]
async fn the_journal_stays_in_proportion_and_loses_nothing() {
    let world = World::new();
    let store = world.open().await.unwrap();
    let made = store.topic_create(topic("a")).await.unwrap();
    let record = |round: i64| {
        let offset = |partition| Offset {
            offset: round,
            leader_epoch: -1,
            metadata: Some(format!("{partition:01000}").into()),
            committed_ms: round,
            expires_ms: None,
        };
        let commits =
            (0..3).map(|partition| Committed { topic: made.id, partition, offset: offset(partition) });
        Record::OffsetsCommitted { group: "g".into(), commits: commits.collect() }
    };
    let mut largest = 0;
    for round in 0..2_000 {
        // Not awaited one by one, so that some are pending when the journal is rewritten.
        let position = store.append(vec![record(round)]).unwrap();
        if round % 50 == 0 {
            store.applied(position).await.unwrap();
        }
        largest = largest.max(store.size().total);
    }
    store.settled().await.unwrap();
    assert!(largest > PROPORTION.bytes, "it was written often enough: {largest}");
    assert!(largest < 2 * PROPORTION.bytes, "and rewritten: {largest}");
    let shown = store.read(State::clone);
    drop(store);
    let world = world.restart();
    let store = world.open().await.unwrap();
    store.read(|state| {
        for partition in 0..3 {
            let found = state.group("g").unwrap().offsets.get(made.id, partition).unwrap();
            assert_eq!(
                (found.offset, Some(found)),
                (1_999, shown.group("g").unwrap().offsets.get(made.id, partition))
            );
        }
        assert_eq!(state.topics(), shown.topics());
    });
}

#[tokio::test]
async fn commits_at_once_all_count() {
    let world = World::new();
    let store = world.open().await.unwrap();
    let made = store.topic_create(topic("a")).await.unwrap();
    let tasks: Vec<_> = (0..2_000)
        .map(|at| {
            let (store, record) = (store.clone(), commit(&format!("g{at}"), made.id, at));
            tokio::spawn(async move { store.commit(vec![record]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(store.read(|state| state.groups().count()), 2_000);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_confuse_the_next() {
    let world = World::new();
    let store = world.open().await.unwrap();
    for round in 0..50 {
        let name = format!("t{round}");
        // Polled once, so that it may have appended, and then dropped.
        let mut first = Box::pin(store.topic_create(topic(&name)));
        let _ = poll_once(&mut first);
        drop(first);
        let other = TopicSpec { id: Uuid::from_u128(round + 1), ..topic(&name) };
        let second = store.topic_create(other.clone()).await;
        store.settled().await.unwrap();
        let there = store.topics().find(&TopicRef::Name(name.clone())).unwrap().id;
        match second {
            Ok(made) => assert_eq!((made.id, there), (other.id, other.id)),
            Err(error) => {
                assert_eq!((error, there), (TopicError::Exists, topic(&name).id));
            }
        }
        assert_eq!(store.topics().len() as u128, round + 1);
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context)
}

#[tokio::test]
async fn settled_waits_for_what_was_appended() {
    let world = World::new();
    let store = world.open().await.unwrap();
    let made = store.topic_create(topic("a")).await.unwrap();
    let last = store.append(vec![commit("g", made.id, 5)]).unwrap();
    tokio::time::timeout(Duration::from_secs(10), store.settled()).await.unwrap().unwrap();
    assert!(store.is_applied(last));
}
