//! A coordinator on a simulated disk, with a topic of two partitions and a group.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use machine::clock::{Clock, HeldClock};
use machine::commit::Committer;
use machine::disk::Disk;
use machine::disk::sim::SimDisk;
use machine::random::Random;
use uuid::Uuid;

use super::admission::{Refusal, Wanted};
use super::{Claim, Initial, Outcome, Producer, TransactionError, TransactionSettings, Transactions};
use crate::group::{self, Commit, GroupError, GroupSettings, Groups};
use crate::log::testing::{Batch, committed};
use crate::log::{LogConfig, LogContext, LogError, LogSpec, Origin, PartitionLog};
use crate::meta::{Store, TopicSpec};
use crate::topic_settings::TopicRules;
use crate::topics::{OpenTopic, OpenTopics};

pub(super) const TOPIC: Uuid = Uuid::from_u128(1);
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// One life of a broker.
pub(super) struct World {
    pub(super) store: Arc<Store>,
    pub(super) topics: Arc<OpenTopics>,
    context: Arc<LogContext>,
    pub(super) logs: Vec<Arc<PartitionLog>>,
    groups: Arc<Groups>,
    pub(super) transactions: Arc<Transactions>,
    pub(super) hand: HeldClock,
}

/// Why an offset was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Group(GroupError),
    Transaction(TransactionError),
}

impl From<GroupError> for Refused {
    fn from(error: GroupError) -> Self {
        Self::Group(error)
    }
}

impl World {
    pub(super) async fn open(disk: &SimDisk, now_ms: i64) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let (clock, hand) = Clock::held(now_ms);
        let folder = Path::new("/cluster");
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let committer =
            Committer::start(shared.clone(), Path::new("/"), clock.clone()).map_err(|error| told(&error))?;
        let store =
            Store::open(shared.clone(), committer.clone(), folder.into(), &clock, &Random::seeded(1)).await;
        let store = store.map_err(|error| told(&error))?;
        let context = LogContext::open(shared, committer, clock.clone(), folder.into());
        let context = context.map_err(|error| told(&error))?;
        let spec = TopicSpec {
            name: "orders".into(),
            id: TOPIC,
            partitions: 2,
            config: BTreeMap::new(),
            created_ms: 0,
            internal: false,
        };
        let facts = store.topic_create(spec).await.map_err(|error| told(&error))?;
        let rules = TopicRules::new(&facts.config, &BTreeMap::new());
        let mut logs = Vec::new();
        for partition in 0..2 {
            let log = log(&context, &store, &rules, partition).map_err(|error| told(&error))?;
            log.settled().await.map_err(|error| told(&error))?;
            logs.push(log);
        }
        let topics = Arc::<OpenTopics>::default();
        topics.put(Arc::new(OpenTopic { facts, rules, partitions: logs.clone() }));
        let groups = Groups::open(store.clone(), GroupSettings::default(), clock.clone(), Random::seeded(1));
        let settings = TransactionSettings::default();
        let transactions = Transactions::open(store.clone(), topics.clone(), settings, clock);
        transactions.resume().await;
        Ok(Self { store, topics, context, logs, groups, transactions, hand })
    }

    /// Opens the log of the second partition again, after it was closed.
    pub(super) fn reopen(&mut self) {
        let open = self.topics.of_id(TOPIC).unwrap();
        self.logs[1] = log(&self.context, &self.store, &open.rules, 1).unwrap();
        let rules = TopicRules::new(&open.facts.config, &BTreeMap::new());
        let partitions = self.logs.clone();
        self.topics.put(Arc::new(OpenTopic { facts: open.facts.clone(), rules, partitions }));
    }

    /// A producer with the id, as one that goes on asking gets it.
    pub(super) async fn producer(&self, id: &'static str, renews: bool) -> Result<Writer, TransactionError> {
        loop {
            match self.transactions.initial(id, Initial { timeout: TIMEOUT, known: None }).await {
                Ok(claim) => return Ok(Writer { id, claim, sequences: [0; 2], renews }),
                Err(TransactionError::Concurrent) => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        }
    }

    /// What readers of committed data have from a partition: the numbers of the records.
    pub(super) fn committed(&self, partition: usize) -> Result<Vec<i64>, String> {
        let log = &self.logs[partition];
        let kept = committed(log, log.log_start(), 1_000).map_err(|error| error.to_string())?;
        Ok(kept.iter().map(|info| info.max_timestamp).collect())
    }

    /// The group's offset, and whether one is held back.
    pub(super) fn offset(&self) -> (Option<i64>, bool) {
        let fetched = self.groups.fetch("readers", Some(&[(TOPIC, 0)])).remove(0);
        (fetched.offset.map(|offset| offset.offset), fetched.is_unstable)
    }
}

fn log(
    context: &Arc<LogContext>,
    store: &Store,
    rules: &TopicRules,
    partition: i32,
) -> Result<Arc<PartitionLog>, LogError> {
    let spec = LogSpec {
        topic: "orders".into(),
        topic_id: TOPIC,
        partition,
        // Few batches make a segment, so that transactions cross them.
        config: Arc::new(LogConfig { segment_bytes: 500, ..LogConfig::clone(&rules.log) }),
        leader_epoch: store.leader_epoch(),
    };
    PartitionLog::open(context, spec)
}

/// A transactional producer.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) id: &'static str,
    pub(super) claim: Producer,
    sequences: [i32; 2],
    renews: bool,
}

impl Writer {
    /// Writes a record of this number to a partition, and waits until it is durable.
    pub(super) async fn write(
        &mut self,
        world: &World,
        partition: usize,
        number: i64,
    ) -> Result<(), TransactionError> {
        let place = (TOPIC, i32::try_from(partition).unwrap());
        if !self.renews {
            world.transactions.partitions_enter(self.id, self.claim, &[place]).await?;
        }
        let wanted = Wanted::Partitions(std::slice::from_ref(&place));
        let admission = world.transactions.admit(self.id, self.claim, wanted, self.renews).await?;
        let Claim { id, epoch } = self.claim;
        let batch = Batch::of(1).producer(id, epoch, self.sequences[partition]).transactional();
        let batch = batch.timestamps(number, number).bytes();
        let origin = if self.renews { Origin::RenewingClient } else { Origin::Client };
        let log = &world.logs[partition];
        let appended = admission.append(place, &batch, || log.append(&batch, origin));
        let appended = appended.map_err(|refusal| match refusal {
            Refusal::Transaction(error) => error,
            Refusal::Append(_) => TransactionError::NotAvailable,
        })?;
        self.sequences[partition] += 1;
        log.wait_durable(appended.last_offset).await.map_err(|_| TransactionError::NotAvailable)
    }

    /// Has the group's offset in partition 0 be this when the transaction counts.
    pub(super) async fn offset(&self, world: &World, offset: i64) -> Result<(), Refused> {
        let group: Arc<str> = "readers".into();
        let transactions = &world.transactions;
        if !self.renews {
            let entered = transactions.group_enter(self.id, self.claim, &group).await;
            entered.map_err(Refused::Transaction)?;
        }
        let admission = transactions.admit(self.id, self.claim, Wanted::Group(&group), self.renews).await;
        let admission = admission.map_err(Refused::Transaction)?;
        let commit =
            Commit { topic: TOPIC, partition: 0, offset, leader_epoch: -1, metadata: None, retention: None };
        let nobody = group::Claim { member: "", instance: None, generation: -1 };
        let keep =
            |commits| transactions.offsets_append(&admission, &group, commits).map_err(Refused::Transaction);
        world.groups.commit_with(&group, nobody, vec![commit], keep).await.remove(0)
    }

    pub(super) async fn end(&mut self, world: &World, outcome: Outcome) -> Result<(), TransactionError> {
        self.claim = world.transactions.end(self.id, self.claim, outcome, self.renews).await?;
        if self.renews {
            self.sequences = [0; 2];
        }
        Ok(())
    }
}
