//! Virtual Private Cloud (`vpc`), API version 2016-04-28: the part that modules around an instance ask for.
//!
//! VPCs and vSwitches are records. They isolate nothing; an instance names them, and they cannot go before it.

pub(crate) mod actions;
pub(crate) mod faults;
pub(crate) mod resources;
pub(crate) mod views;

use super::action::{Envelope, Product};
use super::companions;
use super::mentions::{Mentions, Named, RegionOf};

/// The product.
pub(crate) const PRODUCT: Product = Product {
    version: "2016-04-28",
    version_old: None,
    name: "vpc",
    region: RegionOf::Call,
    mentioned,
    forbidden: "Forbidden.RAM",
    envelope: Envelope::RequestId,
    as_documented: |_| (),
    actions: actions::ACTIONS,
    any_case: true,
    unknown: companions::faults::unsupported,
    refusal: faults::refusal,
};

/// What a call names: VPCs, vSwitches, route tables.
fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let networks = call.texts("VpcId");
    // One action takes several in one text.
    let networks =
        networks.iter().flat_map(|ids| ids.split(',')).map(|id| Named::own(format!("vpc/{id}"))).collect();
    let (subnets, tables) = (call.named("VSwitchId", "vswitch/"), call.named("RouteTableId", "routetable/"));
    [networks, subnets, tables, call.typed()].concat()
}
