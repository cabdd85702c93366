use super::*;

#[test]
fn a_member_that_says_an_id_must_be_known() {
    let mut world = World::new();
    let ticket = world.join(joining("ghost"));
    assert_eq!(
        world.refused(ticket),
        JoinRefused { error: GroupError::UnknownMemberId, member: "ghost".into() }
    );
    let (mut world, _) = World::stable(vec![joining("")]);
    let ticket = world.join(joining("ghost"));
    assert_eq!(world.refused(ticket).error, GroupError::UnknownMemberId);
    let ticket = world.join(static_joining("ghost", "i"));
    assert_eq!(world.refused(ticket).error, GroupError::UnknownMemberId);
}

#[test]
fn a_dynamic_member_is_given_an_id_first_and_joins_with_it() {
    let mut world = World::new();
    let ticket = world.join(id_first(joining("")));
    let refused = world.refused(ticket);
    assert_eq!(refused.error, GroupError::MemberIdRequired);
    assert_eq!(world.group.phase(), GroupPhase::Empty);
    let ticket = world.join(id_first(joining(&refused.member)));
    assert_eq!(world.joined(ticket).member, refused.member);
    assert!(world.group.pending.is_empty());
}

#[test]
fn an_id_that_is_not_used_is_forgotten_after_the_session_timeout() {
    let mut world = World::new();
    let ticket = world.join(id_first(joining("")));
    let id = world.refused(ticket).member;
    world.pass(10 * SECOND);
    let ticket = world.join(joining(&id));
    assert_eq!(world.refused(ticket).error, GroupError::UnknownMemberId);
    assert!(world.group.is_vacant());
}

#[test]
fn older_and_static_members_join_at_once() {
    for joining in [joining(""), id_first(static_joining("", "i"))] {
        let mut world = World::new();
        let ticket = world.join(joining);
        let joined = world.joined(ticket);
        assert_eq!((joined.generation, &joined.leader), (1, &joined.member));
    }
}

#[test]
fn a_full_group_refuses_new_members_but_keeps_its_own() {
    let mut world = World::with(GroupSettings { size_max: 2, ..settings() });
    let ids = world.stabilize(vec![joining(""), static_joining("", "i")]);
    for new in [joining(""), id_first(joining("")), static_joining("", "other")] {
        let ticket = world.join(new);
        assert_eq!(world.refused(ticket).error, GroupError::GroupMaxSizeReached);
    }
    assert_eq!(world.group.members.len(), 2);
    let follower = world.join(static_joining(&ids[1], "i"));
    assert_eq!(world.joined(follower).generation, 2);
    let back = world.join(static_joining("", "i"));
    world.store_all(true);
    assert_eq!(world.joined(back).generation, 2);
}

#[test]
fn ids_that_were_given_out_count_for_the_size() {
    let mut world = World::with(GroupSettings { size_max: 2, ..settings() });
    for expected in
        [GroupError::MemberIdRequired, GroupError::MemberIdRequired, GroupError::GroupMaxSizeReached]
    {
        let ticket = world.join(id_first(joining("")));
        assert_eq!(world.refused(ticket).error, expected);
    }
}

#[test]
fn the_last_to_rejoin_a_group_that_became_too_large_is_out() {
    let (mut world, ids) = World::stable(vec![joining(""), joining(""), joining("")]);
    world.group.settings = Arc::new(GroupSettings { size_max: 2, ..settings() });
    let tickets: Vec<_> = ids.iter().map(|id| world.join(joining(id))).collect();
    assert_eq!(world.joined(tickets[0]).members.len(), 2);
    assert_eq!(world.refused(tickets[2]).error, GroupError::GroupMaxSizeReached);
}

#[test]
fn type_and_protocols_must_fit() {
    let wrong_type = Joining { protocol_type: "connect".into(), ..joining("") };
    let no_common = Joining { protocols: protocols(&["sticky"]), ..joining("") };
    let none = Joining { protocols: Vec::new(), ..joining("") };
    let no_type = Joining { protocol_type: "".into(), ..joining("") };
    let (mut world, _) = World::stable(vec![joining("")]);
    for joining in [wrong_type, no_common, none.clone(), no_type.clone()] {
        let ticket = world.join(joining.clone());
        assert_eq!(world.refused(ticket).error, GroupError::InconsistentGroupProtocol, "{joining:?}");
    }
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    for joining in [none, no_type] {
        let mut world = World::new();
        let ticket = world.join(joining);
        assert_eq!(world.refused(ticket).error, GroupError::InconsistentGroupProtocol);
    }
}

#[test]
fn a_static_id_belongs_to_one_member_id() {
    let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
    let ticket = world.join(static_joining(&ids[1], "i"));
    assert_eq!(world.refused(ticket).error, GroupError::FencedInstanceId);
    assert_eq!(world.group.phase(), GroupPhase::Stable);
}

#[test]
fn a_static_follower_that_comes_back_is_replaced_without_a_rebalance() {
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let ticket = world.join(static_joining("", "i"));
    assert!(world.waits(ticket), "not before the new id is durable");
    world.store_all(true);
    let joined = world.joined(ticket);
    assert_ne!(joined.member, ids[1]);
    assert_eq!((joined.generation, &joined.leader), (2, &ids[0]));
    assert_eq!((joined.skip_assignment, joined.members), (false, Vec::new()));
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    let sync = world.sync(&joined.member, Vec::new());
    assert_eq!(world.synced(sync), Ok(own(&ids[1])), "it has the place of the old one");
    let stored = world.stored().unwrap().clone();
    assert!(
        stored.members.iter().any(|member| member.id == joined.member && member.assignment == own(&ids[1]))
    );
    // Whoever still has the old id is told.
    let fenced = Claim { member: &ids[1], instance: Some("i"), generation: 2 };
    assert_eq!(world.group.heartbeat(fenced, world.now()), Err(GroupError::FencedInstanceId));
}

#[test]
fn a_static_leader_that_comes_back_need_not_assign() {
    for skips_assignment in [true, false] {
        let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
        let ticket = world.join(Joining { skips_assignment, ..static_joining("", "i") });
        world.store_all(true);
        let joined = world.joined(ticket);
        if skips_assignment {
            assert_eq!((joined.skip_assignment, &joined.leader), (true, &joined.member));
            assert_eq!(joined.members.len(), 2);
        } else {
            assert_eq!((joined.skip_assignment, &joined.leader), (false, &ids[0]), "the id from before");
            assert_eq!(joined.members, []);
        }
        assert_eq!(world.group.leader, Some(joined.member));
    }
}

#[test]
fn a_static_member_that_changes_the_chosen_protocol_starts_a_rebalance() {
    let both = |member| Joining { protocols: protocols(&["range", "sticky"]), ..member };
    let (mut world, ids) = World::stable(vec![both(static_joining("", "i"))]);
    let ticket = world.join(Joining { protocols: protocols(&["sticky"]), ..static_joining("", "i") });
    let joined = world.joined(ticket);
    assert_eq!((joined.generation, joined.protocol.as_deref()), (2, Some("sticky")));
    assert_ne!(joined.member, ids[0]);
}

#[test]
fn a_static_member_that_comes_back_into_an_assignment_starts_a_rebalance() {
    let mut world = World::new();
    let first = world.join(static_joining("", "i"));
    let old = world.joined(first).member;
    let sync = world.sync(&old, vec![(old.clone(), own(&old))]);
    let ticket = world.join(static_joining("", "i"));
    assert_eq!(world.synced(sync), Err(GroupError::FencedInstanceId));
    assert_eq!(world.joined(ticket).generation, 2);
    world.store_all(true);
    assert_eq!(world.group.phase(), GroupPhase::CompletingRebalance, "the old assignment does not count");
}

#[test]
fn a_return_that_a_rebalance_overtakes_waits_for_the_next_generation() {
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let back = world.join(static_joining("", "i"));
    let new = world.join(joining(""));
    world.store_all(true);
    assert!(world.waits(back));
    world.rejoin(&ids[..1]);
    assert_eq!((world.joined(back).generation, world.joined(new).generation), (3, 3));
}

#[test]
fn a_static_member_may_come_back_with_another_subscription() {
    let (mut world, _) = World::stable(vec![joining(""), static_joining("", "i")]);
    let range = Protocol { name: "range".into(), metadata: subscription(&["other"]) };
    world.join(Joining { protocols: vec![range], ..static_joining("", "i") });
    world.store_all(true);
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    assert!(world.group.reads("other"));
}

#[test]
fn a_return_that_does_not_become_durable_is_refused() {
    let (mut world, _) = World::stable(vec![static_joining("", "i")]);
    let ticket = world.join(static_joining("", "i"));
    world.store_all(false);
    assert_eq!(world.refused(ticket).error, GroupError::CoordinatorNotAvailable);
    let again = world.join(static_joining("", "i"));
    world.store_all(true);
    assert_eq!(world.joined(again).generation, 1);
}

#[test]
fn while_preparing_joins_are_parked_and_the_newest_one_counts() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let leader = world.join(joining(&ids[0]));
    assert_eq!(world.group.phase(), GroupPhase::PreparingRebalance);
    let again = world.join(joining(&ids[0]));
    assert_eq!(world.refused(leader).error, GroupError::RebalanceInProgress);
    assert!(world.waits(again));
    let follower = world.join(joining(&ids[1]));
    assert_eq!(world.joined(again).generation, 3);
    assert_eq!(world.joined(again).members.len(), 2);
    assert_eq!((world.joined(follower).generation, world.joined(follower).members), (3, Vec::new()));
}

#[test]
fn while_completing_a_lost_answer_is_given_again() {
    let mut world = World::new();
    let first = world.join(joining(""));
    let joined = world.joined(first);
    let again = world.join(joining(&joined.member));
    assert_eq!(world.joined(again), joined);
    let changed = Joining { protocols: protocols(&["range", "new"]), ..joining(&joined.member) };
    let changed = world.join(changed);
    assert_eq!(world.joined(changed).generation, 2);
}

#[test]
fn while_stable_a_follower_without_news_hears_the_current_generation() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let same = world.join(joining(&ids[1]));
    let joined = world.joined(same);
    assert_eq!((joined.generation, &joined.leader, joined.members), (2, &ids[0], Vec::new()));
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    let other = world.join(Joining { protocols: protocols(&["range", "new"]), ..joining(&ids[1]) });
    assert!(world.waits(other));
    assert_eq!(world.group.phase(), GroupPhase::PreparingRebalance);
}

#[test]
fn while_stable_a_leader_that_joins_starts_a_rebalance() {
    let (mut world, ids) = World::stable(vec![joining("")]);
    let ticket = world.join(joining(&ids[0]));
    assert_eq!(world.joined(ticket).generation, 2);
}

#[test]
fn an_empty_group_knows_no_member_ids() {
    let (mut world, ids) = World::stable(vec![joining("")]);
    world.leave(&ids[0], None).unwrap();
    assert_eq!(world.group.phase(), GroupPhase::Empty);
    let ticket = world.join(joining(&ids[0]));
    assert_eq!(world.refused(ticket).error, GroupError::UnknownMemberId);
}

#[test]
fn a_group_that_ends_is_not_available() {
    let mut world = World::new();
    world.group.close();
    let ticket = world.join(joining(""));
    assert_eq!(world.refused(ticket).error, GroupError::CoordinatorNotAvailable);
}

#[test]
fn a_first_join_is_not_waited_for_for_ever() {
    let (mut world, ids) =
        World::stable(vec![Joining { rebalance_timeout: Duration::from_secs(3_600), ..joining("") }]);
    let ticket = world.join(joining(""));
    for _ in 0..60 {
        world.pass(5 * SECOND);
        assert_eq!(world.heartbeat(&ids[0]), Err(GroupError::RebalanceInProgress));
    }
    assert_eq!(world.refused(ticket).error, GroupError::UnknownMemberId);
}
