//! DeleteGroups (key 42), versions 0 to 2.
//!
//! Behaviour: only groups without members go, with all their commits, durably; each group answers for itself.
//! Version notes: none that show.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroupsResponseResult};

use super::{Context, Entry, Handler, entry, group_error};

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
            let outcome = context.cluster.groups().delete(&name.into()).await;
            results.push(DeleteGroupsResponseResult {
                group_id: Cow::Borrowed(name),
                error_code: group_error::code(outcome),
            });
        }
        DeleteGroupsResponse { results, ..Default::default() }
    }
}
