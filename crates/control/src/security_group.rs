//! Security groups: names for sets of rules. There are no rules yet, and a group filters nothing.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientToken, NetworkId, Region, ResourceGroupId, SecurityGroupId};
use crate::tag::{Tag, TagFilter};

/// Security groups per account and region.
pub const SECURITY_GROUPS_MAX: u32 = 100;

/// The kinds of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityGroupKind {
    /// Members may reach each other unless switched off.
    Basic,
    /// Members may not reach each other; that cannot be changed.
    Enterprise,
}

/// A security group as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its id, for ever.
    pub id: SecurityGroupId,
    /// The network it is for; none when it was made for none.
    pub network: Option<NetworkId>,
    /// Its name; may be empty.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
    /// Its kind.
    pub kind: SecurityGroupKind,
    /// Whether its members may reach each other. Kept and shown.
    pub inner_access: bool,
    /// The resource group it belongs to.
    pub resource_group: ResourceGroupId,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
}

/// Makes a security group.
#[derive(Clone, Debug, Serialize)]
pub struct SecurityGroupCreate {
    /// Where.
    pub region: Region,
    /// Its id is this, followed by twenty random letters and digits.
    pub id_prefix: &'static str,
    /// The network it is for.
    pub network: Option<NetworkId>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its kind.
    pub kind: SecurityGroupKind,
    /// Its resource group; none means the account's default one.
    pub resource_group: Option<ResourceGroupId>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Repeating the request with the same token gives the first result again.
    pub token: Option<ClientToken>,
}

/// Changes a security group; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct SecurityGroupChange {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Whether its members may reach each other.
    pub inner_access: Option<bool>,
    /// The resource group it belongs to.
    pub resource_group: Option<ResourceGroupId>,
}

/// Which security groups to list; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct SecurityGroupFilter {
    /// Any of these; empty means all.
    pub ids: Vec<SecurityGroupId>,
    /// For this network.
    pub network: Option<NetworkId>,
    /// Of exactly this name.
    pub name: Option<String>,
    /// Of this kind.
    pub kind: Option<SecurityGroupKind>,
    /// Of this resource group.
    pub resource_group: Option<ResourceGroupId>,
    /// With all of these tags.
    pub tags: Vec<TagFilter>,
}
