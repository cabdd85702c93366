//! Who may use a session, in which order of epochs, and which give way when there is no room.

use std::time::Duration;

use kafka_wire::ErrorCode;
use machine::random::Random;
use uuid::Uuid;

use super::{Change, FetchSessionCounts, FetchSessions, SessionRoom, Step, Told, TopicName, Wanted};
use crate::principal::Principal;

const ROOMY: usize = 1 << 20;
const MINUTE: Duration = Duration::from_secs(60);
const ORDERS: TopicName<&str> = TopicName { name: "orders", id: Uuid::nil() };

fn sessions(slots_max: usize, bytes: usize) -> FetchSessions {
    let sessions = FetchSessions::new(SessionRoom::new(bytes), Random::seeded(7));
    FetchSessions { slots_max, ..sessions }
}

fn wanted(partition: i32) -> Wanted {
    Wanted { partition, leader_epoch: -1, offset: 0, bytes_max: 1 << 20 }
}

/// Begins a session of so many partitions.
fn begin(sessions: &FetchSessions, partitions: i32, now: Duration) -> Option<i32> {
    let told = Told { high_watermark: 0, log_start: 0 };
    let read = (0..partitions).map(|partition| (ORDERS, wanted(partition), told));
    sessions.begin(&Principal::anonymous(), false, read, now)
}

/// A step that reads these too, and those no more; tells the epoch after it.
fn step(
    sessions: &FetchSessions,
    (id, epoch): (i32, i32),
    owner: &Principal,
    (more, less): (&[i32], &[i32]),
    now: Duration,
) -> Result<Option<i32>, ErrorCode> {
    let mut more = more.iter().map(|partition| (ORDERS, wanted(*partition)));
    let mut less = less.iter().map(|partition| (ORDERS, *partition));
    let mut change = Change { wanted: &mut more, forgotten: &mut less, names_ids: false };
    sessions.step(id, epoch, owner, &mut change, now).map(|step| match step {
        Step::Going(_, epoch) => Some(epoch),
        Step::Over => None,
    })
}

#[test]
fn epochs_follow_each_other_and_begin_again_at_one() {
    let sessions = sessions(1, ROOMY);
    let nobody = Principal::anonymous();
    let id = begin(&sessions, 1, MINUTE).unwrap();
    let next = |epoch| step(&sessions, (id, epoch), &nobody, (&[], &[]), MINUTE);
    assert_eq!(next(2), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH));
    assert_eq!(next(1), Ok(Some(2)));
    assert_eq!(next(1), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH), "a step is taken once");
    assert_eq!(next(2), Ok(Some(3)));
    let session = sessions.slots.lock()[&id].session.clone();
    session.lock().epoch_set(i32::MAX);
    assert_eq!(next(i32::MAX), Ok(Some(1)));
    assert_eq!(next(1), Ok(Some(2)));
}

#[test]
fn a_session_is_its_users() {
    let sessions = sessions(2, ROOMY);
    let (owner, other) = (Principal::anonymous(), Principal::user("ANONYMOUS"));
    let id = begin(&sessions, 1, MINUTE).unwrap();
    let unknown = Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_eq!(step(&sessions, (id, 1), &other, (&[], &[]), MINUTE), unknown);
    sessions.end(id, &other);
    assert_eq!(step(&sessions, (id, 1), &owner, (&[], &[]), MINUTE), Ok(Some(2)));
    sessions.end(id, &owner);
    assert_eq!(step(&sessions, (id, 2), &owner, (&[], &[]), MINUTE), unknown);
}

#[test]
fn a_session_that_reads_nothing_is_over() {
    let sessions = sessions(1, ROOMY);
    let nobody = Principal::anonymous();
    let id = begin(&sessions, 2, MINUTE).unwrap();
    assert_eq!(step(&sessions, (id, 1), &nobody, (&[], &[0, 1]), MINUTE), Ok(None));
    assert_eq!(sessions.counts(), FetchSessionCounts::default());
    assert_eq!(sessions.room.free(), ROOMY);
}

#[test]
fn who_is_stale_gives_way_and_then_who_is_old_and_smaller() {
    let sessions = sessions(2, ROOMY);
    let nobody = Principal::anonymous();
    let small = begin(&sessions, 1, Duration::ZERO).unwrap();
    let large = begin(&sessions, 5, Duration::ZERO).unwrap();
    assert_eq!(begin(&sessions, 9, 2 * MINUTE), None, "both are young");
    for id in [small, large] {
        step(&sessions, (id, 1), &nobody, (&[], &[]), 2 * MINUTE).unwrap();
    }
    assert_eq!(begin(&sessions, 1, 3 * MINUTE), None, "none is smaller");
    let middle = begin(&sessions, 3, 3 * MINUTE).unwrap();
    let gone = step(&sessions, (small, 2), &nobody, (&[], &[]), 3 * MINUTE);
    assert_eq!(gone, Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND), "the smallest has given way");
    // The large one has not been used for longer than two minutes now.
    begin(&sessions, 1, 5 * MINUTE).unwrap();
    let gone = step(&sessions, (large, 2), &nobody, (&[], &[]), 5 * MINUTE);
    assert_eq!(gone, Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    assert_eq!(step(&sessions, (middle, 1), &nobody, (&[], &[]), 5 * MINUTE), Ok(Some(2)));
    assert_eq!(sessions.counts(), FetchSessionCounts { sessions: 2, partitions: 4, evicted: 2 });
    sessions.expire(8 * MINUTE);
    assert_eq!(sessions.counts(), FetchSessionCounts { sessions: 0, partitions: 0, evicted: 4 });
    assert_eq!(sessions.room.free(), ROOMY);
}

#[test]
fn memory_is_counted_before_it_is_held() {
    let room = 3_000;
    let sessions = sessions(9, room);
    let nobody = Principal::anonymous();
    assert_eq!(begin(&sessions, 1_000, Duration::ZERO), None);
    assert_eq!(sessions.room.free(), room, "what did not fit holds nothing");
    let id = begin(&sessions, 10, Duration::ZERO).unwrap();
    let many: Vec<i32> = (0..100).collect();
    let grown = step(&sessions, (id, 1), &nobody, (&many, &[]), Duration::ZERO);
    assert_eq!(grown, Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND), "it has grown beyond the room");
    assert_eq!(sessions.room.free(), room);
    // A stale session of the cluster gives way where memory is short, too.
    begin(&sessions, 10, Duration::ZERO).unwrap();
    assert_eq!(begin(&sessions, 20, MINUTE), None);
    begin(&sessions, 20, 3 * MINUTE).unwrap();
    assert_eq!(sessions.counts(), FetchSessionCounts { sessions: 1, partitions: 20, evicted: 1 });
}
