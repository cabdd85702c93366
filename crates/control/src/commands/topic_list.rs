//! The topics of an instance: the engine's, with what the store knows about them.

use crate::Fault;
use crate::account::Caller;
use crate::catalogue::Catalogue;
use crate::engine::{EngineError, EngineTopic};
use crate::ids::{InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::store::instances::InstanceKey;
use crate::store::tags::{self, Tagged};
use crate::store::topics::{self, TopicRow};
use crate::tag::Tag;
use crate::topic::{Page, Paged, Topic};

use super::find_serving;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    instance: &InstanceId,
    name: Option<&TopicName>,
    page: Page,
) -> Result<Paged<Topic>, Fault> {
    let key = find_serving(shared, caller, region, instance).await?.key;
    let mut pairs = match name {
        Some(name) => named(shared, &key, name).await?,
        None => {
            let catalogue = Catalogue::read(shared, &key).await?;
            if catalogue.vanished().next().is_some() {
                shared.reconcile.notify_one();
            }
            catalogue.into_pairs().collect()
        }
    };
    pairs.sort_by(|(a, a_row), (b, b_row)| {
        (created_ms(a, a_row), &a.name).cmp(&(created_ms(b, b_row), &b.name))
    });
    let total = pairs.len();
    let shown = pairs.into_iter().skip(page.skip).take(page.take);

    let mut tags = {
        let mut reader = shared.store.read().await?;
        tags::of_resources(&mut reader, &key, Tagged::Topic, name.map(TopicName::as_str)).await?
    };
    let items = shown
        .map(|(topic, row)| {
            // Tags are the row's: a client's topic of a name that had tags once has none.
            let tags = row.as_ref().and_then(|_| tags.remove(topic.name.as_str()));
            join(topic, row, tags.unwrap_or_default())
        })
        .collect();
    Ok(Paged { items, total })
}

/// The topic of one exact name, or none.
async fn named(
    shared: &Shared,
    key: &InstanceKey,
    name: &TopicName,
) -> Result<Vec<(EngineTopic, Option<TopicRow>)>, Fault> {
    let row = {
        let mut reader = shared.store.read().await?;
        topics::find(&mut reader, key, name).await?
    };
    match shared.engine.topic_find(&key.id, name).await {
        Ok(topic) => {
            let row = row.filter(|row| row.id == topic.id);
            Ok(vec![(topic, row)])
        }
        Err(EngineError::Absent(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn created_ms(topic: &EngineTopic, row: &Option<TopicRow>) -> i64 {
    row.as_ref().map_or(topic.created_ms, |row| row.created_ms)
}

fn join(topic: EngineTopic, row: Option<TopicRow>, tags: Vec<Tag>) -> Topic {
    match row {
        Some(row) => Topic {
            name: topic.name,
            partitions: topic.partitions,
            remark: row.remark,
            created_ms: row.created_ms,
            local: row.local,
            compact: row.compact,
            config_text: row.config,
            tags,
            automatic: false,
        },
        None => Topic {
            name: topic.name,
            partitions: topic.partitions,
            remark: String::new(),
            created_ms: topic.created_ms,
            local: false,
            compact: topic.config.get("cleanup.policy").is_some_and(|policy| policy.contains("compact")),
            config_text: "{}".to_owned(),
            tags,
            automatic: true,
        },
    }
}
