//! DeleteGroups (key 42), versions 0 to 2.
//!
//! Behaviour: only groups without members go, with all their commits, durably; each group answers for itself.
//! Permission: Delete on the group.
//! Version notes: none that show.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroupsResponseResult};

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::Operation;

pub(super) const ENTRY: Entry = entry::<DeleteGroups>(0, 2);

struct DeleteGroups;

impl Handler for DeleteGroups {
    type Request<'a> = DeleteGroupsRequest<'a>;

    async fn handle<'a>(
        request: DeleteGroupsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DeleteGroupsResponse<'a> {
        let mut results = Vec::with_capacity(request.groups_names.len());
        for name in request.groups_names {
            let error_code = match context.rights().group(Operation::Delete, name) {
                Ok(()) => group_error::code(context.cluster.groups().delete(&name.into()).await),
                Err(code) => code,
            };
            results.push(DeleteGroupsResponseResult { group_id: Cow::Borrowed(name), error_code });
        }
        DeleteGroupsResponse { results, ..Default::default() }
    }
}
