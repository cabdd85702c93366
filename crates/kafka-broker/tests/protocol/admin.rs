//! CreateTopics and DeleteTopics.

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreateTopicsRequest, CreateTopicsRequestAssignment, CreateTopicsRequestConfig, CreateTopicsRequestTopic,
    DeleteTopicsRequest, DeleteTopicsRequestTopic,
};
use uuid::Uuid;

use crate::harness::{Topic, Wire, World, batch};

fn wanted(name: &str) -> CreateTopicsRequestTopic<'_> {
    CreateTopicsRequestTopic { name, num_partitions: 1, replication_factor: 1, ..Default::default() }
}

fn assigned(partitions: &[i32], broker: i32) -> Vec<CreateTopicsRequestAssignment> {
    let to = |&partition_index| CreateTopicsRequestAssignment { partition_index, broker_ids: vec![broker] };
    partitions.iter().map(to).collect()
}

fn setting<'a>(name: &'a str, value: Option<&'a str>) -> Vec<CreateTopicsRequestConfig<'a>> {
    vec![CreateTopicsRequestConfig { name, value }]
}

async fn created(
    wire: &mut Wire,
    version: i16,
    validate_only: bool,
    topics: Vec<CreateTopicsRequestTopic<'_>>,
) -> Vec<ErrorCode> {
    let request = CreateTopicsRequest { topics, validate_only, ..Default::default() };
    let answer = wire.ask(version, &request).await;
    let told = answer.read().topics;
    for topic in &told {
        assert_eq!(topic.error_message.is_some(), topic.error_code != ErrorCode::NONE, "{topic:?}");
    }
    told.iter().map(|topic| topic.error_code).collect()
}

#[tokio::test]
async fn each_topic_is_judged_by_itself_and_checking_makes_nothing() {
    let world = World::start().await;
    world.topic("there", 1, &[]).await;
    world.topic("dotted.name", 1, &[]).await;
    let mut wire = world.wire().await;
    let long = "x".repeat(250);
    let counted_and_assigned =
        CreateTopicsRequestTopic { assignments: assigned(&[0], 1), ..wanted("counted-and-assigned") };
    let by_assignment = |name, assignments| CreateTopicsRequestTopic {
        num_partitions: -1,
        replication_factor: -1,
        assignments,
        ..wanted(name)
    };
    let configured =
        |name, key, value| CreateTopicsRequestTopic { configs: setting(key, value), ..wanted(name) };
    let rows = [
        (wanted("plain"), ErrorCode::NONE),
        (
            CreateTopicsRequestTopic { num_partitions: -1, replication_factor: -1, ..wanted("by-default") },
            ErrorCode::NONE,
        ),
        (by_assignment("assigned", assigned(&[1, 0], 1)), ErrorCode::NONE),
        (configured("configured", "retention.ms", Some("1000")), ErrorCode::NONE),
        (wanted("there"), ErrorCode::TOPIC_ALREADY_EXISTS),
        (wanted("dotted_name"), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted(""), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted("__consumer_offsets"), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted("__probe"), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted(".."), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted("a b"), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (wanted(&long), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (CreateTopicsRequestTopic { num_partitions: 0, ..wanted("none") }, ErrorCode::INVALID_PARTITIONS),
        (CreateTopicsRequestTopic { num_partitions: -2, ..wanted("less") }, ErrorCode::INVALID_PARTITIONS),
        (
            CreateTopicsRequestTopic { replication_factor: 3, ..wanted("thrice") },
            ErrorCode::INVALID_REPLICATION_FACTOR,
        ),
        (
            CreateTopicsRequestTopic { replication_factor: 0, ..wanted("never") },
            ErrorCode::INVALID_REPLICATION_FACTOR,
        ),
        (counted_and_assigned, ErrorCode::INVALID_REQUEST),
        (by_assignment("elsewhere", assigned(&[0], 2)), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (by_assignment("with-a-gap", assigned(&[0, 2], 1)), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (by_assignment("one-twice", assigned(&[0, 0], 1)), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (configured("unknown", "no.such.setting", Some("1")), ErrorCode::INVALID_CONFIG),
        (configured("bad", "retention.ms", Some("soon")), ErrorCode::INVALID_CONFIG),
        (configured("unset", "retention.ms", None), ErrorCode::INVALID_CONFIG),
        (configured("promise", "compression.type", Some("none")), ErrorCode::INVALID_CONFIG),
        (wanted("double"), ErrorCode::INVALID_REQUEST),
        (wanted("double"), ErrorCode::INVALID_REQUEST),
    ];
    let expected: Vec<_> = rows.iter().map(|(_, code)| *code).collect();
    let topics = || rows.iter().map(|(topic, _)| topic.clone()).collect::<Vec<_>>();
    for version in 2..=7 {
        assert_eq!(created(&mut wire, version, true, topics()).await, expected, "checked, {version}");
        assert_eq!(world.cluster.topics().len(), 2, "nothing was made");
    }
    assert_eq!(created(&mut wire, 7, false, topics()).await, expected, "made");
    let made: Vec<_> =
        world.cluster.topics().iter().map(|topic| (topic.name.to_string(), topic.partitions)).collect();
    let made: Vec<_> = made.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let expected = [
        ("assigned", 2),
        ("by-default", 12),
        ("configured", 1),
        ("dotted.name", 1),
        ("plain", 1),
        ("there", 1),
    ];
    assert_eq!(made, expected);
    // Names that collide with each other: the first is made.
    let both = vec![wanted("x.y"), wanted("x_y")];
    let codes = created(&mut wire, 7, false, both).await;
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::INVALID_TOPIC_EXCEPTION]);
}

#[tokio::test]
async fn what_was_made_is_told_and_usable_at_once() {
    let mut world = World::start().await;
    let mut wire = world.wire().await;
    for version in 2..=7 {
        let name = format!("topic-{version}");
        let topic = CreateTopicsRequestTopic {
            num_partitions: 2,
            configs: setting("retention.ms", Some("1000")),
            ..wanted(&name)
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..Default::default() };
        let answer = wire.ask(version, &request).await;
        let told = answer.read().topics.remove(0);
        assert_eq!(told.error_code, ErrorCode::NONE);
        let id = world.cluster.topic(&name).unwrap().id;
        assert_eq!(told.topic_id, if version < 7 { Uuid::nil() } else { id });
        if version >= 5 {
            assert_eq!((told.num_partitions, told.replication_factor), (2, 1));
            let configs = told.configs.unwrap();
            let retention = configs.iter().find(|config| config.name == "retention.ms").unwrap();
            assert_eq!((retention.value.as_deref(), retention.config_source), (Some("1000"), 1));
        }
        let topic = Topic { name, id };
        assert_eq!(wire.produce(9, &topic, 1, &batch(&["value"])).await.base_offset, 0);
    }
    world.restart().await;
    assert_eq!(world.cluster.topics().len(), 6, "what was told is durable");
}

#[tokio::test]
async fn a_request_makes_so_many_partitions_and_no_more() {
    let settings = ClusterSettings { partitions_default: 5_000, ..Default::default() };
    let world = World::with(settings, Limits::default()).await;
    let mut wire = world.wire().await;
    let counted = |name, num_partitions| CreateTopicsRequestTopic { num_partitions, ..wanted(name) };
    let by_assignment = CreateTopicsRequestTopic {
        num_partitions: -1,
        assignments: assigned(&(0..5_001).collect::<Vec<_>>(), 1),
        ..wanted("assigned")
    };
    for (why, topics) in [
        ("one topic", vec![counted("a", 10_001)]),
        ("as many as there are numbers", vec![counted("a", i32::MAX), counted("b", i32::MAX)]),
        ("together", vec![counted("a", 9_999), counted("b", 2)]),
        ("with the default", vec![counted("a", 5_001), counted("b", -1)]),
        ("with an assignment", vec![counted("a", 5_000), by_assignment]),
    ] {
        let refused = vec![ErrorCode::POLICY_VIOLATION; topics.len()];
        assert_eq!(created(&mut wire, 7, false, topics.clone()).await, refused, "{why}");
        assert_eq!(created(&mut wire, 4, true, topics).await, refused, "{why}, checked only");
    }
    assert!(world.cluster.topics().is_empty());
    // Counts that are no counts do not take from the others.
    let checked = created(&mut wire, 7, true, vec![counted("a", 10_000), counted("b", -7)]).await;
    assert_eq!(checked, [ErrorCode::NONE, ErrorCode::INVALID_PARTITIONS]);
}

#[tokio::test]
async fn topics_go_by_name() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for version in 1..=5 {
        world.topic("here", 1, &[]).await;
        world.topic("twice", 1, &[]).await;
        let topic_names = vec!["here", "nowhere", "twice", "twice"];
        let request = DeleteTopicsRequest { topic_names, ..Default::default() };
        let answer = wire.ask(version, &request).await;
        let response = answer.read();
        let told: Vec<_> = response
            .responses
            .iter()
            .map(|topic| (topic.name.as_deref().unwrap(), topic.error_code))
            .collect();
        let expected = [
            ("here", ErrorCode::NONE),
            ("nowhere", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            ("twice", ErrorCode::INVALID_REQUEST),
            ("twice", ErrorCode::INVALID_REQUEST),
        ];
        assert_eq!(told, expected, "version {version}");
        let left = world.cluster.topic("twice").expect("a request that contradicts itself changes nothing");
        world.cluster.topic_delete(left.id).await.unwrap();
    }
}

#[tokio::test]
async fn topics_go_by_name_or_id_in_the_newest_version() {
    let world = World::start().await;
    let (a, b, c) =
        (world.topic("a", 1, &[]).await, world.topic("b", 1, &[]).await, world.topic("c", 1, &[]).await);
    let mut wire = world.wire().await;
    let topic = |name, topic_id| DeleteTopicsRequestTopic { name, topic_id };
    let nil = Uuid::nil();
    let rows = [
        (topic(Some("a"), nil), ErrorCode::NONE),
        (topic(None, b.id), ErrorCode::NONE),
        (topic(Some("c"), nil), ErrorCode::INVALID_REQUEST),
        (topic(None, c.id), ErrorCode::INVALID_REQUEST),
        (topic(Some("d"), Topic::absent().id), ErrorCode::INVALID_REQUEST),
        (topic(None, nil), ErrorCode::INVALID_REQUEST),
        (topic(Some("nowhere"), nil), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (topic(None, Uuid::from_u128(1)), ErrorCode::UNKNOWN_TOPIC_ID),
    ];
    let topics = rows.iter().map(|(topic, _)| topic.clone()).collect();
    let answer = wire.ask(6, &DeleteTopicsRequest { topics, ..Default::default() }).await;
    let response = answer.read();
    for ((asked, code), told) in rows.iter().zip(&response.responses) {
        assert_eq!(told.error_code, *code, "{asked:?}");
    }
    // Both are told of those that went.
    for (topic, told) in [(&a, &response.responses[0]), (&b, &response.responses[1])] {
        assert_eq!((told.name.as_deref(), told.topic_id), (Some(topic.name.as_str()), topic.id));
    }
    let left: Vec<_> = world.cluster.topics().iter().map(|topic| topic.id).collect();
    assert_eq!(left, [c.id]);
}

#[tokio::test]
async fn a_topic_made_again_is_another_and_empty() {
    let world = World::start().await;
    let before = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    wire.produce(9, &before, 0, &batch(&["old"])).await;
    let request = DeleteTopicsRequest { topic_names: vec!["orders"], ..Default::default() };
    wire.ask(5, &request).await;
    let code = wire.produce(9, &before, 0, &batch(&["late"])).await.error;
    assert_eq!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    let again = world.topic("orders", 1, &[]).await;
    assert_ne!(again.id, before.id);
    assert_eq!(wire.produce(13, &before, 0, &batch(&["late"])).await.error, ErrorCode::UNKNOWN_TOPIC_ID);
    assert_eq!(wire.produce(13, &again, 0, &batch(&["new"])).await.base_offset, 0);
}

#[tokio::test]
async fn a_client_that_goes_leaves_a_whole_topic_or_none() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for round in 0..20 {
        let name = format!("topic-{round}");
        let mut gone = world.wire().await;
        gone.send(7, &CreateTopicsRequest { topics: vec![wanted(&name)], ..Default::default() }).await;
        drop(gone);
        // Whether it was made by then or not, afterwards it is there.
        let codes = created(&mut wire, 7, false, vec![wanted(&name)]).await;
        assert!([ErrorCode::NONE, ErrorCode::TOPIC_ALREADY_EXISTS].contains(&codes[0]), "{codes:?}");
        let id = world.cluster.topic(&name).map(|topic| topic.id);
        assert!(id.is_some(), "round {round}: it was {:?}, and is not there", codes[0]);
        let topic = Topic { name, id: id.unwrap() };
        assert_eq!(wire.produce(13, &topic, 0, &batch(&["value"])).await.error, ErrorCode::NONE);

        let mut gone = world.wire().await;
        let request = DeleteTopicsRequest { topic_names: vec![&topic.name], ..Default::default() };
        gone.send(5, &request).await;
        drop(gone);
        let answer = wire.ask(5, &request).await;
        let code = answer.read().responses[0].error_code;
        assert!([ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION].contains(&code), "{code:?}");
        let late = wire.produce(12, &topic, 0, &batch(&["value"])).await.error;
        assert_eq!(
            late,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            "round {round}: it was {code:?}, and is there"
        );
    }
}
