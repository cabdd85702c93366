//! Refusals by kind: which is told at once, which is counted.

use std::collections::HashMap;
use std::net::IpAddr;

use super::ClientRefusal;
use crate::ids::InstanceId;

/// Kinds that are told apart in one instance.
const KINDS_MAX: usize = 32;
/// Kinds of one address among them, so that one client leaves room for the others.
const KINDS_OF_ADDRESS_MAX: usize = 16;

/// Something to be recorded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) instance: InstanceId,
    pub(super) action: &'static str,
    /// None: what was not told apart.
    pub(super) what: Option<ClientRefusal>,
    /// How many more there were; none when this is the first.
    pub(super) count: Option<u64>,
}

/// What is counted, by instance.
#[derive(Debug, Default)]
pub(super) struct Tallies(HashMap<InstanceId, Tally>);

#[derive(Debug, Default)]
struct Tally {
    /// Those since the last count, the one that was told at once left out.
    kinds: HashMap<ClientRefusal, u64>,
    /// By action.
    others: HashMap<&'static str, u64>,
}

impl Tallies {
    /// Takes one, and gives it back when it is the first of its kind.
    pub(super) fn add(&mut self, refusal: ClientRefusal) -> Option<Told> {
        let tally = self.0.entry(refusal.instance.clone()).or_default();
        if let Some(count) = tally.kinds.get_mut(&refusal) {
            *count += 1;
            return None;
        }
        if tally.kinds.len() == KINDS_MAX || tally.of_address(refusal.address) == KINDS_OF_ADDRESS_MAX {
            *tally.others.entry(refusal.action).or_default() += 1;
            return None;
        }
        tally.kinds.insert(refusal.clone(), 0);
        let ClientRefusal { instance, action, .. } = refusal.clone();
        Some(Told { instance, action, what: Some(refusal), count: None })
    }

    /// What came since it was last asked for. A kind of which nothing came is forgotten: the next is a first again.
    pub(super) fn take(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        for (instance, tally) in &mut self.0 {
            tally.kinds.retain(|_, count| *count > 0);
            for (refusal, count) in &mut tally.kinds {
                let (what, count) = (Some(refusal.clone()), Some(std::mem::take(count)));
                told.push(Told { instance: instance.clone(), action: refusal.action, what, count });
            }
            for (action, count) in tally.others.drain() {
                told.push(Told { instance: instance.clone(), action, what: None, count: Some(count) });
            }
        }
        self.0.retain(|_, tally| !tally.kinds.is_empty());
        told
    }
}

impl Tally {
    fn of_address(&self, address: IpAddr) -> usize {
        self.kinds.keys().filter(|kind| kind.address == address).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(host: u8, topic: &str) -> ClientRefusal {
        ClientRefusal {
            instance: InstanceId::new("main"),
            address: IpAddr::from([10, 0, 0, host]),
            user: Some("alice".into()),
            action: "client_request",
            operation: "Write".into(),
            subject: format!("topic/{topic}"),
            reason: "no rule",
        }
    }

    fn counts(told: &[Told]) -> Vec<(bool, Option<u64>)> {
        told.iter().map(|told| (told.what.is_some(), told.count)).collect()
    }

    #[test]
    fn the_first_of_a_kind_is_told_and_the_others_are_counted() {
        let mut tallies = Tallies::default();
        let first = tallies.add(refusal(1, "orders")).expect("it is the first");
        assert_eq!((first.what, first.count), (Some(refusal(1, "orders")), None));
        for _ in 0..7 {
            assert_eq!(tallies.add(refusal(1, "orders")), None);
        }
        assert!(tallies.add(refusal(2, "orders")).is_some(), "another address is another kind");
        assert_eq!(counts(&tallies.take()), [(true, Some(7))]);
        assert_eq!(tallies.add(refusal(1, "orders")), None, "it goes on");
        assert_eq!(counts(&tallies.take()), [(true, Some(1))]);
        assert_eq!(tallies.take(), []);
        assert!(tallies.add(refusal(1, "orders")).is_some(), "it has begun again");
    }

    #[test]
    fn what_is_too_various_is_only_counted() {
        let mut tallies = Tallies::default();
        let mut told = 0;
        for host in 1..=5 {
            for topic in 0..1_000 {
                told += usize::from(tallies.add(refusal(host, &topic.to_string())).is_some());
            }
        }
        assert_eq!(told, KINDS_MAX);
        assert_eq!(counts(&tallies.take()), [(false, Some(5_000 - 32))]);
        // One address alone leaves room for others.
        for topic in 0..1_000 {
            tallies.add(refusal(1, &topic.to_string()));
        }
        assert!(tallies.add(refusal(2, "orders")).is_some());
    }
}
