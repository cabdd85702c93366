//! Idempotence across restarts.

use super::world::{Model, World, small};
use crate::log::testing::Batch;
use crate::log::{AppendError, LogConfig, Origin};

#[tokio::test]
async fn the_last_five_are_recognised_after_a_clean_stop_and_after_a_kill() {
    for batches in [1, 4, 5, 6, 30] {
        let world = World::fresh(small());
        let mut model = Model::default();
        for _ in 0..batches {
            model.append(&world.log).unwrap();
        }
        model.check_duplicates(&world.log);
        let disk = world.close().await;
        let world = World::open(&disk, 1, small()).unwrap();
        model.check_duplicates(&world.log);
        model.append(&world.log).unwrap();
        model.check_duplicates(&world.log);
        world.disk.kill();
        let world = World::open(&world.disk, 2, small()).unwrap();
        model.check_duplicates(&world.log);
        model.append(&world.log).unwrap();
    }
}

#[tokio::test]
async fn wrap_and_epochs_survive_a_kill() {
    let world = World::fresh(small());
    let send = |world: &World, epoch, sequence, count| {
        world.append(&Batch::of(count).producer(1, epoch, sequence)).map(|appended| appended.duplicate)
    };
    assert_eq!(send(&world, 0, i32::MAX - 1, 4), Ok(false));
    world.disk.kill();
    let world = World::open(&world.disk, 1, small()).unwrap();
    assert_eq!(send(&world, 0, i32::MAX - 1, 4), Ok(true));
    assert_eq!(send(&world, 0, 2, 1), Ok(false));
    assert_eq!(send(&world, 1, 0, 1), Ok(false));
    world.disk.kill();
    let world = World::open(&world.disk, 2, small()).unwrap();
    assert!(matches!(send(&world, 0, 3, 1), Err(AppendError::InvalidProducerEpoch { .. })));
    assert!(matches!(send(&world, 1, 2, 1), Err(AppendError::OutOfOrderSequence { .. })));
    assert_eq!(send(&world, 1, 1, 1), Ok(false));
}

#[tokio::test]
async fn state_does_not_go_with_the_data() {
    let world = World::fresh(LogConfig { retention_bytes: 0, ..small() });
    let mut model = Model::default();
    for _ in 0..30 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.log.retain().await.unwrap();
    assert_eq!(world.log.log_start(), model.end);
    model.check_duplicates(&world.log);
    world.log.flush().await.unwrap();
    world.disk.kill();
    let world = World::open(&world.disk, 1, small()).unwrap();
    model.check_duplicates(&world.log);
}

#[tokio::test]
async fn markers_survive_a_kill() {
    let world = World::fresh(small());
    world.append(&Batch::of(1).producer(1, 0, 0).transactional()).unwrap();
    world.log.append(&Batch::marker(true, 7).producer(1, 3, -1).bytes(), Origin::Broker).unwrap();
    world.disk.kill();
    let world = World::open(&world.disk, 1, small()).unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.log.last_stable(), 2);
    let older = Batch::marker(true, 6).producer(1, 3, -1).bytes();
    assert_eq!(
        world.log.append(&older, Origin::Broker),
        Err(AppendError::CoordinatorFenced { epoch: 6, current: 7 })
    );
    let producers = world.log.producers();
    assert_eq!((producers.len(), producers[0].0, producers[0].1.epoch()), (1, 1, 3));
}
