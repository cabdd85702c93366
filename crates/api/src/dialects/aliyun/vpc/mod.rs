//! Virtual Private Cloud (`vpc`), API version 2016-04-28: the part that modules around an instance ask for.
//!
//! VPCs and vSwitches are records. They isolate nothing; an instance names them, and they cannot go before it.

pub(crate) mod actions;
pub(crate) mod causes;
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
    malformed: faults::malformed,
    region_unknown: companions::causes::REGION,
    causes: &[],
    refusal: faults::refusal,
};

/// What policies put before the id of a VPC.
pub(crate) const VPC: &str = "vpc/";
/// The same of a vSwitch.
pub(crate) const VSWITCH: &str = "vswitch/";
/// The same of a route table.
pub(crate) const ROUTE_TABLE: &str = "routetable/";

/// What a call names: VPCs, vSwitches, route tables.
fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let networks = call.texts("VpcId");
    // One action takes several in one text.
    let networks =
        networks.iter().flat_map(|ids| ids.split(',')).map(|id| Named::own(format!("{VPC}{id}"))).collect();
    let (subnets, tables) = (call.named("VSwitchId", VSWITCH), call.named("RouteTableId", ROUTE_TABLE));
    [networks, subnets, tables, call.typed()].concat()
}
