use super::*;

#[test]
fn members_go_on_where_they_were() {
    let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
    world.restart();
    assert_eq!((world.group.phase(), world.group.generation), (GroupPhase::Stable, 2));
    assert_eq!(world.group.leader, Some(ids[0].clone()));
    assert!(world.group.reads("t") && !world.group.reads("other"));
    assert_eq!(world.heartbeat(&ids[1]), Ok(()));
    let sync = world.sync(&ids[1], Vec::new());
    assert_eq!(world.synced(sync), Ok(own(&ids[1])));
    let follower = world.join(joining(&ids[1]));
    assert_eq!(world.joined(follower).generation, 2);
    let back = world.join(static_joining("", "i"));
    world.store_all(true);
    assert_eq!(world.joined(back).generation, 2);
    assert_eq!(world.stored().unwrap().clone().members.len(), 2);
}

#[test]
fn the_leader_stays_the_leader() {
    let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
    let back = world.join(static_joining("", "i"));
    world.store_all(true);
    let leader = world.joined(back).member;
    assert!(leader > ids[1], "it is not the first by name");
    world.restart();
    assert_eq!(world.group.leader, Some(leader));
}

#[test]
fn members_have_a_whole_session_to_be_heard_of() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    world.pass(9 * SECOND);
    world.restart();
    world.pass(9 * SECOND);
    world.heartbeat(&ids[0]).unwrap();
    world.pass(SECOND);
    assert_eq!(world.group.members.len(), 1);
    assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::RebalanceInProgress));
}

#[test]
fn an_empty_group_keeps_its_generation_and_since_when_it_is_empty() {
    let (mut world, ids) = World::stable(vec![joining("")]);
    world.leave(&ids[0], None).unwrap();
    world.store_all(true);
    let since = world.group.since_ms;
    world.pass(9 * SECOND);
    world.restart();
    assert_eq!((world.group.phase(), world.group.since_ms), (GroupPhase::Empty, since));
    assert!(!world.group.is_unstarted());
    world.stabilize(vec![joining("")]);
    assert_eq!(world.group.generation, 3);
}
