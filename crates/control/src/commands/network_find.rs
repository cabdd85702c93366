//! One network.

use super::network_list;
use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{NetworkId, Region};
use crate::network::{Network, NetworkFilter};
use crate::shared::Shared;
use crate::topic::Page;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    id: &NetworkId,
) -> Result<Network, Fault> {
    let filter = NetworkFilter { ids: vec![id.clone()], ..NetworkFilter::default() };
    let found = network_list::run(shared, caller, region, &filter, Page { skip: 0, take: 1 }).await?;
    found.items.into_iter().next().ok_or_else(|| Absent::Network(id.to_string()).into())
}
