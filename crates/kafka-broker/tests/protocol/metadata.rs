//! Metadata, DescribeCluster and FindCoordinator: what there is and where to go.

use std::net::Ipv4Addr;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeClusterRequest, FindCoordinatorRequest, MetadataRequest, MetadataRequestTopic,
};
use uuid::Uuid;

use crate::harness::{Topic, Wire, World, config};

fn named(name: &str) -> MetadataRequestTopic<'_> {
    MetadataRequestTopic { name: Some(name), ..Default::default() }
}

fn of_id(topic_id: Uuid) -> MetadataRequestTopic<'static> {
    MetadataRequestTopic { topic_id, name: None }
}

/// Asks for topics: what is told of each, by code and name.
async fn asked(
    wire: &mut Wire,
    version: i16,
    topics: Option<Vec<MetadataRequestTopic<'_>>>,
) -> Vec<(ErrorCode, Option<String>)> {
    let request = MetadataRequest { topics, ..Default::default() };
    let answer = wire.ask(version, &request).await;
    let topics = answer.read().topics;
    topics.into_iter().map(|topic| (topic.error_code, topic.name.map(|name| name.into_owned()))).collect()
}

fn found(name: &str) -> (ErrorCode, Option<String>) {
    (ErrorCode::NONE, Some(name.to_owned()))
}

#[tokio::test]
async fn all_none_and_those_named() {
    let world = World::start().await;
    world.topic("b", 1, &[]).await;
    world.topic("a", 1, &[]).await;
    let probe = world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    for version in 0..=13 {
        let all = if version == 0 { Some(Vec::new()) } else { None };
        assert_eq!(asked(&mut wire, version, all).await, [found("a"), found("b")], "all of {version}");
        if version > 0 {
            assert_eq!(asked(&mut wire, version, Some(Vec::new())).await, [], "none of {version}");
        }
        let long = "x".repeat(250);
        let some =
            vec![named("b"), named("nowhere"), named("no name"), named(""), named(&long), named(&probe)];
        let expected = [
            found("b"),
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some("nowhere".into())),
            (ErrorCode::INVALID_TOPIC_EXCEPTION, Some("no name".into())),
            (ErrorCode::INVALID_TOPIC_EXCEPTION, Some(String::new())),
            (ErrorCode::INVALID_TOPIC_EXCEPTION, Some(long.clone())),
            found(&probe),
        ];
        assert_eq!(asked(&mut wire, version, Some(some)).await, expected, "some of {version}");
    }
}

#[tokio::test]
async fn ids_count_from_version_12() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let absent = Topic::absent();
    let mut wire = world.wire().await;
    let both = |id| MetadataRequestTopic { topic_id: id, name: Some("orders") };
    for version in [12, 13] {
        let topics =
            vec![of_id(topic.id), of_id(absent.id), of_id(Uuid::nil()), both(topic.id), both(absent.id)];
        let unknown = ErrorCode::UNKNOWN_TOPIC_ID;
        let told = asked(&mut wire, version, Some(topics)).await;
        let codes: Vec<_> = told.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, [ErrorCode::NONE, unknown, unknown, ErrorCode::NONE, unknown]);
        assert_eq!(told[1].1, None, "an unknown id has no name");
    }
    for version in [10, 11] {
        let topics = vec![of_id(topic.id), both(topic.id), named("orders")];
        let codes: Vec<_> =
            asked(&mut wire, version, Some(topics)).await.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, [ErrorCode::INVALID_REQUEST, ErrorCode::INVALID_REQUEST, ErrorCode::NONE]);
    }
}

#[tokio::test]
async fn a_topic_is_described_with_what_the_version_has() {
    let world = World::start().await;
    let topic = world.topic("orders", 3, &[]).await;
    let probe = world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    for version in 0..=13 {
        let topics = Some(vec![named("orders"), named(&probe)]);
        let answer = wire.ask(version, &MetadataRequest { topics, ..Default::default() }).await;
        let response = answer.read();
        let broker = &response.brokers[0];
        let address = world.cluster.address();
        assert_eq!((&*broker.host, broker.port), ("127.0.0.1", i32::from(address.port())));
        let expected = (version >= 2).then(|| world.cluster.cluster_id());
        assert_eq!(response.cluster_id.as_deref(), expected);
        assert_eq!(response.controller_id, if version < 1 { -1 } else { broker.node_id });
        let told = &response.topics[0];
        assert_eq!(told.topic_id, if version < 10 { Uuid::nil() } else { topic.id });
        assert_eq!((told.is_internal, response.topics[1].is_internal), (false, version >= 1));
        let partitions: Vec<_> = told.partitions.iter().map(|partition| partition.partition_index).collect();
        assert_eq!(partitions, [0, 1, 2]);
        for partition in &told.partitions {
            assert_eq!(partition.leader_id, broker.node_id);
            assert_eq!(partition.replica_nodes, [broker.node_id]);
            assert_eq!(partition.isr_nodes, [broker.node_id]);
            assert_eq!(partition.leader_epoch >= 0, version >= 7);
        }
    }
}

#[tokio::test]
async fn topics_are_made_by_asking_only_where_both_sides_agree() {
    for (cluster_may, client_may) in [(true, true), (true, false), (false, true)] {
        let settings =
            ClusterSettings { auto_create_topics: cluster_may, partitions_default: 4, ..Default::default() };
        let world = World::with(settings, Limits::default()).await;
        let request = MetadataRequest {
            topics: Some(vec![named("made"), named("not valid")]),
            allow_auto_topic_creation: client_may,
            ..Default::default()
        };
        let answer = world.wire().await.ask(9, &request).await;
        let topics = answer.read().topics;
        assert_eq!(topics[1].error_code, ErrorCode::INVALID_TOPIC_EXCEPTION);
        if cluster_may && client_may {
            assert_eq!((topics[0].error_code, topics[0].partitions.len()), (ErrorCode::NONE, 4));
        } else {
            assert_eq!(topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        }
        assert_eq!(world.cluster.topic("made").is_some(), cluster_may && client_may);
    }
}

#[tokio::test]
async fn the_cluster_describes_itself() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for version in 0..=2 {
        let answer = wire.ask(version, &DescribeClusterRequest::default()).await;
        let response = answer.read();
        assert_eq!(response.error_code, ErrorCode::NONE);
        assert_eq!(response.cluster_id, world.cluster.cluster_id());
        assert_eq!(response.controller_id, response.brokers[0].broker_id);
        assert_eq!(response.brokers[0].port, i32::from(world.cluster.address().port()));
    }
    let controllers = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
    let answer = wire.ask(1, &controllers).await;
    assert_eq!(answer.read().error_code, ErrorCode::UNSUPPORTED_ENDPOINT_TYPE);
}

#[tokio::test]
async fn this_node_coordinates_everything_that_has_a_coordinator() {
    let world = World::start().await;
    let port = i32::from(world.cluster.address().port());
    let mut wire = world.wire().await;
    for version in 0..=6 {
        for key_type in [0, 1, 2, -1] {
            if version == 0 && key_type != 0 {
                continue;
            }
            let mut request = FindCoordinatorRequest { key_type, ..Default::default() };
            if version < 4 {
                request.key = "readers";
            } else {
                request.coordinator_keys = vec!["readers", "others"];
            }
            let answer = wire.ask(version, &request).await;
            let response = answer.read();
            let told: Vec<_> = if version < 4 {
                vec![(response.error_code, response.node_id, response.port)]
            } else {
                let keys: Vec<_> = response.coordinators.iter().map(|found| &*found.key).collect();
                assert_eq!(keys, ["readers", "others"]);
                response
                    .coordinators
                    .iter()
                    .map(|found| (found.error_code, found.node_id, found.port))
                    .collect()
            };
            let expected = match key_type {
                0 | 1 => (ErrorCode::NONE, 1, port),
                _ => (ErrorCode::INVALID_REQUEST, -1, -1),
            };
            assert!(told.iter().all(|told| *told == expected), "{key_type}, version {version}: {told:?}");
        }
    }
}

#[tokio::test]
async fn a_listener_on_every_address_is_where_the_client_dialled_it() {
    let world = World::start().await;
    let mut everywhere = config("everywhere", 0, ClusterSettings::default());
    everywhere.host = Ipv4Addr::UNSPECIFIED.into();
    let cluster = world.broker.cluster_open(everywhere).await.unwrap();
    let port = cluster.address().port();
    for host in ["127.0.0.1", "127.0.0.5"] {
        let mut wire = Wire::open(format!("{host}:{port}").parse().unwrap()).await;
        let answer = wire.ask(1, &MetadataRequest::default()).await;
        let broker = &answer.read().brokers[0];
        assert_eq!((&*broker.host, broker.port), (host, i32::from(port)));
    }
}
