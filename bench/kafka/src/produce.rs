//! Messages a second in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::client::{self, Topic};
use crate::subject::Subject;
use crate::table::{Cell, Report};
use crate::{DURABILITIES, Failure, Options, mock};

/// Bytes of a message, and partitions that they are spread over.
const SHAPES: [(usize, i32); 5] = [(100, 1), (1024, 1), (10_240, 1), (1024, 12), (1024, 360)];
const MIB: usize = 1024 * 1024;

pub(crate) fn measure(options: &Options, subjects: &[Subject], report: &mut Report) -> Result<(), Failure> {
    for (bytes, partitions) in SHAPES {
        // Small messages cost the client more than the broker; fewer of them say as much.
        let messages = options.mebibytes * MIB / bytes.max(512);
        let title = format!("produce {bytes} B, {partitions} partitions");
        let mut cells = report.cells();
        for round in 0..options.rounds {
            for durability in DURABILITIES {
                for subject in subjects {
                    let name =
                        format!("produce-{bytes}-{partitions}-{round}-{}", durability.flush_messages());
                    let topic = Topic::create(&subject.bootstrap, name, partitions, durability)?;
                    let before = subject.process.usage()?;
                    let took = produce(&subject.bootstrap, &topic.name, partitions, bytes, messages)?;
                    let after = subject.process.usage()?;
                    let cell =
                        Cell::throughput(messages, bytes, took, after.cpu - before.cpu, after.resident);
                    cells.add(format!("{}, {}", subject.name, durability.label()), cell);
                }
            }
            let took = mock::produce(partitions, bytes, messages)?;
            cells.add("the client's own mock".into(), Cell::rate(messages, took));
        }
        report.print(&title, cells);
    }
    Ok(())
}

/// Sends as fast as the client can, and waits for the last acknowledgement.
pub(crate) fn produce(
    bootstrap: &str,
    topic: &str,
    partitions: i32,
    bytes: usize,
    messages: usize,
) -> Result<Duration, Failure> {
    let producer: BaseProducer<Count> = client::producing(bootstrap).create_with_context(Count::default())?;
    // Known before the clock runs.
    producer.client().fetch_metadata(Some(topic), Duration::from_secs(10))?;
    let payload = vec![b'x'; bytes];
    let began = Instant::now();
    for (number, partition) in (0..messages).zip((0..partitions).cycle()) {
        let mut record = BaseRecord::<(), [u8]>::to(topic).partition(partition).payload(&payload);
        while let Err((error, back)) = producer.send(record) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            producer.poll(Duration::from_millis(1));
            record = back;
        }
        if number % 1_000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(Duration::from_secs(120))?;
    let took = began.elapsed();
    let count = producer.context();
    match (count.delivered.load(Ordering::Relaxed), count.failed.load(Ordering::Relaxed)) {
        (delivered, 0) if delivered == messages as u64 => Ok(took),
        (delivered, failed) => Err(format!("{delivered} of {messages} delivered, {failed} failed").into()),
    }
}

/// Counts what the broker said of each message.
#[derive(Default)]
struct Count {
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl ClientContext for Count {}

impl ProducerContext for Count {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let counter = if result.is_ok() { &self.delivered } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
