use super::*;

#[test]
fn everybody_has_an_answer_when_the_assignment_is_durable_and_not_before() {
    let mut world = World::new();
    let ids = world.stabilize(vec![joining(""), joining("")]);
    let tickets: Vec<_> = ids.iter().map(|id| world.join(joining(id))).collect();
    assert!(tickets.iter().all(|ticket| !world.waits(*ticket)));
    let follower = world.sync(&ids[1], Vec::new());
    assert!(world.waits(follower));
    let leader = world.sync(&ids[0], vec![(ids[0].clone(), own("x")), ("stranger".into(), own("y"))]);
    assert!(world.waits(leader) && world.waits(follower));
    assert_eq!(world.group.phase(), GroupPhase::CompletingRebalance);
    world.store_all(true);
    assert_eq!(world.synced(leader), Ok(own("x")));
    assert_eq!(world.synced(follower), Ok(Bytes::new()), "the leader left it out");
    let stored = world.stored().unwrap().clone();
    assert_eq!((stored.generation, stored.leader.clone()), (3, Some(ids[0].clone())));
    assert_eq!(stored.members.len(), 2, "a stranger is no member");
    let again = world.sync(&ids[0], vec![(ids[0].clone(), own("z"))]);
    assert_eq!(world.synced(again), Ok(own("x")), "a stable group keeps what it has");
}

#[test]
fn a_leader_that_asks_again_does_not_change_what_is_on_its_way() {
    let mut world = World::new();
    let first = world.join(joining(""));
    let id = world.joined(first).member;
    let early = world.sync(&id, vec![(id.clone(), own("one"))]);
    let late = world.sync(&id, vec![(id.clone(), own("two"))]);
    assert_eq!(world.synced(early), Err(GroupError::RebalanceInProgress));
    assert_eq!(world.storing.len(), 1);
    world.store_all(true);
    assert_eq!(world.synced(late), Ok(own("one")));
}

#[test]
fn refusals() {
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let ask = |claim| Syncing { claim, protocol_type: None, protocol: None, assignments: Vec::new() };
    let member = |generation| claim(&ids[0], generation);
    let fenced = Claim { instance: Some("i"), ..member(2) };
    for (syncing, error) in [
        (ask(claim("ghost", 2)), GroupError::UnknownMemberId),
        (ask(member(1)), GroupError::IllegalGeneration),
        (ask(member(3)), GroupError::IllegalGeneration),
        (ask(fenced), GroupError::FencedInstanceId),
        (Syncing { protocol_type: Some("connect"), ..ask(member(2)) }, GroupError::InconsistentGroupProtocol),
        (Syncing { protocol: Some("sticky"), ..ask(member(2)) }, GroupError::InconsistentGroupProtocol),
    ] {
        let ticket = world.sync_as(syncing.clone());
        assert_eq!(world.synced(ticket), Err(error), "{syncing:?}");
    }
    let right = Syncing { protocol_type: Some("consumer"), protocol: Some("range"), ..ask(member(2)) };
    let ticket = world.sync_as(right);
    assert_eq!(world.synced(ticket), Ok(own(&ids[0])));
    world.join(joining(""));
    let ticket = world.sync(&ids[0], Vec::new());
    assert_eq!(world.synced(ticket), Err(GroupError::RebalanceInProgress));
    world.group.close();
    let ticket = world.sync(&ids[0], Vec::new());
    assert_eq!(world.synced(ticket), Err(GroupError::CoordinatorNotAvailable));
}

#[test]
fn a_rebalance_sends_back_who_waits_for_an_assignment() {
    let mut world = World::new();
    let ids = world.stabilize(vec![joining(""), joining("")]);
    world.rejoin(&ids);
    let waiting = world.sync(&ids[1], Vec::new());
    world.join(joining(""));
    assert_eq!(world.synced(waiting), Err(GroupError::RebalanceInProgress));
}

#[test]
fn an_assignment_that_does_not_become_durable_is_given_to_nobody() {
    let mut world = World::new();
    let first = world.join(joining(""));
    let id = world.joined(first).member;
    let sync = world.sync(&id, vec![(id.clone(), own(&id))]);
    world.store_all(false);
    assert_eq!(world.synced(sync), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(world.group.phase(), GroupPhase::PreparingRebalance);
    let again = world.join(joining(&id));
    assert_eq!(world.joined(again).generation, 2);
}

#[test]
fn an_assignment_of_an_earlier_generation_is_not_given_out_late() {
    let mut world = World::new();
    let first = world.join(joining(""));
    let id = world.joined(first).member;
    world.sync(&id, vec![(id.clone(), own("early"))]);
    let changed = Joining { protocols: protocols(&["range", "new"]), ..joining(&id) };
    world.join(changed);
    assert_eq!((world.group.generation, world.group.phase()), (2, GroupPhase::CompletingRebalance));
    world.store_first(true);
    assert_eq!(world.group.phase(), GroupPhase::CompletingRebalance);
    let sync = world.sync(&id, vec![(id.clone(), own("late"))]);
    world.store_all(true);
    assert_eq!(world.synced(sync), Ok(own("late")));
}

#[test]
fn who_never_asks_is_out_and_a_rebalance_starts() {
    let patient = || Joining { session_timeout: Duration::from_secs(600), ..joining("") };
    let (mut world, ids) = World::stable(vec![patient(), patient()]);
    world.rejoin(&ids);
    let leader = world.sync(&ids[0], Vec::new());
    world.store_all(true);
    assert_eq!(world.synced(leader), Ok(Bytes::new()));
    world.pass(60 * SECOND - 1);
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    world.pass(1);
    assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::RebalanceInProgress));
    assert_eq!(world.heartbeat(&ids[1]), Err(GroupError::UnknownMemberId));
}

#[test]
fn a_leader_that_never_brings_an_assignment_is_out() {
    let patient = |member: &str| Joining { session_timeout: Duration::from_secs(600), ..joining(member) };
    let (mut world, ids) = World::stable(vec![patient(""), patient("")]);
    world.rejoin(&ids);
    let follower = world.sync(&ids[1], Vec::new());
    world.pass(60 * SECOND);
    assert_eq!(world.synced(follower), Err(GroupError::RebalanceInProgress));
    let again = world.join(patient(&ids[1]));
    assert_eq!(world.joined(again).leader, ids[1]);
}

#[test]
fn a_slow_disk_expels_nobody() {
    let mut world = World::new();
    let first = world.join(joining(""));
    let id = world.joined(first).member;
    let sync = world.sync(&id, vec![(id.clone(), own(&id))]);
    world.pass(3_600 * SECOND);
    assert!(world.waits(sync));
    world.store_all(true);
    assert_eq!(world.synced(sync), Ok(own(&id)));
}
