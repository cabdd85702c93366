use super::*;
use crate::log::testing::Batch;

/// Producers, and the end of the log they write to.
#[derive(Default)]
struct Partition {
    producers: Producers,
    end: i64,
}

impl Partition {
    fn append(&mut self, batch: &Batch) -> Result<Verdict, AppendError> {
        let bytes = batch.bytes();
        let mut info = BatchInfo::read(&bytes).unwrap();
        let marker = if info.is_control() { EndMarker::read(&bytes) } else { None };
        let verdict = self.producers.check(&info, marker, false)?;
        if verdict == Verdict::Append {
            info.base_offset = self.end;
            self.end = info.next_offset();
            let place = Place { offset: info.base_offset, segment: 0, position: 0 };
            self.producers.record(&info, marker, place, self.end * 10);
        }
        Ok(verdict)
    }

    fn appended(&mut self, batch: &Batch) -> bool {
        self.append(batch) == Ok(Verdict::Append)
    }
}

fn data(epoch: i16, sequence: i32, count: i32) -> Batch {
    Batch::of(count).producer(1, epoch, sequence)
}

fn first_open(partition: &Partition) -> Option<i64> {
    partition.producers.first_open().map(|place| place.offset)
}

fn out_of_order(result: &Result<Verdict, AppendError>, expected: i32) -> bool {
    matches!(result, Err(AppendError::OutOfOrderSequence { expected: wanted, .. }) if *wanted == expected)
}

#[test]
fn each_of_the_last_five_is_recognised_and_the_sixth_is_not() {
    let mut partition = Partition::default();
    for n in 0..8 {
        assert!(partition.appended(&data(0, n * 3, 3)));
    }
    for n in 3..8 {
        let Ok(Verdict::Duplicate(taken)) = partition.append(&data(0, n * 3, 3)) else {
            panic!("batch {n} was not recognised");
        };
        assert_eq!((taken.base_offset(), taken.last_offset), (i64::from(n) * 3, i64::from(n) * 3 + 2));
        assert_eq!(taken.appended_ms, (i64::from(n) + 1) * 30);
    }
    assert!(out_of_order(&partition.append(&data(0, 6, 3)), 24), "the sixth");
    assert!(out_of_order(&partition.append(&data(0, 21, 2)), 24), "the same start, another length");
    assert_eq!(partition.end, 24, "nothing of it was appended");
}

#[test]
fn sequences_must_follow_and_wrap() {
    let mut partition = Partition::default();
    assert!(partition.appended(&data(0, i32::MAX - 1, 1)), "an unknown producer begins anywhere");
    assert!(out_of_order(&partition.append(&data(0, 0, 1)), i32::MAX));
    assert!(partition.appended(&data(0, i32::MAX, 2)), "the batch itself may wrap");
    assert!(partition.appended(&data(0, 1, 1)));
    assert!(matches!(partition.append(&data(0, i32::MAX, 2)), Ok(Verdict::Duplicate(_))));
    assert!(out_of_order(&partition.append(&data(0, 3, 1)), 2));
}

#[test]
fn failure_of_one_batch_fails_those_behind_it() {
    let mut partition = Partition::default();
    assert!(partition.appended(&data(0, 0, 5)));
    // The batch of sequence 5 was refused for another reason; 10 and 15 were under way already.
    assert!(out_of_order(&partition.append(&data(0, 10, 5)), 5));
    assert!(out_of_order(&partition.append(&data(0, 15, 5)), 5));
    assert!(partition.appended(&data(0, 5, 5)));
}

#[test]
fn epochs_table() {
    let mut partition = Partition::default();
    assert!(partition.appended(&data(3, 7, 1)));
    let old = partition.append(&data(2, 8, 1));
    assert_eq!(old, Err(AppendError::InvalidProducerEpoch { producer_id: 1, epoch: 2, current: 3 }));
    assert!(out_of_order(&partition.append(&data(4, 8, 1)), 0), "a new epoch begins with 0");
    assert!(partition.appended(&data(4, 0, 1)));
    assert!(
        matches!(partition.append(&data(3, 7, 1)), Err(AppendError::InvalidProducerEpoch { .. })),
        "a batch of an older epoch is no duplicate"
    );
    assert!(partition.appended(&data(4, 1, 1)));
}

#[test]
fn transactions_open_and_end() {
    let mut partition = Partition::default();
    let transactional = |producer, sequence| Batch::of(2).producer(producer, 0, sequence).transactional();
    assert!(partition.appended(&Batch::of(1)));
    assert!(partition.appended(&transactional(1, 0)));
    assert!(partition.appended(&transactional(2, 0)));
    assert!(partition.appended(&transactional(1, 2)));
    assert_eq!(first_open(&partition), Some(1));
    assert_eq!(
        partition.append(&Batch::of(1).producer(1, 0, 4)),
        Err(AppendError::InvalidTransactionState { producer_id: 1 })
    );
    assert!(partition.appended(&Batch::marker(true, 5).producer(1, 0, -1)));
    assert_eq!(first_open(&partition), Some(3));
    assert!(partition.appended(&Batch::marker(false, 5).producer(2, 0, -1)));
    assert_eq!(first_open(&partition), None);
    // A marker of the same epoch leaves the window as it was.
    assert!(matches!(partition.append(&transactional(1, 2)), Ok(Verdict::Duplicate(_))));
    assert!(partition.appended(&transactional(1, 4)));
}

#[test]
fn markers_fence() {
    let mut partition = Partition::default();
    assert!(partition.appended(&data(0, 0, 1).transactional()));
    assert!(partition.appended(&Batch::marker(true, 5).producer(1, 2, -1)), "a newer epoch");
    assert_eq!(
        partition.append(&Batch::marker(true, 4).producer(1, 2, -1)),
        Err(AppendError::CoordinatorFenced { epoch: 4, current: 5 })
    );
    assert!(matches!(
        partition.append(&Batch::marker(true, 5).producer(1, 1, -1)),
        Err(AppendError::InvalidProducerEpoch { .. })
    ));
    assert!(matches!(partition.append(&data(0, 1, 1)), Err(AppendError::InvalidProducerEpoch { .. })));
    assert!(out_of_order(&partition.append(&data(2, 1, 1)), 0), "the marker has cleared the window");
    assert!(partition.appended(&data(2, 0, 1)));
    // A producer that only a marker has told of.
    assert!(partition.appended(&Batch::marker(false, 5).producer(9, 1, -1)));
    assert!(out_of_order(&partition.append(&Batch::of(1).producer(9, 1, 4)), 0));
}

#[test]
fn silent_producers_are_forgotten_but_open_transactions_are_not() {
    let mut partition = Partition::default();
    assert!(partition.appended(&data(0, 0, 1)));
    assert!(partition.appended(&Batch::of(1).producer(2, 0, 0).transactional()));
    assert!(partition.appended(&Batch::of(1).producer(3, 0, 0)));
    assert_eq!(partition.producers.expire(30), 1);
    assert_eq!(partition.producers.len(), 2);
    assert!(partition.appended(&data(0, 77, 1)), "the forgotten one begins anywhere");
}

#[test]
fn memory_for_producers_is_bounded() {
    let mut partition = Partition::default();
    assert!(partition.appended(&Batch::of(1).producer(0, 0, 0).transactional()));
    for id in 1..i64::try_from(PRODUCERS_MAX).unwrap() + 10 {
        assert!(partition.appended(&Batch::of(1).producer(id, 0, 0)));
    }
    assert!(partition.producers.len() <= PRODUCERS_MAX);
    assert_eq!(first_open(&partition), Some(0), "the open transaction stays");
    let newest = i64::try_from(PRODUCERS_MAX).unwrap() + 9;
    let repeated = partition.append(&Batch::of(1).producer(newest, 0, 0));
    assert!(matches!(repeated, Ok(Verdict::Duplicate(_))));
}
