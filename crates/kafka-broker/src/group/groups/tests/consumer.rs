//! Groups of the newer protocol, and going from one protocol to the other.

use super::*;
use crate::meta::Partitions;

pub(super) fn member<'a>(id: &'a str, epoch: i32) -> Heartbeat<'a> {
    Heartbeat {
        member: id,
        epoch,
        instance: None,
        rack: None,
        rebalance_timeout: Some(Duration::from_secs(60)),
        names: Some(vec!["t"]),
        regex: None,
        assignor: None,
        owned: Some(Partitions::new()),
        client_id: "client",
        client_host: "127.0.0.1",
        makes_id: true,
    }
}

pub(super) fn owning(id: &str, epoch: i32, owned: impl IntoIterator<Item = i32>) -> Heartbeat<'_> {
    let owned = owned.into_iter().map(|partition| (TOPIC, partition)).collect();
    Heartbeat { owned: Some(owned), ..member(id, epoch) }
}

impl Cluster {
    pub(super) async fn beat(&self, beat: &Heartbeat<'_>) -> Result<Beat, GroupError> {
        self.groups.consumer_heartbeat(&"g".into(), beat, &|_| true).await
    }

    async fn commit_as(&self, member: &str, generation: i32, offset: i64) -> Result<(), GroupError> {
        let claim = Claim { member, instance: None, generation };
        self.groups.commit(&"g".into(), claim, vec![commit(0, offset)]).await.swap_remove(0)
    }

    fn consumer_phase(&self) -> Option<GroupPhase> {
        self.groups.consumer_describe("g").map(|described| described.phase)
    }
}

pub(super) fn numbers(beat: &Beat) -> Option<Vec<i32>> {
    let topics = beat.assignment.as_ref()?;
    Some(topics.iter().flat_map(|of_topic| of_topic.partitions.clone()).collect())
}

#[tokio::test]
async fn two_members_share_go_on_after_a_restart_and_leave() {
    let cluster = Cluster::start().await;
    assert_eq!(numbers(&cluster.beat(&member("a", 0)).await.unwrap()), Some(vec![0, 1, 2]));
    let second = cluster.beat(&member("b", 0)).await.unwrap();
    assert_eq!((second.epoch, numbers(&second)), (2, Some(vec![])));
    assert_eq!(cluster.beat(&owning("a", 1, 0..3)).await.unwrap().epoch, 1);
    let before = cluster.groups.consumer_describe("g").unwrap();

    let cluster = cluster.restart(Duration::from_secs(5)).await;
    assert_eq!(cluster.groups.consumer_describe("g").unwrap(), before);
    assert_eq!(numbers(&cluster.beat(&member("b", 2)).await.unwrap()), Some(vec![]));
    let first = cluster.beat(&owning("a", 1, [0, 1])).await.unwrap();
    assert_eq!((first.epoch, numbers(&first)), (2, Some(vec![0, 1])));
    assert_eq!(numbers(&cluster.beat(&member("b", 2)).await.unwrap()), Some(vec![2]));

    assert_eq!(cluster.commit_as("a", 2, 7).await, Ok(()));
    assert_eq!(cluster.commit_as("a", 1, 8).await, Err(GroupError::StaleMemberEpoch));
    assert_eq!(cluster.commit_as("c", 2, 8).await, Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.groups.fetch_check("g", Some("a"), 1), Err(GroupError::StaleMemberEpoch));
    assert_eq!(cluster.groups.fetch_check("g", Some("c"), 2), Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.groups.fetch_check("g", Some("a"), 2), Ok(()));
    assert_eq!(cluster.groups.fetch_check("g", None, -1), Ok(()), "an administrator");
    assert_eq!(cluster.groups.delete(&"g".into()).await, Err(GroupError::NonEmptyGroup));
    for id in ["a", "b"] {
        cluster.beat(&member(id, -1)).await.unwrap();
    }
    assert_eq!((cluster.consumer_phase(), cluster.offset("g")), (Some(GroupPhase::Empty), Some(7)));
    assert_eq!(cluster.groups.delete(&"g".into()).await, Ok(()));
    assert_eq!((cluster.consumer_phase(), cluster.offset("g")), (None, None));
}

#[tokio::test]
async fn the_clock_ends_sessions_and_a_restart_knows_of_it() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    cluster.beat(&member("b", 0)).await.unwrap();
    cluster.hand.advance(Duration::from_secs(44));
    cluster.beat(&member("b", 2)).await.unwrap();
    cluster.hand.advance(Duration::from_secs(1));
    until("the end of a session", || cluster.groups.consumer_describe("g").unwrap().members.len() == 1).await;
    assert_eq!(numbers(&cluster.beat(&member("b", 2)).await.unwrap()), Some(vec![0, 1, 2]));
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!(cluster.beat(&member("a", 1)).await, Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.groups.consumer_describe("g").unwrap().epoch, 3);
}

#[tokio::test]
async fn nobody_is_told_what_is_not_durable() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    cluster.disk.set_capacity(Some(cluster.disk.used()));
    let unavailable = Err(GroupError::CoordinatorNotAvailable);
    assert_eq!(cluster.beat(&member("b", 0)).await, unavailable);
    assert_eq!(cluster.beat(&owning("a", 1, 0..3)).await, unavailable, "what b has begun is not durable");
    cluster.disk.set_capacity(None);
    assert_eq!(numbers(&cluster.beat(&owning("a", 1, 0..3)).await.unwrap()), Some(vec![0, 1]));
    assert_eq!(cluster.beat(&member("b", 0)).await.unwrap().epoch, 2);
}

#[tokio::test]
async fn a_group_goes_to_the_other_protocol_only_while_it_is_empty_and_its_epoch_never_goes_back() {
    let cluster = Cluster::start().await;
    let classic = cluster.consume("g").await;
    cluster.commit("g", Some(&classic), 5).await.unwrap();
    assert_eq!(cluster.beat(&member("a", 0)).await, Err(GroupError::NotAConsumerGroup));
    assert_eq!(cluster.beat(&member("a", 1)).await, Err(GroupError::NotAConsumerGroup));
    assert_eq!((cluster.consumer_phase(), cluster.phase("g")), (None, Some(GroupPhase::Stable)));
    let leaving = [Leaving { member: &classic.member, instance: None }];
    cluster.groups.leave("g", &leaving).unwrap().remove(0).unwrap();

    let joined = cluster.beat(&member("a", 0)).await.unwrap();
    assert!(joined.epoch > classic.generation, "{} after {}", joined.epoch, classic.generation);
    assert_eq!((cluster.consumer_phase(), cluster.phase("g")), (Some(GroupPhase::Stable), None));
    assert_eq!(cluster.offset("g"), Some(5));
    let refused = cluster.groups.join(joining("g")).await.unwrap_err().error;
    assert_eq!(refused, GroupError::InconsistentGroupProtocol);
    let unknown = GroupError::UnknownMemberId;
    assert_eq!(
        cluster.groups.join(Joining { member: "m".into(), ..joining("g") }).await.unwrap_err().error,
        unknown
    );
    assert_eq!(cluster.groups.heartbeat("g", claim(&classic)), Err(unknown));
    assert_eq!(cluster.groups.sync("g", syncing(&classic, Vec::new())).await, Err(unknown));
    assert_eq!(cluster.groups.leave("g", &leaving), Ok(vec![Err(unknown)]));
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!(cluster.consumer_phase(), Some(GroupPhase::Stable));
    cluster.beat(&member("a", -1)).await.unwrap();
    let epoch = cluster.groups.consumer_describe("g").unwrap().epoch;

    let classic = cluster.consume("g").await;
    assert!(classic.generation > epoch, "{} after {epoch}", classic.generation);
    assert_eq!((cluster.consumer_phase(), cluster.offset("g")), (None, Some(5)));
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!(cluster.groups.heartbeat("g", claim(&classic)), Ok(()));
}

#[tokio::test]
async fn a_group_that_is_not_durably_empty_does_not_go_to_the_other_protocol() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    cluster.disk.set_capacity(Some(cluster.disk.used()));
    let unavailable = GroupError::CoordinatorNotAvailable;
    assert_eq!(cluster.beat(&member("a", -1)).await, Err(unavailable));
    assert_eq!(cluster.groups.join(joining("g")).await.unwrap_err().error, unavailable);
    cluster.disk.set_capacity(None);
    assert_eq!(cluster.groups.join(joining("g")).await.unwrap().generation, 3);
}

#[tokio::test]
async fn a_classic_join_that_is_refused_does_not_make_offsets_younger() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    assert_eq!(cluster.commit_as("a", 1, 7).await, Ok(()));
    cluster.beat(&member("a", -1)).await.unwrap();
    let refused = cluster.groups.join(Joining { protocols: Vec::new(), ..joining("g") }).await;
    assert_eq!(refused.unwrap_err().error, GroupError::InconsistentGroupProtocol);
    cluster.hand.advance(Duration::from_millis(1));
    cluster.groups.offsets_retention_set(Duration::from_millis(1));
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), None);
}

#[tokio::test]
async fn a_refused_join_makes_no_group_and_leaves_one_as_it_is() {
    let cluster = Cluster::start().await;
    let wrong = Heartbeat { regex: Some("("), ..member("a", 0) };
    assert_eq!(cluster.beat(&wrong).await, Err(GroupError::InvalidRegularExpression));
    assert_eq!(cluster.beat(&member("a", 3)).await, Err(GroupError::UnknownMemberId));
    assert_eq!(
        cluster.groups.consumer_heartbeat(&"".into(), &member("a", 0), &|_| true).await,
        Err(GroupError::InvalidGroupId)
    );
    assert!(cluster.groups.all().is_empty());
    cluster.commit("g", None, 1).await.unwrap();
    assert_eq!(cluster.beat(&wrong).await, Err(GroupError::InvalidRegularExpression));
    assert_eq!(cluster.phase("g"), Some(GroupPhase::Empty), "still classic");
}

#[tokio::test]
async fn lists_tell_the_kind_and_topics_their_groups() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    cluster.commit("classic", None, 1).await.unwrap();
    let names = |kind: &str| {
        let filter = ListFilter { phases: Vec::new(), kinds: vec![kind.to_owned()] };
        cluster.groups.list(&filter).iter().map(|group| group.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((names("Consumer"), names("classic")), (vec!["g".to_owned()], vec!["classic".to_owned()]));
    let topic = cluster.store.topics().of_id(TOPIC).unwrap().clone();
    assert_eq!(cluster.groups.of_topic(&topic), ["classic", "g"]);
    let subscribed = cluster.groups.offsets_delete(&"g".into(), &[(TOPIC, 0)]).await;
    assert_eq!(subscribed, Ok(vec![Err(GroupError::GroupSubscribedToTopic)]));
    assert_eq!(cluster.groups.rebalances("g").len(), 1);
}

#[tokio::test]
async fn an_empty_group_goes_with_its_last_offset() {
    let cluster = Cluster::start().await;
    cluster.beat(&member("a", 0)).await.unwrap();
    assert_eq!(cluster.commit_as("a", 1, 7).await, Ok(()));
    cluster.beat(&member("a", -1)).await.unwrap();
    cluster.groups.offsets_retention_set(Duration::ZERO);
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!((cluster.offset("g"), cluster.store.read(|state| state.groups().count())), (None, 0));
    assert!(cluster.groups.all().is_empty());
}
