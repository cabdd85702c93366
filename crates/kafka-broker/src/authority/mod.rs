//! Who may do what: a cluster's access rules, and what they come to for one client.
//!
//! A user may do what a rule allows and none denies; what no rule speaks of may not be done. Rules are about one user or
//! every user, one address or any, and the things of one name, of all names with a beginning, or of all names; all
//! that apply count alike, so that a denial holds however general it is and however exact a permission. Permission
//! to read, write, delete or alter is permission to describe, permission to alter settings one to see them; denials
//! imply nothing. These are the semantics of Kafka's own authorizer.
//!
//! A listener without login knows no users, so rules have nothing to say there: its clients may do everything, and
//! the list of addresses is what keeps others out. The host's own connections come in that way.
//!
//! Asking is for every request, changing is rare: the rules are an immutable snapshot behind one pointer, indexed so
//! that the answer takes a look-up for the user, for the name, and for each length that a prefix in a rule has. One
//! answer holds all operations. A change is in force for the next request of every connection, and wakes
//! the requests that wait for data.

mod explanation;
mod grants;
mod keeper;
mod operations;
mod rule;
mod rules;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

pub use explanation::{AccessAnswer, AccessQuestion, Because};
pub use keeper::{KeeperError, Kept, RuleChange, RuleKeeper};
pub(crate) use operations::OperationSet;
pub use rule::{AccessRule, CLUSTER_NAME, Names, Operation, Permission, ResourceKind};
use rules::{Place, Rules};

use crate::principal::Principal;

/// The rules of a cluster, and whether they are in force.
#[derive(Debug)]
pub(crate) struct Authority {
    enforced: AtomicBool,
    rules: ArcSwap<Rules>,
    changed: watch::Sender<()>,
}

/// Waits for the rules to change.
#[derive(Debug)]
pub(crate) struct RuleWatch(watch::Receiver<()>);

impl RuleWatch {
    /// Resolves when they have changed since it was made or last resolved.
    pub(crate) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // Its cluster is gone, and so are the rules.
            std::future::pending::<()>().await;
        }
    }
}

impl Authority {
    pub(crate) fn new(enforced: bool, rules: &[AccessRule]) -> Self {
        Self {
            enforced: AtomicBool::new(enforced),
            rules: ArcSwap::from_pointee(Rules::new(rules)),
            changed: watch::Sender::default(),
        }
    }

    /// Puts the rules in force, or out of it.
    pub(crate) fn enforce(&self, enforced: bool) {
        self.enforced.store(enforced, Ordering::Relaxed);
        self.changed.send_replace(());
    }

    /// Has these rules take the place of those before, all at once.
    pub(crate) fn replace(&self, rules: &[AccessRule]) {
        self.rules.store(Arc::new(Rules::new(rules)));
        self.changed.send_replace(());
    }

    /// Tells of every change from now on.
    pub(crate) fn watch(&self) -> RuleWatch {
        RuleWatch(self.changed.subscribe())
    }

    /// What a client may do, by the rules as they are now.
    pub(crate) fn rights(&self, principal: &Principal, host: IpAddr) -> Rights {
        let judged = principal.known().filter(|_| self.enforced.load(Ordering::Relaxed)).map(|user| {
            let rules = self.rules.load();
            Judged { user: rules.place(user), rules, host }
        });
        Rights { judged }
    }
}

/// What one client may do.
pub(crate) struct Rights {
    /// None: everything.
    judged: Option<Judged>,
}

/// A client that rules apply to.
struct Judged {
    rules: Guard<Arc<Rules>>,
    user: Place,
    host: IpAddr,
}

impl Rights {
    /// Whether it may do this with the thing of this name, which need not be there.
    pub(crate) fn permit(&self, operation: Operation, kind: ResourceKind, name: &str) -> bool {
        self.judged.as_ref().is_none_or(|Judged { rules, user, host }| {
            rules.permitted(*user, *host, kind, name).contains(operation)
        })
    }

    /// Whether it may do this with something of the kind.
    pub(crate) fn permit_some(&self, operation: Operation, kind: ResourceKind) -> bool {
        self.judged
            .as_ref()
            .is_none_or(|Judged { rules, user, host }| rules.permits_some(*user, *host, kind, operation))
    }

    /// All that it may do with the thing of this name.
    pub(crate) fn permitted(&self, kind: ResourceKind, name: &str) -> OperationSet {
        let sensible = OperationSet::sensible(kind);
        self.judged.as_ref().map_or(sensible, |Judged { rules, user, host }| {
            rules.permitted(*user, *host, kind, name).intersection(sensible)
        })
    }
}
