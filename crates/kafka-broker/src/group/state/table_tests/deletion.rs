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
