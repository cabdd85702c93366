//! Why the coordinator refuses something.

/// Every refusal the coordinator knows; each stands for exactly one error of the Kafka protocol.
///
/// There is no "still loading": a cluster's groups are loaded before it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GroupError {
    /// The group is shutting down or could not make its state durable. Asking again may help.
    #[error("the coordinator is not available")]
    CoordinatorNotAvailable,
    /// The member speaks of a generation that is not the current one.
    #[error("the generation is not the current one")]
    IllegalGeneration,
    /// Another protocol type, or no protocol that all members support.
    #[error("the member's protocols do not fit the group's")]
    InconsistentGroupProtocol,
    /// The group's name is empty or too long to be sent back.
    #[error("the group id is not valid")]
    InvalidGroupId,
    /// No such member: it never joined, left, or was expelled.
    #[error("the member is not known")]
    UnknownMemberId,
    /// The session timeout is outside the configured bounds.
    #[error("the session timeout is out of bounds")]
    InvalidSessionTimeout,
    /// The group is between two generations: join again.
    #[error("a rebalance is in progress")]
    RebalanceInProgress,
    /// The note that came with an offset is too long.
    #[error("the offset's metadata is too long")]
    OffsetMetadataTooLarge,
    /// No such topic, or it has fewer partitions.
    #[error("the topic or partition is not there")]
    UnknownTopicOrPartition,
    /// Join again with the member id that comes with this answer.
    #[error("the member must join again with the id it was given")]
    MemberIdRequired,
    /// The group has as many members as it may have.
    #[error("the group is full")]
    GroupMaxSizeReached,
    /// Another member has taken over this instance id.
    #[error("another member holds the instance id")]
    FencedInstanceId,
    /// The group has members, so it cannot be deleted.
    #[error("the group has members")]
    NonEmptyGroup,
    /// No such group.
    #[error("the group is not there")]
    GroupIdNotFound,
    /// Offsets of a topic that a member reads cannot be deleted.
    #[error("the group is subscribed to the topic")]
    GroupSubscribedToTopic,
}
