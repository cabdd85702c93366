//! The topics of an instance: the engine's, with what the store knows about them.

use std::collections::HashSet;

use uuid::Uuid;

use crate::Fault;
use crate::account::Caller;
use crate::engine::{EngineError, EngineTopic};
use crate::ids::{InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::store::topic_records::TopicRecords;
use crate::store::topics::TopicRow;
use crate::tag::Tag;
use crate::topic::{Page, Paged, Topic};

use super::ensure_running;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    instance: &InstanceId,
    name: Option<&TopicName>,
    page: Page,
) -> Result<Paged<Topic>, Fault> {
    let records = shared.topic_records.find(&shared.store, &caller.account, region, instance).await?;
    ensure_running(&records.instance)?;
    let cluster = &records.instance.key.id;
    shared.clusters.ensure_serving(cluster)?;
    // The engine is asked after the rows were read: a row without its topic now is of one that has vanished.
    let topics = match name {
        Some(name) => named(shared, cluster, name).await?,
        None => {
            let topics = shared.engine.topic_list(cluster).await?;
            if any_vanished(&records, &topics) {
                shared.reconcile.notify_one();
            }
            topics
        }
    };
    let mut pairs: Vec<(EngineTopic, Option<&TopicRow>)> = topics
        .into_iter()
        .map(|topic| {
            let row = records.topics.get(&topic.name).filter(|row| row.id == topic.id);
            (topic, row)
        })
        .collect();
    pairs.sort_unstable_by(|(a, a_row), (b, b_row)| {
        (created_ms(a, *a_row), &a.name).cmp(&(created_ms(b, *b_row), &b.name))
    });
    let total = pairs.len();
    let items = pairs
        .into_iter()
        .skip(page.skip)
        .take(page.take)
        .map(|(topic, row)| {
            // Tags are the row's: a client's topic of a name that had tags once has none.
            let tags = row.and_then(|row| records.tags.get(row.name.as_str()));
            join(topic, row, tags.cloned().unwrap_or_default())
        })
        .collect();
    Ok(Paged { items, total })
}

/// The engine's topic of one exact name, or none.
async fn named(shared: &Shared, cluster: &InstanceId, name: &TopicName) -> Result<Vec<EngineTopic>, Fault> {
    match shared.engine.topic_find(cluster, name).await {
        Ok(topic) => Ok(vec![topic]),
        Err(EngineError::Absent(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn any_vanished(records: &TopicRecords, topics: &[EngineTopic]) -> bool {
    let present: HashSet<Uuid> = topics.iter().map(|topic| topic.id).collect();
    records.topics.values().any(|row| row.active && !present.contains(&row.id))
}

fn created_ms(topic: &EngineTopic, row: Option<&TopicRow>) -> i64 {
    row.map_or(topic.created_ms, |row| row.created_ms)
}

fn join(topic: EngineTopic, row: Option<&TopicRow>, tags: Vec<Tag>) -> Topic {
    match row {
        Some(row) => Topic {
            name: topic.name,
            partitions: topic.partitions,
            remark: row.remark.clone(),
            created_ms: row.created_ms,
            local: row.local,
            compact: row.compact,
            config_text: row.config.clone(),
            tags,
            automatic: row.automatic,
        },
        None => Topic {
            compact: topic.is_compacted(),
            name: topic.name,
            partitions: topic.partitions,
            remark: String::new(),
            created_ms: topic.created_ms,
            local: false,
            config_text: "{}".to_owned(),
            tags,
            automatic: true,
        },
    }
}
