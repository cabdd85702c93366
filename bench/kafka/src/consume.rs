//! Messages a second out.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::client::{self, Topic};
use crate::produce::produce;
use crate::subject::{Durability, Subject};
use crate::table::{Cell, Report};
use crate::{Failure, Options};

const SHAPES: [(usize, i32); 3] = [(100, 1), (1024, 1), (1024, 12)];
const MIB: usize = 1024 * 1024;

pub(crate) fn measure(options: &Options, subjects: &[Subject], report: &mut Report) -> Result<(), Failure> {
    for (bytes, partitions) in SHAPES {
        let messages = options.mebibytes * MIB / bytes.max(512);
        let mut topics = Vec::new();
        for subject in subjects {
            let name = format!("consume-{bytes}-{partitions}");
            let topic = Topic::create(&subject.bootstrap, name, partitions, Durability::PageCache)?;
            produce(&subject.bootstrap, &topic.name, partitions, bytes, messages)?;
            topics.push(topic);
        }
        let mut cells = report.cells();
        for _ in 0..options.rounds {
            for (subject, topic) in subjects.iter().zip(&topics) {
                let before = subject.process.usage()?;
                let took = consume(&subject.bootstrap, &topic.name, partitions, bytes, messages)?;
                let after = subject.process.usage()?;
                let cell = Cell::throughput(messages, bytes, took, after.cpu - before.cpu, after.resident);
                cells.add(subject.name.to_owned(), cell);
            }
        }
        report.print(&format!("consume {bytes} B, {partitions} partitions"), cells);
    }
    Ok(())
}

/// Reads all of a topic, from the first message to arrive to the last.
fn consume(
    bootstrap: &str,
    topic: &str,
    partitions: i32,
    bytes: usize,
    messages: usize,
) -> Result<Duration, Failure> {
    let consumer: BaseConsumer = client::consuming(bootstrap).create()?;
    let mut all = TopicPartitionList::new();
    for partition in 0..partitions {
        all.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    let began = Instant::now();
    consumer.assign(&all)?;
    for _ in 0..messages {
        let message = consumer.poll(Duration::from_secs(30)).ok_or("nothing came for 30 seconds")??;
        if message.payload_len() != bytes {
            return Err(format!("a message of {} bytes", message.payload_len()).into());
        }
    }
    Ok(began.elapsed())
}
