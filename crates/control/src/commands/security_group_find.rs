//! One security group.

use super::security_group_list;
use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{Region, SecurityGroupId};
use crate::security_group::{SecurityGroup, SecurityGroupFilter};
use crate::shared::Shared;
use crate::topic::Page;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    id: &SecurityGroupId,
) -> Result<SecurityGroup, Fault> {
    let filter = SecurityGroupFilter { ids: vec![id.clone()], ..SecurityGroupFilter::default() };
    let found = security_group_list::run(shared, caller, region, &filter, Page { skip: 0, take: 1 }).await?;
    found.items.into_iter().next().ok_or_else(|| Absent::SecurityGroup(id.to_string()).into())
}
