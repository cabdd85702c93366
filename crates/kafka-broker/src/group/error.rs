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
    /// The heartbeat contradicts itself; the text says how.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The member's epoch is not the one it was told: it must give up all it owns and join again.
    #[error("the member epoch is not the current one")]
    FencedMemberEpoch,
    /// A member that has not left holds the instance id.
    #[error("the instance id is held by a member that has not left")]
    UnreleasedInstanceId,
    /// Nobody knows how to assign like this.
    #[error("the assignor is not offered: uniform and range are")]
    UnsupportedAssignor,
    /// The member's epoch has moved on since the request was made. Asking again with the new one helps.
    #[error("the member epoch has moved on")]
    StaleMemberEpoch,
    /// The expression for topics cannot be read, or would take too much memory.
    #[error("the regular expression is not valid, or too large")]
    InvalidRegularExpression,
    /// The group has members that speak the classic protocol.
    #[error("the group is not a consumer group: its members speak the classic protocol")]
    NotAConsumerGroup,
    /// The version of the request cannot carry a member epoch, and the group goes by them.
    #[error("the version of the request does not fit the group's protocol")]
    UnsupportedVersion,
}
