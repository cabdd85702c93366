//! Resource groups as replies show them.

use control::ids::AccountId;
use control::resource_group::ResourceGroup;
use serde::Serialize;

use crate::dialects::aliyun::Regions;
use crate::dialects::aliyun::companions::views::time;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::choice;

choice! {
    /// What becomes of a group.
    pub(crate) enum Status: String {
        /// It is being made; nothing is ever seen in this state.
        Creating = "Creating",
        /// It is there.
        Ok = "OK",
        /// It goes. Seen only in the reply to its deletion.
        PendingDelete = "PendingDelete",
    }
}

/// A group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupView {
    id: String,
    name: String,
    display_name: String,
    account_id: String,
    status: Status,
    create_date: String,
}

impl GroupView {
    pub(crate) fn new(group: ResourceGroup, account: &AccountId, status: Status) -> Self {
        Self {
            id: group.id.into_string(),
            name: group.name,
            display_name: group.label,
            account_id: account.to_string(),
            status,
            create_date: time(group.created_ms),
        }
    }
}

/// The reply of what shows or changes a group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneGroup {
    resource_group: GroupView,
}

impl OneGroup {
    pub(crate) fn new(group: ResourceGroup, account: &AccountId, status: Status) -> Self {
        Self { resource_group: GroupView::new(group, account, status) }
    }
}

/// The reply of what shows where a group is: everywhere.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupInRegions {
    resource_group: RegionalView,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionalView {
    #[serde(flatten)]
    group: GroupView,
    region_statuses: RegionStatuses,
}

list_of! {
    struct RegionStatuses: "RegionStatus" [RegionStatus];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionStatus {
    region_id: String,
    status: Status,
}

impl GroupInRegions {
    pub(crate) fn new(group: ResourceGroup, account: &AccountId, regions: &Regions) -> Self {
        let in_region = |id: &str| RegionStatus { region_id: id.to_owned(), status: Status::Ok };
        let region_statuses = regions.ids().into_iter().map(in_region).collect();
        Self {
            resource_group: RegionalView {
                group: GroupView::new(group, account, Status::Ok),
                region_statuses,
            },
        }
    }
}
