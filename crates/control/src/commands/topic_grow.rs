//! Gives a topic more partitions, whoever made it. Its row claims them with the intent, so that no other change
//! can have them too.

use std::sync::Arc;

use serde_json::json;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::catalogue::Catalogue;
use crate::fault::{Absent, Capacity};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{instances, topics};
use crate::topic::TopicGrow;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    grow: TopicGrow,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), grow.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(shared: Arc<Shared>, caller: Caller, grow: TopicGrow) -> Result<Committed<Ticket>, Fault> {
    let seen = find_serving(&shared, &caller, Some(&grow.region), &grow.instance).await?;
    let catalogue = Catalogue::read(&shared, &seen.key).await?;
    let absent = || Absent::Topic(grow.topic.to_string());
    let topic = catalogue.engine_topic(&grow.topic).ok_or_else(absent)?.clone();
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let instance =
                    instances::find(tx, &caller.account, Some(&grow.region), &grow.instance).await?;
                ensure_running(&instance)?;
                let key = instance.key;
                let subject = Subject::Topic(grow.topic.clone());
                ensure_free(tx, &key, &subject).await?;
                topics::adopt(tx, &key, &topic).await?;
                let rows = topics::list(tx, &key).await?;
                // A change that ended since the engine was asked has left its number in the row.
                let noted = rows.iter().find(|row| row.id == topic.id).map_or(0, |row| row.partitions);
                let partitions = topic.partitions.max(noted).saturating_add(grow.more);
                if partitions > grow.limit {
                    return Err(Capacity::PartitionsOfTopic { limit: grow.limit }.into());
                }
                let limit = instance.limits.partitions;
                let held = catalogue.holdings(&rows).partitions;
                if held + u64::from(grow.more) > u64::from(limit) {
                    return Err(Capacity::Partitions { limit }.into());
                }
                topics::update_partitions(tx, &key, topic.id, partitions).await?;
                let intent = Intent {
                    key,
                    subject,
                    caller,
                    details: json!({ "more": grow.more, "partitions": partitions }),
                    state: operations::TopicGrow { name: grow.topic, id: topic.id, partitions },
                    step: operations::TopicGrow::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
