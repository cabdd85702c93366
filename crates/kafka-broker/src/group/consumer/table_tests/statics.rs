use super::*;
use crate::group::request::Leaving;

fn join_as<'a>(member: &'a str, instance: &'a str) -> Heartbeat<'a> {
    Heartbeat { instance: Some(instance), ..joining(member) }
}

fn away<'a>(member: &'a str, instance: &'a str) -> Heartbeat<'a> {
    Heartbeat { instance: Some(instance), ..steady(member, -2) }
}

/// Static members `a` of instance `i` and `b` of instance `j`, with two partitions each, at epoch 2.
fn two() -> World {
    let mut world = World::new();
    world.beat(&join_as("a", "i")).unwrap();
    world.beat(&join_as("b", "j")).unwrap();
    let owning = |owned: Vec<i32>| Heartbeat { instance: Some("i"), ..owning("a", 1, owned) };
    world.beat(&owning(vec![0, 1, 2, 3])).unwrap();
    assert_eq!(world.beat(&owning(vec![0, 1])).unwrap().epoch, 2);
    let told = world.beat(&Heartbeat { instance: Some("j"), ..steady("b", 2) }).unwrap();
    assert_eq!(assigned(&told), Some(vec![2, 3]));
    world
}

#[test]
fn an_instance_id_has_one_holder() {
    let mut world = two();
    assert_eq!(world.beat(&join_as("c", "i")), Err(GroupError::UnreleasedInstanceId));
    let impostor = |epoch| Heartbeat { instance: Some("i"), ..steady("b", epoch) };
    assert_eq!(world.beat(&impostor(2)), Err(GroupError::FencedInstanceId));
    assert_eq!(world.beat(&impostor(-1)), Err(GroupError::FencedInstanceId));
    assert_eq!(world.beat(&impostor(-2)), Err(GroupError::FencedInstanceId));
    let stranger = Heartbeat { instance: Some("k"), ..steady("a", 2) };
    assert_eq!(world.beat(&stranger), Err(GroupError::UnknownMemberId));
}

#[test]
fn who_comes_back_has_its_place_and_nobody_notices() {
    let mut world = two();
    let left = world.beat(&away("a", "i")).unwrap();
    assert_eq!((left.epoch, world.group.epoch()), (-2, 2));
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    assert_eq!(world.beat(&steady("a", 2)), Err(GroupError::FencedMemberEpoch), "it has left");
    let back = world.beat(&join_as("a2", "i")).unwrap();
    assert_eq!((back.epoch, assigned(&back), world.group.epoch()), (2, Some(vec![0, 1]), 2));
    assert_eq!(world.beat(&steady("a", 2)), Err(GroupError::UnknownMemberId));
    assert_eq!(world.beat(&Heartbeat { instance: Some("j"), ..steady("b", 2) }).unwrap().assignment, None);
    world.beat(&away("a2", "i")).unwrap();
    assert!(world.beat(&join_as("a2", "i")).is_ok(), "under the same id too");
}

#[test]
fn who_does_not_come_back_is_fenced() {
    let mut world = two();
    world.pass(40_000);
    world.beat(&away("a", "i")).unwrap();
    world.beat(&Heartbeat { instance: Some("j"), ..steady("b", 2) }).unwrap();
    world.pass(44_000);
    let beat = Heartbeat { instance: Some("j"), ..steady("b", 2) };
    assert_eq!(world.beat(&beat).unwrap().assignment, None);
    world.pass(1_000);
    assert_eq!(assigned(&world.beat(&beat).unwrap()), Some(vec![0, 1, 2, 3]));
}

#[test]
fn what_was_meant_for_others_meanwhile_is_given_on_when_it_comes_back() {
    let mut world = two();
    world.beat(&away("a", "i")).unwrap();
    // It wants one of the four, and may not have those of who is away.
    world.beat(&joining("c")).unwrap();
    world.beat(&joining("d")).unwrap();
    let back = world.beat(&join_as("a2", "i")).unwrap();
    assert_eq!(
        (back.epoch, assigned(&back).map(|own| own.len())),
        (4, Some(1)),
        "it owns nothing that it must give up"
    );
}

#[test]
fn an_administrator_lets_static_members_go() {
    let mut world = two();
    let leaving = [
        Leaving { member: "", instance: Some("i") },
        Leaving { member: "", instance: Some("nobody's") },
        Leaving { member: "b", instance: None },
    ];
    let unknown = Err(GroupError::UnknownMemberId);
    let (topics, now) = (world.topics(), world.now());
    assert_eq!(world.group.expel(&leaving, &topics, now), Ok(vec![Ok(()), unknown, unknown]));
    let told = world.beat(&Heartbeat { instance: Some("j"), ..steady("b", 2) }).unwrap();
    assert_eq!((told.epoch, assigned(&told)), (3, Some(vec![0, 1, 2, 3])));
}
