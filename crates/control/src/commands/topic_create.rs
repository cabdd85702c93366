//! Makes a topic: a row in state creating first, then the engine, then the row becomes active.

use std::sync::Arc;

use serde_json::json;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::catalogue::Catalogue;
use crate::engine::EngineTopic;
use crate::fault::{Capacity, Conflict};
use crate::instance::Limits;
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::tags::{self, Tagged};
use crate::store::topics::{self, TopicRow};
use crate::store::{Tx, instances};
use crate::topic::TopicCreate;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: TopicCreate,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), create.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    create: TopicCreate,
) -> Result<Committed<Ticket>, Fault> {
    let seen = find_serving(&shared, &caller, Some(&create.region), &create.instance).await?;
    let catalogue = Catalogue::read(&shared, &seen.key).await?;
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let instance =
                    instances::find(tx, &caller.account, Some(&create.region), &create.instance).await?;
                ensure_running(&instance)?;
                let key = instance.key;
                let subject = Subject::Topic(create.name.clone());
                ensure_free(tx, &key, &subject).await?;
                let rows = topics::list(tx, &key).await?;
                ensure_absent(&create, &catalogue, &rows)?;
                ensure_within(&instance.limits, &create, &catalogue, &rows)?;

                let now_ms = shared.clock.now_ms();
                let row = TopicRow {
                    name: create.name.clone(),
                    id: shared.random.uuid(),
                    active: false,
                    partitions: create.partitions,
                    remark: create.remark,
                    local: create.local,
                    compact: create.compact,
                    config: create.config_text,
                    automatic: false,
                    created_ms: now_ms,
                };
                replace_vanished(tx, &key, &row).await?;
                tags::insert(tx, &key, Tagged::Topic, row.name.as_str(), &create.tags).await?;
                let topic = EngineTopic {
                    name: create.name,
                    id: row.id,
                    partitions: create.partitions,
                    created_ms: now_ms,
                    config: create.config,
                };
                let intent = Intent {
                    key,
                    subject,
                    caller,
                    details: json!({ "partitions": topic.partitions, "config": topic.config }),
                    state: operations::TopicCreate { topic },
                    step: operations::TopicCreate::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}

fn ensure_absent(create: &TopicCreate, catalogue: &Catalogue, rows: &[TopicRow]) -> Result<(), Fault> {
    let in_engine = catalogue.engine_topic(&create.name).is_some();
    // A row of this name without a topic is no hindrance when its topic had vanished before the engine was
    // asked; any other row speaks of a topic made in between.
    let vanished = catalogue.vanished().find(|row| row.name == create.name).map(|row| row.id);
    let in_store = rows.iter().any(|row| row.name == create.name && Some(row.id) != vanished);
    if in_engine || in_store { Err(Conflict::TopicExists(create.name.to_string()).into()) } else { Ok(()) }
}

fn ensure_within(
    limits: &Limits,
    create: &TopicCreate,
    catalogue: &Catalogue,
    rows: &[TopicRow],
) -> Result<(), Fault> {
    let holdings = catalogue.holdings(rows);
    if holdings.topics >= u64::from(limits.topics) {
        return Err(Capacity::Topics { limit: limits.topics }.into());
    }
    if holdings.partitions + u64::from(create.partitions) > u64::from(limits.partitions) {
        return Err(Capacity::Partitions { limit: limits.partitions }.into());
    }
    Ok(())
}

/// Adds the row in the place of one that a vanished topic may have left.
async fn replace_vanished(tx: &mut Tx, key: &instances::InstanceKey, row: &TopicRow) -> Result<(), Fault> {
    topics::delete(tx, key, &row.name).await?;
    topics::insert(tx, key, row).await
}
