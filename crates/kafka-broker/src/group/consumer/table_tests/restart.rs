use super::*;

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let mut world = World::new();
    world.beat(&joining("a")).unwrap();
    world.beat(&joining("b")).unwrap();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    let before = world.group.describe();
    world.pass(30_000);
    world.restart();
    assert_eq!(world.group.describe(), before);
    assert_eq!(world.beat(&steady("b", 2)).unwrap().assignment, None, "a has not given up anything");
    assert_eq!(world.beat(&owning("a", 1, [0, 1])).unwrap().epoch, 2);
    world.restart();
    assert_eq!(assigned(&world.beat(&steady("b", 2)).unwrap()), Some(vec![2, 3]));
    assert_eq!((world.group.phase(), world.group.epoch()), (GroupPhase::Stable, 2));
}

#[test]
fn everybody_has_all_its_time_again_and_no_more() {
    let mut world = World::new();
    world.beat(&joining("a")).unwrap();
    world.beat(&joining("b")).unwrap();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.pass(44_000);
    world.restart();
    world.pass(44_000);
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&steady("b", 2)).unwrap();
    world.pass(16_000);
    assert_eq!(
        world.beat(&owning("a", 1, 0..4)),
        Err(GroupError::UnknownMemberId),
        "60 s for its partitions"
    );
    world.pass(45_000);
    assert_eq!(world.beat(&steady("b", 2)), Err(GroupError::UnknownMemberId), "45 s for its session");
}

#[test]
fn an_expression_is_looked_up_again_and_moves_nothing_without_a_reason() {
    let mut world = World::new();
    let matching = |member| Heartbeat { names: None, regex: Some("[tu]"), ..joining(member) };
    world.beat(&matching("a")).unwrap();
    world.beat(&matching("b")).unwrap();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&owning("a", 1, [0, 1])).unwrap();
    world.beat(&steady("b", 2)).unwrap();
    world.restart();
    for member in ["a", "b"] {
        let told = world.beat(&steady(member, 2)).unwrap();
        assert_eq!((told.epoch, told.assignment), (2, None));
    }
    world.restart();
    world.topic("u", 2, 2);
    assert_eq!(world.beat(&steady("a", 2)).unwrap().epoch, 3, "a topic was made while nobody looked");
}

#[test]
fn what_was_not_durable_was_not_told() {
    let mut world = World::new();
    world.beat(&joining("a")).unwrap();
    world.disk_refuses = true;
    assert_eq!(world.beat(&joining("b")), Err(GroupError::CoordinatorNotAvailable));
    assert_eq!(world.beat(&steady("a", 1)), Err(GroupError::CoordinatorNotAvailable));
    world.disk_refuses = false;
    world.restart();
    let told = world.beat(&owning("a", 1, 0..4)).unwrap();
    assert_eq!((told.epoch, told.assignment), (1, None));
    assert_eq!(world.beat(&joining("b")).unwrap().epoch, 2);
}
