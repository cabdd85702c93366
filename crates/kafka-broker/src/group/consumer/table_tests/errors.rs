use std::time::Duration;

use super::*;
use crate::meta::Partitions;

#[test]
fn a_request_that_contradicts_itself_is_refused_and_makes_no_member() {
    let long = "x".repeat(40_000);
    let names: Vec<String> = (0..20_000).map(|number| format!("{number:0249}")).collect();
    let invalid: Vec<(&str, Heartbeat<'_>)> = vec![
        ("no id", Heartbeat { member: "", ..joining("m") }),
        ("no id in an older version, and not joining", Heartbeat { makes_id: false, ..steady("", 1) }),
        ("an empty instance id", Heartbeat { instance: Some(""), ..joining("m") }),
        ("an empty rack", Heartbeat { rack: Some(""), ..joining("m") }),
        ("an id beyond measure", joining(&long)),
        (
            "names beyond measure",
            Heartbeat { names: Some(names.iter().map(|name| &**name).collect()), ..joining("m") },
        ),
        ("no rebalance timeout", Heartbeat { rebalance_timeout: None, ..joining("m") }),
        ("no owned partitions", Heartbeat { owned: None, ..joining("m") }),
        ("owned partitions", Heartbeat { owned: Some(partitions([0])), ..joining("m") }),
        ("no subscription", Heartbeat { names: None, ..joining("m") }),
        ("leaving for a while without an instance id", steady("m", -2)),
        ("an epoch that means nothing", steady("m", -3)),
    ];
    let mut world = World::new();
    for (what, beat) in invalid {
        let refused = world.beat(&beat);
        assert!(matches!(refused, Err(GroupError::InvalidRequest(_))), "{what}: {refused:?}");
    }
    for (beat, error) in [
        (Heartbeat { assignor: Some("sticky"), ..joining("m") }, GroupError::UnsupportedAssignor),
        (Heartbeat { regex: Some("("), ..joining("m") }, GroupError::InvalidRegularExpression),
        (
            Heartbeat { regex: Some("((a{100}){100}){100}"), ..joining("m") },
            GroupError::InvalidRegularExpression,
        ),
    ] {
        assert_eq!(world.beat(&beat), Err(error));
    }
    assert_eq!((world.group.phase(), world.group.epoch()), (GroupPhase::Empty, 0));
}

#[test]
fn who_is_not_known_or_has_another_epoch_is_told_so() {
    let mut world = World::new();
    assert_eq!(world.beat(&steady("m", 1)), Err(GroupError::UnknownMemberId));
    assert_eq!(world.beat(&steady("m", -1)), Err(GroupError::UnknownMemberId));
    let joined = world.beat(&joining("m")).unwrap();
    assert_eq!((joined.epoch, assigned(&joined)), (1, Some(vec![0, 1, 2, 3])));
    assert_eq!(joined.interval, Duration::from_secs(5));
    for epoch in [2, 7] {
        assert_eq!(world.beat(&steady("m", epoch)), Err(GroupError::FencedMemberEpoch), "{epoch}");
    }
    let of_an_instance = |epoch| Heartbeat { instance: Some("i"), ..steady("m", epoch) };
    assert_eq!(world.beat(&of_an_instance(1)), Err(GroupError::UnknownMemberId));
    let steady = world.beat(&steady("m", 1)).unwrap();
    assert_eq!((steady.epoch, steady.assignment), (1, None), "nothing is new");
}

#[test]
fn an_older_version_is_given_an_id() {
    let mut world = World::new();
    let joined = world.beat(&Heartbeat { member: "", makes_id: false, ..joining("") }).unwrap();
    assert!(joined.member.starts_with("fresh"));
    assert!(world.beat(&steady(&joined.member, joined.epoch)).is_ok());
}

#[test]
fn the_epoch_before_is_good_for_who_missed_the_answer_and_owns_no_more() {
    let mut world = World::new();
    world.beat(&joining("a")).unwrap();
    let again = world.beat(&joining("a")).unwrap();
    assert_eq!(
        (again.epoch, assigned(&again)),
        (1, Some(vec![0, 1, 2, 3])),
        "the answer to the join was lost"
    );
    world.beat(&joining("b")).unwrap();
    let revoked = world.beat(&owning("a", 1, 0..4)).unwrap();
    assert_eq!((revoked.epoch, assigned(&revoked)), (1, Some(vec![0, 1])));
    let moved = world.beat(&owning("a", 1, [0, 1])).unwrap();
    assert_eq!((moved.epoch, moved.assignment), (2, None));
    let lost = world.beat(&owning("a", 1, [0, 1])).unwrap();
    assert_eq!((lost.epoch, assigned(&lost)), (2, Some(vec![0, 1])));
    assert_eq!(world.beat(&owning("a", 1, [0, 1, 2])), Err(GroupError::FencedMemberEpoch), "owns more");
    assert_eq!(world.beat(&steady("a", 1)), Err(GroupError::FencedMemberEpoch), "does not say what it owns");
}

#[test]
fn who_begins_again_has_nothing_and_a_higher_epoch() {
    let mut world = World::new();
    world.beat(&joining("a")).unwrap();
    world.beat(&joining("b")).unwrap();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&owning("a", 1, [0, 1])).unwrap();
    let again = world.beat(&joining("a")).unwrap();
    assert!(again.epoch > 2, "{}", again.epoch);
    assert_eq!(world.beat(&owning("a", 2, [0, 1])), Err(GroupError::FencedMemberEpoch));
}

#[test]
fn a_full_group_takes_nobody_but_keeps_whom_it_has() {
    let mut world = World::new();
    let ids: Vec<_> = (0..settings().size_max).map(|number| format!("m{number}")).collect();
    let epochs: Vec<_> = ids.iter().map(|id| world.beat(&joining(id)).unwrap().epoch).collect();
    assert_eq!(world.beat(&joining("one-more")), Err(GroupError::GroupMaxSizeReached));
    assert!(world.beat(&joining(&ids[0])).is_ok());
    assert!(world.beat(&steady(&ids[3], epochs[3])).is_ok());
}

#[test]
fn a_group_that_is_closed_answers_nobody() {
    let mut world = World::new();
    world.beat(&joining("m")).unwrap();
    world.group.close();
    assert_eq!(world.beat(&steady("m", 1)), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(world.beat(&joining("n")), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(world.group.phase(), GroupPhase::Dead);
}

#[test]
fn nobody_is_told_what_the_disk_refuses_and_asking_again_helps() {
    let mut world = World::new();
    world.disk_refuses = true;
    assert_eq!(world.beat(&joining("m")), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(world.beat(&joining("m")), Err(GroupError::CoordinatorNotAvailable));
    world.disk_refuses = false;
    let joined = world.beat(&joining("m")).unwrap();
    assert_eq!((joined.epoch, assigned(&joined)), (1, Some(vec![0, 1, 2, 3])));
    world.restart();
    let owned = Partitions::from_iter((0..4).map(|number| (topic_id(1), number)));
    let steady = world.beat(&Heartbeat { owned: Some(owned), ..steady("m", 1) }).unwrap();
    assert_eq!((steady.epoch, steady.assignment), (1, None));
}
