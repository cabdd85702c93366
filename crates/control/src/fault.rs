//! Everything that can go wrong with a command, closed, by who must act.
//!
//! A dialect maps every variant to its vendor's code in one exhaustive `match`.

use std::fmt;

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
    /// No such group in the instance.
    Group(String),
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The instance is in a state that does not allow the action.
    InstanceState(InstanceState),
    /// Another change of the same instance is still running.
    OperationRunning,
    /// Another instance of the account in this region has the name.
    InstanceNameTaken(String),
    /// The topic exists.
    TopicExists(String),
    /// The group exists.
    GroupExists(String),
    /// The group has members right now.
    GroupInUse(String),
    /// The instance still has topics or groups, and the release was not forced.
    InstanceNotEmpty,
    /// The action is not offered for this kind of instance; the text names the reason.
    NotForThisInstance(String),
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
    /// Groups per instance.
    Groups {
        /// The limit.
        limit: u32,
    },
    /// Tags per resource.
    Tags {
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
                Conflict::OperationRunning => true,
                Conflict::InstanceState(_)
                | Conflict::InstanceNameTaken(_)
                | Conflict::TopicExists(_)
                | Conflict::GroupExists(_)
                | Conflict::GroupInUse(_)
                | Conflict::InstanceNotEmpty
                | Conflict::NotForThisInstance(_) => false,
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
