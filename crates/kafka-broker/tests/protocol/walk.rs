//! Every version of every API that is offered, asked sensibly and asked at random. What comes back is a reply in
//! that version, or the close that is due; never a reply that cannot be written.

use std::time::Duration;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, AddPartitionsToTxnRequestTopic,
    AddPartitionsToTxnRequestTransaction, AlterConfigsRequest, AlterConfigsRequestConfig,
    AlterConfigsRequestResource, ApiVersionsRequest, CODECS, Codec, ConsumerGroupDescribeRequest,
    ConsumerGroupHeartbeatRequest, CreateAclsRequest, CreateAclsRequestCreation, CreatePartitionsRequest,
    CreatePartitionsRequestTopic, CreateTopicsRequest, CreateTopicsRequestTopic, DeleteAclsRequest,
    DeleteAclsRequestFilter, DeleteGroupsRequest, DeleteRecordsRequest, DeleteRecordsRequestPartition,
    DeleteRecordsRequestTopic, DeleteTopicsRequest, DeleteTopicsRequestTopic, DescribeAclsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, DescribeConfigsRequestResource, DescribeGroupsRequest,
    DescribeLogDirsRequest, DescribeLogDirsRequestTopic, DescribeProducersRequest,
    DescribeProducersRequestTopic, DescribeTopicPartitionsRequest, DescribeTopicPartitionsRequestTopic,
    DescribeTransactionsRequest, EndTxnRequest, FetchRequest, FindCoordinatorRequest, HeartbeatRequest,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsRequestConfig,
    IncrementalAlterConfigsRequestResource, InitProducerIdRequest, JoinGroupRequest, LeaveGroupRequest,
    LeaveGroupRequestMember, ListGroupsRequest, ListOffsetsRequest, ListOffsetsRequestPartition,
    ListOffsetsRequestTopic, ListPartitionReassignmentsRequest, ListTransactionsRequest, Message,
    MetadataRequest, MetadataRequestTopic, OffsetCommitRequest, OffsetCommitRequestPartition,
    OffsetCommitRequestTopic, OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic, OffsetFetchRequestTopic,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochRequestPartition, OffsetForLeaderEpochRequestTopic,
    ProduceRequest, SaslAuthenticateRequest, SaslHandshakeRequest, SyncGroupRequest, TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_wire::sample::Dice;
use kafka_wire::{ApiKey, RequestHeader, Rope, header};

use crate::harness::{Topic, World, batch};

/// Random requests for each version.
const SAMPLES: u64 = 30;
/// How long a random request may be parked before we hang up.
const PARKED: Duration = Duration::from_millis(30);
/// Below this, Produce is told but not served.
const PRODUCE_SERVED_FROM: i16 = 3;

/// What is offered, as the broker tells it, with the codec for it.
pub(crate) async fn offered(world: &World) -> Vec<(&'static Codec, i16)> {
    let answer = world.wire().await.ask(0, &ApiVersionsRequest::default()).await;
    let mut offered = Vec::new();
    for row in answer.read().api_keys {
        let codec = CODECS.iter().find(|codec| codec.api.key == row.api_key).unwrap();
        for version in row.min_version..=row.max_version {
            if row.api_key == ApiKey::PRODUCE && version < PRODUCE_SERVED_FROM {
                continue;
            }
            offered.push((codec, version));
        }
    }
    assert!(offered.len() > 100, "the walk has somewhere to go: {}", offered.len());
    offered
}

/// What a reply must be: to this request, and readable in its version.
fn replied(codec: &Codec, version: i16, correlation: i32, frame: &[u8]) {
    let flexible = codec.api.response_header_flexible(version);
    let (answered, body) = header::response_header_decode(frame, flexible).unwrap();
    assert_eq!(answered, correlation);
    if let Err(error) = (codec.response.check)(version, body) {
        panic!("{} version {version}: {error} in {body:02x?}", codec.api.name);
    }
}

#[tokio::test]
async fn a_sensible_request_is_answered_in_every_version() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    for (codec, version) in offered(&world).await {
        let frame = sensible(codec.api.key, version, &topic);
        wire.send_bytes(frame.bytes()).await;
        let reply = wire.frame().await;
        let reply = reply.unwrap_or_else(|| panic!("{} version {version} closes", codec.api.name));
        replied(codec, version, 1, &reply);
    }
    assert_eq!(world.cluster.counters().panics, 0);
}

/// The requests that have no reply, for the reasons given.
fn may_close(key: ApiKey, version: i16, body: &[u8]) -> bool {
    // Without acknowledgement, closing is how a producer learns that something was wrong.
    key == ApiKey::PRODUCE && ProduceRequest::decode(version, body).unwrap().acks == 0
}

/// The requests whose answer may wait for something that never happens here.
fn may_park(key: ApiKey) -> bool {
    matches!(key, ApiKey::FETCH | ApiKey::JOIN_GROUP | ApiKey::SYNC_GROUP)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_are_answered_in_every_version() {
    // Small topics, since many are made by chance.
    let settings = ClusterSettings { partitions_default: 2, auto_create_topics: true, ..Default::default() };
    let world = World::with(settings, Limits::default()).await;
    // The dice know these names.
    world.topic("orders", 2, &[]).await;
    world.topic("a", 1, &[("cleanup.policy", "compact")]).await;
    for (codec, version) in offered(&world).await {
        let mut wire = world.wire().await;
        for seed in 0..SAMPLES {
            let mut dice = Dice::new(seed * 1_000 + u64::from(version.unsigned_abs()));
            let Ok(request) = (codec.request.sample)(version, &mut dice) else {
                panic!("{} version {version}: a sample can be written", codec.api.name);
            };
            let (_, body) = RequestHeader::decode(&request.bytes()[4..]).unwrap();
            wire.send_bytes(request.bytes()).await;
            let silent = may_park(codec.api.key) || may_close(codec.api.key, version, body);
            let reply = if silent {
                tokio::time::timeout(PARKED, wire.frame()).await
            } else {
                Ok(wire.frame().await)
            };
            match reply {
                Ok(Some(reply)) => {
                    replied(codec, version, 0, &reply);
                    continue;
                }
                Ok(None) if may_close(codec.api.key, version, body) => {}
                Err(_) if silent => {}
                Ok(None) | Err(_) => {
                    let what = (codec.request.render)(version, body).unwrap();
                    panic!("{} version {version} has no reply to {what}", codec.api.name);
                }
            }
            // Nothing more comes on this one.
            wire = world.wire().await;
        }
    }
    assert_eq!(world.cluster.counters().panics, 0, "every response could be written");
}

/// Texts are as long as the protocol lets them be; what is said about them still fits.
#[tokio::test]
async fn the_longest_texts_are_answered() {
    let world = World::start().await;
    let long = "x".repeat(i16::MAX.unsigned_abs().into());
    let absent = Topic { name: long.clone(), id: uuid::Uuid::from_u128(9) };
    let mut wire = world.wire().await;
    for (codec, version) in offered(&world).await {
        let frame = sensible(codec.api.key, version, &absent);
        wire.send_bytes(frame.bytes()).await;
        let Some(reply) = wire.frame().await else {
            panic!("{} version {version} closes", codec.api.name);
        };
        replied(codec, version, 1, &reply);
    }
    assert_eq!(world.cluster.counters().panics, 0, "every response could be written");
}

/// A request of which every field that a client must fill is filled.
fn sensible(key: ApiKey, version: i16, topic: &Topic) -> Rope {
    let group = if topic.name == "orders" { "readers" } else { &topic.name };
    let name = topic.name.as_str();
    let flat = batch(&["value"]);
    let mut rope = Rope::new();
    macro_rules! write {
        ($request:expr) => {
            rope.request(version, 1, Some(group), &$request)
        };
    }
    match key {
        ApiKey::PRODUCE => write!(topic.produce(-1, 0, Some(&flat))),
        ApiKey::FETCH => write!(FetchRequest { max_bytes: 1 << 20, ..topic.fetch(&[(0, 0), (1, 0)]) }),
        ApiKey::LIST_OFFSETS => {
            let partition = ListOffsetsRequestPartition { timestamp: -1, ..Default::default() };
            let topics = vec![ListOffsetsRequestTopic { name, partitions: vec![partition] }];
            write!(ListOffsetsRequest { topics, ..Default::default() })
        }
        ApiKey::METADATA => {
            let named = MetadataRequestTopic { name: Some(name), ..Default::default() };
            write!(MetadataRequest { topics: Some(vec![named]), ..Default::default() })
        }
        ApiKey::OFFSET_COMMIT => {
            let partitions = vec![OffsetCommitRequestPartition { committed_offset: 1, ..Default::default() }];
            let topics = vec![OffsetCommitRequestTopic { name, topic_id: topic.id, partitions }];
            write!(OffsetCommitRequest { group_id: "outside", topics, ..Default::default() })
        }
        ApiKey::OFFSET_FETCH if version < 8 => {
            let topics = Some(vec![OffsetFetchRequestTopic { name, partition_indexes: vec![0, 1] }]);
            write!(OffsetFetchRequest { group_id: group, topics, ..Default::default() })
        }
        ApiKey::OFFSET_FETCH => {
            let topic = OffsetFetchRequestGroupTopic { name, topic_id: topic.id, partition_indexes: vec![0] };
            let one =
                OffsetFetchRequestGroup { group_id: group, topics: Some(vec![topic]), ..Default::default() };
            let all = OffsetFetchRequestGroup { group_id: group, topics: None, ..Default::default() };
            write!(OffsetFetchRequest { groups: vec![one, all], ..Default::default() })
        }
        ApiKey::FIND_COORDINATOR if version < 4 => {
            write!(FindCoordinatorRequest { key: group, ..Default::default() })
        }
        ApiKey::FIND_COORDINATOR => {
            write!(FindCoordinatorRequest { coordinator_keys: vec![group, "other"], ..Default::default() })
        }
        ApiKey::JOIN_GROUP => {
            // A member that the group does not know: answered at once.
            let session_timeout_ms = 10_000;
            write!(JoinGroupRequest {
                group_id: group,
                member_id: "gone",
                session_timeout_ms,
                protocol_type: "consumer",
                ..Default::default()
            })
        }
        ApiKey::HEARTBEAT => {
            write!(HeartbeatRequest { group_id: group, member_id: "m", ..Default::default() })
        }
        ApiKey::CONSUMER_GROUP_HEARTBEAT => write!(ConsumerGroupHeartbeatRequest {
            group_id: group,
            member_id: name,
            rebalance_timeout_ms: 10_000,
            subscribed_topic_names: Some(vec![name]),
            topic_partitions: Some(Vec::new()),
            ..Default::default()
        }),
        ApiKey::CONSUMER_GROUP_DESCRIBE => {
            write!(ConsumerGroupDescribeRequest { group_ids: vec![group, "other"], ..Default::default() })
        }
        ApiKey::LEAVE_GROUP if version < 3 => {
            write!(LeaveGroupRequest { group_id: group, member_id: "m", ..Default::default() })
        }
        ApiKey::LEAVE_GROUP => {
            let members = vec![LeaveGroupRequestMember { member_id: name, ..Default::default() }];
            write!(LeaveGroupRequest { group_id: group, members, ..Default::default() })
        }
        ApiKey::SYNC_GROUP => {
            write!(SyncGroupRequest { group_id: group, member_id: "m", ..Default::default() })
        }
        ApiKey::DESCRIBE_GROUPS => {
            write!(DescribeGroupsRequest { groups: vec![group, "other"], ..Default::default() })
        }
        ApiKey::LIST_GROUPS => write!(ListGroupsRequest::default()),
        ApiKey::SASL_HANDSHAKE => write!(SaslHandshakeRequest { mechanism: name }),
        ApiKey::SASL_AUTHENTICATE => write!(SaslAuthenticateRequest { auth_bytes: name.as_bytes() }),
        ApiKey::API_VERSIONS => write!(ApiVersionsRequest {
            client_software_name: "protocol-test",
            client_software_version: "1.0",
        }),
        ApiKey::CREATE_TOPICS => {
            let refused = kafka_wire::messages::CreateTopicsRequestConfig { name, value: Some(name) };
            let topics = ["made", "refused"]
                .map(|made| CreateTopicsRequestTopic {
                    name: made,
                    num_partitions: 1,
                    replication_factor: 1,
                    configs: if made == "refused" { vec![refused.clone()] } else { Vec::new() },
                    ..Default::default()
                })
                .to_vec();
            write!(CreateTopicsRequest { topics, ..Default::default() })
        }
        ApiKey::DELETE_TOPICS if version < 6 => {
            write!(DeleteTopicsRequest { topic_names: vec!["made", "refused"], ..Default::default() })
        }
        ApiKey::DELETE_TOPICS => {
            let topics = vec![DeleteTopicsRequestTopic { name: Some("made"), ..Default::default() }];
            write!(DeleteTopicsRequest { topics, ..Default::default() })
        }
        ApiKey::INIT_PRODUCER_ID => write!(InitProducerIdRequest::default()),
        ApiKey::OFFSET_FOR_LEADER_EPOCH => {
            let partitions =
                vec![OffsetForLeaderEpochRequestPartition { leader_epoch: 1, ..Default::default() }];
            let topics = vec![OffsetForLeaderEpochRequestTopic { topic: name, partitions }];
            write!(OffsetForLeaderEpochRequest { topics, ..Default::default() })
        }
        ApiKey::DESCRIBE_CONFIGS => {
            let resource = |resource_type, resource_name| DescribeConfigsRequestResource {
                resource_type,
                resource_name,
                ..Default::default()
            };
            let resources = vec![resource(2, name), resource(4, "1"), resource(4, name), resource(8, name)];
            write!(DescribeConfigsRequest { resources, ..Default::default() })
        }
        ApiKey::DELETE_RECORDS => {
            let partitions = vec![DeleteRecordsRequestPartition::default()];
            let topics = vec![DeleteRecordsRequestTopic { name, partitions }];
            write!(DeleteRecordsRequest { topics, ..Default::default() })
        }
        ApiKey::ALTER_CONFIGS => {
            let configs = vec![AlterConfigsRequestConfig { name, value: Some(name) }];
            let resource = |resource_type| AlterConfigsRequestResource {
                resource_type,
                resource_name: name,
                configs: configs.clone(),
            };
            let resources = vec![resource(2), resource(4), resource(8)];
            write!(AlterConfigsRequest { resources, ..Default::default() })
        }
        ApiKey::INCREMENTAL_ALTER_CONFIGS => {
            let configs =
                vec![IncrementalAlterConfigsRequestConfig { name, config_operation: 2, value: Some(name) }];
            let resource = |resource_type| IncrementalAlterConfigsRequestResource {
                resource_type,
                resource_name: name,
                configs: configs.clone(),
            };
            let resources = vec![resource(2), resource(4), resource(8)];
            write!(IncrementalAlterConfigsRequest { resources, ..Default::default() })
        }
        ApiKey::DESCRIBE_LOG_DIRS => {
            let topics = Some(vec![DescribeLogDirsRequestTopic { topic: name, partitions: vec![0, 7] }]);
            write!(DescribeLogDirsRequest { topics })
        }
        ApiKey::CREATE_PARTITIONS => {
            let topics = vec![CreatePartitionsRequestTopic { name, count: 2, assignments: None }];
            write!(CreatePartitionsRequest { topics, ..Default::default() })
        }
        ApiKey::LIST_PARTITION_REASSIGNMENTS => write!(ListPartitionReassignmentsRequest::default()),
        ApiKey::OFFSET_DELETE => {
            let partitions = vec![OffsetDeleteRequestPartition::default()];
            let topics = vec![OffsetDeleteRequestTopic { name, partitions }];
            write!(OffsetDeleteRequest { group_id: group, topics })
        }
        ApiKey::DESCRIBE_TOPIC_PARTITIONS => {
            let topics = vec![DescribeTopicPartitionsRequestTopic { name }];
            write!(DescribeTopicPartitionsRequest { topics, ..Default::default() })
        }
        ApiKey::DESCRIBE_ACLS => {
            write!(DescribeAclsRequest { resource_name_filter: Some(name), ..Default::default() })
        }
        ApiKey::CREATE_ACLS => {
            let creation = CreateAclsRequestCreation {
                resource_name: name,
                principal: name,
                host: name,
                ..Default::default()
            };
            write!(CreateAclsRequest { creations: vec![creation] })
        }
        ApiKey::DELETE_ACLS => {
            let filter = DeleteAclsRequestFilter { resource_name_filter: Some(name), ..Default::default() };
            write!(DeleteAclsRequest { filters: vec![filter] })
        }
        ApiKey::ADD_PARTITIONS_TO_TXN => {
            let partitions = || vec![AddPartitionsToTxnRequestTopic { name, partitions: vec![0, 7] }];
            if version < 4 {
                write!(AddPartitionsToTxnRequest {
                    v3_and_below_transactional_id: group,
                    v3_and_below_topics: partitions(),
                    ..Default::default()
                })
            } else {
                let one = |verify_only| AddPartitionsToTxnRequestTransaction {
                    transactional_id: group,
                    verify_only,
                    topics: partitions(),
                    ..Default::default()
                };
                let transactions = vec![one(true), one(false)];
                write!(AddPartitionsToTxnRequest { transactions, ..Default::default() })
            }
        }
        ApiKey::ADD_OFFSETS_TO_TXN => {
            write!(AddOffsetsToTxnRequest { transactional_id: group, group_id: group, ..Default::default() })
        }
        ApiKey::END_TXN => {
            write!(EndTxnRequest { transactional_id: group, committed: true, ..Default::default() })
        }
        ApiKey::TXN_OFFSET_COMMIT => {
            let partitions = vec![TxnOffsetCommitRequestPartition::default()];
            let topics = vec![TxnOffsetCommitRequestTopic { name, partitions }];
            write!(TxnOffsetCommitRequest {
                transactional_id: group,
                group_id: group,
                topics,
                ..Default::default()
            })
        }
        ApiKey::DESCRIBE_PRODUCERS => {
            let topics = vec![DescribeProducersRequestTopic { name, partition_indexes: vec![0, 7] }];
            write!(DescribeProducersRequest { topics })
        }
        ApiKey::DESCRIBE_TRANSACTIONS => {
            write!(DescribeTransactionsRequest { transactional_ids: vec![group] })
        }
        ApiKey::LIST_TRANSACTIONS => {
            let transactional_id_pattern = (version >= 2).then_some(group);
            let state_filters = vec!["Ongoing", group];
            write!(ListTransactionsRequest { transactional_id_pattern, state_filters, ..Default::default() })
        }
        ApiKey::DELETE_GROUPS => write!(DeleteGroupsRequest { groups_names: vec![group] }),
        ApiKey::DESCRIBE_CLUSTER => write!(DescribeClusterRequest::default()),
        other => panic!("{other} is offered: give it a request here"),
    }
    .unwrap();
    rope
}
