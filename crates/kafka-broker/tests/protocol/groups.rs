//! Consumer groups over the wire: the whole life of a group in the oldest versions and the newest, and between them
//! those that clients in the field speak.

use kafka_broker::{Cluster, ClusterError, GroupOffset, Subject};
use kafka_wire::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupRequestProtocol,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupRequestMember, ListGroupsRequest, Message,
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic, OffsetFetchRequestTopic, SyncGroupRequest,
    SyncGroupRequestAssignment,
};
use kafka_wire::{ErrorCode, Rope, header};

use crate::harness::{Topic, Wire, World};

/// The versions one client speaks.
#[derive(Clone, Copy, Debug)]
struct Dialect {
    join: i16,
    sync: i16,
    heartbeat: i16,
    commit: i16,
    fetch: i16,
    leave: i16,
    describe: i16,
    delete: i16,
}

const OLDEST: Dialect =
    Dialect { join: 0, sync: 0, heartbeat: 0, commit: 2, fetch: 1, leave: 0, describe: 0, delete: 0 };
/// kafka-go's reader, kafkajs and librdkafka's are like these.
const OLDER: Dialect =
    Dialect { join: 1, sync: 1, heartbeat: 1, commit: 5, fetch: 4, leave: 1, describe: 3, delete: 1 };
const MIDDLE: Dialect =
    Dialect { join: 5, sync: 3, heartbeat: 3, commit: 7, fetch: 7, leave: 3, describe: 4, delete: 1 };
const NEWEST: Dialect =
    Dialect { join: 9, sync: 5, heartbeat: 4, commit: 9, fetch: 9, leave: 5, describe: 6, delete: 2 };

fn join<'a>(group_id: &'a str, member_id: &'a str, metadata: &'a [u8]) -> JoinGroupRequest<'a> {
    JoinGroupRequest {
        group_id,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id,
        protocol_type: "consumer",
        protocols: vec![JoinGroupRequestProtocol { name: "range", metadata }],
        ..Default::default()
    }
}

/// What a member is told when a rebalance is over.
#[derive(Clone, Debug)]
struct Joined {
    member: String,
    generation: i32,
    leader: String,
    members: Vec<String>,
}

impl Joined {
    fn new(response: &JoinGroupResponse<'_>) -> Self {
        assert_eq!(response.error_code, ErrorCode::NONE);
        assert_eq!(response.protocol_name.as_deref(), Some("range"));
        Self {
            member: response.member_id.to_string(),
            generation: response.generation_id,
            leader: response.leader.to_string(),
            members: response.members.iter().map(|member| member.member_id.to_string()).collect(),
        }
    }
}

/// Sends what makes a newcomer part of the group; from version 4 on it is told its id first.
async fn join_send(wire: &mut Wire, dialect: Dialect, group: &str) {
    let mut member = String::new();
    if dialect.join >= 4 {
        let answer = wire.ask(dialect.join, &join(group, "", b"topics")).await;
        let response = answer.read();
        assert_eq!(response.error_code, ErrorCode::MEMBER_ID_REQUIRED);
        member = response.member_id.into_owned();
    }
    wire.send(dialect.join, &join(group, &member, b"topics")).await;
}

async fn join_receive(wire: &mut Wire, dialect: Dialect) -> Joined {
    Joined::new(&wire.receive::<JoinGroupRequest<'_>>(dialect.join).await.read())
}

/// Hands in an assignment, which is empty unless the leader does.
async fn sync_send(
    wire: &mut Wire,
    dialect: Dialect,
    group: &str,
    joined: &Joined,
    shares: &[(&str, &[u8])],
) {
    let request = SyncGroupRequest {
        group_id: group,
        generation_id: joined.generation,
        member_id: &joined.member,
        protocol_type: Some("consumer"),
        protocol_name: Some("range"),
        assignments: shares
            .iter()
            .map(|&(member_id, assignment)| SyncGroupRequestAssignment { member_id, assignment })
            .collect(),
        ..Default::default()
    };
    wire.send(dialect.sync, &request).await;
}

async fn sync_receive(wire: &mut Wire, dialect: Dialect) -> (ErrorCode, Vec<u8>) {
    let answer = wire.receive::<SyncGroupRequest<'_>>(dialect.sync).await;
    let response = answer.read();
    let named = (dialect.sync >= 5).then_some("consumer");
    assert_eq!(response.protocol_type.as_deref(), named);
    (response.error_code, response.assignment.into_owned())
}

async fn heartbeat(
    wire: &mut Wire,
    dialect: Dialect,
    group: &str,
    generation: i32,
    member: &str,
) -> ErrorCode {
    let request = HeartbeatRequest {
        group_id: group,
        generation_id: generation,
        member_id: member,
        ..Default::default()
    };
    wire.ask(dialect.heartbeat, &request).await.read().error_code
}

/// Commits an offset in partition 0.
async fn commit(
    wire: &mut Wire,
    dialect: Dialect,
    group: &str,
    (generation, member): (i32, &str),
    (topic, offset, note): (&str, i64, Option<&str>),
) -> ErrorCode {
    let partition = OffsetCommitRequestPartition {
        committed_offset: offset,
        committed_leader_epoch: 3,
        committed_metadata: note,
        ..Default::default()
    };
    let topics =
        vec![OffsetCommitRequestTopic { name: topic, partitions: vec![partition], ..Default::default() }];
    let request = OffsetCommitRequest {
        group_id: group,
        generation_id_or_member_epoch: generation,
        member_id: member,
        topics,
        ..Default::default()
    };
    wire.ask(dialect.commit, &request).await.read().topics[0].partitions[0].error_code
}

/// The commits of a group: offset, epoch and note by topic and partition; all of them, or two of one topic.
async fn committed(
    wire: &mut Wire,
    version: i16,
    group: &str,
    topic: Option<&str>,
) -> Vec<(String, i32, i64, i32, Option<String>)> {
    let mut found = Vec::new();
    if version < 8 {
        let asked = |name| vec![OffsetFetchRequestTopic { name, partition_indexes: vec![0, 1] }];
        let request = OffsetFetchRequest { group_id: group, topics: topic.map(asked), ..Default::default() };
        let answer = wire.ask(version, &request).await;
        for topic in answer.read().topics {
            for at in topic.partitions {
                assert_eq!(at.error_code, ErrorCode::NONE);
                let note = at.metadata.map(|note| note.into_owned());
                let name = topic.name.to_string();
                found.push((name, at.partition_index, at.committed_offset, at.committed_leader_epoch, note));
            }
        }
        return found;
    }
    let asked = |name| {
        vec![OffsetFetchRequestGroupTopic { name, partition_indexes: vec![0, 1], ..Default::default() }]
    };
    let other = OffsetFetchRequestGroup { group_id: "nobody", topics: None, ..Default::default() };
    let this = OffsetFetchRequestGroup { group_id: group, topics: topic.map(asked), ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![other, this], ..Default::default() };
    let answer = wire.ask(version, &request).await;
    let groups = answer.read().groups;
    assert_eq!((&*groups[0].group_id, groups[0].topics.len()), ("nobody", 0));
    for topic in &groups[1].topics {
        for at in &topic.partitions {
            let note = at.metadata.as_ref().map(ToString::to_string);
            let name = topic.name.to_string();
            found.push((name, at.partition_index, at.committed_offset, at.committed_leader_epoch, note));
        }
    }
    found
}

async fn leave(wire: &mut Wire, dialect: Dialect, group: &str, member: &str) -> ErrorCode {
    let mut request = LeaveGroupRequest { group_id: group, ..Default::default() };
    if dialect.leave < 3 {
        request.member_id = member;
        return wire.ask(dialect.leave, &request).await.read().error_code;
    }
    request.members = vec![LeaveGroupRequestMember { member_id: member, ..Default::default() }];
    let answer = wire.ask(dialect.leave, &request).await;
    let response = answer.read();
    assert_eq!(response.error_code, ErrorCode::NONE);
    response.members[0].error_code
}

async fn delete(wire: &mut Wire, dialect: Dialect, group: &str) -> ErrorCode {
    let request = DeleteGroupsRequest { groups_names: vec![group] };
    wire.ask(dialect.delete, &request).await.read().results[0].error_code
}

/// A group's state, and its members as client, host, metadata and assignment.
async fn described(wire: &mut Wire, dialect: Dialect, group: &str) -> (ErrorCode, String, Vec<[String; 4]>) {
    let request = DescribeGroupsRequest { groups: vec![group], ..Default::default() };
    let answer = wire.ask(dialect.describe, &request).await;
    let described = answer.read().groups.remove(0);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let members = described
        .members
        .iter()
        .map(|member| {
            [
                member.client_id.to_string(),
                member.client_host.to_string(),
                text(&member.member_metadata),
                text(&member.member_assignment),
            ]
        })
        .collect();
    (described.error_code, described.group_state.into_owned(), members)
}

#[tokio::test]
async fn a_group_lives_and_dies_in_every_dialect() {
    let mut world = World::start().await;
    world.topic("orders", 2, &[]).await;
    for (number, dialect) in [OLDEST, OLDER, MIDDLE, NEWEST].into_iter().enumerate() {
        let group = &format!("group-{number}");
        let mut wire = world.wire().await;
        join_send(&mut wire, dialect, group).await;
        let joined = join_receive(&mut wire, dialect).await;
        assert_eq!((joined.generation, &joined.leader), (1, &joined.member));
        assert_eq!(joined.members, [&*joined.member]);
        assert!(joined.member.starts_with("protocol-test-"), "{}", joined.member);

        sync_send(&mut wire, dialect, group, &joined, &[(&joined.member, b"share")]).await;
        assert_eq!(sync_receive(&mut wire, dialect).await, (ErrorCode::NONE, b"share".to_vec()));
        let member = &*joined.member;
        for (generation, member, code) in [
            (1, member, ErrorCode::NONE),
            (2, member, ErrorCode::ILLEGAL_GENERATION),
            (1, "nobody", ErrorCode::UNKNOWN_MEMBER_ID),
        ] {
            assert_eq!(heartbeat(&mut wire, dialect, group, generation, member).await, code);
        }
        let itself = ["protocol-test", "/127.0.0.1", "topics", "share"].map(str::to_owned);
        let stable = (ErrorCode::NONE, "Stable".to_owned(), vec![itself]);
        assert_eq!(described(&mut wire, dialect, group).await, stable);

        let long = "x".repeat(4_097);
        for (claim, what, code) in [
            ((1, member), ("orders", 5, Some("note")), ErrorCode::NONE),
            ((0, member), ("orders", 6, None), ErrorCode::ILLEGAL_GENERATION),
            ((1, "nobody"), ("orders", 6, None), ErrorCode::UNKNOWN_MEMBER_ID),
            ((-1, ""), ("orders", 6, None), ErrorCode::UNKNOWN_MEMBER_ID),
            ((1, member), ("nowhere", 6, None), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            ((1, member), ("orders", 6, Some(&*long)), ErrorCode::OFFSET_METADATA_TOO_LARGE),
        ] {
            let answered = commit(&mut wire, dialect, group, claim, what).await;
            assert_eq!(answered, code, "{claim:?}, {dialect:?}");
        }
        let epoch = if dialect.commit >= 6 && dialect.fetch >= 5 { 3 } else { -1 };
        let orders = ("orders".to_owned(), 0, 5, epoch, Some("note".to_owned()));
        let none = ("orders".to_owned(), 1, -1, -1, Some(String::new()));
        let found = committed(&mut wire, dialect.fetch, group, Some("orders")).await;
        assert_eq!(found, [orders.clone(), none], "{dialect:?}");
        if dialect.fetch >= 2 {
            let all = committed(&mut wire, dialect.fetch, group, None).await;
            assert_eq!(all, std::slice::from_ref(&orders));
        }

        assert_eq!(delete(&mut wire, dialect, group).await, ErrorCode::NON_EMPTY_GROUP);
        assert_eq!(leave(&mut wire, dialect, group, "nobody").await, ErrorCode::UNKNOWN_MEMBER_ID);
        assert_eq!(leave(&mut wire, dialect, group, member).await, ErrorCode::NONE);
        assert_eq!(described(&mut wire, dialect, group).await.1, "Empty");

        // Commits outlive members and the broker's run.
        world.restart().await;
        let mut wire = world.wire().await;
        assert_eq!(committed(&mut wire, dialect.fetch, group, Some("orders")).await[0], orders);
        assert_eq!(delete(&mut wire, dialect, group).await, ErrorCode::NONE);
        assert_eq!(delete(&mut wire, dialect, group).await, ErrorCode::GROUP_ID_NOT_FOUND);
        let code = if dialect.describe < 6 { ErrorCode::NONE } else { ErrorCode::GROUP_ID_NOT_FOUND };
        assert_eq!(described(&mut wire, dialect, group).await, (code, "Dead".to_owned(), Vec::new()));
        assert_eq!(committed(&mut wire, dialect.fetch, group, Some("orders")).await[0].2, -1);
    }
}

#[tokio::test]
async fn a_newcomer_makes_the_others_join_again() {
    let world = World::start().await;
    for (number, dialect) in [OLDEST, MIDDLE, NEWEST].into_iter().enumerate() {
        let group = &format!("group-{number}");
        let (mut first, mut second) = (world.wire().await, world.wire().await);
        join_send(&mut first, dialect, group).await;
        let alone = join_receive(&mut first, dialect).await;
        sync_send(&mut first, dialect, group, &alone, &[(&alone.member, b"all")]).await;
        sync_receive(&mut first, dialect).await;

        join_send(&mut second, dialect, group).await;
        // The newcomer is parked once the others hear of it.
        while heartbeat(&mut first, dialect, group, 1, &alone.member).await == ErrorCode::NONE {}
        let code = heartbeat(&mut first, dialect, group, 1, &alone.member).await;
        assert_eq!(code, ErrorCode::REBALANCE_IN_PROGRESS);
        first.send(dialect.join, &join(group, &alone.member, b"topics")).await;
        let leader = join_receive(&mut first, dialect).await;
        let follower = join_receive(&mut second, dialect).await;
        assert_eq!((leader.generation, follower.generation), (2, 2));
        assert_eq!((&leader.leader, &follower.leader), (&leader.member, &leader.member));
        assert_eq!((leader.members.len(), follower.members.len()), (2, 0), "only the leader is told");

        // The follower comes first, and waits for the leader.
        sync_send(&mut second, dialect, group, &follower, &[]).await;
        let shares: [(&str, &[u8]); 2] = [(&leader.member, b"one"), (&follower.member, b"other")];
        sync_send(&mut first, dialect, group, &leader, &shares).await;
        assert_eq!(sync_receive(&mut first, dialect).await, (ErrorCode::NONE, b"one".to_vec()));
        assert_eq!(sync_receive(&mut second, dialect).await, (ErrorCode::NONE, b"other".to_vec()));

        assert_eq!(leave(&mut second, dialect, group, &follower.member).await, ErrorCode::NONE);
        let code = heartbeat(&mut first, dialect, group, 2, &leader.member).await;
        assert_eq!(code, ErrorCode::REBALANCE_IN_PROGRESS, "who is left takes over");
    }
}

#[tokio::test]
async fn joins_that_cannot_be_are_refused() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    join_send(&mut wire, MIDDLE, "consumers").await;
    join_receive(&mut wire, MIDDLE).await;
    for version in 0..=9 {
        let other_type = JoinGroupRequest { protocol_type: "connect", ..join("consumers", "", b"") };
        let timeout = |session_timeout_ms| JoinGroupRequest { session_timeout_ms, ..join("new", "", b"") };
        for (why, request, code) in [
            ("no name", join("", "", b""), ErrorCode::INVALID_GROUP_ID),
            ("too short a session", timeout(5_999), ErrorCode::INVALID_SESSION_TIMEOUT),
            ("too long a session", timeout(1_800_001), ErrorCode::INVALID_SESSION_TIMEOUT),
            ("a negative session", timeout(-1), ErrorCode::INVALID_SESSION_TIMEOUT),
            ("a member of no group", join("new", "somebody", b""), ErrorCode::UNKNOWN_MEMBER_ID),
            ("a member of another", join("consumers", "somebody", b""), ErrorCode::UNKNOWN_MEMBER_ID),
            ("another kind of group", other_type, ErrorCode::INCONSISTENT_GROUP_PROTOCOL),
        ] {
            let answer = wire.ask(version, &request).await;
            let response = answer.read();
            assert_eq!(response.error_code, code, "{why}, version {version}");
            assert_eq!((response.generation_id, response.members.len()), (-1, 0), "{why}");
        }
    }
}

#[tokio::test]
async fn a_static_member_comes_back_without_a_rebalance() {
    let world = World::start().await;
    let (mut before, mut after) = (world.wire().await, world.wire().await);
    let request = JoinGroupRequest { group_instance_id: Some("pod-1"), ..join("group", "", b"topics") };
    before.send(9, &request).await;
    let first = join_receive(&mut before, NEWEST).await;
    sync_send(&mut before, NEWEST, "group", &first, &[(&first.member, b"share")]).await;
    sync_receive(&mut before, NEWEST).await;

    let answer = after.ask(9, &request).await;
    let response = answer.read();
    let second = Joined::new(&response);
    assert_eq!(second.generation, first.generation);
    assert_ne!(second.member, first.member);
    assert!(response.skip_assignment, "the assignment stands");
    sync_send(&mut after, NEWEST, "group", &second, &[]).await;
    assert_eq!(sync_receive(&mut after, NEWEST).await, (ErrorCode::NONE, b"share".to_vec()));

    let late = HeartbeatRequest {
        group_id: "group",
        generation_id: first.generation,
        member_id: &first.member,
        group_instance_id: Some("pod-1"),
    };
    assert_eq!(before.ask(4, &late).await.read().error_code, ErrorCode::FENCED_INSTANCE_ID);
    // An administrator removes it by its instance alone.
    let member = LeaveGroupRequestMember { group_instance_id: Some("pod-1"), ..Default::default() };
    let request = LeaveGroupRequest { group_id: "group", members: vec![member], ..Default::default() };
    assert_eq!(after.ask(5, &request).await.read().members[0].error_code, ErrorCode::NONE);
}

#[tokio::test]
async fn an_outsider_commits_where_there_are_no_members() {
    let world = World::start().await;
    world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    for version in 2..=9 {
        let dialect = Dialect { commit: version, ..NEWEST };
        let offset = i64::from(version);
        let code = commit(&mut wire, dialect, "simple", (-1, ""), ("orders", offset, None)).await;
        assert_eq!(code, ErrorCode::NONE);
        for fetch in 1..=9 {
            let found = committed(&mut wire, fetch, "simple", Some("orders")).await;
            assert_eq!((found[0].2, &found[0].4), (offset, &Some(String::new())));
        }
        let stale = commit(&mut wire, dialect, "absent", (3, "m"), ("orders", 1, None)).await;
        assert_eq!(stale, ErrorCode::ILLEGAL_GENERATION);
    }
}

#[tokio::test]
async fn groups_are_listed_by_state_and_type() {
    let world = World::start().await;
    world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    commit(&mut wire, NEWEST, "empty", (-1, ""), ("orders", 1, None)).await;
    join_send(&mut wire, NEWEST, "full").await;
    let joined = join_receive(&mut wire, NEWEST).await;
    sync_send(&mut wire, NEWEST, "full", &joined, &[]).await;
    sync_receive(&mut wire, NEWEST).await;
    for (version, states, types, expected) in [
        (0, vec![], vec![], vec!["empty", "full"]),
        (3, vec![], vec![], vec!["empty", "full"]),
        (4, vec!["Stable"], vec![], vec!["full"]),
        (4, vec!["Empty", "Dead"], vec![], vec!["empty"]),
        (4, vec!["no such state"], vec![], vec![]),
        (5, vec![], vec!["classic"], vec!["empty", "full"]),
        (5, vec!["Stable"], vec!["consumer"], vec![]),
    ] {
        let request = ListGroupsRequest { states_filter: states, types_filter: types };
        let answer = wire.ask(version, &request).await;
        let response = answer.read();
        let names: Vec<_> = response.groups.iter().map(|group| &*group.group_id).collect();
        assert_eq!(names, expected, "version {version}");
    }
}

#[tokio::test]
async fn the_longest_client_id_can_join() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let long = "x".repeat(i16::MAX.unsigned_abs().into());
    let mut rope = Rope::new();
    rope.request(5, 1, Some(&long), &join("group", "", b"topics")).unwrap();
    wire.send_bytes(rope.bytes()).await;
    let frame = wire.frame().await.expect("an answer");
    let (_, body) = header::response_header_decode(&frame, false).unwrap();
    let response = JoinGroupResponse::decode(5, body).unwrap();
    assert_eq!(response.error_code, ErrorCode::MEMBER_ID_REQUIRED);
    assert!(response.member_id.starts_with("xxx"));
}

#[tokio::test]
async fn the_host_resets_a_group_that_nobody_is_in() {
    let mut world = World::start().await;
    let (read, other) = (world.topic("read", 2, &[]).await, world.topic("other", 1, &[]).await);
    let offset =
        |topic: &Topic, partition, offset| GroupOffset { topic: topic.name.clone(), partition, offset };
    let committed = |cluster: &Cluster| {
        let commits = cluster.group_commits("consumers").unwrap();
        commits
            .into_iter()
            .map(|commit| (commit.topic, commit.partition, commit.committed))
            .collect::<Vec<_>>()
    };
    // A group that was never heard of can be told where to begin.
    world.cluster.group_reset("consumers", &[offset(&read, 1, 7), offset(&other, 0, 3)]).await.unwrap();
    world.cluster.group_reset("consumers", &[offset(&read, 1, 5)]).await.unwrap();
    let expected = vec![("other".to_owned(), 0, 3), ("read".to_owned(), 1, 5)];
    assert_eq!(committed(&world.cluster), expected);
    world.restart().await;
    assert_eq!(committed(&world.cluster), expected, "after a restart");
    // All or nothing.
    for absent in [offset(&Topic::absent(), 0, 0), offset(&read, 2, 0)] {
        let refused = world.cluster.group_reset("consumers", &[offset(&read, 1, 9), absent]).await;
        assert!(matches!(refused, Err(ClusterError::Absent(_))), "{refused:?}");
    }
    let mut wire = world.wire().await;
    join_send(&mut wire, MIDDLE, "consumers").await;
    join_receive(&mut wire, MIDDLE).await;
    for offsets in [vec![offset(&read, 1, 9)], Vec::new()] {
        let refused = world.cluster.group_reset("consumers", &offsets).await;
        assert!(matches!(refused, Err(ClusterError::InUse(_))), "{refused:?}");
    }
    assert_eq!(committed(&world.cluster), expected);
}

#[tokio::test]
async fn clients_are_seen_by_what_they_ask_about() {
    let world = World::start().await;
    let topic = world.topic("seen", 1, &[]).await;
    let mut wire = world.wire().await;
    // The host's own connection is no client.
    let (_expected, mut host) = world.own_wire().await;
    host.fetch(12, &topic.fetch(&[(0, 0)])).await;
    for _ in 0..3 {
        wire.fetch(12, &topic.fetch(&[(0, 0)])).await;
    }
    join_send(&mut wire, MIDDLE, "consumers").await;
    join_receive(&mut wire, MIDDLE).await;
    let seen = |subject: Subject| {
        let seen = world.cluster.clients_seen(&subject, 0, i64::MAX).into_iter();
        seen.map(|seen| (seen.request, seen.clients)).collect::<Vec<_>>()
    };
    let client = vec![(wire.address().ip(), 1)];
    let check = || {
        assert_eq!(seen(Subject::Topic("seen".into())), [("Fetch", client.clone())]);
        assert_eq!(seen(Subject::Group("consumers".into())), [("JoinGroup", client.clone())]);
        assert_eq!(seen(Subject::Cluster), [("Fetch", client.clone()), ("JoinGroup", client.clone())]);
    };
    check();
    // A closed connection was there all the same.
    wire.send_bytes(&[0, 0, 0, 0]).await;
    wire.closed("a frame without a header").await;
    check();
}
