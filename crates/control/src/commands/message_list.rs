//! Messages of a topic: only the engine has them.

use std::collections::VecDeque;

use super::find_serving;
use crate::Fault;
use crate::account::Caller;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::{InstanceId, TopicName};
use crate::message::{Message, MessageLimits, MessageQuery, MessagesFrom};
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    query: MessageQuery,
) -> Result<Vec<Message>, Fault> {
    let MessageQuery { region, instance, topic, from, limits } = query;
    let cluster = find_serving(shared, caller, Some(&region), &instance).await?.key.id;
    let look = Look { shared, cluster: &cluster, topic: &topic, limits };
    look.partition_check(&from).await?;
    match from {
        MessagesFrom::Offset { partition, offset } => look.at(partition, offset).await,
        MessagesFrom::Time { partition, time_ms } => look.since(partition, time_ms).await,
    }
}

struct Look<'a> {
    shared: &'a Shared,
    cluster: &'a InstanceId,
    topic: &'a TopicName,
    limits: MessageLimits,
}

impl Look<'_> {
    async fn partition_check(&self, from: &MessagesFrom) -> Result<(), Fault> {
        let topic = self.shared.engine.topic_find(self.cluster, self.topic).await;
        let there = topic.map_err(|error| self.named(error))?.partitions;
        let (MessagesFrom::Offset { partition, .. } | MessagesFrom::Time { partition: Some(partition), .. }) =
            *from
        else {
            return Ok(());
        };
        match partition < there {
            true => Ok(()),
            false => Err(Absent::Partition { topic: self.topic.to_string(), partition }.into()),
        }
    }

    async fn at(&self, partition: u32, offset: i64) -> Result<Vec<Message>, Fault> {
        let found =
            self.shared.engine.topic_messages(self.cluster, self.topic, partition, offset, self.limits);
        found.await.map_err(|error| self.named(error))
    }

    async fn since(&self, partition: Option<u32>, time_ms: i64) -> Result<Vec<Message>, Fault> {
        let found = self.shared.engine.topic_at_time(self.cluster, self.topic, partition, time_ms).await;
        let mut places = found.map_err(|error| self.named(error))?;
        // A partition whose first message comes after the first ones of so many others adds none.
        places.sort_unstable_by_key(|place| (place.timestamp_ms, place.partition));
        places.truncate(self.limits.messages);
        let mut queues = Vec::with_capacity(places.len());
        for place in places {
            queues.push(VecDeque::from(self.at(place.partition, place.offset).await?));
        }
        Ok(merged(queues, self.limits))
    }

    fn named(&self, error: EngineError) -> Fault {
        match error {
            EngineError::Absent(_) => Absent::Topic(self.topic.to_string()).into(),
            error => error.into(),
        }
    }
}

/// The messages of several partitions by time. Those of one stay in the order of their offsets, whatever their times.
fn merged(mut queues: Vec<VecDeque<Message>>, limits: MessageLimits) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut bytes = 0;
    let time = |queue: &VecDeque<Message>| queue.front().map(|first| (first.timestamp_ms, first.partition));
    while messages.len() < limits.messages
        && let Some(queue) =
            queues.iter_mut().filter(|queue| !queue.is_empty()).min_by_key(|queue| time(queue))
        && let Some(first) = queue.pop_front()
    {
        bytes += first.bytes();
        if bytes > limits.bytes && !messages.is_empty() {
            break;
        }
        messages.push(first);
    }
    messages
}
