//! The coordinator as handlers use it: a real store on a simulated disk, and a clock that stands still.

mod consumer;
mod consumer_crash;
mod crash;
mod offsets;

use std::io::ErrorKind;
use std::path::Path;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use machine::clock::HeldClock;
use machine::commit::Committer;
use machine::disk::sim::{Effect as Fault, Loss, Moment, Plan, SimDisk, stop_at_each_call};
use uuid::Uuid;

use super::super::consumer::{Beat, Heartbeat};
use super::super::request::*;
use super::super::subscription::subscription;
use super::*;
use crate::meta::{OpenError, TopicRef, TopicSpec};

const TOPIC: Uuid = Uuid::from_u128(7);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A cluster with one topic of three partitions.
struct Cluster {
    disk: SimDisk,
    hand: HeldClock,
    store: Arc<Store>,
    groups: Arc<Groups>,
}

fn settings() -> GroupSettings {
    GroupSettings { initial_rebalance_delay: Duration::ZERO, ..GroupSettings::default() }
}

impl Cluster {
    async fn start() -> Self {
        Self::start_with(settings()).await
    }

    async fn start_with(settings: GroupSettings) -> Self {
        Self::open(SimDisk::new(1), settings, 1_000_000_000_000).await.unwrap()
    }

    async fn open(disk: SimDisk, settings: GroupSettings, now_ms: i64) -> Result<Self, OpenError> {
        let (clock, hand) = Clock::held(now_ms);
        let shared: Arc<dyn machine::disk::Disk> = Arc::new(disk.clone());
        let committer = Committer::start(shared.clone(), Path::new("/"), clock.clone())
            .map_err(|error| crate::meta::StoreError::Refused(error.to_string()))?;
        let random = Random::seeded(9);
        let store = Store::open(shared, committer, "/cluster".into(), &clock, &random).await?;
        let spec = TopicSpec {
            name: "t".into(),
            id: TOPIC,
            partitions: 3,
            config: [].into(),
            created_ms: 0,
            internal: false,
        };
        if let Err(crate::meta::TopicError::Store(error)) = store.topic_create(spec).await {
            return Err(error.into());
        }
        let groups = Groups::open(store.clone(), settings, clock, random);
        Ok(Self { disk, hand, store, groups })
    }

    /// A kill and a new start, as much later.
    async fn restart(self, later: Duration) -> Self {
        let Self { disk, hand: _, store, groups } = self;
        let now_ms = groups.clock.now_ms() + i64::try_from(later.as_millis()).unwrap();
        disk.kill();
        drop((store, groups));
        Self::open(disk, settings(), now_ms).await.unwrap()
    }

    /// Joins, asks for the assignment, and gives itself partition 0 if it leads.
    async fn consume(&self, group: &str) -> Joined {
        let joined = self.groups.join(joining(group)).await.unwrap();
        let assignments = vec![(joined.member.clone(), Bytes::from_static(b"0"))];
        let synced = self.groups.sync(group, syncing(&joined, assignments)).await.unwrap();
        assert_eq!(synced.assignment, "0");
        joined
    }

    async fn commit(&self, group: &str, joined: Option<&Joined>, offset: i64) -> Result<(), GroupError> {
        let claim = joined.map_or(NOBODY, claim);
        self.groups.commit(&group.into(), claim, vec![commit(0, offset)]).await.swap_remove(0)
    }

    fn offset(&self, group: &str) -> Option<i64> {
        let fetched = self.groups.fetch(group, Some(&[(TOPIC, 0)]));
        fetched[0].offset.as_ref().map(|offset| offset.offset)
    }

    fn phase(&self, group: &str) -> Option<GroupPhase> {
        self.groups.describe(group).map(|description| description.phase)
    }
}

const NOBODY: Claim<'static> = Claim { member: "", instance: None, generation: -1 };

fn claim(joined: &Joined) -> Claim<'_> {
    Claim { member: &joined.member, instance: None, generation: joined.generation }
}

fn joining(group: &str) -> Joining {
    Joining {
        group: group.into(),
        member: "".into(),
        instance: None,
        client_id: "client".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout: Duration::from_secs(10),
        rebalance_timeout: Duration::from_secs(60),
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "range".into(), metadata: subscription(&["t"]) }],
        id_first: false,
        skips_assignment: false,
    }
}

fn syncing(joined: &Joined, assignments: Vec<(Arc<str>, Bytes)>) -> Syncing<'_> {
    Syncing { claim: claim(joined), protocol_type: None, protocol: None, assignments }
}

fn commit(partition: i32, offset: i64) -> Commit {
    Commit { topic: TOPIC, partition, offset, leader_epoch: 4, metadata: None, retention: None }
}

/// Runs the other tasks until the condition holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn two_consumers_share_go_on_after_a_restart_and_leave() {
    let cluster = Cluster::start().await;
    let groups = cluster.groups.clone();
    let first = cluster.consume("g").await;
    assert!(first.member.starts_with("client-") && first.member.len() == "client-".len() + 36);

    // The second one makes the first join again.
    let second = tokio::spawn({
        let groups = groups.clone();
        async move { groups.join(joining("g")).await }
    });
    until("a rebalance", || cluster.phase("g") == Some(GroupPhase::PreparingRebalance)).await;
    assert_eq!(groups.heartbeat("g", claim(&first)), Err(GroupError::RebalanceInProgress));
    let first = groups.join(Joining { member: first.member, ..joining("g") }).await.unwrap();
    let second = second.await.unwrap().unwrap();
    assert_eq!((first.generation, second.generation, &second.leader), (2, 2, &first.member));
    assert_eq!((first.members.len(), second.members.len()), (2, 0));

    let assignments = vec![(first.member.clone(), "a".into()), (second.member.clone(), "b".into())];
    let (of_second, of_first) = tokio::join!(
        groups.sync("g", syncing(&second, Vec::new())),
        groups.sync("g", syncing(&first, assignments))
    );
    assert_eq!((of_first.unwrap().assignment, of_second.unwrap().assignment), ("a".into(), "b".into()));
    cluster.commit("g", Some(&second), 42).await.unwrap();
    let before = groups.describe("g").unwrap();
    drop(groups);

    let cluster = cluster.restart(Duration::from_secs(5)).await;
    assert_eq!(cluster.groups.describe("g").unwrap(), before);
    assert_eq!(cluster.groups.heartbeat("g", claim(&first)), Ok(()));
    assert_eq!(cluster.offset("g"), Some(42));
    cluster.commit("g", Some(&second), 43).await.unwrap();
    let again = cluster.groups.sync("g", syncing(&second, Vec::new())).await.unwrap();
    assert_eq!(again.assignment, "b");

    let leaving = [
        Leaving { member: &first.member, instance: None },
        Leaving { member: &second.member, instance: None },
        Leaving { member: "ghost", instance: None },
    ];
    let answers = cluster.groups.leave("g", &leaving).unwrap();
    assert_eq!(answers, [Ok(()), Ok(()), Err(GroupError::UnknownMemberId)]);
    assert_eq!(cluster.phase("g"), Some(GroupPhase::Empty));
    assert_eq!(cluster.offset("g"), Some(43));
}

#[tokio::test]
async fn the_clock_ends_sessions_and_lets_the_others_go_on() {
    let cluster = Cluster::start().await;
    let first = cluster.consume("g").await;
    let groups = cluster.groups.clone();
    let second = tokio::spawn(async move { groups.join(joining("g")).await });
    until("a rebalance", || cluster.phase("g") == Some(GroupPhase::PreparingRebalance)).await;
    cluster.hand.advance(Duration::from_secs(10));
    let second = second.await.unwrap().unwrap();
    assert_eq!((second.generation, &second.leader), (2, &second.member));
    assert_eq!(cluster.groups.heartbeat("g", claim(&first)), Err(GroupError::UnknownMemberId));
}

#[tokio::test]
async fn members_that_start_together_are_gathered() {
    let delay = Duration::from_millis(100);
    let cluster = Cluster::start_with(GroupSettings { initial_rebalance_delay: delay, ..settings() }).await;
    let joins: Vec<_> = (0..3)
        .map(|_| {
            let groups = cluster.groups.clone();
            tokio::spawn(async move { groups.join(joining("g")).await })
        })
        .collect();
    let members = || cluster.groups.describe("g").map_or(0, |group| group.members.len());
    until("three members", || members() == 3).await;
    until("a generation", || {
        cluster.hand.advance(delay);
        cluster.phase("g") == Some(GroupPhase::CompletingRebalance)
    })
    .await;
    for join in joins {
        assert_eq!(join.await.unwrap().unwrap().generation, 1);
    }
}

#[tokio::test]
async fn what_a_member_may_not_ask() {
    let cluster = Cluster::start().await;
    let refused = async |joining| cluster.groups.join(joining).await.unwrap_err().error;
    assert_eq!(refused(joining("")).await, GroupError::InvalidGroupId);
    assert_eq!(refused(joining(&"g".repeat(32_768))).await, GroupError::InvalidGroupId);
    for millis in [0, 5_999, 1_800_001] {
        let session_timeout = Duration::from_millis(millis);
        let error = refused(Joining { session_timeout, ..joining("g") }).await;
        assert_eq!(error, GroupError::InvalidSessionTimeout, "{millis}");
    }
    assert_eq!(refused(Joining { member: "m".into(), ..joining("g") }).await, GroupError::UnknownMemberId);
    let ghost = Claim { member: "m", instance: None, generation: 1 };
    let ask = Syncing { claim: ghost, protocol_type: None, protocol: None, assignments: Vec::new() };
    assert_eq!(cluster.groups.sync("g", ask.clone()).await, Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.groups.sync("", ask).await, Err(GroupError::InvalidGroupId));
    assert_eq!(cluster.groups.heartbeat("g", ghost), Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.groups.heartbeat("", ghost), Err(GroupError::InvalidGroupId));
    let leaving = [Leaving { member: "m", instance: None }];
    assert_eq!(cluster.groups.leave("g", &leaving), Ok(vec![Err(GroupError::UnknownMemberId)]));
    assert_eq!(cluster.groups.leave("", &leaving), Err(GroupError::InvalidGroupId));
    assert_eq!(cluster.groups.list(&ListFilter::default()), [], "none of this makes a group");
}

#[tokio::test]
async fn groups_that_nobody_joined_do_not_linger() {
    let cluster = Cluster::start().await;
    let refused = cluster.groups.join(Joining { protocols: Vec::new(), ..joining("wrong") }).await;
    assert_eq!(refused.unwrap_err().error, GroupError::InconsistentGroupProtocol);
    let refused = cluster.groups.join(Joining { id_first: true, ..joining("pending") }).await;
    assert_eq!(refused.unwrap_err().error, GroupError::MemberIdRequired);
    let unknown = vec![Commit { topic: Uuid::from_u128(99), ..commit(0, 1) }];
    cluster.groups.commit(&"nothing".into(), NOBODY, unknown).await;
    let names: Vec<_> =
        cluster.groups.list(&ListFilter::default()).into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["pending".into()]);
    cluster.hand.advance(Duration::from_secs(10));
    until("the pending id expires", || cluster.groups.all().is_empty()).await;
}

#[tokio::test]
async fn a_client_id_of_any_length_makes_a_member_id() {
    let cluster = Cluster::start().await;
    let joined =
        cluster.groups.join(Joining { client_id: "ü".repeat(30_000).into(), ..joining("g") }).await.unwrap();
    assert!(joined.member.len() <= 256 && joined.member.starts_with("üü"));
}

#[tokio::test]
async fn an_assignment_that_is_not_durable_is_not_given_out() {
    let cluster = Cluster::start().await;
    let joined = cluster.groups.join(joining("g")).await.unwrap();
    cluster.disk.set_capacity(Some(cluster.disk.used()));
    let assignments = vec![(joined.member.clone(), "0".into())];
    let refused = cluster.groups.sync("g", syncing(&joined, assignments)).await;
    assert_eq!(refused, Err(GroupError::CoordinatorNotAvailable));
    cluster.disk.set_capacity(None);
    let again = cluster.groups.join(Joining { member: joined.member, ..joining("g") }).await.unwrap();
    assert_eq!(again.generation, 2);
}

#[tokio::test]
async fn a_leader_that_goes_away_has_still_assigned() {
    let cluster = Cluster::start().await;
    let joined = cluster.groups.join(joining("g")).await.unwrap();
    let assignments = vec![(joined.member.clone(), "0".into())];
    let mut leader = Box::pin(cluster.groups.sync("g", syncing(&joined, assignments)));
    assert!(poll_once(leader.as_mut()).is_pending());
    drop(leader);
    until("stability", || cluster.phase("g") == Some(GroupPhase::Stable)).await;
    let synced = cluster.groups.sync("g", syncing(&joined, Vec::new())).await.unwrap();
    assert_eq!(synced.assignment, "0");
}

#[tokio::test]
async fn listing_and_describing() {
    let cluster = Cluster::start().await;
    let joined = cluster.consume("b").await;
    cluster.commit("a", None, 1).await.unwrap();
    let names = |phases: &[&str], kinds: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let filter = ListFilter { phases: owned(phases), kinds: owned(kinds) };
        cluster.groups.list(&filter).iter().map(|group| group.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    for (phases, kinds, expected) in [
        (&[] as &[&str], &[] as &[&str], "a b"),
        (&["stable"], &[], "b"),
        (&["Empty", "Stable"], &["Classic"], "a b"),
        (&["Empty"], &["consumer"], ""),
        (&["nonsense"], &[], ""),
        (&[], &["nonsense"], ""),
    ] {
        assert_eq!(names(phases, kinds), expected, "{phases:?} {kinds:?}");
    }
    let description = cluster.groups.describe("b").unwrap();
    assert_eq!((description.members.len(), &description.members[0].member), (1, &joined.member));
    assert_eq!(description.members[0].assignment, "0");
    assert_eq!(cluster.groups.describe("c"), None);
}

#[tokio::test]
async fn closing_answers_everybody_and_refuses_the_rest() {
    let cluster = Cluster::start().await;
    let first = cluster.consume("g").await;
    let groups = cluster.groups.clone();
    let waiting = tokio::spawn(async move { groups.join(joining("g")).await });
    until("a rebalance", || cluster.phase("g") == Some(GroupPhase::PreparingRebalance)).await;
    cluster.groups.close();
    assert_eq!(waiting.await.unwrap().unwrap_err().error, GroupError::CoordinatorNotAvailable);
    let unavailable = GroupError::CoordinatorNotAvailable;
    assert_eq!(cluster.groups.heartbeat("g", claim(&first)), Err(unavailable));
    assert_eq!(cluster.groups.join(joining("g")).await.unwrap_err().error, unavailable);
    assert_eq!(cluster.groups.join(joining("new")).await.unwrap_err().error, unavailable);
    assert_eq!(cluster.commit("new", None, 1).await, Err(unavailable));
    assert_eq!(cluster.commit("g", None, 1).await, Err(unavailable));
    cluster.store.settled().await.unwrap();
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!(cluster.phase("g"), Some(GroupPhase::Stable), "closing is not leaving");
}

#[tokio::test]
async fn the_timer_task_ends_with_the_coordinator() {
    let cluster = Cluster::start().await;
    cluster.consume("g").await;
    let Cluster { groups, store, .. } = cluster;
    let weak = Arc::downgrade(&groups);
    let deadlines = Arc::downgrade(&groups.deadlines);
    drop(groups);
    until("the end of the coordinator", || weak.upgrade().is_none() && deadlines.upgrade().is_none()).await;
    until("the end of its hold on the store", || Arc::strong_count(&store) == 1).await;
}
