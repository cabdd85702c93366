//! From the call that sends a message to the call that receives it, at a fixed rate.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use crate::client::{self, Topic};
use crate::subject::Subject;
use crate::table::{Cell, Report};
use crate::{DURABILITIES, Failure, Options};

/// Messages a second.
const RATES: [u32; 2] = [1_000, 20_000];
const BYTES: usize = 1024;
/// Seconds before those that count: both ends find each other first.
const WARM_UP: u32 = 1;

pub(crate) fn measure(options: &Options, subjects: &[Subject], report: &mut Report) -> Result<(), Failure> {
    for rate in RATES {
        let mut cells = report.cells();
        for round in 0..options.rounds {
            for durability in DURABILITIES {
                for subject in subjects {
                    let name = format!("latency-{rate}-{round}-{}", durability.flush_messages());
                    let topic = Topic::create(&subject.bootstrap, name, 1, durability)?;
                    let latencies = run(&subject.bootstrap, &topic.name, rate, options.seconds)?;
                    let label = format!("{}, {}", subject.name, durability.label());
                    cells.add(label, Cell::latency(latencies));
                }
            }
        }
        report.print(&format!("end to end, 1 KiB, {rate} messages a second"), cells);
    }
    Ok(())
}

/// Milliseconds of every message after the first second.
fn run(bootstrap: &str, topic: &str, rate: u32, seconds: u64) -> Result<Vec<f64>, Failure> {
    let warm_up = usize::try_from(WARM_UP * rate)?;
    let messages = warm_up + usize::try_from(u64::from(rate) * seconds)?;
    let mut config = client::consuming(bootstrap);
    config.set("fetch.wait.max.ms", "500");
    let consumer: BaseConsumer = config.create()?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&all)?;
    let mut config = client::producing(bootstrap);
    config.set("linger.ms", "0").set("socket.nagle.disable", "true");
    let producer: BaseProducer = config.create()?;
    let (sent, times) = mpsc::channel::<Instant>();
    let receiving = thread::spawn(move || -> Result<Vec<f64>, String> {
        let mut latencies = Vec::with_capacity(messages);
        for number in 0..messages {
            let message = consumer.poll(Duration::from_secs(30)).ok_or("nothing came for 30 seconds")?;
            let message = message.map_err(|error| error.to_string())?;
            let received = Instant::now();
            if message.offset() != i64::try_from(number).unwrap_or_default() {
                return Err(format!("offset {} came after {number} messages", message.offset()));
            }
            let sent = times.recv().map_err(|error| error.to_string())?;
            latencies.push((received - sent).as_secs_f64() * 1e3);
        }
        Ok(latencies.split_off(warm_up))
    });
    let payload = vec![b'x'; BYTES];
    let gap = Duration::from_secs(1) / rate;
    let began = Instant::now();
    for number in 0..u32::try_from(messages)? {
        // Against the clock, so that a late message does not make the next one later.
        let due = began + gap * number;
        while let Some(left) = due.checked_duration_since(Instant::now()) {
            producer.poll(left.min(Duration::from_micros(200)));
        }
        sent.send(Instant::now())?;
        let record = BaseRecord::<(), [u8]>::to(topic).partition(0).payload(&payload);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(30))?;
    Ok(receiving.join().map_err(|_| "the receiving thread panicked")??)
}
