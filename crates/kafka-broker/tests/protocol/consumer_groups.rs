//! Groups of the newer protocol over the wire, in both versions of its two requests and in all that know of them.

use kafka_broker::group::GroupPhase;
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatRequestTopicPartitions, DeleteGroupsRequest, DescribeGroupsRequest,
    JoinGroupRequest, JoinGroupRequestProtocol, ListGroupsRequest, OffsetCommitRequest,
    OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest, OffsetFetchRequestGroup,
};
use uuid::Uuid;

use crate::harness::{Wire, World};

fn joining<'a>(group_id: &'a str, member_id: &'a str) -> ConsumerGroupHeartbeatRequest<'a> {
    ConsumerGroupHeartbeatRequest {
        group_id,
        member_id,
        rebalance_timeout_ms: 60_000,
        subscribed_topic_names: Some(vec!["orders"]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    }
}

fn steady<'a>(group_id: &'a str, member_id: &'a str, epoch: i32) -> ConsumerGroupHeartbeatRequest<'a> {
    ConsumerGroupHeartbeatRequest { group_id, member_id, member_epoch: epoch, ..Default::default() }
}

fn owning<'a>(
    group_id: &'a str,
    member_id: &'a str,
    epoch: i32,
    topic: Uuid,
    partitions: &[i32],
) -> ConsumerGroupHeartbeatRequest<'a> {
    let partitions = partitions.to_vec();
    let owned = ConsumerGroupHeartbeatRequestTopicPartitions { topic_id: topic, partitions };
    ConsumerGroupHeartbeatRequest {
        topic_partitions: Some(vec![owned]),
        ..steady(group_id, member_id, epoch)
    }
}

/// What a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    member: String,
    epoch: i32,
    /// By topic; none when it has not changed.
    assigned: Option<Vec<(Uuid, Vec<i32>)>>,
}

impl Told {
    /// The partitions, of whatever topic.
    fn partitions(&self) -> Vec<i32> {
        self.assigned.iter().flatten().flat_map(|(_, partitions)| partitions.clone()).collect()
    }
}

async fn beat(
    wire: &mut Wire,
    version: i16,
    request: &ConsumerGroupHeartbeatRequest<'_>,
) -> Result<Told, ErrorCode> {
    let answer = wire.ask(version, request).await;
    let response = answer.read();
    if response.error_code.is_error() {
        assert!(response.error_message.is_some_and(|message| !message.is_empty()));
        return Err(response.error_code);
    }
    let topics = response.assignment.map(|assignment| assignment.topic_partitions);
    let assigned = topics.map(|topics| topics.into_iter().map(|of| (of.topic_id, of.partitions)).collect());
    let is_leaving = response.member_epoch < 0;
    assert_eq!(response.heartbeat_interval_ms, if is_leaving { 0 } else { 5_000 });
    Ok(Told { member: response.member_id.unwrap().into_owned(), epoch: response.member_epoch, assigned })
}

async fn commit(wire: &mut Wire, version: i16, group: &str, member: &str, epoch: i32) -> ErrorCode {
    let partition = OffsetCommitRequestPartition { committed_offset: 5, ..Default::default() };
    let topic =
        OffsetCommitRequestTopic { name: "orders", partitions: vec![partition], ..Default::default() };
    let request = OffsetCommitRequest {
        group_id: group,
        generation_id_or_member_epoch: epoch,
        member_id: member,
        topics: vec![topic],
        ..Default::default()
    };
    wire.ask(version, &request).await.read().topics[0].partitions[0].error_code
}

/// The refusal of the group, or the first offset of it.
async fn offset(wire: &mut Wire, group: &str, member: Option<&str>, epoch: i32) -> Result<i64, ErrorCode> {
    let asked =
        OffsetFetchRequestGroup { group_id: group, member_id: member, member_epoch: epoch, topics: None };
    let answer = wire.ask(9, &OffsetFetchRequest { groups: vec![asked], ..Default::default() }).await;
    let response = answer.read();
    let told = &response.groups[0];
    match told.error_code {
        ErrorCode::NONE => Ok(told.topics.first().map_or(-1, |topic| topic.partitions[0].committed_offset)),
        code => Err(code),
    }
}

/// State, epochs, assignor, and of each member its epoch and how many partitions it owns and is to own.
async fn described(
    wire: &mut Wire,
    version: i16,
    group: &str,
) -> Result<(String, i32, i32, String, Vec<(i32, usize, usize)>), ErrorCode> {
    let request =
        ConsumerGroupDescribeRequest { group_ids: vec![group], include_authorized_operations: true };
    let answer = wire.ask(version, &request).await;
    let mut response = answer.read();
    let group = response.groups.remove(0);
    if group.error_code.is_error() {
        return Err(group.error_code);
    }
    assert_ne!(group.authorized_operations, i32::MIN);
    let members = group.members.iter().map(|member| {
        assert_eq!((&*member.client_id, &*member.client_host), ("protocol-test", "/127.0.0.1"));
        assert_eq!(member.subscribed_topic_names, ["orders"]);
        assert_eq!(member.member_type, if version == 0 { -1 } else { 1 });
        let count = |topics: &[kafka_wire::messages::ConsumerGroupDescribeResponseTopicPartitions<'_>]| {
            assert!(topics.iter().all(|topic| topic.topic_name == "orders"));
            topics.iter().map(|topic| topic.partitions.len()).sum()
        };
        let owned = count(&member.assignment.topic_partitions);
        (member.member_epoch, owned, count(&member.target_assignment.topic_partitions))
    });
    let members = members.collect();
    let state = group.group_state.into_owned();
    Ok((state, group.group_epoch, group.assignment_epoch, group.assignor_name.into_owned(), members))
}

#[tokio::test]
async fn a_group_lives_in_both_versions() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 4, &[]).await.id;
    for version in [0, 1] {
        let group = &*format!("group-{version}");
        let mut wire = world.wire().await;
        let id = if version == 0 { "" } else { "one" };
        let one = beat(&mut wire, version, &joining(group, id)).await.unwrap();
        assert_eq!((one.epoch, &one.assigned), (1, &Some(vec![(topic, vec![0, 1, 2, 3])])));
        assert!(!one.member.is_empty());
        let two = beat(&mut wire, version, &joining(group, "two")).await.unwrap();
        assert_eq!((two.epoch, two.partitions()), (2, vec![]));

        let first = &*one.member;
        let told = beat(&mut wire, version, &owning(group, first, 1, topic, &[0, 1, 2, 3])).await.unwrap();
        assert_eq!((told.epoch, told.partitions()), (1, vec![0, 1]));
        let (state, epoch, assignment_epoch, assignor, mut members) =
            described(&mut wire, version, group).await.unwrap();
        members.sort_unstable();
        assert_eq!((&*state, epoch, assignment_epoch, &*assignor), ("Reconciling", 2, 2, "uniform"));
        assert_eq!(members, [(1, 2, 2), (2, 0, 2)]);

        let activity = world.cluster.group_activity(group);
        assert_eq!(activity.phase, GroupPhase::Reconciling);
        let causes: Vec<_> =
            activity.rebalances.iter().map(|rebalance| rebalance.cause.to_string()).collect();
        assert_eq!(causes, [format!("Adding new member {first}")], "the second has not ended");

        // What is under way outlives the broker's run.
        world.restart().await;
        let mut wire = world.wire().await;
        assert_eq!(beat(&mut wire, version, &steady(group, "two", 2)).await.unwrap().assigned, None);
        beat(&mut wire, version, &owning(group, first, 1, topic, &[0, 1])).await.unwrap();
        let told = beat(&mut wire, version, &steady(group, "two", 2)).await.unwrap();
        assert_eq!((told.epoch, told.partitions()), (2, vec![2, 3]));

        for (version, member, epoch, code) in [
            (9, first, 2, ErrorCode::NONE),
            (9, first, 1, ErrorCode::STALE_MEMBER_EPOCH),
            (9, "three", 2, ErrorCode::UNKNOWN_MEMBER_ID),
            (9, "", -1, ErrorCode::UNKNOWN_MEMBER_ID),
            (8, first, 2, ErrorCode::UNSUPPORTED_VERSION),
            (8, "", -1, ErrorCode::UNKNOWN_MEMBER_ID),
        ] {
            let answered = commit(&mut wire, version, group, member, epoch).await;
            assert_eq!(answered, code, "{member} at {epoch} in version {version}");
        }
        for (member, epoch, expected) in [
            (Some(first), 2, Ok(5)),
            (None, -1, Ok(5)),
            (Some(first), 1, Err(ErrorCode::STALE_MEMBER_EPOCH)),
            (Some("three"), 2, Err(ErrorCode::UNKNOWN_MEMBER_ID)),
        ] {
            assert_eq!(offset(&mut wire, group, member, epoch).await, expected, "{member:?} at {epoch}");
        }
        let activity = world.cluster.group_activity(group);
        let mut assigned: Vec<_> =
            activity.members.iter().flat_map(|member| member.assigned.clone()).collect();
        assigned.sort_unstable();
        assert_eq!(assigned, [0, 1, 2, 3].map(|number| ("orders".to_owned(), number)));

        let delete = DeleteGroupsRequest { groups_names: vec![group] };
        assert_eq!(wire.ask(2, &delete).await.read().results[0].error_code, ErrorCode::NON_EMPTY_GROUP);
        for member in [first, "two"] {
            assert_eq!(beat(&mut wire, version, &steady(group, member, -1)).await.unwrap().epoch, -1);
        }
        assert_eq!(described(&mut wire, version, group).await.unwrap().0, "Empty");
        assert_eq!(wire.ask(2, &delete).await.read().results[0].error_code, ErrorCode::NONE);
        assert_eq!(described(&mut wire, version, group).await, Err(ErrorCode::GROUP_ID_NOT_FOUND));
    }
}

#[tokio::test]
async fn heartbeats_that_cannot_be_are_refused() {
    let world = World::start().await;
    world.topic("orders", 4, &[]).await;
    let mut wire = world.wire().await;
    let of_pod = |member, epoch| ConsumerGroupHeartbeatRequest {
        instance_id: Some("pod"),
        ..if epoch == 0 { joining("group", member) } else { steady("group", member, epoch) }
    };
    beat(&mut wire, 1, &of_pod("member", 0)).await.unwrap();
    let assignor = ConsumerGroupHeartbeatRequest { server_assignor: Some("best"), ..joining("group", "m") };
    let regex = ConsumerGroupHeartbeatRequest { subscribed_topic_regex: Some("("), ..joining("group", "m") };
    let incomplete = ConsumerGroupHeartbeatRequest { topic_partitions: None, ..joining("group", "m") };
    for (why, request, code) in [
        ("no group", joining("", "m"), ErrorCode::INVALID_GROUP_ID),
        ("no id", joining("group", ""), ErrorCode::INVALID_REQUEST),
        ("an incomplete first request", incomplete, ErrorCode::INVALID_REQUEST),
        ("an epoch that means nothing", steady("group", "member", -7), ErrorCode::INVALID_REQUEST),
        ("a member of no group", steady("absent", "m", 1), ErrorCode::UNKNOWN_MEMBER_ID),
        ("a member of another", steady("group", "m", 1), ErrorCode::UNKNOWN_MEMBER_ID),
        ("a member that leaves and is none", steady("group", "m", -1), ErrorCode::UNKNOWN_MEMBER_ID),
        ("an epoch to come", of_pod("member", 2), ErrorCode::FENCED_MEMBER_EPOCH),
        ("an instance id that is taken", of_pod("another", 0), ErrorCode::UNRELEASED_INSTANCE_ID),
        ("another's instance id", of_pod("another", 1), ErrorCode::FENCED_INSTANCE_ID),
        ("an unknown assignor", assignor, ErrorCode::UNSUPPORTED_ASSIGNOR),
        ("a bad expression", regex, ErrorCode::INVALID_REGULAR_EXPRESSION),
    ] {
        assert_eq!(beat(&mut wire, 1, &request).await, Err(code), "{why}");
    }
    assert_eq!(described(&mut wire, 1, "group").await.unwrap().1, 1, "none of this was a change");
}

#[tokio::test]
async fn a_new_topic_reaches_who_asked_for_its_kind() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let request = ConsumerGroupHeartbeatRequest {
        subscribed_topic_names: None,
        subscribed_topic_regex: Some("orders\\..*"),
        ..joining("group", "member")
    };
    assert_eq!(beat(&mut wire, 1, &request).await.unwrap().partitions(), []);
    let topic = world.topic("orders.eu", 2, &[]).await.id;
    world.topic("refunds", 2, &[]).await;
    let told = beat(&mut wire, 1, &steady("group", "member", 1)).await.unwrap();
    assert_eq!((told.epoch, told.assigned), (2, Some(vec![(topic, vec![0, 1])])));
    world.cluster.topic_grow(topic, 3).await.unwrap();
    let told = beat(&mut wire, 1, &steady("group", "member", 2)).await.unwrap();
    assert_eq!((told.epoch, told.partitions()), (3, vec![0, 1, 2]));
}

#[tokio::test]
async fn both_kinds_of_groups_are_told_apart() {
    let world = World::start().await;
    world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    beat(&mut wire, 1, &joining("newer", "member")).await.unwrap();
    let classic = |group_id| JoinGroupRequest {
        group_id,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer",
        protocols: vec![JoinGroupRequestProtocol { name: "range", metadata: b"" }],
        ..Default::default()
    };
    // Version 3 makes a member at once.
    assert_eq!(wire.ask(3, &classic("older")).await.read().error_code, ErrorCode::NONE);
    let refused = wire.ask(3, &classic("newer")).await.read().error_code;
    assert_eq!(refused, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    let refused = beat(&mut wire, 1, &joining("older", "member")).await;
    assert_eq!(refused, Err(ErrorCode::GROUP_ID_NOT_FOUND));
    assert_eq!(described(&mut wire, 1, "older").await, Err(ErrorCode::GROUP_ID_NOT_FOUND));

    for (version, code) in [(5, ErrorCode::NONE), (6, ErrorCode::GROUP_ID_NOT_FOUND)] {
        let request = DescribeGroupsRequest { groups: vec!["newer"], ..Default::default() };
        let answer = wire.ask(version, &request).await;
        let response = answer.read();
        assert_eq!((response.groups[0].error_code, &*response.groups[0].group_state), (code, "Dead"));
    }
    for (types_filter, expected) in [
        (vec![], vec![("newer", "consumer", "Stable"), ("older", "classic", "CompletingRebalance")]),
        (vec!["Consumer"], vec![("newer", "consumer", "Stable")]),
        (vec!["classic"], vec![("older", "classic", "CompletingRebalance")]),
    ] {
        let answer = wire.ask(5, &ListGroupsRequest { types_filter, ..Default::default() }).await;
        let response = answer.read();
        let listed: Vec<_> = response
            .groups
            .iter()
            .map(|group| (&*group.group_id, &*group.group_type, &*group.group_state))
            .collect();
        assert_eq!(listed, expected);
        assert!(response.groups.iter().all(|group| group.protocol_type == "consumer"));
    }
}
