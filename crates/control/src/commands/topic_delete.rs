//! Removes a topic, whoever made it.

use std::sync::Arc;

use serde_json::json;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::{InstanceId, Region, TopicName};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    topic: &TopicName,
) -> Result<Committed<()>, Fault> {
    let attempt = || intend(shared.clone(), caller.clone(), region.clone(), instance.clone(), topic.clone());
    unhindered(shared, attempt).await?.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    region: Region,
    instance: InstanceId,
    name: TopicName,
) -> Result<Committed<Ticket>, Fault> {
    find_serving(&shared, &caller, Some(&region), &instance).await?;
    let topic = match shared.engine.topic_find(&instance, &name).await {
        Ok(topic) => topic,
        Err(EngineError::Absent(_)) => return Err(Absent::Topic(name.to_string()).into()),
        Err(error) => return Err(error.into()),
    };
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                let subject = Subject::Topic(name.clone());
                ensure_free(tx, &row.key, &subject).await?;
                let intent = Intent {
                    key: row.key,
                    subject,
                    caller,
                    details: json!({ "partitions": topic.partitions }),
                    state: operations::TopicDelete { name, id: topic.id },
                    step: operations::TopicDelete::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
