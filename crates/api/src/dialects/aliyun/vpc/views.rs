//! VPCs, vSwitches and route tables as replies show them: every field that any client reads, always there.

use control::ids::{AccountId, Region};
use control::network::Network;
use control::subnet::Subnet;
use serde::Serialize;

use crate::dialects::aliyun::companions::views::{Tags, owner, time};
use crate::dialects::aliyun::envelope::list_of;

list_of! {
    /// Blocks of addresses beside the first.
    pub(crate) struct SecondaryCidrBlocks: "SecondaryCidrBlock" [String];
    /// Blocks outside.
    pub(crate) struct UserCidrs: "UserCidr" [String];
    /// Ids of vSwitches.
    pub(crate) struct VSwitchIds: "VSwitchId" [String];
    /// Ids of route tables.
    pub(crate) struct RouterTableIds: "RouterTableIds" [String];
    /// IPv6 blocks: none, ever.
    pub(crate) struct Ipv6CidrBlocks: "Ipv6CidrBlock" [String];
    /// Ids of gateways: none, ever.
    pub(crate) struct GatewayIds: "GatewayIds" [String];
}

/// Everything is in service at once.
const AVAILABLE: &str = "Available";

/// A VPC.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcView {
    vpc_id: String,
    vpc_name: String,
    region_id: String,
    status: &'static str,
    creation_time: String,
    cidr_block: String,
    secondary_cidr_blocks: SecondaryCidrBlocks,
    user_cidrs: UserCidrs,
    description: String,
    is_default: bool,
    classic_link_enabled: bool,
    enabled_ipv6: bool,
    ipv6_cidr_block: &'static str,
    ipv6_cidr_blocks: Ipv6CidrBlocks,
    v_router_id: String,
    router_table_ids: RouterTableIds,
    v_switch_ids: VSwitchIds,
    resource_group_id: String,
    dns_hostname_status: &'static str,
    dhcp_options_set_id: &'static str,
    dhcp_options_set_status: &'static str,
    owner_id: u64,
    tags: Tags,
}

impl VpcView {
    pub(crate) fn new(network: Network, region: &Region, account: &AccountId) -> Self {
        let texts =
            |blocks: &[control::cidr::Cidr]| blocks.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            vpc_id: network.id.into_string(),
            vpc_name: network.name,
            region_id: region.to_string(),
            status: AVAILABLE,
            creation_time: time(network.created_ms),
            cidr_block: network.cidr.to_string(),
            secondary_cidr_blocks: SecondaryCidrBlocks { items: texts(&network.cidrs_further) },
            user_cidrs: UserCidrs { items: texts(&network.cidrs_user) },
            description: network.description,
            is_default: false,
            classic_link_enabled: false,
            enabled_ipv6: false,
            ipv6_cidr_block: "",
            ipv6_cidr_blocks: Ipv6CidrBlocks { items: Vec::new() },
            v_router_id: network.router.into_string(),
            router_table_ids: RouterTableIds { items: vec![network.route_table.id.into_string()] },
            v_switch_ids: network.subnets.into_iter().map(control::ids::SubnetId::into_string).collect(),
            resource_group_id: network.resource_group.into_string(),
            dns_hostname_status: if network.host_names { "ENABLED" } else { "DISABLED" },
            dhcp_options_set_id: "",
            dhcp_options_set_status: "",
            owner_id: owner(account),
            tags: network.tags.into(),
        }
    }
}

/// A vSwitch.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VSwitchView {
    v_switch_id: String,
    v_switch_name: String,
    vpc_id: String,
    zone_id: String,
    cidr_block: String,
    ipv6_cidr_block: &'static str,
    description: String,
    status: &'static str,
    creation_time: String,
    is_default: bool,
    available_ip_address_count: u64,
    resource_group_id: String,
    network_acl_id: &'static str,
    share_type: &'static str,
    route_table: TableOfVSwitch,
    owner_id: u64,
    tags: Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TableOfVSwitch {
    route_table_id: String,
    route_table_type: &'static str,
}

impl VSwitchView {
    pub(crate) fn new(subnet: Subnet, account: &AccountId) -> Self {
        Self {
            v_switch_id: subnet.id.into_string(),
            v_switch_name: subnet.name,
            vpc_id: subnet.network.into_string(),
            zone_id: subnet.zone.into_string(),
            cidr_block: subnet.cidr.to_string(),
            ipv6_cidr_block: "",
            description: subnet.description,
            status: AVAILABLE,
            creation_time: time(subnet.created_ms),
            is_default: false,
            available_ip_address_count: subnet.addresses_free,
            resource_group_id: subnet.resource_group.into_string(),
            network_acl_id: "",
            share_type: "",
            route_table: TableOfVSwitch {
                route_table_id: subnet.route_table.into_string(),
                route_table_type: "System",
            },
            owner_id: owner(account),
            tags: subnet.tags.into(),
        }
    }
}

/// A route table.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTableView {
    vpc_id: String,
    router_id: String,
    router_type: &'static str,
    route_table_id: String,
    route_table_type: &'static str,
    route_table_name: String,
    description: String,
    resource_group_id: String,
    route_propagation_enable: bool,
    status: &'static str,
    associate_type: &'static str,
    creation_time: String,
    owner_id: u64,
    v_switch_ids: VSwitchIds,
    gateway_ids: GatewayIds,
    tags: Tags,
}

impl RouteTableView {
    /// The system route table of a VPC.
    pub(crate) fn of(network: Network, account: &AccountId) -> Self {
        Self {
            vpc_id: network.id.into_string(),
            router_id: network.router.into_string(),
            router_type: "VRouter",
            route_table_id: network.route_table.id.into_string(),
            route_table_type: "System",
            route_table_name: network.route_table.name,
            description: network.route_table.description,
            resource_group_id: network.resource_group.into_string(),
            route_propagation_enable: network.route_table.propagation,
            status: AVAILABLE,
            associate_type: "VSwitch",
            creation_time: time(network.created_ms),
            owner_id: owner(account),
            v_switch_ids: network.subnets.into_iter().map(control::ids::SubnetId::into_string).collect(),
            gateway_ids: GatewayIds { items: Vec::new() },
            tags: Vec::new().into(),
        }
    }
}
