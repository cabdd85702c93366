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
        description.members.iter().all(|member| member.metadata.is_empty() && member.assignment.is_empty())
    );
    let listing = world.group.listing();
    assert_eq!((&*listing.name, listing.protocol_type.as_deref()), ("g", Some("consumer")));
}
