//! The topics of an instance: the engine's, with what the store knows about them.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::Fault;
use crate::account::Caller;
use crate::engine::{EngineError, EngineTopic};
use crate::ids::{InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::store::topic_records::TopicRecords;
use crate::store::topics::TopicRow;
use crate::topic::{Page, Topic, TopicList, TopicPage};

use super::ensure_running;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    instance: &InstanceId,
    name: Option<&TopicName>,
    page: Page,
) -> Result<TopicPage, Fault> {
    let records = shared.topic_records.find(&shared.store, &caller.account, region, instance).await?;
    ensure_running(&records.instance)?;
    let cluster = &records.instance.key.id;
    shared.clusters.ensure_serving(cluster)?;
    // The engine is asked after the rows were read: a row without its topic now is of one that has vanished.
    let list = match name {
        Some(name) => Arc::new(join_all(&records, &named(shared, cluster, name).await?)),
        None => {
            let topics = shared.engine.topic_list(cluster).await?;
            records.listed(&topics, |topics| {
                if any_vanished(&records, topics) {
                    shared.reconcile.notify_one();
                }
                join_all(&records, topics)
            })
        }
    };
    Ok(TopicPage::cut(list, page))
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

fn join_all(records: &TopicRecords, topics: &[EngineTopic]) -> TopicList {
    let mut joined: Vec<_> = topics.iter().map(|topic| join(records, topic)).collect();
    joined.sort_unstable_by(|a, b| (a.created_ms, &a.name).cmp(&(b.created_ms, &b.name)));
    TopicList::new(joined)
}

fn join(records: &TopicRecords, topic: &EngineTopic) -> Topic {
    let row = records.topics.get(&topic.name).filter(|row| row.id == topic.id);
    let known = |of: fn(&TopicRow) -> &str, otherwise: &str| row.map_or(otherwise, of).to_owned();
    Topic {
        // Tags are the row's: a client's topic of a name that had tags once has none.
        tags: row.and_then(|row| records.tags.get(row.name.as_str())).cloned().unwrap_or_default(),
        name: topic.name.clone(),
        partitions: topic.partitions,
        remark: known(|row| &row.remark, ""),
        created_ms: row.map_or(topic.created_ms, |row| row.created_ms),
        local: row.is_some_and(|row| row.local),
        compact: topic.is_compacted(),
        config_text: known(|row| &row.config, "{}"),
        config: topic.config.clone(),
        automatic: row.is_none_or(|row| row.automatic),
    }
}
