//! Producers that take over from each other, write, end, stand still for too long, and a broker that is killed: in
//! any order, and compared with what should come of it.

use std::time::Duration;

use machine::disk::sim::SimDisk;
use proptest::collection::vec;
use proptest::prelude::*;

use super::world::{Refused, TIMEOUT, World, Writer};
use super::{Outcome, TransactionError};
use crate::meta::TransactionPhase;

const IDS: [&str; 2] = ["a", "b"];

/// Something that happens. Producers are named by the order in which they came.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A producer takes an id, from whoever has it.
    Start {
        id: usize,
        renews: bool,
    },
    Write {
        producer: usize,
        partition: usize,
    },
    Offset {
        producer: usize,
    },
    End {
        producer: usize,
        outcome: Outcome,
    },
    /// All open transactions have been open for too long.
    Silence,
    Kill,
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![2 => Just(Outcome::Commit), 1 => Just(Outcome::Abort)];
    prop_oneof![
        2 => (0..IDS.len(), any::<bool>()).prop_map(|(id, renews)| Event::Start { id, renews }),
        8 => (any::<usize>(), 0..2_usize).prop_map(|(producer, partition)| Event::Write { producer, partition }),
        3 => any::<usize>().prop_map(|producer| Event::Offset { producer }),
        6 => (any::<usize>(), outcome).prop_map(|(producer, outcome)| Event::End { producer, outcome }),
        1 => Just(Event::Silence),
        1 => Just(Event::Kill),
    ]
}

/// A producer as it should be.
#[derive(Debug)]
struct Expected {
    writer: Writer,
    /// Another has taken over, or it was silent for too long.
    is_out: bool,
    /// Numbers of what it has written in its open transaction; none without one.
    open: Option<Vec<i64>>,
    offset: Option<i64>,
}

#[derive(Debug, Default)]
struct Model {
    producers: Vec<Expected>,
    /// Numbers of records by partition, in order.
    written: [Vec<i64>; 2],
    committed: Vec<i64>,
    offset: Option<i64>,
    next: i64,
}

impl Model {
    /// Its transaction is aborted, and it is not listened to any more.
    fn shut_out(&mut self, fits: impl Fn(&Expected) -> bool) {
        for producer in self.producers.iter_mut().filter(|producer| fits(producer)) {
            *producer = Expected { is_out: true, open: None, offset: None, writer: producer.writer.clone() };
        }
    }

    async fn play(&mut self, world: &World, event: Event) {
        let count = self.producers.len();
        match event {
            Event::Start { id, renews } => {
                let writer = world.producer(IDS[id], renews).await.unwrap();
                self.shut_out(|producer| producer.writer.id == IDS[id]);
                self.producers.push(Expected { writer, is_out: false, open: None, offset: None });
            }
            Event::Write { producer, partition } if count > 0 => {
                let producer = &mut self.producers[producer % count];
                let number = self.next;
                self.next += 1;
                let outcome = producer.writer.write(world, partition, number).await;
                if producer.is_out {
                    assert_eq!(outcome, Err(TransactionError::Fenced));
                    return;
                }
                assert_eq!(outcome, Ok(()));
                producer.open.get_or_insert_default().push(number);
                self.written[partition].push(number);
            }
            Event::Offset { producer } if count > 0 => {
                let producer = &mut self.producers[producer % count];
                self.next += 1;
                let outcome = producer.writer.offset(world, self.next).await;
                if producer.is_out {
                    assert_eq!(outcome, Err(Refused::Transaction(TransactionError::Fenced)));
                    return;
                }
                assert_eq!(outcome, Ok(()));
                producer.open.get_or_insert_default();
                producer.offset = Some(self.next);
            }
            Event::End { producer, outcome } if count > 0 => {
                let producer = &mut self.producers[producer % count];
                let answer = producer.writer.end(world, outcome).await;
                let open = producer.open.take();
                let offset = producer.offset.take();
                if producer.is_out {
                    assert_eq!(answer, Err(TransactionError::Fenced));
                } else if let Some(written) = open {
                    assert_eq!(answer, Ok(()));
                    if outcome == Outcome::Commit {
                        self.committed.extend(written);
                        self.offset = offset.or(self.offset);
                    }
                }
            }
            Event::Silence => {
                world.hand.advance(TIMEOUT + Duration::from_millis(1));
                for id in IDS {
                    // Its end comes by itself.
                    let is_under_way =
                        |phase: TransactionPhase| phase == TransactionPhase::Ongoing || phase.is_prepared();
                    while world.transactions.describe(id).is_some_and(|record| is_under_way(record.phase)) {
                        tokio::task::yield_now().await;
                    }
                }
                self.shut_out(|producer| producer.open.is_some());
            }
            _ => {}
        }
    }

    fn check(&self, world: &World) {
        for (partition, written) in self.written.iter().enumerate() {
            let expected: Vec<_> =
                written.iter().filter(|number| self.committed.contains(number)).copied().collect();
            assert_eq!(world.committed(partition).unwrap(), expected, "partition {partition}");
        }
        assert_eq!(world.offset(), (self.offset, false));
        for log in &world.logs {
            assert_eq!(log.last_stable(), log.log_end(), "nothing is left open");
        }
    }
}

async fn run(events: &[Event]) {
    let disk = SimDisk::new(1);
    let mut world = World::open(&disk, 1_000).await.unwrap();
    let mut model = Model::default();
    for event in events {
        if matches!(event, Event::Kill) {
            drop(world);
            disk.kill();
            world = World::open(&disk, 1_000).await.unwrap();
        }
        model.play(&world, *event).await;
    }
    for id in 0..IDS.len() {
        model.play(&world, Event::Start { id, renews: true }).await;
    }
    model.check(&world);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn exactly_what_was_committed_counts(events in vec(event(), 1..50)) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run(&events));
    }
}
