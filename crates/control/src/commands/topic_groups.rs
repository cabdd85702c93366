//! Which groups read a topic: only the engine knows.

use super::find_serving;
use crate::Fault;
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::{GroupName, InstanceId, Region, TopicName};
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    topic: &TopicName,
) -> Result<Vec<GroupName>, Fault> {
    let key = find_serving(shared, caller, Some(region), instance).await?.key;
    match shared.engine.topic_groups(&key.id, topic).await {
        Ok(groups) => Ok(groups),
        Err(EngineError::Absent(_)) => Err(Absent::Topic(topic.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}
