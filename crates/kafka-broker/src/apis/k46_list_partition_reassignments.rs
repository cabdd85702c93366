//! ListPartitionReassignments (key 46), version 0.
//!
//! Behaviour: no partition is ever on the move, since there is one broker; so there is nothing to list, whatever is
//! asked for. Tools that describe topics ask.
//! Permission: Describe on the cluster.
//! Version notes: none.
//! Not modelled: nothing.

use kafka_wire::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;

pub(super) const ENTRY: Entry = entry::<ListPartitionReassignments>(0, 0);

struct ListPartitionReassignments;

impl Handler for ListPartitionReassignments {
    type Request<'a> = ListPartitionReassignmentsRequest<'a>;

    async fn handle<'a>(
        _: ListPartitionReassignmentsRequest<'a>,
        context: &'a Context<'a>,
    ) -> ListPartitionReassignmentsResponse<'a> {
        match context.rights().cluster(Operation::Describe) {
            Ok(()) => ListPartitionReassignmentsResponse::default(),
            Err(error_code) => ListPartitionReassignmentsResponse {
                error_code,
                error_message: Some("the client may not describe the cluster".into()),
                ..Default::default()
            },
        }
    }
}
