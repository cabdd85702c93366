//! What the rules about one user come to, found by name without looking at every rule.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::{AccessRule, Names, Operation, OperationSet, Permission, ResourceKind};

/// What some rules allow and deny, taken together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    allowed: OperationSet,
    denied: OperationSet,
}

impl Verdict {
    fn of(rule: &AccessRule) -> Self {
        match rule.permission {
            Permission::Allow => {
                Self { allowed: OperationSet::allowed_by(rule.operation), ..Self::default() }
            }
            Permission::Deny => Self { denied: OperationSet::denied_by(rule.operation), ..Self::default() },
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.allowed = self.allowed.union(other.allowed);
        self.denied = self.denied.union(other.denied);
    }

    /// What may be done: all that a rule allows and none denies.
    pub(super) fn permitted(self) -> OperationSet {
        self.allowed.without(self.denied)
    }

    pub(super) fn allows(self, operation: Operation) -> bool {
        self.allowed.contains(operation)
    }

    pub(super) fn denies(self, operation: Operation) -> bool {
        self.denied.contains(operation)
    }
}

/// The verdicts of the rules about the same names, by the address they are for.
#[derive(Debug, Default)]
struct ByHost {
    any: Verdict,
    only: HashMap<IpAddr, Verdict>,
}

impl ByHost {
    fn add(&mut self, rule: &AccessRule) {
        let verdict = match rule.host {
            None => &mut self.any,
            Some(host) => self.only.entry(host).or_default(),
        };
        verdict.join(Verdict::of(rule));
    }

    fn join_into(&self, verdict: &mut Verdict, host: IpAddr) {
        verdict.join(self.any);
        if let Some(only) = self.only.get(&host) {
            verdict.join(*only);
        }
    }
}

/// The rules about one kind of thing.
#[derive(Debug, Default)]
struct ByName {
    /// All rules, whatever names they are about.
    some: ByHost,
    all: ByHost,
    equal: HashMap<String, ByHost>,
    prefixed: HashMap<String, ByHost>,
    /// How long those prefixes are, each length once: a name is looked up by as many of its beginnings.
    prefix_lengths: Vec<usize>,
}

impl ByName {
    fn add(&mut self, rule: &AccessRule) {
        self.some.add(rule);
        match &rule.names {
            Names::All => self.all.add(rule),
            Names::Equal(name) => self.equal.entry_ref(name.as_str()).or_default().add(rule),
            Names::Prefixed(prefix) => {
                if let Err(place) = self.prefix_lengths.binary_search(&prefix.len()) {
                    self.prefix_lengths.insert(place, prefix.len());
                }
                self.prefixed.entry_ref(prefix.as_str()).or_default().add(rule);
            }
        }
    }

    /// Adds what is said of all names that begin with `prefix`.
    fn join_prefixed(&self, verdict: &mut Verdict, prefix: &str, host: IpAddr) {
        self.all.join_into(verdict, host);
        for &length in self.prefix_lengths.iter().take_while(|length| **length <= prefix.len()) {
            if let Some(found) = prefix.get(..length).and_then(|beginning| self.prefixed.get(beginning)) {
                found.join_into(verdict, host);
            }
        }
    }
}

/// The rules about one user, or about everybody.
#[derive(Debug, Default)]
pub(super) struct Grants {
    kinds: [ByName; ResourceKind::COUNT],
}

impl Grants {
    pub(super) fn add(&mut self, rule: &AccessRule) {
        self.kinds[rule.resource as usize].add(rule);
    }

    /// Adds what they say of the thing of this name.
    pub(super) fn join_named(&self, verdict: &mut Verdict, kind: ResourceKind, name: &str, host: IpAddr) {
        let by_name = &self.kinds[kind as usize];
        by_name.join_prefixed(verdict, name, host);
        if let Some(found) = by_name.equal.get(name) {
            found.join_into(verdict, host);
        }
    }

    /// Adds what they say of all things whose names begin with `prefix`; with an empty one, of all of the kind.
    pub(super) fn join_prefixed(
        &self,
        verdict: &mut Verdict,
        kind: ResourceKind,
        prefix: &str,
        host: IpAddr,
    ) {
        self.kinds[kind as usize].join_prefixed(verdict, prefix, host);
    }

    /// Adds what they say of any things of the kind, whichever.
    pub(super) fn join_some(&self, verdict: &mut Verdict, kind: ResourceKind, host: IpAddr) {
        self.kinds[kind as usize].some.join_into(verdict, host);
    }

    /// Names in rules that allow this operation.
    pub(super) fn names(
        &self,
        kind: ResourceKind,
        operation: Operation,
        host: IpAddr,
    ) -> impl Iterator<Item = &str> {
        allowing(&self.kinds[kind as usize].equal, operation, host)
    }

    /// Prefixes in rules that allow this operation.
    pub(super) fn prefixes(
        &self,
        kind: ResourceKind,
        operation: Operation,
        host: IpAddr,
    ) -> impl Iterator<Item = &str> {
        allowing(&self.kinds[kind as usize].prefixed, operation, host)
    }
}

fn allowing(
    rules: &HashMap<String, ByHost>,
    operation: Operation,
    host: IpAddr,
) -> impl Iterator<Item = &str> {
    let allows = move |found: &ByHost| {
        let mut verdict = Verdict::default();
        found.join_into(&mut verdict, host);
        verdict.allows(operation)
    };
    rules.iter().filter(move |(_, found)| allows(found)).map(|(name, _)| name.as_str())
}
