//! What a rule says.

use std::net::IpAddr;

/// Lets somebody do something, or forbids it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessRule {
    /// The user it is about; none: every user.
    pub user: Option<String>,
    /// The address that the user comes from; none: any.
    pub host: Option<IpAddr>,
    /// What kind of thing it is about.
    pub resource: ResourceKind,
    /// Which things of that kind.
    pub names: Names,
    /// What is done to them.
    pub operation: Operation,
    /// Whether that may be.
    pub permission: Permission,
}

/// The things of one kind that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Names {
    /// All of them.
    All,
    /// The one of this name.
    Equal(String),
    /// Those whose names begin so.
    Prefixed(String),
}

/// The kinds of things that there are rules about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// Topics.
    Topic,
    /// Consumer groups.
    Group,
    /// The cluster itself; its name is [`CLUSTER_NAME`].
    Cluster,
    /// Ids of transactional producers.
    TransactionalId,
}

impl ResourceKind {
    /// All of them, in their order.
    pub(crate) const EACH: [Self; 4] = [Self::Topic, Self::Group, Self::Cluster, Self::TransactionalId];
    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::EACH.len();

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Group => "group",
            Self::Cluster => "cluster",
            Self::TransactionalId => "transactional-id",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|kind| kind.name() == name)
    }
}

/// What the cluster is called in rules about it.
pub const CLUSTER_NAME: &str = "kafka-cluster";

/// Whether what a rule is about may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// It may, unless another rule denies it.
    Allow,
    /// It may not, whatever other rules say.
    Deny,
}

impl Operation {
    /// All of them, with that which stands for all.
    pub(crate) const EACH: [Self; 11] = [
        Self::All,
        Self::Read,
        Self::Write,
        Self::Create,
        Self::Delete,
        Self::Alter,
        Self::Describe,
        Self::ClusterAction,
        Self::DescribeConfigs,
        Self::AlterConfigs,
        Self::IdempotentWrite,
    ];

    /// Where it is among [`Self::EACH`].
    pub(crate) fn place(self) -> usize {
        self as usize - Self::All as usize
    }

    /// The name that Kafka's tools have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Create => "Create",
            Self::Delete => "Delete",
            Self::Alter => "Alter",
            Self::Describe => "Describe",
            Self::ClusterAction => "ClusterAction",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::AlterConfigs => "AlterConfigs",
            Self::IdempotentWrite => "IdempotentWrite",
        }
    }

    /// The operation of this name, in letters of either case.
    pub fn named(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|operation| operation.name().eq_ignore_ascii_case(name))
    }
}

/// What can be done, numbered as Kafka does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Everything.
    All = 2,
    /// Reading messages, or on behalf of a group.
    Read = 3,
    /// Writing messages.
    Write = 4,
    /// Making it.
    Create = 5,
    /// Removing it.
    Delete = 6,
    /// Changing it.
    Alter = 7,
    /// Seeing that it is there, and what it is like.
    Describe = 8,
    /// What brokers ask of each other.
    ClusterAction = 9,
    /// Seeing its settings.
    DescribeConfigs = 10,
    /// Changing its settings.
    AlterConfigs = 11,
    /// Writing with an identity that keeps a message from being there twice.
    IdempotentWrite = 12,
}
