//! Networks: a block of addresses in a region, with a router and its system route table.
//!
//! A network, and what is in it, is a record that other records refer to. It isolates and filters nothing.

use serde::Serialize;

use crate::cidr::Cidr;
use crate::ids::{ClientToken, NetworkId, Region, ResourceGroupId, RouteTableId, RouterId, SubnetId};
use crate::tag::{Tag, TagFilter};

/// Networks per account and region.
pub const NETWORKS_MAX: u32 = 10;
/// Blocks of its owner's that one network may name.
pub const USER_CIDRS_MAX: usize = 3;

/// A network as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its id, for ever.
    pub id: NetworkId,
    /// Its name; may be empty.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
    /// Its addresses.
    pub cidr: Cidr,
    /// Further addresses, in the order in which they were added.
    pub cidrs_further: Vec<Cidr>,
    /// Blocks outside that its owner uses, in the order given.
    pub cidrs_user: Vec<Cidr>,
    /// Whether hosts in it are to have names. Kept and shown.
    pub host_names: bool,
    /// The resource group it belongs to.
    pub resource_group: ResourceGroupId,
    /// Its router.
    pub router: RouterId,
    /// Its system route table.
    pub route_table: RouteTable,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// Its subnets, oldest first.
    pub subnets: Vec<SubnetId>,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
}

impl Network {
    /// Whether all of a block is among its addresses.
    pub fn contains(&self, block: Cidr) -> bool {
        std::iter::once(&self.cidr).chain(&self.cidrs_further).any(|own| own.contains(block))
    }
}

/// The route table that comes with a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id, for ever.
    pub id: RouteTableId,
    /// Its name; may be empty.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
    /// Whether routes learnt elsewhere are to be taken over. Kept and shown.
    pub propagation: bool,
}

/// Makes a network.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkCreate {
    /// Where.
    pub region: Region,
    /// Its id is this, followed by twenty random letters and digits.
    pub id_prefix: &'static str,
    /// Likewise of its router.
    pub router_prefix: &'static str,
    /// Likewise of its route table.
    pub route_table_prefix: &'static str,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its addresses.
    pub cidr: Cidr,
    /// Blocks outside that its owner uses; at most [`USER_CIDRS_MAX`].
    pub cidrs_user: Vec<Cidr>,
    /// Whether hosts in it are to have names.
    pub host_names: bool,
    /// Its resource group; none means the account's default one.
    pub resource_group: Option<ResourceGroupId>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Repeating the request with the same token gives the first result again.
    pub token: Option<ClientToken>,
    /// Check everything, make nothing.
    pub dry_run: bool,
}

/// What making a network has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct NetworkCreated {
    /// The network.
    pub id: NetworkId,
    /// Its router.
    pub router: RouterId,
    /// Its system route table.
    pub route_table: RouteTableId,
    /// The resource group it belongs to.
    pub resource_group: ResourceGroupId,
}

/// Changes a network; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct NetworkChange {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its addresses; all of its subnets must stay within.
    pub cidr: Option<Cidr>,
    /// Whether hosts in it are to have names.
    pub host_names: Option<bool>,
    /// The resource group it belongs to.
    pub resource_group: Option<ResourceGroupId>,
}

/// Changes a network's further addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FurtherCidr {
    /// Adds a block; there already is no error.
    Add(Cidr),
    /// Takes a block away; refused while a subnet is in it.
    Remove(Cidr),
}

/// Changes a network's system route table; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct RouteTableChange {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Whether routes learnt elsewhere are to be taken over.
    pub propagation: Option<bool>,
}

/// Which networks to list; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct NetworkFilter {
    /// Any of these; empty means all.
    pub ids: Vec<NetworkId>,
    /// The one with this route table.
    pub route_table: Option<RouteTableId>,
    /// The one with this router.
    pub router: Option<RouterId>,
    /// Of exactly this name.
    pub name: Option<String>,
    /// Of this resource group.
    pub resource_group: Option<ResourceGroupId>,
    /// With all of these tags.
    pub tags: Vec<TagFilter>,
}
