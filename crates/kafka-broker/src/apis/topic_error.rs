//! What refused changes of topics are called on the wire.

use kafka_wire::ErrorCode;

use crate::meta::{StoreError, TopicError};

/// One code for each refusal.
pub(super) fn code(error: &TopicError) -> ErrorCode {
    match error {
        TopicError::Exists => ErrorCode::TOPIC_ALREADY_EXISTS,
        TopicError::InvalidName(_) => ErrorCode::INVALID_TOPIC_EXCEPTION,
        TopicError::InvalidPartitions(_) | TopicError::PartitionLimit(_) => ErrorCode::INVALID_PARTITIONS,
        TopicError::InvalidConfig(_) => ErrorCode::INVALID_CONFIG,
        TopicError::Unknown => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        TopicError::Store(StoreError::Full(_) | StoreError::Refused(_) | StoreError::Lost(_)) => {
            ErrorCode::KAFKA_STORAGE_ERROR
        }
    }
}
