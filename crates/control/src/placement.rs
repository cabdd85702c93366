//! Where in its owner's networks an instance is.
//!
//! An account that has networks here is held to them: what an instance names must exist. One that has none keeps its
//! networks elsewhere, and what it names is taken as given. Security groups are judged in the same way, by themselves,
//! and so are cipher keys.

use crate::ids::{CipherKeyId, NetworkId, SecurityGroupId, SubnetId, ZoneId};

/// Where an instance is to be, as its owner says.
#[derive(Clone, Debug, Default)]
pub struct PlacementQuery {
    /// The network; none means the first subnet's.
    pub network: Option<NetworkId>,
    /// The subnets, the broker's first.
    pub subnets: Vec<SubnetId>,
    /// The security group.
    pub security_group: Option<SecurityGroupId>,
    /// The key that is to encrypt its disk.
    pub cipher_key: Option<CipherKeyId>,
}

/// Where that is among the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Network and zone of the first subnet; none when the account has no networks here.
    pub home: Option<Home>,
    /// Whether the security group was looked up and found.
    pub security_group_known: bool,
    /// Whether the cipher key was looked up and found.
    pub cipher_key_known: bool,
}

/// Network and zone of a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The network.
    pub network: NetworkId,
    /// The zone.
    pub zone: ZoneId,
}
