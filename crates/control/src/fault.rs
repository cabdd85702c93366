//! Everything that can go wrong with a command, closed, by who must act.
//!
//! A dialect maps every variant to its vendor's code in one exhaustive `match`.

use std::fmt;

use crate::identity::{AbsentIdentity, IdentityConflict, IdentityKind};
use crate::instance::InstanceState;

/// Why a command was refused or failed.
#[derive(Debug)]
pub enum Fault {
    /// The caller named something that is not there for them.
    Absent(Absent),
    /// The request cannot be met in the present state; it may be later, or never.
    Conflict(Conflict),
    /// A bought or built-in limit is reached.
    Capacity(Capacity),
    /// The engine or the store could not do it now. Worth repeating.
    Engine(EngineTrouble),
    /// Weir itself is wrong. The text is for the log; the caller gets a fixed sentence.
    Bug(Internal),
}

/// What is not there, or belongs to somebody else: the answer is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// No such instance in this account and region.
    Instance(String),
    /// No such topic in the instance.
    Topic(String),
    /// No such partition of the topic.
    Partition {
        /// The topic.
        topic: String,
        /// The partition's number.
        partition: u32,
    },
    /// No such group in the instance.
    Group(String),
    /// No such user in the instance.
    User(String),
    /// No such network in this account and region.
    Network(String),
    /// No such network to put something into.
    NetworkOfNew(String),
    /// No such route table in this account and region.
    RouteTable(String),
    /// No such subnet in this account and region.
    Subnet(String),
    /// No such security group in this account and region.
    SecurityGroup(String),
    /// Nothing that carries tags has this id.
    TagCarrier(String),
    /// The region has no such zone.
    Zone(String),
    /// The account has no such resource group.
    ResourceGroup(String),
    /// The account has no such cipher key.
    CipherKey(String),
    /// No cipher key of the account has this name.
    CipherAlias(String),
    /// Nobody and nothing of this kind can call for the account or says who may.
    Identity(AbsentIdentity),
    /// The instance has no such rule.
    Rule,
}

/// What still stands on something that is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependant {
    /// A subnet.
    Subnet,
    /// A security group.
    SecurityGroup,
    /// An instance that is not yet deleted.
    Instance,
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The instance is in a state that does not allow the action.
    InstanceState(InstanceState),
    /// Another change of the same instance is still running.
    OperationRunning,
    /// What the change was worked out from has changed meanwhile; nothing was done.
    Overtaken,
    /// Another instance of the account in this region has the name.
    InstanceNameTaken(String),
    /// The topic exists.
    TopicExists(String),
    /// The group exists.
    GroupExists(String),
    /// The group has members right now.
    GroupInUse(String),
    /// The partition has no such offset for a group to go on at.
    OffsetOutside {
        /// The partition's number.
        partition: u32,
        /// Its first offset.
        start: i64,
        /// One past its last.
        end: i64,
    },
    /// The instance still has topics or groups, and the release was not forced.
    InstanceNotEmpty,
    /// The action is not offered for this kind of instance; the text names the reason.
    NotForThisInstance(String),
    /// A client token was used before, for something else.
    TokenReused,
    /// Everything is in order, and nothing was to be changed.
    DryRun,
    /// Something else stands on what is to go.
    InUse(Dependant),
    /// No network or subnet may have these addresses.
    CidrNotAllowed(String),
    /// The addresses are not among the network's.
    CidrOutside(String),
    /// Others have some of these addresses already.
    CidrOverlaps(String),
    /// The subnet or security group of this id is in another network.
    OtherNetwork(String),
    /// The kind of the security group decides whether its members may reach each other.
    InnerAccessFixed,
    /// Another resource group of the account has the name.
    ResourceGroupNameTaken(String),
    /// Something is in the resource group.
    ResourceGroupInUse,
    /// The resource group is the one that every account has.
    ResourceGroupFixed,
    /// A cipher key of the account has the name.
    CipherAliasTaken(String),
    /// The cipher key is disabled.
    CipherKeyDisabled,
    /// The cipher key is waiting for its deletion.
    CipherKeyGoing,
    /// The cipher key is not waiting for its deletion.
    CipherKeyStays,
    /// The cipher key is protected from deletion.
    CipherKeyProtected,
    /// No key of the account has made this ciphertext with this context.
    CiphertextForeign,
    /// Who can call for the account is not to be changed so.
    Identity(IdentityConflict),
    /// The instance does not enforce its rules.
    RulesNotEnforced,
    /// The rule is there.
    RuleExists,
}

/// Which limit is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// Topics per instance.
    Topics {
        /// The limit.
        limit: u32,
    },
    /// Partitions per instance.
    Partitions {
        /// The limit.
        limit: u32,
    },
    /// Partitions per topic.
    PartitionsOfTopic {
        /// The limit.
        limit: u32,
    },
    /// Groups per instance.
    Groups {
        /// The limit.
        limit: u32,
    },
    /// Users per instance.
    Users {
        /// The limit.
        limit: u32,
    },
    /// Addresses per list of those from which an instance may be used.
    AllowedAddresses {
        /// The limit.
        limit: u32,
    },
    /// Tags per resource.
    Tags {
        /// The limit.
        limit: u32,
    },
    /// Networks per account and region.
    Networks {
        /// The limit.
        limit: u32,
    },
    /// Subnets per network.
    Subnets {
        /// The limit.
        limit: u32,
    },
    /// Security groups per account and region.
    SecurityGroups {
        /// The limit.
        limit: u32,
    },
    /// Resource groups per account.
    ResourceGroups {
        /// The limit.
        limit: u32,
    },
    /// Names of cipher keys per account.
    CipherAliases {
        /// The limit.
        limit: u32,
    },
    /// Cipher keys per account.
    CipherKeys {
        /// The limit.
        limit: u32,
    },
    /// Rules per instance.
    Rules {
        /// The limit.
        limit: u32,
    },
    /// Sub-users, access keys, policies, attachments.
    Identities {
        /// Of which kind.
        kind: IdentityKind,
        /// The limit.
        limit: u32,
    },
    /// Blocks of its owner's per network.
    UserCidrs {
        /// The limit.
        limit: u32,
    },
}

/// Trouble below the control plane.
#[derive(Debug)]
pub enum EngineTrouble {
    /// The engine did not answer or refused; repeating may help.
    Unavailable(Internal),
    /// The disk is full; changes that only free space still work.
    StorageFull(Internal),
    /// The store did not answer; whether the change happened is unknown until looked up.
    Store(Internal),
}

/// Text for the log. It has no `Display`, so that it cannot slip into a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Internal(String);

impl Internal {
    /// Describes what happened, for whoever reads the log.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be logged.
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Internal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fault {
    /// Weir is wrong: `text` says how, for the log.
    pub fn bug(text: impl Into<String>) -> Self {
        Self::Bug(Internal::new(text))
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Absent(_) | Self::Capacity(_) | Self::Bug(_) => false,
            Self::Conflict(conflict) => match conflict {
                Conflict::OperationRunning | Conflict::Overtaken => true,
                Conflict::InstanceState(_)
                | Conflict::InstanceNameTaken(_)
                | Conflict::TopicExists(_)
                | Conflict::GroupExists(_)
                | Conflict::GroupInUse(_)
                | Conflict::OffsetOutside { .. }
                | Conflict::InstanceNotEmpty
                | Conflict::NotForThisInstance(_)
                | Conflict::TokenReused
                | Conflict::DryRun
                | Conflict::InUse(_)
                | Conflict::CidrNotAllowed(_)
                | Conflict::CidrOutside(_)
                | Conflict::CidrOverlaps(_)
                | Conflict::OtherNetwork(_)
                | Conflict::InnerAccessFixed
                | Conflict::ResourceGroupNameTaken(_)
                | Conflict::ResourceGroupInUse
                | Conflict::ResourceGroupFixed
                | Conflict::CipherAliasTaken(_)
                | Conflict::CipherKeyDisabled
                | Conflict::CipherKeyGoing
                | Conflict::CipherKeyStays
                | Conflict::CipherKeyProtected
                | Conflict::CiphertextForeign
                | Conflict::Identity(_)
                | Conflict::RulesNotEnforced
                | Conflict::RuleExists => false,
            },
            Self::Engine(_) => true,
        }
    }
}

impl From<Absent> for Fault {
    fn from(absent: Absent) -> Self {
        Self::Absent(absent)
    }
}

impl From<AbsentIdentity> for Fault {
    fn from(absent: AbsentIdentity) -> Self {
        Self::Absent(Absent::Identity(absent))
    }
}

impl From<IdentityConflict> for Fault {
    fn from(conflict: IdentityConflict) -> Self {
        Self::Conflict(Conflict::Identity(conflict))
    }
}

impl From<Conflict> for Fault {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Capacity> for Fault {
    fn from(capacity: Capacity) -> Self {
        Self::Capacity(capacity)
    }
}
