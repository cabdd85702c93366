//! Networks with what is in them.

use super::Control;
use crate::ids::{NetworkId, Region, RouteTableId, SecurityGroupId, SubnetId};
use crate::{Caller, Committed, Fault, commands, network, security_group, subnet, tag, topic, zone};

impl Control {
    /// The zones of a region, by id.
    pub fn zone_list(&self, region: &Region) -> Vec<zone::Zone> {
        commands::zone_list::run(&self.shared, region)
    }

    /// Makes a network with its router and system route table.
    pub async fn network_create(
        &self,
        caller: &Caller,
        create: network::NetworkCreate,
    ) -> Result<Committed<network::NetworkCreated>, Fault> {
        commands::network_create::run(&self.shared, caller, create).await
    }

    /// Networks of a region, oldest first, then by id.
    pub async fn network_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &network::NetworkFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<network::Network>, Fault> {
        commands::network_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One network.
    pub async fn network_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
    ) -> Result<network::Network, Fault> {
        commands::network_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a network's name, description, addresses or resource group.
    pub async fn network_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        change: network::NetworkChange,
    ) -> Result<Committed<()>, Fault> {
        commands::network_change::run(&self.shared, caller, region, id, change).await
    }

    /// Adds further addresses to a network, or takes them away.
    pub async fn network_cidr(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        change: network::FurtherCidr,
    ) -> Result<Committed<()>, Fault> {
        commands::network_cidr::run(&self.shared, caller, region, id, change).await
    }

    /// Changes the system route table of a network.
    pub async fn route_table_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &RouteTableId,
        change: network::RouteTableChange,
    ) -> Result<Committed<()>, Fault> {
        commands::route_table_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a network that nothing is in any more; with `dry_run` only checks that it could.
    pub async fn network_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        dry_run: bool,
    ) -> Result<Committed<()>, Fault> {
        commands::network_delete::run(&self.shared, caller, region, id, dry_run).await
    }

    /// Makes a subnet of a network.
    pub async fn subnet_create(
        &self,
        caller: &Caller,
        create: subnet::SubnetCreate,
    ) -> Result<Committed<SubnetId>, Fault> {
        commands::subnet_create::run(&self.shared, caller, create).await
    }

    /// Subnets of a region, oldest first, then by id.
    pub async fn subnet_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &subnet::SubnetFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<subnet::Subnet>, Fault> {
        commands::subnet_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One subnet.
    pub async fn subnet_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
    ) -> Result<subnet::Subnet, Fault> {
        commands::subnet_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a subnet's name or description.
    pub async fn subnet_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
        change: subnet::SubnetChange,
    ) -> Result<Committed<()>, Fault> {
        commands::subnet_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a subnet that no instance is in any more.
    pub async fn subnet_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
    ) -> Result<Committed<()>, Fault> {
        commands::subnet_delete::run(&self.shared, caller, region, id).await
    }

    /// Makes a security group.
    pub async fn security_group_create(
        &self,
        caller: &Caller,
        create: security_group::SecurityGroupCreate,
    ) -> Result<Committed<SecurityGroupId>, Fault> {
        commands::security_group_create::run(&self.shared, caller, create).await
    }

    /// Security groups of a region, oldest first, then by id.
    pub async fn security_group_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &security_group::SecurityGroupFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<security_group::SecurityGroup>, Fault> {
        commands::security_group_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One security group.
    pub async fn security_group_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
    ) -> Result<security_group::SecurityGroup, Fault> {
        commands::security_group_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a security group's name, description, inner access or resource group.
    pub async fn security_group_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
        change: security_group::SecurityGroupChange,
    ) -> Result<Committed<()>, Fault> {
        commands::security_group_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a security group that no instance names any more.
    pub async fn security_group_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
    ) -> Result<Committed<()>, Fault> {
        commands::security_group_delete::run(&self.shared, caller, region, id).await
    }

    /// Puts tags on networks, subnets or security groups: on all that are named or on none.
    pub async fn network_tag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: Vec<tag::NetworkResource>,
        tags: Vec<tag::Tag>,
    ) -> Result<Committed<()>, Fault> {
        commands::network_tag::run(&self.shared, caller, region, resources, tags).await
    }

    /// Takes tags off networks, subnets or security groups.
    pub async fn network_untag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: Vec<tag::NetworkResource>,
        removal: tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::network_untag::run(&self.shared, caller, region, resources, removal).await
    }
}
