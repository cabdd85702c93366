//! The ends of a topic's partitions, as the engine has them.

use super::find_serving;
use crate::Fault;
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::{InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::topic::PartitionStatus;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: Option<&Region>,
    instance: &InstanceId,
    topic: &TopicName,
) -> Result<Vec<PartitionStatus>, Fault> {
    let key = find_serving(shared, caller, region, instance).await?.key;
    let ends = match shared.engine.topic_ends(&key.id, topic).await {
        Ok(ends) => ends,
        Err(EngineError::Absent(_)) => return Err(Absent::Topic(topic.to_string()).into()),
        Err(error) => return Err(error.into()),
    };
    let status = ends.into_iter().map(|end| PartitionStatus {
        partition: end.partition,
        offset_min: end.start,
        offset_max: end.end,
        newest_ms: end.newest_ms,
    });
    Ok(status.collect())
}
