//! What it is called on the wire that a client may not do something, and what it may do with a thing.

use kafka_wire::ErrorCode;

use super::Context;
use crate::authority::{CLUSTER_NAME, Operation, ResourceKind, Rights};

impl Context<'_> {
    /// What the client may do, by the rules as they are now.
    pub(super) fn rights(&self) -> Rights {
        self.cluster.rights(self.peer)
    }
}

impl Rights {
    /// Fails when the client may not do this with the topic, whether it is there or not.
    pub(super) fn topic(&self, operation: Operation, name: &str) -> Result<(), ErrorCode> {
        permitted(self.permit(operation, ResourceKind::Topic, name), ErrorCode::TOPIC_AUTHORIZATION_FAILED)
    }

    /// Fails when the client may not do this with the group, whether it is there or not.
    pub(super) fn group(&self, operation: Operation, name: &str) -> Result<(), ErrorCode> {
        permitted(self.permit(operation, ResourceKind::Group, name), ErrorCode::GROUP_AUTHORIZATION_FAILED)
    }

    /// Fails when the client may not do this with the cluster.
    pub(super) fn cluster(&self, operation: Operation) -> Result<(), ErrorCode> {
        permitted(
            self.permit(operation, ResourceKind::Cluster, CLUSTER_NAME),
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
        )
    }

    /// Fails when the client may not do this with the transactional id.
    pub(super) fn transactional_id(&self, operation: Operation, id: &str) -> Result<(), ErrorCode> {
        permitted(
            self.permit(operation, ResourceKind::TransactionalId, id),
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        )
    }

    /// The field that tells what the client may do with a topic.
    pub(super) fn topic_operations(&self, name: &str) -> i32 {
        self.permitted(ResourceKind::Topic, name).bits()
    }

    /// The field that tells what the client may do with a group.
    pub(super) fn group_operations(&self, name: &str) -> i32 {
        self.permitted(ResourceKind::Group, name).bits()
    }

    /// The field that tells what the client may do with the cluster: nothing, when it may not even describe it.
    pub(super) fn cluster_operations(&self) -> i32 {
        let permitted = self.permitted(ResourceKind::Cluster, CLUSTER_NAME);
        if permitted.contains(Operation::Describe) { permitted.bits() } else { 0 }
    }
}

fn permitted(permitted: bool, refusal: ErrorCode) -> Result<(), ErrorCode> {
    if permitted { Ok(()) } else { Err(refusal) }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;
#[cfg(test)]
mod world;
