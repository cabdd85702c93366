//! Why something asked of the broker by its host (not by a Kafka client) was not done.

use crate::group::GroupError;
use crate::meta::{OpenError, StoreError, TopicError};

/// A refusal or failure. Each text is whole: it is shown or logged as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// Not there.
    #[error("{0} is not there")]
    Absent(String),
    /// There already.
    #[error("{0} exists")]
    Exists(String),
    /// In use by clients.
    #[error("{0} is in use")]
    InUse(String),
    /// Somebody else listens on the port.
    #[error("port {0} is in use")]
    PortInUse(u16),
    /// The cluster may not have more partitions than this.
    #[error("the limit of {0} partitions is reached")]
    PartitionLimit(u32),
    /// No room on the disk.
    #[error("the disk is full: {0}")]
    StorageFull(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for ClusterError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full(text) => Self::StorageFull(text),
            StoreError::Refused(_) | StoreError::Lost(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<TopicError> for ClusterError {
    fn from(error: TopicError) -> Self {
        match error {
            TopicError::Exists => Self::Exists("the topic".into()),
            TopicError::Unknown => Self::Absent("the topic".into()),
            TopicError::Store(error) => error.into(),
            TopicError::PartitionLimit(limit) => Self::PartitionLimit(limit),
            TopicError::InvalidName(_) | TopicError::InvalidPartitions(_) | TopicError::InvalidConfig(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<OpenError> for ClusterError {
    fn from(error: OpenError) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::Failed(text)
    }
}

impl From<GroupError> for ClusterError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NonEmptyGroup => Self::InUse("the group".into()),
            GroupError::GroupIdNotFound => Self::Absent("the group".into()),
            other => Self::Failed(other.to_string()),
        }
    }
}
