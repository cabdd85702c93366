//! What a log does while nothing goes wrong.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use machine::disk::sim::SimDisk;

use super::world::{Model, World, read_all, small, take_apart};
use crate::log::testing::Batch;
use crate::log::{AppendError, LogConfig, Origin, PartitionLog, ReadBound, ReadError, TimestampType, Waiter};

fn page_cache() -> LogConfig {
    LogConfig { flush_messages: i64::MAX, ..small() }
}

fn is_ready(future: impl Future<Output = ()>) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

#[tokio::test]
async fn what_is_appended_is_read_across_segments() {
    for config in [small(), page_cache()] {
        let world = World::fresh(config);
        let mut model = Model::default();
        for _ in 0..60 {
            model.append(&world.log).unwrap();
        }
        world.log.wait_durable(model.end - 1).await.unwrap();
        assert!(world.names(".log").len() > 5, "{:?}", world.names(".log"));
        model.check(&world.log, ReadBound::HighWatermark, model.end);
        assert_eq!((world.log.log_start(), world.log.log_end()), (0, model.end));
        let bytes: usize = model.batches.iter().map(|(_, bytes)| bytes.len()).sum();
        assert_eq!(world.log.size(), bytes as u64);
    }
}

#[tokio::test]
async fn offset_inside_a_batch_returns_that_batch() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..40 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    for offset in 0..model.end {
        let held = take_apart(&world.log, offset, 1, ReadBound::HighWatermark).unwrap();
        let (base, _) = model.batches.iter().rfind(|(base, _)| *base <= offset).unwrap();
        assert_eq!(held.iter().map(|held| held.base).collect::<Vec<_>>(), [*base], "offset {offset}");
        let found = world.log.batch_at(offset, ReadBound::HighWatermark).unwrap().unwrap();
        assert_eq!((found.info.base_offset, found.info.size as usize), (*base, found.bytes.len()));
    }
    let at_end = world.log.read(model.end, 100, ReadBound::HighWatermark, true).unwrap();
    assert_eq!((at_end.len, at_end.high_watermark, at_end.log_end), (0, model.end, model.end));
    assert_eq!(world.log.batch_at(model.end, ReadBound::HighWatermark).unwrap(), None);
    for offset in [-1, model.end + 1] {
        let error = world.log.read(offset, 100, ReadBound::HighWatermark, true).unwrap_err();
        assert_eq!(error, ReadError::OutOfRange { offset, log_start: 0, log_end: model.end });
    }
}

#[tokio::test]
async fn limits_are_kept_but_for_the_first_batch() {
    let world = World::fresh(LogConfig::default());
    let batch = Batch::of(1).filled(1, 100);
    let size = u32::try_from(batch.bytes().len()).unwrap();
    for _ in 0..5 {
        world.append(&batch).unwrap();
    }
    world.log.wait_durable(4).await.unwrap();
    let len = |max, first| world.log.read(0, max, ReadBound::HighWatermark, first).unwrap().len;
    assert_eq!(len(size - 1, false), 0);
    assert_eq!(len(size - 1, true), size);
    assert_eq!(len(0, true), size);
    assert_eq!(len(size, false), size);
    assert_eq!(len(3 * size + 5, false), 3 * size, "whole batches only");
    assert_eq!(len(u32::MAX, false), 5 * size);
}

#[tokio::test]
async fn nothing_is_visible_before_it_is_durable() {
    let disk = SimDisk::new(1);
    let (world, hand) = World::open_held(&disk, 0, small()).unwrap();
    let mut model = Model::default();
    for _ in 0..20 {
        model.append(&world.log).unwrap();
    }
    let visible = |world: &World| (world.log.high_watermark(), world.log.last_stable(), world.log.log_end());
    assert_eq!(visible(&world), (0, 0, model.end));
    assert_eq!(read_all(&world.log, 1 << 20, ReadBound::HighWatermark).unwrap(), []);
    assert_eq!(read_all(&world.log, 1 << 20, ReadBound::LogEnd).unwrap().len(), 20);
    assert_eq!(world.log.delete_records_before(-1).await.unwrap(), 0, "what is not visible is not deleted");
    let config = LogConfig { retention_bytes: 0, ..small() };
    world.log.configure(std::sync::Arc::new(config));
    drop(hand);
    world.log.wait_durable(model.end - 1).await.unwrap();
    assert_eq!(visible(&world), (model.end, model.end, model.end));

    // After a kill it is the same: what is found is not shown before it is synced.
    let (world, _hand) = World::open_held(&disk, 1, small()).unwrap();
    let shown = world.log.high_watermark();
    model.append(&world.log).unwrap();
    world.disk.kill();
    let (world, hand) = World::open_held(&disk, 2, small()).unwrap();
    assert_eq!(visible(&world), (shown, shown, model.end));
    drop(hand);
    world.log.settled().await.unwrap();
    assert_eq!(visible(&world), (model.end, model.end, model.end));
}

#[tokio::test]
async fn retention_deletes_nothing_that_is_not_visible() {
    let config = LogConfig { retention_bytes: 4_000, ..small() };
    let (world, hand) = World::open_held(&SimDisk::new(1), 0, config).unwrap();
    let mut model = Model::default();
    for _ in 0..20 {
        model.append(&world.log).unwrap();
    }
    assert_eq!(world.log.retain().await.unwrap().segments, 0);
    assert_eq!(world.log.log_start(), 0);
    drop(hand);
    world.log.wait_durable(model.end - 1).await.unwrap();
    assert!(world.log.retain().await.unwrap().segments > 0);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_cannot_be_synced() {
    let world = World::fresh(small());
    let mut model = Model::default();
    model.append(&world.log).unwrap();
    world.log.wait_durable(0).await.unwrap();
    let end = model.end;
    let waiter = Waiter::new(1_000_000);
    let _watch = world.log.watch(&waiter, ReadBound::HighWatermark, end);
    assert!(!is_ready(waiter.ready()));
    world.context.committer.shutdown();
    let refused = world.log.append(&model.next().bytes(), Origin::Client);
    assert!(matches!(refused, Err(AppendError::Offline(_))));
    assert!(is_ready(waiter.ready()), "who waits is told");
    assert!(world.log.wait_durable(end).await.is_err());
    assert_eq!(world.log.high_watermark(), end);
    model.check(&world.log, ReadBound::HighWatermark, end);
    assert!(matches!(world.append(&model.next()), Err(AppendError::Offline(_))));
    assert!(world.log.offline().is_some());
}

#[tokio::test]
async fn page_cache_topics_show_at_once_and_sync_by_count_and_time() {
    let config = LogConfig { flush_messages: 10, flush_ms: 5_000, segment_bytes: 1 << 20, ..small() };
    let world = World::fresh(config);
    for n in 0..9 {
        world.append(&Batch::of(1)).unwrap();
        assert_eq!(world.log.high_watermark(), n + 1);
        world.log.wait_durable(n).await.unwrap();
    }
    assert_eq!(world.log.lock().durable.offset, 0, "nothing was synced");
    world.append(&Batch::of(1)).unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.log.lock().durable.offset, 10);
    world.append(&Batch::of(1)).unwrap();
    world.log.retain().await.unwrap();
    assert_eq!(world.log.lock().durable.offset, 10);
    world.hand.advance(Duration::from_secs(5));
    world.log.retain().await.unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.log.lock().durable.offset, 11);
}

#[tokio::test]
async fn broker_stamps_when_the_topic_wants_it() {
    let world = World::fresh(LogConfig { timestamp_type: TimestampType::LogAppendTime, ..small() });
    let batch = Batch::of(2).producer(1, 0, 0).timestamps(5, 6);
    let appended = world.append(&batch).unwrap();
    assert_eq!(appended.log_append_time, Some(1_000_000));
    world.log.wait_durable(1).await.unwrap();
    let found = world.log.batch_at(0, ReadBound::HighWatermark).unwrap().unwrap();
    assert!(found.info.is_log_append_time());
    assert_eq!(found.info.max_timestamp, 1_000_000);
    assert_eq!(found.info.crc, crc32c::crc32c(&found.bytes[21..]));
    world.hand.advance(Duration::from_secs(1));
    let again = world.append(&batch).unwrap();
    assert_eq!((again.duplicate, again.log_append_time), (true, Some(1_000_000)));
}

#[tokio::test]
async fn size_limits() {
    let world = World::fresh(LogConfig { max_message_bytes: 200, ..small() });
    let size = |len| Batch::of(1).filled(0, len).bytes().len();
    let fits = Batch::of(1).filled(0, 200 - size(0));
    assert!(world.append(&fits).is_ok());
    let over = Batch::of(1).filled(0, 201 - size(0));
    assert_eq!(world.append(&over), Err(AppendError::TooLarge { size: 201, limit: 200 }));
    assert!(world.log.append(&over.bytes(), Origin::Broker).is_ok());
    world.log.configure(std::sync::Arc::new(LogConfig { max_message_bytes: 201, ..small() }));
    assert!(world.append(&over).is_ok(), "a change takes effect at once");
    let two = [fits.bytes(), fits.bytes()].concat();
    for malformed in [&two[..], &two[..100], &[]] {
        assert_eq!(world.log.append(malformed, Origin::Client), Err(AppendError::Malformed));
    }
}

#[tokio::test]
async fn segments_roll_by_time() {
    let world = World::fresh(LogConfig { segment_ms: 1_000, ..LogConfig::default() });
    for (timestamp, segments) in [(5_000, 1), (6_000, 1), (6_001, 2), (5_500, 2), (9_000, 3)] {
        world.append(&Batch::of(1).timestamps(timestamp, timestamp)).unwrap();
        assert_eq!(world.names(".log").len(), segments, "at {timestamp}");
    }
    world.log.flush().await.unwrap();
    // A restart knows when the segment began.
    let disk = world.close().await;
    let world = World::open(&disk, 1, LogConfig { segment_ms: 1_000, ..LogConfig::default() }).unwrap();
    world.append(&Batch::of(1).timestamps(10_000, 10_000)).unwrap();
    assert_eq!(world.names(".log").len(), 3);
    world.append(&Batch::of(1).timestamps(10_001, 10_001)).unwrap();
    assert_eq!(world.names(".log").len(), 4);
}

#[tokio::test]
async fn timestamps_find_their_batch() {
    let world = World::fresh(small());
    // Not in order, as producers' clocks are not.
    let stamps: Vec<i64> = (0..200).map(|n| 1_000 + n * 10 - (n * 7919 % 13) * 25).collect();
    for stamp in &stamps {
        world.append(&Batch::of(2).timestamps(*stamp - 1, *stamp).filled(0, 80)).unwrap();
    }
    let check = |log: &PartitionLog, visible: usize, start: i64| {
        for target in 600..3_100 {
            let first = usize::try_from(start / 2).unwrap();
            let expected = (first..visible).find(|n| stamps[*n] >= target);
            let found = log.offset_for_timestamp(target, ReadBound::HighWatermark).unwrap();
            let found = found.map(|batch| batch.info.base_offset / 2);
            assert_eq!(found, expected.map(|n| i64::try_from(n).unwrap()), "at {target} from {start}");
        }
        let newest = stamps[..visible].iter().max().unwrap();
        let found = log.max_timestamp(ReadBound::HighWatermark).unwrap().unwrap();
        assert_eq!(found.info.max_timestamp, *newest);
        assert!(log.newest_timestamp().is_some());
    };
    world.log.wait_durable(399).await.unwrap();
    check(&world.log, 200, 0);
    world.log.delete_records_before(301).await.unwrap();
    check(&world.log, 200, 300);
    let disk = world.close().await;
    let world = World::open(&disk, 1, small()).unwrap();
    check(&world.log, 200, 300);
    assert_eq!(World::fresh(small()).log.max_timestamp(ReadBound::LogEnd).unwrap(), None);
}

#[tokio::test]
async fn waiters_hear_of_their_partition_only_when_there_is_enough() {
    let world = World::fresh(page_cache());
    let batch = Batch::of(1);
    let size = u32::try_from(batch.bytes().len()).unwrap();
    let waiter = Waiter::new(2 * size);
    let watch = world.log.watch(&waiter, ReadBound::HighWatermark, 0);
    assert!(!is_ready(waiter.ready()));
    world.append(&batch).unwrap();
    assert!(!is_ready(waiter.ready()));
    world.append(&batch).unwrap();
    assert!(is_ready(waiter.ready()));
    drop(watch);
    // What came between the read and the registration is not missed.
    let late = Waiter::new(size);
    let _watch = world.log.watch(&late, ReadBound::HighWatermark, 1);
    assert!(is_ready(late.ready()));
    let other = Waiter::new(1);
    let watch = world.log.watch(&other, ReadBound::HighWatermark, 2);
    drop(watch);
    world.append(&batch).unwrap();
    assert!(!is_ready(other.ready()), "it is not registered any more");
    let ended = Waiter::new(1_000_000);
    let _watch = world.log.watch(&ended, ReadBound::HighWatermark, 3);
    world.log.delete().unwrap();
    assert!(is_ready(ended.ready()), "the end of the log is news");
}

#[tokio::test]
async fn waiter_of_a_synced_topic_wakes_after_the_sync() {
    let world = World::fresh(small());
    let batch = Batch::of(1);
    let waiter = Waiter::new(u32::try_from(batch.bytes().len()).unwrap());
    let _watch = world.log.watch(&waiter, ReadBound::HighWatermark, 0);
    let parked = waiter.clone();
    let waiting = tokio::spawn(async move { parked.ready().await });
    tokio::task::yield_now().await;
    world.append(&batch).unwrap();
    waiting.await.unwrap();
    assert_eq!(world.log.high_watermark(), 1);
}

#[tokio::test]
async fn committed_readers_stop_before_open_transactions() {
    let world = World::fresh(page_cache());
    let data = |id, sequence| Batch::of(1).producer(id, 0, sequence).transactional();
    world.append(&Batch::of(1)).unwrap();
    world.append(&data(1, 0)).unwrap();
    world.append(&data(2, 0)).unwrap();
    world.append(&Batch::of(1)).unwrap();
    let bases = |bound| {
        let held = read_all(&world.log, 1 << 20, bound).unwrap();
        held.iter().map(|held| held.base).collect::<Vec<_>>()
    };
    assert_eq!(bases(ReadBound::LastStable), [0]);
    assert_eq!(bases(ReadBound::HighWatermark), [0, 1, 2, 3]);
    let waiter = Waiter::new(1);
    let _watch = world.log.watch(&waiter, ReadBound::LastStable, world.log.last_stable());
    world.append(&Batch::of(1)).unwrap();
    assert!(!is_ready(waiter.ready()));
    let end =
        |id| world.log.append(&Batch::marker(true, 0).producer(id, 0, -1).bytes(), Origin::Broker).unwrap();
    end(1);
    assert!(is_ready(waiter.ready()));
    assert_eq!((world.log.last_stable(), bases(ReadBound::LastStable)), (2, vec![0, 1]));
    // The place survives a restart, from the log and from a snapshot.
    let disk = world.close().await;
    let world = World::open(&disk, 1, page_cache()).unwrap();
    assert_eq!(world.log.last_stable(), 2);
    assert_eq!(read_all(&world.log, 1 << 20, ReadBound::LastStable).unwrap().len(), 2);
    world.log.append(&Batch::marker(false, 0).producer(2, 0, -1).bytes(), Origin::Broker).unwrap();
    assert_eq!(world.log.last_stable(), world.log.log_end());
}
