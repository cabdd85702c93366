//! Committing, reading, deleting and expiring.

use super::*;

#[tokio::test]
async fn commits_are_kept_as_they_came() {
    let cluster = Cluster::start().await;
    let joined = cluster.consume("g").await;
    let note = "x".repeat(4_096);
    let commits = vec![
        Commit { metadata: Some(note.as_str().into()), ..commit(0, 10) },
        Commit { metadata: Some("x".repeat(4_097).into()), ..commit(1, 11) },
        commit(3, 12),
        commit(-1, 12),
        Commit { topic: Uuid::from_u128(99), ..commit(0, 13) },
        Commit { metadata: Some("".into()), leader_epoch: -1, ..commit(2, 0) },
    ];
    let answers = cluster.groups.commit(&"g".into(), claim(&joined), commits).await;
    let unknown = Err(GroupError::UnknownTopicOrPartition);
    assert_eq!(answers, [Ok(()), Err(GroupError::OffsetMetadataTooLarge), unknown, unknown, unknown, Ok(())]);
    let mut all = cluster.groups.fetch("g", None);
    all.sort_by_key(|fetched| fetched.partition);
    let found: Vec<_> = all
        .into_iter()
        .map(|fetched| {
            let offset = fetched.offset.unwrap();
            (fetched.partition, offset.offset, offset.leader_epoch, offset.metadata)
        })
        .collect();
    assert_eq!(found, [(0, 10, 4, Some(note.as_str().into())), (2, 0, -1, None)]);
    let named = cluster.groups.fetch("g", Some(&[(TOPIC, 2), (TOPIC, 1)]));
    assert_eq!(named.iter().map(|fetched| fetched.offset.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(cluster.groups.fetch("absent", None), []);
}

#[tokio::test]
async fn who_may_commit() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.commit("simple", None, 1).await, Ok(()), "makes a group");
    assert_eq!(cluster.phase("simple"), Some(GroupPhase::Empty));
    let ghost = Claim { member: "m", instance: None, generation: 3 };
    let commits = |offset| vec![commit(0, offset)];
    let answers = cluster.groups.commit(&"absent".into(), ghost, commits(1)).await;
    assert_eq!(answers, [Err(GroupError::IllegalGeneration)]);
    let answers = cluster.groups.commit(&"g".repeat(40_000).into(), NOBODY, commits(1)).await;
    assert_eq!(answers, [Err(GroupError::InvalidGroupId)]);
    let joined = cluster.consume("g").await;
    let stale = Claim { generation: 0, ..claim(&joined) };
    let answers = cluster.groups.commit(&"g".into(), stale, commits(1)).await;
    assert_eq!(answers, [Err(GroupError::IllegalGeneration)]);
    assert_eq!(cluster.commit("g", None, 1).await, Err(GroupError::UnknownMemberId));
    assert_eq!(cluster.offset("g"), None);
}

#[tokio::test]
async fn a_commit_that_is_not_durable_is_not_acknowledged_and_not_shown() {
    let cluster = Cluster::start().await;
    let joined = cluster.consume("g").await;
    cluster.commit("g", Some(&joined), 1).await.unwrap();
    cluster.store.settled().await.unwrap();
    cluster.disk.set_capacity(Some(cluster.disk.used()));
    assert_eq!(cluster.commit("g", Some(&joined), 2).await, Err(GroupError::CoordinatorNotAvailable));
    cluster.disk.set_capacity(None);
    cluster.commit("g", Some(&joined), 3).await.unwrap();
    let fault = Fault::Error(ErrorKind::Other);
    cluster.disk.plan(Plan { call: 2, moment: Moment::Before, effect: fault });
    assert_eq!(cluster.commit("g", Some(&joined), 4).await, Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(cluster.commit("g", Some(&joined), 5).await, Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(cluster.offset("g"), Some(3));
    assert_eq!(cluster.groups.heartbeat("g", claim(&joined)), Ok(()), "the members stay together");
}

#[tokio::test]
async fn deleting_a_topic_takes_its_offsets_along() {
    let cluster = Cluster::start().await;
    cluster.commit("g", None, 5).await.unwrap();
    cluster.store.topic_delete(TopicRef::Id(TOPIC)).await.unwrap();
    assert_eq!((cluster.offset("g"), cluster.groups.fetch("g", None)), (None, Vec::new()));
    assert_eq!(cluster.commit("g", None, 6).await, Err(GroupError::UnknownTopicOrPartition));
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!(cluster.offset("g"), None, "the topic of that name is another one now");
}

#[tokio::test]
async fn deleting_groups() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.groups.delete(&"g".into()).await, Err(GroupError::GroupIdNotFound));
    let joined = cluster.consume("g").await;
    cluster.commit("g", Some(&joined), 5).await.unwrap();
    assert_eq!(cluster.groups.delete(&"g".into()).await, Err(GroupError::NonEmptyGroup));
    cluster
        .groups
        .leave("g", &[Leaving { member: &joined.member, instance: None }])
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(cluster.groups.delete(&"g".into()).await, Ok(()));
    assert_eq!((cluster.phase("g"), cluster.offset("g")), (None, None));
    assert_eq!(cluster.groups.delete(&"g".into()).await, Err(GroupError::GroupIdNotFound));
    let cluster = cluster.restart(Duration::ZERO).await;
    assert_eq!((cluster.phase("g"), cluster.offset("g")), (None, None));
    assert_eq!(cluster.consume("g").await.generation, 1);
}

#[tokio::test]
async fn a_commit_and_a_deletion_at_once_agree_with_the_journal() {
    let mut cluster = Cluster::start().await;
    for round in 0..20 {
        cluster.commit("g", None, round).await.unwrap();
        let group = "g".into();
        let (committed, deleted) =
            tokio::join!(cluster.commit("g", None, 100 + round), cluster.groups.delete(&group));
        assert_eq!((committed, deleted), (Ok(()), Ok(())));
        let shown = cluster.offset("g");
        assert!(shown.is_none() || shown == Some(100 + round), "{shown:?}");
        let listed = cluster.phase("g").is_some();
        assert_eq!(listed, shown.is_some());
        cluster = cluster.restart(Duration::ZERO).await;
        assert_eq!(cluster.offset("g"), shown);
    }
}

#[tokio::test]
async fn deleting_single_offsets() {
    let cluster = Cluster::start().await;
    let group: Arc<str> = "g".into();
    let delete = |partitions: &'static [i32]| {
        let (groups, group) = (cluster.groups.clone(), group.clone());
        async move {
            let partitions: Vec<_> = partitions.iter().map(|partition| (TOPIC, *partition)).collect();
            groups.offsets_delete(&group, &partitions).await
        }
    };
    assert_eq!(delete(&[0]).await, Err(GroupError::GroupIdNotFound));
    cluster.commit("g", None, 5).await.unwrap();
    let unknown = Err(GroupError::UnknownTopicOrPartition);
    assert_eq!(delete(&[1, 0, 9]).await, Ok(vec![Ok(()), Ok(()), unknown]));
    assert_eq!(cluster.offset("g"), None);
    let joined = cluster.consume("g").await;
    cluster.commit("g", Some(&joined), 6).await.unwrap();
    assert_eq!(delete(&[0]).await, Ok(vec![Err(GroupError::GroupSubscribedToTopic)]));
    assert_eq!(cluster.offset("g"), Some(6));
}

#[tokio::test]
async fn offsets_expire_after_their_groups_last_use_and_nothing_is_left() {
    let cluster = Cluster::start().await;
    cluster.commit("simple", None, 1).await.unwrap();
    let joined = cluster.consume("used").await;
    cluster.commit("used", Some(&joined), 2).await.unwrap();
    cluster
        .groups
        .leave("used", &[Leaving { member: &joined.member, instance: None }])
        .unwrap()
        .remove(0)
        .unwrap();
    // Its last use is when the record of its end is durable, which takes real time; the clock must not move before.
    let is_vacant = |group: &Arc<Group>| group.live.lock().state.is_vacant();
    until("nobody in a group", || cluster.groups.all().iter().all(is_vacant)).await;
    cluster.store.settled().await.unwrap();
    // In steps, as the clock of a machine moves; a jump would not be believed.
    let check = settings().offsets_retention_check;
    let pass = async |span: Duration| {
        let mut passed = Duration::ZERO;
        while passed < span {
            cluster.hand.advance(check);
            passed += check;
            tokio::task::yield_now().await;
        }
    };
    pass(6 * DAY + 23 * HOUR).await;
    assert_eq!((cluster.offset("simple"), cluster.offset("used")), (Some(1), Some(2)));
    pass(HOUR).await;
    until("expiry", || cluster.offset("simple").is_none() && cluster.offset("used").is_none()).await;
    until("no groups", || cluster.groups.all().is_empty()).await;
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.store.read(|state| state.groups().count()), 0);
}

#[tokio::test]
async fn a_clock_that_was_set_expires_nothing_at_first() {
    let cluster = Cluster::start().await;
    cluster.commit("g", None, 1).await.unwrap();
    let cluster = cluster.restart(40 * DAY).await;
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), Some(1));
    cluster.hand.advance(HOUR);
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), None);
}

#[tokio::test]
async fn a_commit_under_way_does_not_expire() {
    let cluster =
        Cluster::start_with(GroupSettings { offsets_retention: Duration::ZERO, ..settings() }).await;
    cluster.commit("g", None, 1).await.unwrap();
    let group = "g".into();
    let mut under_way = Box::pin(cluster.groups.commit(&group, NOBODY, vec![commit(0, 2)]));
    assert!(poll_once(under_way.as_mut()).is_pending());
    cluster.groups.offsets_expire();
    assert_eq!(under_way.await, [Ok(())]);
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), Some(2));
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), None, "now it is simply old");
}

#[tokio::test]
async fn a_shorter_retention_counts_from_the_next_round_on() {
    let cluster = Cluster::start().await;
    cluster.commit("g", None, 1).await.unwrap();
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), Some(1));
    cluster.groups.offsets_retention_set(Duration::ZERO);
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!(cluster.offset("g"), None);
}

#[tokio::test]
async fn a_group_whose_last_record_is_under_way_is_not_taken_for_unknown() {
    let cluster = Cluster::start().await;
    let joined = cluster.groups.join(joining("g")).await.unwrap();
    cluster
        .groups
        .leave("g", &[Leaving { member: &joined.member, instance: None }])
        .unwrap()
        .remove(0)
        .unwrap();
    // The record of the empty group was appended just now, and is the first of its name.
    cluster.groups.offsets_expire();
    assert_eq!(cluster.phase("g"), Some(GroupPhase::Empty));
    cluster.store.settled().await.unwrap();
    cluster.groups.offsets_expire();
    cluster.store.settled().await.unwrap();
    assert_eq!((cluster.phase("g"), cluster.store.read(|state| state.groups().count())), (None, 0));
}

#[tokio::test]
async fn many_groups_at_once() {
    let cluster = Cluster::start().await;
    let tasks: Vec<_> = (0..300)
        .map(|at| {
            let groups = cluster.groups.clone();
            tokio::spawn(async move {
                let name: Arc<str> = format!("g{at}").into();
                let joined = groups.join(joining(&name)).await.unwrap();
                groups.sync(&name, syncing(&joined, Vec::new())).await.unwrap();
                for offset in 0..10 {
                    let answers = groups.commit(&name, claim(&joined), vec![commit(0, offset)]).await;
                    assert_eq!(answers, [Ok(())]);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!((0..300).all(|at| cluster.offset(&format!("g{at}")) == Some(9)));
}
