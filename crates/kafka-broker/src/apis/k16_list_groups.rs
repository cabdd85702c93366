//! ListGroups (key 16), versions 0 to 5.
//!
//! Behaviour: all groups with members or commits, by name.
//! Permission: Describe on the cluster shows all; without it, those with Describe on the group are shown.
//! Version notes: 4 filters by state, 5 by type.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::messages::{ListGroupsRequest, ListGroupsResponse, ListGroupsResponseGroup};

use super::{Context, Entry, Handler, entry};
use crate::authority::{CLUSTER_NAME, Operation, ResourceKind};
use crate::group::{GroupListing, ListFilter};

pub(super) const ENTRY: Entry = entry::<ListGroups>(0, 5);

struct ListGroups;

impl Handler for ListGroups {
    type Request<'a> = ListGroupsRequest<'a>;

    async fn handle<'a>(request: ListGroupsRequest<'a>, context: &'a Context<'a>) -> ListGroupsResponse<'a> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let filter = ListFilter { phases: owned(request.states_filter), kinds: owned(request.types_filter) };
        let rights = context.rights();
        let shows_all = rights.permit(Operation::Describe, ResourceKind::Cluster, CLUSTER_NAME);
        let groups = context.cluster.groups().list(&filter).into_iter();
        let groups = groups
            .filter(|group| shows_all || rights.permit(Operation::Describe, ResourceKind::Group, &group.name))
            .map(listed)
            .collect();
        ListGroupsResponse { groups, ..Default::default() }
    }
}

fn listed(group: GroupListing) -> ListGroupsResponseGroup<'static> {
    ListGroupsResponseGroup {
        group_id: Cow::Owned(group.name.to_string()),
        protocol_type: Cow::Owned(group.protocol_type.as_deref().unwrap_or_default().to_owned()),
        group_state: Cow::Borrowed(group.phase.name()),
        group_type: Cow::Borrowed(group.kind.name()),
    }
}
