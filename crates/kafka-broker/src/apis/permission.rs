//! What it is called on the wire that a client may not do something, and what it may do with a thing.

use std::ops::Deref;

use kafka_wire::ErrorCode;

use super::Context;
use crate::authority::{CLUSTER_NAME, Operation, ResourceKind, Rights};
use crate::refusals::RefusedRequest;

impl Context<'_> {
    /// What the client may do, by the rules as they are now.
    pub(super) fn rights(&self) -> RightsAsked<'_> {
        RightsAsked { rights: self.cluster.rights(self.peer), context: self }
    }
}

/// What the client may do, asked for one request. What fails here is a refusal, and told as one; what is only left out
/// of an answer is asked of the rights themselves.
pub(super) struct RightsAsked<'a> {
    rights: Rights,
    context: &'a Context<'a>,
}

impl Deref for RightsAsked<'_> {
    type Target = Rights;

    fn deref(&self) -> &Rights {
        &self.rights
    }
}

impl RightsAsked<'_> {
    /// Fails when the client may not do this with the topic, whether it is there or not.
    pub(super) fn topic(&self, operation: Operation, name: &str) -> Result<(), ErrorCode> {
        self.ask(operation, ResourceKind::Topic, name, ErrorCode::TOPIC_AUTHORIZATION_FAILED)
    }

    /// Fails when the client may do this neither with the cluster, which is every topic, nor with this topic.
    pub(super) fn topic_or_cluster(&self, operation: Operation, name: &str) -> Result<(), ErrorCode> {
        match self.permit(operation, ResourceKind::Cluster, CLUSTER_NAME) {
            true => Ok(()),
            false => self.topic(operation, name),
        }
    }

    /// Fails when the client may not do this with the group, whether it is there or not.
    pub(super) fn group(&self, operation: Operation, name: &str) -> Result<(), ErrorCode> {
        self.ask(operation, ResourceKind::Group, name, ErrorCode::GROUP_AUTHORIZATION_FAILED)
    }

    /// Fails when the client may not do this with the cluster.
    pub(super) fn cluster(&self, operation: Operation) -> Result<(), ErrorCode> {
        let refusal = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
        self.ask(operation, ResourceKind::Cluster, CLUSTER_NAME, refusal)
    }

    /// Fails when the client may not do this with the transactional id.
    pub(super) fn transactional_id(&self, operation: Operation, id: &str) -> Result<(), ErrorCode> {
        let refusal = ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        self.ask(operation, ResourceKind::TransactionalId, id, refusal)
    }

    fn ask(
        &self,
        operation: Operation,
        resource: ResourceKind,
        name: &str,
        refusal: ErrorCode,
    ) -> Result<(), ErrorCode> {
        if self.permit(operation, resource, name) {
            return Ok(());
        }
        self.told(operation, resource, name);
        Err(refusal)
    }

    /// The refusal of a write in a transaction that does not say whose it is, whoever asks.
    pub(super) fn nameless_transaction(&self) -> ErrorCode {
        self.told(Operation::Write, ResourceKind::TransactionalId, "");
        ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    }

    fn told(&self, operation: Operation, resource: ResourceKind, name: &str) {
        let Context { cluster, peer, key, .. } = self.context;
        let refused = RefusedRequest { api: *key, operation, resource, name };
        cluster.request_refused(peer.address.ip(), peer.principal.known(), refused);
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

#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;
#[cfg(test)]
mod world;
