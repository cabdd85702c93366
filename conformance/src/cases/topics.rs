//! CreateTopics, DeleteTopics, CreatePartitions and what Metadata says of topics.

use kafka_protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::case::Cases;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

fn named(name: &'static str) -> TopicName {
    TopicName(StrBytes::from_static_str(name))
}

fn config(name: &'static str, value: &'static str) -> CreatableTopicConfig {
    CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str(name))
        .with_value(Some(StrBytes::from_static_str(value)))
}

fn assigned(partition: i32, brokers: &[i32]) -> CreatableReplicaAssignment {
    CreatableReplicaAssignment::default()
        .with_partition_index(partition)
        .with_broker_ids(brokers.iter().map(|&one| one.into()).collect())
}

/// The code for one topic that is only looked at.
fn looked_at(stage: &mut Stage<'_>, version: i16, topic: CreatableTopic) -> Result<i16, Failure> {
    let topics = CreateTopicsRequest::default().with_topics(vec![topic]);
    let answer = stage.call(&topics.with_timeout_ms(10_000).with_validate_only(true), version)?;
    ensure!(answer.topics.len(), 1, "topics");
    Ok(answer.topics[0].error_code)
}

pub(crate) fn declare(cases: &mut Cases) {
    create(cases);
    delete(cases);
    partitions(cases);
    metadata(cases);
}

fn create(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::CreateTopics;
    type Shape = fn(CreatableTopic) -> CreatableTopic;
    let shapes: [(&str, i16, Shape); 14] = [
        ("looked_at_only", 0, |topic| topic),
        ("no_partitions", 37, |topic| topic.with_num_partitions(0)),
        ("negative_partitions", 37, |topic| topic.with_num_partitions(-2)),
        ("three_replicas", 38, |topic| topic.with_replication_factor(3)),
        ("no_replicas", 38, |topic| topic.with_replication_factor(0)),
        ("unknown_setting", 40, |topic| topic.with_configs(vec![config("no.such.setting", "1")])),
        ("setting_out_of_range", 40, |topic| topic.with_configs(vec![config("retention.ms", "-2")])),
        ("setting_not_a_number", 40, |topic| topic.with_configs(vec![config("retention.ms", "week")])),
        ("empty_name", 17, |topic| topic.with_name(named(""))),
        ("dots_as_a_name", 17, |topic| topic.with_name(named(".."))),
        ("blank_in_a_name", 17, |topic| topic.with_name(named("a b"))),
        ("long_name", 17, |topic| topic.with_name(TopicName(StrBytes::from_string("x".repeat(250))))),
        ("assigned_elsewhere", 39, |topic| {
            topic
                .with_num_partitions(-1)
                .with_replication_factor(-1)
                .with_assignments(vec![assigned(0, &[77])])
        }),
        ("count_and_assignment", 42, |topic| topic.with_assignments(vec![assigned(0, &[77])])),
    ];
    for (title, expected, shape) in shapes {
        cases.each(KEY, 2..=7, title, expected, move |stage, version| {
            let topic = CreatableTopic::default()
                .with_name(TopicName(stage.name()))
                .with_num_partitions(1)
                .with_replication_factor(1);
            looked_at(stage, version, shape(topic))
        });
    }
    cases.each(KEY, 2..=7, "exists", 36, |stage, version| {
        let name = stage.topic(1)?;
        let topic =
            CreatableTopic::default().with_name(name).with_num_partitions(1).with_replication_factor(1);
        looked_at(stage, version, topic)
    });
    cases.each(KEY, 2..=7, "differs_by_a_dot", 17, |stage, version| {
        let name = stage.topic(1)?;
        // Names of a stage hold hyphens only: one with a dot first, then the same with an underscore.
        let dotted = TopicName(StrBytes::from_string(format!("{}.x", name.as_str())));
        let lined = TopicName(StrBytes::from_string(format!("{}_x", name.as_str())));
        let one = CreatableTopic::default().with_num_partitions(1).with_replication_factor(1);
        let made = CreateTopicsRequest::default().with_topics(vec![one.clone().with_name(dotted.clone())]);
        ensure!(stage.call(&made.with_timeout_ms(10_000), 5)?.topics[0].error_code, 0, "CreateTopics");
        let code = looked_at(stage, version, one.with_name(lined));
        let gone = DeleteTopicsRequest::default().with_topic_names(vec![dotted]).with_timeout_ms(10_000);
        stage.call(&gone, 1)?;
        code
    });
    cases.each(KEY, 2..=7, "twice_in_a_request", 42, |stage, version| {
        let one = CreatableTopic::default().with_name(TopicName(stage.name()));
        let one = one.with_num_partitions(1).with_replication_factor(1);
        let request = CreateTopicsRequest::default().with_topics(vec![one.clone(), one]);
        let answer = stage.call(&request.with_timeout_ms(10_000).with_validate_only(true), version)?;
        Ok(answer.topics.first().ok_or("no topic")?.error_code)
    });
    cases.each(KEY, 5..=7, "tells_what_it_made", 0, |stage, version| {
        let topic = CreatableTopic::default().with_name(TopicName(stage.name()));
        let topic = topic.with_num_partitions(2).with_replication_factor(-1);
        let request = CreateTopicsRequest::default()
            .with_topics(vec![topic.with_configs(vec![config("retention.ms", "7200000")])]);
        let answer = stage.call(&request.with_timeout_ms(10_000).with_validate_only(true), version)?;
        let made = &answer.topics[0];
        ensure!((made.num_partitions, made.replication_factor), (2, 1), "shape");
        let configs = made.configs.as_ref().ok_or("no settings")?;
        let retention =
            configs.iter().find(|one| one.name.as_str() == "retention.ms").ok_or("no retention.ms")?;
        ensure!(retention.value.as_ref().map(|value| value.as_str()), Some("7200000"), "retention.ms");
        ensure!(retention.config_source, 1, "source");
        Ok(made.error_code)
    });
}

fn delete(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::DeleteTopics;
    fn deleted(stage: &mut Stage<'_>, version: i16, topic: DeleteTopicState) -> Result<i16, Failure> {
        let request = DeleteTopicsRequest::default().with_timeout_ms(10_000);
        let request = if version < 6 {
            request.with_topic_names(topic.name.into_iter().collect())
        } else {
            request.with_topics(vec![topic])
        };
        Ok(stage.call(&request, version)?.responses.first().ok_or("no topic")?.error_code)
    }
    cases.each(KEY, 1..=6, "unknown", 3, |stage, version| {
        let name = TopicName(stage.name());
        deleted(stage, version, DeleteTopicState::default().with_name(Some(name)))
    });
    cases.each(KEY, 1..=6, "gone_from_metadata", 3, |stage, version| {
        let name = stage.topic(1)?;
        let code = deleted(stage, version, DeleteTopicState::default().with_name(Some(name.clone())))?;
        ensure!(code, 0, "DeleteTopics");
        stage.eventually("Metadata forgets it", |stage| Ok(stage.metadata(&name)?.error_code == 3))?;
        Ok(stage.metadata(&name)?.error_code)
    });
    cases.each(KEY, 6..=6, "unknown_id", 100, |stage, version| {
        deleted(
            stage,
            version,
            DeleteTopicState::default().with_name(None).with_topic_id(Uuid::from_u128(77)),
        )
    });
    cases.each(KEY, 6..=6, "by_id", 0, |stage, version| {
        let name = stage.topic(1)?;
        let id = stage.topic_id(&name)?;
        deleted(stage, version, DeleteTopicState::default().with_name(None).with_topic_id(id))
    });
}

fn partitions(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::CreatePartitions;
    fn grown(
        stage: &mut Stage<'_>,
        version: i16,
        name: TopicName,
        count: i32,
        assignments: Option<Vec<CreatePartitionsAssignment>>,
    ) -> Result<i16, Failure> {
        let topic =
            CreatePartitionsTopic::default().with_name(name).with_count(count).with_assignments(assignments);
        let request = CreatePartitionsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
        Ok(stage.call(&request, version)?.results.first().ok_or("no topic")?.error_code)
    }
    for (title, count, expected) in
        [("more", 3, 0), ("as_many", 2, 37), ("fewer", 1, 37), ("negative", -1, 37)]
    {
        cases.each(KEY, 0..=3, title, expected, move |stage, version| {
            let name = stage.topic(2)?;
            grown(stage, version, name, count, None)
        });
    }
    cases.each(KEY, 0..=3, "unknown", 3, |stage, version| {
        let name = TopicName(stage.name());
        grown(stage, version, name, 2, None)
    });
    cases.each(KEY, 0..=3, "too_few_assignments", 39, |stage, version| {
        let name = stage.topic(1)?;
        let one = CreatePartitionsAssignment::default().with_broker_ids(vec![1.into()]);
        grown(stage, version, name, 3, Some(vec![one]))
    });
}

fn metadata(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::Metadata;
    for (title, name, expected) in [("unknown", None, 3), ("bad_name", Some("a b"), 17)] {
        cases.each(KEY, 4..=13, title, expected, move |stage, version| {
            let name = name.map_or_else(|| TopicName(stage.name()), named);
            let topic = MetadataRequestTopic::default().with_name(Some(name));
            let request = MetadataRequest::default().with_topics(Some(vec![topic]));
            let answer = stage.call(&request.with_allow_auto_topic_creation(false), version)?;
            Ok(answer.topics.first().ok_or("no topic")?.error_code)
        });
    }
    cases.each(KEY, 12..=13, "unknown_id", 100, |stage, version| {
        let topic = MetadataRequestTopic::default().with_name(None).with_topic_id(Uuid::from_u128(77));
        let answer = stage.call(&MetadataRequest::default().with_topics(Some(vec![topic])), version)?;
        Ok(answer.topics.first().ok_or("no topic")?.error_code)
    });
    cases.each(KEY, 0..=13, "of_one_topic", 0, |stage, version| {
        let name = stage.topic(3)?;
        let topic = MetadataRequestTopic::default().with_name(Some(name));
        let answer = stage.call(
            &MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(true),
            version,
        )?;
        ensure!(answer.brokers.len(), 1, "brokers");
        let broker = answer.brokers[0].node_id;
        if version >= 1 {
            ensure!(answer.controller_id, broker, "controller");
        }
        let topic = answer.topics.first().ok_or("no topic")?;
        ensure!(topic.partitions.len(), 3, "partitions");
        for partition in &topic.partitions {
            ensure!(partition.leader_id, broker, "leader");
            ensure!(partition.replica_nodes, vec![broker], "replicas");
            ensure!(partition.isr_nodes, vec![broker], "replicas in sync");
        }
        if version >= 10 {
            ensure!(topic.topic_id.is_nil(), false, "no id");
        }
        if version >= 2 {
            ensure!(answer.cluster_id.map(|id| id.len()), Some(22), "length of the cluster id");
        }
        Ok(topic.error_code)
    });
}
