//! One subnet.

use super::subnet_list;
use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{Region, SubnetId};
use crate::shared::Shared;
use crate::subnet::{Subnet, SubnetFilter};
use crate::topic::Page;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    id: &SubnetId,
) -> Result<Subnet, Fault> {
    let filter = SubnetFilter { ids: vec![id.clone()], ..SubnetFilter::default() };
    let found = subnet_list::run(shared, caller, region, &filter, Page { skip: 0, take: 1 }).await?;
    found.items.into_iter().next().ok_or_else(|| Absent::Subnet(id.to_string()).into())
}
