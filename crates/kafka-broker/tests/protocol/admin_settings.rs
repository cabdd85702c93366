//! DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.

use std::time::Duration;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AlterConfigsRequest, AlterConfigsRequestConfig, AlterConfigsRequestResource, DescribeConfigsRequest,
    DescribeConfigsRequestResource, IncrementalAlterConfigsRequest, IncrementalAlterConfigsRequestConfig,
    IncrementalAlterConfigsRequestResource,
};

use crate::harness::{Wire, World, batch, soon};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// A cluster that keeps less than Kafka would, and a topic that keeps it shorter.
async fn world() -> World {
    let topic_defaults = [("retention.bytes".to_owned(), "5000000".to_owned())].into();
    let settings = ClusterSettings { topic_defaults, ..Default::default() };
    let world = World::with(settings, Limits::default()).await;
    world.topic("orders", 1, &[("retention.ms", "1000")]).await;
    world
}

fn resource(resource_type: i8, resource_name: &str) -> DescribeConfigsRequestResource<'_> {
    DescribeConfigsRequestResource { resource_type, resource_name, configuration_keys: None }
}

#[tokio::test]
async fn settings_are_described_with_where_they_come_from() {
    let world = world().await;
    world.topic("some", 1, &[]).await;
    world.topic("twice", 1, &[]).await;
    let mut wire = world.wire().await;
    for version in 1..=4 {
        let some = DescribeConfigsRequestResource {
            configuration_keys: Some(vec!["retention.ms", "no.such.setting"]),
            ..resource(TOPIC, "some")
        };
        let resources = vec![
            resource(TOPIC, "orders"),
            some,
            resource(BROKER, "1"),
            resource(BROKER, ""),
            resource(BROKER, "2"),
            resource(TOPIC, "nowhere"),
            resource(8, "1"),
            resource(TOPIC, "twice"),
            resource(TOPIC, "twice"),
        ];
        let include_documentation = version >= 3;
        let request = DescribeConfigsRequest { resources, include_documentation, ..Default::default() };
        let answer = wire.ask(version, &request).await;
        let results = answer.read().results;
        let codes: Vec<_> = results.iter().map(|result| result.error_code).collect();
        let expected = [
            ErrorCode::NONE,
            ErrorCode::NONE,
            ErrorCode::NONE,
            ErrorCode::NONE,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_REQUEST,
        ];
        assert_eq!(codes, expected, "version {version}");
        let value = |result: usize, name: &str| {
            let config = results[result].configs.iter().find(|config| config.name == name).unwrap();
            assert_eq!(config.documentation.is_some(), include_documentation);
            assert_eq!(config.config_type != 0, version >= 3);
            assert!(config.synonyms.is_empty(), "nobody asked for them");
            assert_eq!(config.read_only, result >= 2, "the broker's are not changed through Kafka");
            (config.value.clone().unwrap().into_owned(), config.config_source)
        };
        assert_eq!(value(0, "retention.ms"), ("1000".into(), 1));
        assert_eq!(value(0, "retention.bytes"), ("5000000".into(), 3));
        assert_eq!(value(0, "cleanup.policy"), ("delete".into(), 5));
        assert_eq!(results[1].configs.len(), 1, "of those asked for, the one there is");
        assert_eq!(value(2, "log.retention.ms"), ("604800000".into(), 5));
        assert_eq!(value(3, "log.retention.bytes"), ("5000000".into(), 3));
        assert_eq!(value(3, "num.partitions"), ("12".into(), 5));
        assert!(results[0].configs.len() > 20, "all of them");
        let names: Vec<_> = results[2].configs.iter().map(|config| &config.name).collect();
        assert!(names.is_sorted() && names.len() > 30, "{names:?}");
    }
}

#[tokio::test]
async fn synonyms_are_all_places_where_a_value_stands() {
    let world = world().await;
    let mut wire = world.wire().await;
    for version in 1..=4 {
        let resources = vec![resource(TOPIC, "orders"), resource(BROKER, "")];
        let request = DescribeConfigsRequest { resources, include_synonyms: true, ..Default::default() };
        let answer = wire.ask(version, &request).await;
        let results = answer.read().results;
        let synonyms = |result: usize, name: &str| -> Vec<(String, String, i8)> {
            let config = results[result].configs.iter().find(|config| config.name == name).unwrap();
            let of = |synonym: &kafka_wire::messages::DescribeConfigsResponseSynonym<'_>| {
                (synonym.name.to_string(), synonym.value.clone().unwrap().into_owned(), synonym.source)
            };
            config.synonyms.iter().map(of).collect()
        };
        let expected = |rows: &[(&str, &str, i8)]| -> Vec<_> {
            rows.iter().map(|(name, value, source)| ((*name).into(), (*value).into(), *source)).collect()
        };
        let own = expected(&[("retention.ms", "1000", 1), ("log.retention.ms", "604800000", 5)]);
        assert_eq!(synonyms(0, "retention.ms"), own);
        let clusters = expected(&[("log.retention.bytes", "5000000", 3), ("log.retention.bytes", "-1", 5)]);
        assert_eq!(synonyms(0, "retention.bytes"), clusters);
        assert_eq!(synonyms(1, "log.retention.bytes"), clusters);
        assert_eq!(synonyms(1, "num.partitions"), expected(&[("num.partitions", "12", 5)]));
    }
}

/// A kind of resource, its name, and the settings that it is to have.
type Replacement<'a> = (i8, &'a str, Vec<(&'a str, Option<&'a str>)>);

/// What replacing the settings of resources is answered with.
async fn replaced(
    wire: &mut Wire,
    version: i16,
    validate_only: bool,
    rows: &[Replacement<'_>],
) -> Vec<ErrorCode> {
    let resources = rows
        .iter()
        .map(|(resource_type, resource_name, configs)| AlterConfigsRequestResource {
            resource_type: *resource_type,
            resource_name,
            configs: configs.iter().map(|&(name, value)| AlterConfigsRequestConfig { name, value }).collect(),
        })
        .collect();
    let answer = wire.ask(version, &AlterConfigsRequest { resources, validate_only }).await;
    let responses = answer.read().responses;
    for response in &responses {
        assert_eq!(response.error_message.is_some(), response.error_code.is_error(), "{response:?}");
    }
    responses.iter().map(|response| response.error_code).collect()
}

#[tokio::test]
async fn replacing_settings_is_judged_topic_by_topic() {
    let mut world = world().await;
    world.topic("both", 1, &[]).await;
    world.topic("twice", 1, &[]).await;
    world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    let one = |name: &'static str, value| vec![(name, Some(value))];
    let rows = [
        (TOPIC, "orders", one("segment.ms", "5000"), ErrorCode::NONE),
        (TOPIC, "nowhere", one("segment.ms", "5000"), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (
            TOPIC,
            "both",
            [one("segment.ms", "1"), one("segment.ms", "2")].concat(),
            ErrorCode::INVALID_REQUEST,
        ),
        (TOPIC, "twice", Vec::new(), ErrorCode::INVALID_REQUEST),
        (TOPIC, "twice", Vec::new(), ErrorCode::INVALID_REQUEST),
        (TOPIC, "__probe", Vec::new(), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (BROKER, "1", one("log.retention.ms", "5"), ErrorCode::INVALID_REQUEST),
        (BROKER, "", Vec::new(), ErrorCode::INVALID_REQUEST),
        (BROKER, "7", Vec::new(), ErrorCode::INVALID_REQUEST),
        (8, "1", Vec::new(), ErrorCode::INVALID_REQUEST),
    ];
    let expected: Vec<_> = rows.iter().map(|row| row.3).collect();
    let asked: Vec<_> = rows.iter().map(|row| (row.0, row.1, row.2.clone())).collect();
    for version in 0..=2 {
        assert_eq!(replaced(&mut wire, version, true, &asked).await, expected, "checked, {version}");
        assert_eq!(world.cluster.topic("orders").unwrap().config.len(), 1);
        assert!(world.cluster.topic("orders").unwrap().config.contains_key("retention.ms"));
    }
    for (config, code) in [
        (("retention.ms", None), ErrorCode::INVALID_REQUEST),
        (("retention.ms", Some("soon")), ErrorCode::INVALID_CONFIG),
        (("no.such.setting", Some("1")), ErrorCode::INVALID_CONFIG),
        (("compression.type", Some("none")), ErrorCode::INVALID_CONFIG),
    ] {
        let row = (TOPIC, "both", vec![config]);
        assert_eq!(replaced(&mut wire, 2, true, std::slice::from_ref(&row)).await, [code], "{config:?}");
        assert_eq!(replaced(&mut wire, 2, false, &[row]).await, [code], "{config:?}");
    }
    assert_eq!(replaced(&mut wire, 2, false, &asked).await, expected);
    let settings = [("segment.ms".to_owned(), "5000".to_owned())].into();
    assert_eq!(world.cluster.topic("orders").unwrap().config, settings, "what is not named is gone");
    world.restart().await;
    assert_eq!(world.cluster.topic("orders").unwrap().config, settings, "what was told is durable");
}

/// What changes of one topic's settings are answered with.
async fn changed(
    wire: &mut Wire,
    version: i16,
    validate_only: bool,
    topic: &str,
    changes: &[(&str, i8, Option<&str>)],
) -> ErrorCode {
    let configs = changes
        .iter()
        .map(|&(name, config_operation, value)| IncrementalAlterConfigsRequestConfig {
            name,
            config_operation,
            value,
        })
        .collect();
    let resources =
        vec![IncrementalAlterConfigsRequestResource { resource_type: TOPIC, resource_name: topic, configs }];
    let answer = wire.ask(version, &IncrementalAlterConfigsRequest { resources, validate_only }).await;
    let response = answer.read().responses.remove(0);
    assert_eq!((response.resource_type, &*response.resource_name), (TOPIC, topic));
    assert_eq!(response.error_message.is_some(), response.error_code.is_error(), "{response:?}");
    response.error_code
}

#[tokio::test]
async fn single_settings_are_changed_and_the_others_stay() {
    let mut world = world().await;
    let mut wire = world.wire().await;
    for (topic, changes, code) in [
        ("orders", &[("segment.ms", SET, Some("5000"))][..], ErrorCode::NONE),
        (
            "orders",
            &[("cleanup.policy", APPEND, Some("compact")), ("retention.ms", DELETE, None)],
            ErrorCode::NONE,
        ),
        ("orders", &[("cleanup.policy", SUBTRACT, Some("delete"))], ErrorCode::NONE),
        ("orders", &[("retention.ms", DELETE, Some("ignored"))], ErrorCode::NONE),
        ("orders", &[("segment.ms", SET, None)], ErrorCode::INVALID_REQUEST),
        ("orders", &[("cleanup.policy", APPEND, None)], ErrorCode::INVALID_REQUEST),
        ("orders", &[("segment.ms", 4, Some("1"))], ErrorCode::INVALID_REQUEST),
        ("orders", &[("segment.ms", -1, Some("1"))], ErrorCode::INVALID_REQUEST),
        (
            "orders",
            &[("segment.ms", SET, Some("1")), ("segment.ms", DELETE, None)],
            ErrorCode::INVALID_REQUEST,
        ),
        ("orders", &[("segment.ms", APPEND, Some("1"))], ErrorCode::INVALID_CONFIG),
        ("orders", &[("segment.ms", SET, Some("0"))], ErrorCode::INVALID_CONFIG),
        ("orders", &[("no.such.setting", SET, Some("1"))], ErrorCode::INVALID_CONFIG),
        (
            "orders",
            &[("flush.ms", SET, Some("9")), ("no.such.setting", SET, Some("1"))],
            ErrorCode::INVALID_CONFIG,
        ),
        ("nowhere", &[("segment.ms", SET, Some("1"))], ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    ] {
        for version in 0..=1 {
            let before = world.cluster.topic("orders").unwrap().config.clone();
            let checked = changed(&mut wire, version, true, topic, changes).await;
            assert_eq!(checked, code, "checked: {changes:?}");
            assert_eq!(world.cluster.topic("orders").unwrap().config, before, "{changes:?}");
            assert_eq!(changed(&mut wire, version, false, topic, changes).await, code, "{changes:?}");
            if code.is_error() {
                assert_eq!(world.cluster.topic("orders").unwrap().config, before, "{changes:?}");
            }
        }
    }
    let settings = [("cleanup.policy", "compact"), ("segment.ms", "5000")]
        .map(|(name, value)| (name.into(), value.into()));
    assert_eq!(world.cluster.topic("orders").unwrap().config, settings.clone().into());
    world.restart().await;
    assert_eq!(world.cluster.topic("orders").unwrap().config, settings.into());
}

#[tokio::test]
async fn what_is_old_by_a_shorter_retention_goes_soon() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    assert_eq!(wire.produce(9, &topic, 0, &batch(&["a", "b"])).await.error, ErrorCode::NONE);
    let none_stays = [("retention.bytes", SET, Some("0"))];
    assert_eq!(changed(&mut wire, 1, false, "orders", &none_stays).await, ErrorCode::NONE);
    soon(async {
        while world.cluster.topic_ends("orders").unwrap()[0].start < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_counts_for_the_next_batch() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let large = batch(&["x".repeat(2_000).as_str()]);
    assert_eq!(wire.produce(9, &topic, 0, &large).await.error, ErrorCode::NONE);
    let smaller =
        [("max.message.bytes", SET, Some("1000")), ("message.timestamp.type", SET, Some("LogAppendTime"))];
    assert_eq!(changed(&mut wire, 1, false, "orders", &smaller).await, ErrorCode::NONE);
    assert_eq!(wire.produce(9, &topic, 0, &large).await.error, ErrorCode::MESSAGE_TOO_LARGE);
    let stamped = wire.produce(9, &topic, 0, &batch(&["small"])).await;
    assert_eq!(stamped.error, ErrorCode::NONE);
    assert!(stamped.append_time > 0, "the broker's clock stamps it");
    assert_eq!(
        changed(&mut wire, 1, false, "orders", &[("max.message.bytes", DELETE, None)]).await,
        ErrorCode::NONE
    );
    assert_eq!(wire.produce(9, &topic, 0, &large).await.error, ErrorCode::NONE);
}
