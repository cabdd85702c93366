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
    assert!(expiry.has_passed("t", &offset(since + 50, Some(since + 60)), 100, since + 60), "its own time");
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
