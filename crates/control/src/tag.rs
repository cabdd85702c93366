//! Tags on instances, topics and groups.

use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, InstanceId, NetworkId, SecurityGroupId, SubnetId, TopicName};

/// One key and its value; a resource has at most one value per key and 20 keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// 0 to 128 characters.
    pub value: String,
}

/// One condition on tags; several are joined by AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFilter {
    /// The key that must be there.
    pub key: String,
    /// The value it must have; none means any.
    pub value: Option<String>,
}

/// Something that carries tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// An instance.
    Instance(InstanceId),
    /// A topic of an instance.
    Topic(InstanceId, TopicName),
    /// A consumer group of an instance.
    Group(InstanceId, GroupName),
}

impl Resource {
    /// The instance, or the one it is in.
    pub fn instance(&self) -> &InstanceId {
        match self {
            Self::Instance(id) | Self::Topic(id, _) | Self::Group(id, _) => id,
        }
    }
}

/// The kinds of things that carry tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Instances.
    Instance,
    /// Topics.
    Topic,
    /// Consumer groups.
    Group,
}

/// Which tags to take off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagRemoval {
    /// Those of these keys; keys that are not there are no error.
    Keys(Vec<String>),
    /// All of them.
    All,
}

/// Which resources to show with their tags; conditions are joined by AND. One without tags is never shown.
#[derive(Clone, Debug)]
pub struct TagQuery {
    /// Only this kind.
    pub kind: ResourceKind,
    /// Any of these; empty means all.
    pub resources: Vec<Resource>,
    /// All of these.
    pub tags: Vec<TagFilter>,
}

/// A resource and its tags, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedResource {
    /// The resource.
    pub resource: Resource,
    /// At least one.
    pub tags: Vec<Tag>,
}

/// Something in an owner's networks that carries tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkResource {
    /// A network.
    Network(NetworkId),
    /// A subnet.
    Subnet(SubnetId),
    /// A security group.
    SecurityGroup(SecurityGroupId),
}

impl NetworkResource {
    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Network(id) => id.as_str(),
            Self::Subnet(id) => id.as_str(),
            Self::SecurityGroup(id) => id.as_str(),
        }
    }
}
