use super::*;
use crate::group::offsets::Expiry;
use crate::group::request::Claim;

fn claim(member: &str, generation: i32) -> Claim<'_> {
    Claim { member, instance: None, generation }
}

#[test]
fn commits_count_by_the_members_epoch() {
    let mut world = World::new();
    assert_eq!(world.group.commit_check(claim("", -1)), Ok(()), "nobody is in it");
    assert_eq!(world.group.commit_check(claim("m", 1)), Err(GroupError::UnknownMemberId));
    world.beat(&joining("m")).unwrap();
    for (claimed, expected) in [
        (claim("m", 1), Ok(())),
        (claim("m", 0), Err(GroupError::StaleMemberEpoch)),
        (claim("m", 2), Err(GroupError::StaleMemberEpoch)),
        (claim("n", 1), Err(GroupError::UnknownMemberId)),
        (claim("", -1), Err(GroupError::UnknownMemberId)),
        (Claim { instance: Some("i"), ..claim("m", 1) }, Err(GroupError::UnknownMemberId)),
    ] {
        assert_eq!(world.group.commit_check(claimed), expected, "{claimed:?}");
    }
    world.group.close();
    assert_eq!(world.group.commit_check(claim("m", 1)), Err(GroupError::CoordinatorNotAvailable));
}

#[test]
fn offsets_are_told_by_the_members_epoch() {
    let mut world = World::new();
    world.beat(&joining("m")).unwrap();
    assert_eq!(world.group.fetch_check("m", 1), Ok(()));
    assert_eq!(world.group.fetch_check("m", 2), Err(GroupError::StaleMemberEpoch));
    assert_eq!(world.group.fetch_check("n", 1), Err(GroupError::UnknownMemberId));
}

#[test]
fn offsets_age_from_when_the_group_is_empty_except_where_it_reads() {
    let mut world = World::new();
    world.beat(&joining("m")).unwrap();
    let expected = ["t".to_owned()].into();
    assert_eq!(world.group.expiry(), Expiry::SinceCommit(Some(&expected)));
    assert!(world.group.reads("t") && !world.group.reads("u") && !world.group.is_vacant());
    assert_eq!(world.group.delete_check(), Err(GroupError::NonEmptyGroup));
    world.pass(5_000);
    world.beat(&steady("m", -1)).unwrap();
    assert_eq!(world.group.expiry(), Expiry::SinceEmpty(1_005_000));
    assert!(!world.group.reads("t") && world.group.is_vacant());
    assert_eq!(world.group.delete_check(), Ok(()));
    world.restart();
    assert_eq!(world.group.expiry(), Expiry::SinceEmpty(1_005_000));
}
