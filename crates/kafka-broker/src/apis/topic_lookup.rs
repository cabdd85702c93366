//! The topic that a request names: by name, or by id in the later versions of some APIs.

use std::sync::Arc;

use kafka_wire::ErrorCode;

use super::Context;
use super::permission::RightsAsked;
use crate::authority::Operation;
use crate::fetch_sessions::TopicName;
use crate::topics::OpenTopic;

/// The topic, if it is there and the client may do this with it. Whoever may not is not told by its name whether it is
/// there; ids cannot be guessed.
pub(super) fn find(
    topic: TopicName<&str>,
    by_id: bool,
    operation: Operation,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<Arc<OpenTopic>, ErrorCode> {
    let topics = context.cluster.open_topics();
    if by_id {
        let open = topics.of_id(topic.id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        rights.topic(operation, &open.facts.name)?;
        return Ok(open);
    }
    rights.topic(operation, topic.name)?;
    topics.named(topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}
