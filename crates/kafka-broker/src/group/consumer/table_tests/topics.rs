use super::*;

fn matching<'a>(member: &'a str, regex: &'a str) -> Heartbeat<'a> {
    Heartbeat { names: Some(Vec::new()), regex: Some(regex), ..joining(member) }
}

/// How many partitions a member is to own, by topic number.
fn target(world: &World, member: &str) -> Vec<(u128, usize)> {
    let members = world.group.describe().members;
    let found = members.iter().find(|found| *found.member == *member).unwrap();
    found.target.iter().map(|of| (of.topic.as_u128(), of.partitions.len())).collect()
}

#[test]
fn topics_that_come_grow_and_go_make_epochs() {
    let mut world = World::new();
    let names = Some(vec!["t", "u"]);
    world.beat(&Heartbeat { names, ..joining("m") }).unwrap();
    assert_eq!(target(&world, "m"), [(1, 4)]);
    world.topic("elsewhere", 9, 1);
    assert_eq!(world.beat(&steady("m", 1)).unwrap().epoch, 1, "nobody reads it");
    world.topic("u", 2, 3);
    assert_eq!(world.beat(&steady("m", 1)).unwrap().epoch, 2);
    assert_eq!(target(&world, "m"), [(1, 4), (2, 3)]);
    world.topic_grow(2, 5);
    assert_eq!(world.beat(&steady("m", 2)).unwrap().epoch, 3);
    assert_eq!(target(&world, "m"), [(1, 4), (2, 5)]);
    world.topic_delete(1);
    let owned = (0..4).map(|number| (topic_id(1), number)).chain((0..5).map(|number| (topic_id(2), number)));
    let owned = Some(owned.collect());
    assert_eq!(world.beat(&Heartbeat { owned, ..steady("m", 3) }).unwrap().epoch, 3, "it is to give it up");
    assert_eq!((target(&world, "m"), world.group.epoch()), (vec![(2, 5)], 4));
    world.topic("t", 10, 1);
    world.beat(&Heartbeat { owned: Some([(topic_id(2), 0)].into()), ..steady("m", 3) }).unwrap();
    assert_eq!(target(&world, "m"), [(2, 5), (10, 1)], "another topic of that name");
}

#[test]
fn an_expression_stands_for_what_the_member_may_know() {
    let mut world = World::new();
    world.topic("orders.eu", 2, 1);
    world.topic("orders.us", 3, 1);
    world.topic("orders.secret", 4, 1);
    world.topic("__orders.internal", 5, 1);
    world.hidden = vec!["orders.secret"];
    world.beat(&matching("m", "(__)?orders.*")).unwrap();
    assert_eq!(target(&world, "m"), [(2, 1), (3, 1)]);
    world.topic("orders.cn", 6, 2);
    assert_eq!(world.beat(&steady("m", 1)).unwrap().epoch, 2);
    assert_eq!(target(&world, "m"), [(2, 1), (3, 1), (6, 2)]);
    let named_too = Heartbeat { names: Some(vec!["t"]), ..steady("m", 2) };
    world.beat(&named_too).unwrap();
    assert_eq!(target(&world, "m"), [(1, 4), (2, 1), (3, 1), (6, 2)]);
    let epoch = world.group.epoch();
    world.beat(&Heartbeat { regex: Some(""), ..steady("m", epoch) }).unwrap();
    assert_eq!(target(&world, "m"), [(1, 4)], "an empty one stands for none");
}

#[test]
fn a_subscription_said_again_changes_nothing() {
    let mut world = World::new();
    world.topic("u", 2, 1);
    world.beat(&Heartbeat { names: Some(vec!["t", "u"]), ..matching("m", "x.*") }).unwrap();
    let again = Heartbeat { names: Some(vec!["u", "t", "u"]), regex: Some("x.*"), ..steady("m", 1) };
    assert_eq!(world.beat(&again).unwrap().epoch, 1);
    assert_eq!(world.group.epoch(), 1);
    assert_eq!(world.group.describe().members[0].names, ["t".into(), "u".into()]);
}

#[test]
fn members_that_read_nothing_are_members() {
    let mut world = World::new();
    let joined = world.beat(&Heartbeat { names: Some(Vec::new()), ..joining("m") }).unwrap();
    assert_eq!((joined.epoch, joined.assignment), (1, Some(Vec::new())));
    assert_eq!(world.group.phase(), GroupPhase::Stable);
}

#[test]
fn a_new_topic_is_shared_out_at_once_among_members_with_one_expression() {
    let mut world = World::new();
    world.beat(&matching("a", "[tu]")).unwrap();
    world.beat(&matching("b", "[tu]")).unwrap();
    world.beat(&owning("a", 1, 0..4)).unwrap();
    world.beat(&owning("a", 1, [0, 1])).unwrap();
    world.beat(&steady("b", 2)).unwrap();
    world.topic("u", 2, 2);
    assert_eq!(world.beat(&steady("a", 2)).unwrap().epoch, 3);
    assert_eq!((target(&world, "a"), target(&world, "b")), (vec![(1, 2), (2, 1)], vec![(1, 2), (2, 1)]));
    assert_eq!(world.beat(&steady("b", 2)).unwrap().epoch, 3);
    assert_eq!(world.group.epoch(), 3);
}

#[test]
fn an_expression_follows_what_the_member_may_know() {
    let mut world = World::new();
    world.topic("u", 2, 1);
    world.hidden = vec!["u"];
    world.beat(&matching("m", "[tu]")).unwrap();
    world.hidden = Vec::new();
    for _ in 0..6 {
        assert_eq!(target(&world, "m"), [(1, 4)]);
        world.pass(5_000);
        world.beat(&steady("m", 1)).unwrap();
    }
    assert_eq!((target(&world, "m"), world.group.epoch()), (vec![(1, 4), (2, 1)], 2));
    world.hidden = vec!["t"];
    world.pass(30_000);
    world.beat(&steady("m", 2)).unwrap();
    assert_eq!((target(&world, "m"), world.group.epoch()), (vec![(2, 1)], 3));
}
