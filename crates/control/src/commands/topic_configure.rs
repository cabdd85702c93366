//! Changes the settings of a topic, whoever made it. Answers when they are in force.

use std::sync::Arc;

use serde_json::json;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::{Absent, Conflict};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{instances, topics};
use crate::topic::TopicConfigure;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    configure: TopicConfigure,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), configure.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    configure: TopicConfigure,
) -> Result<Committed<Ticket>, Fault> {
    let TopicConfigure { region, instance, seen, without, with, config_text } = configure;
    let serving = find_serving(&shared, &caller, Some(&region), &instance).await?;
    let topic = match shared.engine.topic_find(&serving.key.id, &seen.name).await {
        Err(EngineError::Absent(_)) => return Err(Absent::Topic(seen.name.to_string()).into()),
        found => found?,
    };
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let instance = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&instance)?;
                let key = instance.key;
                let subject = Subject::Topic(seen.name.clone());
                ensure_free(tx, &key, &subject).await?;
                topics::adopt(tx, &key, &topic).await?;
                let row = topics::find(tx, &key, &seen.name).await?;
                if row.is_none_or(|row| (row.local, &row.config) != (seen.local, &seen.config_text)) {
                    return Err(Conflict::Overtaken.into());
                }
                let before = topic.config;
                let mut config = before.clone();
                config.retain(|name, _| !without.contains(name));
                config.extend(with);
                let intent = Intent {
                    key,
                    subject,
                    caller,
                    details: json!({ "config": config }),
                    state: operations::TopicConfigure {
                        name: seen.name,
                        id: topic.id,
                        before,
                        config,
                        config_text,
                    },
                    step: operations::TopicConfigure::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
