//! One test for each row of the rules that clients rely on.

use super::super::request::{Joining, Leaving, Protocol, Syncing};
use super::super::subscription::subscription;
use super::world::*;
use super::*;

const SECOND: u64 = 1_000;

fn id_first(joining: Joining) -> Joining {
    Joining { id_first: true, ..joining }
}

mod join {
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
            stored
                .members
                .iter()
                .any(|member| member.id == joined.member && member.assignment == own(&ids[1]))
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
}

mod rebalance {
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
}

mod sync {
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
            (
                Syncing { protocol_type: Some("connect"), ..ask(member(2)) },
                GroupError::InconsistentGroupProtocol,
            ),
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
}

mod heartbeat {
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
}

mod leave {
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
}

mod commit {
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
        assert_eq!(
            check(Claim { instance: Some("i"), ..claim(&ids[0], 2) }),
            Err(GroupError::FencedInstanceId)
        );
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
}

mod deletion {
    use super::*;

    #[test]
    fn only_groups_without_members_are_deleted() {
        let mut world = World::new();
        assert_eq!(world.group.delete_check(), Ok(()));
        world.stabilize(vec![joining("")]);
        assert_eq!(world.group.delete_check(), Err(GroupError::NonEmptyGroup));
        world.group.close();
        assert_eq!(world.group.delete_check(), Err(GroupError::GroupIdNotFound));
    }

    #[test]
    fn offsets_of_topics_that_members_read_stay() {
        let (mut world, _) = World::stable(vec![joining("")]);
        assert_eq!(world.group.offsets_delete_check(), Ok(()));
        assert!(world.group.reads("t") && !world.group.reads("other"));
        world.pass(10 * SECOND);
        assert!(!world.group.reads("t"), "nobody is left");

        let unreadable = Protocol { name: "range".into(), metadata: Bytes::from_static(b"?") };
        let (world, _) = World::stable(vec![Joining { protocols: vec![unreadable], ..joining("") }]);
        assert!(world.group.reads("other"), "what cannot be read might name it");

        let (world, _) = World::stable(vec![Joining { protocol_type: "connect".into(), ..joining("") }]);
        assert_eq!(world.group.offsets_delete_check(), Err(GroupError::NonEmptyGroup));
    }
}

mod expiry {
    use super::super::super::offsets::Expiry;
    use super::*;
    use crate::meta::Offset;

    fn offset(committed_ms: i64, expires_ms: Option<i64>) -> Offset {
        Offset { offset: 1, leader_epoch: -1, metadata: None, committed_ms, expires_ms }
    }

    #[test]
    fn offsets_age_from_when_the_group_became_empty() {
        let (mut world, _) = World::stable(vec![joining("")]);
        world.pass(10 * SECOND);
        let since = world.group.since_ms;
        assert_eq!(since, 1_000_000 + 10_000);
        let expiry = world.group.expiry();
        assert_eq!(expiry, Expiry::SinceEmpty(since));
        assert!(!expiry.has_passed("t", &offset(0, None), 100, since + 99));
        assert!(expiry.has_passed("t", &offset(0, None), 100, since + 100));
        assert!(!expiry.has_passed("t", &offset(since + 50, None), 100, since + 149), "set by hand since");
        assert!(
            expiry.has_passed("t", &offset(since + 50, Some(since + 60)), 100, since + 60),
            "its own time"
        );
        assert!(!expiry.has_passed("t", &offset(0, Some(since + 500)), 100, since + 499));
    }

    #[test]
    fn in_a_stable_group_only_offsets_of_topics_nobody_reads_age() {
        let (world, _) = World::stable(vec![joining("")]);
        let expiry = world.group.expiry();
        assert!(!expiry.has_passed("t", &offset(0, None), 100, 1_000));
        assert!(!expiry.has_passed("t", &offset(0, Some(1)), 100, 1_000));
        assert!(!expiry.has_passed("other", &offset(0, None), 100, 99));
        assert!(expiry.has_passed("other", &offset(0, None), 100, 100));
    }

    #[test]
    fn a_group_without_members_ever_ages_by_commit() {
        let world = World::new();
        assert_eq!(world.group.expiry(), Expiry::SinceCommit(None));
        assert!(world.group.expiry().has_passed("t", &offset(5, None), 100, 105));
    }

    #[test]
    fn during_a_rebalance_and_in_other_kinds_of_groups_nothing_ages() {
        let (mut world, ids) = World::stable(vec![joining(""), joining("")]);
        world.join(joining(&ids[0]));
        assert_eq!(world.group.expiry(), Expiry::Never);
        world.join(joining(&ids[1]));
        assert_eq!(world.group.expiry(), Expiry::Never);
        let (world, _) = World::stable(vec![Joining { protocol_type: "connect".into(), ..joining("") }]);
        assert_eq!(world.group.expiry(), Expiry::Never);
        assert!(!Expiry::Never.has_passed("t", &offset(0, Some(0)), 0, i64::MAX));
    }
}

mod restart {
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
}

mod description {
    use super::*;

    #[test]
    fn what_is_settled_is_told() {
        let (mut world, ids) = World::stable(vec![static_joining("", "i"), joining("")]);
        let description = world.group.describe();
        assert_eq!((description.phase, description.protocol.as_deref()), (GroupPhase::Stable, Some("range")));
        let member = description.members.iter().find(|member| member.member == ids[0]).unwrap();
        assert_eq!((member.instance.as_deref(), &*member.client_host), (Some("i"), "/127.0.0.1"));
        assert_eq!((&member.metadata, &member.assignment), (&subscription(&["t"]), &own(&ids[0])));
        world.join(joining(""));
        let description = world.group.describe();
        assert_eq!((description.phase, description.protocol), (GroupPhase::PreparingRebalance, None));
        assert!(
            description
                .members
                .iter()
                .all(|member| member.metadata.is_empty() && member.assignment.is_empty())
        );
        let listing = world.group.listing();
        assert_eq!((&*listing.name, listing.protocol_type.as_deref()), ("g", Some("consumer")));
    }
}
