use super::*;
use crate::group::history::RebalanceCause;

/// `a` has all four partitions, `b` has joined and waits.
fn two() -> World {
    let mut world = World::new();
    assert_eq!(assigned(&world.beat(&joining("a")).unwrap()), Some(vec![0, 1, 2, 3]));
    let joined = world.beat(&joining("b")).unwrap();
    assert_eq!((joined.epoch, assigned(&joined)), (2, Some(vec![])), "nothing is free yet");
    world
}

#[test]
fn a_partition_is_given_on_when_it_was_given_up() {
    let mut world = two();
    assert_eq!(world.group.phase(), GroupPhase::Reconciling);
    let told = world.beat(&steady("a", 1)).unwrap();
    assert_eq!((told.epoch, assigned(&told)), (1, Some(vec![0, 1])));
    assert_eq!(world.beat(&owning("a", 1, 0..4)).unwrap().assignment, None, "still at it");
    assert_eq!(world.beat(&steady("b", 2)).unwrap().assignment, None);
    assert_eq!(world.beat(&steady("a", 1)).unwrap().epoch, 1, "it does not say so");
    assert_eq!(world.beat(&owning("a", 1, [0, 1])).unwrap().epoch, 2);
    assert_eq!(assigned(&world.beat(&steady("b", 2)).unwrap()), Some(vec![2, 3]));
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    let rebalances = world.group.rebalances();
    assert_eq!((rebalances[0].generation, &rebalances[0].cause), (2, &RebalanceCause::Joined("b".into())));
    assert_eq!(rebalances.len(), 2);
}

#[test]
fn who_gives_nothing_up_in_time_is_fenced() {
    let mut world = two();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    for _ in 0..11 {
        world.pass(5_000);
        world.beat(&owning("a", 1, 0..4)).unwrap();
        assert_eq!(world.beat(&steady("b", 2)).unwrap().assignment, None);
    }
    world.pass(5_000);
    assert_eq!(world.beat(&owning("a", 1, 0..4)), Err(GroupError::UnknownMemberId));
    assert_eq!(assigned(&world.beat(&steady("b", 2)).unwrap()), Some(vec![0, 1, 2, 3]));
    assert_eq!(
        world.group.rebalances()[0].cause,
        RebalanceCause::Joined("b".into()),
        "one rebalance, one cause"
    );
}

#[test]
fn who_is_silent_is_fenced_and_the_others_have_its_share() {
    let mut world = two();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&owning("a", 1, [0, 1])).unwrap();
    world.beat(&steady("b", 2)).unwrap();
    world.pass(44_999);
    world.beat(&steady("b", 2)).unwrap();
    world.pass(1);
    assert_eq!(world.beat(&steady("a", 2)), Err(GroupError::UnknownMemberId));
    let told = world.beat(&steady("b", 2)).unwrap();
    assert_eq!((told.epoch, assigned(&told)), (3, Some(vec![0, 1, 2, 3])));
    assert_eq!(world.group.rebalances()[0].cause, RebalanceCause::Silent("a".into()));
}

#[test]
fn who_leaves_has_left() {
    let mut world = two();
    let left = world.beat(&steady("a", -1)).unwrap();
    assert_eq!((left.epoch, left.assignment), (-1, None));
    assert_eq!(world.beat(&steady("a", 1)), Err(GroupError::UnknownMemberId));
    assert_eq!(assigned(&world.beat(&steady("b", 2)).unwrap()), Some(vec![0, 1, 2, 3]));
    world.beat(&steady("b", -1)).unwrap();
    assert_eq!((world.group.phase(), world.group.epoch()), (GroupPhase::Empty, 4));
    let rebalances = world.group.rebalances();
    assert_eq!((&rebalances[0].cause, rebalances[0].has_members), (&RebalanceCause::Left("b".into()), false));
    assert_eq!(world.group.wake(), Some(std::time::Duration::from_secs(45)), "nobody is left to wake for");
    world.pass(45_000);
    assert_eq!(world.group.wake(), None);
}

#[test]
fn a_third_member_changes_where_a_partition_goes_while_it_is_given_up() {
    let mut world = two();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&joining("c")).unwrap();
    let epoch_before = world.group.epoch();
    let told = world.beat(&owning("a", 1, [0, 1])).unwrap();
    assert!(told.epoch >= 2 && told.epoch <= epoch_before, "{}", told.epoch);
    let shares = |world: &World| {
        let members = world.group.describe().members;
        members
            .iter()
            .map(|member| member.target.iter().map(|of| of.partitions.len()).sum())
            .collect::<Vec<usize>>()
    };
    assert_eq!(shares(&world).iter().sum::<usize>(), 4);
    assert!(shares(&world).iter().all(|share| (1..=2).contains(share)), "{:?}", shares(&world));
}

#[test]
fn the_assignor_is_the_one_that_most_prefer() {
    let mut world = World::new();
    world.topic("u", 2, 4);
    let both = |member, assignor| Heartbeat { names: Some(vec!["t", "u"]), assignor, ..joining(member) };
    world.beat(&both("a", Some("range"))).unwrap();
    assert_eq!(world.group.describe().assignor, "range");
    world.beat(&both("b", Some("uniform"))).unwrap();
    assert_eq!(world.group.describe().assignor, "uniform", "of equals, the first in the list");
    let epoch = world.group.epoch();
    world.beat(&Heartbeat { assignor: Some("range"), ..steady("b", 2) }).unwrap();
    assert_eq!((world.group.describe().assignor, world.group.epoch()), ("range", epoch + 1));
    let target = |at: usize| world.group.describe().members[at].target.clone();
    assert!(target(0).iter().all(|of| of.partitions == [0, 1]), "{:?}", target(0));
    assert!(target(1).iter().all(|of| of.partitions == [2, 3]), "{:?}", target(1));
}
