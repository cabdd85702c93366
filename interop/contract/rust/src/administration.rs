//! What administrators do.

use std::collections::BTreeMap;

use futures_executor::block_on;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
    TopicResult,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::records::consumer;
use crate::{Asked, Failure, PATIENCE, refused};

fn admin(asked: &Asked) -> Result<AdminClient<DefaultClientContext>, Failure> {
    Ok(asked.config().create()?)
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE))
}

/// The answer about the one topic that was asked for.
fn only(results: KafkaResult<Vec<TopicResult>>) -> Result<Value, Failure> {
    match results?.pop().ok_or("no answer for the topic")? {
        Ok(_) => Ok(json!({})),
        Err((_, code)) => Err(refused(code)),
    }
}

pub(crate) fn create(asked: &Asked) -> Result<Value, Failure> {
    let mut topic = NewTopic::new(&asked.topic, asked.partitions, TopicReplication::Fixed(1));
    for (name, value) in &asked.settings {
        topic = topic.set(name, value);
    }
    only(block_on(admin(asked)?.create_topics([&topic], &options())))
}

pub(crate) fn describe(asked: &Asked) -> Result<Value, Failure> {
    let admin = admin(asked)?;
    let topic = ResourceSpecifier::Topic(&asked.topic);
    let described = block_on(admin.describe_configs([&topic], &options()))?;
    let described = described.into_iter().next().ok_or("no answer for the topic")?.map_err(refused)?;
    let settings: BTreeMap<_, _> =
        described.entries.into_iter().map(|entry| (entry.name, entry.value)).collect();
    let metadata = admin.inner().fetch_metadata(Some(&asked.topic), PATIENCE)?;
    let partitions = metadata.topics().first().map(|topic| topic.partitions().len());
    Ok(json!({"partitions": partitions, "settings": settings}))
}

pub(crate) fn alter(asked: &Asked) -> Result<Value, Failure> {
    let mut change = AlterConfig::new(ResourceSpecifier::Topic(&asked.topic));
    for (name, value) in &asked.settings {
        change = change.set(name, value);
    }
    let altered = block_on(admin(asked)?.alter_configs([&change], &options()))?;
    let altered = altered.into_iter().next().ok_or("no answer for the topic")?;
    altered.map(|_| json!({})).map_err(|(_, code)| refused(code))
}

pub(crate) fn grow(asked: &Asked) -> Result<Value, Failure> {
    let wanted = NewPartitions::new(&asked.topic, usize::try_from(asked.partitions)?);
    only(block_on(admin(asked)?.create_partitions([&wanted], &options())))
}

pub(crate) fn delete(asked: &Asked) -> Result<Value, Failure> {
    only(block_on(admin(asked)?.delete_topics(&[&asked.topic], &options())))
}

pub(crate) fn groups(asked: &Asked) -> Result<Value, Failure> {
    let listed = admin(asked)?.inner().fetch_group_list(None, PATIENCE)?;
    let names: Vec<_> = listed.groups().iter().map(|group| group.name()).collect();
    Ok(json!({"groups": names}))
}

pub(crate) fn group(asked: &Asked) -> Result<Value, Failure> {
    let listed = admin(asked)?.inner().fetch_group_list(Some(&asked.group), PATIENCE)?;
    // One that is not there has no state.
    let found = listed.groups().first();
    let (state, members) = found.map_or(("", 0), |group| (group.state(), group.members().len()));
    Ok(json!({"state": state, "members": members}))
}

/// As a member would: the library lists no group's offsets for others.
pub(crate) fn committed(asked: &Asked) -> Result<Value, Failure> {
    let consumer = consumer(asked, &asked.group, &[])?;
    let metadata = consumer.fetch_metadata(Some(&asked.topic), PATIENCE)?;
    let mut wanted = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        wanted.add_partition(&asked.topic, partition.id());
    }
    let found = consumer.committed_offsets(wanted, PATIENCE)?;
    let offsets: BTreeMap<_, _> = found
        .elements()
        .iter()
        .filter_map(|one| match one.offset() {
            Offset::Offset(offset) => Some((one.partition(), offset)),
            _ => None,
        })
        .collect();
    Ok(json!({"offsets": offsets}))
}
