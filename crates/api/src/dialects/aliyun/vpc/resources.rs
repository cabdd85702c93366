//! The kinds of things that can be tagged and moved.

use control::ids::{NetworkId, SubnetId};
use control::tag::NetworkResource;

use crate::dialects::aliyun::params::choice;

choice! {
    /// What carries tags.
    pub(crate) enum ResourceType: String {
        /// VPCs.
        Vpc = "VPC",
        /// vSwitches.
        VSwitch = "VSWITCH",
    }
}

impl ResourceType {
    /// The resources of these ids.
    pub(crate) fn resources(self, ids: Vec<String>) -> Vec<NetworkResource> {
        let resource = |id| match self {
            Self::Vpc => NetworkResource::Network(NetworkId::new(id)),
            Self::VSwitch => NetworkResource::Subnet(SubnetId::new(id)),
        };
        ids.into_iter().map(resource).collect()
    }
}
