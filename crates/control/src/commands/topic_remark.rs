//! Changes what is noted about a topic, whoever made it.

use std::sync::Arc;

use serde_json::Value;

use super::{audit_done, ensure_running, find_serving};
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{instances, topics};
use crate::topic::TopicNote;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    note: TopicNote,
) -> Result<Committed<()>, Fault> {
    unhindered(shared, || change(shared.clone(), caller.clone(), note.clone())).await
}

async fn change(shared: Arc<Shared>, caller: Caller, note: TopicNote) -> Result<Committed<()>, Fault> {
    find_serving(&shared, &caller, Some(&note.region), &note.instance).await?;
    let topic = match shared.engine.topic_find(&note.instance, &note.topic).await {
        Ok(topic) => topic,
        Err(EngineError::Absent(_)) => return Err(Absent::Topic(note.topic.to_string()).into()),
        Err(error) => return Err(error.into()),
    };
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&note.region), &note.instance).await?;
                ensure_running(&row)?;
                let subject = Subject::Topic(note.topic.clone());
                ensure_free(tx, &row.key, &subject).await?;
                topics::adopt(tx, &row.key, &topic).await?;
                topics::update_remark(tx, &row.key, &note.topic, &note.remark).await?;
                audit_done(&shared, tx, &caller, "topic_remark", subject.path(&row.key), Value::Null).await
            })
        })
        .await
}
