//! A cluster that keeps within the disk that was bought for it.

use std::time::Duration;

use kafka_broker::ClusterBounds;
use kafka_wire::ErrorCode;

use crate::harness::{Topic, Wire, World, batch, soon};

const MIB: u64 = 1 << 20;

/// Three quarters of a segment, and below the largest message.
const MESSAGE: usize = 768 * 1024;
/// It is looked at again after growth by a mebibyte, and one message may have come more.
const SLACK: u64 = 2 * MIB;
const SEGMENTS: [(&str, &str); 1] = [("segment.bytes", "1048576")];

async fn fill(wire: &mut Wire, topic: &Topic, partition: i32, messages: usize) {
    let message = batch(&["x".repeat(MESSAGE).as_str()]);
    for _ in 0..messages {
        assert_eq!(wire.produce(9, topic, partition, &message).await.error, ErrorCode::NONE);
    }
}

async fn until(is_so: impl Fn() -> bool) {
    soon(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

fn starts(world: &World, topic: &Topic) -> Vec<i64> {
    world.cluster.topic_ends(&topic.name).unwrap().iter().map(|ends| ends.start).collect()
}

#[tokio::test]
async fn writes_go_on_and_the_oldest_data_of_all_topics_goes() {
    let world = World::start().await;
    let first = world.topic("first", 1, &SEGMENTS).await;
    let second = world.topic("second", 2, &SEGMENTS).await;
    let compacted =
        world.topic("compacted", 1, &[("segment.bytes", "1048576"), ("cleanup.policy", "compact")]).await;
    let mut wire = world.wire().await;
    assert_eq!(wire.produce(9, &compacted, 0, &batch(&["last"])).await.error, ErrorCode::NONE);
    fill(&mut wire, &first, 0, 10).await;
    fill(&mut wire, &second, 1, 12).await;
    assert_eq!(starts(&world, &first), [0], "nobody has bounded it");

    world.cluster.bound(ClusterBounds { disk_bytes: Some(10 * MIB), ..Default::default() });
    until(|| world.cluster.disk_bytes() <= 10 * MIB * 85 / 100).await;
    assert_eq!(starts(&world, &first), [9], "all of it is older, but what is written to goes last");
    let [untouched, kept] = starts(&world, &second)[..] else { panic!("two partitions") };
    assert_eq!(untouched, 0);
    assert!((1..4).contains(&kept), "no more than had to: {kept}");

    fill(&mut wire, &second, 0, 40).await;
    until(|| world.cluster.disk_bytes() <= 10 * MIB * 85 / 100 + SLACK).await;
    let ends = world.cluster.topic_ends("second").unwrap();
    assert_eq!(ends[0].end, 40);
    assert!(ends[0].start > 25, "{ends:?}");
    let read = wire.fetch(11, &second.fetch(&[(0, ends[0].start)])).await;
    assert_eq!(read[0].error, ErrorCode::NONE);
    assert!(read[0].records.len() > MESSAGE);
    assert_eq!(starts(&world, &compacted), [0], "the last value of a key is all there is of it");
    assert!(world.cluster.counters().evicted_bytes > 30 * MIB);
}

#[tokio::test]
async fn a_larger_disk_keeps_more_from_now_on() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &SEGMENTS).await;
    let mut wire = world.wire().await;
    world.cluster.bound(ClusterBounds { disk_bytes: Some(4 * MIB), ..Default::default() });
    fill(&mut wire, &topic, 0, 20).await;
    until(|| world.cluster.disk_bytes() <= 4 * MIB * 85 / 100 + SLACK).await;
    let start = starts(&world, &topic)[0];
    world.cluster.bound(ClusterBounds { disk_bytes: Some(100 * MIB), ..Default::default() });
    fill(&mut wire, &topic, 0, 40).await;
    world.cluster.bound(ClusterBounds { disk_bytes: None, ..Default::default() });
    assert_eq!(starts(&world, &topic), [start]);
}
