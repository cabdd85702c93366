//! Settings of a cluster that change while it serves.

use std::time::Duration;

use kafka_broker::{ClusterError, ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsRequestResource, MetadataRequest, MetadataRequestTopic,
};

use crate::harness::{World, batch, soon};

/// Settings that differ from the engine's in these topic defaults.
fn with(defaults: &[(&str, &str)]) -> ClusterSettings {
    let topic_defaults = defaults.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    ClusterSettings { topic_defaults, ..Default::default() }
}

#[tokio::test]
async fn a_message_limit_takes_effect_on_topics_and_connections_that_are_there() {
    let world = World::with(with(&[("max.message.bytes", "1000")]), Limits::default()).await;
    let orders = world.topic("orders", 1, &[]).await;
    let own = world.topic("own", 1, &[("max.message.bytes", "1000")]).await;
    let mut wire = world.wire().await;
    let long = batch(&["x".repeat(2_000).as_str()]);
    assert_eq!(wire.produce(9, &orders, 0, &long).await.error, ErrorCode::MESSAGE_TOO_LARGE);

    world.cluster.configure(with(&[("max.message.bytes", "4000")])).await.unwrap();
    assert_eq!(wire.produce(9, &orders, 0, &long).await.error, ErrorCode::NONE);
    // What a topic says for itself stands.
    assert_eq!(wire.produce(9, &own, 0, &long).await.error, ErrorCode::MESSAGE_TOO_LARGE);
    let new = world.topic("new", 1, &[]).await;
    assert_eq!(wire.produce(9, &new, 0, &long).await.error, ErrorCode::NONE);

    world.cluster.configure(with(&[("max.message.bytes", "500")])).await.unwrap();
    assert_eq!(wire.produce(9, &orders, 0, &long).await.error, ErrorCode::MESSAGE_TOO_LARGE);
    assert_eq!(wire.produce(9, &orders, 0, &batch(&["short"])).await.base_offset, 1);

    let resource = DescribeConfigsRequestResource {
        resource_type: 2,
        resource_name: "orders",
        configuration_keys: Some(vec!["max.message.bytes"]),
    };
    let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
    let answer = wire.ask(1, &request).await;
    assert_eq!(answer.read().results[0].configs[0].value.as_deref(), Some("500"));
}

#[tokio::test]
async fn what_is_old_by_a_shorter_retention_goes_without_reopening() {
    let world = World::with(with(&[("retention.ms", "3600000")]), Limits::default()).await;
    let orders = world.topic("orders", 1, &[]).await;
    let kept = world.topic("kept", 1, &[("retention.ms", "3600000")]).await;
    let mut wire = world.wire().await;
    for topic in [&orders, &kept] {
        assert_eq!(wire.produce(9, topic, 0, &batch(&["a", "b"])).await.error, ErrorCode::NONE);
    }
    let start = |name: &str| world.cluster.topic_ends(name).unwrap()[0].start;
    assert_eq!(start("orders"), 0);

    tokio::time::sleep(Duration::from_millis(2)).await;
    world.cluster.configure(with(&[("retention.ms", "1")])).await.unwrap();
    soon(async {
        while start("orders") < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!(start("kept"), 0, "what a topic says for itself stands");
    assert_eq!(wire.produce(9, &orders, 0, &batch(&["c"])).await.base_offset, 2);
}

#[tokio::test]
async fn topics_are_made_by_asking_from_when_the_cluster_allows_it() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let mut asked = async |name| {
        let topics = vec![MetadataRequestTopic { name: Some(name), ..Default::default() }];
        let request =
            MetadataRequest { topics: Some(topics), allow_auto_topic_creation: true, ..Default::default() };
        let answer = wire.ask(9, &request).await;
        let topic = answer.read().topics.remove(0);
        (topic.error_code, topic.partitions.len())
    };
    let unknown = (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0);
    assert_eq!(asked("first").await, unknown);
    let allowed = |partitions_default| ClusterSettings {
        auto_create_topics: true,
        partitions_default,
        ..Default::default()
    };
    world.cluster.configure(allowed(3)).await.unwrap();
    assert_eq!(asked("first").await, (ErrorCode::NONE, 3));
    world.cluster.configure(allowed(5)).await.unwrap();
    assert_eq!(asked("second").await, (ErrorCode::NONE, 5));
    world.cluster.configure(ClusterSettings::default()).await.unwrap();
    assert_eq!(asked("third").await, unknown);
    assert_eq!(asked("first").await, (ErrorCode::NONE, 3), "what was made stays");
}

#[tokio::test]
async fn a_cluster_that_was_closed_cannot_be_configured() {
    let world = World::start().await;
    world.broker.cluster_close("main").await.unwrap();
    let refused = world.cluster.configure(ClusterSettings::default()).await;
    assert!(matches!(refused, Err(ClusterError::Failed(_))), "{refused:?}");
}
