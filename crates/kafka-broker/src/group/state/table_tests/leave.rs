use super::*;

#[test]
fn a_member_that_leaves_starts_a_rebalance() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    assert_eq!(world.leave("ghost", None), Err(GroupError::UnknownMemberId));
    assert_eq!(world.leave(&ids[1], None), Ok(()));
    assert_eq!(world.leave(&ids[1], None), Err(GroupError::UnknownMemberId));
    assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::RebalanceInProgress));
}

#[test]
fn while_preparing_a_leave_may_be_what_the_others_waited_for() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let leader = world.join(joining(&ids[0]));
    world.leave(&ids[1], None).unwrap();
    assert_eq!(world.joined(leader).generation, 3);
}

#[test]
fn an_id_given_out_can_leave_and_is_not_waited_for() {
    let (mut world, ids) = World::stable(vec![joining("")]);
    let pending = world.join(id_first(joining("")));
    let pending = world.refused(pending).member;
    let leader = world.join(joining(&ids[0]));
    assert_eq!(world.leave(&pending, None), Ok(()));
    assert_eq!(world.joined(leader).generation, 2);
}

#[test]
fn an_administrator_names_the_instance() {
    let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
    assert_eq!(world.leave("", Some("other")), Err(GroupError::UnknownMemberId));
    assert_eq!(world.leave("", None), Err(GroupError::UnknownMemberId));
    assert_eq!(world.leave(&ids[1], Some("i")), Err(GroupError::FencedInstanceId));
    assert_eq!(world.leave("", Some("i")), Ok(()));
    assert!(world.group.statics.is_empty());
    assert_eq!(world.group.leader, Some(ids[1].clone()));
}

#[test]
fn a_request_that_waits_is_answered_when_its_member_leaves() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let waiting = world.join(joining(&ids[0]));
    world.leave(&ids[0], None).unwrap();
    assert_eq!(world.refused(waiting).error, GroupError::UnknownMemberId);
}

#[test]
fn a_batch_answers_each_and_rebalances_once() {
    let (mut world, ids) = World::stable(vec![joining(""), joining(""), static_joining("", "i")]);
    let batch = [
        Leaving { member: &ids[0], instance: None },
        Leaving { member: "ghost", instance: None },
        Leaving { member: "", instance: Some("i") },
        Leaving { member: &ids[1], instance: None },
    ];
    let answers = world.group.leave(&batch, world.now()).unwrap();
    assert_eq!(answers, [Ok(()), Err(GroupError::UnknownMemberId), Ok(()), Ok(())]);
    assert_eq!((world.group.phase(), world.group.generation), (GroupPhase::Empty, 3));
    world.group.close();
    assert_eq!(world.group.leave(&batch, world.now()), Err(GroupError::CoordinatorNotAvailable));
}
