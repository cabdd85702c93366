//! Subnets: part of a network's addresses, in one zone.

use serde::Serialize;

use crate::cidr::Cidr;
use crate::ids::{ClientToken, NetworkId, Region, ResourceGroupId, RouteTableId, SubnetId, ZoneId};
use crate::tag::{Tag, TagFilter};

/// Subnets per network.
pub const SUBNETS_MAX: u32 = 150;
/// Addresses of each subnet that nobody gets: the first and the last three.
pub const ADDRESSES_RESERVED: u64 = 4;

/// A subnet as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its id, for ever.
    pub id: SubnetId,
    /// The network it is part of.
    pub network: NetworkId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its addresses.
    pub cidr: Cidr,
    /// Its name; may be empty.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// The resource group of its network.
    pub resource_group: ResourceGroupId,
    /// The route table of its network.
    pub route_table: RouteTableId,
    /// Addresses that are neither reserved nor a broker's.
    pub addresses_free: u64,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
}

/// Makes a subnet.
#[derive(Clone, Debug, Serialize)]
pub struct SubnetCreate {
    /// Where.
    pub region: Region,
    /// Its id is this, followed by twenty random letters and digits.
    pub id_prefix: &'static str,
    /// The network it is part of.
    pub network: NetworkId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its addresses: within the network's, and no sibling's.
    pub cidr: Cidr,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Repeating the request with the same token gives the first result again.
    pub token: Option<ClientToken>,
}

/// Changes a subnet; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct SubnetChange {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// Which subnets to list; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct SubnetFilter {
    /// Any of these; empty means all.
    pub ids: Vec<SubnetId>,
    /// Of this network.
    pub network: Option<NetworkId>,
    /// In this zone.
    pub zone: Option<ZoneId>,
    /// Of exactly this name.
    pub name: Option<String>,
    /// Of a network of this resource group.
    pub resource_group: Option<ResourceGroupId>,
    /// Of the network with this route table.
    pub route_table: Option<RouteTableId>,
    /// With all of these tags.
    pub tags: Vec<TagFilter>,
}
