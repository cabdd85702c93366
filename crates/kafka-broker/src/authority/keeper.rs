//! Where access rules are kept: not here. Administrators who change them through Kafka have their keeper do it.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;

use super::AccessRule;

/// Keeps the access rules of clusters, and has each enforce its own ([`Cluster::rules_replace`]).
///
/// [`Cluster::rules_replace`]: crate::Cluster::rules_replace
pub trait RuleKeeper: fmt::Debug + Send + Sync {
    /// All rules of a cluster, in the order in which they were made.
    fn rules<'a>(&'a self, cluster: &'a str) -> Kept<'a, Vec<AccessRule>>;
    /// Changes the rules of a cluster, all of it or nothing: durable and in force when it is ready, also when nobody
    /// waits for that any more.
    fn rules_change<'a>(&'a self, cluster: &'a str, change: RuleChange) -> Kept<'a, ()>;
}

/// What a keeper will answer.
pub type Kept<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeeperError>> + Send + 'a>>;

/// A change of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// Who asks for it.
    pub by: SocketAddr,
    /// Rules to make; those that are there stay as they are.
    pub grant: Vec<AccessRule>,
    /// Rules to take away; those that are not there are no mistake.
    pub withdraw: Vec<AccessRule>,
}

/// Why rules are not told, or not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// The cluster may not have more rules than this.
    #[error("the limit of {0} access rules is reached")]
    Full(u32),
    /// Anything else; asking again may help.
    #[error("{0}")]
    Unavailable(String),
}
