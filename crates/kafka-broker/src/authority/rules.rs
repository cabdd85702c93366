//! All rules of a cluster, as they are at one moment.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::grants::{Grants, Verdict};
use super::{AccessRule, Operation, OperationSet, ResourceKind};

/// The rules, by whom they are about.
#[derive(Debug, Default)]
pub(super) struct Rules {
    everyone: Grants,
    /// By name: where in `grants` a user's own are.
    users: HashMap<String, usize>,
    grants: Vec<Grants>,
    /// As they were given, to name the one that decides.
    listed: Vec<AccessRule>,
}

/// A user's place among the rules; none has no rules of its own.
pub(super) type Place = Option<usize>;

impl Rules {
    pub(super) fn new(rules: &[AccessRule]) -> Self {
        let mut built = Self { listed: rules.to_vec(), ..Self::default() };
        for rule in rules {
            let grants = match &rule.user {
                None => &mut built.everyone,
                Some(user) => {
                    let next = built.grants.len();
                    let place = *built.users.entry_ref(user.as_str()).or_insert(next);
                    if place == next {
                        built.grants.push(Grants::default());
                    }
                    &mut built.grants[place]
                }
            };
            grants.add(rule);
        }
        built
    }

    pub(super) fn place(&self, user: &str) -> Place {
        self.users.get(user).copied()
    }

    /// What the user at this place may do with the thing of this name.
    pub(super) fn permitted(
        &self,
        user: Place,
        host: IpAddr,
        kind: ResourceKind,
        name: &str,
    ) -> OperationSet {
        self.verdict(user, host, kind, name).permitted()
    }

    /// What they say together of the thing of this name.
    fn verdict(&self, user: Place, host: IpAddr, kind: ResourceKind, name: &str) -> Verdict {
        let mut verdict = Verdict::default();
        for grants in self.of(user) {
            grants.join_named(&mut verdict, kind, name, host);
        }
        verdict
    }

    /// The rule by which the user may do this with the thing of this name, or may not: the first that denies, else the
    /// first that allows. Each is judged by itself in the way in which all are judged together.
    pub(super) fn deciding(
        &self,
        user: &str,
        host: IpAddr,
        kind: ResourceKind,
        name: &str,
        operation: Operation,
    ) -> Option<&AccessRule> {
        let verdict = |rules: &Self| rules.verdict(rules.place(user), host, kind, name);
        let is_denied = verdict(self).denies(operation);
        self.listed.iter().find(|rule| {
            let alone = verdict(&Self::new(std::slice::from_ref(*rule)));
            if is_denied { alone.denies(operation) } else { alone.allows(operation) }
        })
    }

    /// Whether there can be a thing that the user may do this with, whatever things there are. As Kafka reckons
    /// (KIP-679): a name or prefix that is allowed counts unless a rule for it, for a prefix of it or for everything
    /// denies.
    pub(super) fn permits_some(
        &self,
        user: Place,
        host: IpAddr,
        kind: ResourceKind,
        operation: Operation,
    ) -> bool {
        let mut some = Verdict::default();
        self.of(user).for_each(|grants| grants.join_some(&mut some, kind, host));
        if !some.allows(operation) || !some.denies(operation) {
            // No rule contradicts another: what they are about makes no difference.
            return some.allows(operation);
        }
        let of_prefix = |prefix: &str| {
            let mut verdict = Verdict::default();
            for grants in self.of(user) {
                grants.join_prefixed(&mut verdict, kind, prefix, host);
            }
            verdict
        };
        let of_all = of_prefix("");
        if of_all.denies(operation) || of_all.allows(operation) {
            return !of_all.denies(operation);
        }
        self.of(user).any(|grants| {
            let mut prefixes = grants.prefixes(kind, operation, host);
            let mut names = grants.names(kind, operation, host);
            prefixes.any(|prefix| !of_prefix(prefix).denies(operation))
                || names.any(|name| self.permitted(user, host, kind, name).contains(operation))
        })
    }

    fn of(&self, user: Place) -> impl Iterator<Item = &Grants> {
        std::iter::once(&self.everyone).chain(user.and_then(|place| self.grants.get(place)))
    }
}
