//! Every API, asked by a user with the rights it needs and by one without, in every version.

use std::collections::BTreeSet;

use kafka_wire::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, AddPartitionsToTxnRequestTopic,
    AddPartitionsToTxnRequestTransaction, AlterClientQuotasRequest, AlterConfigsRequest,
    AlterConfigsRequestResource, ConsumerGroupDescribeRequest, ConsumerGroupHeartbeatRequest,
    CreateAclsRequest, CreateAclsRequestCreation, CreatePartitionsRequest, CreatePartitionsRequestTopic,
    CreateTopicsRequest, CreateTopicsRequestTopic, DeleteAclsRequest, DeleteAclsRequestFilter,
    DeleteGroupsRequest, DeleteRecordsRequest, DeleteRecordsRequestPartition, DeleteRecordsRequestTopic,
    DeleteTopicsRequest, DeleteTopicsRequestTopic, DescribeAclsRequest, DescribeClientQuotasRequest,
    DescribeConfigsRequest, DescribeConfigsRequestResource, DescribeGroupsRequest, DescribeLogDirsRequest,
    DescribeProducersRequest, DescribeProducersRequestTopic, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsRequestTopic, DescribeTransactionsRequest, EndTxnRequest, FetchRequest,
    FetchRequestPartition, FetchRequestTopic, FindCoordinatorRequest, HeartbeatRequest,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsRequestResource, InitProducerIdRequest,
    JoinGroupRequest, LeaveGroupRequest, LeaveGroupRequestMember, ListOffsetsRequest,
    ListOffsetsRequestPartition, ListOffsetsRequestTopic, ListPartitionReassignmentsRequest, MetadataRequest,
    MetadataRequestTopic, OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic, OffsetFetchRequestTopic,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochRequestPartition, OffsetForLeaderEpochRequestTopic,
    ProduceRequest, ProduceRequestPartition, ProduceRequestTopic, SyncGroupRequest, TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_wire::{ApiKey, ErrorCode, Rope};

use super::super::TABLE;
use super::world::{Rule, World, allow};
use crate::authority::{Operation, ResourceKind};

const TOPIC: ErrorCode = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
const GROUP: ErrorCode = ErrorCode::GROUP_AUTHORIZATION_FAILED;
const CLUSTER: ErrorCode = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
const TRANSACTIONAL_ID: ErrorCode = ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;

/// APIs that anybody may use, to log in for one; what others leave out is tested where it is.
const OPEN: [ApiKey; 6] = [
    ApiKey::LIST_GROUPS,
    ApiKey::SASL_HANDSHAKE,
    ApiKey::API_VERSIONS,
    ApiKey::SASL_AUTHENTICATE,
    ApiKey::DESCRIBE_CLUSTER,
    ApiKey::LIST_TRANSACTIONS,
];

/// A request about topic `orders`, group `readers` or transactional id `transfer`.
struct Case {
    key: ApiKey,
    request: fn(&World, i16) -> Rope,
    /// Versions it has a meaning in, within those that are served.
    from: i16,
    /// All of these are needed.
    needs: Vec<Rule>,
    /// What refuses it when the last of them is missing, and the others are there.
    refusal: ErrorCode,
}

fn case(key: ApiKey, refusal: ErrorCode, needs: &[Rule], request: fn(&World, i16) -> Rope) -> Case {
    Case { key, request, from: 0, needs: needs.to_vec(), refusal }
}

fn orders(operation: Operation) -> Rule {
    allow(ResourceKind::Topic, "orders", operation)
}

fn readers(operation: Operation) -> Rule {
    allow(ResourceKind::Group, "readers", operation)
}

fn cluster(operation: Operation) -> Rule {
    allow(ResourceKind::Cluster, "kafka-cluster", operation)
}

fn transfer(operation: Operation) -> Rule {
    allow(ResourceKind::TransactionalId, "transfer", operation)
}

macro_rules! written {
    ($version:expr, $request:expr) => {{
        let mut rope = Rope::new();
        rope.request($version, 1, Some("client"), &$request).unwrap();
        rope
    }};
}

/// Every way to be allowed something, for every API that does not answer to all.
fn cases() -> Vec<Case> {
    use Operation::{
        Alter, AlterConfigs, ClusterAction, Create, Delete, Describe, DescribeConfigs, IdempotentWrite, Read,
        Write,
    };
    vec![
        case(ApiKey::PRODUCE, TOPIC, &[orders(Write)], |world, version| produce(world, version, None)),
        case(ApiKey::PRODUCE, TRANSACTIONAL_ID, &[orders(Write), transfer(Write)], |world, version| {
            produce(world, version, Some("transfer"))
        }),
        case(ApiKey::FETCH, TOPIC, &[orders(Read)], |world, version| {
            let partitions = vec![FetchRequestPartition::default()];
            let topics = vec![FetchRequestTopic { topic: "orders", topic_id: world.topic, partitions }];
            written!(version, FetchRequest { topics, ..Default::default() })
        }),
        case(ApiKey::LIST_OFFSETS, TOPIC, &[orders(Describe)], list_offsets),
        case(ApiKey::LIST_OFFSETS, TOPIC, &[orders(Read)], list_offsets),
        case(ApiKey::METADATA, TOPIC, &[orders(Describe)], metadata),
        case(ApiKey::METADATA, TOPIC, &[orders(Alter)], metadata),
        Case {
            from: 12,
            ..case(ApiKey::METADATA, TOPIC, &[orders(Write)], |world, version| {
                let by_id = MetadataRequestTopic { topic_id: world.topic, name: None };
                written!(version, MetadataRequest { topics: Some(vec![by_id]), ..Default::default() })
            })
        },
        case(ApiKey::OFFSET_COMMIT, TOPIC, &[readers(Read), orders(Read)], offset_commit),
        case(ApiKey::OFFSET_COMMIT, GROUP, &[orders(Read), readers(Read)], offset_commit),
        case(ApiKey::OFFSET_FETCH, TOPIC, &[readers(Describe), orders(Describe)], offset_fetch),
        case(ApiKey::OFFSET_FETCH, GROUP, &[orders(Read), readers(Read)], offset_fetch),
        case(ApiKey::FIND_COORDINATOR, GROUP, &[readers(Describe)], |_, version| {
            find_coordinator("readers", 0, version)
        }),
        Case {
            from: 1,
            ..case(ApiKey::FIND_COORDINATOR, TRANSACTIONAL_ID, &[transfer(Write)], |_, version| {
                find_coordinator("transfer", 1, version)
            })
        },
        case(ApiKey::JOIN_GROUP, GROUP, &[readers(Read)], |_, version| {
            // Too short a session is refused at once.
            written!(version, JoinGroupRequest { group_id: "readers", ..Default::default() })
        }),
        case(ApiKey::HEARTBEAT, GROUP, &[readers(Read)], |_, version| {
            written!(version, HeartbeatRequest { group_id: "readers", ..Default::default() })
        }),
        case(ApiKey::CONSUMER_GROUP_HEARTBEAT, GROUP, &[orders(Describe), readers(Read)], group_heartbeat),
        case(ApiKey::CONSUMER_GROUP_HEARTBEAT, TOPIC, &[readers(Read), orders(Describe)], group_heartbeat),
        case(ApiKey::CONSUMER_GROUP_DESCRIBE, GROUP, &[readers(Describe)], |_, version| {
            let group_ids = vec!["readers"];
            written!(version, ConsumerGroupDescribeRequest { group_ids, ..Default::default() })
        }),
        case(ApiKey::LEAVE_GROUP, GROUP, &[readers(Read)], |_, version| {
            let members = match version {
                ..3 => Vec::new(),
                _ => vec![LeaveGroupRequestMember { member_id: "m", ..Default::default() }],
            };
            written!(version, LeaveGroupRequest { group_id: "readers", members, ..Default::default() })
        }),
        case(ApiKey::SYNC_GROUP, GROUP, &[readers(Read)], |_, version| {
            written!(version, SyncGroupRequest { group_id: "readers", ..Default::default() })
        }),
        case(ApiKey::DESCRIBE_GROUPS, GROUP, &[readers(Describe)], |_, version| {
            written!(version, DescribeGroupsRequest { groups: vec!["readers"], ..Default::default() })
        }),
        case(ApiKey::DELETE_GROUPS, GROUP, &[readers(Delete)], |_, version| {
            written!(version, DeleteGroupsRequest { groups_names: vec!["readers"] })
        }),
        // Its settings are told to whoever may see them, and are refused otherwise.
        case(ApiKey::CREATE_TOPICS, TOPIC, &[orders(DescribeConfigs), orders(Create)], create_topics),
        case(ApiKey::CREATE_TOPICS, TOPIC, &[orders(AlterConfigs), cluster(Create)], create_topics),
        case(ApiKey::DELETE_TOPICS, TOPIC, &[orders(Delete)], delete_topics),
        case(ApiKey::DELETE_TOPICS, TOPIC, &[cluster(Delete)], delete_topics),
        Case {
            from: 6,
            ..case(ApiKey::DELETE_TOPICS, TOPIC, &[orders(Delete)], |world, version| {
                let topics = vec![DeleteTopicsRequestTopic { name: None, topic_id: world.topic }];
                written!(version, DeleteTopicsRequest { topics, ..Default::default() })
            })
        },
        case(ApiKey::INIT_PRODUCER_ID, CLUSTER, &[cluster(IdempotentWrite)], |_, version| {
            written!(version, InitProducerIdRequest::default())
        }),
        case(ApiKey::INIT_PRODUCER_ID, CLUSTER, &[orders(Write)], |_, version| {
            written!(version, InitProducerIdRequest::default())
        }),
        case(ApiKey::INIT_PRODUCER_ID, TRANSACTIONAL_ID, &[transfer(Write)], |_, version| {
            let transactional_id = Some("transfer");
            written!(version, InitProducerIdRequest { transactional_id, ..Default::default() })
        }),
        case(
            ApiKey::ADD_PARTITIONS_TO_TXN,
            TOPIC,
            &[cluster(ClusterAction), transfer(Write), orders(Write)],
            add_partitions,
        ),
        case(
            ApiKey::ADD_PARTITIONS_TO_TXN,
            TRANSACTIONAL_ID,
            &[cluster(ClusterAction), orders(Write), transfer(Write)],
            add_partitions,
        ),
        Case {
            from: 4,
            ..case(
                ApiKey::ADD_PARTITIONS_TO_TXN,
                CLUSTER,
                &[transfer(Write), orders(Write), cluster(ClusterAction)],
                add_partitions,
            )
        },
        case(ApiKey::ADD_OFFSETS_TO_TXN, GROUP, &[transfer(Write), readers(Read)], add_offsets),
        case(ApiKey::ADD_OFFSETS_TO_TXN, TRANSACTIONAL_ID, &[readers(Read), transfer(Write)], add_offsets),
        case(ApiKey::END_TXN, TRANSACTIONAL_ID, &[transfer(Write)], |_, version| {
            written!(version, EndTxnRequest { transactional_id: "transfer", ..Default::default() })
        }),
        case(
            ApiKey::TXN_OFFSET_COMMIT,
            TOPIC,
            &[transfer(Write), readers(Read), orders(Read)],
            txn_offset_commit,
        ),
        case(
            ApiKey::TXN_OFFSET_COMMIT,
            GROUP,
            &[transfer(Write), orders(Read), readers(Read)],
            txn_offset_commit,
        ),
        case(
            ApiKey::TXN_OFFSET_COMMIT,
            TRANSACTIONAL_ID,
            &[readers(Read), orders(Read), transfer(Write)],
            txn_offset_commit,
        ),
        case(ApiKey::DESCRIBE_PRODUCERS, TOPIC, &[orders(Read)], |_, version| {
            let topics = vec![DescribeProducersRequestTopic { name: "orders", partition_indexes: vec![0] }];
            written!(version, DescribeProducersRequest { topics })
        }),
        case(ApiKey::DESCRIBE_TRANSACTIONS, TRANSACTIONAL_ID, &[transfer(Describe)], |_, version| {
            written!(version, DescribeTransactionsRequest { transactional_ids: vec!["transfer"] })
        }),
        case(ApiKey::OFFSET_FOR_LEADER_EPOCH, TOPIC, &[orders(Describe)], |_, version| {
            let partitions = vec![OffsetForLeaderEpochRequestPartition::default()];
            let topics = vec![OffsetForLeaderEpochRequestTopic { topic: "orders", partitions }];
            written!(version, OffsetForLeaderEpochRequest { topics, ..Default::default() })
        }),
        case(ApiKey::DESCRIBE_CONFIGS, TOPIC, &[orders(DescribeConfigs)], |_, version| {
            describe_configs(2, "orders", version)
        }),
        case(ApiKey::DESCRIBE_CONFIGS, CLUSTER, &[cluster(AlterConfigs)], |_, version| {
            describe_configs(4, "1", version)
        }),
        case(ApiKey::DELETE_RECORDS, TOPIC, &[orders(Delete)], |_, version| {
            let partitions = vec![DeleteRecordsRequestPartition::default()];
            let topics = vec![DeleteRecordsRequestTopic { name: "orders", partitions }];
            written!(version, DeleteRecordsRequest { topics, ..Default::default() })
        }),
        case(ApiKey::ALTER_CONFIGS, TOPIC, &[orders(AlterConfigs)], |_, version| {
            alter_configs(2, "orders", version)
        }),
        case(ApiKey::ALTER_CONFIGS, CLUSTER, &[cluster(AlterConfigs)], |_, version| {
            alter_configs(4, "", version)
        }),
        case(ApiKey::DESCRIBE_CLIENT_QUOTAS, CLUSTER, &[cluster(DescribeConfigs)], |_, version| {
            written!(version, DescribeClientQuotasRequest::default())
        }),
        case(ApiKey::ALTER_CLIENT_QUOTAS, CLUSTER, &[cluster(AlterConfigs)], |_, version| {
            let entries = vec![Default::default()];
            written!(version, AlterClientQuotasRequest { entries, validate_only: true })
        }),
        case(ApiKey::INCREMENTAL_ALTER_CONFIGS, TOPIC, &[orders(AlterConfigs)], |_, version| {
            incremental_alter_configs(2, "orders", version)
        }),
        case(ApiKey::INCREMENTAL_ALTER_CONFIGS, CLUSTER, &[cluster(AlterConfigs)], |_, version| {
            incremental_alter_configs(4, "", version)
        }),
        Case {
            // Before, there is no room for a code.
            from: 3,
            ..case(ApiKey::DESCRIBE_LOG_DIRS, CLUSTER, &[cluster(Describe)], |_, version| {
                written!(version, DescribeLogDirsRequest { topics: None })
            })
        },
        case(ApiKey::CREATE_PARTITIONS, TOPIC, &[orders(Alter)], |_, version| {
            let topics = vec![CreatePartitionsRequestTopic { name: "orders", count: 2, assignments: None }];
            written!(version, CreatePartitionsRequest { topics, validate_only: true, ..Default::default() })
        }),
        case(ApiKey::LIST_PARTITION_REASSIGNMENTS, CLUSTER, &[cluster(Alter)], |_, version| {
            written!(version, ListPartitionReassignmentsRequest::default())
        }),
        case(ApiKey::OFFSET_DELETE, TOPIC, &[readers(Delete), orders(Read)], offset_delete),
        case(ApiKey::OFFSET_DELETE, GROUP, &[orders(Read), readers(Delete)], offset_delete),
        case(ApiKey::DESCRIBE_TOPIC_PARTITIONS, TOPIC, &[orders(Describe)], |_, version| {
            let topics = vec![DescribeTopicPartitionsRequestTopic { name: "orders" }];
            written!(version, DescribeTopicPartitionsRequest { topics, ..Default::default() })
        }),
        case(ApiKey::DESCRIBE_ACLS, CLUSTER, &[cluster(Describe)], |_, version| {
            let any = DescribeAclsRequest {
                resource_type_filter: 1,
                operation: 1,
                permission_type: 1,
                ..Default::default()
            };
            written!(version, any)
        }),
        case(ApiKey::CREATE_ACLS, CLUSTER, &[cluster(Alter)], |_, version| {
            written!(version, CreateAclsRequest { creations: vec![CreateAclsRequestCreation::default()] })
        }),
        case(ApiKey::DELETE_ACLS, CLUSTER, &[cluster(Alter)], |_, version| {
            written!(version, DeleteAclsRequest { filters: vec![DeleteAclsRequestFilter::default()] })
        }),
    ]
}

fn produce(world: &World, version: i16, transactional_id: Option<&str>) -> Rope {
    let partition_data = vec![ProduceRequestPartition { index: 0, records: None }];
    let topic_data = vec![ProduceRequestTopic { name: "orders", topic_id: world.topic, partition_data }];
    written!(version, ProduceRequest { transactional_id, acks: -1, topic_data, ..Default::default() })
}

fn list_offsets(_: &World, version: i16) -> Rope {
    let partitions = vec![ListOffsetsRequestPartition { timestamp: -1, ..Default::default() }];
    let topics = vec![ListOffsetsRequestTopic { name: "orders", partitions }];
    written!(version, ListOffsetsRequest { topics, ..Default::default() })
}

fn metadata(_: &World, version: i16) -> Rope {
    let named = MetadataRequestTopic { name: Some("orders"), ..Default::default() };
    written!(version, MetadataRequest { topics: Some(vec![named]), ..Default::default() })
}

fn offset_commit(world: &World, version: i16) -> Rope {
    let partitions = vec![OffsetCommitRequestPartition::default()];
    let topics = vec![OffsetCommitRequestTopic { name: "orders", topic_id: world.topic, partitions }];
    written!(version, OffsetCommitRequest { group_id: "readers", topics, ..Default::default() })
}

fn offset_fetch(world: &World, version: i16) -> Rope {
    let (name, topic_id, partition_indexes) = ("orders", world.topic, vec![0]);
    match version {
        ..8 => {
            let topics = Some(vec![OffsetFetchRequestTopic { name, partition_indexes }]);
            written!(version, OffsetFetchRequest { group_id: "readers", topics, ..Default::default() })
        }
        _ => {
            let topics = Some(vec![OffsetFetchRequestGroupTopic { name, topic_id, partition_indexes }]);
            let groups = vec![OffsetFetchRequestGroup { group_id: "readers", topics, ..Default::default() }];
            written!(version, OffsetFetchRequest { groups, ..Default::default() })
        }
    }
}

fn add_partitions(_: &World, version: i16) -> Rope {
    let topics = vec![AddPartitionsToTxnRequestTopic { name: "orders", partitions: vec![0] }];
    let transaction = AddPartitionsToTxnRequestTransaction {
        transactional_id: "transfer",
        topics: topics.clone(),
        ..Default::default()
    };
    match version {
        ..4 => written!(
            version,
            AddPartitionsToTxnRequest {
                v3_and_below_transactional_id: "transfer",
                v3_and_below_topics: topics,
                ..Default::default()
            }
        ),
        _ => {
            let transactions = vec![transaction];
            written!(version, AddPartitionsToTxnRequest { transactions, ..Default::default() })
        }
    }
}

fn add_offsets(_: &World, version: i16) -> Rope {
    let request =
        AddOffsetsToTxnRequest { transactional_id: "transfer", group_id: "readers", ..Default::default() };
    written!(version, request)
}

fn txn_offset_commit(_: &World, version: i16) -> Rope {
    let partitions = vec![TxnOffsetCommitRequestPartition::default()];
    let topics = vec![TxnOffsetCommitRequestTopic { name: "orders", partitions }];
    let request = TxnOffsetCommitRequest {
        transactional_id: "transfer",
        group_id: "readers",
        topics,
        ..Default::default()
    };
    written!(version, request)
}

fn group_heartbeat(_: &World, version: i16) -> Rope {
    // A member that is not there: nothing comes of it.
    let subscribed_topic_names = Some(vec!["orders"]);
    let (group_id, member_id, member_epoch) = ("readers", "m", 1);
    written!(
        version,
        ConsumerGroupHeartbeatRequest {
            group_id,
            member_id,
            member_epoch,
            subscribed_topic_names,
            ..Default::default()
        }
    )
}

fn find_coordinator(key: &str, key_type: i8, version: i16) -> Rope {
    match version {
        ..4 => written!(version, FindCoordinatorRequest { key, key_type, ..Default::default() }),
        _ => {
            let coordinator_keys = vec![key];
            written!(version, FindCoordinatorRequest { key_type, coordinator_keys, ..Default::default() })
        }
    }
}

fn create_topics(_: &World, version: i16) -> Rope {
    let topics = vec![CreateTopicsRequestTopic {
        name: "orders",
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    }];
    written!(version, CreateTopicsRequest { topics, validate_only: true, ..Default::default() })
}

fn delete_topics(_: &World, version: i16) -> Rope {
    match version {
        ..6 => written!(version, DeleteTopicsRequest { topic_names: vec!["orders"], ..Default::default() }),
        _ => {
            let topics = vec![DeleteTopicsRequestTopic { name: Some("orders"), ..Default::default() }];
            written!(version, DeleteTopicsRequest { topics, ..Default::default() })
        }
    }
}

fn alter_configs(resource_type: i8, resource_name: &str, version: i16) -> Rope {
    let configs = Vec::new();
    let resources = vec![AlterConfigsRequestResource { resource_type, resource_name, configs }];
    written!(version, AlterConfigsRequest { resources, validate_only: true })
}

fn incremental_alter_configs(resource_type: i8, resource_name: &str, version: i16) -> Rope {
    let configs = Vec::new();
    let resources = vec![IncrementalAlterConfigsRequestResource { resource_type, resource_name, configs }];
    written!(version, IncrementalAlterConfigsRequest { resources, validate_only: true })
}

fn offset_delete(_: &World, version: i16) -> Rope {
    let partitions = vec![OffsetDeleteRequestPartition::default()];
    let topics = vec![OffsetDeleteRequestTopic { name: "orders", partitions }];
    written!(version, OffsetDeleteRequest { group_id: "readers", topics })
}

fn describe_configs(resource_type: i8, resource_name: &str, version: i16) -> Rope {
    let resources =
        vec![DescribeConfigsRequestResource { resource_type, resource_name, ..Default::default() }];
    written!(version, DescribeConfigsRequest { resources, ..Default::default() })
}

#[tokio::test]
async fn every_api_asks_for_exactly_the_rights_it_needs() {
    for Case { key, request, from, needs, refusal } in cases() {
        let world = World::start().await;
        let entry = TABLE.iter().find(|entry| entry.api.key == key).unwrap();
        let refused = async |rules: &[Rule], version: i16| -> BTreeSet<ErrorCode> {
            world.rules(rules);
            let frame = request(&world, version);
            let refusals = world.refusals(key, version, &frame).await;
            assert_eq!(
                world.told(key),
                refusals,
                "{key} version {version}: what is refused is told, and nothing else"
            );
            refusals
        };
        let versions = || entry.versions.iter().filter(|version| *version >= from);
        let (last, others) = needs.split_last().unwrap();
        for version in versions() {
            let case = format!("{key} version {version} without {last:?}");
            let only = BTreeSet::from([refusal]);
            assert_eq!(refused(others, version).await, only, "{case}");
            // Of topics to write to, any will do for a producer's id.
            if (key, last.resource) != (ApiKey::INIT_PRODUCER_ID, ResourceKind::Topic) {
                let elsewhere = Rule { name: "elsewhere", ..last.clone() };
                assert_eq!(refused(&[others, &[elsewhere]].concat(), version).await, only, "{case}");
            }
            let of_another = Rule { user: "bob", ..last.clone() };
            assert_eq!(refused(&[others, &[of_another]].concat(), version).await, only, "{case}");
        }
        // Some take something away, so that there would be nothing left to refuse.
        for version in versions() {
            let none = refused(&needs, version).await;
            assert_eq!(none, BTreeSet::new(), "{key} version {version} with {needs:?}");
        }
    }
}

#[test]
fn every_api_is_asked() {
    let asked: BTreeSet<ApiKey> = cases().iter().map(|case| case.key).chain(OPEN).collect();
    let served: BTreeSet<ApiKey> = TABLE.iter().map(|entry| entry.api.key).collect();
    let missing: Vec<_> = served.difference(&asked).collect();
    assert!(missing.is_empty(), "an API needs a case here: {missing:?}");
}
