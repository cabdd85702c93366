//! Messages are found by offset and by time, and no more of them are shown than was asked for.

use control::Fault;
use control::fault::Absent;
use control::ids::InstanceId;
use control::message::{Message, MessagesFrom};

use crate::world::{Tenant, World};

async fn running() -> (World, Tenant, InstanceId) {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    (world, tenant, id)
}

fn places(messages: &[Message]) -> Vec<(u32, i64)> {
    messages.iter().map(|message| (message.partition, message.offset)).collect()
}

fn since(partition: Option<u32>, time_ms: i64) -> MessagesFrom {
    MessagesFrom::Time { partition, time_ms }
}

fn at(partition: u32, offset: i64) -> MessagesFrom {
    MessagesFrom::Offset { partition, offset }
}

#[tokio::test]
async fn messages_come_by_offset_within_the_limits() {
    let (world, tenant, id) = running().await;
    for _ in 0..6 {
        world.engine.message(&id, "events", 1, b"a long value", 1_000);
    }
    let found = tenant.messages(&id, "events", at(1, 1)).await.unwrap();
    assert_eq!(places(&found), [(1, 1), (1, 2), (1, 3), (1, 4)]);
    let value = found[0].value.as_ref().unwrap();
    assert_eq!((value.bytes.as_slice(), value.whole), (b"a lon".as_slice(), 12));
    assert!(tenant.messages(&id, "events", at(1, 6)).await.unwrap().is_empty());
    assert!(tenant.messages(&id, "events", at(0, 0)).await.unwrap().is_empty());
    for from in [at(2, 0), since(Some(2), 0)] {
        let absent = tenant.messages(&id, "events", from).await;
        assert!(matches!(absent, Err(Fault::Absent(Absent::Partition { partition: 2, .. }))), "{absent:?}");
    }
    let absent = tenant.messages(&id, "missing", at(0, 0)).await;
    assert!(matches!(absent, Err(Fault::Absent(Absent::Topic(_)))), "{absent:?}");
}

#[tokio::test]
async fn messages_of_all_partitions_come_by_time() {
    let (world, tenant, id) = running().await;
    for (partition, time) in [(0, 10), (1, 11), (1, 12), (0, 13), (1, 14), (0, 15)] {
        world.engine.message(&id, "events", partition, b"v", time);
    }
    let found = async |partition, time| {
        places(&tenant.messages(&id, "events", since(partition, time)).await.unwrap())
    };
    assert_eq!(found(None, 11).await, [(1, 0), (1, 1), (0, 1), (1, 2)]);
    assert_eq!(found(Some(0), 11).await, [(0, 1), (0, 2)]);
    assert_eq!(found(None, 15).await, [(0, 2)]);
    assert!(found(None, 16).await.is_empty());
}

#[tokio::test]
async fn bytes_are_limited_over_all_partitions_but_one_message_is_always_shown() {
    let (world, tenant, id) = running().await;
    for (partition, bytes, time) in [(0, 120, 10), (1, 60, 20), (0, 30, 30), (1, 60, 40)] {
        world.engine.message(&id, "events", partition, &vec![b'x'; bytes], time);
    }
    let found = async |time| places(&tenant.messages(&id, "events", since(None, time)).await.unwrap());
    assert_eq!(found(0).await, [(0, 0)]);
    assert_eq!(found(11).await, [(1, 0), (0, 1)]);
}
