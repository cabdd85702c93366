//! Closed lists of texts that several actions take.

use control::ids::SecurityGroupId;
use control::security_group::SecurityGroupKind;
use control::tag::NetworkResource;

use crate::dialects::aliyun::params::choice;

choice! {
    /// The types of security groups.
    pub(crate) enum GroupType: String {
        /// Members may reach each other unless switched off.
        Normal = "normal",
        /// Members may not reach each other.
        Enterprise = "enterprise",
    }
}

choice! {
    /// What carries tags and can be moved.
    pub(crate) enum ResourceType: String {
        /// Security groups.
        SecurityGroup = "securitygroup",
    }
}

impl ResourceType {
    /// The resources of these ids.
    pub(crate) fn resources(self, ids: Vec<String>) -> Vec<NetworkResource> {
        let Self::SecurityGroup = self;
        ids.into_iter().map(|id| NetworkResource::SecurityGroup(SecurityGroupId::new(id))).collect()
    }
}

impl From<GroupType> for SecurityGroupKind {
    fn from(wire: GroupType) -> Self {
        match wire {
            GroupType::Normal => Self::Basic,
            GroupType::Enterprise => Self::Enterprise,
        }
    }
}

impl From<SecurityGroupKind> for GroupType {
    fn from(kind: SecurityGroupKind) -> Self {
        match kind {
            SecurityGroupKind::Basic => Self::Normal,
            SecurityGroupKind::Enterprise => Self::Enterprise,
        }
    }
}
