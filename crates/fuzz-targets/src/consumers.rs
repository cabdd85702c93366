//! What consumers say to each other through a group's coordinator, which reads it.

use kafka_wire::consumer_protocol::{
    ConsumerAssignment, ConsumerPartitions, ConsumerSubscription, VERSION_MAX,
};
use kafka_wire::wire::HEAP_PER_BYTE;

use crate::Target;
use crate::memory::Budget;

pub(crate) const TARGET: Target = Target { name: "consumers", feed, seeds, mutations: 20_000 };

const BUDGET: Budget = Budget::decoding(HEAP_PER_BYTE);

fn feed(bytes: &[u8]) {
    let subscription = BUDGET.hold(bytes.len(), || ConsumerSubscription::decode(bytes));
    if let Ok(subscription) = subscription {
        let written = subscription.encode(VERSION_MAX).expect("what is read can be written");
        assert_eq!(ConsumerSubscription::decode(&written), Ok(subscription));
    }
    let assignment = BUDGET.hold(bytes.len(), || ConsumerAssignment::decode(bytes));
    if let Ok(assignment) = assignment {
        let written = assignment.encode(VERSION_MAX).expect("what is read can be written");
        assert_eq!(ConsumerAssignment::decode(&written), Ok(assignment));
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let partitions = || vec![ConsumerPartitions { topic: "orders".into(), partitions: vec![0, 2] }];
    let subscription = ConsumerSubscription {
        topics: vec!["orders".into(), "refunds".into()],
        user_data: Some(b"sticky"[..].into()),
        owned_partitions: partitions(),
        generation_id: 7,
        rack_id: Some("a".into()),
    };
    let assignment = ConsumerAssignment { assigned_partitions: partitions(), user_data: None };
    let of_version = |version| [subscription.encode(version), assignment.encode(version)];
    (0..=VERSION_MAX).flat_map(of_version).map(|written| written.expect("it can be written")).collect()
}
