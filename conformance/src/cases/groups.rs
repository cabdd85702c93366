//! Groups: their members, what they commit, and what is told of them.

use kafka_protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use crate::case::Cases;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn joining(group: &GroupId) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range"));
    JoinGroupRequest::default()
        .with_group_id(group.clone())
        .with_session_timeout_ms(10_000)
        .with_rebalance_timeout_ms(10_000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

fn joined(
    stage: &mut Stage<'_>,
    version: i16,
    request: &JoinGroupRequest,
) -> Result<JoinGroupResponse, Failure> {
    let mut answer = JoinGroupResponse::default();
    stage.settled(|stage| {
        answer = stage.call(request, version)?;
        Ok(answer.error_code)
    })?;
    Ok(answer)
}

/// A group whose only member leads it and has its assignment: the member and the generation.
fn stable(stage: &mut Stage<'_>, group: &GroupId) -> Result<(StrBytes, i32), Failure> {
    let answer = joined(stage, 2, &joining(group))?;
    ensure!(answer.error_code, 0, "JoinGroup");
    let sync = SyncGroupRequest::default().with_group_id(group.clone());
    let sync = sync.with_generation_id(answer.generation_id).with_member_id(answer.member_id.clone());
    ensure!(stage.call(&sync, 2)?.error_code, 0, "SyncGroup");
    Ok((answer.member_id, answer.generation_id))
}

fn committing(group: &GroupId, name: &TopicName, partition: i32) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(partition)
        .with_committed_offset(5)
        .with_committed_metadata(Some(text("said")));
    let topic = OffsetCommitRequestTopic::default().with_name(name.clone()).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default().with_group_id(group.clone());
    request.with_generation_id_or_member_epoch(-1).with_retention_time_ms(-1).with_topics(vec![topic])
}

fn committed(stage: &mut Stage<'_>, version: i16, request: &OffsetCommitRequest) -> Result<i16, Failure> {
    stage.settled(|stage| {
        let answer = stage.call(request, version)?;
        Ok(answer.topics.first().and_then(|one| one.partitions.first()).ok_or("no partition")?.error_code)
    })
}

pub(crate) fn declare(cases: &mut Cases) {
    join(cases);
    members(cases);
    commits(cases);
    told(cases);
    newer(cases);
}

fn join(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::JoinGroup;
    type Shape = fn(JoinGroupRequest) -> JoinGroupRequest;
    let shapes: [(&str, i16, i16, Shape); 7] = [
        ("without_a_group", 0, 24, |join| join.with_group_id(GroupId(text("")))),
        ("short_session", 0, 26, |join| join.with_session_timeout_ms(5)),
        ("long_session", 0, 26, |join| join.with_session_timeout_ms(1 << 30)),
        ("unknown_member", 0, 25, |join| join.with_member_id(text("somebody"))),
        ("no_protocols", 0, 23, |join| join.with_protocols(Vec::new())),
        ("no_protocol_type", 0, 23, |join| join.with_protocol_type(text(""))),
        ("static", 5, 0, |join| join.with_group_instance_id(Some(text("one")))),
    ];
    for (title, from, expected, shape) in shapes {
        cases.each(KEY, from..=9, title, expected, move |stage, version| {
            let group = stage.group();
            Ok(joined(stage, version, &shape(joining(&group)))?.error_code)
        });
    }
    cases.each(KEY, 0..=3, "first", 0, |stage, version| {
        let group = stage.group();
        let answer = joined(stage, version, &joining(&group))?;
        ensure!((answer.generation_id, answer.members.len()), (1, 1), "generation and members");
        ensure!(answer.leader, answer.member_id, "leader");
        Ok(answer.error_code)
    });
    cases.each(KEY, 4..=9, "first_is_named", 79, |stage, version| {
        let group = stage.group();
        let answer = joined(stage, version, &joining(&group))?;
        ensure!(answer.member_id.is_empty(), false, "no member id");
        let again = joined(stage, version, &joining(&group).with_member_id(answer.member_id.clone()))?;
        ensure!((again.error_code, again.generation_id), (0, 1), "second answer and generation");
        Ok(answer.error_code)
    });
    cases.each(KEY, 0..=9, "other_protocol", 23, |stage, version| {
        let group = stage.group();
        stable(stage, &group)?;
        let other = JoinGroupRequestProtocol::default().with_name(text("other"));
        Ok(joined(stage, version, &joining(&group).with_protocols(vec![other]))?.error_code)
    });
}

fn members(cases: &mut Cases) {
    for (title, generation, member, expected) in
        [("steady", 0, true, 0), ("other_generation", 7, true, 22), ("unknown_member", 0, false, 25)]
    {
        cases.each(ApiKey::Heartbeat, 0..=4, title, expected, move |stage, version| {
            let group = stage.group();
            let (id, now) = stable(stage, &group)?;
            let beat = HeartbeatRequest::default().with_group_id(group).with_generation_id(now + generation);
            Ok(stage
                .call(&beat.with_member_id(if member { id } else { text("nobody") }), version)?
                .error_code)
        });
        cases.each(ApiKey::SyncGroup, 0..=5, title, expected, move |stage, version| {
            let group = stage.group();
            let (id, now) = stable(stage, &group)?;
            let sync = SyncGroupRequest::default().with_group_id(group).with_generation_id(now + generation);
            let sync = sync
                .with_protocol_type((version >= 5).then(|| text("consumer")))
                .with_protocol_name((version >= 5).then(|| text("range")));
            Ok(stage
                .call(&sync.with_member_id(if member { id } else { text("nobody") }), version)?
                .error_code)
        });
        cases.each(ApiKey::OffsetCommit, 2..=8, title, expected, move |stage, version| {
            let name = stage.topic(1)?;
            let group = stage.group();
            let (id, now) = stable(stage, &group)?;
            let commit = committing(&group, &name, 0).with_generation_id_or_member_epoch(now + generation);
            committed(stage, version, &commit.with_member_id(if member { id } else { text("nobody") }))
        });
    }
    cases.each(ApiKey::SyncGroup, 5..=5, "other_protocol", 23, |stage, version| {
        let group = stage.group();
        let (id, now) = stable(stage, &group)?;
        let sync =
            SyncGroupRequest::default().with_group_id(group).with_generation_id(now).with_member_id(id);
        let sync = sync.with_protocol_type(Some(text("consumer"))).with_protocol_name(Some(text("other")));
        Ok(stage.call(&sync, version)?.error_code)
    });
    for (title, member, expected) in [("member", true, 0), ("unknown_member", false, 25)] {
        cases.each(ApiKey::LeaveGroup, 0..=5, title, expected, move |stage, version| {
            let group = stage.group();
            let (id, _) = stable(stage, &group)?;
            let id = if member { id } else { text("nobody") };
            let leave = LeaveGroupRequest::default().with_group_id(group);
            if version < 3 {
                return Ok(stage.call(&leave.with_member_id(id), version)?.error_code);
            }
            let identity = MemberIdentity::default().with_member_id(id);
            let answer = stage.call(&leave.with_members(vec![identity]), version)?;
            ensure!(answer.error_code, 0, "LeaveGroup");
            Ok(answer.members.first().ok_or("no member")?.error_code)
        });
    }
}

fn commits(cases: &mut Cases) {
    cases.each(ApiKey::OffsetCommit, 2..=9, "without_members", 0, |stage, version| {
        let (name, group) = (stage.topic(1)?, stage.group());
        committed(stage, version, &committing(&group, &name, 0))
    });
    cases.each(ApiKey::OffsetCommit, 2..=9, "unknown_partition", 3, |stage, version| {
        let (name, group) = (stage.topic(1)?, stage.group());
        committed(stage, version, &committing(&group, &name, 9))
    });
    cases.each(ApiKey::OffsetCommit, 2..=9, "long_metadata", 12, |stage, version| {
        let (name, group) = (stage.topic(1)?, stage.group());
        let mut request = committing(&group, &name, 0);
        let long = StrBytes::from_string("m".repeat(4097));
        request.topics[0].partitions[0].committed_metadata = Some(long);
        committed(stage, version, &request)
    });
    cases.each(ApiKey::OffsetCommit, 2..=8, "generation_of_no_group", 22, |stage, version| {
        let (name, group) = (stage.topic(1)?, stage.group());
        let request = committing(&group, &name, 0).with_generation_id_or_member_epoch(3);
        committed(stage, version, &request.with_member_id(text("somebody")))
    });
    for (title, commits, offset, metadata) in
        [("what_was_committed", true, 5, "said"), ("nothing", false, -1, "")]
    {
        cases.each(ApiKey::OffsetFetch, 1..=9, title, 0, move |stage, version| {
            let (name, group) = (stage.topic(1)?, stage.group());
            if commits {
                ensure!(committed(stage, 2, &committing(&group, &name, 0))?, 0, "OffsetCommit");
            }
            let mut found = (0, 0, String::new());
            stage.settled(|stage| {
                found = offset_of(stage, version, &group, &name)?;
                Ok(found.0)
            })?;
            ensure!((found.1, found.2.as_str()), (offset, metadata), "offset and metadata");
            Ok(found.0)
        });
    }
}

fn offset_of(
    stage: &mut Stage<'_>,
    version: i16,
    group: &GroupId,
    name: &TopicName,
) -> Result<(i16, i64, String), Failure> {
    let metadata = |text: &Option<StrBytes>| text.as_ref().map_or("null".to_owned(), |text| text.to_string());
    if version < 8 {
        let topic =
            OffsetFetchRequestTopic::default().with_name(name.clone()).with_partition_indexes(vec![0]);
        let request =
            OffsetFetchRequest::default().with_group_id(group.clone()).with_topics(Some(vec![topic]));
        let answer = stage.call(&request, version)?;
        if answer.error_code != 0 {
            return Ok((answer.error_code, 0, String::new()));
        }
        let one = answer.topics.first().and_then(|topic| topic.partitions.first()).ok_or("no partition")?;
        return Ok((one.error_code, one.committed_offset, metadata(&one.metadata)));
    }
    let topic = OffsetFetchRequestTopics::default().with_name(name.clone()).with_partition_indexes(vec![0]);
    let asked = OffsetFetchRequestGroup::default().with_group_id(group.clone()).with_member_id(None);
    let asked = asked.with_member_epoch(-1).with_topics(Some(vec![topic]));
    let answer = stage.call(&OffsetFetchRequest::default().with_groups(vec![asked]), version)?;
    let answer = answer.groups.first().ok_or("no group")?;
    if answer.error_code != 0 {
        return Ok((answer.error_code, 0, String::new()));
    }
    let one = answer.topics.first().and_then(|topic| topic.partitions.first()).ok_or("no partition")?;
    Ok((one.error_code, one.committed_offset, metadata(&one.metadata)))
}

fn told(cases: &mut Cases) {
    cases.each(ApiKey::DescribeGroups, 0..=6, "stable", 0, |stage, version| {
        let group = stage.group();
        stable(stage, &group)?;
        let answer = stage.call(&DescribeGroupsRequest::default().with_groups(vec![group]), version)?;
        let group = answer.groups.first().ok_or("no group")?;
        ensure!((group.group_state.as_str(), group.members.len()), ("Stable", 1), "state and members");
        ensure!(group.protocol_data.as_str(), "range", "protocol");
        Ok(group.error_code)
    });
    for (versions, expected) in [(0..=5, 0), (6..=6, 69)] {
        cases.each(ApiKey::DescribeGroups, versions, "unknown", expected, |stage, version| {
            let request = DescribeGroupsRequest::default().with_groups(vec![stage.group()]);
            let mut state = String::new();
            let code = stage.settled(|stage| {
                let answer = stage.call(&request, version)?;
                let group = answer.groups.first().ok_or("no group")?;
                state = group.group_state.to_string();
                Ok(group.error_code)
            })?;
            ensure!(state, "Dead", "state");
            Ok(code)
        });
    }
    cases.each(ApiKey::ListGroups, 0..=5, "stable", 0, |stage, version| {
        let group = stage.group();
        stable(stage, &group)?;
        let answer = stage.call(&ListGroupsRequest::default(), version)?;
        let found = answer.groups.iter().find(|one| one.group_id == group).ok_or("not listed")?;
        ensure!(found.protocol_type.as_str(), "consumer", "protocol type");
        if version >= 4 {
            ensure!(found.group_state.as_str(), "Stable", "state");
        }
        Ok(answer.error_code)
    });
    for (title, known, expected) in [("with_members", true, 68), ("unknown", false, 69)] {
        cases.each(ApiKey::DeleteGroups, 0..=2, title, expected, move |stage, version| {
            let group = stage.group();
            if known {
                stable(stage, &group)?;
            }
            let request = DeleteGroupsRequest::default().with_groups_names(vec![group]);
            stage.settled(|stage| {
                Ok(stage.call(&request, version)?.results.first().ok_or("no group")?.error_code)
            })
        });
    }
    cases.each(ApiKey::OffsetDelete, 0..=0, "unknown_group", 69, |stage, version| {
        let request = OffsetDeleteRequest::default().with_group_id(stage.group());
        stage.settled(|stage| Ok(stage.call(&request, version)?.error_code))
    });
    for (title, partition, expected) in [("committed", 0, 0), ("unknown_partition", 9, 3)] {
        cases.each(ApiKey::OffsetDelete, 0..=0, title, expected, move |stage, version| {
            let (name, group) = (stage.topic(1)?, stage.group());
            ensure!(committed(stage, 2, &committing(&group, &name, 0))?, 0, "OffsetCommit");
            let partition = OffsetDeleteRequestPartition::default().with_partition_index(partition);
            let topic = OffsetDeleteRequestTopic::default().with_name(name).with_partitions(vec![partition]);
            let answer = stage.call(
                &OffsetDeleteRequest::default().with_group_id(group).with_topics(vec![topic]),
                version,
            )?;
            ensure!(answer.error_code, 0, "OffsetDelete");
            Ok(answer.topics.first().and_then(|one| one.partitions.first()).ok_or("no partition")?.error_code)
        });
    }
    for (title, kind, from, expected) in
        [("of_a_group", 0, 0, 0), ("of_a_transaction", 1, 1, 0), ("of_nothing_known", 9, 1, 42)]
    {
        cases.each(ApiKey::FindCoordinator, from..=6, title, expected, move |stage, version| {
            let request = FindCoordinatorRequest::default().with_key_type(kind);
            let request = if version < 4 {
                request.with_key(stage.name())
            } else {
                request.with_coordinator_keys(vec![stage.name()])
            };
            stage.settled(|stage| {
                let answer = stage.call(&request, version)?;
                Ok(answer.coordinators.first().map_or(answer.error_code, |one| one.error_code))
            })
        });
    }
}

fn newer(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
    type Shape = fn(ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatRequest;
    let shapes: [(&str, i16, Shape); 7] = [
        ("joins", 0, |beat| beat),
        ("without_a_group", 42, |beat| beat.with_group_id(GroupId(text("")))),
        ("without_a_timeout", 42, |beat| beat.with_rebalance_timeout_ms(-1)),
        ("without_a_subscription", 42, |beat| beat.with_subscribed_topic_names(None)),
        ("owns_before_it_joins", 42, |beat| {
            beat.with_topic_partitions(Some(vec![TopicPartitions::default().with_partitions(vec![0])]))
        }),
        ("unknown_assignor", 112, |beat| beat.with_server_assignor(Some(text("other")))),
        ("stranger", 69, |beat| beat.with_member_epoch(5)),
    ];
    for (title, expected, shape) in shapes {
        cases.each(KEY, 0..=1, title, expected, move |stage, version| {
            let beat = ConsumerGroupHeartbeatRequest::default()
                .with_group_id(stage.group())
                .with_member_id(if version == 0 { text("") } else { stage.name() })
                .with_rebalance_timeout_ms(10_000)
                .with_subscribed_topic_names(Some(vec![TopicName(stage.name())]))
                .with_topic_partitions(Some(Vec::new()));
            let mut beat = shape(beat);
            if beat.member_epoch > 0 {
                beat.member_id = stage.name();
            }
            stage.settled(|stage| Ok(stage.call(&beat, version)?.error_code))
        });
    }
    cases.each(ApiKey::ConsumerGroupDescribe, 0..=1, "unknown", 69, |stage, version| {
        let request = ConsumerGroupDescribeRequest::default().with_group_ids(vec![stage.group()]);
        stage.settled(|stage| Ok(stage.call(&request, version)?.groups.first().ok_or("no group")?.error_code))
    });
}
