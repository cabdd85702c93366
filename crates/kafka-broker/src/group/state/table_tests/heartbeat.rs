use super::*;

#[test]
fn answers_by_phase() {
    let mut world = World::new();
    assert_eq!(world.heartbeat("m"), Err(GroupError::UnknownMemberId), "empty");
    let ids = world.stabilize(vec![joining(""), joining("")]);
    assert_eq!(world.heartbeat(&ids[0]), Ok(()));
    world.join(joining(&ids[0]));
    assert_eq!(world.heartbeat(&ids[1]), Err(GroupError::RebalanceInProgress));
    world.join(joining(&ids[1]));
    assert_eq!(world.group.phase(), GroupPhase::CompletingRebalance);
    assert_eq!(world.heartbeat(&ids[1]), Ok(()));
    world.group.close();
    assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::CoordinatorNotAvailable));
}

#[test]
fn refusals() {
    let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
    for (claim, error) in [
        (claim("ghost", 2), GroupError::UnknownMemberId),
        (claim(&ids[0], 1), GroupError::IllegalGeneration),
        (Claim { instance: Some("i"), ..claim(&ids[1], 2) }, GroupError::FencedInstanceId),
        (Claim { instance: Some("j"), ..claim(&ids[1], 2) }, GroupError::UnknownMemberId),
    ] {
        assert_eq!(world.group.heartbeat(claim, world.now()), Err(error), "{claim:?}");
    }
}

#[test]
fn silence_for_a_session_expels_and_any_sign_of_life_prevents_it() {
    let (mut world, ids) = World::stable(vec![joining(""), joining(""), joining("")]);
    for _ in 0..5 {
        world.pass(6 * SECOND);
        world.heartbeat(&ids[0]).unwrap();
        world.group.commit_check(claim(&ids[1], 2), world.now()).unwrap();
        world.join(joining(&ids[2]));
    }
    assert_eq!(world.group.members.len(), 3);
    world.pass(6 * SECOND);
    world.heartbeat(&ids[0]).unwrap();
    world.pass(4 * SECOND);
    assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::RebalanceInProgress));
    assert_eq!(world.heartbeat(&ids[1]), Err(GroupError::UnknownMemberId));
    assert_eq!(world.heartbeat(&ids[2]), Err(GroupError::UnknownMemberId));
}

#[test]
fn a_member_whose_request_waits_is_not_silent() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let waiting = world.join(joining(&ids[0]));
    for _ in 0..5 {
        world.pass(9 * SECOND);
        assert_eq!(world.heartbeat(&ids[1]), Err(GroupError::RebalanceInProgress));
    }
    assert!(world.waits(waiting), "45 s are more than its session");
    let other = world.join(joining(&ids[1]));
    assert_eq!(world.joined(waiting).generation, 3);
    let sync = world.sync(&ids[1], Vec::new());
    world.pass(9 * SECOND);
    world.heartbeat(&ids[0]).unwrap();
    world.pass(9 * SECOND);
    assert!(world.waits(sync) && !world.waits(other));
    assert_eq!(world.group.members.len(), 2);
}
