//! Records in and out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Asked, Failure, PATIENCE};

/// Bytes as the commands write them.
type Text = Option<String>;

#[derive(Deserialize, Serialize)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    #[serde(default)]
    pub(crate) offset: i64,
    key: Text,
    value: Text,
    headers: Vec<(String, Text)>,
}

fn decoded(text: &Text) -> Result<Option<Vec<u8>>, Failure> {
    Ok(text.as_ref().map(|text| STANDARD.decode(text)).transpose()?)
}

fn encoded(bytes: Option<&[u8]>) -> Text {
    bytes.map(|bytes| STANDARD.encode(bytes))
}

impl Record {
    fn received(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: encoded(message.key()),
            value: encoded(message.payload()),
            headers: headers.map(|header| (header.key.to_owned(), encoded(header.value))).collect(),
        }
    }
}

/// The offsets of what was sent, by its number; the first failure.
#[derive(Default)]
struct Deliveries(Mutex<(BTreeMap<usize, i64>, Option<rdkafka::error::KafkaError>)>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let mut known = self.0.lock().expect("nobody panics with it");
        match result {
            Ok(message) => drop(known.0.insert(*number, message.offset())),
            Err((error, _)) => known.1 = Some(error.clone()),
        }
    }
}

fn send(producer: &BaseProducer<Deliveries>, topic: &str, records: &[Record]) -> Result<Vec<i64>, Failure> {
    for (number, one) in records.iter().enumerate() {
        let (key, value) = (decoded(&one.key)?, decoded(&one.value)?);
        let mut record =
            BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, Box::new(number)).partition(one.partition);
        record.key = key.as_deref();
        record.payload = value.as_deref();
        let mut headers = OwnedHeaders::new();
        for (key, value) in &one.headers {
            headers = headers.insert(Header { key, value: decoded(value)?.as_ref() });
        }
        producer.send(record.headers(headers)).map_err(|(error, _)| error)?;
    }
    producer.flush(PATIENCE)?;
    let mut known = producer.context().0.lock().expect("nobody panics with it");
    match known.1.take() {
        Some(error) => Err(error.into()),
        None => Ok(known.0.values().copied().collect()),
    }
}

pub(crate) fn produce(asked: &Asked) -> Result<Value, Failure> {
    let mut config = asked.config();
    config.set("acks", "all").set("linger.ms", "5").set("compression.type", &asked.codec);
    let producer: BaseProducer<Deliveries> = config.create_with_context(Deliveries::default())?;
    Ok(json!({"offsets": send(&producer, &asked.topic, &asked.records)?}))
}

pub(crate) fn consumer(asked: &Asked, group: &str, more: &[(&str, &str)]) -> Result<BaseConsumer, Failure> {
    let mut config = asked.config();
    config.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    for (name, value) in more {
        config.set(*name, *value);
    }
    Ok(config.create()?)
}

fn taken(consumer: &BaseConsumer, count: usize) -> Result<Vec<Record>, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count {
        if let Some(message) = consumer.poll(Duration::from_millis(200)) {
            records.push(Record::received(&message?));
        } else if Instant::now() > deadline {
            return Err(format!("got {} of {count} records", records.len()).into());
        }
    }
    Ok(records)
}

pub(crate) fn read(asked: &Asked) -> Result<Value, Failure> {
    let isolation = if asked.committed { "read_committed" } else { "read_uncommitted" };
    let consumer = consumer(asked, "unused", &[("isolation.level", isolation)])?;
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(&asked.topic, asked.partition, Offset::Offset(asked.offset))?;
    consumer.assign(&from)?;
    Ok(json!({"records": taken(&consumer, asked.count)?}))
}

/// Where whoever has these goes on.
fn positions(topic: &str, records: &[Record]) -> Result<TopicPartitionList, Failure> {
    let ends: BTreeMap<i32, i64> = records.iter().map(|one| (one.partition, one.offset + 1)).collect();
    let mut positions = TopicPartitionList::new();
    for (partition, end) in ends {
        positions.add_partition_offset(topic, partition, Offset::Offset(end))?;
    }
    Ok(positions)
}

pub(crate) fn consume(asked: &Asked) -> Result<Value, Failure> {
    let member = consumer(asked, &asked.group, &[])?;
    member.subscribe(&[&asked.topic])?;
    let records = taken(&member, asked.count)?;
    member.commit(&positions(&asked.topic, &records)?, CommitMode::Sync)?;
    Ok(json!({"records": records}))
}

pub(crate) fn copy(asked: &Asked) -> Result<Value, Failure> {
    let reader = consumer(asked, &asked.group, &[("isolation.level", "read_committed")])?;
    let mut config = asked.config();
    config.set("transactional.id", &asked.id);
    let producer: BaseProducer<Deliveries> = config.create_with_context(Deliveries::default())?;
    reader.subscribe(&[&asked.from])?;
    let records = taken(&reader, asked.count)?;
    producer.init_transactions(PATIENCE)?;
    producer.begin_transaction()?;
    send(&producer, &asked.to, &records)?;
    let member = reader.group_metadata().ok_or("a reader without a group")?;
    producer.send_offsets_to_transaction(&positions(&asked.from, &records)?, &member, PATIENCE)?;
    match asked.commit {
        true => producer.commit_transaction(PATIENCE)?,
        false => producer.abort_transaction(PATIENCE)?,
    }
    Ok(json!({}))
}
