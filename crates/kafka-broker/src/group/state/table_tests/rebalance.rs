use super::*;

#[test]
fn the_generation_begins_when_all_members_are_back() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    let new = world.join(joining(""));
    let first = world.join(joining(&ids[0]));
    assert!(world.waits(new) && world.waits(first));
    let second = world.join(joining(&ids[1]));
    for ticket in [new, first, second] {
        assert_eq!(world.joined(ticket).generation, 3);
    }
    let members = world.joined(first).members;
    assert_eq!(members.len(), 3);
    assert!(members.iter().all(|member| member.metadata == subscription(&["t"])));
}

#[test]
fn an_id_given_out_is_waited_for() {
    let (mut world, ids) = World::stable(vec![joining("")]);
    let pending = world.join(id_first(joining("")));
    let pending = world.refused(pending).member;
    let leader = world.join(joining(&ids[0]));
    assert!(world.waits(leader));
    let new = world.join(joining(&pending));
    assert_eq!((world.joined(leader).generation, world.joined(new).generation), (2, 2));
}

#[test]
fn who_does_not_rejoin_in_time_is_out_unless_static() {
    let keep_alive = |member| Joining { session_timeout: Duration::from_secs(600), ..member };
    let (mut world, ids) = World::stable(vec![
        keep_alive(joining("")),
        keep_alive(joining("")),
        keep_alive(static_joining("", "i")),
    ]);
    let new = world.join(joining(""));
    let leader = world.join(joining(&ids[0]));
    world.pass(60 * SECOND - 1);
    assert!(world.waits(leader));
    world.pass(1);
    let members: Vec<_> = world.joined(leader).members.into_iter().map(|member| member.member).collect();
    let new = world.joined(new).member;
    assert!(members.contains(&ids[2]) && members.contains(&new));
    assert_eq!(members.len(), 3);
    assert_eq!(world.heartbeat(&ids[1]), Err(GroupError::UnknownMemberId));
}

#[test]
fn the_longest_rebalance_timeout_counts() {
    let slow = Joining {
        rebalance_timeout: Duration::from_secs(200),
        session_timeout: Duration::from_secs(600),
        ..joining("")
    };
    let (mut world, ids) = World::stable(vec![joining(""), slow]);
    let leader = world.join(joining(&ids[0]));
    world.pass(200 * SECOND - 1);
    assert!(world.waits(leader));
    world.pass(1);
    assert_eq!(world.joined(leader).members.len(), 1);
}

#[test]
fn without_a_leader_the_earliest_of_those_who_are_back_leads() {
    let (mut world, ids) = World::stable(vec![joining(""), joining(""), joining("")]);
    world.leave(&ids[0], None).unwrap();
    let third = world.join(joining(&ids[2]));
    let second = world.join(joining(&ids[1]));
    assert_eq!(world.joined(third).leader, ids[1]);
    assert_eq!(world.joined(second).members.len(), 2);
}

#[test]
fn a_static_leader_that_is_away_does_not_lead() {
    let (mut world, ids) = World::stable(vec![
        Joining { session_timeout: Duration::from_secs(600), ..static_joining("", "i") },
        joining(""),
    ]);
    let changed = Joining { protocols: protocols(&["range", "new"]), ..joining(&ids[1]) };
    let ticket = world.join(changed);
    world.pass(60 * SECOND);
    let joined = world.joined(ticket);
    assert_eq!((&joined.leader, joined.members.len()), (&ids[1], 2));
}

#[test]
fn with_only_absent_static_members_the_group_waits_for_their_sessions() {
    let (mut world, ids) = World::stable(vec![
        Joining {
            session_timeout: Duration::from_secs(600),
            rebalance_timeout: Duration::ZERO,
            ..static_joining("", "i")
        },
        joining(""),
    ]);
    world.leave(&ids[1], None).unwrap();
    world.pass(599 * SECOND);
    assert_eq!(world.group.phase(), GroupPhase::PreparingRebalance);
    assert_eq!(world.group.members.len(), 1);
    world.pass(SECOND);
    assert_eq!(world.group.phase(), GroupPhase::Empty);
}

#[test]
fn an_empty_group_gathers_members_and_each_arrival_extends_it() {
    let delay = Duration::from_secs(3);
    let mut world = World::with(GroupSettings { initial_rebalance_delay: delay, ..settings() });
    let first = world.join(Joining { rebalance_timeout: Duration::from_secs(8), ..joining("") });
    world.pass(2 * SECOND);
    let second = world.join(Joining { rebalance_timeout: Duration::from_secs(8), ..joining("") });
    world.pass(SECOND);
    assert!(world.waits(first), "the second arrival begins another delay");
    let third = world.join(joining(""));
    world.pass(3 * SECOND);
    assert!(world.waits(first), "so does the third");
    let fourth = world.join(joining(""));
    world.pass(2 * SECOND);
    for ticket in [first, second, third, fourth] {
        assert_eq!(world.joined(ticket).generation, 1, "after the rebalance timeout it is enough");
    }
}

#[test]
fn a_lone_member_waits_one_delay() {
    let delay = Duration::from_millis(100);
    let mut world = World::with(GroupSettings { initial_rebalance_delay: delay, ..settings() });
    let ticket = world.join(joining(""));
    world.pass(99);
    assert!(world.waits(ticket));
    world.pass(1);
    assert_eq!(world.joined(ticket).generation, 1);
}

#[test]
fn the_protocol_most_members_like_best_wins() {
    let likes = |names: &[&str]| Joining { protocols: protocols(names), ..joining("") };
    let chosen = |members: Vec<Joining>| {
        let (world, _) = World::stable(members);
        world.group.protocol.clone().unwrap()
    };
    assert_eq!(&*chosen(vec![likes(&["a", "b"]), likes(&["b", "a"]), likes(&["b", "a"])]), "b");
    assert_eq!(&*chosen(vec![likes(&["a", "b", "c"]), likes(&["b", "c"]), likes(&["c", "b"])]), "b");
    // Votes go to candidates only: here c is the one all have.
    assert_eq!(&*chosen(vec![likes(&["a", "c"]), likes(&["a", "c"]), likes(&["b", "c"])]), "c");
    // Among equals the leader decides.
    assert_eq!(&*chosen(vec![likes(&["a", "b"]), likes(&["b", "a"])]), "a");
    assert_eq!(&*chosen(vec![likes(&["b", "a"]), likes(&["a", "b"])]), "b");
}

#[test]
fn a_group_whose_members_are_all_gone_is_empty_in_a_new_generation() {
    let (mut world, _) = World::stable(vec![joining("")]);
    world.pass(10 * SECOND);
    assert_eq!((world.group.phase(), world.group.generation), (GroupPhase::Empty, 2));
    world.store_all(true);
    let stored = world.stored().unwrap().clone();
    assert_eq!((stored.generation, stored.members.len(), &stored.protocol), (2, 0, &None));
    assert_eq!(stored.protocol_type.as_deref(), Some("consumer"));
    let ids = world.stabilize(vec![Joining { protocol_type: "connect".into(), ..joining("") }]);
    assert_eq!((ids.len(), world.group.generation), (1, 3), "an empty group takes any type");
}

#[test]
fn the_last_rebalances_are_remembered_with_their_causes() {
    let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
    // The second came before the first had its assignment: that is one rebalance.
    let [only] = &world.group.rebalances()[..] else { panic!("{:?}", world.group.rebalances()) };
    assert_eq!((only.generation, only.has_members), (2, true));
    assert_eq!(only.cause, RebalanceCause::Joined(ids[0].clone()));

    world.leave(&ids[1], None).unwrap();
    assert_eq!(world.group.rebalances().len(), 1, "the next has not ended");
    world.pass(500);
    world.leave(&ids[0], None).unwrap();
    let newest = world.group.rebalances().remove(0);
    // The first to leave began it, and nobody is left.
    assert_eq!(newest.cause, RebalanceCause::Left(ids[1].clone()));
    assert_eq!((newest.has_members, newest.took), (false, Duration::from_millis(500)));

    for _ in 0..30 {
        let ticket = world.join(joining(""));
        let member = world.joined(ticket).member;
        world.leave(&member, None).unwrap();
    }
    let generations: Vec<_> = world.group.rebalances().iter().map(|one| one.generation).collect();
    assert_eq!(generations.len(), 20);
    assert!(generations.is_sorted_by(|one, next| one > next), "{generations:?}");
}

#[test]
fn who_is_not_heard_of_is_the_cause() {
    let quick = Joining { session_timeout: Duration::from_secs(6), ..joining("") };
    let (mut world, ids) = World::stable(vec![quick]);
    world.pass(6 * SECOND);
    assert_eq!(world.group.rebalances()[0].cause, RebalanceCause::Silent(ids[0].clone()));
}
