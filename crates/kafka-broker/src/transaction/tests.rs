//! The coordinator at work: what the state alone does not show.

use std::sync::Arc;
use std::time::Duration;

use machine::disk::sim::SimDisk;

use super::admission::{Refusal, Wanted};
use super::state::EPOCH_MAX;
use super::world::{TIMEOUT, TOPIC, World};
use super::{Initial, ListFilter, Outcome, TransactionError};
use crate::log::Origin;
use crate::log::testing::Batch;
use crate::meta::{Record, TransactionPhase, TransactionRecord};

const PLACE: (uuid::Uuid, i32) = (TOPIC, 0);

async fn world() -> World {
    World::open(&SimDisk::new(1), 1_000).await.unwrap()
}

fn phase(world: &World, id: &str) -> Option<TransactionPhase> {
    world.transactions.describe(id).map(|record| record.phase)
}

/// Waits for what happens by itself.
async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_admitted_before_the_end_comes_too_late_behind_it() {
    let world = world().await;
    let mut producer = world.producer("t", false).await.unwrap();
    producer.write(&world, 0, 1).await.unwrap();
    let wanted = Wanted::Partitions(std::slice::from_ref(&PLACE));
    let admission = world.transactions.admit("t", producer.claim, wanted, false).await.unwrap();
    let log = &world.logs[0];
    let batch = Batch::of(1).producer(producer.claim.id, producer.claim.epoch, 1).transactional().bytes();
    let append = || admission.append(PLACE, &batch, || log.append(&batch, Origin::Client));
    producer.end(&world, Outcome::Commit).await.unwrap();
    let end = log.log_end();
    assert!(matches!(append(), Err(Refusal::Transaction(TransactionError::NotEntered))));
    // Nor does it get into the next one, which has the same producer, epoch and partition.
    world.transactions.partitions_enter("t", producer.claim, &[PLACE]).await.unwrap();
    assert!(matches!(append(), Err(Refusal::Transaction(TransactionError::NotEntered))));
    assert_eq!(log.log_end(), end);
}

#[tokio::test]
async fn one_admission_is_for_one_producer_and_what_has_entered() {
    let world = world().await;
    let producer = world.producer("t", false).await.unwrap();
    world.transactions.partitions_enter("t", producer.claim, &[PLACE]).await.unwrap();
    let wanted = Wanted::Partitions(std::slice::from_ref(&PLACE));
    let admission = world.transactions.admit("t", producer.claim, wanted, false).await.unwrap();
    let append = |place, id| {
        let batch = Batch::of(1).producer(id, producer.claim.epoch, 0).transactional().bytes();
        admission.append(place, &batch, || world.logs[0].append(&batch, Origin::Client))
    };
    let other = append(PLACE, producer.claim.id + 1);
    assert!(matches!(other, Err(Refusal::Transaction(TransactionError::UnknownProducer))));
    let elsewhere = append((TOPIC, 1), producer.claim.id);
    assert!(matches!(elsewhere, Err(Refusal::Transaction(TransactionError::NotEntered))));
    assert!(append(PLACE, producer.claim.id).is_ok());
}

#[tokio::test]
async fn markers_that_could_not_be_written_are_written_later_and_the_others_once() {
    let mut world = world().await;
    let mut producer = world.producer("t", true).await.unwrap();
    producer.write(&world, 0, 1).await.unwrap();
    producer.write(&world, 1, 1).await.unwrap();
    world.logs[1].close().await.unwrap();
    assert_eq!(producer.end(&world, Outcome::Commit).await, Ok(()), "it is decided");
    assert_eq!(phase(&world, "t"), Some(TransactionPhase::PrepareCommit));
    assert_eq!(world.committed(0).unwrap(), [1]);
    // Until it is complete, the producer has to wait, and so has whoever takes over.
    assert_eq!(producer.write(&world, 0, 2).await, Err(TransactionError::Concurrent));
    let asked = Initial { timeout: TIMEOUT, known: None };
    assert_eq!(world.transactions.initial("t", asked).await, Err(TransactionError::Concurrent));
    let end = world.logs[0].log_end();
    world.reopen();
    world.hand.advance(Duration::from_secs(1));
    until(|| phase(&world, "t") == Some(TransactionPhase::CompleteCommit)).await;
    assert_eq!(world.committed(1).unwrap(), [1]);
    assert_eq!(world.logs[0].log_end(), end, "it has its marker");
    producer.write(&world, 0, 2).await.unwrap();
    assert_eq!(producer.end(&world, Outcome::Commit).await, Ok(()));
    assert_eq!(world.committed(0).unwrap(), [1, 2]);
}

#[tokio::test]
async fn transaction_is_aborted_when_its_time_is_over_and_not_before() {
    let world = world().await;
    let mut producer = world.producer("t", true).await.unwrap();
    // The time of each counts by itself.
    for number in 0..3 {
        producer.write(&world, 0, number).await.unwrap();
        world.hand.advance(TIMEOUT - Duration::from_millis(1));
        tokio::task::yield_now().await;
        assert_eq!(producer.end(&world, Outcome::Commit).await, Ok(()));
    }
    producer.write(&world, 0, 9).await.unwrap();
    world.hand.advance(TIMEOUT);
    until(|| phase(&world, "t") == Some(TransactionPhase::CompleteAbort)).await;
    assert_eq!(producer.end(&world, Outcome::Commit).await, Err(TransactionError::Fenced));
    assert_eq!(world.committed(0).unwrap(), [0, 1, 2]);
    assert_eq!(world.logs[0].last_stable(), world.logs[0].log_end());
}

#[tokio::test]
async fn open_transaction_has_its_time_again_after_a_restart() {
    let disk = SimDisk::new(1);
    let world = World::open(&disk, 1_000).await.unwrap();
    let mut producer = world.producer("t", true).await.unwrap();
    producer.write(&world, 0, 1).await.unwrap();
    drop(world);
    disk.kill();
    let later_ms = i64::try_from(TIMEOUT.as_millis()).unwrap() * 2;
    let world = World::open(&disk, later_ms).await.unwrap();
    world.hand.advance(TIMEOUT - Duration::from_millis(1));
    tokio::task::yield_now().await;
    assert_eq!(producer.end(&world, Outcome::Commit).await, Ok(()));
    assert_eq!(world.committed(0).unwrap(), [1]);
}

#[tokio::test]
async fn unused_ids_are_forgotten_and_used_ones_are_not() {
    let day = Duration::from_secs(24 * 60 * 60);
    let world = world().await;
    let old = world.producer("old", true).await.unwrap();
    for _ in 0..7 {
        world.hand.advance(day);
        let mut used = world.producer("used", true).await.unwrap();
        used.write(&world, 0, 1).await.unwrap();
        used.end(&world, Outcome::Commit).await.unwrap();
    }
    assert!(phase(&world, "old").is_some());
    world.hand.advance(Duration::from_secs(2 * 60 * 60));
    until(|| phase(&world, "old").is_none()).await;
    let ids = world.transactions.list(&ListFilter::default());
    assert_eq!(ids.iter().map(|record| &*record.id).collect::<Vec<_>>(), ["used"]);
    let late = world.transactions.partitions_enter("old", old.claim, &[PLACE]).await;
    assert_eq!(late, Err(TransactionError::UnknownProducer));
    let again = world.producer("old", true).await.unwrap();
    assert!(again.claim.id > old.claim.id, "nobody has an id twice");
}

#[tokio::test]
async fn producer_whose_epochs_are_used_up_goes_on_under_another_id() {
    let disk = SimDisk::new(1);
    let world = World::open(&disk, 1_000).await.unwrap();
    let first = world.producer("t", true).await.unwrap();
    let record = world.transactions.describe("t").unwrap();
    let worn = TransactionRecord { epoch: EPOCH_MAX - 1, ..TransactionRecord::clone(&record) };
    world.store.commit(vec![Record::TransactionStored(Arc::new(worn))]).await.unwrap();
    drop(world);
    disk.kill();

    let world = World::open(&disk, 1_000).await.unwrap();
    let mut producer = world.producer("t", true).await.unwrap();
    assert_eq!((producer.claim.id, producer.claim.epoch), (first.claim.id, EPOCH_MAX));
    let mut before = producer.clone();
    producer.write(&world, 0, 1).await.unwrap();
    producer.end(&world, Outcome::Commit).await.unwrap();
    assert!(producer.claim.id > first.claim.id && producer.claim.epoch == 0);
    assert_eq!(before.end(&world, Outcome::Commit).await, Ok(()), "asked again");
    assert_eq!(before.claim, producer.claim);
    producer.write(&world, 0, 2).await.unwrap();
    producer.end(&world, Outcome::Abort).await.unwrap();
    producer.write(&world, 0, 3).await.unwrap();
    producer.end(&world, Outcome::Commit).await.unwrap();
    assert_eq!(world.committed(0).unwrap(), [1, 3]);
}

#[tokio::test]
async fn names_of_groups_in_one_transaction_are_bounded() {
    let world = world().await;
    let producer = world.producer("t", true).await.unwrap();
    let group = |number: u32| -> Arc<str> { format!("{number:0>30000}").into() };
    for number in 0..34 {
        world.transactions.group_enter("t", producer.claim, &group(number)).await.unwrap();
    }
    let refused = world.transactions.group_enter("t", producer.claim, &group(34)).await;
    assert_eq!(refused, Err(TransactionError::TooManyGroups));
    assert_eq!(world.transactions.group_enter("t", producer.claim, &group(0)).await, Ok(()));
}

#[tokio::test]
async fn nothing_is_taken_when_the_broker_stops() {
    let world = world().await;
    let mut producer = world.producer("t", true).await.unwrap();
    producer.write(&world, 0, 1).await.unwrap();
    world.transactions.close().await;
    assert_eq!(producer.end(&world, Outcome::Commit).await, Err(TransactionError::NotAvailable));
    assert_eq!(phase(&world, "t"), Some(TransactionPhase::Ongoing));
}
