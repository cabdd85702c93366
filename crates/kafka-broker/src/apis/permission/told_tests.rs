//! What is told to whom: what is left out, what comes without a name, what operations are listed.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupHeartbeatRequest, CreateTopicsRequest,
    CreateTopicsRequestTopic, DeleteTopicsRequest, DeleteTopicsRequestTopic, DescribeClusterRequest,
    DescribeGroupsRequest, DescribeTransactionsRequest, FetchRequest, FetchRequestPartition,
    FetchRequestTopic, ListGroupsRequest, ListTransactionsRequest, MetadataRequest, MetadataRequestTopic,
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, ProduceRequest, ProduceRequestPartition, ProduceRequestTopic,
};
use kafka_wire::records::{BatchBuilder, Compression, NewRecord};

use super::world::{World, allow};
use crate::authority::{Operation, ResourceKind};
use crate::cluster::ClusterSettings;
use crate::transaction::Initial;

const REFUSED: ErrorCode = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
/// The bits of a field of operations.
const READ: i32 = 1 << 3;
const DELETE: i32 = 1 << 6;
const DESCRIBE: i32 = 1 << 8;
const DESCRIBE_CONFIGS: i32 = 1 << 10;
const ALTER_CONFIGS: i32 = 1 << 11;

fn orders(operation: Operation) -> super::world::Rule {
    allow(ResourceKind::Topic, "orders", operation)
}

fn readers(operation: Operation) -> super::world::Rule {
    allow(ResourceKind::Group, "readers", operation)
}

fn cluster(operation: Operation) -> super::world::Rule {
    allow(ResourceKind::Cluster, "kafka-cluster", operation)
}

#[tokio::test]
async fn metadata_leaves_out_what_may_not_be_described_and_refuses_what_is_named() {
    let world = World::start().await;
    let secret = world.topic_create("secret").await;
    world.rules(&[orders(Operation::Read)]);
    let all = MetadataRequest { topics: None, ..Default::default() };
    let names = |answer: &super::world::Answer<MetadataRequest<'_>>| -> Vec<String> {
        answer.read().topics.iter().filter_map(|topic| Some(topic.name.as_deref()?.to_owned())).collect()
    };
    assert_eq!(names(&world.ask(12, &all).await), ["orders"]);
    assert_eq!(names(&world.ask_anonymously(12, &all).await), ["orders", "secret"]);

    let named = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
    let by_id = MetadataRequestTopic { topic_id: secret, name: None };
    let topics = Some(vec![named("orders"), named("secret"), named("nowhere"), named("no/name"), by_id]);
    let answer = world.ask(12, &MetadataRequest { topics, ..Default::default() }).await;
    let answered: Vec<_> =
        answer.read().topics.iter().map(|topic| (topic.error_code, topic.name.clone())).collect();
    let expected = [
        (ErrorCode::NONE, Some("orders".into())),
        // There or not, or without a name that can be: who may not describe it cannot tell.
        (REFUSED, Some("secret".into())),
        (REFUSED, Some("nowhere".into())),
        (REFUSED, Some("no/name".into())),
        (REFUSED, None),
    ];
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn a_topic_is_made_by_asking_only_with_the_right_to_create_it() {
    let world = World::start().await;
    let settings = ClusterSettings { auto_create_topics: true, rules_enforced: true, ..Default::default() };
    world.cluster.configure(settings).await.unwrap();
    let new = |operation| allow(ResourceKind::Topic, "new", operation);
    let ask = async || {
        let named = MetadataRequestTopic { name: Some("new"), ..Default::default() };
        let topics = Some(vec![named]);
        let request = MetadataRequest { topics, allow_auto_topic_creation: true, ..Default::default() };
        world.ask(8, &request).await.read().topics[0].error_code
    };
    for short in [vec![new(Operation::Create)], vec![new(Operation::Write)], vec![cluster(Operation::Create)]]
    {
        world.rules(&short);
        assert_eq!(ask().await, REFUSED, "{short:?}");
        assert!(world.cluster.topic("new").is_none());
    }
    world.rules(&[new(Operation::Describe), new(Operation::Create)]);
    assert_eq!(ask().await, ErrorCode::NONE);
}

#[tokio::test]
async fn operations_are_listed_when_they_are_asked_for() {
    let world = World::start().await;
    world.rules(&[orders(Operation::Read), readers(Operation::Delete), cluster(Operation::AlterConfigs)]);
    let named = |name| MetadataRequestTopic { name: Some(name), ..Default::default() };
    let request = |asked| MetadataRequest {
        topics: Some(vec![named("orders"), named("secret")]),
        include_topic_authorized_operations: asked,
        include_cluster_authorized_operations: asked,
        ..Default::default()
    };
    let metadata = world.ask(10, &request(true)).await;
    let metadata = metadata.read();
    let operations: Vec<i32> =
        metadata.topics.iter().map(|topic| topic.topic_authorized_operations).collect();
    assert_eq!(operations, [READ | DESCRIBE, i32::MIN]);
    // Who may not describe the cluster is told nothing of it.
    assert_eq!(metadata.cluster_authorized_operations, 0);
    let unasked = world.ask(10, &request(false)).await;
    assert_eq!(unasked.read().topics[0].topic_authorized_operations, i32::MIN);
    assert_eq!(unasked.read().cluster_authorized_operations, i32::MIN);

    let groups = DescribeGroupsRequest { groups: vec!["readers", "b"], include_authorized_operations: true };
    let groups = world.ask(5, &groups).await;
    let operations: Vec<i32> = groups.read().groups.iter().map(|group| group.authorized_operations).collect();
    assert_eq!(operations, [DELETE | DESCRIBE, i32::MIN]);

    world.rules(&[cluster(Operation::AlterConfigs), cluster(Operation::Describe)]);
    let request = DescribeClusterRequest {
        include_cluster_authorized_operations: true,
        endpoint_type: 1,
        ..Default::default()
    };
    let told = world.ask(1, &request).await;
    let expected = DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS;
    assert_eq!(told.read().cluster_authorized_operations, expected);
    // 5 create, 7 alter, 8 describe, 9 cluster action, 10 and 11 settings, 12 idempotent write.
    let everything = world.ask_anonymously(1, &request).await;
    assert_eq!(everything.read().cluster_authorized_operations, 0b1_1111_1010_0000);
}

#[tokio::test]
async fn groups_and_their_offsets_are_listed_as_far_as_they_may_be_described() {
    let world = World::start().await;
    world.topic_create("secret").await;
    for group_id in ["readers", "hidden"] {
        let topic = |name| OffsetCommitRequestTopic {
            name,
            partitions: vec![OffsetCommitRequestPartition { committed_offset: 7, ..Default::default() }],
            ..Default::default()
        };
        let topics = vec![topic("orders"), topic("secret")];
        let request = OffsetCommitRequest { group_id, topics, ..Default::default() };
        world.ask_anonymously(8, &request).await;
    }
    let listed = async || -> Vec<String> {
        let answer = world.ask(4, &ListGroupsRequest::default()).await;
        answer.read().groups.iter().map(|group| group.group_id.to_string()).collect()
    };
    assert!(listed().await.is_empty());
    world.rules(&[readers(Operation::Read), orders(Operation::Describe)]);
    assert_eq!(listed().await, ["readers"]);
    let group = |group_id| OffsetFetchRequestGroup { group_id, topics: None, ..Default::default() };
    let groups = vec![group("readers"), group("hidden")];
    let answer = world.ask(8, &OffsetFetchRequest { groups, ..Default::default() }).await;
    let told: Vec<_> = answer
        .read()
        .groups
        .into_iter()
        .map(|group| (group.error_code, group.topics.iter().map(|topic| topic.name.to_string()).collect()))
        .collect();
    let refused = (ErrorCode::GROUP_AUTHORIZATION_FAILED, Vec::<String>::new());
    assert_eq!(told, [(ErrorCode::NONE, vec!["orders".to_owned()]), refused]);
    world.rules(&[cluster(Operation::Describe)]);
    assert_eq!(listed().await, ["hidden", "readers"]);
}

#[tokio::test]
async fn what_a_topic_was_made_with_is_told_with_the_right_to_see_settings() {
    let world = World::start().await;
    let topics = vec![CreateTopicsRequestTopic {
        name: "new",
        num_partitions: 2,
        replication_factor: 1,
        ..Default::default()
    }];
    let request = CreateTopicsRequest { topics, ..Default::default() };
    world.rules(&[allow(ResourceKind::Topic, "new", Operation::Create)]);
    let answer = world.ask(7, &request).await;
    let made = &answer.read().topics[0];
    assert_eq!((made.error_code, made.topic_config_error_code), (ErrorCode::NONE, REFUSED));
    assert_eq!((made.num_partitions, made.replication_factor, made.configs.is_none()), (-1, -1, true));
    assert_eq!(world.cluster.topic("new").unwrap().partitions, 2);
}

#[tokio::test]
async fn a_refused_deletion_does_not_give_a_name_away() {
    let world = World::start().await;
    let by_id = || vec![DeleteTopicsRequestTopic { name: None, topic_id: world.topic }];
    let delete = async || {
        let answer = world.ask(6, &DeleteTopicsRequest { topics: by_id(), ..Default::default() }).await;
        let topic = &answer.read().responses[0];
        (topic.error_code, topic.name.as_deref().map(str::to_owned))
    };
    assert_eq!(delete().await, (REFUSED, None));
    world.rules(&[orders(Operation::Describe)]);
    assert_eq!(delete().await, (REFUSED, Some("orders".to_owned())));
    assert!(world.cluster.topic("orders").is_some());
}

#[tokio::test]
async fn no_right_is_enough_for_the_brokers_own_topic() {
    let world = World::start().await;
    let probe = world.cluster.probe_topic().await.unwrap();
    let records = batch();
    let refusals = async || {
        let answer = world.ask(9, &produced(&probe, -1, &records)).await;
        let written = answer.read().responses[0].partition_responses[0].error_code;
        let delete = DeleteTopicsRequest { topic_names: vec![&probe], ..Default::default() };
        (written, world.ask(4, &delete).await.read().responses[0].error_code)
    };
    assert_eq!(refusals().await, (REFUSED, REFUSED));
    world.rules(&[allow(ResourceKind::Topic, "__probe", Operation::All)]);
    let invalid = ErrorCode::INVALID_TOPIC_EXCEPTION;
    assert_eq!(refusals().await, (invalid, invalid));
    assert!(world.cluster.topic(&probe).is_some());
}

fn produced<'a>(name: &'a str, acks: i16, records: &'a [u8]) -> ProduceRequest<'a> {
    let partition_data = vec![ProduceRequestPartition { index: 0, records: Some(records) }];
    let topic_data = vec![ProduceRequestTopic { name, partition_data, ..Default::default() }];
    ProduceRequest { acks, topic_data, ..Default::default() }
}

fn batch() -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None);
    let timestamp = machine::clock::Clock::system().now_ms();
    builder.push(&NewRecord { timestamp, key: None, value: Some(b"value"), headers: &[] }).unwrap();
    builder.build().unwrap()
}

#[tokio::test]
async fn who_asks_for_no_acknowledgement_learns_by_losing_the_connection() {
    let world = World::start().await;
    let records = batch();
    assert!(world.closes(9, &produced("orders", 0, &records)).await);
    assert_eq!(world.cluster.topic_ends("orders").unwrap()[0].end, 0, "nothing was written");
    world.rules(&[orders(Operation::Write)]);
    assert!(!world.closes(9, &produced("orders", 0, &records)).await);
}

#[tokio::test]
async fn a_fetch_that_waits_gets_nothing_once_its_right_is_withdrawn() {
    let world = World::start().await;
    world.rules(&[orders(Operation::Read)]);
    let partitions = vec![FetchRequestPartition { partition_max_bytes: 1 << 20, ..Default::default() }];
    let topics = vec![FetchRequestTopic { topic: "orders", partitions, ..Default::default() }];
    let request =
        FetchRequest { min_bytes: 1, max_bytes: 1 << 20, max_wait_ms: 60_000, topics, ..Default::default() };
    let fetch = world.ask(11, &request);
    tokio::pin!(fetch);
    tokio::select! {
        biased;
        _ = &mut fetch => panic!("there is nothing to fetch"),
        () = std::future::ready(()) => {}
    }
    world.rules(&[]);
    let records = batch();
    let written = world.ask_anonymously(9, &produced("orders", -1, &records)).await;
    assert_eq!(written.read().responses[0].partition_responses[0].error_code, ErrorCode::NONE);
    assert_eq!(fetch.await.read().responses[0].partitions[0].error_code, REFUSED);
}

#[tokio::test]
async fn transactions_are_listed_and_described_as_far_as_they_may_be() {
    let world = World::start().await;
    let secret = world.topic_create("secret").await;
    let transactions = world.cluster.transactions();
    let asked = Initial { timeout: std::time::Duration::from_secs(60), known: None };
    let producer = transactions.initial("transfer", asked).await.unwrap();
    transactions.initial("hidden", asked).await.unwrap();
    let partitions = [(world.topic, 0), (secret, 0)];
    transactions.partitions_enter("transfer", producer, &partitions).await.unwrap();

    let transfer = allow(ResourceKind::TransactionalId, "transfer", Operation::Describe);
    world.rules(&[transfer, orders(Operation::Read)]);
    let listed = world.ask(2, &ListTransactionsRequest::default()).await;
    let listed = listed.read();
    let states: Vec<_> = listed
        .transaction_states
        .iter()
        .map(|one| (&*one.transactional_id, &*one.transaction_state))
        .collect();
    assert_eq!(states, [("transfer", "Ongoing")]);

    let request = DescribeTransactionsRequest { transactional_ids: vec!["transfer", "hidden", "nobody"] };
    let described = world.ask(0, &request).await;
    let described = described.read();
    let codes: Vec<_> = described.transaction_states.iter().map(|one| one.error_code).collect();
    let refused = ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    assert_eq!(codes, [ErrorCode::NONE, refused, refused]);
    let topics: Vec<_> = described.transaction_states[0].topics.iter().map(|topic| &*topic.topic).collect();
    assert_eq!(topics, ["orders"], "the other topic is left out");
}

#[tokio::test]
async fn batch_of_a_transaction_without_its_id_refuses_the_request() {
    let world = World::start().await;
    world.rules(&[orders(Operation::Write)]);
    let mut builder = BatchBuilder::new(Compression::None).producer(1, 0, 0).transactional();
    builder.push(&NewRecord::default()).unwrap();
    let batch = builder.build().unwrap();
    let partition_data = vec![ProduceRequestPartition { index: 0, records: Some(&batch) }];
    let topic_data = vec![ProduceRequestTopic { name: "orders", topic_id: world.topic, partition_data }];
    let request = ProduceRequest { acks: -1, topic_data, ..Default::default() };
    for version in [3, 11, 13] {
        let answer = world.ask(version, &request).await;
        let code = answer.read().responses[0].partition_responses[0].error_code;
        assert_eq!(code, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "version {version}");
    }
}

#[tokio::test]
async fn an_expression_stands_for_topics_that_may_be_described_and_groups_of_others_are_not_shown() {
    let world = World::start().await;
    let secret = world.topic_create("secret").await;
    let joining = |member_id| ConsumerGroupHeartbeatRequest {
        group_id: "readers",
        member_id,
        rebalance_timeout_ms: 60_000,
        subscribed_topic_regex: Some(".*"),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    let describe = ConsumerGroupDescribeRequest { group_ids: vec!["readers"], ..Default::default() };
    world.rules(&[readers(Operation::Read), orders(Operation::Describe)]);
    let answer = world.ask(1, &joining("alice")).await;
    let response = answer.read();
    let assigned: Vec<_> =
        response.assignment.unwrap().topic_partitions.iter().map(|of| of.topic_id).collect();
    assert_eq!((response.error_code, assigned), (ErrorCode::NONE, vec![world.topic]));
    let answer = world.ask(1, &describe).await;
    assert_eq!(answer.read().groups[0].members[0].assignment.topic_partitions[0].topic_name, "orders");

    // Another member reads what alice may not know of.
    let answer = world.ask_anonymously(1, &joining("another")).await;
    let assigned = answer.read().assignment.unwrap().topic_partitions;
    assert!(assigned.iter().any(|of| of.topic_id == secret), "{assigned:?}");
    let answer = world.ask(1, &describe).await;
    let response = answer.read();
    assert_eq!((response.groups[0].error_code, response.groups[0].members.len()), (REFUSED, 0));
}
