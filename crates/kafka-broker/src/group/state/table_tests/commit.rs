use super::*;

#[test]
fn who_may_commit_in_an_empty_group() {
    let mut world = World::new();
    let mut check = |claim| world.group.commit_check(claim, now(0));
    assert_eq!(check(claim("", -1)), Ok(()));
    assert_eq!(check(claim("m", -1)), Ok(()));
    assert_eq!(check(claim("m", 0)), Err(GroupError::UnknownMemberId));
    assert_eq!(check(claim("", 0)), Err(GroupError::UnknownMemberId));
}

#[test]
fn only_members_of_the_current_generation_may_commit_in_a_group_with_members() {
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let mut check = |claim| world.group.commit_check(claim, now(0));
    assert_eq!(check(claim(&ids[0], 2)), Ok(()));
    assert_eq!(check(Claim { instance: Some("i"), ..claim(&ids[1], 2) }), Ok(()));
    assert_eq!(check(claim(&ids[0], 1)), Err(GroupError::IllegalGeneration));
    assert_eq!(check(claim(&ids[0], 3)), Err(GroupError::IllegalGeneration));
    assert_eq!(check(claim("ghost", 2)), Err(GroupError::UnknownMemberId));
    assert_eq!(check(claim("", -1)), Err(GroupError::UnknownMemberId));
    assert_eq!(check(Claim { instance: Some("i"), ..claim(&ids[0], 2) }), Err(GroupError::FencedInstanceId));
}

#[test]
fn a_rebalance_lets_members_bring_in_what_they_did_but_not_more() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    world.join(joining(&ids[0]));
    assert_eq!(world.group.commit_check(claim(&ids[1], 2), now(0)), Ok(()), "preparing");
    world.join(joining(&ids[1]));
    assert_eq!(world.group.commit_check(claim(&ids[1], 2), now(0)), Err(GroupError::IllegalGeneration));
    assert_eq!(
        world.group.commit_check(claim(&ids[1], 3), now(0)),
        Err(GroupError::RebalanceInProgress),
        "completing"
    );
    world.group.close();
    assert_eq!(world.group.commit_check(claim("", -1), now(0)), Err(GroupError::CoordinatorNotAvailable));
}

#[test]
fn commits_in_a_transaction_count_for_members_that_are_current_and_for_who_says_nothing() {
    let mut empty = World::new();
    assert_eq!(empty.group.transactional_commit_check(claim("", -1), now(0)), Ok(()));
    assert_eq!(
        empty.group.transactional_commit_check(claim("m", 0), now(0)),
        Err(GroupError::UnknownMemberId)
    );
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let mut check = |claim| world.group.transactional_commit_check(claim, now(0));
    assert_eq!(check(claim(&ids[0], 2)), Ok(()));
    assert_eq!(check(claim("", -1)), Ok(()), "an older producer does not say for whom");
    assert_eq!(check(claim(&ids[0], 1)), Err(GroupError::IllegalGeneration));
    assert_eq!(check(claim("ghost", 2)), Err(GroupError::UnknownMemberId));
    assert_eq!(check(Claim { instance: Some("i"), ..claim(&ids[0], 2) }), Err(GroupError::FencedInstanceId));
    world.group.close();
    let closed = world.group.transactional_commit_check(claim("", -1), now(0));
    assert_eq!(closed, Err(GroupError::CoordinatorNotAvailable));
}
