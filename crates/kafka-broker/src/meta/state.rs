//! What the records of a journal add up to. Pure: no clock, no file, no lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use uuid::Uuid;

use super::consumer_groups::{ConsumerFacts, ConsumerGroupChange, change_records};
use super::offsets::GroupOffsets;
use super::quotas::{QuotaEntity, QuotaTable, QuotaValues};
use super::records::{Committed, GroupRecord, Record, commit_records, transaction_commit_records};
use super::topics::{Topic, Topics};
use super::transactions::{TransactionPhase, TransactionRecord};

/// Everything a cluster remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    cluster: Option<Cluster>,
    leader_epoch: Option<i32>,
    topics: Arc<Topics>,
    producer_ids_end: i64,
    groups: HashMap<Arc<str>, GroupFacts>,
    transactions: HashMap<Arc<str>, Arc<TransactionRecord>>,
    quotas: Arc<QuotaTable>,
    latest_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cluster {
    id: [u8; 16],
    made_ms: i64,
}

/// What is known of one group: members, offsets, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its members as of the end of the last rebalance; absent for a group that only has offsets, and for one
    /// of the newer protocol.
    pub record: Option<Arc<GroupRecord>>,
    /// Its members, when they speak the newer protocol.
    pub consumer: Option<ConsumerFacts>,
    /// Its offsets.
    pub offsets: GroupOffsets,
    /// Those that are to count with transactions, by transactional id.
    pending: HashMap<Arc<str>, GroupOffsets>,
}

impl GroupFacts {
    fn is_empty(&self) -> bool {
        self.record.is_none() && self.consumer.is_none() && self.offsets.is_empty() && self.pending.is_empty()
    }

    /// Partitions in which it has an offset, or an open transaction is to commit one.
    pub fn partitions(&self) -> impl Iterator<Item = (Uuid, i32)> {
        let offsets = self.offsets.iter().map(|(topic, partition, _)| (topic, partition));
        let pending: BTreeSet<_> = self
            .pending
            .values()
            .flat_map(|offsets| offsets.iter())
            .map(|(topic, partition, _)| (topic, partition))
            .filter(|(topic, partition)| self.offsets.get(*topic, *partition).is_none())
            .collect();
        offsets.chain(pending)
    }

    /// Whether an open transaction is to commit an offset in the partition.
    pub fn is_unstable(&self, topic: Uuid, partition: i32) -> bool {
        self.pending.values().any(|offsets| offsets.get(topic, partition).is_some())
    }

    /// Whether an open transaction is to commit any offset.
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }
}

impl State {
    /// The cluster's identity, once it has one.
    pub fn cluster_id(&self) -> Option<[u8; 16]> {
        self.cluster.map(|cluster| cluster.id)
    }

    /// The epoch of the last start.
    pub fn leader_epoch(&self) -> Option<i32> {
        self.leader_epoch
    }

    /// All topics at this moment.
    pub fn topics(&self) -> Arc<Topics> {
        self.topics.clone()
    }

    /// Producer ids from here on were never handed out.
    pub fn producer_ids_end(&self) -> i64 {
        self.producer_ids_end
    }

    /// What is known of a group.
    pub fn group(&self, name: &str) -> Option<&GroupFacts> {
        self.groups.get(name)
    }

    /// All groups.
    pub fn groups(&self) -> impl Iterator<Item = (&Arc<str>, &GroupFacts)> {
        self.groups.iter()
    }

    /// A transactional id.
    pub fn transaction(&self, id: &str) -> Option<&Arc<TransactionRecord>> {
        self.transactions.get(id)
    }

    /// All transactional ids.
    pub fn transactions(&self) -> impl Iterator<Item = &Arc<TransactionRecord>> {
        self.transactions.values()
    }

    /// All client quotas at this moment.
    pub fn quotas(&self) -> Arc<QuotaTable> {
        self.quotas.clone()
    }

    /// The latest time any record speaks of, in milliseconds since 1970: the broker was alive then.
    pub fn latest_ms(&self) -> i64 {
        self.latest_ms
    }

    /// Takes a record in.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::ClusterMade { id, made_ms } => self.cluster = Some(Cluster { id, made_ms }),
            Record::BrokerStarted { leader_epoch, at_ms } => {
                self.leader_epoch = self.leader_epoch.max(Some(leader_epoch));
                self.saw(at_ms);
            }
            Record::TopicMade(topic) => Arc::make_mut(&mut self.topics).put(topic),
            Record::TopicGrown { id, partitions } => {
                self.topic_change(id, |topic| topic.partitions = partitions);
            }
            Record::TopicConfigured { id, config } => {
                self.topic_change(id, |topic| topic.config = config);
            }
            Record::TopicDeleted { id } => self.topic_delete(id),
            Record::ProducerIdsReserved { end } => self.producer_ids_end = self.producer_ids_end.max(end),
            Record::GroupStored(record) => {
                self.saw(record.since_ms);
                let facts = self.groups.entry(record.name.clone()).or_default();
                facts.record = Some(record);
                facts.consumer = None;
            }
            Record::GroupDeleted { group } => {
                self.groups.remove(&group);
            }
            Record::OffsetsCommitted { group, commits } => self.offsets_commit(&group, commits),
            Record::OffsetsDeleted { group, partitions } => self.offsets_delete(&group, &partitions),
            Record::TransactionStored(record) => {
                self.saw(record.updated_ms);
                let before = self.transactions.insert(record.id.clone(), record.clone());
                self.transaction_settle(before.as_deref(), Some(&record));
            }
            Record::TransactionEntered { id, at_ms, partitions, groups } => {
                self.saw(at_ms);
                if let Some(record) = self.transactions.get_mut(&id) {
                    Arc::make_mut(record).enter(at_ms, partitions, groups);
                }
            }
            Record::TransactionOffsets { id, group, commits } => {
                self.transaction_offsets(id, &group, commits);
            }
            Record::TransactionForgotten { id } => {
                let before = self.transactions.remove(&id);
                self.transaction_settle(before.as_deref(), None);
            }
            Record::ConsumerGroupChanged(change) => self.consumer_group_change(&change),
            Record::QuotasSet { entity, values } => self.quotas_set(entity, values),
        }
    }

    /// Records that, applied to nothing, give this state again.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let cluster = self.cluster.map(|Cluster { id, made_ms }| Record::ClusterMade { id, made_ms });
        let started = self
            .leader_epoch
            .map(|leader_epoch| Record::BrokerStarted { leader_epoch, at_ms: self.latest_ms });
        let ids = Record::ProducerIdsReserved { end: self.producer_ids_end };
        let topics = self.topics.iter().map(|topic| Record::TopicMade(topic.clone()));
        let groups = self.groups.iter().flat_map(|(name, facts)| {
            let stored = facts.record.clone().map(Record::GroupStored);
            let commits = facts.offsets.iter().map(|(topic, partition, offset)| Committed {
                topic,
                partition,
                offset: offset.clone(),
            });
            let consumer = facts.consumer.iter().flat_map(|consumer| change_records(consumer.whole(name)));
            stored.into_iter().chain(consumer).chain(commit_records(name, commits.collect()))
        });
        let transactions = self.transactions.values().cloned().map(Record::TransactionStored);
        let pending = self.groups.iter().flat_map(|(name, facts)| {
            facts.pending.iter().flat_map(move |(id, offsets)| {
                let commits = offsets.iter().map(|(topic, partition, offset)| Committed {
                    topic,
                    partition,
                    offset: offset.clone(),
                });
                transaction_commit_records(id, name, commits.collect())
            })
        });
        let quotas = self
            .quotas
            .iter()
            .map(|(entity, values)| Record::QuotasSet { entity: entity.clone(), values: values.clone() });
        cluster
            .into_iter()
            .chain(started)
            .chain([ids])
            .chain(topics)
            .chain(groups)
            .chain(transactions)
            .chain(pending)
            .chain(quotas)
    }

    fn saw(&mut self, at_ms: i64) {
        self.latest_ms = self.latest_ms.max(at_ms);
    }

    fn quotas_set(&mut self, entity: QuotaEntity, values: QuotaValues) {
        let quotas = Arc::make_mut(&mut self.quotas);
        if values.is_empty() {
            quotas.remove(&entity);
        } else {
            quotas.insert(entity, values);
        }
    }

    fn topic_change(&mut self, id: Uuid, change: impl FnOnce(&mut Topic)) {
        if let Some(topic) = self.topics.of_id(id) {
            let mut topic = Topic::clone(topic);
            change(&mut topic);
            Arc::make_mut(&mut self.topics).put(Arc::new(topic));
        }
    }

    fn topic_delete(&mut self, id: Uuid) {
        Arc::make_mut(&mut self.topics).remove(id);
        self.groups.retain(|_name, facts| {
            facts.offsets.remove_topic(id);
            facts.pending.retain(|_id, offsets| {
                offsets.remove_topic(id);
                !offsets.is_empty()
            });
            !facts.is_empty()
        });
    }

    fn consumer_group_change(&mut self, change: &ConsumerGroupChange) {
        self.saw(change.since_ms);
        let facts = self.groups.entry(change.group.clone()).or_default();
        facts.record = None;
        facts.consumer.get_or_insert_default().apply(change);
    }

    /// Offsets in a topic that was deleted while they were under way are passed over.
    fn offsets_commit(&mut self, group: &Arc<str>, commits: Vec<Committed>) {
        for Committed { topic, partition, offset } in commits {
            self.saw(offset.committed_ms);
            if self.topics.of_id(topic).is_some() {
                let facts = self.groups.entry(group.clone()).or_default();
                facts.offsets.set(topic, partition, offset);
                // What a transaction was sent before is older, whenever it ends.
                facts.pending.retain(|_id, offsets| {
                    offsets.remove(topic, partition);
                    !offsets.is_empty()
                });
            }
        }
    }

    /// Keeps offsets until their transaction ends. Those of a group that is not in it are passed over.
    fn transaction_offsets(&mut self, id: Arc<str>, group: &Arc<str>, commits: Vec<Committed>) {
        if !self.transactions.get(&id).is_some_and(|record| record.holds_back(group)) {
            return;
        }
        for Committed { topic, partition, offset } in commits {
            self.saw(offset.committed_ms);
            if self.topics.of_id(topic).is_some() {
                let facts = self.groups.entry(group.clone()).or_default();
                facts.pending.entry(id.clone()).or_default().set(topic, partition, offset);
            }
        }
    }

    /// Has the offsets count, or drops them, that a transaction held back and holds no more.
    fn transaction_settle(&mut self, before: Option<&TransactionRecord>, now: Option<&TransactionRecord>) {
        let Some(before) = before else { return };
        let counts = now.is_some_and(|now| now.phase == TransactionPhase::CompleteCommit);
        for group in &before.groups {
            if now.is_some_and(|now| now.holds_back(group)) {
                continue;
            }
            let Some(facts) = self.groups.get_mut(group) else { continue };
            let pending = facts.pending.remove(&before.id).filter(|_| counts).unwrap_or_default();
            for (topic, partition, offset) in pending.iter() {
                facts.offsets.set(topic, partition, offset.clone());
            }
            if facts.is_empty() {
                self.groups.remove(group);
            }
        }
    }

    fn offsets_delete(&mut self, group: &Arc<str>, partitions: &[(Uuid, i32)]) {
        let Some(facts) = self.groups.get_mut(group) else { return };
        for (topic, partition) in partitions {
            facts.offsets.remove(*topic, *partition);
        }
        if facts.is_empty() {
            self.groups.remove(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::offsets::Offset;
    use super::super::records::tests::any_history;
    use super::*;

    fn state_of(records: impl IntoIterator<Item = Record>) -> State {
        let mut state = State::default();
        records.into_iter().for_each(|record| state.apply(record));
        state
    }

    proptest! {
        #[test]
        fn a_snapshot_stands_for_the_whole_history(history in any_history()) {
            let state = state_of(history);
            prop_assert_eq!(&state_of(state.records()), &state);
        }

        #[test]
        fn nothing_refers_to_a_deleted_topic(history in any_history()) {
            let state = state_of(history);
            for (_, facts) in state.groups() {
                prop_assert!(!facts.is_empty());
                let pending = facts.pending.values().flat_map(|offsets| offsets.iter());
                for (topic, _, _) in facts.offsets.iter().chain(pending) {
                    prop_assert!(state.topics().of_id(topic).is_some());
                }
                for id in facts.pending.keys() {
                    prop_assert!(state.transaction(id).is_some());
                }
            }
        }
    }

    #[test]
    fn epochs_and_producer_ids_never_go_back() {
        let state = state_of([
            Record::BrokerStarted { leader_epoch: 4, at_ms: 9 },
            Record::BrokerStarted { leader_epoch: 2, at_ms: 5 },
            Record::ProducerIdsReserved { end: 2_000 },
            Record::ProducerIdsReserved { end: 1_000 },
        ]);
        assert_eq!((state.leader_epoch(), state.producer_ids_end()), (Some(4), 2_000));
        assert_eq!(state.latest_ms(), 9);
    }

    #[test]
    fn offsets_count_with_their_transaction_or_never() {
        let topic = Uuid::from_u128(1);
        let record = |phase, groups: &[&str]| {
            Record::TransactionStored(Arc::new(TransactionRecord {
                id: "t".into(),
                producer_id: 1,
                epoch: 0,
                last_epoch: -1,
                previous_producer_id: -1,
                next_producer_id: -1,
                phase,
                timeout: std::time::Duration::from_secs(1),
                started_ms: None,
                updated_ms: 0,
                partitions: [].into(),
                groups: groups.iter().map(|group| Arc::from(*group)).collect(),
            }))
        };
        let offset =
            Offset { offset: 7, leader_epoch: -1, metadata: None, committed_ms: 0, expires_ms: None };
        let commit = Committed { topic, partition: 0, offset: offset.clone() };
        let made = Topic {
            name: "a".into(),
            id: topic,
            partitions: 1,
            created_ms: 0,
            config: [].into(),
            internal: false,
        };
        let begun = [
            Record::TopicMade(Arc::new(made)),
            record(TransactionPhase::Empty, &[]),
            Record::TransactionEntered {
                id: "t".into(),
                at_ms: 1,
                partitions: vec![],
                groups: vec!["g".into()],
            },
            Record::TransactionOffsets { id: "t".into(), group: "g".into(), commits: vec![commit.clone()] },
            // The group is not in the transaction.
            Record::TransactionOffsets { id: "t".into(), group: "other".into(), commits: vec![commit] },
        ];
        for (outcome, expected) in
            [(TransactionPhase::CompleteCommit, Some(&offset)), (TransactionPhase::CompleteAbort, None)]
        {
            let mut state = state_of(begun.clone());
            assert!(state.group("other").is_none());
            let facts = state.group("g").unwrap();
            assert!(facts.is_unstable(topic, 0) && !facts.is_unstable(topic, 1));
            assert!(facts.has_pending() && facts.offsets.is_empty());
            state.apply(record(TransactionPhase::PrepareCommit, &["g"]));
            assert!(state.group("g").unwrap().is_unstable(topic, 0), "not before it is complete");
            state.apply(record(outcome, &[]));
            assert_eq!(state.group("g").and_then(|facts| facts.offsets.get(topic, 0)), expected);
            assert!(!state.group("g").is_some_and(GroupFacts::has_pending));
        }
    }

    #[test]
    fn a_snapshot_of_topics_is_not_changed_by_what_follows() {
        let topic = |name: &str, id| {
            Record::TopicMade(Arc::new(Topic {
                name: name.into(),
                id: Uuid::from_u128(id),
                partitions: 1,
                created_ms: 0,
                config: [].into(),
                internal: false,
            }))
        };
        let mut state = state_of([topic("a", 1)]);
        let before = state.topics();
        state.apply(topic("b", 2));
        state.apply(Record::TopicGrown { id: Uuid::from_u128(1), partitions: 3 });
        let after = state.topics();
        assert_eq!((before.len(), before.named("a").unwrap().partitions), (1, 1));
        assert_eq!((after.len(), after.named("a").unwrap().partitions), (2, 3));
        assert_eq!(after.of_id(Uuid::from_u128(1)).unwrap().partitions, 3);
        assert!(after.epoch() > before.epoch());
    }
}
